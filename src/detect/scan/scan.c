/* detect/scan/scan.c - judging events of contacts.
 *
 * Thresholds: 25 targets and 15 ports are those of Zeek's misc/scan and of
 * many after it; five ports still make a horizontal scan as in
 * ncsa/bro-simple-scan. Why failed pairs: Jung, Paxson, Berger, Balakrishnan,
 * "Fast Portscan Detection Using Sequential Hypothesis Testing", 2004.
 */
#include "detect/scan/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"

/* Counts of one target or one port over an event's pairs. */
struct tally {
    uint32_t key;
    uint32_t all; /* 0: empty */
    uint32_t failed;
    bool chosen;
    bool elsewhere; /* of a target: asked on other ports than traceroute's */
};

struct scan {
    struct scan_options opt;
    const struct definition *horizontal, *vertical, *block;
    struct tally *targets; /* by hash, targets_cap a power of two; or from targets_base on */
    size_t targets_cap, targets_room; /* in use for this event; allocated */
    uint32_t targets_base;
    bool direct;
    struct tally *ports; /* by port: all 65536; only those in ports_used are in use */
    uint16_t *ports_used;
    size_t ports_n;
    uint64_t port_bits[1024]; /* ports of the finding being made */
};

/* What the tallies of one event say. */
struct shape {
    const struct contact_ended *e;
    const struct pair_sums *sums; /* of all its pairs */
    uint64_t targets, ports;
    uint64_t targets_failed, ports_failed; /* with a failed pair at least */
    uint64_t vertical_targets, swept_ports, swept_failed, mostly_failed_ports;
    uint64_t most_ports, most_targets; /* failed, of one target, of one port */
};

static int64_t param(const struct definition *d, size_t i)
{
    return d->params[i];
}

static bool is_icmp(enum technique t)
{
    return t == TECH_ICMP_ECHO || t == TECH_ICMP_TIMESTAMP || t == TECH_ICMP_MASK;
}

static inline struct tally *target_tally(const struct scan *s, uint32_t key)
{
    if (s->direct) {
        return &s->targets[key - s->targets_base];
    }
    size_t mask = s->targets_cap - 1;
    size_t i = hash_mix(key, s->opt.seed) & mask;
    while (s->targets[i].all != 0 && s->targets[i].key != key) {
        i = (i + 1) & mask;
    }
    return &s->targets[i];
}

/* An empty table for so many targets from `least` to `most`. What is swept lies
 * close together, as a rule: then each has its own place. */
static enum status targets_ready(struct scan *s, size_t want, uint32_t least, uint32_t most)
{
    size_t span = (size_t)most - least + 1;
    size_t need = 64;
    while (need < want * 2) {
        need *= 2;
    }
    s->direct = span <= 2 * need;
    s->targets_base = least;
    need = s->direct ? span : need;
    if (need > s->targets_room) {
        struct tally *t = malloc(need * sizeof(*t));
        if (t == NULL) {
            return ST_NOMEM;
        }
        free(s->targets);
        s->targets = t;
        s->targets_room = need;
    }
    s->targets_cap = need;
    memset(s->targets, 0, need * sizeof(*s->targets));
    return ST_OK;
}

static void target_span(const struct contact_ended *e, uint32_t *ret_least, uint32_t *ret_most)
{
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    for (size_t i = 0; i < e->pair_n; i++) {
        uint32_t target = pair_target(e->slots[i]);
        least = target < least ? target : least;
        most = target > most ? target : most;
    }
    *ret_least = least;
    *ret_most = most;
}

static void ports_ready(struct scan *s)
{
    for (size_t i = 0; i < s->ports_n; i++) {
        s->ports[s->ports_used[i]] = (struct tally){0};
    }
    s->ports_n = 0;
}

static struct tally *port_tally(struct scan *s, uint16_t port)
{
    struct tally *t = &s->ports[port];
    if (t->all == 0) {
        s->ports_used[s->ports_n++] = port;
    }
    return t;
}

