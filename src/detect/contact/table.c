/* detect/contact/table.c - records, events, their growth and their end. */
#include "detect/contact/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/pages.h"
#include "base/core/timefmt.h"

enum { SHARD_START = 64, EVENTS_PER_CHUNK = 1024 };

/* --- records ------------------------------------------------------------ */

static inline uint64_t record_hash(const struct table *t, uint64_t host, enum technique tech)
{
    return hash_mix(host | (uint64_t)tech << 40, t->opt.seed);
}

static inline bool record_is(const struct record *r, uint64_t host, enum technique tech)
{
    return r->host == (uint32_t)host && r->technique == tech &&
           (r->flags & RECORD_V6) == (uint8_t)(host >> 32);
}

static inline uint64_t record_host(const struct record *r)
{
    return r->host | ((r->flags & RECORD_V6) != 0 ? HOST_V6 : 0);
}

/* Any capacity will do: the low half of the hash, scaled. */
static inline uint32_t record_start(const struct shard *s, uint64_t hash)
{
    return (uint32_t)((hash & UINT32_MAX) * s->cap >> 32);
}

static inline uint32_t shard_number(uint64_t hash)
{
    return (uint32_t)(hash >> 60);
}

static inline uint32_t step(const struct shard *s, uint32_t i)
{
    return i + 1 == s->cap ? 0 : i + 1;
}

static struct record *record_find_from(const struct shard *s, uint64_t host, enum technique tech,
                                       uint64_t hash)
{
    uint32_t i = record_start(s, hash);
    while (s->records[i].technique != TECH_NONE) {
        if (record_is(&s->records[i], host, tech)) {
            return &s->records[i];
        }
        i = step(s, i);
    }
    return NULL;
}

static struct record *record_find(struct table *t, uint64_t host, enum technique tech)
{
    if (host == HOST_NONE || t->by_technique[tech] == 0) {
        return NULL;
    }
    uint64_t hash = record_hash(t, host, tech);
    return record_find_from(&t->shards[shard_number(hash)], host, tech, hash);
}

/* The empty place where a record of this hash belongs. */
static struct record *record_place(const struct shard *s, uint64_t hash)
{
    uint32_t i = record_start(s, hash);
    while (s->records[i].technique != TECH_NONE) {
        i = step(s, i);
    }
    return &s->records[i];
}

static enum status shard_resize(struct table *t, struct shard *s, uint32_t cap)
{
    struct shard other = {.n = s->n, .cap = cap};
    other.records = pages_alloc(cap * sizeof(struct record));
    if (other.records == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < s->cap; i++) {
        const struct record *r = &s->records[i];
        if (r->technique != TECH_NONE) {
            *record_place(&other, record_hash(t, record_host(r), (enum technique)r->technique)) =
                *r;
        }
    }
    pages_free(s->records, s->cap * sizeof(struct record));
    *s = other;
    return ST_OK;
}

/* A new record, zeroed but for its key; NULL without memory. */
static struct record *record_add(struct table *t, uint64_t host, enum technique tech, uint64_t hash)
{
    struct shard *s = &t->shards[shard_number(hash)];
    if (s->n >= s->cap / 8 * 5 &&
        (s->cap > UINT32_MAX / 2 || shard_resize(t, s, s->cap + s->cap / 2) != ST_OK)) {
        return NULL;
    }
    struct record *r = record_place(s, hash);
    *r = (struct record){.host = (uint32_t)host, .technique = (uint8_t)tech};
    r->flags = (host & HOST_V6) != 0 ? RECORD_V6 : 0;
    s->n++;
    t->records_n++;
    t->by_technique[tech]++;
    t->stats.initiators++;
    return r;
}

/* Empty place i and move up what was pushed past it (Knuth 6.4, R). */
static void record_remove(struct table *t, struct shard *s, uint32_t i)
{
    t->by_technique[s->records[i].technique]--;
    t->records_n--;
    s->n--;
    for (uint32_t j = step(s, i); s->records[j].technique != TECH_NONE; j = step(s, j)) {
        const struct record *r = &s->records[j];
        uint32_t home =
            record_start(s, record_hash(t, record_host(r), (enum technique)r->technique));
        bool between = i <= j ? i < home && home <= j : i < home || home <= j;
        if (!between) {
            s->records[i] = *r;
            i = j;
        }
    }
    s->records[i] = (struct record){0};
}

