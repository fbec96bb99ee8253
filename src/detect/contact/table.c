/* detect/contact/table.c - records, events, their growth and their end. */
#include "detect/contact/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/pages.h"
#include "base/core/timefmt.h"
#include "detect/contact/table_hot.h"

enum { EVENTS_START = 64, SPANS_FEW = 5 };

/* --- records ------------------------------------------------------------ */

static struct record *record_find(const struct table *t, uint64_t host, enum technique tech)
{
    if (!table_may_find(t, host, tech)) {
        return NULL;
    }
    return records_find(&t->records, record_key(host, tech));
}

static struct record *record_add(struct table *t, const struct asked *a)
{
    struct record *r = records_add(&t->records, a->key | (uint64_t)a->marks << RECORD_MARKS_SHIFT);
    if (r != NULL) {
        t->by_technique[a->key >> 32 & 63]++;
        t->nets[(uint32_t)a->key >> 22] |= UINT64_C(1) << ((uint32_t)a->key >> 16 & 63);
        t->stats.initiators++;
    }
    return r;
}

/* --- events ------------------------------------------------------------- */

static bool events_grow(struct table *t)
{
    uint32_t cap = t->events_cap ? t->events_cap * 2 : EVENTS_START;
    if (cap < t->events_cap) {
        return false;
    }
    struct contact_event *events =
        pages_grow(t->events, t->events_cap * sizeof(*events), cap * sizeof(*events));
    if (events == NULL) {
        return false;
    }
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

enum { DETAIL_ORDER = 7, SPANS_ORDER = 9 };
_Static_assert(sizeof(struct contact_detail) <= 1 << DETAIL_ORDER, "a detail fits its block");
_Static_assert(sizeof(struct contact_spans) <= 1 << SPANS_ORDER, "spans fit their block");

static void detail_free(struct table *t, const struct record *r, struct contact_event *e)
{
    struct contact_detail *d = e->detail;
    if (d == NULL) {
        return;
    }
    event_pairs_free(t, r, e);
    if (d->spans != NULL) {
        t->detail_bytes -= (1U << SPANS_ORDER) + span_map_room(&d->spans->targets) +
                           span_map_room(&d->spans->ports);
        span_map_fini(&d->spans->targets);
        span_map_fini(&d->spans->ports);
        pool_give(&t->pool, d->spans, SPANS_ORDER);
    }
    free(d->first_times);
    pool_give(&t->pool, d, DETAIL_ORDER);
    t->detail_bytes -= 1U << DETAIL_ORDER;
    e->detail = NULL;
}

/* Give an event's number back; without memory for the list it is only lost. */
static void event_release(struct table *t, const struct record *r)
{
    uint32_t i = r->event;
    detail_free(t, r, event_at(t, i));
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

/* Payload sent to somebody who does not answer, by an initiator who is answered
 * by others, is no use of a connection: there is none, and it costs nothing to
 * send it. Where no answer to him is seen at all, only his side may be. */
static void drop_unheard(uint64_t *slots, size_t n)
{
    uint64_t heard = 0;
    for (size_t i = 0; i < n; i++) {
        heard |= slots[i] & (PAIR_ANSWERED | PAIR_REFUSED | PAIR_SERVER_DATA);
    }
    for (size_t i = 0; heard != 0 && i < n; i++) {
        bool spoke = (slots[i] & (PAIR_ANSWERED | PAIR_SERVER_DATA)) != 0;
        slots[i] &= spoke ? UINT64_MAX : ~(uint64_t)PAIR_CLIENT_DATA;
    }
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
        e.pair_n = 1;
    } else {
        struct contact_event *v = event_at(t, r->event);
        bool tcp = technique_is_tcp(e.technique);
        e.when = v->when;
        e.packets = v->packets;
        e.detail = v->detail;
        e.slots = &v->pair;
        e.pair_n = 1;
        if (v->detail != NULL) {
            uint64_t *slots = event_pairs_show(t, r, v, &e.pair_n);
            e.slots = slots;
            if (slots == NULL) {
                e.pair_n = 0;
                t->stats.lost += v->packets;
            } else if ((v->flags & EVENT_USED) != 0 && e.technique != TECH_BACKSCATTER) {
                drop_unheard(slots, e.pair_n);
            }
        }
        e.flags = v->flags;
        e.nmap_series = tcp ? (uint32_t)v->packets - r->nmap_since : 0;
        e.ttl_min = r->ttl_min;
        e.ttl_max = r->ttl_max;
        e.port_changes = tcp ? 0 : r->port_changes;
    }
    if (e.pair_n > 0) {
        t->opt.ended(t->opt.ctx, &e);
    }
    if (is_big(r)) {
        event_release(t, r);
        r->head &= ~RECORD_BIG;
    }
}

/* --- asking ------------------------------------------------------------- */

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
    r->ttl_min = o->ttl;
    r->ttl_max = o->ttl;
    if (o->proto == PROTO_TCP) {
        r->nmap_first = tool_nmap_code(o);
        r->nmap_since = 1;
        r->unicorn_key = tool_unicorn_key(o);
    } else {
        r->port_changes = 0;
        r->last_port = o->src_port;
    }
    return true;
}

