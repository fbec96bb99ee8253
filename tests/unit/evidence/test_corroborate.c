/* tests/unit/evidence/test_corroborate.c - the grade that needs a second party, and how
 * it falls with each thing that it rests on. */
#include "evidence/casefile.h"
#include "evidence/verify/corroborate.h"

struct pair {
    struct casefile *own, *other;
    struct verified a, b;
};

static void verify_open(const struct casefile *c, struct verified *ret)
{
    struct fault why = {0};
    *ret = (struct verified){.why = {.member = ""}};
    CHECK(ledger_policy_parse(buf_bytes(&c->policy), &ret->policy, &why) == ST_OK);
    struct evidence_verify_options opt = {.policy = ret->policy,
                                          .ca = BYTES_LITERAL("certificates"),
                                          .stamp = case_stamp,
                                          .lines = capture_line_read,
                                          .now_ns = case_end_ns(c) + 3600 * SECOND_NS,
                                          .seed = 1};
    ret->st = evidence_verify_open(&c->engine, buf_bytes(&c->file), &opt, &ret->v, &ret->why);
    CHECK(ret->st == ST_OK);
}

/* Both read, the other one to its end. */
static struct pair pair_of(const struct casefile_wish *own, const struct casefile_wish *other)
{
    struct pair p = {.own = case_make(own), .other = case_make(other)};
    verify_open(p.own, &p.a);
    case_verify(p.other, buf_bytes(&p.other->file), &p.b);
    CHECK(p.b.st == ST_OK);
    return p;
}

/* The grade, and what is said against `fabricated`. */
static void expect(struct pair *p, const char *grade, enum evidence_met fabricated)
{
    CHECK(evidence_verify_corroborate(&p->a.v, &p->b.v) == ST_OK);
    CHECK(evidence_verify_close(&p->a.v) == ST_OK);
    const struct evidence_report *r = &p->a.v.report;
    const struct evidence_point *said = point_of(&r->points, "corroboration");
    CHECK_STR(evidence_grade_word(r->grade), grade);
    CHECK_STR(evidence_met_word(r->denials[DENIAL_FABRICATED].met), evidence_met_word(fabricated));
    CHECK(said != NULL && said->detail[0] != '\0');
    CHECK(r->denials[DENIAL_FORGED_SOURCE].met != MET); /* that needs the other border */
    if (strcmp(evidence_grade_word(r->grade), grade) != 0 && said != NULL) {
        printf("# %s: %s\n", evidence_word_text(said->word), said->detail);
    }
    verified_fini(&p->a);
    verified_fini(&p->b);
    case_free(p->own);
    case_free(p->other);
}

static const struct casefile_wish first = {.live = true, .handshakes = true};
static const struct casefile_wish second = {.live = true, .handshakes = true, .second = true};

static void two_parties_that_saw_the_same_corroborate(void)
{
    struct pair p = pair_of(&first, &second);
    expect(&p, "corroborated", MET);
}

static void one_party_cannot_do_it_alone(void)
{
    struct pair p = pair_of(&first, &first);
    expect(&p, "witnessed", PARTLY_MET);
}

/* Another name, and the same key. */
static void nor_under_another_name(void)
{
    struct pair p = pair_of(&first, &second);
    struct ledger_key *key = (struct ledger_key *)(uintptr_t)p.b.v.sealed[0].verdict.log;
    memcpy(key->pub, p.own->signer.key.pub, sizeof(key->pub));
    expect(&p, "witnessed", PARTLY_MET);
}

static void the_other_one_must_be_witnessed(void)
{
    struct casefile_wish w = second;
    w.lag_s = 7200;
    struct pair p = pair_of(&first, &w);
    expect(&p, "witnessed", PARTLY_MET);
    w = second;
    w.live = false;
    p = pair_of(&first, &w);
    expect(&p, "witnessed", PARTLY_MET);
}

