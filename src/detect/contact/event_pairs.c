/* detect/contact/event_pairs.c - taking packets into sets, at once or later. */
#include "detect/contact/event_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/pages.h"
#include "detect/contact/table_hot.h"

/* Bytes of a tail, as powers of two; the largest fits a first-level cache. */
enum { TAIL_LEAST = 11, TAIL_MOST = 14, FETCH_AHEAD = 12, FEW = 256 };
/* A list below this grows by four. */
enum { LIST_SMALL = 14 };

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

static void lose(struct table *t, struct contact_event *e, size_t packets)
{
    e->detail->lost_pairs = true;
    t->stats.lost += packets;
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
        lose(t, e, 1);
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

/* --- of tails and lists ----------------------------------------------------- */

static size_t tail_bytes(const struct contact_event *e)
{
    return (size_t)1 << e->detail->tail_order;
}

static size_t tail_places(const struct contact_event *e)
{
    return tail_bytes(e) >> ((e->flags & EVENT_WIDE) != 0 ? 3 : 2);
}

/* Its first n places are taken. */
static void tail_rewind(struct contact_event *e, size_t n)
{
    if ((e->flags & EVENT_WIDE) != 0) {
        e->tail.wide = (uint64_t *)e->detail->tail + n;
    } else {
        e->tail.narrow = (uint32_t *)e->detail->tail + n;
    }
    e->tail_room = (uint32_t)(tail_places(e) - n);
}

/* A block in place of the one before, which may be none. */
static bool tail_take(struct table *t, struct contact_event *e, unsigned order)
{
    struct contact_detail *d = e->detail;
    void *tail = pool_take_any(&t->pool, order);
    if (tail == NULL) {
        return false;
    }
    t->detail_bytes += (size_t)1 << order;
    d->tail = tail;
    d->tail_order = (uint8_t)order;
    return true;
}

static void tail_give(struct table *t, void *tail, unsigned order)
{
    t->detail_bytes -= (size_t)1 << order;
    pool_give(&t->pool, tail, order);
}

/* From now on there is the set alone. */
static void tail_end(struct table *t, struct contact_event *e, const struct pair_set *pairs)
{
    struct contact_detail *d = e->detail;
    tail_give(t, d->tail, d->tail_order);
    d->tail = NULL;
    e->flags &= (uint16_t)~EVENT_TAIL;
    keep(t, e, pairs, pairs);
}

/* Not of ARP, whose new targets are told one by one; and not again in a set
 * where pairs are looked up, before it has grown. */
static bool may_have_tail(const struct table *t, const struct record *r,
                          const struct contact_event *e)
{
    return event_sweeps(e) && record_technique(r) != TECH_ARP && !e->detail->looked_up &&
           !t->full && !t->no_tails;
}

/* --- lists ------------------------------------------------------------------- */

static size_t list_n(const struct contact_event *e)
{
    return tail_places(e) - e->tail_room;
}

/* Those of one pair become one, at the place of the first of them; how many
 * are left. SIZE_MAX, and nothing is changed, when a count would not fit.
 *
 * Hot. Counts are kept by target: what sweeps asks are parts of a block, so
 * that the places of these stand in the second-level cache. */
static size_t unite(uint8_t *counts, uint32_t *items, size_t n)
{
    unsigned most = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t *count = &counts[items[i] >> (32 - NARROW_TARGET_BITS)];
        unsigned sum = *count + (items[i] & NARROW_COUNT_MAX);
        most = sum > most ? sum : most;
        *count = (uint8_t)(sum > 255 ? 255 : sum);
    }
    if (most > NARROW_COUNT_MAX) {
        for (size_t i = 0; i < n; i++) {
            counts[items[i] >> (32 - NARROW_TARGET_BITS)] = 0;
        }
        return SIZE_MAX;
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t item = items[i];
        uint8_t *count = &counts[item >> (32 - NARROW_TARGET_BITS)];
        items[kept] = (item & ~(uint32_t)NARROW_COUNT_MAX) | *count;
        kept += *count != 0;
        *count = 0;
    }
    return kept;
}