/* A second pair: from here on the pairs are a set. */
static bool make_detail(struct table *t, const struct record *r, struct contact_event *e)
{
    struct contact_detail *d = pool_take(&t->pool, DETAIL_ORDER);
    struct pair_set pairs;
    if (d == NULL || !pair_set_begin(&pairs, &t->pool, e->pair, t->opt.seed)) {
        pool_give(&t->pool, d, DETAIL_ORDER);
        return false;
    }
    if (record_technique(r) == TECH_ARP && t->opt.arp_targets > 1) {
        d->first_times = calloc(t->opt.arp_targets, sizeof(*d->first_times));
        if (d->first_times != NULL) {
            d->first_times[d->ring_at++] = e->when.first_ns;
        }
    }
    t->detail_bytes += 1U << DETAIL_ORDER;
    e->detail = d;
    event_pairs_begin(t, e, &pairs);
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
    wants = wants && e->detail->spans != NULL;
    e->flags = (uint16_t)((e->flags & ~EVENT_SPANS) | (wants ? EVENT_SPANS : 0));
}

static void note_new_sides(struct table *t, const struct record *r, struct contact_event *e,
                           uint64_t pair)
{
    struct contact_detail *d = e->detail;
    bool target = (e->flags & EVENT_ONE_TARGET) != 0 && pair_target(pair) != r->first_target;
    bool port = (e->flags & EVENT_ONE_PORT) != 0 && pair_port(pair) != r->first_port;
    if (!target && !port) {
        return;
    }
    if (d->spans == NULL) {
        d->spans = pool_take(&t->pool, SPANS_ORDER);
        t->detail_bytes += d->spans ? 1U << SPANS_ORDER : 0;
    }
    if (target) {
        if (d->spans != NULL) {
            seed_span(&d->spans->targets, r->first_target, e);
        }
        e->flags &= (uint16_t)~EVENT_ONE_TARGET;
    }
    if (port) {
        if (d->spans != NULL) {
            seed_span(&d->spans->ports, r->first_port, e);
        }
        e->flags &= (uint16_t)~EVENT_ONE_PORT;
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
    struct contact_spans *d = e->detail->spans;
    if (d->targets.n > SPANS_SOME && d->ports.n > SPANS_FEW && (e->flags & EVENT_USED) == 0) {
        /* Many of both, and nothing came of any: a block scan, as a whole. */
        e->flags |= EVENT_NO_TARGETS | EVENT_NO_PORTS;
        d->targets.closed = true;
        d->ports.closed = true;
        update_spans_flag(e);
        return;
    }
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
        bool few = one_target || ((e->flags & EVENT_NO_TARGETS) == 0 && d->targets.n <= SPANS_FEW);
        bool kept = keep_span(t, &d->ports, few, pair_port(pair), o);
        /* A sweep of few ports that nothing came of is one finding: what was
         * when on which port does not matter. */
        bool sweep = (e->flags & (EVENT_NO_TARGETS | EVENT_USED)) == EVENT_NO_TARGETS &&
                     d->ports.n <= SPANS_FEW;
        if (sweep) {
            d->ports.closed = true;
        }
        if (!kept || sweep) {
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

static inline void add_pair(struct table *t, const struct record *r, struct contact_event *e,
                            uint64_t pair, const struct observation *o)
{
    if ((e->flags & EVENT_TAIL) != 0) {
        event_pairs_add(t, r, e, pair);
        return;
    }
    struct pair_set pairs = event_pairs_set(r, e);
    uint32_t had = e->pair_n;
    bool plain = !pair_set_is_full(&pairs) && (pairs.is_wide || pair_fits(pairs.base, pair));
    if (__builtin_expect(plain && pair_set_add(&pairs, pair, t->opt.seed), 1)) {
        e->pair_n = pairs.n;
    } else {
        event_pairs_add(t, r, e, pair);
    }
    if (record_technique(r) == TECH_ARP && e->pair_n != had) {
        ring_add(t, e, o->time_ns);
    }
}

/* Tool marks: the first packet's are taken for those of all, and packets that
 * differ are counted mark by mark. */
static void note_other_marks(struct record *r, struct contact_event *e, uint16_t marks)
{
    uint16_t differ = record_marks(r) ^ marks;
    if (e->detail == NULL) { /* one pair: no scan, its marks are only a start */
        r->head &= ~((uint64_t)differ << RECORD_MARKS_SHIFT);
        return;
    }
    for (; differ != 0; differ &= (uint16_t)(differ - 1)) {
        e->detail->differ[__builtin_ctz(differ)]++;
    }
}

const uint64_t *contact_ended_pair(const struct contact_ended *e, uint64_t pair)
{
    for (size_t i = 0; i < e->pair_n; i++) {
        if (pair_same(e->slots[i], pair)) {
            return &e->slots[i];
        }
    }
    return NULL;
}

void contact_tools(const struct contact_ended *e, struct tool_tally *ret)
{
    const struct contact_detail *d = e->detail;
    *ret = (struct tool_tally){.packets = e->packets};
    for (unsigned m = 0; m < TOOL_PER_PACKET; m++) {
        uint64_t differ = d != NULL ? d->differ[m] : 0;
        ret->matched[m] = (e->marks >> m & 1) != 0 ? e->packets - differ : differ;
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
    if (marks != record_marks(r)) {
        note_other_marks(r, e, marks);
    }
    note_ttl(r, o);
    if (o->proto == PROTO_TCP) {
        note_series(r, e, marks, o);
    } else {
        note_others(r, o);
    }
    if (e->detail != NULL) {
        if ((e->flags & (EVENT_ONE_TARGET | EVENT_ONE_PORT)) != 0) {
            note_new_sides(t, r, e, pair);
        }
        if ((e->flags & EVENT_SPANS) != 0) {
            note_spans(t, e, pair, o);
        }
        add_pair(t, r, e, pair, o);
    } else {
        pair_add(&e->pair);
    }
    extent_add(&e->when, o->time_ns, o->pos);
    e->packets++;
    return ST_OK;
}

static inline struct record *asked_record(const struct table *t, const struct asked *a)
{
    struct record *r = &t->records.items[a->number < t->records.n ? a->number : 0];
    return record_is(r, a->key) && t->records.n > 0 ? r : records_find(&t->records, a->key);
}

enum status table_ask(struct table *t, struct asked *a, const struct observation *o)
{
    struct record *r = asked_record(t, a);
    bool begins = r == NULL;
    if (begins) {
        r = record_add(t, a);
        if (r == NULL) {
            return ST_NOMEM;
        }
    } else if (__builtin_expect(record_idle(t, r, o->time_ns), 0)) {
        record_end(t, r);
        r->head = a->key | (uint64_t)a->marks << RECORD_MARKS_SHIFT;
        begins = true;
    }
    a->number = (uint32_t)(r - t->records.items);
    if (begins) {
        start_record(r, a->pair, o);
        return ST_OK;
    }
    return ask_again(t, r, a->pair, o, a->marks);
}

bool table_sweeps(const struct table *t, const struct asked *a)
{
    const struct record *r = asked_record(t, a);
    return r != NULL && is_big(r) && event_sweeps(event_at(t, r->event));
}

enum status table_ask_now(struct table *t, uint64_t host, enum technique tech, uint64_t pair,
                          const struct observation *o)
{
    uint64_t key = record_key(host, tech);
    struct asked a = {.key = key,
                      .pair = pair,
                      .number = RECORD_NONE,
                      .marks = tech == TECH_BACKSCATTER ? 0 : tool_marks(o),
                      .technique = (uint8_t)tech};
    return table_ask(t, &a, o);
}

static struct table_pair pair_in(struct table *t, struct record *r, uint64_t pair)
{
    struct table_pair p = {0};
    uint64_t *one = &r->pair;
    if (is_big(r)) {
        p.event = event_at(t, r->event);
        if (p.event->detail != NULL) {
            p.ref = event_pairs_find(t, r, p.event, pair);
            return p;
        }
        one = &p.event->pair;
    }
    p.ref.wide = pair_same(*one, pair) ? one : NULL;
    return p;
}

struct table_pair table_find_pair(struct table *t, uint64_t host, enum technique tech,
                                  uint64_t pair, int64_t time_ns)
{
    struct record *r = record_find(t, host, tech);
    return r == NULL || record_idle(t, r, time_ns) ? (struct table_pair){0} : pair_in(t, r, pair);
}

struct table_pair table_asked_pair(struct table *t, const struct asked *a, int64_t time_ns)
{
    struct record *r = asked_record(t, a);
    return r == NULL || record_idle(t, r, time_ns) ? (struct table_pair){0}
                                                   : pair_in(t, r, a->pair);
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
    for (uint32_t i = t->records.n; i-- > 0;) { /* the last one takes a removed one's place */
        struct record *r = &t->records.items[i];
        if (is_over(t, r, now, share)) {
            record_end(t, r);
            t->by_technique[record_technique(r)]--;
            records_remove(&t->records, i);
            ended++;
        }
    }
    records_shrink(&t->records);
    memset(t->hints, 0, sizeof(*t->hints) << TABLE_HINT_BITS); /* to what is no longer there */
    return ended;
}

void table_drop_tails(struct table *t)
{
    for (uint32_t i = 0; i < t->records.n && !t->no_tails; i++) {
        const struct record *r = &t->records.items[i];
        if (is_big(r) && event_at(t, r->event)->detail != NULL) {
            (void)event_pairs_settle(t, r, event_at(t, r->event)); /* as far as memory goes */
        }
    }
    t->no_tails = true;
}

static void mark_target(struct table *t, uint32_t target)
{
    host_collect_mark(t->opt.hosts, HOST_V6 | target);
}

void table_mark_hosts(struct table *t)
{
    for (uint32_t i = 0; i < t->records.n; i++) {
        const struct record *r = &t->records.items[i];
        if ((r->head & RECORD_V6) == 0) {
            continue;
        }
        host_collect_mark(t->opt.hosts, record_host(r));
        struct contact_event *e = is_big(r) ? event_at(t, r->event) : NULL;
        if (e == NULL || e->detail == NULL) {
            uint64_t pair = e ? e->pair : r->pair;
            host_collect_mark(t->opt.hosts, HOST_V6 | pair_target(pair));
            continue;
        }
        event_pairs_each_target(t, r, e, mark_target);
    }
}

void table_end_all(struct table *t)
{
    for (uint32_t i = 0; i < t->records.n; i++) {
        record_end(t, &t->records.items[i]);
    }
    records_clear(&t->records);
    memset(t->by_technique, 0, sizeof(t->by_technique));
}

size_t table_bytes(const struct table *t)
{
    return t->detail_bytes + t->events_cap * sizeof(struct contact_event) +
           records_bytes(&t->records);
}

enum status table_init(struct table *t, const struct contact_options *opt)
{
    *t = (struct table){.opt = *opt};
    t->opt.seed = hash_mix(2, opt->seed) | 1; /* the multiplier of the pairs' hash */
    t->hints = calloc((size_t)1 << TABLE_HINT_BITS, sizeof(*t->hints));
    if (t->hints == NULL || !events_grow(t)) {
        return ST_NOMEM;
    }
    return records_init(&t->records, hash_mix(1, opt->seed));
}

void table_fini(struct table *t)
{
    for (uint32_t i = 0; i < t->records.n; i++) {
        const struct record *r = &t->records.items[i];
        if (is_big(r)) {
            detail_free(t, r, event_at(t, r->event));
        }
    }
    records_fini(&t->records);
    pages_free(t->events, t->events_cap * sizeof(struct contact_event));
    free(t->hints);
    free(t->free_events);
    pages_free(t->wide, t->wide_room * sizeof(*t->wide));
    free(t->counts);
    pool_fini(&t->pool);
    *t = (struct table){0};
}
