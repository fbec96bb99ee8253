/* bench/gen.c - makes captures with planted truth.
 *
 *   gen --shape telescope|mix --packets N --seed S [--ipv6-share PERCENT]
 *       [--nano] [--big-endian] OUT.pcap TRUTH.csv
 *
 * Tasks wait in a heap ordered by time; the earliest writes its next packet.
 */
#include "gen.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>

#include "base/core/text.h"

enum { SCANNERS_MAX = 3000, GUESSERS_MAX = 20, NMAP_FIRST_RANK = 50 };

/* ---- memory, tasks ---- */

static void die(const char *what)
{
    fprintf(stderr, "gen: %s: %s\n", what, strerror(errno));
    exit(2);
}

void *gen_alloc(struct gen *g, size_t n)
{
    void *p = arena_alloc(&g->arena, n);
    if (p == NULL) {
        errno = ENOMEM;
        die("actors");
    }
    return p;
}

struct tally *gen_tally(struct gen *g, const char *kind, const char *protocol,
                        const struct addr *source, unsigned sets)
{
    struct tally *t = tally_new(&g->tallies, kind, protocol, source, sets);
    if (t == NULL) {
        errno = ENOMEM;
        die("truth");
    }
    return t;
}

static void heap_down(struct gen *g, struct heap_entry e)
{
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= g->heap_len) {
            break;
        }
        if (child + 1 < g->heap_len && g->heap[child + 1].time_ns < g->heap[child].time_ns) {
            child++;
        }
        if (e.time_ns <= g->heap[child].time_ns) {
            break;
        }
        g->heap[at] = g->heap[child];
        at = child;
    }
    g->heap[at] = e;
}

void gen_schedule(struct gen *g, struct task *t, uint64_t time_ns)
{
    if (g->heap_len == g->heap_cap) {
        g->heap_cap = g->heap_cap * 2 + 64;
        g->heap = realloc(g->heap, g->heap_cap * sizeof(*g->heap));
        if (g->heap == NULL) {
            die("tasks");
        }
    }
    size_t at = g->heap_len++;
    for (; at > 0 && g->heap[(at - 1) / 2].time_ns > time_ns; at = (at - 1) / 2) {
        g->heap[at] = g->heap[(at - 1) / 2];
    }
    g->heap[at] = (struct heap_entry){time_ns, t};
}

static void run(struct gen *g)
{
    while (g->heap_len > 0 && !g->out.failed) {
        struct heap_entry top = g->heap[0];
        uint64_t next = top.task->step(g, top.task, top.time_ns);
        /* What a step schedules is never earlier, so the root stays. */
        assert(g->heap[0].task == top.task && next >= top.time_ns);
        if (next == TASK_DONE) {
            top = g->heap[--g->heap_len];
        } else {
            top.time_ns = next;
        }
        if (g->heap_len > 0) {
            heap_down(g, top);
        }
    }
}

/* ---- addresses ---- */

/* Blocks that no source outside has: RFC 6890, multicast and above, and ours. */
static bool is_public(uint32_t a)
{
    static const struct {
        uint32_t net;
        unsigned len;
    } blocks[] = {
        {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
        {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16},
        {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3},
    };
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        if ((a ^ blocks[i].net) >> (32 - blocks[i].len) == 0) {
            return false;
        }
    }
    return true;
}

/* Mixes of a counter that map no two values to one: addresses never repeat. */
static uint32_t next_v4(struct gen *g)
{
    uint32_t x = (uint32_t)(g->source_key + g->source_count++);
    x = (x ^ x >> 16) * 0x85ebca6b;
    x = (x ^ x >> 13) * 0xc2b2ae35;
    return x ^ x >> 16;
}

struct addr gen_source(struct gen *g, bool v6)
{
    static const uint16_t regions[] = {0x2400, 0x2600, 0x2804, 0x2a00};
    if (v6) {
        uint64_t x = gen_mix(g->source_key + g->source_count++);
        struct addr a;
        store_be16(a.b, regions[x & 3]);
        store_be64(a.b + 2, x);
        store_be32(a.b + 10, 0);
        store_be16(a.b + 14, (uint16_t)(1 + (x >> 20 & 0xff)));
        return a;
    }
    uint32_t a = next_v4(g);
    while (!is_public(a)) {
        a = next_v4(g);
    }
    return addr_from_v4(a);
}