/* --- events ------------------------------------------------------------- */

static inline struct contact_event *event_at(const struct table *t, uint32_t i)
{
    return &t->chunks[i / EVENTS_PER_CHUNK][i % EVENTS_PER_CHUNK];
}

static bool chunk_add(struct table *t)
{
    if (t->chunks_n == t->chunks_cap) {
        uint32_t cap = t->chunks_cap ? t->chunks_cap * 2 : 16;
        struct contact_event **p = realloc(t->chunks, cap * sizeof(struct contact_event *));
        if (p == NULL) {
            return false;
        }
        t->chunks = p;
        t->chunks_cap = cap;
    }
    struct contact_event *chunk = malloc(EVENTS_PER_CHUNK * sizeof(struct contact_event));
    if (chunk == NULL) {
        return false;
    }
    t->chunks[t->chunks_n++] = chunk;
    return true;
}

static bool event_new(struct table *t, uint32_t *ret)
{
    if (t->free_n > 0) {
        *ret = t->free_events[--t->free_n];
        return true;
    }
    if (t->events_n == t->chunks_n * EVENTS_PER_CHUNK && !chunk_add(t)) {
        return false;
    }
    *ret = t->events_n++;
    return true;
}

static size_t detail_size(const struct contact_detail *d)
{
    return sizeof(*d) + span_map_room(&d->targets) + span_map_room(&d->ports);
}

static struct pair_set pairs_of(const struct contact_event *e)
{
    return (struct pair_set){.slots = e->slots, .n = e->pair_n, .order = e->pair_order};
}

static void detail_free(struct table *t, struct contact_event *e)
{
    struct contact_detail *d = e->detail;
    if (d == NULL) {
        return;
    }
    struct pair_set pairs = pairs_of(e);
    t->detail_bytes -= detail_size(d) + pair_set_room(&pairs) * sizeof(uint64_t);
    pair_set_fini(&pairs, &t->pool);
    span_map_fini(&d->targets);
    span_map_fini(&d->ports);
    free(d->first_times);
    free(d);
    e->detail = NULL;
}

/* Give an event's number back; without memory for the list it is only lost. */
static void event_release(struct table *t, uint32_t i)
{
    detail_free(t, event_at(t, i));
    if (t->free_n == t->free_cap) {
        uint32_t cap = t->free_cap ? t->free_cap * 2 : 256;
        uint32_t *p = realloc(t->free_events, cap * sizeof(*p));
        if (p == NULL) {
            return;
        }
        t->free_events = p;
        t->free_cap = cap;
    }
    t->free_events[t->free_n++] = i;
}

/* Hand the record's event to the listener; the record itself stays. */
static void record_end(struct table *t, struct record *r)
{
    struct contact_ended e = {
        .technique = (enum technique)r->technique,
        .host = record_host(r),
        .marks = r->marks,
        .flags = EVENT_ONE_TARGET | EVENT_ONE_PORT,
        .inner = (r->flags & RECORD_INNER) != 0,
    };
    if ((r->flags & RECORD_BIG) == 0) {
        e.when = extent_of(r->time_ns, r->pos);
        e.packets = 1;
        e.slots = &r->pair;
        e.slot_n = e.pair_n = 1;
    } else {
        const struct contact_event *v = event_at(t, r->event);
        e.when = v->when;
        e.packets = v->packets;
        e.detail = v->detail;
        e.slots = v->detail ? v->slots : &v->pair;
        e.slot_n = v->detail ? (size_t)1 << v->pair_order : 1;
        e.pair_n = v->detail ? v->pair_n : 1;
        e.flags = v->flags;
        bool series = strcmp(technique_protocol(e.technique), "tcp") == 0;
        e.ttl_min = series ? 0 : r->ttl_min;
        e.ttl_max = series ? 0 : r->ttl_max;
        e.port_changes = series ? 0 : r->port_changes;
    }
    t->opt.ended(t->opt.ctx, &e);
    if ((r->flags & RECORD_BIG) != 0) {
        event_release(t, r->event);
        r->flags &= (uint8_t)~RECORD_BIG;
    }
}

