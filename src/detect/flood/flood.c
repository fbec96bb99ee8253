/* detect/flood/flood.c - rates by victim, and the judgement at the end. */
#include "detect/flood/flood.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/pages.h"
#include "base/core/timefmt.h"
#include "detect/flood/spread.h"

enum flood_class {
    FLOOD_SYN,
    FLOOD_UDP,
    FLOOD_ICMP,
    FLOOD_FRAGMENT,
    FLOOD_CLASSES,
    FLOOD_NO = FLOOD_CLASSES
};

#define NO_RUN UINT32_MAX
enum { START_CAP = 1 << 12, WAYS = 8, TRACKERS_MOST = 1 << 26 };

/* One victim and class: the second that is being counted and the one before.
 * 64 bytes, one cache line. */
struct tracker {
    uint64_t key;   /* see tracker_key; 0: nobody's */
    int64_t second; /* that count is of; before is of the one just before it */
    uint32_t count, before;
    uint32_t run;   /* index of the open run, or NO_RUN */
    bool displaced; /* somebody whose home this is may be in one of the next places */
    int64_t first_ns, before_first_ns;
    uint64_t first_pos, before_first_pos;
};

/* A run of full seconds. */
struct run {
    uint64_t host;
    uint8_t class;
    bool open;
    struct extent when;
    uint64_t packets; /* up to the last full second */
    uint64_t peak;
    int64_t full_second; /* the last full one */
    uint64_t pending;    /* packets since then */
    uint64_t tail;       /* of these, in the second just behind it */
    int64_t tail_ns;
    uint64_t tail_pos;
    /* Fragments: of which sort; too small to be somebody's path MTU. */
    uint64_t first_parts, last_parts, tiny;
    uint64_t ttls[4];                     /* a bit for each TTL met in full seconds */
    struct spread *spread;                /* what the contacts told about its sources */
    uint64_t own_initiators, own_packets; /* of events about nothing but this victim */
};

struct flood {
    struct flood_options opt;
    const struct definition *definitions[FLOOD_CLASSES];
    uint32_t rates[FLOOD_CLASSES + 1]; /* 0: not looked for, as FLOOD_NO */
    struct tracker *trackers;
    size_t cap; /* power of two */
    size_t most;
    struct run *runs;
    size_t runs_n, runs_cap;
    uint64_t victims[16];                         /* 1024 bits: a filter for flood_pour */
    uint64_t claimed_initiators, claimed_packets; /* see flood_claimed */
    uint64_t lost;                                /* packets that could not be counted */
    int64_t second, second_ns;                    /* of the last packet, and where it begins */
    uint64_t keys[OBS_BATCH_MAX];                 /* of trackers */
};

static int64_t param(const struct definition *d, size_t i)
{
    return d->params[i];
}

/* --- which packets -------------------------------------------------------- */

static bool is_echo(const struct observation *o)
{
    if (o->proto == PROTO_ICMPV6) {
        return o->tcp_flags == 128 || o->tcp_flags == 129;
    }
    return o->proto == PROTO_ICMP &&
           (o->tcp_flags == 0 || o->tcp_flags == 8 || (o->tcp_flags >= 13 && o->tcp_flags <= 18));
}

/* Questions by technique; fragments, and ICMP answers that nobody asked for,
 * are looked at one by one. */