struct addr gen_source_forged(struct gen *g)
{
    uint32_t a = next_v4(g);
    while (a >> 24 == 0 || a >> 24 == 127 || a >> 24 >= 224 || a >> 17 == 0xc612 >> 1) {
        a = next_v4(g);
    }
    return addr_from_v4(a);
}

/* Adding, multiplying by an odd number and folding the upper half down can
 * all be undone, so this is a permutation. */
uint32_t gen_permute(uint32_t index, uint32_t key, unsigned bits)
{
    uint32_t mask = (UINT32_C(1) << bits) - 1;
    uint32_t x = (index + key) * 0x9e3779b1 & mask;
    x ^= x >> (bits / 2 + 1);
    x = (x ^ (key >> 15 & mask)) * 0x85ebca6b & mask;
    x ^= x >> (bits / 2);
    return x * 0xc2b2ae35 & mask;
}

struct addr gen_target(uint32_t index, enum target_style style)
{
    if (style == TARGET_V4) {
        return addr_from_v4(0xc6120000 | index);
    }
    struct addr a = {{0x20, 0x01, 0x0d, 0xb8, 0x5a, 0x5a}};
    if (style == TARGET_V6_ANY) {
        uint64_t x = gen_mix(index + 1);
        store_be16(a.b + 6, (uint16_t)index);
        store_be64(a.b + 8, x);
    } else if (index < 0x10000) {
        store_be16(a.b + 14, (uint16_t)index);
    } else {
        store_be16(a.b + 6, (uint16_t)index);
        a.b[13] = 1; /* ::1:0 or above, so that subnet 0 is not counted twice */
        a.b[15] = 1;
    }
    return a;
}

bool gen_is_live(uint32_t index, enum target_style style)
{
    return index < LIVE && style != TARGET_V6_ANY;
}

bool gen_is_open(uint32_t host, uint16_t port)
{
    switch (port) {
    case 53:
        return host >= 8 && host < 12;
    case 80:
    case 443:
        return host >= 16 && host < 80;
    case 25:
    case 993:
        return host >= 80 && host < 88;
    case 22:
        return host >= 88 && host < 152;
    default:
        return false;
    }
}

/* ---- the plan ---- */

struct plan {
    uint64_t packets, seed;
    unsigned v6_percent;
    bool mix, nano, big;
    const char *capture, *truth;
};

static const uint64_t END_NS = START_NS + SPAN_NS - TIME_SECOND;

/* Weights as measured darknets have them, roughly: how many scanners of each. */
static enum probe_kind draw_kind(struct gen *g, bool v6, uint32_t rank)
{
    static const struct {
        enum probe_kind kind;
        uint16_t weight[2];
    } table[] = {
        {PROBE_ZMAP_OLD, {430, 0}}, {PROBE_ZMAP_NEW, {334, 700}}, {PROBE_MASSCAN, {575, 575}},
        {PROBE_MIRAI, {713, 0}},    {PROBE_UDP, {260, 260}},      {PROBE_ICMP, {139, 400}},
        {PROBE_CUSTOM, {430, 430}}, {PROBE_NMAP, {119, 119}},
    };
    for (;;) {
        uint32_t dice = gen_below(g, v6 ? 2484 : 3000);
        size_t i = 0;
        while (dice >= table[i].weight[v6]) {
            dice -= table[i++].weight[v6];
        }
        /* The busiest would have to scan whole hosts by the dozen. */
        if (table[i].kind != PROBE_NMAP || rank >= NMAP_FIRST_RANK) {
            return table[i].kind;
        }
    }
}

