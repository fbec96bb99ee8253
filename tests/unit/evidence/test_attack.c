/* tests/unit/evidence/test_attack.c - exhibits that somebody worked on: none of them
 * holds, none crashes, and each is told what is wrong with it.
 *
 * Whoever changes a member can make the manifests right again, so that is done.
 */
#include "base/model/tool.h"
#include "evidence/casefile.h"

/* Small: a file's two segments, of which each has a part of the act. */
static const struct casefile_wish small = {.no_margins = true};

static bool all_of_it(void)
{
    return getenv("EXHIBIT_ALL") != NULL;
}

enum outcome { HELD, FAILED, UNREADABLE, SILENT };

static enum outcome outcome_of(const struct casefile *c, struct bytes file)
{
    struct verified r;
    enum outcome o = UNREADABLE;
    uint8_t *copy = malloc(file.len > 0 ? file.len : 1); /* reads past it are seen */
    CHECK(copy != NULL);
    memcpy(copy, file.data, file.len);
    case_verify(c, bytes_of(copy, file.len), &r);
    if (r.st == ST_OK && r.v.report.holds) {
        o = HELD;
    } else if (r.st == ST_OK) {
        bool told = false;
        for (size_t i = 0; i < r.v.report.points.n; i++) {
            told |= r.v.report.points.items[i].word == WORD_FAILS ||
                    r.v.report.points.items[i].word == WORD_UNKNOWN_KEY;
        }
        for (size_t k = 0; k < r.v.report.claim_n; k++) {
            told |= !r.v.report.claims[k].holds;
        }
        o = told ? FAILED : SILENT;
    } else if (r.why.at.field == NULL) {
        o = SILENT;
    }
    verified_fini(&r);
    free(copy);
    return o;
}

/* ... and told why. */
static bool refused(enum outcome o)
{
    return o == FAILED || o == UNREADABLE;
}

/* As it is now, written again with manifests that fit. */
static enum outcome again(struct casefile *c)
{
    buf_clear(&c->file);
    enum status st = evidence_exhibit_write(&c->x, &c->file);
    return st == ST_OK ? outcome_of(c, buf_bytes(&c->file)) : UNREADABLE;
}

static void the_exhibit_that_is_attacked_holds(void)
{
    struct casefile *c = case_make(&small);
    CHECK(c->file.len < 65536);
    CHECK(outcome_of(c, buf_bytes(&c->file)) == HELD);
    CHECK(again(c) == HELD);
    case_free(c);
}

static void no_byte_of_the_file_can_be_changed(void)
{
    struct casefile *c = case_make(&small);
    size_t held = 0, silent = 0, step = all_of_it() ? 1 : 3;
    for (size_t i = 0; i < c->file.len; i += step) {
        uint8_t was = c->file.data[i];
        c->file.data[i] ^= (uint8_t)(1 << i % 8);
        enum outcome o = outcome_of(c, buf_bytes(&c->file));
        held += o == HELD;
        silent += o == SILENT;
        c->file.data[i] = was;
    }
    CHECK_INT(held, 0);
    CHECK_INT(silent, 0);
    case_free(c);
}

static void no_end_can_be_cut_off(void)
{
    struct casefile *c = case_make(&small);
    size_t held = 0, silent = 0, step = all_of_it() ? 1 : 7;
    for (size_t n = 0; n < c->file.len; n += step) {
        enum outcome o = outcome_of(c, bytes_of(c->file.data, n));
        held += o == HELD;
        silent += o == SILENT;
    }
    CHECK_INT(held, 0);
    CHECK_INT(silent, 0);
    case_free(c);
}