/* False when it cannot be a list any more. */
static bool list_unite(struct table *t, struct contact_event *e)
{
    size_t n = list_n(e);
    if (n == e->detail->distinct) {
        return true;
    }
    n = unite(t->counts, e->detail->tail, n);
    if (n == SIZE_MAX) {
        return false;
    }
    e->detail->distinct = (uint32_t)n;
    tail_rewind(e, n);
    return true;
}

static bool counts_ready(struct table *t)
{
    if (t->counts == NULL) {
        t->counts = calloc((size_t)1 << NARROW_TARGET_BITS, 1);
    }
    return t->counts != NULL;
}

/* A narrow set becomes a list, which has room. */
static bool list_begin(struct table *t, const struct record *r, struct contact_event *e)
{
    struct pair_set pairs = event_pairs_set(r, e);
    unsigned order = pair_set_block_order(&pairs) + 1;
    if (!counts_ready(t) || !tail_take(t, e, order < TAIL_LEAST ? TAIL_LEAST : order)) {
        return false;
    }
    uint32_t *items = e->detail->tail;
    size_t n = 0;
    for (size_t k = 0; k < pair_set_room(&pairs); k++) {
        items[n] = pairs.narrow[k];
        n += pairs.narrow[k] != 0;
    }
    t->detail_bytes -= pair_set_bytes(&pairs);
    pair_set_fini(&pairs, &t->pool);
    e->flags |= EVENT_TAIL;
    e->detail->distinct = (uint32_t)n;
    tail_rewind(e, n);
    return true;
}

/* As pair_set_add, of a pair with its states and count. */
static bool put(struct table *t, struct pair_set *s, uint64_t pair)
{
    if (pair_set_is_full(s) && !pair_set_grow(s, &t->pool, t->opt.seed)) {
        return false;
    }
    uint64_t key = pair & ~UINT64_C(0xffff);
    (void)pair_set_add(s, key, t->opt.seed); /* in a wide set, or as a new one: never refused */
    struct pair_ref ref = pair_set_find(s, pair, t->opt.seed);
    if (ref.narrow != NULL) {
        *ref.narrow = pair_narrow(pair);
        return true;
    }
    uint64_t count = pair_count(*ref.wide) - 1 + pair_count(pair);
    count = count > PAIR_COUNT_MAX ? PAIR_COUNT_MAX : count;
    *ref.wide = (*ref.wide & ~(uint64_t)PAIR_COUNT_MAX) | (pair & PAIR_STATES) | count;
    return true;
}

/* The list becomes a set: a wide one when a count does not fit a list. False
 * without memory: then it is a list as before. */
static bool list_end(struct table *t, const struct record *r, struct contact_event *e)
{
    struct pair_set pairs = {.base = pair_make(r->first_target, r->first_port)};
    pairs.is_wide = !list_unite(t, e);
    const uint32_t *items = e->detail->tail;
    size_t n = list_n(e);
    bool ok = pair_set_grow_for(&pairs, pairs.is_wide ? 1 : n + 1, &t->pool, t->opt.seed);
    for (size_t i = 0; i < n && ok; i++) {
        ok = put(t, &pairs, pair_widen(pairs.base, items[i]));
    }
    if (!ok) {
        pair_set_fini(&pairs, &t->pool);
        return false;
    }
    t->detail_bytes += pair_set_bytes(&pairs);
    tail_end(t, e, &pairs);
    return true;
}

/* It is full: make room in it, or make it larger, or a set of it. */
static bool list_turn(struct table *t, const struct record *r, struct contact_event *e)
{
    struct contact_detail *d = e->detail;
    if (!list_unite(t, e)) {
        return list_end(t, r, e);
    }
    void *before = d->tail;
    unsigned order = d->tail_order;
    if (e->tail_room < tail_places(e) / 2 &&
        tail_take(t, e, order + (order < LIST_SMALL ? 2 : 1))) {
        memcpy(d->tail, before, d->distinct * sizeof(uint32_t));
        tail_give(t, before, order);
        tail_rewind(e, d->distinct);
    }
    return e->tail_room > 0;
}

/* --- tails ------------------------------------------------------------------- */

static unsigned tail_order_for(const struct pair_set *s)
{
    unsigned order = pair_set_block_order(s);
    return order < TAIL_LEAST ? TAIL_LEAST : order > TAIL_MOST ? TAIL_MOST : order;
}

