/* tests/unit/exchange/test_outcome.c - what is said of an address after its act. */
#include "exchange/case/outcome.h"

#include "../detect/synth.h"

#define DAY     (INT64_C(86400) * TIME_SECOND)
#define TIME_MS (TIME_SECOND / 1000)

static const uint32_t scanner = 0xcb007142;   /* 203.0.113.66 */
static const uint32_t neighbour = 0xcb007199; /* 203.0.113.153 */
static const uint32_t stranger = 0xcb007242;  /* 203.0.114.66 */
static const uint32_t targets = 0xc6336400;   /* 198.51.100.0 */
static const uint32_t elsewhere = 0xc6336500;

/* A sweep of 64 hosts. */
static void sweep(struct synth *s, int64_t at, uint32_t from, uint32_t to, uint16_t port)
{
    for (uint32_t i = 1; i <= 64; i++) {
        synth_tcp(s, at + i * 100 * TIME_MS, from, to + i, port, TCP_SYN);
    }
}

/* Somebody else's connection to one of the targets. */
static void visit(struct synth *s, int64_t at, uint32_t to)
{
    static const uint32_t visitor = 0x08080808;
    synth_tcp(s, at, visitor, to + 7, 443, TCP_SYN);
    synth_tcp_back(s, at + TIME_MS, to + 7, visitor, 443, TCP_SYN | TCP_ACK);
    synth_tcp(s, at + 2 * TIME_MS, visitor, to + 7, 443, TCP_ACK);
}

struct judged {
    struct synth_run run;
    struct case_suspect suspect;
    struct case_trace trace;
    struct case_after after;
};

static void feed_tracer(struct case_tracer *t, const struct synth *s)
{
    for (size_t i = 0; i < s->n; i++) {
        static struct obs_batch one;
        one.n = 1;
        one.obs[0] = s->obs[i];
        case_tracer_feed(t, &one);
    }
}

/* Through the detectors and the tracer, as a command does it. */
static void judge(struct synth *s, bool proven, struct judged *j)
{
    struct case_tracer *t = NULL;
    *j = (struct judged){.suspect = {.remote = addr_from_v4(scanner),
                                     .first_ns = SYNTH_BEGIN,
                                     .last_ns = SYNTH_BEGIN + 7 * TIME_SECOND,
                                     .since_ns = SYNTH_BEGIN + 7 * TIME_SECOND,
                                     .kind_n = 1,
                                     .kind = {"scan.horizontal"}}};
    j->suspect.network = prefix_of(&j->suspect.remote, 120);
    struct case_tracer_options opt = {
        .suspects = &j->suspect, .n = 1, .input_n = 1, .mark_ns = {SYNTH_BEGIN + DAY, INT64_MAX}};
    CHECK_INT(case_tracer_new(&opt, &t), ST_OK);
    feed_tracer(t, s);
    CHECK_INT(case_tracer_trace(t, 0, &j->trace), ST_OK);
    synth_run(&j->run, "default", s);
    struct case_look look = *case_tracer_look(t, 0);
    struct case_bench bench = {.findings = j->run.findings, .looks = &look, .look_n = 1};
    case_after_judge(&j->suspect, &j->trace, &bench, proven, &j->after);
    case_tracer_free(t);
}

static void done(struct synth *s, struct judged *j)
{
    synth_run_fini(&j->run);
    synth_fini(s);
}

static void is(const struct judged *j, enum case_outcome word, enum case_basis basis)
{
    CHECK_STR(case_word_at(CASE_LIST_OUTCOMES, j->after.word).name,
              case_word_at(CASE_LIST_OUTCOMES, word).name);
    CHECK_STR(case_basis_word(j->after.basis), case_basis_word(basis));
}