/* One bit of a member after the other; the ladder is whoever cut it's own word. */
static size_t change_member(struct casefile *c, struct bytes *member, const char *name)
{
    struct bytes was = *member;
    size_t held = 0, silent = 0, step = all_of_it() ? 1 : was.len / 97 + 1;
    CLEANUP(free_ptr) uint8_t *copy = malloc(was.len + 1);
    CHECK(copy != NULL);
    memcpy(copy, was.data, was.len);
    *member = bytes_of(copy, was.len);
    for (size_t i = 0; i < was.len; i += step) {
        copy[i] ^= (uint8_t)(1 << i % 7);
        enum outcome o = again(c);
        held += o == HELD;
        silent += o == SILENT;
        if (o == HELD || o == SILENT) {
            printf("# %s: byte %zu of %zu: %s\n", name, i, was.len, o == HELD ? "held" : "silent");
        }
        copy[i] = was.data[i];
    }
    *member = bytes_of(copy, was.len - 1); /* cut short, and longer */
    held += again(c) == HELD;
    copy[was.len] = '\n';
    *member = bytes_of(copy, was.len + 1);
    held += again(c) == HELD;
    *member = was;
    return held + silent;
}

static void no_byte_of_a_member_can_be_changed_in_a_good_bag(void)
{
    struct casefile *c = case_make(&small);
    size_t bad = 0;
    struct evidence_exhibit_segment *s = &c->segments[0];
    bad += change_member(c, &c->x.findings, "findings.json");
    bad += change_member(c, &c->x.definitions, "definitions.json");
    bad += change_member(c, &c->x.csv, "view.csv");
    bad += change_member(c, &c->x.pcap, "view.pcapng");
    bad += change_member(c, &s->header, "header.txt");
    bad += change_member(c, &s->proof, "proof.tlog-proof");
    bad += change_member(c, &s->entry_salt, "entry.salt");
    bad += change_member(c, &s->remotes, "remotes.bin");
    bad += change_member(c, &c->openings[0].bytes, "opening");
    bad += change_member(c, &c->time.checkpoint, "checkpoint");
    CHECK_INT(bad, 0);
    CHECK(again(c) == HELD);
    case_free(c);
}

#define SWAP(a, b)                                                                                 \
    do {                                                                                           \
        __typeof__(a) was_ = (a);                                                                  \
        (a) = (b);                                                                                 \
        (b) = was_;                                                                                \
    } while (0)

static void no_member_can_take_another_s_place(void)
{
    struct casefile *c = case_make(&small);
    struct evidence_exhibit_segment *s = c->segments;
    CHECK(c->n >= 2);
    SWAP(s[0].proof, s[1].proof);
    CHECK(again(c) == FAILED);
    SWAP(s[0].proof, s[1].proof);
    SWAP(s[0].entry_salt, s[1].entry_salt);
    CHECK(again(c) == FAILED);
    SWAP(s[0].entry_salt, s[1].entry_salt);
    SWAP(s[0].header, s[1].header);
    CHECK(refused(again(c)));
    SWAP(s[0].header, s[1].header);
    SWAP(s[0].remotes, s[1].remotes);
    CHECK(refused(again(c)));
    SWAP(s[0].remotes, s[1].remotes);
    SWAP(c->openings[0], c->openings[1]);
    CHECK(refused(again(c)));
    SWAP(c->openings[0], c->openings[1]);
    SWAP(s[0], s[1]); /* all of them: another order */
    CHECK(again(c) == FAILED);
    SWAP(s[0], s[1]);
    CHECK(again(c) == HELD);
    case_free(c);
}

static void no_segment_can_be_twice_or_missing(void)
{
    struct casefile *c = case_make(&small);
    struct evidence_exhibit_segment was = c->segments[1];
    c->segments[1] = c->segments[0]; /* instead of the other */
    CHECK(again(c) == FAILED);
    c->segments[2] = was; /* besides it */
    c->x.segment_n = 3;
    CHECK(again(c) == FAILED);
    c->segments[1] = was;
    c->x.segment_n = 1; /* the claim names two */
    CHECK(again(c) == FAILED);
    c->claim.to = 0; /* it names one: the numbers do not follow */
    case_write(c);
    CHECK(outcome_of(c, buf_bytes(&c->file)) == FAILED);
    case_free(c);
}