/* Where traceroute begins, and where no path is long enough to get to. */
static bool is_traceroute_port(uint16_t port)
{
    return port >= 33434 && port <= 34999;
}

static void tally_add(struct tally *t, uint32_t key, bool failed)
{
    t->key = key;
    t->all++;
    t->failed += failed;
}

static bool mostly(uint64_t part, uint64_t whole, int64_t percent)
{
    return part * 100 >= whole * (uint64_t)percent && part > 0;
}

/* UDP to ports from 33434 on, or from a host whose TTL climbs from almost
 * nothing, is a traceroute. */
static bool is_traceroute(const struct contact_ended *e, const struct tally *target)
{
    return e->technique == TECH_UDP && e->detail != NULL &&
           ((e->ttl_min <= 5 && e->ttl_max - e->ttl_min >= 5) || !target->elsewhere);
}

static void measure_targets(struct scan *s, struct shape *h)
{
    for (size_t i = 0; i < s->targets_cap; i++) {
        struct tally *t = &s->targets[i];
        if (t->all == 0) {
            continue;
        }
        h->targets++;
        h->targets_failed += t->failed > 0;
        h->most_ports = t->failed > h->most_ports ? t->failed : h->most_ports;
        t->chosen = s->vertical != NULL && t->failed >= param(s->vertical, SCAN_V_PORTS) &&
                    mostly(t->failed, t->all, param(s->vertical, SCAN_V_FAILED_PERCENT)) &&
                    !is_traceroute(h->e, t);
        h->vertical_targets += t->chosen;
    }
}

static bool swept(const struct scan *s, const struct shape *h, const struct tally *t)
{
    const struct definition *d = s->horizontal;
    if (d == NULL) {
        return false;
    }
    enum technique tech = h->e->technique;
    bool icmp = is_icmp(tech);
    if (t->failed == 0 || t->all < param(d, icmp ? SCAN_H_TARGETS_ICMP : SCAN_H_TARGETS)) {
        return false;
    }
    if (mostly(t->failed, t->all, param(d, SCAN_H_FAILED_PERCENT))) {
        /* All but ICMP: enough that failed, not only enough that were asked. */
        return icmp || t->failed >= param(d, SCAN_H_TARGETS);
    }
    /* A ping sweep of a well-filled network is mostly answered, but it asks
     * each target once or twice; a monitor asks again and again. */
    return icmp && mostly(t->failed, t->all, param(d, SCAN_H_FAILED_PERCENT_ICMP)) &&
           h->e->packets <= t->all * (uint64_t)param(d, SCAN_H_ASKED_ONCE);
}

static void measure_ports(struct scan *s, struct shape *h)
{
    for (size_t i = 0; i < s->ports_n; i++) {
        struct tally *t = &s->ports[s->ports_used[i]];
        h->ports++;
        h->ports_failed += t->failed > 0;
        h->mostly_failed_ports += mostly(t->failed, t->all, 50);
        h->most_targets = t->failed > h->most_targets ? t->failed : h->most_targets;
        t->chosen = swept(s, h, t);
        if (t->chosen) {
            h->swept_ports++;
            h->swept_failed += t->failed;
        }
    }
}

/* One target or one port: nothing needs to be counted apart. The tables hold
 * that one side; the other, where every tally would be 1, stays empty. */