static void going_on_is_proven_by_findings(void)
{
    struct synth s = {0};
    struct judged j;
    sweep(&s, 0, scanner, targets, 22);
    sweep(&s, 2 * DAY, scanner, elsewhere, 22);
    judge(&s, false, &j);
    is(&j, CASE_WENT_ON, CASE_BASIS_SAME_ACT);
    CHECK_INT(j.after.findings, 1);
    CHECK_INT(j.after.deed_n, 1);
    CHECK_STR(j.after.deed[0].kind, "scan.horizontal");
    CHECK(j.after.deed[0].same && !j.after.straddles);
    CHECK_INT(j.after.first_ns, SYNTH_BEGIN + 2 * DAY + 100 * TIME_MS);
    CHECK_INT(j.trace.later_records, 64);
    CHECK_INT(j.trace.again, 0);
    CHECK_INT(j.trace.after[0], 64);
    CHECK_INT(j.trace.after[1], 0);
    CHECK_INT(j.trace.then_targets, 64);
    done(&s, &j);
}

static void the_act_itself_is_no_going_on(void)
{
    struct synth s = {0};
    struct judged j;
    sweep(&s, 0, scanner, targets, 22);
    visit(&s, DAY, targets);
    judge(&s, false, &j);
    is(&j, CASE_NOT_SEEN, CASE_BASIS_SILENT);
    CHECK_INT(j.trace.others, 2); /* of three records, two to a target of the act */
    done(&s, &j);
}

static void what_is_below_a_finding_is_no_act(void)
{
    struct synth s = {0};
    struct judged j;
    sweep(&s, 0, scanner, targets, 22);
    synth_tcp(&s, DAY, scanner, targets + 3, 22, TCP_SYN);
    judge(&s, false, &j);
    is(&j, CASE_NOT_SEEN, CASE_BASIS_NO_ACT);
    CHECK_INT(j.trace.later_records, 1);
    CHECK_INT(j.trace.again, 1);
    done(&s, &j);
}

static void another_kind_of_act_is_told_as_that(void)
{
    struct synth s = {0};
    struct judged j;
    sweep(&s, 0, scanner, targets, 22);
    for (uint16_t port = 1; port <= 200; port++) {
        synth_tcp(&s, DAY + port * TIME_MS * 20, scanner, targets + 3, port, TCP_SYN);
    }
    judge(&s, false, &j);
    is(&j, CASE_WENT_ON, CASE_BASIS_OTHER_ACT);
    CHECK(j.after.deed_n == 1 && !j.after.deed[0].same);
    done(&s, &j);
}

static void nothing_so_late_is_not_covered(void)
{
    struct synth s = {0};
    struct judged j;
    sweep(&s, 0, scanner, targets, 22);
    judge(&s, false, &j);
    is(&j, CASE_NOT_COVERED, CASE_BASIS_NO_RECORDS);
    done(&s, &j);
}

static void records_of_other_hosts_do_not_cover(void)
{
    struct synth s = {0};
    struct judged j;
    sweep(&s, 0, scanner, targets, 22);
    visit(&s, DAY, elsewhere);
    judge(&s, false, &j);
    is(&j, CASE_NOT_COVERED, CASE_BASIS_NO_TARGETS);
    done(&s, &j);
}

static void the_same_act_of_a_neighbour_is_moved(void)
{
    struct synth s = {0};
    struct judged j;
    sweep(&s, 0, scanner, targets, 22);
    sweep(&s, DAY, neighbour, targets, 22);
    judge(&s, false, &j);
    is(&j, CASE_MOVED, CASE_BASIS_NEIGHBOUR);
    CHECK_INT(j.after.like_n, 1);
    const struct case_likeness *l = &j.after.like[0];
    CHECK(l->targets && l->ports && l->counts);
    CHECK_INT(l->neighbour.shared, 64);
    CHECK(addr_v4(&l->neighbour.address) == neighbour);
    done(&s, &j);
}

/* Each time one thing is not the same. */
static void a_neighbour_that_does_something_else_is_not(void)
{
    static const struct {
        uint32_t from, to;
        uint16_t port;
        bool likeness;
    } others[] = {
        {stranger, targets, 22, false},   /* another network */
        {neighbour, elsewhere, 22, true}, /* other targets */
        {neighbour, targets, 80, true},   /* another port, and no tool's mark */
    };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct synth s = {0};
        struct judged j;
        sweep(&s, 0, scanner, targets, 22);
        visit(&s, DAY - TIME_HOUR, targets);
        sweep(&s, DAY, others[i].from, others[i].to, others[i].port);
        judge(&s, false, &j);
        is(&j, CASE_NOT_SEEN, CASE_BASIS_SILENT);
        CHECK_INT(j.after.like_n, others[i].likeness ? 1 : 0);
        done(&s, &j);
    }
}

