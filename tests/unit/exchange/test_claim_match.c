/* tests/unit/exchange/test_claim_match.c - records that fit claims, and verdicts. */
#include "exchange/claim/judge.h"

#include "claims.h"

enum { PACKETS_MAX = 4096 };

#define T0 (INT64_C(1700000000) * TIME_SECOND)

/* Packets of one or more inputs, made here. */
struct stage {
    struct observation obs[PACKETS_MAX];
    struct obs_log logs[8];
    size_t n;
    unsigned input;
};

static struct observation *packet(struct stage *s, int64_t time_ns, const char *src, uint16_t sp,
                                  const char *dst, uint16_t dp)
{
    assert(s->n < PACKETS_MAX);
    struct observation *o = &s->obs[s->n];
    *o = (struct observation){.time_ns = time_ns,
                              .pos = pos_make(s->input, s->n),
                              .type = OBS_PACKET,
                              .flags = OBS_L4,
                              .proto = PROTO_TCP,
                              .tcp_flags = TCP_SYN,
                              .src = addr(src),
                              .dst = addr(dst),
                              .src_port = sp,
                              .dst_port = dp,
                              .seq = 100};
    s->n++;
    return o;
}

static const char us[] = "198.51.100.7";
static const char them[] = "192.0.2.5";

/* Somebody else of our network, so that it is seen to be recorded. */
static void others(struct stage *s, int64_t from, int64_t to, int64_t step)
{
    for (int64_t t = from; t <= to; t += step) {
        packet(s, t, "198.51.100.99", 1000, "203.0.113.1", 443);
        packet(s, t, "203.0.113.1", 443, "198.51.100.99", 1000);
    }
}

static void answer(struct stage *s, int64_t t, uint16_t sp, uint16_t dp, uint8_t flags)
{
    packet(s, t, them, dp, us, sp)->tcp_flags = flags;
}

static void acknowledge(struct stage *s, int64_t t, uint16_t sp, uint16_t dp)
{
    struct observation *o = packet(s, t, us, sp, them, dp);
    o->tcp_flags = TCP_ACK;
    o->ack = 101;
}

static struct claim login(int64_t t)
{
    struct claim c = {
        .source = addr(us),
        .has_target = true,
        .target = addr(them),
        .source_port = 40001,
        .target_port = 22,
        .proto = PROTO_TCP,
        .act = CLAIM_ACT_LOGIN,
        .when = {.known = true, .first_ns = t, .last_ns = t, .precision_ns = TIME_SECOND}};
    return c;
}

struct asked {
    struct claim_answer answer;
    struct claim_match match;
};

static const struct local_nets nobody = {.rule = LOCAL_UNKNOWN};

static struct asked ask_with(const struct stage *s, const struct claim *c, bool complete,
                             const struct local_nets *locals)
{
    struct claim_set set = {.n = 0};
    struct claim_matcher *m = NULL;
    struct claim_match match = {.packets = 0};
    struct claim_cover covers[4] = {{.has_time = false}};
    CHECK_INT(claim_set_add(&set, c), ST_OK);
    struct claim_matcher_options opt = {.claims = &set,
                                        .locals = locals,
                                        .input_n = 4,
                                        .tolerance_ns = 10 * TIME_SECOND,
                                        .seed = 7};
    CHECK_INT(claim_matcher_new(&opt, &m), ST_OK);
    for (size_t at_obs = 0; at_obs < s->n;) {
        struct obs_batch batch = {.n = 0};
        while (batch.n < 7 && at_obs < s->n) { /* batches cut where it is odd */
            batch.obs[batch.n++] = s->obs[at_obs++];
        }
        claim_matcher_feed(m, &batch);
    }
    claim_matcher_finish(m);
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20); /* as between processes */
    claim_matches_put(&b, m);
    struct cursor in = cursor_of(buf_bytes(&b));
    CHECK_INT(claim_matches_get(&in, &match, 1), ST_OK);
    in = cursor_of(bytes_of(b.data, b.len - 1));
    CHECK_INT(claim_matches_get(&in, &match, 1), ST_MALFORMED);
    for (size_t i = 0; i < 4; i++) {
        buf_clear(&b);
        claim_cover_put(&b, m, i);
        in = cursor_of(buf_bytes(&b));
        CHECK_INT(claim_cover_get(&in, &covers[i]), ST_OK);
    }
    match = *claim_matcher_match(m, 0);
    struct claim_bench bench = {.locals = locals,
                                .complete = complete,
                                .tolerance_ns = opt.tolerance_ns,
                                .covers = covers,
                                .input_n = 4};
    struct asked a = {claim_judge(&set.items[0], &match, &bench), match};
    claim_matcher_free(m);
    claim_set_fini(&set);
    return a;
}