/* Somewhere in the half hour, for at least a third of it. */
static void add_scanner(struct gen *g, enum probe_kind kind, bool v6, uint64_t n)
{
    uint64_t third = (END_NS - START_NS) / 3;
    uint64_t from = START_NS + (gen_random(g) >> 32) * third / UINT32_MAX;
    uint64_t until = END_NS - (gen_random(g) >> 32) * third / UINT32_MAX;
    probe_add(g, kind, v6, n, from, until);
}

/* Zipf with exponent 1.05. IPv6 takes its share of packets, not of heads, so
 * whoever would bring the sum nearest to it gets it. */
static void add_scanners(struct gen *g, uint64_t budget)
{
    uint32_t n = (uint32_t)(budget / 1000);
    n = n < 20 ? 20 : n > SCANNERS_MAX ? SCANNERS_MAX : n;
    double total = 0, debt = 0;
    for (uint32_t i = 1; i <= n; i++) {
        total += pow(i, -1.05);
    }
    uint64_t spent = 0;
    for (uint32_t i = n; i >= 1; i--) { /* rounding is made up by the busiest, i = 1 */
        uint64_t k = (uint64_t)((double)budget * pow(i, -1.05) / total);
        k = i == 1 ? budget - spent : k > 0 ? k : 1;
        spent += k;
        debt += (double)k * g->v6_percent / 100;
        bool v6 = debt * 2 > (double)k;
        debt -= v6 ? (double)k : 0;
        add_scanner(g, draw_kind(g, v6, i), v6, k);
    }
}

/* A packet or two a minute: 30 to 90 over the whole time. */
static uint64_t add_slow(struct gen *g, uint64_t budget)
{
    uint64_t spent = 0;
    uint64_t n = budget / 15000;
    for (uint64_t i = 0; i < (n > SCANNERS_MAX / 15 ? SCANNERS_MAX / 15 : n); i++) {
        uint32_t k = gen_between(g, 30, 90);
        bool v6 = gen_below(g, 100) < g->v6_percent;
        probe_add(g, i % 3 == 2 ? PROBE_SLOW_PORTS : PROBE_SLOW_SWEEP, v6, k, START_NS, END_NS);
        spent += k;
    }
    return spent;
}

/* Victims elsewhere, each with its own length and strength. */
static void add_backscatter(struct gen *g, enum probe_kind kind, uint64_t budget, uint64_t max)
{
    uint64_t n = budget / 5000 + 1;
    n = n > max ? max : n;
    for (uint64_t i = 0; i < n && budget > 0; i++) {
        uint64_t k = i + 1 == n ? budget : budget / 3 + 1;
        budget -= k;
        uint64_t from = START_NS + gen_below(g, 1200) * (uint64_t)TIME_SECOND;
        uint64_t until = from + gen_between(g, 90, 560) * (uint64_t)TIME_SECOND;
        probe_add(g, kind, false, k, from, until);
    }
}

static void add_one_hits(struct gen *g, uint64_t budget)
{
    uint64_t v6 = budget * g->v6_percent / 100;
    if (v6 > 0) {
        probe_add(g, PROBE_ONE_HIT, true, v6, START_NS, END_NS);
    }
    if (budget > v6) {
        probe_add(g, PROBE_ONE_HIT, false, budget - v6, START_NS, END_NS);
    }
}

/* What a darknet sees: 9 % single packets, 8 + 2 % backscatter, 5 % of a flood
 * that lasts five minutes, scanners. */
static void plan_telescope(struct gen *g, uint64_t n)
{
    uint64_t flood = n * 5 / 100, tcp = n * 8 / 100, icmp = n * 2 / 100, once = n * 9 / 100;
    if (flood > 0) {
        uint64_t from = START_NS + 600 * (uint64_t)TIME_SECOND;
        probe_add(g, PROBE_SYN_FLOOD, false, flood, from, from + 300 * (uint64_t)TIME_SECOND);
    }
    add_backscatter(g, PROBE_BACKSCATTER_TCP, tcp, 24);
    add_backscatter(g, PROBE_BACKSCATTER_ICMP, icmp, 8);
    add_one_hits(g, once);
    uint64_t slow = add_slow(g, n);
    add_scanners(g, n - flood - tcp - icmp - once - slow);
}