static enum status measure_simple(struct scan *s, struct shape *h, bool one_port)
{
    const struct contact_ended *e = h->e;
    uint64_t any = e->slots[0];
    struct tally t = {.key = one_port ? pair_port(any) : pair_target(any),
                      .all = (uint32_t)e->pair_n,
                      .failed = (uint32_t)h->sums->failed};
    TRY(targets_ready(s, 1, pair_target(any), pair_target(any)));
    ports_ready(s);
    if (one_port) {
        *port_tally(s, (uint16_t)t.key) = t;
        measure_ports(s, h);
        h->targets = e->pair_n;
        h->targets_failed = h->sums->failed;
        h->most_ports = h->sums->failed > 0;
    } else {
        for (size_t i = 0; i < e->pair_n && !t.elsewhere; i++) {
            t.elsewhere = !is_traceroute_port(pair_port(e->slots[i]));
        }
        *target_tally(s, t.key) = t;
        measure_targets(s, h);
        h->ports = e->pair_n;
        h->ports_failed = h->sums->failed;
        h->most_targets = h->sums->failed > 0;
    }
    return ST_OK;
}

static enum status measure(struct scan *s, const struct contact_ended *e,
                           const struct pair_sums *sums, struct shape *h)
{
    *h = (struct shape){.e = e, .sums = sums};
    if ((e->flags & (EVENT_ONE_PORT | EVENT_ONE_TARGET)) != 0) {
        return measure_simple(s, h, (e->flags & EVENT_ONE_PORT) != 0);
    }
    uint32_t least;
    uint32_t most;
    target_span(e, &least, &most);
    TRY(targets_ready(s, e->pair_n, least, most));
    ports_ready(s);
    bool silent_failed = pair_failed(e->technique, 1);
    for (size_t i = 0; i < e->pair_n; i++) {
        uint64_t slot = e->slots[i];
        /* Most have one packet and no state. */
        bool failed = (slot & 0xffff) == 1 ? silent_failed : pair_failed(e->technique, slot);
        struct tally *target = target_tally(s, pair_target(slot));
        tally_add(target, pair_target(slot), failed);
        target->elsewhere |= !is_traceroute_port(pair_port(slot));
        tally_add(port_tally(s, pair_port(slot)), pair_port(slot), failed);
    }
    measure_targets(s, h);
    measure_ports(s, h);
    return ST_OK;
}

/* --- findings ------------------------------------------------------------- */

/* Which of an event's pairs a finding is about. */
enum cover { COVER_ALL, COVER_TARGETS, COVER_PORTS, COVER_ONE };

struct covering {
    enum cover cover;
    uint32_t target; /* COVER_ONE */
    bool complete;   /* it is all of the event's pairs */
};

static inline bool covers(const struct scan *s, const struct covering *c, uint64_t slot)
{
    switch (c->cover) {
    case COVER_TARGETS:
        return target_tally(s, pair_target(slot))->chosen;
    case COVER_PORTS:
        if (c->complete) { /* one port: it is the one that was swept */
            return true;
        }
        return s->ports[pair_port(slot)].chosen;
    case COVER_ONE:
        return pair_target(slot) == c->target;
    default:
        return true;
    }
}

/* The smallest targets, ascending and distinct. IPv4 keys sort as addresses
 * do, so that most targets cost one comparison. */
static void keep_target(const struct scan *s, struct finding *f, uint64_t key)
{
    size_t i = f->target_n;
    if (i == FINDING_SAMPLE_MAX && (key & HOST_V6) == 0 &&
        (uint32_t)key >= load_be32(f->target_sample[i - 1].b + 12)) {
        return;
    }
    struct addr a = host_addr(s->opt.hosts, key);
    while (i > 0 && addr_compare(&f->target_sample[i - 1], &a) > 0) {
        i--;
    }
    if ((i > 0 && addr_equal(&f->target_sample[i - 1], &a)) || i == FINDING_SAMPLE_MAX) {
        return;
    }
    size_t last = f->target_n < FINDING_SAMPLE_MAX ? f->target_n++ : FINDING_SAMPLE_MAX - 1;
    memmove(&f->target_sample[i + 1], &f->target_sample[i],
            (last - i) * sizeof(f->target_sample[0]));
    f->target_sample[i] = a;
}