static void and_hold(void)
{
    struct casefile_wish w = second;
    w.logless = true;
    struct pair p = pair_of(&first, &w);
    expect(&p, "witnessed", PARTLY_MET);
}

static void what_is_late_itself_is_not_helped(void)
{
    struct casefile_wish w = first;
    w.lag_s = 7200;
    struct pair p = pair_of(&w, &second);
    expect(&p, "after-the-fact", PARTLY_MET);
}

/* The other's claim, changed after it was verified: what it shows is another act. */
static struct finding *shown(struct pair *p)
{
    return (struct finding *)(uintptr_t)p->b.v.report.claims[0].finding;
}

static void it_must_be_the_same_address(void)
{
    struct pair p = pair_of(&first, &second);
    shown(&p)->initiator.b[15] ^= 1;
    expect(&p, "witnessed", PARTLY_MET);
}

static void and_the_same_kind_of_act(void)
{
    struct casefile_wish w = second;
    w.log = true;
    struct pair p = pair_of(&first, &w);
    CHECK_STR(shown(&p)->kind, "spray.ssh");
    expect(&p, "witnessed", PARTLY_MET);
}

static void at_nearly_the_same_time(void)
{
    static const struct {
        int64_t apart_s;
        const char *grade;
    } rows[] = {
        {3600, "corroborated"}, {3601, "witnessed"}, {-3600, "corroborated"}, {-3601, "witnessed"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct pair p = pair_of(&first, &second);
        struct finding *f = shown(&p);
        const struct finding *own = p.a.v.report.claims[0].finding;
        int64_t length = f->when.last_ns - f->when.first_ns;
        f->when.first_ns = rows[i].apart_s > 0
                               ? own->when.last_ns + rows[i].apart_s * SECOND_NS
                               : own->when.first_ns + rows[i].apart_s * SECOND_NS - length;
        f->when.last_ns = f->when.first_ns + length;
        expect(&p, rows[i].grade, rows[i].grade[0] == 'c' ? MET : PARTLY_MET);
    }
}

/* One of two is not enough: the weakest claim decides. */
static void every_claim_must_be_met(void)
{
    struct pair p = {.own = case_make(&first), .other = case_make(&second)};
    struct casefile *c = p.own;
    struct evidence_claim two[2] = {c->claim, c->claim};
    two[1].said = true; /* counts for nothing, and needs nobody */
    (void)snprintf(two[1].finding.technique, sizeof(two[1].finding.technique), "fin");
    buf_clear(&c->findings);
    evidence_claims_write(two, 2, &c->findings);
    c->x.findings = buf_bytes(&c->findings);
    buf_clear(&c->file);
    CHECK(evidence_exhibit_write(&c->x, &c->file) == ST_OK);
    for (int step = 0; step < 2; step++) {
        verify_open(c, &p.a);
        case_verify(p.other, buf_bytes(&p.other->file), &p.b);
        if (step == 1) {
            p.a.v.report.claims[1].said = false;
            ((struct finding *)(uintptr_t)p.a.v.report.claims[1].finding)->kind[0] = 'x';
        }
        CHECK(evidence_verify_corroborate(&p.a.v, &p.b.v) == ST_OK);
        const struct evidence_point *said = point_of(&p.a.v.report.points, "corroboration");
        CHECK(said != NULL && said->word == (step == 0 ? WORD_HOLDS : WORD_NOT_THERE));
        verified_fini(&p.a);
        verified_fini(&p.b);
    }
    case_free(p.own);
    case_free(p.other);
}

TEST_MAIN(TEST(two_parties_that_saw_the_same_corroborate), TEST(one_party_cannot_do_it_alone),
          TEST(nor_under_another_name), TEST(the_other_one_must_be_witnessed), TEST(and_hold),
          TEST(what_is_late_itself_is_not_helped), TEST(it_must_be_the_same_address),
          TEST(and_the_same_kind_of_act), TEST(at_nearly_the_same_time),
          TEST(every_claim_must_be_met))