static struct asked ask(const struct stage *s, const struct claim *c, bool complete)
{
    struct local_nets ours = {.rule = LOCAL_GIVEN, .n = 1};
    CHECK_INT(prefix_parse(text("198.51.100.0/24"), &ours.nets[0]), ST_OK);
    return ask_with(s, c, complete, &ours);
}

#define CHECK_ANSWER(a, v, w)                                                                      \
    do {                                                                                           \
        CHECK_STR(claim_verdict_word((a).answer.verdict), v);                                      \
        CHECK_STR(claim_why_word((a).answer.why), w);                                              \
    } while (0)

static struct stage stage; /* large */

static struct stage *begin(void)
{
    stage.n = 0;
    stage.input = 0;
    return &stage;
}

static void a_completed_handshake_shows_a_login(void)
{
    struct stage *s = begin();
    others(s, T0 - TIME_MINUTE, T0 - TIME_SECOND, 10 * TIME_SECOND);
    packet(s, T0, us, 40001, them, 22);
    answer(s, T0 + 1, 40001, 22, TCP_SYN | TCP_ACK);
    struct claim c = login(T0);
    CHECK_ANSWER(ask(s, &c, true), "cannot tell", "unanswered"); /* not yet completed */
    acknowledge(s, T0 + 2, 40001, 22);
    struct asked a = ask(s, &c, true);
    CHECK_ANSWER(a, "shown", "records-fit");
    CHECK_INT(a.match.packets, 2);
    CHECK_INT(a.match.exact, 2);
    CHECK_INT(a.match.back, 1);
    CHECK_INT(a.match.completed, 1);
}

/* An acknowledgement of something else is none. */
static void a_guessed_acknowledgement_completes_nothing(void)
{
    struct stage *s = begin();
    packet(s, T0, us, 40001, them, 22);
    answer(s, T0 + 1, 40001, 22, TCP_SYN | TCP_ACK);
    struct observation *o = packet(s, T0 + 2, us, 40001, them, 22);
    o->tcp_flags = TCP_ACK;
    struct claim c = login(T0);
    for (unsigned i = 0; i < 3; i++) { /* the SYN-ACK has 100: 101 is expected */
        o->ack = (const uint32_t[]){0, 100, 99}[i];
        CHECK_ANSWER(ask(s, &c, true), "cannot tell", "unanswered");
    }
}

static void refused_connections_contradict_a_login_but_not_a_scan(void)
{
    struct stage *s = begin();
    packet(s, T0, us, 40001, them, 22);
    answer(s, T0 + 1, 40001, 22, TCP_RST | TCP_ACK);
    struct claim c = login(T0);
    CHECK_ANSWER(ask(s, &c, false), "contradicted", "refused");
    c.act = CLAIM_ACT_SCAN;
    CHECK_ANSWER(ask(s, &c, false), "shown", "records-fit");
}

