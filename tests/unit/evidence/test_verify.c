/* tests/unit/evidence/test_verify.c - what a reader is told of whole exhibits, and
 * how it changes when one thing is taken away or made up. */
#include "base/model/tool.h"
#include "evidence/casefile.h"
#include "evidence/exhibit/ladder.h"
#include "evidence/exhibit/onward.h"

/* Everything that one party can show. */
static const struct casefile_wish best = {.live = true, .handshakes = true};

static void tell_why(const struct verified *r)
{
    for (size_t i = 0; i < r->v.report.points.n; i++) {
        const struct evidence_point *p = &r->v.report.points.items[i];
        printf("# %s: %s; %s\n", p->what, evidence_word_text(p->word), p->detail);
    }
    for (size_t k = 0; k < r->v.report.claim_n; k++) {
        const struct evidence_points *c = &r->v.report.claims[k].points;
        for (size_t i = 0; i < c->n; i++) {
            printf("# claim %zu %s: %s; %s\n", k + 1, c->items[i].what,
                   evidence_word_text(c->items[i].word), c->items[i].detail);
        }
    }
    if (r->st != ST_OK) {
        printf("# %s: %s: %s\n", r->why.member, r->why.at.field != NULL ? r->why.at.field : "?",
               status_text(r->st));
    }
}

static void expect(const struct casefile *c, bool holds, const char *grade)
{
    struct verified r;
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_OK);
    CHECK(r.v.report.holds == holds);
    CHECK_STR(evidence_grade_word(r.v.report.grade), grade);
    if (r.st != ST_OK || r.v.report.holds != holds) {
        tell_why(&r);
    }
    verified_fini(&r);
}

/* The word of a row, of an exhibit made so. */
static enum evidence_met row(const struct casefile_wish *wish, enum evidence_denial d)
{
    struct casefile *c = case_make(wish);
    struct verified r;
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_OK && r.v.report.holds);
    if (r.st != ST_OK || !r.v.report.holds) {
        tell_why(&r);
    }
    enum evidence_met met = r.v.report.denials[d].met;
    verified_fini(&r);
    case_free(c);
    return met;
}

static enum evidence_word claim_word(const struct casefile_wish *wish, const char *what)
{
    struct casefile *c = case_make(wish);
    struct verified r;
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_OK && r.v.report.claim_n == 1);
    const struct evidence_point *p =
        r.v.report.claim_n == 1 ? point_of(&r.v.report.claims[0].points, what) : NULL;
    enum evidence_word w = p != NULL ? p->word : WORD_COUNT;
    verified_fini(&r);
    case_free(c);
    return w;
}

/* --- lines of logs --------------------------------------------------------------------- */

static void a_spray_follows_from_its_opened_lines(void)
{
    const struct casefile_wish log = {.live = true, .log = true};
    struct casefile *c = case_make(&log);
    CHECK_STR(c->claim.finding.kind, "spray.ssh");
    CHECK_INT(c->claim.finding.users, CASE_TARGETS);
    expect(c, true, "witnessed");
    c->claim.finding.users++;
    case_write(c);
    expect(c, false, "does-not-hold");
    case_free(c);
}

/* Whoever chooses which lines to show could show one account's many tries as few. */
static void of_some_lines_no_exact_number_follows(void)
{
    const struct casefile_wish all = {.live = true, .log = true};
    const struct casefile_wish some = {.live = true, .log = true, .some_lines = true};
    CHECK_INT(claim_word(&all, "complete"), WORD_HOLDS);
    CHECK_INT(claim_word(&some, "complete"), WORD_FAILS);
}