/* No IPv4 target above this is worth a look. */
static inline uint32_t worst_target(const struct finding *f, const struct contact_ended *e)
{
    bool full = f->target_n == FINDING_SAMPLE_MAX && (e->host & HOST_V6) == 0;
    return full ? load_be32(f->target_sample[FINDING_SAMPLE_MAX - 1].b + 12) : UINT32_MAX;
}

static void keep_ports(const struct scan *s, struct finding *f)
{
    f->ports = 0;
    for (unsigned w = 0; w < ARRAY_LEN(s->port_bits); w++) {
        uint64_t bits = s->port_bits[w];
        if (bits == 0) { /* nearly all */
            continue;
        }
        f->ports += (unsigned)__builtin_popcountll(bits);
        for (; bits != 0 && f->port_n < FINDING_PORTS_MAX; bits &= bits - 1) {
            f->port_list[f->port_n++] = (uint16_t)(w * 64 + (unsigned)__builtin_ctzll(bits));
        }
    }
}

/* Times and packets of part of an event: from the spans if all are there. */
static void take_spans(struct scan *s, struct finding *f, const struct contact_ended *e,
                       const struct covering *c)
{
    static const struct contact_spans none;
    const struct contact_spans *spans = e->detail->spans ? e->detail->spans : &none;
    const struct span_map *m = c->cover == COVER_PORTS ? &spans->ports : &spans->targets;
    bool by_port = c->cover == COVER_PORTS;
    size_t n = by_port ? s->ports_n : s->targets_cap;
    uint64_t packets = 0;
    bool first = true;
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        const struct tally *t = by_port ? &s->ports[s->ports_used[i]] : &s->targets[i];
        bool chosen = c->cover == COVER_ONE ? t->key == c->target : t->chosen;
        if (t->all == 0 || !chosen) {
            continue;
        }
        const struct span *p = span_map_find(m, t->key);
        all &= p != NULL && p->packets < UINT32_MAX;
        if (p != NULL) {
            if (first) {
                f->when = p->when;
            }
            extent_join(&f->when, &p->when);
            packets += p->packets;
            first = false;
        }
    }
    if (all) {
        f->packets = packets;
        return;
    }
    f->when = e->when;
    f->flags |= FINDING_BOUNDS;
}

static void keep_pair(struct scan *s, struct finding *f, const struct contact_ended *e,
                      uint64_t slot)
{
    s->port_bits[pair_port(slot) / 64] |= UINT64_C(1) << (pair_port(slot) % 64);
    keep_target(s, f, (e->host & HOST_V6) | pair_target(slot));
}

/* Distinct targets among some of an event's pairs; `chosen` of the targets'
 * tallies marks those counted. Only when it is not what covers() goes by. */
static void count_targets(struct scan *s, struct finding *f, const struct contact_ended *e,
                          const struct covering *c)
{
    for (size_t i = 0; i < s->targets_cap; i++) {
        s->targets[i].chosen = false;
    }
    for (size_t i = 0; i < e->pair_n; i++) {
        if (covers(s, c, e->slots[i])) {
            struct tally *t = target_tally(s, pair_target(e->slots[i]));
            f->targets += !t->chosen;
            t->chosen = true;
        }
    }
}

static void count_sides(struct scan *s, struct finding *f, const struct shape *h,
                        const struct covering *c)
{
    if (technique_has_ports(h->e->technique)) {
        keep_ports(s, f);
    }
    if (c->cover == COVER_ONE || c->complete) {
        f->targets = c->cover == COVER_ONE ? 1 : h->targets;
    } else if (c->cover == COVER_TARGETS) {
        for (size_t i = 0; i < s->targets_cap; i++) {
            f->targets += s->targets[i].all != 0 && s->targets[i].chosen;
        }
    } else {
        count_targets(s, f, h->e, c);
    }
}

/* Completed by somebody whose SYNs are a tool's own, it was another program
 * that connected besides: Nmap looks at open ports more closely. */
