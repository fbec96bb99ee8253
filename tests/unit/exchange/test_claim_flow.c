/* tests/unit/exchange/test_claim_flow.c - tables of flows, and claims held against them. */
#include "exchange/claim/flow.h"

#include "exchange/claim/judge.h"

#include "claims.h"

static const struct claim_clock utc = {.has_zone = true};
static const struct claim_clock no_zone = {.has_zone = false};

struct table {
    struct claim_flow flows[8];
    size_t n, bad;
    enum status st;
    struct fault why;
    char format[64];
};

static struct table read_table(const char *s, const struct claim_clock *clock)
{
    struct table t = {.n = 0};
    struct claim_flow_table *x = NULL;
    intake_begin();
    assert(claim_flow_table_new(clock, &x) == ST_OK);
    while (*s != '\0' && t.st == ST_OK) {
        size_t n = strcspn(s, "\n");
        enum claim_flow_line what;
        struct claim_flow f = {.packets = 0};
        t.st = claim_flow_read(x, bytes_of(s, n), &what, &f, &t.why);
        if (t.st == ST_OK && what == CLAIM_FLOW_ROW) {
            assert(t.n < ARRAY_LEN(t.flows));
            f.pos = pos_make(0, t.n);
            t.flows[t.n++] = f;
        }
        t.bad += t.st == ST_OK && what == CLAIM_FLOW_BAD;
        s += n + (s[n] == '\n');
    }
    (void)snprintf(t.format, sizeof(t.format), "%s", claim_flow_format(x));
    claim_flow_table_free(x);
    return t;
}

#define ZEEK                                                                                       \
    "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\t"           \
    "id.resp_p\tproto\tduration\tconn_state\torig_pkts\tresp_pkts\n#types\ttime\n"
#define NFDUMP "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt\n"

static void check_flow(const struct claim_flow *f, const char *first, const char *last,
                       uint64_t packets, uint64_t back)
{
    struct addr us = addr("198.51.100.7");
    struct addr them = addr("192.0.2.5");
    CHECK(addr_equal(&f->src, &us) && addr_equal(&f->dst, &them));
    CHECK_INT(f->src_port, 40001);
    CHECK_INT(f->dst_port, 22);
    CHECK_INT(f->proto, PROTO_TCP);
    CHECK_INT(f->first_ns, at(first));
    CHECK_INT(f->last_ns, at(last));
    CHECK_INT(f->packets, packets);
    CHECK_INT(f->back, back);
}

/* A value that makes no sense must not be taken for none. */
static void rows_with_absurd_values_are_left_out_and_named(void)
{
#define ZEEK_ROW(sport, dport, duration, packets, back)                                            \
    ZEEK "1772532000.5\tC1\t198.51.100.7\t" sport "\t192.0.2.5\t" dport "\ttcp\t" duration         \
         "\tSF\t" packets "\t" back "\n"
    static const struct {
        const char *table, *column;
    } bad[] = {{ZEEK_ROW("40001", "22", "1.5", "-9", "8"), "packets"},
               {ZEEK_ROW("40001", "22", "1.5", "9", "8 K"), "packets back"},
               {ZEEK_ROW("40001", "22", "-1.5", "9", "8"), "duration"},
               {ZEEK_ROW("40001", "22", "1.5s", "9", "8"), "duration"},
               {ZEEK_ROW("40001", "22", "99999999999", "9", "8"), "duration"},
               {ZEEK_ROW("-1", "22", "1.5", "9", "8"), "source port"},
               {ZEEK_ROW("40001", "65536", "1.5", "9", "8"), "destination port"},
               {NFDUMP "2026-03-03 10:00:00,2026-03-03 09:00:02,2.000,198.51.100.7,192.0.2.5,"
                       "40001,22,TCP,S,0,0,9,500,0,0\n",
                "last time"},
               {NFDUMP "2026-03-03 10:00:00,soon,2.000,198.51.100.7,192.0.2.5,40001,22,TCP,S,0,"
                       "0,9,500,0,0\n",
                "last time"},
               {"{\"ts\":1772532000.5,\"id.orig_h\":\"198.51.100.7\",\"id.resp_h\":\"192.0.2.5\","
                "\"proto\":\"tcp\",\"orig_pkts\":true}\n",
                "packets"}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct table t = read_table(bad[i].table, &utc);
        CHECK_INT(t.st, ST_OK);
        CHECK_INT(t.n, 0);
        CHECK_INT(t.bad, 1);
        CHECK_STR(t.why.field, bad[i].column);
    }
    struct table t = read_table(ZEEK_ROW("40001", "22", "-", "-", "(empty)"), &utc);
    CHECK_INT(t.n, 1); /* what is not set is none */
    t = read_table("{\"ts\":1772532000.5,\"id.orig_h\":\"198.51.100.7\",\"id.orig_p\":40001,"
                   "\"id.resp_h\":\"192.0.2.5\",\"id.resp_p\":22,\"proto\":\"tcp\","
                   "\"duration\":9.1e-06,\"orig_pkts\":2,\"resp_pkts\":1}\n",
                   &utc);
    CHECK_INT(t.n, 1);
    check_flow(&t.flows[0], "2026-03-03T10:00:00.5Z", "2026-03-03T10:00:00.5000091Z", 2, 1);
    t = read_table(NFDUMP "2026-03-03 10:00:00,2026-03-03 10:00:02,2.000,198.51.100.7,192.0.2.5,"
                          "0,8.0,ICMP,......,0,0,9,500,0,0\n",
                   &utc);
    CHECK_INT(t.n, 1);
#undef ZEEK_ROW
}

