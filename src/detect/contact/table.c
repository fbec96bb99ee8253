/* detect/contact/table.c - records, events, their growth and their end. */
#include "detect/contact/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/pages.h"
#include "base/core/timefmt.h"

enum { RECORDS_START = 1024, EVENTS_START = 64, SPANS_FEW = 5 };

/* --- records ------------------------------------------------------------ */

static inline size_t record_start(const struct table *t, uint64_t key)
{
    return hash_mix(key, t->opt.seed) >> t->shift;
}

static inline bool record_is(const struct record *r, uint64_t key)
{
    return ((r->head ^ key) & RECORD_KEY) == 0;
}

static inline enum technique record_technique(const struct record *r)
{
    return (enum technique)(r->head >> 32 & 63);
}

static inline uint64_t record_host(const struct record *r)
{
    return (r->head & UINT32_MAX) | ((r->head & RECORD_V6) != 0 ? HOST_V6 : 0);
}

static inline uint16_t record_marks(const struct record *r)
{
    return (uint16_t)(r->head >> RECORD_MARKS_SHIFT);
}

static inline bool is_big(const struct record *r)
{
    return (r->head & RECORD_BIG) != 0;
}

static struct record *record_find_from(const struct table *t, uint64_t key, size_t i)
{
    while (t->records[i].head != 0) {
        if (record_is(&t->records[i], key)) {
            return &t->records[i];
        }
        i = (i + 1) & (t->cap - 1);
    }
    return NULL;
}

static struct record *record_find(const struct table *t, uint64_t host, enum technique tech)
{
    if (host == HOST_NONE || t->by_technique[tech] == 0) {
        return NULL;
    }
    uint64_t key = record_key(host, tech);
    return record_find_from(t, key, record_start(t, key));
}

static enum status records_resize(struct table *t, size_t cap)
{
    struct record *old = t->records;
    size_t old_cap = t->cap;
    struct record *records = pages_alloc(cap * sizeof(*records));
    if (records == NULL) {
        return ST_NOMEM;
    }
    t->records = records;
    t->cap = cap;
    t->shift = (unsigned)__builtin_clzll(cap) + 1;
    for (size_t k = 0; k < old_cap; k++) {
        if (old[k].head != 0) {
            size_t i = record_start(t, old[k].head & RECORD_KEY);
            while (records[i].head != 0) {
                i = (i + 1) & (cap - 1);
            }
            records[i] = old[k];
        }
    }
    pages_free(old, old_cap * sizeof(*old));
    return ST_OK;
}

/* A new record, of which only the key is set; NULL without memory. */
static struct record *record_add(struct table *t, uint64_t key, uint16_t marks)
{
    if (t->records_n >= t->cap / 8 * 5 && records_resize(t, t->cap * 2) != ST_OK &&
        t->records_n >= t->cap - t->cap / 16) {
        return NULL;
    }
    size_t i = record_start(t, key);
    while (t->records[i].head != 0) {
        i = (i + 1) & (t->cap - 1);
    }
    t->records[i].head = key | (uint64_t)marks << RECORD_MARKS_SHIFT;
    t->records_n++;
    t->by_technique[key >> 32 & 63]++;
    t->stats.initiators++;
    return &t->records[i];
}

/* Empty place i and move up what was pushed past it (Knuth 6.4, R). */
static void record_remove(struct table *t, size_t i)
{
    t->by_technique[record_technique(&t->records[i])]--;
    t->records_n--;
    for (size_t j = (i + 1) & (t->cap - 1); t->records[j].head != 0; j = (j + 1) & (t->cap - 1)) {
        size_t home = record_start(t, t->records[j].head & RECORD_KEY);
        bool between = i <= j ? i < home && home <= j : i < home || home <= j;
        if (!between) {
            t->records[i] = t->records[j];
            i = j;
        }
    }
    t->records[i] = (struct record){0};
}

/* --- events ------------------------------------------------------------- */

static inline struct contact_event *event_at(const struct table *t, uint32_t i)
{
    return &t->events[i];
}

static bool events_grow(struct table *t)
{
    uint32_t cap = t->events_cap ? t->events_cap * 2 : EVENTS_START;
    if (cap < t->events_cap) {
        return false;
    }
    struct contact_event *events = pages_alloc(cap * sizeof(*events));
    if (events == NULL) {
        return false;
    }
    if (t->events_n > 0) {
        memcpy(events, t->events, t->events_n * sizeof(*events));
    }
    pages_free(t->events, t->events_cap * sizeof(*events));
    t->events = events;
    t->events_cap = cap;
    return true;
}