/* --- asking ------------------------------------------------------------- */

static inline int64_t idle_of(const struct table *t, enum technique tech)
{
    return tech == TECH_BACKSCATTER ? t->opt.backscatter_idle_ns : t->opt.scan_idle_ns;
}

static inline int64_t record_last(const struct table *t, const struct record *r)
{
    return (r->flags & RECORD_BIG) != 0 ? event_at(t, r->event)->when.last_ns : r->time_ns;
}

static inline bool is_idle(int64_t now, int64_t last, int64_t idle)
{
    return (uint64_t)now - (uint64_t)last > (uint64_t)idle && time_abs_diff(now, last) > idle;
}

static inline bool record_idle(const struct table *t, const struct record *r, int64_t time_ns)
{
    return is_idle(time_ns, record_last(t, r), idle_of(t, (enum technique)r->technique));
}

static inline void start_record(struct record *r, uint64_t pair, uint16_t marks,
                                const struct observation *o)
{
    r->pair = pair | 1;
    r->time_ns = o->time_ns;
    r->pos = o->pos;
    r->marks = marks;
    r->flags |= (o->flags & OBS_INNER) != 0 ? RECORD_INNER : 0;
}

/* The second packet: the record's fields move into an event. The series of
 * tool marks begin with this packet, since the first one's code was not kept. */
static bool make_event(struct table *t, struct record *r, const struct observation *o)
{
    uint32_t i;
    if (!event_new(t, &i)) {
        return false;
    }
    *event_at(t, i) = (struct contact_event){
        .when = extent_of(r->time_ns, r->pos),
        .packets = 1,
        .pair = r->pair,
        .pair_n = 1,
        .flags = EVENT_ONE_TARGET | EVENT_ONE_PORT | EVENT_SERIES_NMAP | EVENT_SERIES_UNICORN,
    };
    r->first_target = pair_target(event_at(t, i)->pair);
    r->first_port = pair_port(event_at(t, i)->pair);
    r->event = i;
    r->flags |= RECORD_BIG;
    if (o->proto == PROTO_TCP) {
        r->nmap_first = tool_nmap_code(o);
        r->unicorn_key = tool_unicorn_key(o);
    } else {
        r->port_changes = 0;
        r->last_port = o->src_port;
        r->ttl_min = o->ttl;
        r->ttl_max = o->ttl;
    }
    return true;
}

/* A second pair: from here on the pairs are a set. */
static bool make_detail(struct table *t, const struct record *r, struct contact_event *e)
{
    struct contact_detail *d = calloc(1, sizeof(*d));
    struct pair_set pairs = {0};
    if (d == NULL || !pair_set_grow(&pairs, &t->pool, t->opt.seed)) {
        free(d);
        return false;
    }
    *pair_set_add(&pairs, e->pair, t->opt.seed) = e->pair;
    if (r->technique == TECH_ARP && t->opt.arp_targets > 1) {
        d->first_times = calloc(t->opt.arp_targets, sizeof(*d->first_times));
        if (d->first_times != NULL) {
            d->first_times[d->ring_at++] = e->when.first_ns;
        }
    }
    e->slots = pairs.slots;
    e->pair_n = pairs.n;
    e->pair_order = pairs.order;
    e->detail = d;
    t->detail_bytes += detail_size(d) + pair_set_room(&pairs) * sizeof(uint64_t);
    return true;
}

/* All packets so far had this target (or port): its times are the event's. */
static void seed_span(struct span_map *m, uint32_t key, const struct contact_event *e)
{
    struct span *s = span_map_put(m, key);
    if (s != NULL) {
        uint32_t n = e->packets > UINT32_MAX ? UINT32_MAX : (uint32_t)e->packets;
        *s = (struct span){.key = key, .packets = n, .when = e->when};
    }
}

static void note_new_sides(const struct record *r, struct contact_event *e, uint64_t pair)
{
    if ((e->flags & EVENT_ONE_TARGET) != 0 && pair_target(pair) != r->first_target) {
        seed_span(&e->detail->targets, r->first_target, e);
        e->flags &= (uint8_t)~EVENT_ONE_TARGET;
    }
    if ((e->flags & EVENT_ONE_PORT) != 0 && pair_port(pair) != r->first_port) {
        seed_span(&e->detail->ports, r->first_port, e);
        e->flags &= (uint8_t)~EVENT_ONE_PORT;
    }
}

