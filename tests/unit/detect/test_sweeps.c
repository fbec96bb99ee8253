/* tests/unit/detect/test_sweeps.c - counts of sweeps are exact, whatever is
 * done with their packets until somebody wants to know: repeated, answered in
 * between, on more ports, far apart, in any batches.
 */
#include "synth.h"

static const uint32_t WHO = 0xcb007105; /* 203.0.113.5 */
static const uint32_t NET = 0xc6120000; /* 198.18.0.0 */

/* --- what was sent ---------------------------------------------------------- */

struct sent {
    struct synth s;
    uint64_t *pairs; /* target << 16 | port, of each packet */
    size_t n, cap;
    size_t refused;
};

static void note(struct sent *m, uint32_t target, uint16_t port)
{
    if (m->n == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 1024;
        m->pairs = realloc(m->pairs, m->cap * sizeof(*m->pairs));
        if (m->pairs == NULL) {
            abort();
        }
    }
    m->pairs[m->n++] = (uint64_t)target << 16 | port;
}

static int64_t now(const struct sent *m)
{
    return (int64_t)m->s.n * 10000;
}

static void probe(struct sent *m, uint32_t target, uint16_t port)
{
    synth_tcp(&m->s, now(m), WHO, target, port, TCP_SYN);
    note(m, target, port);
}

static void refuse(struct sent *m, uint32_t target, uint16_t port)
{
    synth_tcp_back(&m->s, now(m), target, WHO, port, TCP_RST | TCP_ACK);
    m->refused++;
}

static void sent_fini(struct sent *m)
{
    synth_fini(&m->s);
    free(m->pairs);
}

/* The i-th of n numbers from 0 on, in an order that looks like none; n is
 * prime or has no factor in common with 7919. */
static uint32_t scrambled(size_t i, size_t n)
{
    return (uint32_t)(i * 7919 % n);
}

static int by_value(const void *x, const void *y)
{
    uint64_t a;
    uint64_t b;
    memcpy(&a, x, sizeof(a));
    memcpy(&b, y, sizeof(b));
    return (a > b) - (a < b);
}

static size_t distinct(const uint64_t *values, size_t n, unsigned shift)
{
    uint64_t *v = malloc(n * sizeof(*v));
    size_t found = 0;
    if (v == NULL) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        v[i] = values[i] >> shift;
    }
    qsort(v, n, sizeof(*v), by_value);
    for (size_t i = 0; i < n; i++) {
        found += i == 0 || v[i] != v[i - 1];
    }
    free(v);
    return found;
}

/* --- what is told ------------------------------------------------------------ */

static void check_told(const struct sent *m, const char *kind, size_t batch, uint64_t seed)
{
    struct synth_run r = {.batch = batch, .seed = seed};
    synth_run(&r, "default", &m->s);
    const struct finding *f = synth_find(&r, kind);
    CHECK(f != NULL);
    if (f != NULL) {
        CHECK_INT(f->packets, m->n);
        CHECK_INT(f->pairs, distinct(m->pairs, m->n, 0));
        CHECK_INT(f->targets, distinct(m->pairs, m->n, 16));
        CHECK_INT(f->refused, m->refused);
        CHECK_INT(f->answered, 0);
        CHECK_INT(f->flags & (FINDING_BOUNDS | FINDING_AT_LEAST), 0);
    }
    synth_run_fini(&r);
}

static void told_exactly(struct sent *m, const char *kind)
{
    check_told(m, kind, 0, 1);
    check_told(m, kind, 0, 77);
    check_told(m, kind, 1, 1);
    check_told(m, kind, 7, 1);
    sent_fini(m);
}

static void each_target_once(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 20011; i++) {
        probe(&m, NET + scrambled(i, 20011), 23);
    }
    told_exactly(&m, "scan.horizontal");
}

/* Lists are full several times without growing. */
static void few_targets_many_times(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 40000; i++) {
        probe(&m, NET + scrambled(i, 401), 23);
    }
    told_exactly(&m, "scan.horizontal");
}

/* Past the counts that narrow slots have room for, in one place and in all. */
static void more_often_than_a_list_can_count(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 3001; i++) {
        probe(&m, NET + scrambled(i, 3001), 23);
        probe(&m, NET + 5, 23);
    }
    told_exactly(&m, "scan.horizontal");
    struct sent all = {0};
    for (size_t i = 0; i < 60000; i++) {
        probe(&all, NET + scrambled(i, 307), 23);
    }
    told_exactly(&all, "scan.horizontal");
}

static void answers_come_in_between(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 20011; i++) {
        uint32_t target = NET + scrambled(i, 20011);
        probe(&m, target, 23);
        if (i % 97 == 0 && (i < 5000 || i > 15000)) {
            refuse(&m, target, 23);
        }
    }
    told_exactly(&m, "scan.horizontal");
}

