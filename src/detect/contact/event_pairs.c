/* detect/contact/event_pairs.c - taking packets into sets, at once or later. */
#include "detect/contact/event_pairs.h"

#include "detect/contact/table_hot.h"

/* Bytes of a tail, as a power of two: half a cache page to what stays in a
 * first-level cache beside the part of the set it is taken into. */
enum { TAIL_LEAST = 11, TAIL_MOST = 14, FETCH_AHEAD = 12, FEW = 256 };

/* Back into the event after its set has changed. */
static void keep(struct table *t, struct contact_event *e, const struct pair_set *before,
                 const struct pair_set *now)
{
    t->detail_bytes += pair_set_bytes(now) - pair_set_bytes(before);
    if ((e->flags & EVENT_TAIL) != 0) {
        e->detail->pairs = *now;
    } else {
        e->slots = now->slots;
        e->pair_n = now->n;
        e->pair_order = now->order;
    }
    e->flags = (uint16_t)((e->flags & ~EVENT_WIDE) | (now->is_wide ? EVENT_WIDE : 0));
}

void event_pairs_begin(struct table *t, struct contact_event *e, const struct pair_set *pairs)
{
    struct pair_set none = {0};
    keep(t, e, &none, pairs);
}

/* Where the set cannot grow, pairs that it has are still counted. */
static void add_without_room(struct table *t, const struct pair_set *pairs, struct contact_event *e,
                             uint64_t pair)
{
    struct pair_ref ref = pair_set_find(pairs, pair, t->opt.seed);
    if (ref.wide != NULL) {
        pair_add(ref.wide);
    } else if (ref.narrow != NULL && (*ref.narrow & NARROW_COUNT_MAX) < NARROW_COUNT_MAX) {
        *ref.narrow += 1;
    } else {
        e->detail->lost_pairs = true;
        t->stats.lost++;
    }
}

/* The set is full, or too narrow: change it first. */
static void add_to_changed(struct table *t, struct pair_set *pairs, struct contact_event *e,
                           uint64_t pair)
{
    bool narrow = !pairs->is_wide && pair_fits(pairs->base, pair);
    bool ok = !t->full;
    if (ok && !pairs->is_wide && !narrow) {
        ok = pair_set_turn_wide(pairs, &t->pool);
    }
    if (ok && pair_set_is_full(pairs)) {
        ok = pair_set_grow(pairs, &t->pool, t->opt.seed);
    }
    if (ok && !pair_set_add(pairs, pair, t->opt.seed)) { /* a narrow count's end */
        ok = pair_set_turn_wide(pairs, &t->pool) && pair_set_add(pairs, pair, t->opt.seed);
    }
    if (!ok) {
        add_without_room(t, pairs, e, pair);
    }
}

/* --- tails ---------------------------------------------------------------- */

static size_t tail_bytes(const struct contact_event *e)
{
    return (size_t)1 << e->detail->tail_order;
}

/* All of its room is free. */
static void tail_rewind(struct contact_event *e)
{
    e->tail.at = e->detail->tail;
    e->tail_room = (uint32_t)(tail_bytes(e) >> ((e->flags & EVENT_WIDE) != 0 ? 3 : 2));
}

static unsigned tail_order_for(const struct pair_set *s)
{
    unsigned order = pair_set_block_order(s);
    return order < TAIL_LEAST ? TAIL_LEAST : order > TAIL_MOST ? TAIL_MOST : order;
}

/* Not of ARP, whose new targets are told one by one; and not again in a set
 * where pairs are looked up, before it has grown. */
static bool may_have_tail(const struct table *t, const struct record *r,
                          const struct contact_event *e)
{
    return event_sweeps(e) && record_technique(r) != TECH_ARP && !e->detail->looked_up &&
           !t->full && !t->no_tails;
}

static bool tail_begin(struct table *t, const struct record *r, struct contact_event *e)
{
    struct contact_detail *d = e->detail;
    struct pair_set pairs = event_pairs_set(r, e);
    unsigned order = tail_order_for(&pairs);
    void *tail = pool_take(&t->pool, order);
    if (tail == NULL) {
        return false;
    }
    t->detail_bytes += (size_t)1 << order;
    d->pairs = pairs;
    d->tail = tail;
    d->tail_order = (uint8_t)order;
    e->flags |= EVENT_TAIL;
    tail_rewind(e);
    return true;
}

static void tail_drop(struct table *t, struct contact_event *e)
{
    struct contact_detail *d = e->detail;
    t->detail_bytes -= tail_bytes(e);
    pool_give(&t->pool, d->tail, d->tail_order);
    d->tail = NULL;
    struct pair_set pairs = d->pairs;
    e->flags &= (uint16_t)~EVENT_TAIL;
    keep(t, e, &pairs, &pairs);
}