static inline enum flood_class class_of(const struct observation *o,
                                        const struct contact_seen *seen)
{
    static const uint8_t asked[TECH_COUNT] = {
        [TECH_NONE] = FLOOD_NO,        [TECH_SYN] = FLOOD_SYN,
        [TECH_FIN] = FLOOD_NO,         [TECH_NULL] = FLOOD_NO,
        [TECH_XMAS] = FLOOD_NO,        [TECH_MAIMON] = FLOOD_NO,
        [TECH_ACK] = FLOOD_NO,         [TECH_UDP] = FLOOD_UDP,
        [TECH_ICMP_ECHO] = FLOOD_ICMP, [TECH_ICMP_TIMESTAMP] = FLOOD_ICMP,
        [TECH_ICMP_MASK] = FLOOD_ICMP, [TECH_ARP] = FLOOD_NO,
        [TECH_SCTP_INIT] = FLOOD_NO,   [TECH_SCTP_COOKIE] = FLOOD_NO,
        [TECH_IP_PROTOCOL] = FLOOD_NO, [TECH_BACKSCATTER] = FLOOD_NO,
    };
    if (__builtin_expect((o->flags & OBS_FRAGMENT) != 0, 0)) {
        return FLOOD_FRAGMENT;
    }
    if (seen->role == ROLE_ASKS) {
        return seen->sweeps ? FLOOD_NO : (enum flood_class)asked[seen->technique];
    }
    if (seen->role == ROLE_UNSOLICITED && o->proto == PROTO_UDP) {
        return FLOOD_UDP; /* some of a flood's random source ports are those of services */
    }
    return seen->role != ROLE_ANSWERS && is_echo(o) ? FLOOD_ICMP : FLOOD_NO;
}

/* --- trackers -------------------------------------------------------------- */

static inline uint64_t tracker_key(uint64_t host, enum flood_class class)
{
    return host | (uint64_t)(class + 1) << 40;
}

static inline enum flood_class tracker_class(uint64_t key)
{
    return (enum flood_class)((key >> 40) - 1);
}

static inline uint64_t tracker_host(uint64_t key)
{
    return key & ((UINT64_C(1) << 33) - 1);
}

static inline size_t tracker_start(const struct flood *f, uint64_t key)
{
    return hash_mix(key, f->opt.seed) & (f->cap - 1);
}

/* A victim without a run, seen in neither this second nor the one before, has
 * nothing that counts: its place can be taken. */
static inline bool is_stale(const struct tracker *t, int64_t second)
{
    return t->run == NO_RUN && (uint64_t)(second - t->second + 1) > 2;
}

static struct tracker *take_place(struct tracker *t, uint64_t key, int64_t second, bool displaced)
{
    t->key = key;
    t->second = second - 2;
    t->count = 0;
    t->before = 0;
    t->run = NO_RUN;
    t->displaced = displaced;
    return t;
}

/* Each victim has a home; only when that is taken by another one does it move
 * to one of the next places, and the home remembers that somebody did. */
static struct tracker *tracker_elsewhere(struct flood *f, struct tracker *t, size_t home,
                                         uint64_t key, int64_t second)
{
    struct tracker *stale = is_stale(t, second) ? t : NULL;
    bool others = false;
    for (size_t k = 1; k < WAYS; k++) {
        struct tracker *other = &f->trackers[(home + k) & (f->cap - 1)];
        if (other->key == key) {
            return other;
        }
        bool old = is_stale(other, second);
        others |= !old;
        stale = stale == NULL && old ? other : stale;
    }
    if (stale == NULL) {
        return NULL;
    }
    if (stale == t) {
        return take_place(t, key, second, others);
    }
    t->displaced = true;
    return take_place(stale, key, second, stale->displaced);
}

static inline struct tracker *tracker_in(struct flood *f, uint64_t key, int64_t second)
{
    size_t home = tracker_start(f, key);
    struct tracker *t = &f->trackers[home];
    if (t->key == key) {
        return t;
    }
    if (!t->displaced && is_stale(t, second)) {
        return take_place(t, key, second, false);
    }
    return tracker_elsewhere(f, t, home, key, second);
}

static struct tracker *trackers_new(size_t cap)
{
    struct tracker *t = pages_alloc(cap * sizeof(*t));
    for (size_t i = 0; t != NULL && i < cap; i++) {
        t[i].run = NO_RUN;
        t[i].second = INT64_MIN / 2;
    }
    return t;
}