/* Times per target (or port) are kept where they can decide something: not in
 * a sweep of few ports over many targets, nor the other way. False: no more. */
static bool keep_span(struct table *t, struct span_map *m, bool other_few, uint32_t key,
                      const struct observation *o)
{
    size_t before = span_map_room(m);
    struct span *s = span_map_put(m, key);
    if (s != NULL) {
        span_add(s, o->time_ns, o->pos);
    }
    if (m->n > SPANS_SOME && other_few) {
        span_map_fini(m);
        m->closed = true;
    }
    t->detail_bytes += span_map_room(m) - before;
    return !m->closed;
}

static bool wants_spans(const struct contact_event *e)
{
    return (e->flags & (EVENT_ONE_TARGET | EVENT_NO_TARGETS)) == 0 ||
           (e->flags & (EVENT_ONE_PORT | EVENT_NO_PORTS)) == 0;
}

static void note_spans(struct table *t, struct contact_event *e, uint64_t pair,
                       const struct observation *o)
{
    enum { FEW = 5 };
    struct contact_detail *d = e->detail;
    bool one_port = (e->flags & EVENT_ONE_PORT) != 0;
    bool one_target = (e->flags & EVENT_ONE_TARGET) != 0;
    if (!one_target && (e->flags & EVENT_NO_TARGETS) == 0) {
        bool few = one_port || ((e->flags & EVENT_NO_PORTS) == 0 && d->ports.n <= FEW);
        if (!keep_span(t, &d->targets, few, pair_target(pair), o)) {
            e->flags |= EVENT_NO_TARGETS;
        }
    }
    if (!one_port && (e->flags & EVENT_NO_PORTS) == 0) {
        bool few = one_target || ((e->flags & EVENT_NO_TARGETS) == 0 && d->targets.n <= FEW);
        if (!keep_span(t, &d->ports, few, pair_port(pair), o)) {
            e->flags |= EVENT_NO_PORTS;
        }
    }
}

/* ARP sweeps are told from a busy router's questions by their density: are
 * enough new targets within the window? */
static void ring_add(const struct table *t, const struct contact_event *e, int64_t time_ns)
{
    struct contact_detail *d = e->detail;
    if (d->first_times == NULL || d->dense) {
        return;
    }
    d->first_times[d->ring_at] = time_ns;
    d->ring_at = (uint16_t)((d->ring_at + 1U) % t->opt.arp_targets);
    d->dense = e->pair_n >= t->opt.arp_targets &&
               time_abs_diff(time_ns, d->first_times[d->ring_at]) <= t->opt.arp_window_ns;
}

/* Where the set cannot grow, pairs that it has are still counted. */
static void add_without_room(struct table *t, struct contact_event *e, uint64_t pair)
{
    struct pair_set pairs = pairs_of(e);
    uint64_t *slot = pair_set_find(&pairs, pair, t->opt.seed);
    if (slot != NULL) {
        pair_add(slot);
    } else {
        e->detail->lost_pairs = true;
        t->stats.lost++;
    }
}

static inline void add_pair(struct table *t, struct contact_event *e, enum technique tech,
                            uint64_t pair, const struct observation *o)
{
    struct pair_set pairs = pairs_of(e);
    if (__builtin_expect(pair_set_is_full(&pairs), 0)) {
        if (t->full || !pair_set_grow(&pairs, &t->pool, t->opt.seed)) {
            add_without_room(t, e, pair);
            return;
        }
        t->detail_bytes += pair_set_room(&pairs) / 2 * sizeof(uint64_t);
        e->slots = pairs.slots;
        e->pair_order = pairs.order;
    }
    (void)pair_set_add(&pairs, pair, t->opt.seed); /* the slot is of no use here */
    if (pairs.n != e->pair_n) {
        e->pair_n = pairs.n;
        if (tech == TECH_ARP) {
            ring_add(t, e, o->time_ns);
        }
    }
}