/* Each returns how many it took in; the next one needs the set to change. */
static size_t take_narrow(struct pair_set *s, const uint32_t *items, size_t n, uint64_t seed)
{
    size_t i = 0;
    s->is_wide = false; /* as it is: for the compiler */
    for (; i < n && !pair_set_is_full(s); i++) {
        size_t ahead = i + FETCH_AHEAD < n ? i + FETCH_AHEAD : i;
        __builtin_prefetch(pair_set_hint(s, pair_widen(s->base, items[ahead]), seed), 1);
        if (!pair_set_add(s, pair_widen(s->base, items[i]), seed)) {
            break;
        }
    }
    return i;
}

static size_t take_wide(struct pair_set *s, const uint64_t *items, size_t n, uint64_t seed)
{
    size_t i = 0;
    s->is_wide = true;
    for (; i < n && !pair_set_is_full(s); i++) {
        size_t ahead = i + FETCH_AHEAD < n ? i + FETCH_AHEAD : i;
        __builtin_prefetch(pair_set_hint(s, items[ahead], seed), 1);
        (void)pair_set_add(s, items[i], seed); /* only a narrow set can refuse */
    }
    return i;
}

/* Room for all at once, where most of the packets so far were new pairs. */
static void make_room(struct table *t, struct pair_set *s, const struct contact_event *e, size_t n)
{
    if (!t->full && s->n + n > pair_set_room(s) / 4 * 3 && s->n * UINT64_C(2) > e->packets - n) {
        (void)pair_set_grow_for(s, s->n + n, &t->pool, t->opt.seed); /* else it grows by steps */
    }
}

/* How many packets there were. */
static size_t tail_take_in(struct table *t, struct contact_event *e)
{
    struct contact_detail *d = e->detail;
    struct pair_set pairs = d->pairs;
    bool wide = pairs.is_wide;
    const void *tail = d->tail;
    const uint32_t *narrow_items = tail;
    const uint64_t *wide_items = tail;
    size_t n = (tail_bytes(e) >> (wide ? 3 : 2)) - e->tail_room;
    make_room(t, &pairs, e, n);
    for (size_t i = 0; i < n; i++) {
        if (wide) {
            i += take_wide(&pairs, wide_items + i, n - i, t->opt.seed);
        } else if (!pairs.is_wide) {
            i += take_narrow(&pairs, narrow_items + i, n - i, t->opt.seed);
        }
        if (i < n) { /* this one is not in yet */
            uint64_t pair = wide ? wide_items[i] : pair_widen(pairs.base, narrow_items[i]);
            add_to_changed(t, &pairs, e, pair);
        }
    }
    keep(t, e, &d->pairs, &pairs);
    tail_rewind(e);
    return n;
}

/* It is full: take it in, and have a larger one for a larger set. */
static void tail_turn(struct table *t, const struct record *r, struct contact_event *e)
{
    (void)tail_take_in(t, e); /* how many is known */
    if (tail_order_for(&e->detail->pairs) > e->detail->tail_order) {
        tail_drop(t, e);
        (void)tail_begin(t, r, e); /* without memory it has none */
    }
}

void event_pairs_add(struct table *t, const struct record *r, struct contact_event *e,
                     uint64_t pair)
{
    uint64_t differ = pair ^ pair_make(r->first_target, r->first_port);
    if ((e->flags & EVENT_TAIL) != 0) {
        if (e->tail_room == 0) {
            tail_turn(t, r, e);
        }
        if ((e->flags & EVENT_TAIL) != 0 && event_tail_takes(e, pair, differ)) {
            return;
        }
        event_pairs_settle(t, r, e, true);
    }
    struct pair_set pairs = event_pairs_set(r, e);
    if (pair_set_is_full(&pairs)) {
        bool fits = pairs.is_wide || pair_fits(differ, 0);
        if (fits && may_have_tail(t, r, e) && tail_begin(t, r, e)) {
            (void)event_tail_takes(e, pair, differ); /* it is empty, and it fits */
            return;
        }
        e->detail->looked_up = false;
    }
    struct pair_set before = pairs;
    add_to_changed(t, &pairs, e, pair);
    keep(t, e, &before, &pairs);
}

void event_pairs_settle(struct table *t, const struct record *r, struct contact_event *e,
                        bool for_good)
{
    (void)r;
    if ((e->flags & EVENT_TAIL) == 0) {
        return;
    }
    bool few = tail_take_in(t, e) < FEW;
    if (for_good || few) {
        e->detail->looked_up |= !for_good;
        tail_drop(t, e);
    }
}

void event_pairs_free(struct table *t, const struct record *r, struct contact_event *e)
{
    struct pair_set none = {0};
    if ((e->flags & EVENT_TAIL) != 0) {
        tail_drop(t, e);
    }
    struct pair_set pairs = event_pairs_set(r, e);
    keep(t, e, &pairs, &none);
    pair_set_fini(&pairs, &t->pool);
}