static bool trackers_grow(struct flood *f, int64_t second)
{
    struct flood next = *f;
    next.cap = f->cap * 2;
    next.trackers = trackers_new(next.cap);
    bool lost = next.trackers == NULL;
    for (size_t k = 0; k < f->cap && !lost; k++) {
        const struct tracker *t = &f->trackers[k];
        if (!is_stale(t, second)) {
            struct tracker *to = tracker_in(&next, t->key, second);
            lost = to == NULL;
            if (to != NULL) {
                bool displaced = to->displaced;
                *to = *t;
                to->displaced = displaced;
            }
        }
    }
    if (lost) { /* no memory; or, as unlikely as it is, no place even so */
        pages_free(next.trackers, next.cap * sizeof(struct tracker));
        return false;
    }
    pages_free(f->trackers, f->cap * sizeof(struct tracker));
    f->trackers = next.trackers;
    f->cap = next.cap;
    return true;
}

/* NULL without memory. */
static inline struct tracker *tracker_for(struct flood *f, uint64_t key, int64_t second)
{
    struct tracker *t = tracker_in(f, key, second);
    while (__builtin_expect(t == NULL, 0) && f->cap < f->most && trackers_grow(f, second)) {
        t = tracker_in(f, key, second);
    }
    return t;
}

/* --- runs ------------------------------------------------------------------ */

static uint64_t *victim_word(struct flood *f, uint32_t target, uint64_t *bit)
{
    uint32_t h = target * UINT32_C(0x9e3779b1) >> 22;
    *bit = UINT64_C(1) << (h % 64);
    return &f->victims[h / 64];
}

static struct run *run_open(struct flood *f, struct tracker *t)
{
    if (f->runs_n == f->runs_cap) {
        size_t cap = f->runs_cap ? f->runs_cap * 2 : 16;
        struct run *p = cap > NO_RUN ? NULL : realloc(f->runs, cap * sizeof(*p));
        if (p == NULL) {
            return NULL;
        }
        f->runs = p;
        f->runs_cap = cap;
    }
    struct run *r = &f->runs[f->runs_n];
    bool from_before = t->before > 0;
    *r = (struct run){
        .host = tracker_host(t->key),
        .class = (uint8_t)tracker_class(t->key),
        .open = true,
        .when = from_before ? extent_of(t->before_first_ns, t->before_first_pos)
                            : extent_of(t->first_ns, t->first_pos),
        .packets = t->before, /* those of this second follow at once */
        .spread = spread_new(f->opt.seed),
    };
    if (r->spread == NULL) {
        return NULL;
    }
    t->run = (uint32_t)f->runs_n++;
    uint64_t bit;
    *victim_word(f, (uint32_t)t->key, &bit) |= bit;
    return r;
}

static void run_close(struct flood *f, struct tracker *t)
{
    struct run *r = &f->runs[t->run];
    r->packets += r->tail;
    if (r->tail > 0) {
        extent_add(&r->when, r->tail_ns, r->tail_pos);
    }
    r->open = false;
    t->run = NO_RUN;
}

/* One more packet in a second that is full: it and all before it count. */
static void run_full(struct run *r, const struct tracker *t, const struct observation *o,
                     bool first_time)
{
    r->packets += first_time ? r->pending + t->count : 1;
    if (first_time) {
        r->pending = 0;
        r->tail = 0;
        r->full_second = t->second;
    }
    extent_add(&r->when, o->time_ns, o->pos);
    r->ttls[o->ttl / 64] |= UINT64_C(1) << o->ttl % 64;
    r->peak = t->count > r->peak ? t->count : r->peak;
}

static void run_waiting(struct run *r, const struct tracker *t, const struct observation *o)
{
    if (t->second == r->full_second + 1) {
        r->tail++;
        r->tail_ns = o->time_ns;
        r->tail_pos = o->pos;
    }
}

