/* detect/contact/pairs.c - the sets behind an event. */
#include "detect/contact/pairs.h"

#include <stdlib.h>
#include <string.h>

enum { PAIRS_START = 4, PAIRS_SMALL = 10 };
_Static_assert((int)PAIRS_START > (int)BUCKET_ORDER, "a set has two buckets at least");

const uint64_t *pair_find_wide(const uint64_t *slots, unsigned order, uint64_t pair, uint64_t seed)
{
    size_t mask = ((size_t)1 << order) - 1;
    for (size_t i = pair_home(pair, seed, order);; i = (i + BUCKET_SLOTS) & mask) {
        struct bucket_look look = bucket_look_wide(&slots[i], pair);
        if (look.same != 0) {
            return &slots[i + (unsigned)__builtin_ctz(look.same)];
        }
        if (look.empty != 0) {
            return NULL;
        }
    }
}

static uint32_t *find_narrow(const struct pair_set *s, uint64_t pair, uint64_t seed)
{
    size_t mask = pair_set_room(s) - 1;
    for (size_t i = pair_set_start(s, pair, seed);; i = (i + BUCKET_SLOTS) & mask) {
        struct bucket_look look =
            bucket_look_narrow(&s->narrow[i], pair_narrow(pair), 32 - NARROW_TARGET_BITS);
        if (look.same != 0) {
            return &s->narrow[i + (unsigned)__builtin_ctz(look.same)];
        }
        if (look.empty != 0) {
            return NULL;
        }
    }
}

struct pair_ref pair_set_find(const struct pair_set *s, uint64_t pair, uint64_t seed)
{
    struct pair_ref none = {0};
    if (s->slots == NULL) {
        return none;
    }
    if (s->is_wide) {
        const uint64_t *at = pair_find_wide(s->wide, s->order, pair, seed);
        return at == NULL ? none : (struct pair_ref){.wide = &s->wide[at - s->wide]};
    }
    return pair_fits(s->base, pair) ? (struct pair_ref){.narrow = find_narrow(s, pair, seed)}
                                    : none;
}

/* Buckets are met in the order of their place in the smaller set, which is
 * nearly that of their new one. */
static void move_wide(struct pair_set *to, const struct pair_set *from, uint64_t seed)
{
    size_t mask = pair_set_room(to) - 1;
    for (size_t k = 0; k < pair_set_room(from); k++) {
        uint64_t pair = from->wide[k];
        if (pair != 0) {
            size_t i = pair_home(pair, seed, to->order);
            while (to->wide[i] != 0) {
                i = (i + 1) & mask;
            }
            to->wide[i] = pair;
        }
    }
}

static void move_narrow(struct pair_set *to, const struct pair_set *from, uint64_t seed)
{
    size_t mask = pair_set_room(to) - 1;
    for (size_t k = 0; k < pair_set_room(from); k++) {
        uint32_t slot = from->narrow[k];
        if (slot != 0) {
            size_t i = pair_home(pair_widen(from->base, slot), seed, to->order);
            while (to->narrow[i] != 0) {
                i = (i + 1) & mask;
            }
            to->narrow[i] = slot;
        }
    }
}

static bool grow_to(struct pair_set *s, unsigned order, struct pool *pool, uint64_t seed)
{
    struct pair_set bigger = *s;
    bigger.order = (uint8_t)order;
    bigger.slots = pool_take(pool, pair_set_block_order(&bigger));
    if (bigger.slots == NULL) {
        return false;
    }
    if (s->is_wide) {
        move_wide(&bigger, s, seed);
    } else {
        move_narrow(&bigger, s, seed);
    }
    pool_give(pool, s->slots, pair_set_block_order(s));
    *s = bigger;
    return true;
}

bool pair_set_grow(struct pair_set *s, struct pool *pool, uint64_t seed)
{
    /* Small sets grow by four: half the copying for a little room. */
    unsigned step = s->order < PAIRS_SMALL ? 2 : 1;
    return grow_to(s, s->slots == NULL ? PAIRS_START : s->order + step, pool, seed);
}

bool pair_set_grow_for(struct pair_set *s, size_t n, struct pool *pool, uint64_t seed)
{
    unsigned order = s->slots == NULL ? PAIRS_START : s->order;
    while (n > (size_t)3 << order >> 2) {
        order++;
    }
    return order <= s->order || grow_to(s, order, pool, seed);
}