static bool event_new(struct table *t, uint32_t *ret)
{
    if (t->free_n > 0) {
        *ret = t->free_events[--t->free_n];
        return true;
    }
    if (t->events_n == t->events_cap && !events_grow(t)) {
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
        .technique = record_technique(r),
        .host = record_host(r),
        .marks = record_marks(r),
        .flags = EVENT_ONE_TARGET | EVENT_ONE_PORT,
        .inner = (r->head & RECORD_INNER) != 0,
    };
    if (!is_big(r)) {
        e.when = extent_of(r->time_ns, r->pos);
        e.packets = 1;
        e.slots = &r->pair;
        e.slot_n = e.pair_n = 1;
    } else {
        const struct contact_event *v = event_at(t, r->event);
        bool tcp = technique_is_tcp(e.technique);
        e.when = v->when;
        e.packets = v->packets;
        e.detail = v->detail;
        e.slots = v->detail ? v->slots : &v->pair;
        e.slot_n = v->detail ? (size_t)1 << v->pair_order : 1;
        e.pair_n = v->detail ? v->pair_n : 1;
        e.flags = v->flags;
        e.nmap_series = tcp ? (uint32_t)v->packets - r->nmap_since : 0;
        e.ttl_min = tcp ? 0 : r->ttl_min;
        e.ttl_max = tcp ? 0 : r->ttl_max;
        e.port_changes = tcp ? 0 : r->port_changes;
    }
    t->opt.ended(t->opt.ctx, &e);
    if (is_big(r)) {
        event_release(t, r->event);
        r->head &= ~RECORD_BIG;
    }
}

/* --- asking ------------------------------------------------------------- */

static inline int64_t idle_of(const struct table *t, enum technique tech)
{
    return tech == TECH_BACKSCATTER ? t->opt.backscatter_idle_ns : t->opt.scan_idle_ns;
}

static inline int64_t record_last(const struct table *t, const struct record *r)
{
    return is_big(r) ? event_at(t, r->event)->when.last_ns : r->time_ns;
}

static inline bool is_idle(int64_t now, int64_t last, int64_t idle)
{
    return (uint64_t)now - (uint64_t)last > (uint64_t)idle && time_abs_diff(now, last) > idle;
}

static inline bool record_idle(const struct table *t, const struct record *r, int64_t time_ns)
{
    return is_idle(time_ns, record_last(t, r), idle_of(t, record_technique(r)));
}

static inline void start_record(struct record *r, uint64_t pair, const struct observation *o)
{
    r->pair = pair | 1;
    r->time_ns = o->time_ns;
    r->pos = o->pos;
    r->head |= (o->flags & OBS_INNER) != 0 ? RECORD_INNER : 0;
}

/* The second packet: the record's fields move into an event. The series of
 * tool marks begin with this packet, since the first one's code was not kept. */