static void turn_second(struct flood *f, struct tracker *t, int64_t second,
                        const struct observation *o)
{
    enum flood_class class = tracker_class(t->key);
    const struct definition *d = f->definitions[class];
    bool next = t->count > 0 && second == t->second + 1;
    if (t->run != NO_RUN) {
        struct run *r = &f->runs[t->run];
        bool full = t->count >= f->rates[class];
        r->pending += full ? 0 : t->count;
        if (second - r->full_second > param(d, PARAM_IDLE_S) + 1) {
            run_close(f, t);
        }
    }
    t->before = next ? t->count : 0;
    t->before_first_ns = t->first_ns;
    t->before_first_pos = t->first_pos;
    t->second = second;
    t->count = 0;
    t->first_ns = o->time_ns;
    t->first_pos = o->pos;
}

static void note_fragment(struct run *r, const struct observation *o)
{
    bool more = (o->flags & OBS_MORE) != 0;
    r->first_parts += o->frag_units == 0;
    r->last_parts += !more;
    /* No link on the Internet has a smaller MTU than 576 (RFC 791) or 1280. */
    r->tiny += more && (o->flags & OBS_LATER) != 0 && o->payload_len < 512;
    status_ignore(spread_see(r->spread, &o->src)); /* no memory: a bound, and said so */
}

/* The second of the packet; nearly all are of the one just looked at. */
static inline int64_t second_of(struct flood *f, int64_t time_ns)
{
    if (__builtin_expect((uint64_t)(time_ns - f->second_ns) >= (uint64_t)TIME_SECOND, 0)) {
        f->second = time_ns / TIME_SECOND - (time_ns % TIME_SECOND < 0);
        f->second_ns = f->second * TIME_SECOND;
    }
    return f->second;
}

static enum status track_full(struct flood *f, struct tracker *t, const struct observation *o)
{
    bool first_time = t->count == f->rates[tracker_class(t->key)];
    if (t->run == NO_RUN && run_open(f, t) == NULL) {
        return ST_NOMEM;
    }
    run_full(&f->runs[t->run], t, o, first_time);
    if (tracker_class(t->key) == FLOOD_FRAGMENT) {
        note_fragment(&f->runs[t->run], o);
    }
    return ST_OK;
}

static inline enum status track(struct flood *f, uint64_t key, const struct observation *o)
{
    int64_t second = second_of(f, o->time_ns);
    struct tracker *t = tracker_for(f, key, second);
    if (t == NULL) { /* more victims at once than memory has places: it is not watched */
        f->lost++;
        return ST_OK;
    }
    /* What comes late by less than a second counts where the clock is now. */
    if (t->count == 0 || (second != t->second && second != t->second - 1)) {
        turn_second(f, t, second, o);
    }
    t->count++;
    if (__builtin_expect(t->count >= f->rates[tracker_class(key)], 0)) {
        return track_full(f, t, o);
    }
    if (__builtin_expect(t->run != NO_RUN, 0)) {
        run_waiting(&f->runs[t->run], t, o);
    }
    return ST_OK;
}

/* What sweeps, and what is within a connection, is no part of a flood. */
enum status flood_feed(struct flood *f, const struct obs_batch *batch, const struct contact *c)
{
    const struct contact_seen *seen = contact_seen(c);
    uint8_t which[OBS_BATCH_MAX];
    size_t n = 0;
    for (uint64_t bits = contact_others(c); bits != 0; bits &= bits - 1) {
        unsigned i = (unsigned)__builtin_ctzll(bits);
        enum flood_class class = class_of(&batch->obs[i], &seen[i]);
        if (f->rates[class] != 0 && seen[i].target != HOST_NONE) {
            f->keys[n] = tracker_key(seen[i].target, class);
            __builtin_prefetch(&f->trackers[tracker_start(f, f->keys[n])], 1);
            which[n++] = (uint8_t)i;
        }
    }
    for (size_t k = 0; k < n; k++) {
        TRY(track(f, f->keys[k], &batch->obs[which[k]]));
    }
    return ST_OK;
}

/* --- sources ---------------------------------------------------------------- */

static bool belongs(enum technique t, enum flood_class class)
{
    switch (t) {
    case TECH_SYN:
        return class == FLOOD_SYN;
    case TECH_UDP:
        return class == FLOOD_UDP;
    case TECH_ICMP_ECHO:
    case TECH_ICMP_TIMESTAMP:
    case TECH_ICMP_MASK:
        return class == FLOOD_ICMP;
    default:
        return false;
    }
}