/* One refused connection says nothing of the rest of the day. */
static void what_was_seen_of_a_part_does_not_answer_for_all(void)
{
    struct stage *s = begin();
    others(s, T0 - TIME_MINUTE, T0, 10 * TIME_SECOND);
    packet(s, T0, us, 40001, them, 22);
    answer(s, T0 + 1, 40001, 22, TCP_RST | TCP_ACK);
    others(s, T0 + 2, T0 + TIME_MINUTE, 10 * TIME_SECOND);
    struct claim c = login(T0);
    c.source_port = 0;
    c.when.last_ns += TIME_DAY;
    CHECK_ANSWER(ask(s, &c, true), "cannot tell", "refused");
    c.when.last_ns = T0 + 20 * TIME_SECOND;
    CHECK_ANSWER(ask(s, &c, false), "cannot tell", "refused");
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "refused");
    s = begin();
    others(s, T0 - TIME_MINUTE, T0, 10 * TIME_SECOND);
    answer(s, T0, 443, 2000, TCP_SYN);
    packet(s, T0 + 1, us, 443, them, 2000)->tcp_flags = TCP_SYN | TCP_ACK;
    others(s, T0 + 2, T0 + TIME_MINUTE, 10 * TIME_SECOND);
    c.act = CLAIM_ACT_SCAN;
    c.target_port = 0;
    CHECK_ANSWER(ask(s, &c, false), "cannot tell", "answers-only");
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "answers-only");
    c.when.last_ns += TIME_DAY;
    CHECK_ANSWER(ask(s, &c, true), "cannot tell", "answers-only");
}

/* RFC 1858, 2.1: the first fragment may be too short for the flags. */
static void fragments_without_ports_deny_nothing(void)
{
    struct stage *s = begin();
    others(s, T0 - TIME_MINUTE, T0 - 1, 10 * TIME_SECOND);
    struct observation *o = packet(s, T0, us, 0, them, 0);
    o->flags = OBS_FRAGMENT | OBS_MORE | OBS_TRUNCATED;
    packet(s, T0, us, 0, them, 0)->flags = OBS_FRAGMENT | OBS_LATER;
    others(s, T0 + 1, T0 + TIME_MINUTE, 10 * TIME_SECOND);
    struct claim c = login(T0);
    c.act = CLAIM_ACT_SCAN;
    CHECK_ANSWER(ask(s, &c, true), "not covered", "no-ports");
    CHECK_ANSWER(ask(s, &c, false), "not covered", "no-ports");
    c.proto = PROTO_UDP; /* but these tell their protocol */
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "nothing-fits-complete");
    c = login(T0);
    c.target = addr("192.0.2.6");
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "nothing-fits-complete");
    c = login(T0 + 20 * TIME_SECOND);
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "nothing-fits-complete");
}

static void exchanged_ports_are_told_and_not_denied(void)
{
    struct stage *s = begin();
    others(s, T0 - TIME_MINUTE, T0 - 1, 10 * TIME_SECOND);
    packet(s, T0, us, 40001, them, 22);
    others(s, T0 + 1, T0 + TIME_MINUTE, 10 * TIME_SECOND);
    struct claim c = login(T0);
    c.act = CLAIM_ACT_SCAN;
    c.source_port = 22;
    c.target_port = 40001;
    CHECK_ANSWER(ask(s, &c, true), "cannot tell", "ports-exchanged");
    s->n = 13; /* also where they cover nothing behind it */
    CHECK_ANSWER(ask(s, &c, true), "cannot tell", "ports-exchanged");
    s->n = 27;
    c.target_port = 40002;
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "nothing-fits-complete");
}

/* Whoever sends us a tunnel writes what they like into it. */
static void a_strangers_tunnel_accuses_nobody(void)
{
    for (unsigned own = 0; own < 2; own++) {
        struct stage *s = begin();
        others(s, T0 - TIME_MINUTE, T0 - 1, 10 * TIME_SECOND);
        const char *outer = own ? "198.51.100.1" : "203.0.113.66";
        struct observation *o = packet(s, T0, outer, 0, "203.0.113.1", 0);
        o->proto = PROTO_GRE;
        o->flags = OBS_TUNNEL;
        struct observation *in = packet(s, T0, us, 40001, them, 22);
        in->flags |= OBS_INNER;
        in->pos = o->pos;
        others(s, T0 + 1, T0 + TIME_MINUTE, 10 * TIME_SECOND);
        struct claim c = login(T0);
        c.act = CLAIM_ACT_SCAN;
        struct asked a = ask(s, &c, true);
        if (own) {
            CHECK_ANSWER(a, "shown", "records-fit");
        } else {
            CHECK_ANSWER(a, "cannot tell", "in-a-tunnel");
        }
        CHECK_INT(a.match.packets, own);
    }
}