static bool make_event(struct table *t, struct record *r, const struct observation *o)
{
    uint32_t i;
    if (!event_new(t, &i)) {
        return false;
    }
    uint64_t pair = r->pair;
    *event_at(t, i) = (struct contact_event){
        .when = extent_of(r->time_ns, r->pos),
        .packets = 1,
        .pair = pair,
        .pair_n = 1,
        .flags = EVENT_ONE_TARGET | EVENT_ONE_PORT | EVENT_SERIES,
    };
    r->first_target = pair_target(pair);
    r->first_port = pair_port(pair);
    r->event = i;
    r->head |= RECORD_BIG;
    if (o->proto == PROTO_TCP) {
        r->nmap_first = tool_nmap_code(o);
        r->nmap_since = 1;
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
    if (record_technique(r) == TECH_ARP && t->opt.arp_targets > 1) {
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

static void update_spans_flag(struct contact_event *e)
{
    bool wants = (e->flags & (EVENT_ONE_TARGET | EVENT_NO_TARGETS)) == 0 ||
                 (e->flags & (EVENT_ONE_PORT | EVENT_NO_PORTS)) == 0;
    e->flags = (uint8_t)((e->flags & ~EVENT_SPANS) | (wants ? EVENT_SPANS : 0));
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
    update_spans_flag(e);
}

/* Times per target (or port) are kept where they can decide something: not in
 * a sweep of few ports over many targets, nor the other way. False: no more. */
static bool keep_span(struct table *t, struct span_map *m, bool other_few, uint32_t key,
                      const struct observation *o)
{
    struct span *s = span_map_find(m, key);
    if (s != NULL) { /* nearly always */
        span_add(s, o->time_ns, o->pos);
        return true;
    }
    size_t before = span_map_room(m);
    s = span_map_put(m, key);
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

static void note_spans(struct table *t, struct contact_event *e, uint64_t pair,
                       const struct observation *o)
{
    struct contact_detail *d = e->detail;
    bool one_port = (e->flags & EVENT_ONE_PORT) != 0;
    bool one_target = (e->flags & EVENT_ONE_TARGET) != 0;
    if (!one_target && (e->flags & EVENT_NO_TARGETS) == 0) {
        bool few = one_port || ((e->flags & EVENT_NO_PORTS) == 0 && d->ports.n <= SPANS_FEW);
        if (!keep_span(t, &d->targets, few, pair_target(pair), o)) {
            e->flags |= EVENT_NO_TARGETS;
            update_spans_flag(e);
        }
    }
    if (!one_port && (e->flags & EVENT_NO_PORTS) == 0) {
        bool few =
            one_target || ((e->flags & EVENT_NO_TARGETS) == 0 && d->targets.n <= SPANS_FEW);
        if (!keep_span(t, &d->ports, few, pair_port(pair), o)) {
            e->flags |= EVENT_NO_PORTS;
            update_spans_flag(e);
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
    uint16_t had = record_marks(r);
    if (d == NULL) { /* one pair: no scan, its marks are only a start */
        r->head &= ~((uint64_t)(uint16_t)~marks << RECORD_MARKS_SHIFT);
        return;
    }
    if ((e->flags & EVENT_MARKS_VARY) == 0) {
        e->flags |= EVENT_MARKS_VARY;
        for (unsigned m = 0; m < TOOL_PER_PACKET; m++) {
            uint32_t n = e->packets > UINT32_MAX ? UINT32_MAX : (uint32_t)e->packets;
            d->matched[m] = (had >> m & 1) != 0 ? n : 0;
        }
    }
    for (uint16_t left = marks; left != 0; left &= (uint16_t)(left - 1)) {
        d->matched[__builtin_ctz(left)]++;
    }
}

static inline void note_series(struct record *r, struct contact_event *e,
                               const struct observation *o)
{
    uint32_t code = tool_nmap_code(o);
    if (!tool_nmap_series(code, r->nmap_first)) { /* it begins anew */
        r->nmap_first = code;
        r->nmap_since = (uint32_t)e->packets;
    }
    if (tool_unicorn_key(o) != r->unicorn_key) {
        e->flags &= (uint8_t)~EVENT_SERIES;
    }
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
    if (technique_is_tcp(e->technique) && e->packets > 2 && d != NULL) {
        ret->series = e->packets - 2;
        ret->matched[TOOL_NMAP_SERIES] = e->nmap_series > 0 ? e->nmap_series - 1 : 0;
        ret->matched[TOOL_UNICORNSCAN] = (e->flags & EVENT_SERIES) != 0 ? ret->series : 0;
    }
}

static enum status ask_again(struct table *t, struct record *r, uint64_t pair,
                             const struct observation *o, uint16_t marks)
{
    if (!is_big(r) && !make_event(t, r, o)) {
        return ST_NOMEM;
    }
    struct contact_event *e = event_at(t, r->event);
    if (e->detail == NULL && !pair_same(e->pair, pair) && !make_detail(t, r, e)) {
        return ST_NOMEM;
    }
    if (marks != record_marks(r) || (e->flags & EVENT_MARKS_VARY) != 0) {
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
        if ((e->flags & EVENT_SPANS) != 0) {
            note_spans(t, e, pair, o);
        }
        add_pair(t, e, record_technique(r), pair, o);
    } else {
        pair_add(&e->pair);
    }
    extent_add(&e->when, o->time_ns, o->pos);
    e->packets++;
    return ST_OK;
}

static inline struct record *asked_record(const struct table *t, const struct asked *a)
{
    struct record *r = &t->records[a->place & (t->cap - 1)];
    return record_is(r, a->key) ? r : record_find_from(t, a->key, record_start(t, a->key));
}

enum status table_ask(struct table *t, const struct asked *a, const struct observation *o)
{
    struct record *r = asked_record(t, a);
    if (r == NULL) {
        r = record_add(t, a->key, a->marks);
        if (r == NULL) {
            return ST_NOMEM;
        }
        start_record(r, a->pair, o);
        return ST_OK;
    }
    if (__builtin_expect(record_idle(t, r, o->time_ns), 0)) {
        record_end(t, r);
        r->head = a->key | (uint64_t)a->marks << RECORD_MARKS_SHIFT;
        start_record(r, a->pair, o);
        return ST_OK;
    }
    return ask_again(t, r, a->pair, o, a->marks);
}

enum status table_ask_now(struct table *t, uint64_t host, enum technique tech, uint64_t pair,
                          const struct observation *o)
{
    uint64_t key = record_key(host, tech);
    struct asked a = {.key = key,
                      .pair = pair,
                      .place = record_start(t, key),
                      .marks = tech == TECH_BACKSCATTER ? 0 : tool_marks(o),
                      .technique = (uint8_t)tech};
    return table_ask(t, &a, o);
}

static uint64_t *slot_in(const struct table *t, struct record *r, uint64_t pair)
{
    uint64_t *one = &r->pair;
    if (is_big(r)) {
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

uint64_t *table_asked_pair(struct table *t, const struct asked *a, int64_t time_ns)
{
    struct record *r = asked_record(t, a);
    return r == NULL || record_idle(t, r, time_ns) ? NULL : slot_in(t, r, a->pair);
}

/* --- fetching ahead ------------------------------------------------------- */

void table_look(const struct table *t, struct asked *a)
{
    a->place = record_start(t, a->key);
    __builtin_prefetch(&t->records[a->place], 1);
}

void table_look_pair(const struct table *t, uint64_t host, enum technique tech)
{
    __builtin_prefetch(&t->records[record_start(t, record_key(host, tech))], 1);
}

void table_locate(const struct table *t, struct asked *a)
{
    a->event = UINT32_MAX;
    for (int k = 0; k < 6; k++) { /* most are found in the first places */
        size_t i = (a->place + (size_t)k) & (t->cap - 1);
        const struct record *r = &t->records[i];
        if (record_is(r, a->key)) {
            a->place = i;
            if (is_big(r)) {
                a->event = r->event;
                __builtin_prefetch(event_at(t, r->event), 1);
            }
            return;
        }
        if (r->head == 0) {
            return;
        }
    }
}

void table_fetch(const struct table *t, const struct asked *a)
{
    const struct contact_event *e = a->event < t->events_n ? event_at(t, a->event) : NULL;
    if (e == NULL || e->detail == NULL) {
        return;
    }
    struct pair_set pairs = pairs_of(e);
    __builtin_prefetch(&pairs.slots[pair_set_start(&pairs, a->pair, t->opt.seed)], 1);
    if ((e->flags & EVENT_SPANS) != 0) {
        __builtin_prefetch(e->detail, 1);
        __builtin_prefetch((const uint8_t *)e->detail + 64, 1);
    }
}

/* --- ending -------------------------------------------------------------- */

static bool is_over(const struct table *t, const struct record *r, int64_t now, int64_t share)
{
    int64_t idle = idle_of(t, record_technique(r)) / share;
    if (share > 1 && is_big(r)) {
        idle *= 2;
    }
    return is_idle(now, record_last(t, r), idle);
}

uint64_t table_sweep(struct table *t, int64_t now, int64_t share)
{
    uint64_t ended = 0;
    for (size_t i = 0; i < t->cap;) {
        struct record *r = &t->records[i];
        if (r->head == 0 || !is_over(t, r, now, share)) {
            i++;
            continue;
        }
        record_end(t, r);
        record_remove(t, i); /* something else may stand here now: look again */
        ended++;
    }
    size_t cap = t->cap;
    while (cap > RECORDS_START && t->records_n < cap / 8) {
        cap /= 2;
    }
    if (cap < t->cap) {
        status_ignore(records_resize(t, cap)); /* without memory it just stays large */
    }
    return ended;
}

void table_mark_hosts(struct table *t)
{
    for (size_t i = 0; i < t->cap; i++) {
        const struct record *r = &t->records[i];
        if (r->head == 0 || (r->head & RECORD_V6) == 0) {
            continue;
        }
        host_collect_mark(t->opt.hosts, record_host(r));
        const uint64_t *slots = &r->pair;
        size_t n = 1;
        if (is_big(r)) {
            const struct contact_event *e = event_at(t, r->event);
            slots = e->detail ? e->slots : &e->pair;
            n = e->detail ? (size_t)1 << e->pair_order : 1;
        }
        for (size_t k = 0; k < n; k++) {
            if (slots[k] != 0) {
                host_collect_mark(t->opt.hosts, HOST_V6 | pair_target(slots[k]));
            }
        }
    }
}

void table_end_all(struct table *t)
{
    for (size_t i = 0; i < t->cap; i++) {
        if (t->records[i].head != 0) {
            record_end(t, &t->records[i]);
            t->records[i] = (struct record){0};
        }
    }
    t->records_n = 0;
    memset(t->by_technique, 0, sizeof(t->by_technique));
}

size_t table_bytes(const struct table *t)
{
    return t->detail_bytes + t->events_cap * sizeof(struct contact_event) +
           t->cap * sizeof(struct record);
}

enum status table_init(struct table *t, const struct contact_options *opt)
{
    *t = (struct table){.opt = *opt};
    return records_resize(t, RECORDS_START);
}

void table_fini(struct table *t)
{
    for (size_t i = 0; i < t->cap; i++) {
        if (t->records[i].head != 0 && is_big(&t->records[i])) {
            detail_free(t, event_at(t, t->records[i].event));
        }
    }
    pages_free(t->records, t->cap * sizeof(struct record));
    pages_free(t->events, t->events_cap * sizeof(struct contact_event));
    free(t->free_events);
    pool_fini(&t->pool);
    *t = (struct table){0};
}