/* Was this pair a request that was served? */
static bool served(enum technique t, uint64_t slot)
{
    if (t == TECH_SYN) {
        return (slot & (PAIR_COMPLETED | PAIR_CLIENT_DATA)) != 0;
    }
    return t == TECH_UDP && (slot & PAIR_ANSWERED) != 0; /* an echo's answer is part of the flood */
}

/* A source's packets towards the victim of one run. */
struct poured {
    uint64_t failed, pairs;
};

static void pour_pair(struct run *r, const struct contact_ended *e, uint64_t slot,
                      struct poured *sum)
{
    uint64_t packets = e->pair_n == 1 ? e->packets : pair_count(slot);
    struct spread *s = r->spread;
    s->pairs++;
    s->answered += (slot & PAIR_ANSWERED) != 0;
    s->refused += (slot & PAIR_REFUSED) != 0;
    if (served(e->technique, slot)) {
        s->served_packets += packets;
        return;
    }
    s->failed_packets += packets;
    s->port_changes += e->pair_n == 1 ? e->port_changes : 0;
    sum->failed += packets;
    if (e->technique == TECH_SYN || e->technique == TECH_UDP) {
        spread_port(s, pair_port(slot));
    }
}

/* An event that lasted longer than the idle time could hold the same source
 * twice; then it is looked up whether it was seen. */
static enum status pour_source(const struct flood *f, struct run *r, const struct contact_ended *e,
                               const struct poured *sum)
{
    struct addr source = host_addr(f->opt.hosts, e->host);
    if (r->when.last_ns - r->when.first_ns <= f->opt.idle_ns) {
        return spread_add(r->spread, &source, sum->failed);
    }
    return spread_see(r->spread, &source);
}

static uint64_t packets_towards(const struct run *r, const struct contact_ended *e)
{
    uint64_t n = 0;
    for (size_t i = 0; i < e->pair_n; i++) {
        n += pair_target(e->slots[i]) == (uint32_t)r->host ? pair_count(e->slots[i]) : 0;
    }
    return n;
}

/* Somebody who was busy elsewhere, too, and longer than the flood: a packet or
 * two of theirs may have come at any time. */
static bool passes_by(const struct run *r, const struct contact_ended *e, uint64_t packets)
{
    enum { FEW = 10 };
    bool within = e->when.first_ns >= r->when.first_ns && e->when.last_ns <= r->when.last_ns;
    return !within && (e->flags & EVENT_ONE_TARGET) == 0 && packets < FEW;
}

static enum status pour_run(const struct flood *f, struct run *r, const struct contact_ended *e)
{
    struct poured sum = {0};
    if ((e->flags & EVENT_ONE_PORT) != 0) { /* one pair of the victim, if any */
        uint16_t port = pair_port(e->slots[0]);
        const uint64_t *slot = contact_ended_pair(e, pair_make((uint32_t)r->host, port));
        if (slot != NULL && !passes_by(r, e, pair_count(*slot))) {
            pour_pair(r, e, *slot, &sum);
        }
    } else if (!passes_by(r, e, packets_towards(r, e))) {
        for (size_t i = 0; i < e->pair_n; i++) {
            if (pair_target(e->slots[i]) == (uint32_t)r->host) {
                pour_pair(r, e, e->slots[i], &sum);
            }
        }
    }
    if (sum.failed == 0) {
        return ST_OK;
    }
    if (e->pair_n == 1) { /* with more it may be a scan */
        r->own_initiators++;
        r->own_packets += e->packets;
    }
    return pour_source(f, r, e, &sum);
}