static void name_technique(struct finding *f, const struct contact_ended *e, uint64_t completed)
{
    const char *technique = technique_name(e->technique);
    if (e->technique == TECH_SYN && completed > 0 && f->tool_n == 0) {
        technique = "connect";
    }
    finding_words(f, technique, technique_protocol(e->technique));
}

/* The counts of the pairs that a finding covers. */
static struct pair_sums sum_covered(struct scan *s, struct finding *f, const struct shape *h,
                                    const struct covering *c)
{
    const struct contact_ended *e = h->e;
    struct pair_sums sums = {0};
    memset(s->port_bits, 0, sizeof(s->port_bits));
    if (c->complete && (e->flags & EVENT_ONE_PORT) != 0) { /* only the targets are wanted */
        uint16_t port = s->ports_used[0];
        s->port_bits[port / 64] |= UINT64_C(1) << (port % 64);
        for (size_t i = 0; i < e->pair_n; i++) {
            if (pair_target(e->slots[i]) <= worst_target(f, e)) {
                keep_target(s, f, (e->host & HOST_V6) | pair_target(e->slots[i]));
            }
        }
        return *h->sums;
    }
    for (size_t i = 0; i < e->pair_n; i++) {
        if (covers(s, c, e->slots[i])) {
            keep_pair(s, f, e, e->slots[i]);
            pair_sums_add(&sums, e->technique, e->slots[i]);
        }
    }
    return sums;
}

static void fill_counts(struct scan *s, struct finding *f, const struct shape *h,
                        struct covering *c)
{
    const struct contact_ended *e = h->e;
    struct pair_sums sums = sum_covered(s, f, h, c);
    f->pairs = sums.pairs;
    f->answered = sums.answered;
    f->refused = sums.refused;
    f->sessions = sums.sessions;
    f->authentic = sums.completed + sums.sessions > 0 ? AUTHENTIC_TWO_WAY : AUTHENTIC_ONE_WAY;
    c->complete = sums.pairs == e->pair_n;
    if (c->complete) {
        f->packets = e->packets;
        f->when = e->when;
        f->ttl_least = e->ttl_min;
        f->ttl_most = e->ttl_max;
        f->ttl_kinds = e->ttl_min == e->ttl_max && e->ttl_max > 0; /* else not counted */
    } else {
        f->packets = sums.packets;
        take_spans(s, f, e, c);
        f->flags |= sums.saturated && (f->flags & FINDING_BOUNDS) != 0 ? FINDING_AT_LEAST : 0;
    }
    if (e->detail != NULL && e->detail->lost_pairs) {
        f->flags |= FINDING_AT_LEAST;
    }
    name_technique(f, e, sums.completed);
    count_sides(s, f, h, c);
    if (is_icmp(e->technique) || e->technique == TECH_ARP) { /* these know none */
        f->ports = 0;
        f->port_n = 0;
    }
}

static enum status found(struct scan *s, const struct definition *d, const struct shape *h,
                         struct covering *c, struct finding **ret)
{
    const struct contact_ended *e = h->e;
    struct finding *f = finding_list_begin(s->opt.findings, d);
    if (f == NULL) {
        return ST_NOMEM;
    }
    f->has_initiator = true;
    f->initiator = host_addr(s->opt.hosts, e->host);
    struct tool_tally tools;
    contact_tools(e, &tools);
    tools.probes = h->sums->failed;
    f->tool_n = tool_judge(&tools, f->tools);
    fill_counts(s, f, h, c);
    if (e->inner || host_is_inner(s->opt.hosts, e->host)) {
        f->flags |= FINDING_INNER;
        f->authentic = AUTHENTIC_ONE_WAY; /* the tunnel's sender can make up both sides */
    }
    f->flags |= f->answered + f->refused == 0 ? FINDING_ONE_WAY : 0;
    if (addr_is_multicast(&f->initiator) || addr_is_broadcast(&f->initiator)) {
        f->authentic = AUTHENTIC_IMPOSSIBLE;
    }
    if (f->targets == 1 && f->target_n == 1) {
        f->has_victim = true;
        f->victim = f->target_sample[0];
    }
    *ret = f;
    return finding_identify(f);
}

