/* detect/contact/table_hot.h - what every packet goes through, to be inlined.
 *
 * Hot: contact.c runs these once a packet. Only table.c and contact.c include
 * this file.
 *
 * Long because it is the hot part of the table, inlined where packets are read.
 */
#pragma once

#include "detect/contact/event_pairs.h"
#include "detect/contact/table.h"

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

static inline struct contact_event *event_at(const struct table *t, uint32_t i)
{
    return &t->events[i];
}

static inline int64_t idle_of(const struct table *t, enum technique tech)
{
    return tech == TECH_BACKSCATTER ? t->opt.backscatter_idle_ns : t->opt.scan_idle_ns;
}

/* Nmap's series counts only with the fields of its own packets; Unicornscan's
 * as long as it has not broken. */
static inline void note_series(struct record *r, struct contact_event *e, uint16_t marks,
                               const struct observation *o)
{
    if ((marks & 1U << TOOL_NMAP) != 0) {
        uint32_t code = tool_nmap_code(o);
        if (!tool_nmap_series(code, r->nmap_first)) { /* it begins anew */
            r->nmap_first = code;
            r->nmap_since = (uint32_t)e->packets;
        }
    }
    if ((e->flags & EVENT_SERIES) != 0 && tool_unicorn_key(o) != r->unicorn_key) {
        e->flags &= (uint16_t)~EVENT_SERIES;
    }
}

/* Steps towards table_ask, each to be done for all packets of a batch before
 * the next: they fetch memory, and nothing goes wrong without them. Always
 * inlined: gcc takes a function that does nothing but prefetch for one without
 * effect, and drops calls of it.
 *
 * Most packets are of few initiators: where those stand is remembered in a
 * table small enough for the first caches, so that they need no slot. */
#define HINT static inline __attribute__((always_inline)) void

/* By the host alone, so that it can be fetched before more is known. */
static inline size_t hint_index(const struct table *t, uint64_t key)
{
    return records_hash(&t->records, (uint32_t)key) >> (64 - TABLE_HINT_BITS);
}

HINT table_look_ahead(const struct table *t, uint32_t host)
{
    __builtin_prefetch(&t->hints[hint_index(t, host)], 1);
}

HINT table_look(const struct table *t, struct asked *a)
{
    struct table_hint hint = t->hints[hint_index(t, a->key)];
    a->number = hint.number;
    a->event = hint.event;
    __builtin_prefetch(&t->records.items[hint.number], 1);
    __builtin_prefetch(&t->events[hint.event], 1);
}

/* The next place in the event's set, or in what it has aside. */
HINT table_fetch(const struct table *t, const struct contact_event *e, uint64_t pair)
{
    if ((e->flags & EVENT_TAIL) != 0) {
        __builtin_prefetch(e->tail.at, 1);
    } else if (e->detail != NULL) {
        struct pair_set pairs = {
            .slots = e->slots, .order = e->pair_order, .is_wide = (e->flags & EVENT_WIDE) != 0};
        __builtin_prefetch(pair_set_hint(&pairs, pair, t->opt.seed), 1);
    }
}

/* False when the record was not where the hint said: then it is to be
 * searched, in the next step. */
static inline __attribute__((always_inline)) bool table_locate(struct table *t, struct asked *a,
                                                               bool *ret_spans)
{
    const struct records *s = &t->records;
    const struct record *r = &s->items[a->number];
    if (a->number >= s->n || !record_is(r, a->key)) {
        a->number = RECORD_NONE;
        __builtin_prefetch(&s->slots[records_hash(s, a->key) >> s->shift], 1);
        return false;
    }
    if (!is_big(r)) {
        return true;
    }
    if (a->event == r->event) {
        const struct contact_event *e = event_at(t, r->event);
        table_fetch(t, e, a->pair);
        *ret_spans = (e->flags & EVENT_SPANS) != 0;
    } else {
        t->hints[hint_index(t, a->key)].event = r->event;
        __builtin_prefetch(event_at(t, r->event), 1);
    }
    return true;
}

/* Of an event with spans: the way to them, in three steps. */
HINT table_fetch_detail(const struct table *t, const struct asked *a)
{
    __builtin_prefetch(event_at(t, a->event)->detail);
}

HINT table_fetch_spans(const struct table *t, const struct asked *a)
{
    const struct contact_spans *s = event_at(t, a->event)->detail->spans;
    __builtin_prefetch(&s->targets, 1);
    __builtin_prefetch(&s->ports, 1);
}

HINT table_fetch_span(const struct table *t, const struct asked *a)
{
    const struct contact_spans *s = event_at(t, a->event)->detail->spans;
    span_map_fetch(&s->targets, pair_target(a->pair));
    span_map_fetch(&s->ports, pair_port(a->pair));
}