enum status flood_pour(struct flood *f, const struct contact_ended *e)
{
    if (f->runs_n == 0 || e->technique == TECH_BACKSCATTER) {
        return ST_OK;
    }
    if (e->pair_n == 1) { /* by far the most: is its target among the victims at all? */
        uint64_t bit;
        if ((*victim_word(f, pair_target(e->slots[0]), &bit) & bit) == 0) {
            return ST_OK;
        }
    }
    for (size_t k = 0; k < f->runs_n; k++) {
        struct run *r = &f->runs[k];
        if ((r->host & HOST_V6) == (e->host & HOST_V6) &&
            belongs(e->technique, (enum flood_class)r->class) &&
            e->when.first_ns <= r->when.last_ns && e->when.last_ns >= r->when.first_ns) {
            TRY(pour_run(f, r, e));
        }
    }
    return ST_OK;
}

void flood_mark_hosts(struct flood *f)
{
    for (size_t i = 0; i < f->cap; i++) {
        if (f->trackers[i].key != 0) {
            host_collect_mark(f->opt.hosts, tracker_host(f->trackers[i].key));
        }
    }
    for (size_t i = 0; i < f->runs_n; i++) {
        host_collect_mark(f->opt.hosts, f->runs[i].host);
    }
}

/* --- judging ----------------------------------------------------------------- */

static bool mostly(uint64_t part, uint64_t whole, int64_t percent)
{
    return part * 100 >= whole * (uint64_t)percent && part > 0;
}

/* A fast port scan also sends many packets to one victim, each source to one
 * port after the other; a flood repeats itself, or its sources do not come
 * again. */
static bool is_scan(const struct run *r)
{
    const struct spread *s = r->spread;
    return s->ports >= 15 && r->packets < 4 * s->pairs && s->pairs >= 3 * s->sources;
}

static bool judge_datagrams(const struct run *r, const struct definition *d)
{
    const struct spread *s = r->spread;
    uint64_t spread = s->pairs + s->port_changes;
    /* One steady stream between two ports may be a service of which only one
     * side is seen: a flood varies, or is refused. */
    return s->refused > 0 || spread >= (uint64_t)param(d, FLOOD_SPREAD);
}

static bool judge_fragments(const struct run *r, const struct definition *d)
{
    uint64_t seen = r->packets;
    uint64_t fewer = r->first_parts < r->last_parts ? r->first_parts : r->last_parts;
    uint64_t more = r->first_parts < r->last_parts ? r->last_parts : r->first_parts;
    /* A whole datagram has one first and one last part, and 45 parts at most
     * when its path has an ordinary MTU. */
    bool incomplete = fewer * 46 < seen || fewer * 2 < more;
    uint64_t bad = incomplete ? seen : r->tiny;
    return mostly(bad, seen, param(d, FLOOD_FAILED_PERCENT));
}

static bool is_flood(const struct run *r, const struct definition *d)
{
    const struct spread *s = r->spread;
    uint64_t known = s->served_packets + s->failed_packets;
    if (r->packets < (uint64_t)param(d, FLOOD_PACKETS)) {
        return false;
    }
    switch ((enum flood_class)r->class) {
    case FLOOD_SYN:
        return mostly(s->failed_packets, known, param(d, FLOOD_FAILED_PERCENT)) && !is_scan(r);
    case FLOOD_UDP:
        return mostly(s->failed_packets, known, param(d, FLOOD_FAILED_PERCENT)) &&
               known * 2 > r->packets && /* else nearly all were stray answers */
               !is_scan(r) && judge_datagrams(r, d);
    case FLOOD_FRAGMENT:
        return judge_fragments(r, d);
    default:
        return true;
    }
}

static void tell_ttls(const struct run *r, struct finding *x)
{
    for (unsigned ttl = 0; ttl < 256; ttl++) {
        if ((r->ttls[ttl / 64] >> ttl % 64 & 1) != 0) {
            x->ttl_least = x->ttl_kinds == 0 ? ttl : x->ttl_least;
            x->ttl_most = ttl;
            x->ttl_kinds++;
        }
    }
}