/* DNS answers and unreachables are what careless reports take for scans. */
static void answers_without_tcp_are_no_scan(void)
{
    struct stage *s = begin();
    others(s, T0 - TIME_MINUTE, T0 - 1, 10 * TIME_SECOND);
    packet(s, T0, them, 5000, us, 53)->proto = PROTO_UDP;
    packet(s, T0 + 1, us, 53, them, 5000)->proto = PROTO_UDP;
    others(s, T0 + 2, T0 + TIME_MINUTE, 10 * TIME_SECOND);
    struct claim c = login(T0);
    c.act = CLAIM_ACT_SCAN;
    c.proto = PROTO_UDP;
    c.source_port = 53;
    c.target_port = 5000;
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "answers-only");
    s->obs[12].time_ns += 2; /* it was the answer that came second */
    struct observation swap = s->obs[12];
    s->obs[12] = s->obs[13];
    s->obs[13] = swap;
    CHECK_ANSWER(ask(s, &c, true), "shown", "records-fit");

    s = begin();
    others(s, T0 - TIME_MINUTE, T0 - 1, 10 * TIME_SECOND);
    struct obs_quote quote = {.src = addr(them), .dst = addr(us)};
    struct observation *o = packet(s, T0, us, 0, them, 0);
    o->proto = PROTO_ICMP;
    o->tcp_flags = 3;
    o->flags |= OBS_QUOTED;
    o->quote = &quote;
    others(s, T0 + 2, T0 + TIME_MINUTE, 10 * TIME_SECOND);
    c = login(T0);
    c.act = CLAIM_ACT_SCAN;
    c.proto = 0;
    c.source_port = c.target_port = 0;
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "answers-only");
    o->tcp_flags = 8;
    o->flags = OBS_L4;
    CHECK_ANSWER(ask(s, &c, true), "shown", "records-fit");
}

static void a_count_far_above_what_is_there_is_not_upheld(void)
{
    struct stage *s = begin();
    others(s, T0 - TIME_MINUTE, T0 - 1, 10 * TIME_SECOND);
    for (int i = 0; i < 10; i++) {
        packet(s, T0 + i, us, 40001, them, (uint16_t)(20 + i));
    }
    others(s, T0 + TIME_SECOND, T0 + TIME_MINUTE, 10 * TIME_SECOND);
    struct claim c = login(T0);
    c.act = CLAIM_ACT_SCAN;
    c.target_port = 0;
    c.count = 15;
    CHECK_ANSWER(ask(s, &c, true), "shown", "records-fit");
    c.count = 500000;
    CHECK_ANSWER(ask(s, &c, true), "cannot tell", "fewer"); /* it may have gone on */
    c.when.last_ns += 30 * TIME_SECOND;
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "fewer");
    CHECK_ANSWER(ask(s, &c, false), "cannot tell", "fewer");
}

static void who_only_answers_did_not_begin_it(void)
{
    struct stage *s = begin();
    for (int i = 0; i < 50; i++) {
        packet(s, T0 + i, us, 443, them, (uint16_t)(2000 + i))->tcp_flags = TCP_SYN | TCP_ACK;
    }
    struct claim c = login(T0);
    c.act = CLAIM_ACT_SCAN;
    c.source_port = c.target_port = 0;
    CHECK_ANSWER(ask(s, &c, false), "cannot tell", "answers-only"); /* more may be missing */
    c.act = CLAIM_ACT_FLOOD; /* the packets were sent, whoever asked for them */
    CHECK_ANSWER(ask(s, &c, false), "shown", "records-fit");
}

static void absence_wants_coverage_on_both_sides(void)
{
    struct claim c = login(T0);
    struct stage *s = begin();
    others(s, T0 - 9 * TIME_SECOND, T0 + TIME_MINUTE, TIME_SECOND);
    CHECK_ANSWER(ask(s, &c, true), "not covered", "not-then"); /* a second too short */
    s = begin();
    others(s, T0 - TIME_MINUTE, T0 + TIME_MINUTE, TIME_SECOND);
    CHECK_ANSWER(ask(s, &c, false), "not shown", "nothing-fits");
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "nothing-fits-complete");
}