HINT table_search(struct table *t, struct asked *a)
{
    const struct records *s = &t->records;
    uint64_t hash = records_hash(s, a->key);
    size_t i = hash >> s->shift;
    for (size_t k = 0; k < 8; k++) { /* most stand in the first places */
        uint64_t slot = s->slots[(i + k) & (s->cap - 1)];
        if (slot == 0) {
            return;
        }
        if (slot_may_be(slot, hash)) {
            a->number = slot_number(slot);
            t->hints[hint_index(t, a->key)].number = a->number;
            __builtin_prefetch(&s->items[a->number], 1);
            return;
        }
    }
}

/* A sensor sees many networks ask, and the few that are asked only when they
 * answer: most hosts that are asked need no search among those who ask. */
static inline bool net_asks(const struct table *t, uint64_t host)
{
    return (t->nets[(uint32_t)host >> 22] >> ((uint32_t)host >> 16 & 63) & 1) != 0;
}

/* False: the host certainly has no record of this technique. */
static inline bool table_may_find(const struct table *t, uint64_t host, enum technique tech)
{
    return host != HOST_NONE && t->by_technique[tech] != 0 && net_asks(t, host);
}

/* Fetch the slot that table_find_pair will look at. */
HINT table_look_pair(const struct table *t, uint64_t host, enum technique tech)
{
    if (!net_asks(t, host)) {
        return;
    }
    uint64_t hash = records_hash(&t->records, record_key(host, tech));
    __builtin_prefetch(&t->records.slots[hash >> t->records.shift]);
}

#undef HINT

/* An initiator that has asked several targets so many pairs sweeps: its packets
 * are no part of a flood on one of them. */
enum { SWEEP_PAIRS = 64 };

static inline bool event_sweeps(const struct contact_event *e)
{
    return (e->flags & EVENT_TAIL) != 0 ||
           (e->pair_n >= SWEEP_PAIRS && (e->flags & EVENT_ONE_TARGET) == 0);
}

static inline void note_ttl(struct record *r, const struct observation *o)
{
    r->ttl_min = o->ttl < r->ttl_min ? o->ttl : r->ttl_min;
    r->ttl_max = o->ttl > r->ttl_max ? o->ttl : r->ttl_max;
}

/* What only other protocols than TCP have. */
static inline void note_others(struct record *r, const struct observation *o)
{
    r->port_changes += o->src_port != r->last_port;
    r->last_port = o->src_port;
}

/* The common case of table_ask, in full: one more packet, of TCP or ICMP, of an
 * event with a set, in order, like those before. False, with nothing done,
 * otherwise. */
static inline bool table_ask_common(struct table *t, const struct asked *a,
                                    const struct observation *o, bool *ret_sweeps)
{
    if (a->number >= t->records.n) {
        return false; /* none, or it was removed since */
    }
    struct record *r = &t->records.items[a->number];
    if (((r->head ^ (a->key | RECORD_BIG)) & (RECORD_KEY | RECORD_BIG)) != 0 ||
        record_marks(r) != a->marks) {
        return false;
    }
    struct contact_event *e = event_at(t, r->event);
    uint64_t gap = (uint64_t)o->time_ns - (uint64_t)e->when.last_ns;
    uint64_t differ = a->pair ^ pair_make(r->first_target, r->first_port);
    if (e->detail == NULL || (e->flags & EVENT_SPANS) != 0 || gap == 0 ||
        gap > (uint64_t)t->opt.scan_idle_ns ||
        ((e->flags & EVENT_ONE_TARGET) != 0 && differ >> 32 != 0) ||
        ((e->flags & EVENT_ONE_PORT) != 0 && (differ & UINT64_C(0xffff0000)) != 0)) {
        return false;
    }
    if ((e->flags & EVENT_TAIL) != 0) {
        if (!event_tail_takes(e, a->pair, differ)) {
            return false;
        }
        *ret_sweeps = true;
    } else {
        struct pair_set pairs = event_pairs_set(r, e);
        if ((pairs.is_wide ? 0 : !pair_fits(pairs.base, a->pair)) || pair_set_is_full(&pairs) ||
            !pair_set_add(&pairs, a->pair, t->opt.seed)) {
            return false;
        }
        e->pair_n = pairs.n;
        *ret_sweeps = event_sweeps(e);
    }
    note_ttl(r, o);
    if (o->proto == PROTO_TCP) {
        note_series(r, e, a->marks, o);
    } else {
        note_others(r, o);
    }
    e->when.last_ns = o->time_ns;
    e->when.last_pos = o->pos;
    e->packets++;
    return true;
}