static bool tail_begin(struct table *t, const struct record *r, struct contact_event *e)
{
    struct pair_set pairs = event_pairs_set(r, e);
    if (!pairs.is_wide) {
        return list_begin(t, r, e);
    }
    if (!tail_take(t, e, tail_order_for(&pairs))) {
        return false;
    }
    e->detail->pairs = pairs;
    e->flags |= EVENT_TAIL;
    tail_rewind(e, 0);
    return true;
}

/* How many it took in; the next one needs the set to change. Hot. */
static size_t take_wide(struct pair_set *s, const uint64_t *items, size_t n, uint64_t seed)
{
    size_t i = 0;
    s->is_wide = true; /* as it is: for the compiler */
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
    const uint64_t *items = d->tail;
    size_t n = tail_places(e) - e->tail_room;
    make_room(t, &pairs, e, n);
    for (size_t i = 0; i < n; i++) {
        i += take_wide(&pairs, items + i, n - i, t->opt.seed);
        if (i < n) { /* this one is not in yet */
            add_to_changed(t, &pairs, e, items[i]);
        }
    }
    keep(t, e, &d->pairs, &pairs);
    tail_rewind(e, 0);
    return n;
}

/* It is full: take it in, and have a larger one for a larger set. */
static void tail_turn(struct table *t, struct contact_event *e)
{
    struct contact_detail *d = e->detail;
    (void)tail_take_in(t, e); /* how many is known */
    unsigned order = tail_order_for(&d->pairs);
    void *before = d->tail;
    unsigned before_order = d->tail_order;
    if (order > before_order && tail_take(t, e, order)) {
        tail_give(t, before, before_order);
        tail_rewind(e, 0);
    }
}

/* --- what others call -------------------------------------------------------- */

static void tail_add(struct table *t, const struct record *r, struct contact_event *e,
                     uint64_t pair)
{
    if (e->tail_room == 0 && !event_has_list(e)) {
        tail_turn(t, e);
    } else if (e->tail_room == 0 && !list_turn(t, r, e)) {
        lose(t, e, 1);
        return;
    }
    uint64_t differ = pair ^ pair_make(r->first_target, r->first_port);
    bool has_tail = (e->flags & EVENT_TAIL) != 0;
    if (has_tail && event_tail_takes(e, pair, differ)) {
        return;
    }
    if (has_tail && !event_pairs_settle(t, r, e)) {
        lose(t, e, 1);
        return;
    }
    event_pairs_add(t, r, e, pair);
}

void event_pairs_add(struct table *t, const struct record *r, struct contact_event *e,
                     uint64_t pair)
{
    if ((e->flags & EVENT_TAIL) != 0) {
        tail_add(t, r, e, pair);
        return;
    }
    struct pair_set pairs = event_pairs_set(r, e);
    if (pair_set_is_full(&pairs)) {
        uint64_t differ = pair ^ pairs.base;
        bool fits = pairs.is_wide || pair_fits(differ, 0);
        if (fits && may_have_tail(t, r, e) && tail_begin(t, r, e)) {
            (void)event_tail_takes(e, pair, differ); /* it has room, and it fits */
            return;
        }
        e->detail->looked_up = false;
    }
    struct pair_set before = pairs;
    add_to_changed(t, &pairs, e, pair);
    keep(t, e, &before, &pairs);
}

bool event_pairs_settle(struct table *t, const struct record *r, struct contact_event *e)
{
    if ((e->flags & EVENT_TAIL) == 0) {
        return true;
    }
    if (event_has_list(e)) {
        return list_end(t, r, e);
    }
    (void)tail_take_in(t, e); /* how many does not matter */
    struct pair_set pairs = e->detail->pairs;
    tail_end(t, e, &pairs);
    return true;
}

static struct pair_ref list_find(const struct contact_event *e, uint64_t base, uint64_t pair)
{
    uint32_t *items = e->detail->tail;
    uint32_t like = pair_narrow(pair) >> (32 - NARROW_TARGET_BITS);
    for (size_t i = 0; i < e->detail->distinct && pair_fits(base, pair); i++) {
        if (items[i] >> (32 - NARROW_TARGET_BITS) == like) {
            return (struct pair_ref){.narrow = &items[i]};
        }
    }
    return (struct pair_ref){0};
}