/* --- the three shapes ------------------------------------------------------ */

static enum status find_vertical(struct scan *s, const struct shape *h, bool *ret_found)
{
    for (size_t i = 0; i < s->targets_cap; i++) {
        if (s->targets[i].all == 0 || !s->targets[i].chosen) {
            continue;
        }
        struct covering c = {.cover = COVER_ONE, .target = s->targets[i].key};
        struct finding *f;
        uint64_t failed = s->targets[i].failed;
        TRY(found(s, s->vertical, h, &c, &f));
        finding_decide(f, "ports of one target that came to nothing", failed,
                       param(s->vertical, SCAN_V_PORTS));
        *ret_found = true;
    }
    return ST_OK;
}

static enum status find_horizontal(struct scan *s, const struct shape *h, bool *ret_found)
{
    const struct definition *d = s->horizontal;
    bool few = h->mostly_failed_ports <= (uint64_t)param(d, SCAN_H_MAX_PORTS);
    for (size_t i = 0; few && i < s->ports_n; i++) {
        struct tally *t = &s->ports[s->ports_used[i]];
        t->chosen |= mostly(t->failed, t->all, 50);
    }
    struct covering c = {.cover = COVER_PORTS, .complete = (h->e->flags & EVENT_ONE_PORT) != 0};
    struct finding *f;
    TRY(found(s, d, h, &c, &f));
    bool icmp = is_icmp(h->e->technique);
    finding_decide(f, icmp ? "targets asked" : "targets of one port that came to nothing",
                   icmp ? f->targets : h->most_targets,
                   param(d, icmp ? SCAN_H_TARGETS_ICMP : SCAN_H_TARGETS));
    *ret_found = true;
    return ST_OK;
}

/* Pairs that fill a grid, or that are scattered and nearly all fail. A
 * peer-to-peer client also asks many hosts on many ports, each host on one,
 * and has sessions with some of them. */
static bool is_grid(const struct scan *s, const struct shape *h)
{
    const struct definition *d = s->block;
    uint64_t side = (uint64_t)param(d, SCAN_B_SIDE);
    if (h->sums->failed < (uint64_t)param(d, SCAN_B_PAIRS) || h->targets_failed < side ||
        h->ports_failed < side) {
        return false;
    }
    uint64_t longer = h->targets_failed > h->ports_failed ? h->targets_failed : h->ports_failed;
    bool dense = h->sums->failed >= 2 * longer && mostly(h->sums->failed, h->e->pair_n, 50) &&
                 h->sums->failed >= 2 * h->targets_failed;
    bool scattered = h->sums->sessions == 0 &&
                     mostly(h->sums->failed, h->e->pair_n, param(d, SCAN_B_SCATTER_PERCENT)) &&
                     h->e->technique != TECH_ACK && h->e->technique != TECH_MAIMON;
    return dense || scattered;
}

static enum status find_block(struct scan *s, const struct shape *h, bool *ret_found)
{
    const struct definition *d = s->block;
    bool by_targets = h->vertical_targets >= (uint64_t)param(d, SCAN_B_TARGETS);
    bool by_ports =
        s->horizontal != NULL && h->swept_ports > (uint64_t)param(s->horizontal, SCAN_H_MAX_PORTS);
    if (!by_targets && !by_ports && !is_grid(s, h)) {
        return ST_OK;
    }
    struct covering c = {.cover = COVER_TARGETS};
    for (size_t i = 0; i < s->targets_cap; i++) { /* with it, what was touched in passing */
        struct tally *t = &s->targets[i];
        t->chosen = t->all != 0 && (t->chosen || mostly(t->failed, t->all, 50));
    }
    struct finding *f;
    TRY(found(s, d, h, &c, &f));
    if (by_targets) {
        finding_decide(f, "targets with many ports that came to nothing", h->vertical_targets,
                       param(d, SCAN_B_TARGETS));
    } else if (by_ports) {
        finding_decide(f, "ports with many targets that came to nothing", h->swept_ports,
                       param(s->horizontal, SCAN_H_MAX_PORTS) + 1);
    } else {
        finding_decide(f, "pairs of target and port that came to nothing", h->sums->failed,
                       param(d, SCAN_B_PAIRS));
    }
    *ret_found = true;
    return ST_OK;
}