static void a_silent_recorder_covers_nothing_unless_it_is_stated(void)
{
    struct claim c = login(T0);
    struct stage *s = begin();
    packet(s, T0 - TIME_HOUR, "198.51.100.99", 1, "203.0.113.1", 2);
    packet(s, T0 + TIME_HOUR, "198.51.100.99", 1, "203.0.113.1", 2);
    CHECK_ANSWER(ask(s, &c, false), "not covered", "silence");
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "nothing-fits-complete");
}

static void files_join_when_they_follow_each_other(void)
{
    struct claim c = login(T0);
    struct stage *s = begin();
    others(s, T0 - TIME_HOUR, T0 - TIME_MINUTE, TIME_MINUTE);
    s->input = 1;
    others(s, T0 + TIME_MINUTE, T0 + TIME_HOUR, TIME_MINUTE);
    CHECK_ANSWER(ask(s, &c, false), "not shown", "nothing-fits");
    s = begin();
    others(s, T0 - TIME_HOUR, T0 - 20 * TIME_MINUTE, TIME_MINUTE);
    s->input = 1;
    others(s, T0 + TIME_MINUTE, T0 + TIME_HOUR, TIME_MINUTE);
    CHECK_ANSWER(ask(s, &c, false), "not covered", "not-then");
}

static void one_direction_covers_only_itself(void)
{
    struct claim c = login(T0);
    struct stage *s = begin();
    for (int64_t t = T0 - TIME_MINUTE; t < T0 + TIME_MINUTE; t += TIME_SECOND) {
        packet(s, t, "203.0.113.1", 443, "198.51.100.99", 1000);
    }
    CHECK_ANSWER(ask(s, &c, false), "not covered", "not-sent");
    s = begin();
    for (int64_t t = T0 - TIME_MINUTE; t < T0 + TIME_MINUTE; t += TIME_SECOND) {
        packet(s, t, "203.0.113.1", 443, "203.0.113.2", 1000);
    }
    CHECK_ANSWER(ask(s, &c, false), "not covered", "no-network");
}

static void a_wrong_zone_is_told_by_whole_half_hours(void)
{
    struct stage *s = begin();
    others(s, T0 - TIME_HOUR, T0 + 6 * TIME_HOUR, TIME_MINUTE);
    packet(s, T0, us, 40001, them, 22);
    answer(s, T0 + 1, 40001, 22, TCP_SYN | TCP_ACK);
    acknowledge(s, T0 + 2, 40001, 22);
    struct claim c = login(T0 + 5 * TIME_HOUR + TIME_HOUR / 2 + 4 * TIME_SECOND);
    struct asked a = ask(s, &c, true);
    CHECK_ANSWER(a, "cannot tell", "other-zone");
    CHECK_INT(a.answer.zone_half_hours, -11);
    c = login(T0 + 5 * TIME_HOUR + 17 * TIME_MINUTE); /* no zone: but the port says it */
    CHECK_ANSWER(ask(s, &c, true), "cannot tell", "other-time");
    c.source_port = 0; /* any other connection of that pair would do */
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "nothing-fits-complete");
}

/* What goes on all day fits every zone. */
static void regular_traffic_tells_no_zone(void)
{
    struct stage *s = begin();
    for (int64_t t = T0 - 10 * TIME_HOUR; t < T0 + 10 * TIME_HOUR; t += TIME_HOUR / 2) {
        if (t != T0) {
            packet(s, t, us, 40001, them, 22);
        }
        others(s, t, t + 29 * TIME_MINUTE, 5 * TIME_MINUTE);
    }
    struct claim c = login(T0);
    c.source_port = 0;
    CHECK_ANSWER(ask(s, &c, false), "not shown", "nothing-fits");
}

