/* detect/contact/pairs.h - exact sets of (target, port) with what became of
 * each, and exact times per target or port.
 *
 * A pair is one 64-bit slot: target 32, port 16, state 5, count 11 (stops at
 * its maximum). A set of slots costs 8 bytes a pair at most half as much again
 * for room; there are no sketches, so counts are exact.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/hash.h"
#include "base/core/pool.h"
#include "base/model/extent.h"

enum pair_state {
    PAIR_ANSWERED = 1 << 11, /* SYN-ACK, echo reply, a datagram back ... */
    PAIR_REFUSED = 1 << 12,  /* RST, ICMP unreachable */
    PAIR_COMPLETED = 1 << 13,   /* the initiator acknowledged the answer */
    PAIR_CLIENT_DATA = 1 << 14, /* payload from the initiator */
    PAIR_SERVER_DATA = 1 << 15, /* payload from the target */
    PAIR_STATES = 0xf800,
    PAIR_COUNT_MAX = 0x7ff,
};

static inline uint64_t pair_make(uint32_t target, uint16_t port)
{
    return (uint64_t)target << 32 | (uint64_t)port << 16;
}

static inline uint32_t pair_target(uint64_t slot)
{
    return (uint32_t)(slot >> 32);
}

static inline uint16_t pair_port(uint64_t slot)
{
    return (uint16_t)(slot >> 16);
}

static inline unsigned pair_count(uint64_t slot)
{
    return (unsigned)(slot & PAIR_COUNT_MAX);
}

static inline bool pair_same(uint64_t a, uint64_t b)
{
    return (a ^ b) >> 16 == 0;
}

/* One more packet of this pair. */
static inline void pair_add(uint64_t *slot)
{
    *slot += pair_count(*slot) < PAIR_COUNT_MAX;
}

/* Open addressing; a slot of 0 is empty, since a pair in use has a count. The
 * slots are a block of the pool. */
struct pair_set {
    uint64_t *slots;
    uint32_t n;
    uint8_t order; /* 2^order slots, when there are any */
};

static inline size_t pair_set_room(const struct pair_set *s)
{
    return s->slots ? (size_t)1 << s->order : 0;
}

/* Where the search for a pair begins; the set must have slots. */
static inline size_t pair_set_start(const struct pair_set *s, uint64_t pair, uint64_t seed)
{
    return hash_mix(pair >> 16, seed) >> (64 - s->order);
}

/* The pair's slot, or NULL. */
static inline uint64_t *pair_set_find(const struct pair_set *s, uint64_t pair, uint64_t seed)
{
    if (s->slots == NULL) {
        return NULL;
    }
    size_t mask = pair_set_room(s) - 1;
    for (size_t i = pair_set_start(s, pair, seed); s->slots[i] != 0; i = (i + 1) & mask) {
        if (pair_same(s->slots[i], pair)) {
            return &s->slots[i];
        }
    }
    return NULL;
}

/* Make room for one more; false without memory. */
bool pair_set_grow(struct pair_set *s, struct pool *pool, uint64_t seed);

/* One packet of a pair: its slot, taken in when it is new. A set that is full
 * to three quarters must be grown first. */
static inline uint64_t *pair_set_add(struct pair_set *s, uint64_t pair, uint64_t seed)
{
    size_t mask = pair_set_room(s) - 1;
    size_t i = pair_set_start(s, pair, seed);
    for (; s->slots[i] != 0; i = (i + 1) & mask) {
        if (pair_same(s->slots[i], pair)) {
            pair_add(&s->slots[i]);
            return &s->slots[i];
        }
    }
    s->n++;
    s->slots[i] = pair | 1;
    return &s->slots[i];
}

static inline bool pair_set_is_full(const struct pair_set *s)
{
    return s->n * UINT64_C(4) >= pair_set_room(s) * 3;
}

void pair_set_fini(struct pair_set *s, struct pool *pool);

/* First and last packet of one target, or of one port. */
struct span {
    uint32_t key;
    uint32_t packets; /* 0: an empty slot; stops at its maximum */
    struct extent when;
};

/* A small map of spans: the first few in place, then in a table. When it would
 * grow past SPANS_MAX it is closed: what it has stays right, new keys are not
 * taken in. */
enum { SPANS_IN_PLACE = 4 };

struct span_map {
    uint16_t n, cap; /* cap: of items, a power of two, or 0 */
    bool closed;
    uint32_t keys[SPANS_IN_PLACE];
    struct span *items; /* owned; instead of `few` */
    struct span few[SPANS_IN_PLACE];
};

enum { SPANS_SOME = 64, SPANS_MAX = 1024 };

void span_add(struct span *s, int64_t time_ns, uint64_t pos);
/* NULL when it is not there. */
struct span *span_map_find(const struct span_map *m, uint32_t key);
/* Found or new (packets 0); NULL when the map is closed or without memory,
 * which closes it. */
struct span *span_map_put(struct span_map *m, uint32_t key);
/* All of them, in no order: room for at most span_map_room. */
size_t span_map_room(const struct span_map *m);
void span_map_fini(struct span_map *m);