/* Without the records of the act, its targets are not known: then nothing moved. */
static void targets_that_are_not_known_are_not_the_same(void)
{
    struct synth s = {0};
    struct judged j;
    sweep(&s, DAY, neighbour, targets, 22);
    judge(&s, false, &j);
    is(&j, CASE_NOT_SEEN, CASE_BASIS_SILENT);
    CHECK(j.after.like_n == 1 && !j.after.like[0].targets);
    done(&s, &j);
}

static void an_address_that_is_not_silent_did_not_move(void)
{
    struct synth s = {0};
    struct judged j;
    sweep(&s, 0, scanner, targets, 22);
    synth_tcp(&s, DAY - TIME_HOUR, scanner, targets + 3, 22, TCP_SYN);
    sweep(&s, DAY, neighbour, targets, 22);
    judge(&s, false, &j);
    is(&j, CASE_NOT_SEEN, CASE_BASIS_NO_ACT);
    done(&s, &j);
}

/* --- stopping ------------------------------------------------------------------------- */

static struct evidence_header live(int64_t from_ns, int64_t to_ns)
{
    return (struct evidence_header){.kind = KIND_LIVE,
                                    .from_ns = SYNTH_BEGIN + from_ns,
                                    .to_ns = SYNTH_BEGIN + to_ns,
                                    .declared = true,
                                    .net_count = 1,
                                    .counters = {.sampling = 1}};
}

static bool proves(const struct evidence_header *h, size_t n, enum evidence_found found,
                   int64_t now_ns)
{
    struct case_absence a = {.segments = 0};
    for (size_t i = 0; i < n; i++) {
        case_absence_add(&a, &h[i], found);
    }
    return case_absence_proves(&a, SYNTH_BEGIN + TIME_HOUR, SYNTH_BEGIN + now_ns, TIME_HOUR);
}

static void only_live_absence_without_a_gap_is_proof(void)
{
    struct evidence_header h[] = {live(0, DAY), live(DAY, 2 * DAY)};
    CHECK(evidence_header_no_absence(&h[0], false) == NULL);
    CHECK(proves(h, 2, FOUND_ABSENT, 3 * DAY));
    CHECK(!proves(h, 2, FOUND_HIDDEN, 3 * DAY));
    CHECK(!proves(h, 2, FOUND_LEAF, 3 * DAY));
    CHECK(!proves(h, 2, FOUND_ABSENT, DAY)); /* by a clock that says it is not over */
    CHECK(!proves(h, 0, FOUND_ABSENT, 3 * DAY));
    CHECK(!proves(&h[1], 1, FOUND_ABSENT, 3 * DAY)); /* it begins after the act */
    h[1].from_ns += 1;
    CHECK(!proves(h, 2, FOUND_ABSENT, 3 * DAY));
    h[1] = live(DAY, 2 * DAY);
    h[1].kind = KIND_FILE;
    CHECK(!proves(h, 2, FOUND_ABSENT, 3 * DAY));
    h[1] = live(DAY, 2 * DAY);
    h[1].counters.drop_kernel = 1;
    CHECK(!proves(h, 2, FOUND_ABSENT, 3 * DAY));
    h[0] = live(0, TIME_HOUR + TIME_MINUTE); /* shorter than an act may pause */
    CHECK(!proves(h, 1, FOUND_ABSENT, 3 * DAY));
}

static void records_outweigh_a_proof_of_absence(void)
{
    struct synth s = {0};
    struct judged j;
    sweep(&s, 0, scanner, targets, 22);
    visit(&s, DAY, targets);
    judge(&s, true, &j);
    is(&j, CASE_STOPPED, CASE_BASIS_ABSENT);
    done(&s, &j);
    sweep(&s, 0, scanner, targets, 22);
    synth_tcp(&s, DAY, scanner, targets + 3, 22, TCP_SYN);
    judge(&s, true, &j); /* records say otherwise */
    is(&j, CASE_NOT_SEEN, CASE_BASIS_NO_ACT);
    done(&s, &j);
}