/* Who seals a line under fields that are not the line's, is found out when it is opened. */
static void a_line_that_says_something_else_than_its_record_is_refused(void)
{
#define LOGIN(time, what, who, port)                                                               \
    time " host sshd[1007]: " what " password for invalid user name7 from " who " port " port      \
         " ssh2"
#define AT "2026-11-23T06:24:47Z"
    static const struct {
        const char *lie, *why;
    } rows[] = {
        {LOGIN(AT, "Failed", "11.0.0.67", "40007"), "names another remote"},
        {LOGIN("2026-11-23T06:24:40Z", "Failed", "11.0.0.66", "40007"), "has another time"},
        {LOGIN(AT, "Failed", "11.0.0.66", "40008"), "names other ports"},
        {LOGIN(AT, "Accepted", "11.0.0.66", "40007"), "tells of something else"},
        {AT " host sshd[1008]: Failed password for name7 from 11.0.0.66 port 40007 ssh2",
         "tells of something else"}, /* another session */
        {AT " host last message repeated 3 times", "is none that a record is made of"},
        {AT " host cron[1007]: Failed password for name7 from 11.0.0.66 port 40007 ssh2",
         "is none that a record is made of"},
        {"no line of any log", "is none that a record is made of"},
        {"x\n" LOGIN(AT, "Failed", "11.0.0.66", "40007"), "is none that a record is made of"},
        {"{", "is none that a record is made of"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct casefile_wish wish = {.live = true, .log = true, .lie = rows[i].lie};
        struct casefile *c = case_make(&wish);
        struct verified r;
        case_verify(c, buf_bytes(&c->file), &r);
        CHECK(r.st == ST_OK && !r.v.report.holds);
        const struct evidence_point *p = point_of(&r.v.report.claims[0].points, "follows");
        CHECK(p != NULL && p->word == WORD_FAILS && strstr(p->detail, rows[i].why) != NULL);
        if (p == NULL || strstr(p->detail, rows[i].why) == NULL) {
            printf("# %zu: %s\n", i, p != NULL ? p->detail : "nothing is said");
        }
        verified_fini(&r);
        case_free(c);
    }
#undef LOGIN
}

/* --- grades -------------------------------------------------------------------------- */

static void live_segments_that_witnesses_saw_are_witnessed(void)
{
    struct casefile *c = case_make(&best);
    expect(c, true, "witnessed");
    case_policy(c, false); /* a reader who asks for no witness: the stamp is left */
    expect(c, true, "sealed-live");
    case_free(c);
}

static void a_late_seal_is_after_the_fact(void)
{
    struct casefile_wish w = best;
    w.lag_s = 7200;
    struct casefile *c = case_make(&w);
    expect(c, true, "after-the-fact");
    case_free(c);
}

static void a_file_is_after_the_fact_however_soon(void)
{
    struct casefile_wish w = best;
    w.live = false;
    w.lag_s = 1;
    struct casefile *c = case_make(&w);
    expect(c, true, "after-the-fact");
    case_free(c);
}

static void without_an_outside_clock_it_is_after_the_fact(void)
{
    struct casefile_wish w = best;
    w.no_stamp = true;
    w.logless = true;
    struct casefile *c = case_make(&w);
    case_policy(c, false);
    expect(c, true, "after-the-fact");
    case_free(c);
}

/* --- claims -------------------------------------------------------------------------- */

static void a_missing_quorum_fails_the_claim(void)
{
    struct casefile_wish w = best;
    w.logless = true;
    struct casefile *c = case_make(&w);
    expect(c, false, "does-not-hold");
    case_free(c);
}

static void another_party_s_key_is_said_to_be_missing(void)
{
    struct casefile *c = case_make(&best);
    struct verified r;
    c->signer.key.pub[0] ^= 1; /* the same name */
    struct ledger_signer other = material_signer("cert-a.example/border", LEDGER_KEY_SIGN, 9);
    c->signer = other;
    case_policy(c, true);
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_OK && !r.v.report.holds && r.v.report.lacks_key);
    verified_fini(&r);
    case_free(c);
}

/* Each number of a claim is computed again. */
static void a_number_that_does_not_follow_is_named(void)
{
    static const struct {
        size_t at;
        const char *name;
    } numbers[] = {
        {offsetof(struct finding, packets), "packets"},
        {offsetof(struct finding, bytes), "bytes"},
        {offsetof(struct finding, targets), "targets"},
        {offsetof(struct finding, ports), "ports"},
        {offsetof(struct finding, pairs), "pairs"},
        {offsetof(struct finding, refused), "refused"},
    };
    struct casefile *c = case_make(&best);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        uint64_t *n = (uint64_t *)(void *)((char *)&c->claim.finding + numbers[i].at);
        struct verified r;
        (*n)++;
        case_write(c);
        case_verify(c, buf_bytes(&c->file), &r);
        CHECK(r.st == ST_OK && !r.v.report.holds);
        const struct evidence_point *p = point_of(&r.v.report.claims[0].points, "follows");
        CHECK(p != NULL && p->word == WORD_FAILS);
        CHECK(p != NULL && strstr(p->detail, numbers[i].name) == p->detail);
        verified_fini(&r);
        (*n)--;
    }
    case_write(c);
    expect(c, true, "witnessed");
    case_free(c);
}