/* An answer to a probe that stands aside must find it. */
static void one_late_answer_is_seen(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 2999; i++) {
        probe(&m, NET + scrambled(i, 2999), 23);
    }
    refuse(&m, NET + scrambled(2998, 2999), 23);
    refuse(&m, NET + scrambled(300, 2999), 23);
    told_exactly(&m, "scan.horizontal");
}

static void another_port_comes_later(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 9973; i++) {
        probe(&m, NET + scrambled(i, 9973), i > 4000 && i % 3 == 0 ? 2323 : 23);
    }
    told_exactly(&m, "scan.horizontal");
}

/* Two ports, each target on both: wide pairs, most of them again and again. */
static void two_ports_again_and_again(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 50000; i++) {
        probe(&m, NET + scrambled(i, 1499), i / 1499 % 2 == 0 ? 23 : 2323);
    }
    told_exactly(&m, "scan.horizontal");
}

static void targets_lie_far_apart(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 8009; i++) {
        probe(&m, 0x0b000000 + scrambled(i, 8009) * 4099, 23);
    }
    told_exactly(&m, "scan.horizontal");
}

static void a_block_of_targets_and_ports(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 30000; i++) {
        uint32_t at = scrambled(i, 30011);
        probe(&m, NET + at % 251, (uint16_t)(1 + at / 251));
    }
    told_exactly(&m, "scan.block");
}

/* Of UDP it is asked, for each packet, whether it could be an answer. */
static void udp_of_both_sorts_of_ports(void)
{
    static const uint16_t ports[] = {53, 5060};
    for (size_t k = 0; k < 2; k++) {
        struct sent m = {0};
        for (size_t i = 0; i < 12000; i++) {
            uint32_t target = NET + scrambled(i, 5003);
            synth_udp(&m.s, now(&m), WHO, target, ports[k]);
            note(&m, target, ports[k]);
        }
        told_exactly(&m, "scan.horizontal");
    }
}

static void pings(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 12000; i++) {
        uint32_t target = NET + scrambled(i, 5003);
        synth_echo(&m.s, now(&m), WHO, target);
        note(&m, target, 0);
    }
    told_exactly(&m, "scan.horizontal");
}

static void a_victim_answers_many(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 12000; i++) {
        uint32_t target = NET + scrambled(i, 5003);
        synth_tcp_back(&m.s, now(&m), WHO, target, 80, TCP_SYN | TCP_ACK);
        note(&m, target, 40000);
    }
    told_exactly(&m, "backscatter");
}

static struct addr six(uint32_t n)
{
    struct addr a = {{0x20, 0x01, 0x0d, 0xb8}};
    store_be32(a.b + 12, n);
    return a;
}

static void ipv6(void)
{
    struct sent m = {0};
    for (size_t i = 0; i < 20000; i++) {
        uint32_t target = 1000 + scrambled(i, 9973);
        struct observation *o = synth_tcp(&m.s, now(&m), 0, 0, 23, TCP_SYN);
        o->flags |= OBS_V6;
        o->src = six(1);
        o->dst = six(target);
        note(&m, target, 23);
    }
    told_exactly(&m, "scan.horizontal");
}

/* --- memory ------------------------------------------------------------------ */

static size_t peak(size_t packets, unsigned targets, size_t limit, uint64_t *ret_told)
{
    struct sent m = {0};
    for (size_t i = 0; i < packets; i++) {
        probe(&m, NET + scrambled(i, targets), 23);
    }
    struct synth_run r = {.seed = 1, .memory_bytes = limit};
    synth_run(&r, "default", &m.s);
    const struct finding *f = synth_find(&r, "scan.horizontal");
    *ret_told = f != NULL ? f->targets : 0;
    size_t bytes = r.summary.peak_bytes;
    synth_run_fini(&r);
    sent_fini(&m);
    return bytes;
}

static void memory_follows_pairs_not_packets(void)
{
    uint64_t told;
    size_t once = peak(5003, 5003, 0, &told);
    size_t often = peak(200000, 5003, 0, &told);
    CHECK_INT(told, 5003);
    CHECK(often <= once + 65536);
}

/* What is lost for memory is never invented, and what there is room for stays. */
static void a_limit_makes_counts_lower_bounds(void)
{
    uint64_t told;
    peak(100003, 100003, 0, &told);
    CHECK_INT(told, 100003);
    peak(100003, 100003, 1 << 20, &told);
    CHECK(told <= 100003 && told >= 100);
    peak(100003, 100003, 256 << 20, &told);
    CHECK_INT(told, 100003);
}

TEST_MAIN(TEST(each_target_once), TEST(few_targets_many_times),
          TEST(more_often_than_a_list_can_count), TEST(answers_come_in_between),
          TEST(one_late_answer_is_seen), TEST(another_port_comes_later),
          TEST(two_ports_again_and_again), TEST(targets_lie_far_apart),
          TEST(a_block_of_targets_and_ports), TEST(udp_of_both_sorts_of_ports), TEST(pings),
          TEST(a_victim_answers_many), TEST(ipv6), TEST(memory_follows_pairs_not_packets),
          TEST(a_limit_makes_counts_lower_bounds))
