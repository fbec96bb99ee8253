/* detect/contact/pairs.c - the sets behind an event. */
#include "detect/contact/pairs.h"

#include <stdlib.h>
#include <string.h>

enum { PAIRS_START = 3 };

bool pair_set_grow(struct pair_set *s, struct pool *pool, uint64_t seed)
{
    struct pair_set bigger = {.n = s->n, .order = s->slots ? s->order + 1 : PAIRS_START};
    bigger.slots = pool_take(pool, bigger.order + 3U);
    if (bigger.slots == NULL) {
        return false;
    }
    size_t mask = pair_set_room(&bigger) - 1;
    for (size_t k = 0; k < pair_set_room(s); k++) {
        if (s->slots[k] != 0) {
            size_t i = pair_set_start(&bigger, s->slots[k], seed);
            while (bigger.slots[i] != 0) {
                i = (i + 1) & mask;
            }
            bigger.slots[i] = s->slots[k];
        }
    }
    pair_set_fini(s, pool);
    *s = bigger;
    return true;
}

void pair_set_fini(struct pair_set *s, struct pool *pool)
{
    pool_give(pool, s->slots, s->order + 3U);
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

/* Keys are addresses and ports: a multiplication spreads them enough for a
 * map that is bounded by SPANS_MAX whoever chooses the keys. */
static uint32_t span_slot(const struct span_map *m, uint32_t key)
{
    uint32_t i = (key * UINT32_C(0x9e3779b1) >> 16) & (m->cap - 1U);
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