static void each_claim_is_judged_by_itself(void)
{
    struct casefile *c = case_make(&best);
    struct evidence_claim two[2] = {c->claim, c->claim};
    struct verified r;
    two[1].finding.packets--;
    buf_clear(&c->findings);
    evidence_claims_write(two, 2, &c->findings);
    c->x.findings = buf_bytes(&c->findings);
    buf_clear(&c->file);
    CHECK(evidence_exhibit_write(&c->x, &c->file) == ST_OK);
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_OK && !r.v.report.holds && r.v.report.claim_n == 2);
    CHECK(r.v.report.claims[0].holds && !r.v.report.claims[1].holds);
    CHECK_INT(r.v.rows, 84); /* the same ones, once */
    verified_fini(&r);
    case_free(c);
}

/* What says itself that it is not shown does not hold, and is no lie. */
static void a_claim_that_is_only_said_does_not_hold(void)
{
    struct casefile *c = case_make(&best);
    struct verified r;
    c->claim.said = true;
    (void)snprintf(c->claim.finding.technique, sizeof(c->claim.finding.technique), "fin");
    case_write(c);
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_OK && !r.v.report.holds);
    CHECK(r.v.report.claims[0].said);
    CHECK_STR(evidence_grade_word(r.v.report.grade),
              "after-the-fact"); /* of nothing that is shown */
    CHECK(r.v.report.denials[DENIAL_FORGED_SOURCE].met == NOT_MET);
    CHECK(r.v.report.denials[DENIAL_PICKED].met == NOT_MET);
    CHECK(r.v.report.denials[DENIAL_INSUFFICIENT].met == NOT_MET);
    CHECK(r.v.report.denials[DENIAL_NOT_AN_OFFENCE].met == NOT_MET);
    verified_fini(&r);
    case_free(c);
}

static void an_act_that_was_not_done_does_not_follow(void)
{
    struct casefile *c = case_make(&best);
    (void)snprintf(c->claim.finding.technique, sizeof(c->claim.finding.technique), "fin");
    case_write(c);
    expect(c, false, "does-not-hold");
    case_free(c);
}

static void unopened_targets_are_the_sealer_s_word(void)
{
    struct casefile_wish w = best;
    CHECK(claim_word(&w, "targets") == WORD_HOLDS);
    w.unlinked = true;
    CHECK(claim_word(&w, "targets") == WORD_SEALERS_WORD);
}

static void completeness_and_margins_are_not_claimed_without_what_they_need(void)
{
    struct casefile_wish w = best;
    CHECK(claim_word(&w, "complete") == WORD_HOLDS);
    CHECK(claim_word(&w, "margins") == WORD_HOLDS);
    w.no_margins = true;
    CHECK(claim_word(&w, "margins") == WORD_AT_LEAST);
    w = best;
    w.partly = true;
    CHECK(claim_word(&w, "complete") == WORD_AT_LEAST);
    w = best;
    w.live = false;
    CHECK(claim_word(&w, "margins") == WORD_AT_LEAST);
}

static void a_sensor_that_sees_one_side_cannot_tell_what_needs_answers(void)
{
    struct casefile_wish w = {.live = true, .udp = true};
    struct casefile *c = case_make(&w);
    expect(c, true, "witnessed");
    CHECK_STR(c->claim.finding.protocol, "udp");
    case_free(c);
    w.one_sided = true;
    c = case_make(&w);
    expect(c, false, "does-not-hold");
    case_free(c);
    w = best; /* a connection refused is an answer */
    w.one_sided = true;
    c = case_make(&w);
    expect(c, true, "witnessed");
    case_free(c);
}

/* A lower bound that is claimed as exact does not hold. */
static void forged_completeness_does_not_hold(void)
{
    struct casefile_wish w = best;
    for (int i = 0; i < 3; i++) {
        w = best;
        w.partly = i == 0;
        w.no_margins = i == 1;
        w.live = i < 2;
        struct casefile *c = case_make(&w);
        expect(c, true, i < 2 ? "witnessed" : "after-the-fact");
        CHECK((c->claim.finding.flags & FINDING_AT_LEAST) != 0);
        c->claim.finding.flags &= ~(uint32_t)FINDING_AT_LEAST;
        case_write(c);
        expect(c, false, "does-not-hold");
        case_free(c);
    }
}