size_t scan_fewest(const struct scan *s)
{
    int64_t n = INT64_MAX;
    if (s->horizontal != NULL) {
        int64_t a = param(s->horizontal, SCAN_H_TARGETS);
        int64_t b = param(s->horizontal, SCAN_H_TARGETS_ICMP);
        n = a < b ? a : b;
    }
    if (s->vertical != NULL && param(s->vertical, SCAN_V_PORTS) < n) {
        n = param(s->vertical, SCAN_V_PORTS);
    }
    if (s->block != NULL && param(s->block, SCAN_B_PAIRS) < n) {
        n = param(s->block, SCAN_B_PAIRS);
    }
    return (size_t)(s->opt.below != NULL ? n - n / 2 : n);
}

/* --- near misses ------------------------------------------------------------ */

static enum status offer(const struct scan *s, const struct definition *d, const struct shape *h,
                         struct finding *f)
{
    const struct contact_ended *e = h->e;
    if (!below_is_near(f->counted, (int64_t)f->threshold)) {
        return ST_OK;
    }
    (void)definition_full_name(d, f->definition);
    (void)snprintf(f->kind, sizeof(f->kind), "%s", d->kind);
    finding_words(f, technique_name(e->technique), technique_protocol(e->technique));
    f->has_initiator = true;
    f->initiator = host_addr(s->opt.hosts, e->host);
    f->when = e->when;
    f->flags = FINDING_BOUNDS;
    f->packets = e->packets;
    f->pairs = h->sums->pairs;
    f->answered = h->sums->answered;
    f->refused = h->sums->refused;
    f->sessions = h->sums->sessions;
    f->targets = f->has_victim ? 1 : h->targets;
    f->ports = f->has_victim ? f->counted : technique_has_ports(e->technique) ? h->ports : 0;
    return below_offer(s->opt.below, f);
}

static enum status miss_vertical(const struct scan *s, const struct shape *h)
{
    const struct tally *most = NULL;
    for (size_t i = 0; i < s->targets_cap; i++) { /* of equal ones the one met first, or lower */
        const struct tally *t = &s->targets[i];
        if (t->failed > 0 && mostly(t->failed, t->all, param(s->vertical, SCAN_V_FAILED_PERCENT)) &&
            (most == NULL || t->failed > most->failed ||
             (t->failed == most->failed && t->key < most->key))) {
            most = t;
        }
    }
    if (most == NULL || is_traceroute(h->e, most)) {
        return ST_OK;
    }
    struct finding f = {.has_victim = true,
                        .victim = host_addr(s->opt.hosts, (h->e->host & HOST_V6) | most->key)};
    f.target_n = 1;
    f.target_sample[0] = f.victim;
    finding_decide(&f, "ports of one target that came to nothing", most->failed,
                   param(s->vertical, SCAN_V_PORTS));
    return offer(s, s->vertical, h, &f);
}