/* Only what is at the ends may be left out, and that is seen. */
static void a_segment_missing_in_between_is_a_gap(void)
{
    struct casefile_wish w = {.live = true};
    struct casefile *c = case_make(&w);
    struct verified r;
    size_t cut = c->n - 2; /* after the act */
    CHECK(!case_of_act(c->sealed.s[cut]));
    memmove(&c->segments[cut], &c->segments[cut + 1], sizeof(c->segments[0]));
    c->x.segment_n--;
    c->claim.to--;
    case_write(c);
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_OK && !r.v.report.holds); /* exact numbers are claimed */
    const struct evidence_point *p = point_of(&r.v.report.claims[0].points, "complete");
    CHECK(p != NULL && strstr(p->detail, "in between") != NULL);
    verified_fini(&r);
    case_free(c);
}

/* --- keys and checkpoints ---------------------------------------------------------------- */

static void a_checkpoint_from_before_the_entry_proves_nothing(void)
{
    struct casefile *c = case_make(&small);
    struct ledger_checkpoint old = {.origin = material_text("cert-a.example"), .size = c->first};
    struct ledger_hashes src = {c, case_hash};
    struct ledger_proof p = {.index = c->first};
    struct buf note = BUF_INIT(4096), proof = BUF_INIT(65536);
    CHECK(ledger_tree_root_of(&src, old.size, &old.root) == ST_OK);
    CHECK(ledger_checkpoint_sign(&old, &c->signer, &note) == ST_OK);
    p.checkpoint = buf_bytes(&note);
    CHECK(ledger_tree_prove(&src, 0, old.size, &p.path) == ST_OK);
    ledger_proof_write(&p, &proof);
    c->segments[0].proof = buf_bytes(&proof);
    case_policy(c, false);
    CHECK(again(c) == FAILED);
    buf_fini(&note);
    buf_fini(&proof);
    case_free(c);
}

/* Signed by a key that the reader trusts, but for another ledger. */
static void another_party_s_ledger_cannot_speak_for_it(void)
{
    struct casefile *c = case_make(&small);
    struct ledger_signer other = material_signer("cert-b.example", LEDGER_KEY_SIGN, 5);
    struct ledger_checkpoint cp = {.origin = material_text("cert-b.example"), .size = c->sealed.n};
    struct ledger_hashes src = {c, case_hash};
    struct buf note = BUF_INIT(4096), proofs[SEGMENTS_MAX];
    CHECK(ledger_tree_root_of(&src, cp.size, &cp.root) == ST_OK);
    CHECK(ledger_checkpoint_sign(&cp, &other, &note) == ST_OK);
    for (size_t i = 0; i < c->n; i++) {
        struct ledger_proof p = {.index = c->first + i, .checkpoint = buf_bytes(&note)};
        proofs[i] = BUF_INIT(65536);
        CHECK(ledger_tree_prove(&src, p.index, cp.size, &p.path) == ST_OK);
        ledger_proof_write(&p, &proofs[i]);
        c->segments[i].proof = buf_bytes(&proofs[i]);
    }
    c->signer = other;
    case_policy(c, false);
    c->x.time_n = 0;
    struct verified r;
    buf_clear(&c->file);
    CHECK(evidence_exhibit_write(&c->x, &c->file) == ST_OK);
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_OK && !r.v.report.holds && !r.v.report.lacks_key);
    const struct evidence_point *p = point_of(&r.v.report.points, "ledger");
    CHECK(p != NULL && strstr(p->detail, "another party") != NULL);
    verified_fini(&r);
    for (size_t i = 0; i < c->n; i++) {
        buf_fini(&proofs[i]);
    }
    buf_fini(&note);
    case_free(c);
}

/* A stamp that cannot be checked says nothing; one of another checkpoint dates nothing. */
static void a_stamp_counts_only_for_what_it_stamps(void)
{
    struct casefile *c = case_make(&small);
    struct buf other = BUF_INIT(4096);
    struct ledger_checkpoint cp = {.origin = material_text("cert-a.example"), .size = 1};
    struct verified r;
    CHECK(ledger_checkpoint_sign(&cp, &c->signer, &other) == ST_OK);
    c->time.checkpoint = buf_bytes(&other);
    CHECK(again(c) == FAILED); /* the stamp is of the one that was there */
    case_stamp_of(buf_bytes(&other), case_end_ns(c) / SECOND_NS, &c->response);
    c->time.response = buf_bytes(&c->response);
    case_policy(c, false);
    buf_clear(&c->file);
    CHECK(evidence_exhibit_write(&c->x, &c->file) == ST_OK);
    case_verify(c, buf_bytes(&c->file), &r);
    CHECK(r.st == ST_OK && r.v.report.holds);
    CHECK(!r.v.basis.stamped && r.v.basis.dated); /* by the witness alone */
    verified_fini(&r);
    buf_fini(&other);
    case_free(c);
}