static void tables_of_several_tools_are_read(void)
{
    struct table t = read_table(ZEEK "1772532000.5\tC1\t198.51.100.7\t40001\t192.0.2.5\t22\ttcp\t"
                                     "1.5\tSF\t9\t8\n#close\tx\n",
                                &no_zone);
    CHECK_INT(t.n, 1);
    CHECK_STR(t.format, "connections of Zeek");
    check_flow(&t.flows[0], "2026-03-03T10:00:00.5Z", "2026-03-03T10:00:02Z", 9, 8);
    CHECK_INT(t.flows[0].state, CLAIM_FLOW_DONE);
    t = read_table("{\"ts\":\"2026-03-03T10:00:00.500000Z\",\"uid\":\"C\",\"id.orig_h\":"
                   "\"198.51.100.7\",\"id.orig_p\":40001,\"id.resp_h\":\"192.0.2.5\","
                   "\"id.resp_p\":22,\"proto\":\"tcp\",\"duration\":1.5,\"conn_state\":\"REJ\","
                   "\"orig_pkts\":1,\"resp_pkts\":1}\n{\"ts\":1}\n",
                   &no_zone);
    CHECK_INT(t.n, 1);
    CHECK_INT(t.bad, 1);
    check_flow(&t.flows[0], "2026-03-03T10:00:00.5Z", "2026-03-03T10:00:02Z", 1, 1);
    CHECK_INT(t.flows[0].state, CLAIM_FLOW_REFUSED);
    t = read_table(NFDUMP "2026-03-03 10:00:00,2026-03-03 10:00:02,2.000,198.51.100.7,192.0.2.5,"
                          "40001,22,TCP,...AP.SF,0,0,9,500,0,0\nSummary\nflows,bytes\n1,500\n",
                   &utc);
    CHECK_INT(t.n, 1);
    CHECK_INT(t.bad, 0);
    check_flow(&t.flows[0], "2026-03-03T10:00:00Z", "2026-03-03T10:00:02Z", 9, 0);
    CHECK_INT(t.flows[0].tcp_flags, TCP_ACK | TCP_PSH | TCP_SYN | TCP_FIN);
    t = read_table("   sIP|   dIP|sPort|dPort|pro|packets|bytes|   flags|    sTime|duration|\n"
                   "198.51.100.7|192.0.2.5|40001|22|6|3|180|S       |2026/03/03T10:00:00.000|"
                   "2.000|\n",
                   &utc);
    CHECK_INT(t.n, 1);
    check_flow(&t.flows[0], "2026-03-03T10:00:00Z", "2026-03-03T10:00:02Z", 3, 0);
}