/* What follows once can be claimed once, and claims stand by their times. */
static void the_same_claim_twice_does_not_hold(void)
{
    struct casefile *c = case_make(&best);
    struct evidence_claim two[2] = {c->claim, c->claim};
    struct verified r;
    for (int order = 0; order < 2; order++) {
        two[0].finding.when.first_ns += order; /* then the second is the earlier one */
        buf_clear(&c->findings);
        evidence_claims_write(two, 2, &c->findings);
        c->x.findings = buf_bytes(&c->findings);
        buf_clear(&c->file);
        CHECK(evidence_exhibit_write(&c->x, &c->file) == ST_OK);
        case_verify(c, buf_bytes(&c->file), &r);
        CHECK(r.st == ST_OK && !r.v.report.holds);
        const struct evidence_point *p = order == 0
                                             ? point_of(&r.v.report.claims[1].points, "follows")
                                             : point_of(&r.v.report.points, "contents");
        CHECK(order == 1 || r.v.report.claims[0].holds);
        CHECK(p != NULL && p->word == WORD_FAILS);
        CHECK(p != NULL && strstr(p->detail, order == 0 ? "the same is claimed before"
                                                        : "order of their times") != NULL);
        verified_fini(&r);
    }
    case_free(c);
}

/* Claims that cost more to look at than to write. */
static void claims_without_end_are_refused(void)
{
    enum { MANY = 4500 };
    struct casefile *c = case_make(&best);
    struct evidence_claim *many = calloc(MANY, sizeof(*many));
    struct verified r;
    CHECK(many != NULL);
    for (size_t i = 0; many != NULL && i < MANY; i++) {
        many[i] = c->claim;
    }
    buf_clear(&c->findings);
    c->findings.max = LIMIT_EXHIBIT_JSON_BYTES;
    evidence_claims_write(many, MANY, &c->findings);
    c->x.findings = buf_bytes(&c->findings);
    buf_clear(&c->file);
    c->file.max = 2 * LIMIT_EXHIBIT_JSON_BYTES;
    CHECK(evidence_exhibit_write(&c->x, &c->file) == ST_OK);
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_LIMIT && r.why.at.limit == LIMIT_VERIFY_ROWS);
    verified_fini(&r);
    free(many);
    case_free(c);
}

/* A mark that nobody opened and nobody signed: whoever has the file can add it. */
static void a_mark_that_is_only_said_is_nobody_s_but_the_cutter_s(void)
{
    struct casefile *c = case_make(&best);
    struct verified r;
    c->claim.said_tools[0] = (struct finding_tool){.mark = TOOL_MIRAI, .matched = 40, .of = 40};
    c->claim.said_tool_n = 1;
    case_write(c);
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_OK && r.v.report.holds); /* it is no part of what is claimed */
    const struct evidence_point *p = point_of(&r.v.report.claims[0].points, "tool mark");
    CHECK(p != NULL && p->word == WORD_CUTTERS_WORD);
    CHECK(p != NULL && strstr(p->assumes, "whoever made this file") != NULL);
    verified_fini(&r);
    case_free(c);
}

/* --- one history ---------------------------------------------------------------------- */

/* A segment's proof under a checkpoint of the first `size` entries; with `other`, of a
 * tree in which another entry stands last. */
static void prove_again(struct casefile *c, size_t i, uint64_t size, bool other,
                        const struct evidence_onward *onward)
{
    struct ledger_checkpoint cp = {.origin = material_text(c->sealed.s[0]->header.sensor),
                                   .size = size};
    struct ledger_hashes src = {c, case_hash};
    struct ledger_proof p = {.index = c->first + i};
    struct buf note = BUF_INIT(4096), extra = BUF_INIT(4096);
    struct digest last = c->leaves[size - 1];
    c->leaves[size - 1].b[0] ^= other ? 1 : 0;
    CHECK(ledger_tree_root_of(&src, size, &cp.root) == ST_OK);
    CHECK(ledger_checkpoint_sign(&cp, &c->signer, &note) == ST_OK);
    CHECK(ledger_tree_prove(&src, p.index, size, &p.path) == ST_OK);
    c->leaves[size - 1] = last;
    if (onward != NULL) {
        evidence_onward_put(onward, &extra);
    }
    p.checkpoint = buf_bytes(&note);
    p.extra = buf_bytes(&extra);
    buf_clear(&c->proofs[i]);
    ledger_proof_write(&p, &c->proofs[i]);
    c->segments[i].proof = buf_bytes(&c->proofs[i]);
    buf_fini(&note);
    buf_fini(&extra);
    case_write(c);
}