static void a_case_has_its_gravest_word(void)
{
    static const struct {
        enum case_outcome a, b, sum;
    } sums[] = {
        {CASE_STOPPED, CASE_STOPPED, CASE_STOPPED},
        {CASE_STOPPED, CASE_WENT_ON, CASE_WENT_ON},
        {CASE_MOVED, CASE_NOT_SEEN, CASE_MOVED},
        {CASE_STOPPED, CASE_NOT_SEEN, CASE_NOT_SEEN},
        {CASE_STOPPED, CASE_NOT_COVERED, CASE_NOT_SEEN},
        {CASE_NOT_COVERED, CASE_NOT_COVERED, CASE_NOT_COVERED},
    };
    for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
        enum case_outcome words[2] = {sums[i].a, sums[i].b};
        CHECK_INT(case_outcome_sum(words, 2), sums[i].sum);
    }
    CHECK_INT(case_outcome_sum(NULL, 0), CASE_NOT_COVERED);
}

/* --- bounds --------------------------------------------------------------------------- */

static void counts_cross_the_border_whole(void)
{
    struct synth s = {0};
    struct judged j;
    struct buf out = BUF_INIT(65536);
    struct case_trace back;
    sweep(&s, 0, scanner, targets, 22);
    for (uint32_t i = 1; i < 20; i++) {
        sweep(&s, DAY + i * TIME_HOUR, (scanner & 0xffffff00) + 100 + i, targets + i, 22);
    }
    judge(&s, false, &j);
    CHECK_INT(j.trace.neighbour_n, CASE_NEIGHBOURS);
    CHECK_INT(j.trace.neighbour[0].shared, 63); /* the most in common, not the first */
    CHECK(addr_v4(&j.trace.neighbour[0].address) == (scanner & 0xffffff00) + 101);
    CHECK_INT(case_trace_put(&out, &j.trace), ST_OK);
    struct cursor in = cursor_of(buf_bytes(&out));
    CHECK_INT(case_trace_get(&in, &back), ST_OK);
    CHECK(back.neighbour_n == CASE_NEIGHBOURS &&
          back.neighbour[3].shared == j.trace.neighbour[3].shared);
    CHECK(back.then_targets == 64 && back.others == j.trace.others);
    for (size_t n = 0; n < out.len; n++) {
        in = cursor_of(bytes_of(out.data, n));
        CHECK(case_trace_get(&in, &back) == ST_MALFORMED);
    }
    buf_fini(&out);
    done(&s, &j);
}

static void more_targets_than_are_kept_are_not_the_same(void)
{
    struct synth s = {0};
    struct judged j;
    for (uint32_t i = 0; i < LIMIT_OUTCOME_TARGETS + 1; i++) {
        synth_tcp(&s, i * TIME_MS, scanner, targets + i, 22, TCP_SYN);
    }
    for (uint32_t i = 0; i < LIMIT_OUTCOME_TARGETS + 1; i++) {
        synth_tcp(&s, DAY + i * TIME_MS, neighbour, targets + i, 22, TCP_SYN);
    }
    judge(&s, false, &j);
    CHECK(j.trace.then_more && j.trace.then_targets == LIMIT_OUTCOME_TARGETS);
    CHECK(j.after.word == CASE_NOT_SEEN && j.after.like_n == 1 && !j.after.like[0].targets);
    done(&s, &j);
}

TEST_MAIN(TEST(going_on_is_proven_by_findings), TEST(the_act_itself_is_no_going_on),
          TEST(what_is_below_a_finding_is_no_act), TEST(another_kind_of_act_is_told_as_that),
          TEST(nothing_so_late_is_not_covered), TEST(records_of_other_hosts_do_not_cover),
          TEST(the_same_act_of_a_neighbour_is_moved),
          TEST(a_neighbour_that_does_something_else_is_not),
          TEST(targets_that_are_not_known_are_not_the_same),
          TEST(an_address_that_is_not_silent_did_not_move),
          TEST(only_live_absence_without_a_gap_is_proof), TEST(records_outweigh_a_proof_of_absence),
          TEST(a_case_has_its_gravest_word), TEST(counts_cross_the_border_whole),
          TEST(more_targets_than_are_kept_are_not_the_same))