/* Tool marks: while all packets have the same, counting packets is enough. */
static void note_other_marks(struct record *r, struct contact_event *e, uint16_t marks)
{
    struct contact_detail *d = e->detail;
    if (d == NULL) { /* one pair: no scan, its marks are only a start */
        r->marks &= marks;
        return;
    }
    if ((e->flags & EVENT_MARKS_VARY) == 0) {
        e->flags |= EVENT_MARKS_VARY;
        for (unsigned m = 0; m < TOOL_PER_PACKET; m++) {
            uint32_t n = e->packets > UINT32_MAX ? UINT32_MAX : (uint32_t)e->packets;
            d->matched[m] = (r->marks >> m & 1) != 0 ? n : 0;
        }
    }
    for (uint16_t left = marks; left != 0; left &= (uint16_t)(left - 1)) {
        d->matched[__builtin_ctz(left)]++;
    }
}

static inline void note_series(const struct record *r, struct contact_event *e,
                               const struct observation *o)
{
    bool nmap = tool_nmap_series(tool_nmap_code(o), r->nmap_first);
    bool unicorn = tool_unicorn_key(o) == r->unicorn_key;
    uint8_t kept = (uint8_t)((nmap ? EVENT_SERIES_NMAP : 0) | (unicorn ? EVENT_SERIES_UNICORN : 0));
    uint8_t both = EVENT_SERIES_NMAP | EVENT_SERIES_UNICORN;
    if (kept != 0 && e->detail != NULL) { /* counted from where the series broke */
        e->detail->matched[TOOL_NMAP_SERIES] += (kept & ~e->flags & EVENT_SERIES_NMAP) != 0;
        e->detail->matched[TOOL_UNICORNSCAN] += (kept & ~e->flags & EVENT_SERIES_UNICORN) != 0;
    }
    e->flags &= (uint8_t)(kept | ~both);
}

static inline void note_others(struct record *r, const struct observation *o)
{
    r->ttl_min = o->ttl < r->ttl_min ? o->ttl : r->ttl_min;
    r->ttl_max = o->ttl > r->ttl_max ? o->ttl : r->ttl_max;
    r->port_changes += o->src_port != r->last_port;
    r->last_port = o->src_port;
}

void contact_tools(const struct contact_ended *e, struct tool_tally *ret)
{
    const struct contact_detail *d = e->detail;
    *ret = (struct tool_tally){.packets = e->packets};
    for (unsigned m = 0; m < TOOL_PER_PACKET; m++) {
        bool vary = (e->flags & EVENT_MARKS_VARY) != 0 && d != NULL;
        ret->matched[m] = vary ? d->matched[m] : (e->marks >> m & 1) != 0 ? e->packets : 0;
    }
    ret->series = e->packets > 2 && d != NULL ? e->packets - 2 : 0;
    bool nmap = (e->flags & EVENT_SERIES_NMAP) != 0;
    bool unicorn = (e->flags & EVENT_SERIES_UNICORN) != 0;
    if (ret->series > 0) {
        ret->matched[TOOL_NMAP_SERIES] = nmap ? ret->series : d->matched[TOOL_NMAP_SERIES];
        ret->matched[TOOL_UNICORNSCAN] = unicorn ? ret->series : d->matched[TOOL_UNICORNSCAN];
    }
}

static enum status ask_again(struct table *t, struct record *r, uint64_t pair,
                             const struct observation *o, uint16_t marks)
{
    if ((r->flags & RECORD_BIG) == 0 && !make_event(t, r, o)) {
        return ST_NOMEM;
    }
    struct contact_event *e = event_at(t, r->event);
    if (e->detail == NULL && !pair_same(e->pair, pair) && !make_detail(t, r, e)) {
        return ST_NOMEM;
    }
    if (marks != r->marks || (e->flags & EVENT_MARKS_VARY) != 0) {
        note_other_marks(r, e, marks);
    }
    if (o->proto == PROTO_TCP) {
        note_series(r, e, o);
    } else {
        note_others(r, o);
    }
    if (e->detail != NULL) {
        if ((e->flags & (EVENT_ONE_TARGET | EVENT_ONE_PORT)) != 0) {
            note_new_sides(r, e, pair);
        }
        if (wants_spans(e)) {
            note_spans(t, e, pair, o);
        }
        add_pair(t, e, (enum technique)r->technique, pair, o);
    } else {
        pair_add(&e->pair);
    }
    extent_add(&e->when, o->time_ns, o->pos);
    e->packets++;
    return ST_OK;
}