/* An hour off, and what is true would be denied. */
static void times_without_a_zone_are_refused(void)
{
    struct table t = read_table(NFDUMP "2026-03-03 10:00:00,2026-03-03 10:00:02,2.0,198.51.100.7,"
                                       "192.0.2.5,40001,22,TCP,......,0,0,9,500,0,0\n",
                                &no_zone);
    CHECK_INT(t.st, ST_MALFORMED);
    CHECK_STR(t.why.field, "time zone");
    t = read_table("hello\n", &utc);
    CHECK_INT(t.st, ST_MALFORMED);
    CHECK_STR(t.why.field, "format");
    t = read_table("timestamp,src_ip,dst_ip,count\n", &utc); /* a claim, no flows */
    CHECK_STR(t.why.field, "format");
}

/* Somebody else of our network before and after, so that it is covered. */
#define OTHERS(time) time "\tC\t198.51.100.99\t1000\t203.0.113.1\t443\ttcp\t0.5\tSF\t5\t5\n"
#define AROUND(rows) ZEEK OTHERS("1772531950.0") rows OTHERS("1772532050.0")
#define NF(time, src, dst, sp, dp, proto, flags)                                                   \
    time "," time ",0.0," src "," dst "," sp "," dp "," proto "," flags ",0,0,2,100,0,0\n"
#define NF_AROUND(rows)                                                                            \
    NFDUMP NF("2026-03-03 09:59:00", "198.51.100.99", "203.0.113.1", "9", "443", "TCP", "S")       \
        rows NF("2026-03-03 10:01:00", "198.51.100.99", "203.0.113.1", "9", "443", "TCP", "S")

struct asked {
    struct claim_answer answer;
    struct claim_match match;
};

static struct asked ask(const char *table, enum claim_act act, uint8_t proto, bool complete)
{
    struct table t = read_table(table, &utc);
    struct claim_set set = {.n = 0};
    struct claim_matcher *m = NULL;
    struct local_nets ours = {.rule = LOCAL_GIVEN, .n = 1};
    struct claim_cover cover = {.has_time = false};
    CHECK_INT(prefix_parse(text("198.51.100.0/24"), &ours.nets[0]), ST_OK);
    struct claim c = {.source = addr("198.51.100.7"),
                      .has_target = true,
                      .target = addr("192.0.2.5"),
                      .source_port = 40001,
                      .target_port = 22,
                      .proto = proto,
                      .act = act,
                      .when = {.known = true,
                               .first_ns = at("2026-03-03T10:00:00Z"),
                               .last_ns = at("2026-03-03T10:00:00Z"),
                               .precision_ns = TIME_SECOND}};
    CHECK_INT(claim_set_add(&set, &c), ST_OK);
    struct claim_matcher_options opt = {
        .claims = &set, .locals = &ours, .input_n = 1, .tolerance_ns = 10 * TIME_SECOND, .seed = 7};
    CHECK_INT(claim_matcher_new(&opt, &m), ST_OK);
    for (size_t i = 0; i < t.n; i++) {
        claim_matcher_flow(m, &t.flows[i]);
    }
    claim_matcher_finish(m);
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 16); /* as between processes */
    claim_cover_put(&b, m, 0);
    struct cursor in = cursor_of(buf_bytes(&b));
    CHECK_INT(claim_cover_get(&in, &cover), ST_OK);
    CHECK(cover.flows && cover.records == t.n);
    struct claim_match match = {.packets = 0};
    claim_match_join(&match, claim_matcher_match(m, 0)); /* to nothing: it stays the same */
    struct claim_bench bench = {.locals = &ours,
                                .complete = complete,
                                .tolerance_ns = opt.tolerance_ns,
                                .covers = &cover,
                                .input_n = 1};
    struct asked a = {claim_judge(&set.items[0], &match, &bench), match};
    claim_matcher_free(m);
    claim_set_fini(&set);
    return a;
}

#define CHECK_ANSWER(a, v, w)                                                                      \
    do {                                                                                           \
        CHECK_STR(claim_verdict_word((a).answer.verdict), v);                                      \
        CHECK_STR(claim_why_word((a).answer.why), w);                                              \
    } while (0)