static void expect_history(const struct casefile *c, bool holds, enum evidence_word word)
{
    struct verified r;
    case_verify(c, buf_bytes(&c->file), &r);
    const struct evidence_point *p = point_of(&r.v.report.points, "history");
    CHECK(r.st == ST_OK && r.v.report.holds == holds);
    CHECK_INT(p != NULL ? p->word : WORD_COUNT, word);
    if (r.v.report.holds != holds) {
        tell_why(&r);
    }
    verified_fini(&r);
}

static void two_histories_of_one_ledger_do_not_hold(void)
{
    struct casefile *c = case_make(&best);
    uint64_t n = c->sealed.n;
    case_policy(c, false);
    expect_history(c, true, WORD_COUNT); /* one checkpoint: nothing to compare */
    prove_again(c, 0, n, true, NULL);
    expect_history(c, false, WORD_FAILS);
    prove_again(c, 0, n, false, NULL);
    expect_history(c, true, WORD_COUNT);
    case_free(c);
}

/* What the stamp is of counts as well: a fork need not be where proofs lead. */
static void a_stamped_checkpoint_of_another_history_is_found(void)
{
    struct casefile *c = case_make(&best);
    struct ledger_checkpoint cp = {.origin = material_text("cert-a.example/border"),
                                   .size = c->sealed.n};
    struct buf note = BUF_INIT(4096);
    CHECK(ledger_checkpoint_sign(&cp, &c->signer, &note) == ST_OK);
    case_policy(c, false);
    case_stamp_of(buf_bytes(&note), case_end_ns(c) / SECOND_NS + 30, &c->response);
    c->time = (struct evidence_exhibit_time){buf_bytes(&c->response), buf_bytes(&note)};
    case_write(c);
    expect_history(c, false, WORD_FAILS);
    note.data[note.len - 5] ^= 1; /* signed by nobody, it is no history */
    case_stamp_of(buf_bytes(&note), case_end_ns(c) / SECOND_NS + 30, &c->response);
    c->time = (struct evidence_exhibit_time){buf_bytes(&c->response), buf_bytes(&note)};
    case_write(c);
    expect_history(c, true, WORD_COUNT);
    buf_fini(&note);
    case_free(c);
}

static void checkpoints_of_two_sizes_are_one_ledger_if_it_is_shown(void)
{
    struct casefile *c = case_make(&best);
    struct ledger_hashes src = {c, case_hash};
    uint64_t n = c->sealed.n, old = n - 3;
    struct evidence_onward o = {.size = n};
    case_policy(c, false);
    prove_again(c, 0, old, false, NULL);
    expect_history(c, true, WORD_NOT_THERE);
    CHECK(ledger_tree_root_of(&src, n, &o.root) == ST_OK);
    CHECK(ledger_tree_prove_growth(&src, old, n, &o.path) == ST_OK);
    prove_again(c, 0, old, false, &o);
    expect_history(c, true, WORD_HOLDS);
    prove_again(c, 0, old - 1, false, &o); /* the proof is of another tree */
    expect_history(c, false, WORD_COUNT);
    o.path.hash[0].b[3] ^= 1;
    prove_again(c, 0, old, false, &o);
    expect_history(c, false, WORD_COUNT);
    case_free(c);
}

/* --- denials, each by the exhibit's own input ----------------------------------------- */

static void words_fall_with_the_input_that_they_rest_on(void)
{
    struct casefile_wish w = best;
    CHECK(row(&w, DENIAL_FABRICATED) == PARTLY_MET);
    CHECK(row(&w, DENIAL_ALTERED) == MET);
    CHECK(row(&w, DENIAL_PICKED) == PARTLY_MET);
    CHECK(row(&w, DENIAL_STAGED) == ONLY_YOU);
    CHECK(row(&w, DENIAL_FORGED_SOURCE) == PARTLY_MET);
    CHECK(row(&w, DENIAL_NOT_OURS) == NOT_MET);
    CHECK(row(&w, DENIAL_INSUFFICIENT) == MET);
    CHECK(row(&w, DENIAL_TOO_LATE) == PARTLY_MET);
    CHECK(row(&w, DENIAL_NOT_AN_OFFENCE) == PARTLY_MET);
    CHECK(row(&w, DENIAL_WRONG_TIME) == PARTLY_MET); /* headers name nothing older */
    w.after_s = 600;
    CHECK(row(&w, DENIAL_WRONG_TIME) == MET);
    w.after_s = 20000;
    CHECK(row(&w, DENIAL_WRONG_TIME) == PARTLY_MET);
    w = best;
    w.handshakes = false;
    CHECK(row(&w, DENIAL_FORGED_SOURCE) == NOT_MET);
    w = best;
    w.partly = true;
    CHECK(row(&w, DENIAL_PICKED) == NOT_MET);
    w = best;
    w.no_margins = true;
    CHECK(row(&w, DENIAL_PICKED) == NOT_MET);
    w = best;
    w.file_clock = true;
    CHECK(row(&w, DENIAL_INSUFFICIENT) == PARTLY_MET);
}