static enum status add_finding(struct flood *f, struct run *r, const struct definition *d)
{
    static const char *const protocols[FLOOD_CLASSES] = {"tcp", "udp", "icmp", "ip"};
    static const char *const techniques[FLOOD_CLASSES] = {"syn", "udp", "icmp-echo", "fragment"};
    struct finding *x = finding_list_begin(f->opt.findings, d);
    if (x == NULL) {
        return ST_NOMEM;
    }
    finding_words(x, techniques[r->class], protocols[r->class]);
    x->has_victim = true;
    x->victim = host_addr(f->opt.hosts, r->host);
    x->flags |= host_is_inner(f->opt.hosts, r->host) ? FINDING_INNER : 0;
    x->target_n = 1;
    x->target_sample[0] = x->victim;
    x->targets = 1;
    x->when = r->when;
    x->packets = r->packets;
    x->peak = r->peak;
    tell_ttls(r, x);
    x->answered = r->spread->answered;
    x->refused = r->spread->refused;
    x->flags |= x->answered + x->refused == 0 ? FINDING_ONE_WAY : 0;
    TRY(spread_tell(r->spread, &f->opt.findings->arena, x));
    if (x->has_initiator &&
        (addr_is_multicast(&x->initiator) || addr_is_broadcast(&x->initiator))) {
        x->authentic = AUTHENTIC_IMPOSSIBLE;
    }
    finding_decide(x, "packets in the fullest second", r->peak, param(d, FLOOD_RATE));
    return finding_identify(x);
}

enum status flood_finish(struct flood *f)
{
    for (size_t i = 0; i < f->cap; i++) {
        if (f->trackers[i].run != NO_RUN) {
            run_close(f, &f->trackers[i]);
        }
    }
    for (size_t i = 0; i < f->runs_n; i++) {
        const struct definition *d = f->definitions[f->runs[i].class];
        if (is_flood(&f->runs[i], d)) {
            f->claimed_initiators += f->runs[i].own_initiators;
            f->claimed_packets += f->runs[i].own_packets;
            TRY(add_finding(f, &f->runs[i], d));
        }
    }
    return ST_OK;
}

void flood_claimed(const struct flood *f, uint64_t *ret_initiators, uint64_t *ret_packets)
{
    *ret_initiators = f->claimed_initiators;
    *ret_packets = f->claimed_packets;
}

uint64_t flood_lost(const struct flood *f)
{
    return f->lost;
}

size_t flood_bytes(const struct flood *f)
{
    return f->cap * sizeof(struct tracker) + f->runs_cap * sizeof(struct run);
}

static void flood_freep(struct flood **f)
{
    flood_free(*f);
}

enum status flood_new(const struct flood_options *opt, struct flood **ret)
{
    static const enum method methods[FLOOD_CLASSES] = {METHOD_FLOOD_SYN, METHOD_FLOOD_UDP,
                                                       METHOD_FLOOD_ICMP, METHOD_FLOOD_FRAGMENT};
    CLEANUP(flood_freep) struct flood *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return ST_NOMEM;
    }
    f->opt = *opt;
    for (unsigned i = 0; i < FLOOD_CLASSES; i++) {
        f->definitions[i] = definition_find(opt->definitions, methods[i]);
        f->rates[i] = f->definitions[i] ? (uint32_t)param(f->definitions[i], FLOOD_RATE) : 0;
    }
    f->cap = START_CAP;
    f->most = TRACKERS_MOST;
    /* While it grows there are two tables, one twice as large as the other. */
    while (opt->memory_bytes != 0 && f->most > START_CAP &&
           f->most + f->most / 2 > opt->memory_bytes / sizeof(struct tracker)) {
        f->most /= 2;
    }
    f->trackers = trackers_new(f->cap);
    if (f->trackers == NULL) {
        return ST_NOMEM;
    }
    *ret = TAKE(f);
    return ST_OK;
}

void flood_free(struct flood *f)
{
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < f->runs_n; i++) {
        spread_free(f->runs[i].spread);
    }
    pages_free(f->trackers, f->cap * sizeof(struct tracker));
    free(f->runs);
    free(f);
}