static void a_time_without_zone_wants_all_zones_covered(void)
{
    struct claim c = login(T0);
    c.when.zone_assumed = true;
    struct stage *s = begin();
    others(s, T0 - TIME_HOUR, T0 + TIME_HOUR, TIME_MINUTE);
    CHECK_ANSWER(ask(s, &c, true), "cannot tell", "no-zone");
    s = begin();
    others(s, T0 - 15 * TIME_HOUR, T0 + 15 * TIME_HOUR, 5 * TIME_MINUTE);
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "nothing-fits-complete");
    c.when.year_assumed = true;
    CHECK_ANSWER(ask(s, &c, true), "cannot tell", "no-year");
}

static void a_filter_may_have_left_out_a_protocol(void)
{
    struct claim c = login(T0);
    c.proto = PROTO_UDP;
    c.act = CLAIM_ACT_FLOOD;
    struct stage *s = begin();
    others(s, T0 - TIME_MINUTE, T0 + TIME_MINUTE, TIME_SECOND);
    CHECK_ANSWER(ask(s, &c, false), "not covered", "no-protocol");
    CHECK_ANSWER(ask(s, &c, true), "contradicted", "nothing-fits-complete");
    packet(s, T0 + TIME_MINUTE, "198.51.100.99", 1, "203.0.113.1", 53)->proto = PROTO_UDP;
    CHECK_ANSWER(ask(s, &c, false), "not shown", "nothing-fits");
}

static void completed_connections_are_no_scan(void)
{
    struct stage *s = begin();
    packet(s, T0, us, 40001, them, 22);
    answer(s, T0 + 1, 40001, 22, TCP_SYN | TCP_ACK);
    acknowledge(s, T0 + 2, 40001, 22);
    struct claim c = login(T0);
    c.act = CLAIM_ACT_SCAN;
    c.source_port = c.target_port = 0;
    CHECK_ANSWER(ask(s, &c, true), "cannot tell", "ordinary");
    packet(s, T0, us, 40002, them, 23);
    CHECK_ANSWER(ask(s, &c, true), "shown", "records-fit");
}

static void most_of_the_moments_must_be_met(void)
{
    struct stage *s = begin();
    others(s, T0 - TIME_MINUTE, T0 + TIME_HOUR, TIME_MINUTE);
    packet(s, T0, us, 40001, them, 22);
    answer(s, T0 + 1, 40001, 22, TCP_SYN | TCP_ACK);
    acknowledge(s, T0 + 2, 40001, 22);
    struct claim c = login(T0);
    c.source_port = 0;
    for (unsigned i = 0; i < 5; i++) {
        struct claim_when w = c.when;
        w.first_ns = w.last_ns = T0 + (int64_t)i * 5 * TIME_MINUTE;
        claim_add_moment(&c, &w, (uint16_t)(40001 + i), 22);
    }
    struct asked a = ask(s, &c, false);
    CHECK_ANSWER(a, "cannot tell", "few-moments");
    CHECK_INT(a.answer.moments_met, 1);
}

static void other_ports_are_not_the_claimed_ones(void)
{
    struct stage *s = begin();
    packet(s, T0, us, 40077, them, 22);
    struct claim c = login(T0);
    CHECK_ANSWER(ask(s, &c, true), "cannot tell", "other-ports");
}

static void another_target_or_protocol_does_not_fit(void)
{
    struct stage *s = begin();
    others(s, T0 - TIME_MINUTE, T0 + TIME_MINUTE, TIME_SECOND);
    packet(s, T0, us, 40001, "192.0.2.6", 22);
    packet(s, T0, us, 40001, them, 23);
    packet(s, T0, us, 40001, them, 22)->proto = PROTO_UDP;
    struct claim c = login(T0);
    struct asked a = ask(s, &c, true);
    CHECK_ANSWER(a, "contradicted", "nothing-fits-complete");
    CHECK_INT(a.match.other, 3);
}

static void somebody_elses_address_is_not_ours(void)
{
    struct stage *s = begin();
    packet(s, T0, "203.0.113.9", 40001, them, 22);
    struct claim c = login(T0);
    c.source = addr("203.0.113.9");
    CHECK_ANSWER(ask(s, &c, true), "not ours", "not-ours");
    CHECK_ANSWER(ask_with(s, &c, true, &nobody), "cannot tell", "ours-unknown");
    struct local_nets inferred = {.rule = LOCAL_ASKED, .n = 1};
    CHECK_INT(prefix_parse(text("198.51.100.0/24"), &inferred.nets[0]), ST_OK);
    CHECK_ANSWER(ask_with(s, &c, true, &inferred), "cannot tell", "ours-unknown");
}