/* The same, for what the exhibit is read with: policy, clock, sources. */
struct reader {
    struct casefile_wish wish;
    bool no_quorum, stranger;
    int64_t later_ns; /* than the end */
    uint32_t flags, lists;
    bool asked;
};

static enum evidence_met row_of(const struct reader *w, enum evidence_denial d)
{
    struct casefile *c = case_make(&w->wish);
    struct verified r = {.why = {.member = ""}};
    struct origin o = {.event_ns = c->claim.finding.when.last_ns, .has_net = true};
    struct origin_sources sources = {.n = 1};
    sources.items[0].date = ORIGIN_DATE_DATA;
    sources.items[0].date_ns = o.event_ns;
    o.flags = w->flags;
    if (w->stranger) {
        c->signer = material_signer("cert-c.example", LEDGER_KEY_SIGN, 9);
    }
    case_policy(c, !w->no_quorum);
    CHECK(ledger_policy_parse(buf_bytes(&c->policy), &r.policy, NULL) == ST_OK);
    struct evidence_verify_options opt = {.policy = r.policy,
                                          .ca = BYTES_LITERAL("certificates"),
                                          .stamp = case_stamp,
                                          .lines = capture_line_read,
                                          .now_ns = case_end_ns(c) + w->later_ns};
    CHECK(evidence_verify_open(&c->engine, buf_bytes(&c->file), &opt, &r.v, &r.why) == ST_OK);
    if (w->asked) {
        evidence_verify_told(&r.v, &o, &sources, w->lists);
    }
    CHECK(evidence_verify_close(&r.v) == ST_OK);
    enum evidence_met met = r.v.report.denials[d].met;
    verified_fini(&r);
    case_free(c);
    return met;
}

#define LIVE                                                                                       \
    {                                                                                              \
        .live = true, .handshakes = true                                                           \
    }
#define UNWITNESSED                                                                                \
    {                                                                                              \
        .no_stamp = true, .logless = true                                                          \
    }