struct pair_ref event_pairs_find(struct table *t, const struct record *r, struct contact_event *e,
                                 uint64_t pair)
{
    if (event_has_list(e)) {
        e->detail->looked_up = true;
        if (!list_end(t, r, e)) {
            return list_find(e, pair_make(r->first_target, r->first_port), pair);
        }
    } else if ((e->flags & EVENT_TAIL) != 0 && tail_take_in(t, e) < FEW) {
        /* Again and again: this one is better served without. */
        e->detail->looked_up = true;
        struct pair_set pairs = e->detail->pairs;
        tail_end(t, e, &pairs);
    }
    struct pair_set pairs = event_pairs_set(r, e);
    return pair_set_find(&pairs, pair, t->opt.seed);
}

/* Room for wide slots. */
static bool wide_ready(struct table *t, size_t room)
{
    if (room <= t->wide_room) {
        return true;
    }
    uint64_t *wide = pages_alloc(room * sizeof(*wide));
    if (wide == NULL) {
        return false;
    }
    pages_free(t->wide, t->wide_room * sizeof(*wide));
    t->wide = wide;
    t->wide_room = room;
    return true;
}

/* Narrow slots, of which none or some are empty, as wide ones. */
static uint64_t *show_narrow(struct table *t, uint64_t base, const uint32_t *slots, size_t room,
                             size_t *ret_n)
{
    if (!wide_ready(t, room)) {
        return NULL;
    }
    size_t n = 0;
    for (size_t i = 0; i < room; i++) {
        t->wide[n] = pair_widen(base, slots[i]);
        n += slots[i] != 0;
    }
    *ret_n = n;
    return t->wide;
}

uint64_t *event_pairs_show(struct table *t, const struct record *r, struct contact_event *e,
                           size_t *ret_n)
{
    uint64_t base = pair_make(r->first_target, r->first_port);
    if (event_has_list(e) && list_unite(t, e)) {
        return show_narrow(t, base, e->detail->tail, e->detail->distinct, ret_n);
    }
    if (!event_pairs_settle(t, r, e)) {
        return NULL;
    }
    struct pair_set pairs = event_pairs_set(r, e);
    if (!pairs.is_wide) {
        return show_narrow(t, base, pairs.narrow, pair_set_room(&pairs), ret_n);
    }
    size_t n = 0;
    for (size_t i = 0; i < pair_set_room(&pairs); i++) { /* the event ends: it may lose its order */
        pairs.wide[n] = pairs.wide[i];
        n += pairs.wide[i] != 0;
    }
    *ret_n = n;
    return pairs.wide;
}

void event_pairs_each_target(struct table *t, const struct record *r, const struct contact_event *e,
                             void (*see)(struct table *t, uint32_t target))
{
    bool list = event_has_list(e);
    struct pair_set pairs = list ? (struct pair_set){0} : event_pairs_set(r, e);
    uint64_t base = pair_make(r->first_target, r->first_port);
    const uint32_t *narrow = list ? e->detail->tail : pairs.narrow;
    size_t n = list ? list_n(e) : pair_set_room(&pairs);
    for (size_t i = 0; i < n; i++) {
        uint64_t slot = pairs.is_wide    ? pairs.wide[i]
                        : narrow[i] != 0 ? pair_widen(base, narrow[i])
                                         : 0;
        if (slot != 0) {
            see(t, pair_target(slot));
        }
    }
    if (!list && (e->flags & EVENT_TAIL) != 0) {
        const uint64_t *items = e->detail->tail;
        size_t tail_n = tail_places(e) - e->tail_room;
        for (size_t i = 0; i < tail_n; i++) {
            see(t, pair_target(items[i]));
        }
    }
}

void event_pairs_free(struct table *t, const struct record *r, struct contact_event *e)
{
    struct pair_set none = {0};
    if (event_has_list(e)) {
        tail_end(t, e, &none);
        return;
    }
    struct pair_set pairs = event_pairs_set(r, e);
    if ((e->flags & EVENT_TAIL) != 0) {
        tail_end(t, e, &pairs);
    }
    keep(t, e, &pairs, &none);
    pair_set_fini(&pairs, &t->pool);
}