static void a_line_of_a_log_shows_what_came_to_its_server(void)
{
    struct stage *s = begin();
    struct observation *o = packet(s, T0, us, 40001, "::", 0);
    o->type = OBS_LOG;
    s->logs[0] = (struct obs_log){.service = LOG_SSH, .repeat = 1};
    o->log = &s->logs[0];
    struct claim c = login(T0);
    CHECK_ANSWER(ask(s, &c, false), "shown", "lines-fit");
    c.source_port = 0;
    CHECK_ANSWER(ask(s, &c, false), "cannot tell", "like-lines");
    c = login(T0 + TIME_HOUR + TIME_MINUTE);
    CHECK_ANSWER(ask(s, &c, true), "not covered", "not-then");
    s->obs[0].time_ns = T0 + TIME_HOUR; /* now it is of that time, but about ... */
    s->obs[0].src = addr("198.51.100.8");
    c = login(T0 + TIME_HOUR);
    CHECK_ANSWER(ask(s, &c, true), "not covered", "only-logs");
}

static void the_exit_status_follows_the_worst(void)
{
    struct claim_answer a[3] = {{.verdict = CLAIM_SHOWN}, {.verdict = CLAIM_SHOWN}};
    CHECK_INT(claim_exit(a, 2), 0);
    a[2].verdict = CLAIM_NOT_OURS;
    CHECK_INT(claim_exit(a, 3), 1);
    a[1].verdict = CLAIM_NOT_COVERED;
    CHECK_INT(claim_exit(a, 3), 2);
    CHECK_INT(claim_exit(a, 0), 2);
}

static void no_memory_is_said(void)
{
    struct claim_set set = {.n = 0};
    struct claim c = login(T0);
    CHECK_INT(claim_set_add(&set, &c), ST_OK);
    struct claim_matcher_options opt = {.claims = &set, .input_n = 1};
    struct claim_matcher *m = NULL;
    enum status st = ST_NOMEM;
    for (unsigned n = 1; st != ST_OK && n < 20; n++) {
        test_fail_allocation(n);
        st = claim_matcher_new(&opt, &m);
        test_fail_allocation(0);
    }
    CHECK_INT(st, ST_OK);
    claim_matcher_free(m);
    claim_set_fini(&set);
}

TEST_MAIN(TEST(a_completed_handshake_shows_a_login),
          TEST(a_guessed_acknowledgement_completes_nothing),
          TEST(refused_connections_contradict_a_login_but_not_a_scan),
          TEST(what_was_seen_of_a_part_does_not_answer_for_all),
          TEST(fragments_without_ports_deny_nothing), TEST(exchanged_ports_are_told_and_not_denied),
          TEST(a_strangers_tunnel_accuses_nobody), TEST(answers_without_tcp_are_no_scan),
          TEST(a_count_far_above_what_is_there_is_not_upheld),
          TEST(who_only_answers_did_not_begin_it), TEST(absence_wants_coverage_on_both_sides),
          TEST(a_silent_recorder_covers_nothing_unless_it_is_stated),
          TEST(files_join_when_they_follow_each_other), TEST(one_direction_covers_only_itself),
          TEST(a_wrong_zone_is_told_by_whole_half_hours), TEST(regular_traffic_tells_no_zone),
          TEST(a_time_without_zone_wants_all_zones_covered),
          TEST(a_filter_may_have_left_out_a_protocol), TEST(completed_connections_are_no_scan),
          TEST(most_of_the_moments_must_be_met), TEST(other_ports_are_not_the_claimed_ones),
          TEST(another_target_or_protocol_does_not_fit), TEST(somebody_elses_address_is_not_ours),
          TEST(a_line_of_a_log_shows_what_came_to_its_server),
          TEST(the_exit_status_follows_the_worst), TEST(no_memory_is_said))