static enum status ask_new(struct table *t, const struct asked *a, const struct observation *o)
{
    struct record *r = record_add(t, a->host, (enum technique)a->technique, a->hash);
    if (r == NULL) {
        return ST_NOMEM;
    }
    start_record(r, a->pair, a->marks, o);
    return ST_OK;
}

enum status table_ask(struct table *t, const struct asked *a, const struct observation *o)
{
    enum technique tech = (enum technique)a->technique;
    struct shard *s = &t->shards[shard_number(a->hash)];
    struct record *r = a->place < s->cap ? &s->records[a->place] : NULL;
    if (r == NULL || !record_is(r, a->host, tech)) {
        r = record_find_from(s, a->host, tech, a->hash);
        if (r == NULL) {
            return ask_new(t, a, o);
        }
    }
    if (__builtin_expect(record_idle(t, r, o->time_ns), 0)) {
        record_end(t, r);
        start_record(r, a->pair, a->marks, o);
        return ST_OK;
    }
    return ask_again(t, r, a->pair, o, a->marks);
}

enum status table_ask_now(struct table *t, uint64_t host, enum technique tech, uint64_t pair,
                          const struct observation *o)
{
    struct asked a = {.host = host,
                      .pair = pair,
                      .hash = record_hash(t, host, tech),
                      .place = UINT32_MAX,
                      .marks = tool_marks(o),
                      .technique = (uint8_t)tech};
    return table_ask(t, &a, o);
}

static uint64_t *slot_in(const struct table *t, struct record *r, uint64_t pair)
{
    uint64_t *one = &r->pair;
    if ((r->flags & RECORD_BIG) != 0) {
        struct contact_event *e = event_at(t, r->event);
        if (e->detail != NULL) {
            struct pair_set pairs = pairs_of(e);
            return pair_set_find(&pairs, pair, t->opt.seed);
        }
        one = &e->pair;
    }
    return pair_same(*one, pair) ? one : NULL;
}

uint64_t *table_pair(struct table *t, uint64_t host, enum technique tech, uint64_t pair,
                     int64_t time_ns)
{
    struct record *r = record_find(t, host, tech);
    return r == NULL || record_idle(t, r, time_ns) ? NULL : slot_in(t, r, pair);
}

/* --- fetching ahead ------------------------------------------------------- */

void table_look(const struct table *t, struct asked *a)
{
    a->hash = record_hash(t, a->host, (enum technique)a->technique);
    const struct shard *s = &t->shards[shard_number(a->hash)];
    a->place = record_start(s, a->hash);
    __builtin_prefetch(&s->records[a->place], 1);
}

void table_look_pair(const struct table *t, uint64_t host, enum technique tech)
{
    uint64_t hash = record_hash(t, host, tech);
    const struct shard *s = &t->shards[shard_number(hash)];
    __builtin_prefetch(&s->records[record_start(s, hash)], 1);
}

void table_locate(const struct table *t, struct asked *a)
{
    const struct shard *s = &t->shards[shard_number(a->hash)];
    uint32_t i = a->place;
    a->event = NULL;
    for (int k = 0; k < 6; k++) { /* most are found in the first places */
        const struct record *r = &s->records[i];
        if (record_is(r, a->host, (enum technique)a->technique)) {
            a->place = i;
            if ((r->flags & RECORD_BIG) != 0) {
                a->event = event_at(t, r->event);
                __builtin_prefetch(a->event, 1);
            }
            return;
        }
        if (r->technique == TECH_NONE) {
            return;
        }
        i = step(s, i);
    }
}

void table_fetch(const struct table *t, const struct asked *a)
{
    const struct contact_event *e = a->event;
    if (e == NULL || e->detail == NULL) {
        return;
    }
    struct pair_set pairs = pairs_of(e);
    __builtin_prefetch(&pairs.slots[pair_set_start(&pairs, a->pair, t->opt.seed)], 1);
    if (wants_spans(e)) {
        __builtin_prefetch(e->detail, 1);
        __builtin_prefetch((const uint8_t *)e->detail + 64, 1);
    }
}