static void joined_flows_tell_what_became_of_it(void)
{
#define OWN(state, orig, resp)                                                                     \
    AROUND("1772531999.5\tC1\t198.51.100.7\t40001\t192.0.2.5\t22\ttcp\t100.5\t" state "\t" orig    \
           "\t" resp "\n")
    struct asked a = ask(OWN("SF", "9", "8"), CLAIM_ACT_LOGIN, PROTO_TCP, true);
    CHECK_ANSWER(a, "shown", "records-fit");
    CHECK_INT(a.match.packets, 9);
    CHECK_INT(a.match.back, 8);
    CHECK_INT(a.match.completed, 1);
    CHECK_ANSWER(ask(OWN("REJ", "1", "1"), CLAIM_ACT_LOGIN, PROTO_TCP, true), "contradicted",
                 "refused");
    CHECK_ANSWER(ask(OWN("S0", "1", "0"), CLAIM_ACT_LOGIN, PROTO_TCP, true), "cannot tell",
                 "unanswered");
    CHECK_ANSWER(ask(OWN("S0", "1", "0"), CLAIM_ACT_SCAN, PROTO_TCP, true), "shown", "records-fit");
    /* The other end began it, from the port that the claim calls its target. */
    CHECK_ANSWER(
        ask(AROUND("1772531999.5\tC1\t192.0.2.5\t22\t198.51.100.7\t40001\ttcp\t1\tSF\t9\t8\n"),
            CLAIM_ACT_SCAN, PROTO_TCP, true),
        "contradicted", "answers-only");
    CHECK_ANSWER(ask(AROUND(""), CLAIM_ACT_SCAN, PROTO_TCP, true), "contradicted",
                 "nothing-fits-complete");
    CHECK_ANSWER(ask(AROUND(""), CLAIM_ACT_SCAN, PROTO_TCP, false), "not shown", "nothing-fits");
    CHECK_ANSWER(
        ask(ZEEK OTHERS("1772531999.0") OTHERS("1772532003.0"), CLAIM_ACT_SCAN, PROTO_TCP, true),
        "not covered", "not-then");
}

static void single_directions_are_put_together(void)
{
    const char *done =
        NF_AROUND(NF("2026-03-03 10:00:00", "198.51.100.7", "192.0.2.5", "40001", "22", "TCP",
                     "...AP.SF") NF("2026-03-03 10:00:00.1", "192.0.2.5", "198.51.100.7", "22",
                                    "40001", "TCP", "...AP.SF"));
    CHECK_ANSWER(ask(done, CLAIM_ACT_LOGIN, PROTO_TCP, true), "shown", "records-fit");
    const char *refused =
        NF_AROUND(NF("2026-03-03 10:00:00.1", "192.0.2.5", "198.51.100.7", "22", "40001", "TCP",
                     "...A.R..") NF("2026-03-03 10:00:00", "198.51.100.7", "192.0.2.5", "40001",
                                    "22", "TCP", "......S."));
    CHECK_ANSWER(ask(refused, CLAIM_ACT_LOGIN, PROTO_TCP, true), "contradicted", "refused");
    const char *answer =
        NF_AROUND(NF("2026-03-03 10:00:00", "192.0.2.5", "198.51.100.7", "22", "40001", "UDP",
                     "........") NF("2026-03-03 10:00:00.1", "198.51.100.7", "192.0.2.5", "40001",
                                    "22", "UDP", "........"));
    CHECK_ANSWER(ask(answer, CLAIM_ACT_SCAN, PROTO_UDP, true), "contradicted", "answers-only");
    const char *alone = NF_AROUND(
        NF("2026-03-03 10:00:00", "198.51.100.7", "192.0.2.5", "40001", "22", "TCP", "......S."));
    CHECK_ANSWER(ask(alone, CLAIM_ACT_SCAN, PROTO_TCP, true), "shown", "records-fit");
    CHECK_ANSWER(ask(alone, CLAIM_ACT_LOGIN, PROTO_TCP, true), "cannot tell", "unanswered");
}

TEST_MAIN(TEST(rows_with_absurd_values_are_left_out_and_named),
          TEST(tables_of_several_tools_are_read), TEST(times_without_a_zone_are_refused),
          TEST(joined_flows_tell_what_became_of_it), TEST(single_directions_are_put_together))