/* 30 % ordinary TCP, 4 % names and time, 5 % guessing, the rest as above. */
static void plan_mix(struct gen *g, uint64_t n)
{
    uint64_t tcp = n * 30 / 100, udp = n * 4 / 100, guess = n * 5 / 100;
    g->answers = true;
    if (tcp > 0 && udp > 0) {
        flow_add_tcp(g, tcp);
        flow_add_udp(g, udp);
    }
    uint64_t guessers = guess / 2000 + 1;
    guessers = guessers > GUESSERS_MAX ? GUESSERS_MAX : guessers;
    for (uint64_t i = 0; i < guessers && guess > 0; i++) {
        uint64_t k = guess / (guessers - i);
        flow_add_guesser(g, k);
        guess -= k;
    }
    plan_telescope(g, n - tcp - udp - n * 5 / 100);
}

static void generate(const struct plan *plan)
{
    struct gen g = {.random = gen_mix(plan->seed), .v6_percent = plan->v6_percent};
    arena_init(&g.arena, (size_t)1 << 30);
    tally_list_init(&g.tallies, &g.arena);
    g.source_key = gen_random(&g);
    if (!frame_open(&g.out, plan->capture, plan->nano, plan->big)) {
        die(plan->capture);
    }
    FILE *truth = fopen(plan->truth, "w");
    if (truth == NULL) {
        die(plan->truth);
    }
    g.answer = gen_tally(&g, "answer", "*", NULL, TALLY_NO_SETS);
    if (plan->mix) {
        plan_mix(&g, plan->packets);
    } else {
        plan_telescope(&g, plan->packets);
    }
    run(&g);
    uint64_t packets = g.out.packets;
    if (!frame_close(&g.out)) {
        die(plan->capture);
    }
    tally_write(&g.tallies, truth);
    if (fclose(truth) != 0) {
        die(plan->truth);
    }
    printf("packets %llu bytes %llu\n", (unsigned long long)packets,
           (unsigned long long)g.out.bytes);
    free(g.heap);
    arena_fini(&g.arena);
}

/* ---- the command line ---- */

static _Noreturn void usage(void)
{
    fputs("usage: gen --shape telescope|mix --packets N --seed S [--ipv6-share PERCENT]\n"
          "           [--nano] [--big-endian] OUT.pcap TRUTH.csv\n",
          stderr);
    exit(2);
}

static uint64_t number(const char *text, uint64_t max)
{
    uint64_t v = 0;
    if (text_u64(bytes_of(text, strlen(text)), max, &v) != ST_OK) {
        usage();
    }
    return v;
}

static void read_option(struct plan *p, int c)
{
    switch (c) {
    case 's':
        p->mix = strcmp(optarg, "mix") == 0;
        if (!p->mix && strcmp(optarg, "telescope") != 0) {
            usage();
        }
        break;
    case 'p':
        p->packets = number(optarg, UINT64_C(1) << 32);
        break;
    case 'r':
        p->seed = number(optarg, UINT64_MAX);
        break;
    case '6':
        p->v6_percent = (unsigned)number(optarg, 100);
        break;
    case 'n':
        p->nano = true;
        break;
    case 'b':
        p->big = true;
        break;
    default:
        usage();
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"shape", required_argument, NULL, 's'},
        {"packets", required_argument, NULL, 'p'},
        {"seed", required_argument, NULL, 'r'},
        {"ipv6-share", required_argument, NULL, '6'},
        {"nano", no_argument, NULL, 'n'},
        {"big-endian", no_argument, NULL, 'b'},
        {0},
    };
    struct plan plan = {0};
    int c;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        read_option(&plan, c);
    }
    /* With fewer, some shares would be nothing at all. */
    if (argc - optind != 2 || plan.packets < 1000) {
        usage();
    }
    plan.capture = argv[optind];
    plan.truth = argv[optind + 1];
    generate(&plan);
    return 0;
}