/* --- JSON --------------------------------------------------------------------------------------
 */

static void replace(struct buf *out, struct bytes text, const char *from, const char *to)
{
    const char *at = memmem(text.data, text.len, from, strlen(from));
    CHECK(at != NULL);
    if (at != NULL) {
        size_t before = (size_t)(at - (const char *)text.data);
        buf_append(out, text.data, before);
        buf_str(out, to);
        buf_append(out, at + strlen(from), text.len - before - strlen(from));
    }
}

static void json_has_one_spelling(void)
{
    static const struct {
        const char *from, *to;
    } tricks[] = {
        {"\"packets\":", "\"packets\":1,\"packets\":"},
        {"\"packets\":", " \"packets\":"},
        {"\"targets\":40", "\"targets\":40.0"},
        {"\"targets\":40", "\"targets\":4e1"},
        {"\"targets\":40", "\"targets\":040"},
        {"\"targets\":40", "\"targets\":-40"},
        {"\"targets\":40", "\"targets\":99999999999999999999"},
        {"\"targets\":40", "\"targets\":\"40\""},
        {"\"targets\":40", "\"targets\":41,\"target\":40"},
        {"scan.horizontal", "scan\\u002ehorizontal"},
        {"scan.horizontal", "scan.horizont\xc3\xa4l"},
        {"scan.horizontal", "scan.horizontal\\u0000"},
        {"\"said\":false", "\"said\":0"},
        {"\"said\":false", "\"said\":null"},
        {"\"number\":1", "\"number\":2"},
        {"[{", "[[{"},
        {"[{", "{"},
        {"\"number\":1", "\"number\":1,\"verdict\":\"proven\""},
        {"\"remotes\":[", "\"remotes\":[\"::\","},
    };
    struct casefile *c = case_make(&small);
    struct bytes was = c->x.findings;
    for (size_t i = 0; i < ARRAY_LEN(tricks); i++) {
        struct buf text = BUF_INIT(1 << 20);
        replace(&text, was, tricks[i].from, tricks[i].to);
        c->x.findings = buf_bytes(&text);
        enum outcome o = again(c);
        CHECK(o == FAILED || o == UNREADABLE);
        if (o == HELD || o == SILENT) {
            printf("# %s\n", tricks[i].to);
        }
        buf_fini(&text);
    }
    c->x.findings = was;
    CHECK(again(c) == HELD);
    case_free(c);
}

static void json_that_nests_without_end_is_refused(void)
{
    struct casefile *c = case_make(&small);
    static char deep[200000];
    memset(deep, '[', sizeof(deep));
    c->x.findings = bytes_of(deep, sizeof(deep));
    CHECK(again(c) == UNREADABLE);
    c->x.findings = BYTES_LITERAL("[]\n"); /* nothing is claimed: nothing holds */
    CHECK(again(c) != HELD);
    case_free(c);
}

/* A rule that is fitted to the records is not the one that the headers name. */
static void the_rule_cannot_be_another(void)
{
    struct casefile *c = case_make(&small);
    struct definition_set set;
    struct buf text = BUF_INIT(65536);
    CHECK(definition_set_read(BYTES_LITERAL(case_definitions), &set, NULL) == ST_OK);
    set.items[0].params[SCAN_H_TARGETS] = 2;
    definition_set_write(&set, &text);
    c->x.definitions = buf_bytes(&text);
    CHECK(again(c) == FAILED);
    buf_fini(&text);
    case_free(c);
}