/* Each row: what is read, and the word; below it what is the same but for one thing. */
static void each_word_falls_with_its_input(void)
{
    enum { RESEARCH = 1 << ORIGIN_RESEARCH_SCANNER, TOR = 1 << ORIGIN_TOR_EXIT };
    static const struct {
        enum evidence_denial denial;
        struct reader reader;
        enum evidence_met met;
    } rows[] = {
        {DENIAL_FABRICATED, {.wish = LIVE}, PARTLY_MET},
        {DENIAL_FABRICATED, {.wish = LIVE, .stranger = true}, NOT_MET},
        {DENIAL_ALTERED, {.wish = LIVE}, MET},
        {DENIAL_ALTERED, {.wish = UNWITNESSED, .no_quorum = true}, PARTLY_MET},
        {DENIAL_ALTERED, {.wish = UNWITNESSED}, NOT_MET}, /* a quorum is asked for */
        {DENIAL_PICKED, {.wish = LIVE}, PARTLY_MET},
        {DENIAL_PICKED, {.wish = LIVE, .stranger = true}, NOT_MET},
        {DENIAL_RELAY, {.wish = LIVE, .asked = true, .lists = TOR}, PARTLY_MET},
        {DENIAL_RELAY, {.wish = LIVE, .asked = true}, NOT_MET},
        {DENIAL_RELAY, {.wish = LIVE, .asked = true, .lists = TOR, .flags = TOR}, NOT_MET},
        {DENIAL_NOT_OURS, {.wish = LIVE, .asked = true}, MET},
        {DENIAL_NOT_OURS, {.wish = LIVE}, NOT_MET},
        {DENIAL_BENIGN, {.wish = {.live = true, .log = true}}, PARTLY_MET}, /* it logged in */
        {DENIAL_BENIGN, {.wish = LIVE}, NOT_MET},
        {DENIAL_BENIGN, {.wish = LIVE, .asked = true, .lists = RESEARCH}, PARTLY_MET},
        {DENIAL_BENIGN,
         {.wish = LIVE, .asked = true, .lists = RESEARCH, .flags = RESEARCH},
         NOT_MET},
        {DENIAL_NOT_AN_OFFENCE, {.wish = LIVE}, PARTLY_MET},
        {DENIAL_NOT_AN_OFFENCE, {.wish = LIVE, .stranger = true}, NOT_MET},
        {DENIAL_WRONG_TIME, {.wish = {.live = true, .after_s = 600}}, MET},
        {DENIAL_WRONG_TIME, {.wish = LIVE}, PARTLY_MET},
        {DENIAL_WRONG_TIME, {.wish = UNWITNESSED, .no_quorum = true}, NOT_MET},
        {DENIAL_TOO_LATE, {.wish = LIVE, .later_ns = TIME_HOUR}, PARTLY_MET},
        {DENIAL_TOO_LATE, {.wish = LIVE, .later_ns = 100 * TIME_DAY}, NOT_MET},
        {DENIAL_TOO_LATE, {.wish = LIVE, .later_ns = -TIME_HOUR}, NOT_MET},
        {DENIAL_INSUFFICIENT, {.wish = LIVE}, MET},
        {DENIAL_INSUFFICIENT, {.wish = {.live = true, .file_clock = true}}, PARTLY_MET},
        {DENIAL_INSUFFICIENT, {.wish = {.live = true, .log = true}}, PARTLY_MET},
        {DENIAL_INSUFFICIENT, {.wish = {.live = true, .icmp = true}}, NOT_MET},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CHECK_STR(evidence_met_word(row_of(&rows[i].reader, rows[i].denial)),
                  evidence_met_word(rows[i].met));
        if (test_failures > 0) {
            printf("# row %zu: %s\n", i, evidence_denial_name(rows[i].denial));
            return;
        }
    }
}

/* Nothing is older than what it names as older. */
static void times_that_contradict_each_other_fail(void)
{
    struct casefile_wish w = best;
    w.after_s = -3600;
    struct casefile *c = case_make(&w);
    expect(c, false, "does-not-hold");
    case_free(c);
    w = best;
    w.lag_s = -3600; /* fixed before it ended */
    c = case_make(&w);
    expect(c, false, "does-not-hold");
    case_free(c);
}

static void without_an_outside_clock_words_fall(void)
{
    struct casefile_wish w = best;
    w.no_stamp = true;
    w.logless = true;
    struct casefile *c = case_make(&w);
    struct verified r;
    case_policy(c, false);
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_OK && r.v.report.holds);
    CHECK(r.v.report.denials[DENIAL_FABRICATED].met == NOT_MET);
    CHECK(r.v.report.denials[DENIAL_ALTERED].met == PARTLY_MET);
    verified_fini(&r);
    case_free(c);
}

/* Less than his own sources would, and only as long as it stands there. */
static void what_the_exhibit_says_of_sources_counts_a_little(void)
{
    struct casefile *c = case_make(&best);
    static struct origin o;
    static struct origin_sources sources = {.n = 1};
    struct evidence_ladder ladder = {.sources = &sources, .origins = &o, .n = 1};
    struct bytes none = c->x.ladder;
    struct buf text = BUF_INIT(1 << 20);
    o = (struct origin){.addr = case_remote(), .looked_up = case_remote()};
    o.event_ns = c->claim.finding.when.last_ns;
    struct origin_statement *x = origin_state(&o, 0, ORIGIN_NETWORK);
    x->first = x->last = o.addr;
    x->has_asn = true;
    x->asn = 64500;
    (void)snprintf(sources.items[0].name, sizeof(sources.items[0].name), "a table");
    evidence_ladder_write(&ladder, &text);
    for (int step = 0; step < 2; step++) {
        struct verified r;
        c->x.ladder = step == 0 ? buf_bytes(&text) : none;
        case_write(c);
        case_verify(c, buf_bytes(&c->file), &r);
        CHECK(r.st == ST_OK && r.v.report.holds);
        if (r.st != ST_OK) {
            tell_why(&r);
        }
        CHECK(r.v.report.denials[DENIAL_NOT_OURS].met == (step == 0 ? PARTLY_MET : NOT_MET));
        verified_fini(&r);
    }
    buf_fini(&text);
    case_free(c);
}