static enum status miss_horizontal(const struct scan *s, const struct shape *h)
{
    bool icmp = is_icmp(h->e->technique);
    const struct tally *most = NULL;
    for (size_t i = 0; i < s->ports_n; i++) {
        const struct tally *t = &s->ports[s->ports_used[i]];
        if (mostly(t->failed, t->all, param(s->horizontal, SCAN_H_FAILED_PERCENT)) &&
            (most == NULL || t->failed > most->failed ||
             (t->failed == most->failed && t->key < most->key))) {
            most = t;
        }
    }
    if (most == NULL) {
        return ST_OK;
    }
    struct finding f = {.port_n = 1, .port_list = {(uint16_t)most->key}};
    finding_decide(&f, icmp ? "targets asked" : "targets of one port that came to nothing",
                   icmp ? most->all : most->failed,
                   param(s->horizontal, icmp ? SCAN_H_TARGETS_ICMP : SCAN_H_TARGETS));
    return offer(s, s->horizontal, h, &f);
}

static enum status miss_block(const struct scan *s, const struct shape *h)
{
    uint64_t side = (uint64_t)param(s->block, SCAN_B_SIDE);
    if (h->targets_failed < side || h->ports_failed < side ||
        !mostly(h->sums->failed, h->e->pair_n, param(s->block, SCAN_B_SCATTER_PERCENT))) {
        return ST_OK;
    }
    struct finding f = {0};
    finding_decide(&f, "pairs of target and port that came to nothing", h->sums->failed,
                   param(s->block, SCAN_B_PAIRS));
    return offer(s, s->block, h, &f);
}

/* Of an event that gave no finding, whose tallies are still there. */
static enum status miss(const struct scan *s, const struct shape *h)
{
    if (s->vertical != NULL && h->ports > 1) {
        TRY(miss_vertical(s, h));
    }
    if (s->horizontal != NULL && h->targets > 1) {
        TRY(miss_horizontal(s, h));
    }
    return s->block != NULL ? miss_block(s, h) : ST_OK;
}

/* --- judging ---------------------------------------------------------------- */

enum status scan_judge(struct scan *s, const struct contact_ended *e, const struct pair_sums *sums,
                       bool *ret_found)
{
    struct shape h;
    *ret_found = false;
    if (sums->failed == 0) {
        return ST_OK;
    }
    TRY(measure(s, e, sums, &h));
    if (s->block != NULL && h.targets > 1 && h.ports > 1) {
        TRY(find_block(s, &h, ret_found));
        if (*ret_found) {
            return ST_OK;
        }
    }
    bool sweeps =
        h.swept_ports > 0 &&
        mostly(h.swept_failed, sums->failed, param(s->horizontal, SCAN_H_SHARE_PERCENT)) &&
        h.swept_ports <= (uint64_t)param(s->horizontal, SCAN_H_MAX_PORTS) &&
        (e->technique != TECH_ARP || (e->detail != NULL && e->detail->dense));
    if (h.vertical_targets > 0) {
        TRY(find_vertical(s, &h, ret_found));
    }
    if (sweeps) {
        if (*ret_found) {
            TRY(measure(s, e, sums, &h)); /* the marks were used up */
        }
        TRY(find_horizontal(s, &h, ret_found));
    }
    return s->opt.below != NULL && !*ret_found ? miss(s, &h) : ST_OK;
}

enum status scan_new(const struct scan_options *opt, struct scan **ret)
{
    struct scan *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return ST_NOMEM;
    }
    s->opt = *opt;
    s->horizontal = definition_find(opt->definitions, METHOD_SCAN_HORIZONTAL);
    s->vertical = definition_find(opt->definitions, METHOD_SCAN_VERTICAL);
    s->block = definition_find(opt->definitions, METHOD_SCAN_BLOCK);
    s->ports = calloc(65536, sizeof(*s->ports));
    s->ports_used = calloc(65536, sizeof(*s->ports_used));
    if (s->ports == NULL || s->ports_used == NULL) {
        scan_free(s);
        return ST_NOMEM;
    }
    *ret = s;
    return ST_OK;
}

void scan_free(struct scan *s)
{
    if (s != NULL) {
        free(s->targets);
        free(s->ports);
        free(s->ports_used);
        free(s);
    }
}