/* --- ending ------------------------------------------------------------- */

static bool is_over(const struct table *t, const struct record *r, int64_t now, int64_t share)
{
    int64_t idle = idle_of(t, (enum technique)r->technique) / share;
    if (share > 1 && (r->flags & RECORD_BIG) != 0) {
        idle *= 2;
    }
    return is_idle(now, record_last(t, r), idle);
}

uint64_t table_sweep(struct table *t, int64_t now, int64_t share)
{
    uint64_t ended = 0;
    for (unsigned k = 0; k < TABLE_SHARDS; k++) {
        struct shard *s = &t->shards[k];
        for (uint32_t i = 0; i < s->cap;) {
            struct record *r = &s->records[i];
            if (r->technique == TECH_NONE || !is_over(t, r, now, share)) {
                i++;
                continue;
            }
            record_end(t, r);
            record_remove(t, s, i); /* something else may stand here now: look again */
            ended++;
        }
        if (s->cap > SHARD_START && s->n < s->cap / 4) {
            (void)shard_resize(t, s, s->cap / 2); /* without memory it just stays large */
        }
    }
    return ended;
}

void table_mark_hosts(struct table *t)
{
    for (unsigned k = 0; k < TABLE_SHARDS; k++) {
        for (uint32_t i = 0; i < t->shards[k].cap; i++) {
            const struct record *r = &t->shards[k].records[i];
            if (r->technique == TECH_NONE || (r->flags & RECORD_V6) == 0) {
                continue;
            }
            host_collect_mark(t->opt.hosts, record_host(r));
            const uint64_t *slots = &r->pair;
            size_t n = 1;
            if ((r->flags & RECORD_BIG) != 0) {
                const struct contact_event *e = event_at(t, r->event);
                slots = e->detail ? e->slots : &e->pair;
                n = e->detail ? (size_t)1 << e->pair_order : 1;
            }
            for (size_t i2 = 0; i2 < n; i2++) {
                if (slots[i2] != 0) {
                    host_collect_mark(t->opt.hosts, HOST_V6 | pair_target(slots[i2]));
                }
            }
        }
    }
}

void table_end_all(struct table *t)
{
    for (unsigned k = 0; k < TABLE_SHARDS; k++) {
        struct shard *s = &t->shards[k];
        for (uint32_t i = 0; i < s->cap; i++) {
            if (s->records[i].technique != TECH_NONE) {
                record_end(t, &s->records[i]);
                s->records[i] = (struct record){0};
            }
        }
        s->n = 0;
    }
    t->records_n = 0;
    memset(t->by_technique, 0, sizeof(t->by_technique));
}

size_t table_bytes(const struct table *t)
{
    size_t bytes = t->detail_bytes + t->chunks_n * sizeof(struct contact_event) * EVENTS_PER_CHUNK;
    for (unsigned k = 0; k < TABLE_SHARDS; k++) {
        bytes += t->shards[k].cap * sizeof(struct record);
    }
    return bytes;
}

enum status table_init(struct table *t, const struct contact_options *opt)
{
    *t = (struct table){.opt = *opt};
    for (unsigned k = 0; k < TABLE_SHARDS; k++) {
        t->shards[k].records = pages_alloc(SHARD_START * sizeof(struct record));
        if (t->shards[k].records == NULL) {
            table_fini(t);
            return ST_NOMEM;
        }
        t->shards[k].cap = SHARD_START;
    }
    return ST_OK;
}

void table_fini(struct table *t)
{
    for (unsigned k = 0; k < TABLE_SHARDS; k++) {
        struct shard *s = &t->shards[k];
        for (uint32_t i = 0; i < s->cap; i++) {
            if (s->records[i].technique != TECH_NONE && (s->records[i].flags & RECORD_BIG) != 0) {
                detail_free(t, event_at(t, s->records[i].event));
            }
        }
        pages_free(s->records, s->cap * sizeof(struct record));
    }
    for (uint32_t i = 0; i < t->chunks_n; i++) {
        free(t->chunks[i]);
    }
    free(t->chunks);
    free(t->free_events);
    pool_fini(&t->pool);
    *t = (struct table){0};
}