static void what_the_reader_s_sources_say_counts(void)
{
    struct casefile *c = case_make(&best);
    struct origin o = {.event_ns = c->claim.finding.when.last_ns, .has_net = true};
    struct origin_sources sources = {.n = 1};
    struct verified r;
    sources.items[0].date = ORIGIN_DATE_DATA;
    sources.items[0].date_ns = o.event_ns;
    for (int step = 0; step < 3; step++) {
        struct fault why;
        r = (struct verified){.why = {.member = ""}};
        CHECK(ledger_policy_parse(buf_bytes(&c->policy), &r.policy, &why) == ST_OK);
        struct evidence_verify_options opt = {
            .policy = r.policy, .now_ns = o.event_ns, .stamp = case_stamp};
        o.flags = step == 2 ? 1U << ORIGIN_TOR_EXIT : 0;
        CHECK(evidence_verify_open(&c->engine, buf_bytes(&c->file), &opt, &r.v, &r.why) == ST_OK);
        evidence_verify_told(&r.v, &o, &sources, step > 0 ? 1U << ORIGIN_TOR_EXIT : 0);
        CHECK(evidence_verify_close(&r.v) == ST_OK);
        CHECK(r.v.report.denials[DENIAL_NOT_OURS].met == MET);
        CHECK(r.v.report.denials[DENIAL_RELAY].met == (step == 1 ? PARTLY_MET : NOT_MET));
        verified_fini(&r);
    }
    case_free(c);
}

#define LADDER(remote, net)                                                                        \
    "{\"sources\":[{\"name\":\"a\",\"format\":\"libloc\",\"family\":\"records\",\"date\":"         \
    "\"undated\"}],"                                                                               \
    "\"remotes\":[{\"address\":\"" remote "\",\"looked_up\":\"" remote "\","                       \
    "\"event\":\"2023-11-14T22:13:20.000000000Z\",\"statements\":[{\"source\":0,"                  \
    "\"about\":\"network\",\"asn\":3356,\"first\":\"" net ".0\",\"last\":\"" net ".255\"}]}]}\n"

/* It is told as what the maker's sources said, and only of addresses that they spoke of. */
static void what_the_maker_s_sources_said_counts_for_less(void)
{
    static const struct {
        const char *ladder;
        enum evidence_met met;
    } rows[] = {{NULL, NOT_MET}, {LADDER("11.0.0.66", "11.0.0"), PARTLY_MET}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct casefile_wish w = best;
        w.ladder = rows[i].ladder;
        CHECK_INT(row(&w, DENIAL_NOT_OURS), rows[i].met);
    }
}

TEST_MAIN(TEST(a_spray_follows_from_its_opened_lines), TEST(of_some_lines_no_exact_number_follows),
          TEST(a_line_that_says_something_else_than_its_record_is_refused),

          TEST(live_segments_that_witnesses_saw_are_witnessed), TEST(a_late_seal_is_after_the_fact),
          TEST(a_file_is_after_the_fact_however_soon),
          TEST(without_an_outside_clock_it_is_after_the_fact),
          TEST(a_missing_quorum_fails_the_claim), TEST(another_party_s_key_is_said_to_be_missing),
          TEST(a_number_that_does_not_follow_is_named), TEST(each_claim_is_judged_by_itself),
          TEST(the_same_claim_twice_does_not_hold), TEST(claims_without_end_are_refused),
          TEST(a_mark_that_is_only_said_is_nobody_s_but_the_cutter_s),
          TEST(two_histories_of_one_ledger_do_not_hold),
          TEST(a_stamped_checkpoint_of_another_history_is_found),
          TEST(checkpoints_of_two_sizes_are_one_ledger_if_it_is_shown),
          TEST(a_claim_that_is_only_said_does_not_hold),
          TEST(an_act_that_was_not_done_does_not_follow),
          TEST(unopened_targets_are_the_sealer_s_word),
          TEST(completeness_and_margins_are_not_claimed_without_what_they_need),
          TEST(a_sensor_that_sees_one_side_cannot_tell_what_needs_answers),
          TEST(forged_completeness_does_not_hold),
          TEST(words_fall_with_the_input_that_they_rest_on), TEST(each_word_falls_with_its_input),
          TEST(times_that_contradict_each_other_fail), TEST(without_an_outside_clock_words_fall),
          TEST(what_the_exhibit_says_of_sources_counts_a_little),
          TEST(what_the_reader_s_sources_say_counts),
          TEST(what_the_maker_s_sources_said_counts_for_less))