void pair_set_copy(const struct pair_set *s, uint64_t *out)
{
    for (size_t k = 0; k < pair_set_room(s); k++) {
        out[k] = s->is_wide          ? s->wide[k]
                 : s->narrow[k] != 0 ? pair_widen(s->base, s->narrow[k])
                                     : 0;
    }
}

bool pair_set_turn_wide(struct pair_set *s, struct pool *pool)
{
    struct pair_set wide = *s;
    wide.is_wide = true;
    wide.slots = pool_take(pool, pair_set_block_order(&wide));
    if (wide.slots == NULL) {
        return false;
    }
    pair_set_copy(s, wide.wide); /* the order of slots is the same: they stay where they are */
    pool_give(pool, s->slots, pair_set_block_order(s));
    *s = wide;
    return true;
}

bool pair_set_begin(struct pair_set *s, struct pool *pool, uint64_t pair, uint64_t seed)
{
    *s = (struct pair_set){.base = pair, .is_wide = pair_count(pair) >= NARROW_COUNT_MAX};
    if (!pair_set_grow(s, pool, seed)) {
        return false;
    }
    size_t i = pair_set_start(s, pair, seed);
    if (s->is_wide) {
        s->wide[i] = pair;
    } else {
        s->narrow[i] = pair_narrow(pair);
    }
    s->n = 1;
    return true;
}

void pair_set_fini(struct pair_set *s, struct pool *pool)
{
    pool_give(pool, s->slots, pair_set_block_order(s));
    *s = (struct pair_set){0};
}

void span_add(struct span *s, int64_t time_ns, uint64_t pos)
{
    if (s->packets == 0) {
        s->when = extent_of(time_ns, pos);
    } else {
        extent_add(&s->when, time_ns, pos);
    }
    s->packets += s->packets < UINT32_MAX;
}

static uint32_t span_slot(const struct span_map *m, uint32_t key)
{
    uint32_t i = span_home(m, key);
    while (m->items[i].packets != 0 && m->items[i].key != key) {
        i = (i + 1) & (m->cap - 1U);
    }
    return i;
}

static struct span *find_few(const struct span_map *m, uint32_t key)
{
    for (unsigned i = 0; i < m->n; i++) {
        if (m->keys[i] == key) {
            /* The map is const only for those who may not add to it. */
            return (struct span *)(uintptr_t)&m->few[i];
        }
    }
    return NULL;
}

struct span *span_map_find(const struct span_map *m, uint32_t key)
{
    if (m->cap == 0) {
        return find_few(m, key);
    }
    struct span *s = &m->items[span_slot(m, key)];
    return s->packets ? s : NULL;
}

static bool spans_grow(struct span_map *m)
{
    if (m->n >= SPANS_MAX) {
        return false;
    }
    struct span_map bigger = {.n = m->n, .cap = m->cap ? (uint16_t)(m->cap * 2) : 16};
    bigger.items = calloc(bigger.cap, sizeof(*bigger.items));
    if (bigger.items == NULL) {
        return false;
    }
    const struct span *old = m->cap ? m->items : m->few;
    unsigned old_n = m->cap ? m->cap : m->n;
    for (unsigned i = 0; i < old_n; i++) {
        if (old[i].packets != 0) {
            bigger.items[span_slot(&bigger, old[i].key)] = old[i];
        }
    }
    free(m->items);
    *m = bigger;
    return true;
}

struct span *span_map_put(struct span_map *m, uint32_t key)
{
    struct span *s = span_map_find(m, key);
    if (s != NULL || m->closed) {
        return s;
    }
    if (m->cap == 0 && m->n < SPANS_IN_PLACE) {
        m->keys[m->n] = key;
        s = &m->few[m->n++];
        *s = (struct span){.key = key};
        return s;
    }
    if ((m->cap == 0 || m->n * 4U >= m->cap * 3U) && !spans_grow(m)) {
        m->closed = true;
        return NULL;
    }
    s = &m->items[span_slot(m, key)];
    s->key = key;
    m->n++;
    return s;
}

size_t span_map_room(const struct span_map *m)
{
    return m->cap * sizeof(struct span);
}

void span_map_fini(struct span_map *m)
{
    free(m->items);
    *m = (struct span_map){0};
}