static void every_allocation_may_fail(void)
{
    struct casefile *c = case_make(&small);
    unsigned step = all_of_it() ? 1 : 5, n = 1;
    for (;; n += step) {
        struct verified r = {.why = {.member = ""}};
        struct fault why;
        CHECK(ledger_policy_parse(buf_bytes(&c->policy), &r.policy, &why) == ST_OK);
        struct evidence_verify_options opt = {.policy = r.policy,
                                              .ca = BYTES_LITERAL("certificates"),
                                              .stamp = case_stamp,
                                              .now_ns = case_end_ns(c)};
        test_fail_allocation(n);
        r.st = evidence_verify_open(&c->engine, buf_bytes(&c->file), &opt, &r.v, &r.why);
        r.st = r.st == ST_OK ? evidence_verify_close(&r.v) : r.st;
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        /* A table that could not grow faster, or memory: never another answer. */
        CHECK(r.st == ST_OK ? r.v.report.holds : failed && (r.st == ST_NOMEM || r.st == ST_SYS));
        verified_fini(&r);
        if (!failed || n > 100000) {
            break;
        }
    }
    CHECK(n > 50);
    case_free(c);
}

#define LADDER_OF(remote)                                                                          \
    "{\"sources\":[],\"remotes\":[{\"address\":\"" remote "\",\"looked_up\":\"" remote "\","       \
    "\"event\":\"2023-11-14T22:13:20.000000000Z\",\"statements\":[]}]}\n"

/* Of somebody of whom nothing is claimed, no sources are brought. */
static void a_ladder_of_others_is_refused(void)
{
    struct casefile *c = case_make(&small);
    c->x.ladder = BYTES_LITERAL(LADDER_OF("11.0.0.66"));
    CHECK(again(c) == HELD);
    c->x.ladder = BYTES_LITERAL(LADDER_OF("11.0.0.67"));
    CHECK(refused(again(c)));
    case_free(c);
}

/* The same mark twice would look like two marks. */
static void marks_that_contradict_themselves_are_refused(void)
{
    static const struct {
        struct finding_tool follows, said[2];
        size_t follows_n, said_n;
        bool good;
    } rows[] = {
        {{0}, {{TOOL_MIRAI, 40, 40}, {TOOL_MASSCAN, 40, 40}}, 0, 2, true},
        {{0}, {{TOOL_MIRAI, 40, 40}, {TOOL_MIRAI, 40, 40}}, 0, 2, false},
        {{0}, {{TOOL_MIRAI, 40, 40}, {TOOL_MIRAI, 39, 40}}, 0, 2, false},
        {{TOOL_MIRAI, 40, 40}, {{TOOL_MIRAI, 40, 40}}, 1, 1, false},
        {{0}, {{TOOL_MIRAI, 41, 40}}, 0, 1, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct casefile *c = case_make(&small);
        c->claim.finding.tools[0] = rows[i].follows;
        c->claim.finding.tool_n = rows[i].follows_n;
        memcpy(c->claim.said_tools, rows[i].said, sizeof(rows[i].said));
        c->claim.said_tool_n = rows[i].said_n;
        case_write(c);
        CHECK_INT(outcome_of(c, buf_bytes(&c->file)), rows[i].good ? HELD : UNREADABLE);
        case_free(c);
    }
}

TEST_MAIN(TEST(a_ladder_of_others_is_refused), TEST(marks_that_contradict_themselves_are_refused),
          TEST(the_exhibit_that_is_attacked_holds), TEST(no_byte_of_the_file_can_be_changed),
          TEST(no_end_can_be_cut_off), TEST(no_byte_of_a_member_can_be_changed_in_a_good_bag),
          TEST(no_member_can_take_another_s_place), TEST(no_segment_can_be_twice_or_missing),
          TEST(a_segment_missing_in_between_is_a_gap),
          TEST(a_checkpoint_from_before_the_entry_proves_nothing),
          TEST(another_party_s_ledger_cannot_speak_for_it),
          TEST(a_stamp_counts_only_for_what_it_stamps), TEST(json_has_one_spelling),
          TEST(json_that_nests_without_end_is_refused), TEST(the_rule_cannot_be_another),
          TEST(every_allocation_may_fail))
