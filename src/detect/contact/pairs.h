/* detect/contact/pairs.h - exact sets of (target, port) with what became of
 * each, and exact times per target or port.
 *
 * A pair is one 64-bit slot: target 32, port 16, state 5, count 11 (stops at
 * its maximum). A set of slots costs 8 bytes a pair at most half as much again
 * for room; there are no sketches, so counts are exact.
 *
 * Long because the hot part of a set is inlined where packets are read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/hash.h"
#include "base/core/pool.h"
#include "base/model/extent.h"
#include "detect/contact/bucket.h"

enum pair_state {
    PAIR_ANSWERED = 1 << 11,    /* SYN-ACK, echo reply, a datagram back ... */
    PAIR_REFUSED = 1 << 12,     /* RST, ICMP unreachable */
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

/* Open addressing by buckets (bucket.h); a slot of 0 is empty, since a pair in
 * use has a count. The slots are a block of the pool.
 *
 * A set begins narrow: while all its pairs have one port and lie in one
 * aligned block of 2^20 targets, a slot takes 32 bits (target 20, state 5,
 * count 7). It turns wide when a pair does not fit, or a count would stop. */
enum { NARROW_TARGET_BITS = 20, NARROW_COUNT_MAX = 0x7f };

struct pair_set {
    union {
        uint64_t *wide;
        uint32_t *narrow;
        void *slots;
    };
    uint64_t base; /* narrow: any of the pairs, for the port and the block */
    uint32_t n;
    uint8_t order; /* 2^order slots, when there are any */
    bool is_wide;
};

/* Where a pair stands, to read and set its states. */
struct pair_ref {
    uint64_t *wide;
    uint32_t *narrow;
};

static inline bool pair_ref_found(struct pair_ref r)
{
    return r.wide != NULL || r.narrow != NULL;
}

/* enum pair_state bits. */
static inline uint64_t pair_ref_states(struct pair_ref r)
{
    return r.wide != NULL     ? *r.wide & PAIR_STATES
           : r.narrow != NULL ? ((uint64_t)*r.narrow << 4 & PAIR_STATES)
                              : 0;
}

static inline void pair_ref_set(struct pair_ref r, uint64_t states)
{
    if (r.wide != NULL) {
        *r.wide |= states;
    } else if (r.narrow != NULL) {
        *r.narrow |= (uint32_t)(states >> 4);
    }
}

static inline size_t pair_set_room(const struct pair_set *s)
{
    return s->slots ? (size_t)1 << s->order : 0;
}

static inline unsigned pair_set_block_order(const struct pair_set *s)
{
    return s->order + (s->is_wide ? 3U : 2U);
}

static inline size_t pair_set_bytes(const struct pair_set *s)
{
    return s->slots ? (size_t)1 << pair_set_block_order(s) : 0;
}

/* Multiply-shift, see table_hot.h; the seed is an odd multiplier. */
static inline uint64_t pair_hash(uint64_t pair, uint64_t seed)
{
    return (pair >> 16) * seed;
}

/* The first slot of the home bucket of a pair, among 2^order slots. */
static inline size_t pair_home(uint64_t pair, uint64_t seed, unsigned order)
{
    return (size_t)(pair_hash(pair, seed) >> (64 + BUCKET_ORDER - order)) << BUCKET_ORDER;
}

/* ... of a set, which must have slots. */
static inline size_t pair_set_start(const struct pair_set *s, uint64_t pair, uint64_t seed)
{
    return pair_home(pair, seed, s->order);
}

static inline const void *pair_set_hint(const struct pair_set *s, uint64_t pair, uint64_t seed)
{
    size_t i = pair_set_start(s, pair, seed);
    return (const uint8_t *)s->slots + (i << (s->is_wide ? 3 : 2));
}

static inline uint64_t pair_widen(uint64_t base, uint32_t slot)
{
    uint64_t block = base >> (32 + NARROW_TARGET_BITS) << (32 + NARROW_TARGET_BITS);
    uint64_t target = (uint64_t)(slot >> (32 - NARROW_TARGET_BITS)) << 32;
    uint64_t port = base & UINT64_C(0xffff0000);
    uint64_t states = (uint64_t)slot << 4 & PAIR_STATES;
    return block | target | port | states | (slot & NARROW_COUNT_MAX);
}

static inline uint32_t pair_narrow(uint64_t pair)
{
    return (uint32_t)(pair >> 32) << (32 - NARROW_TARGET_BITS) |
           (uint32_t)((pair & PAIR_STATES) >> 4) | (uint32_t)pair_count(pair);
}

/* Can a narrow set of this base hold the pair? */
static inline bool pair_fits(uint64_t base, uint64_t pair)
{
    uint64_t differ = base ^ pair;
    return (differ >> (32 + NARROW_TARGET_BITS)) == 0 && (differ & UINT64_C(0xffff0000)) == 0;
}

/* A pair among wide slots that stand as a set's; NULL when it is not there. */
const uint64_t *pair_find_wide(const uint64_t *slots, unsigned order, uint64_t pair, uint64_t seed);
struct pair_ref pair_set_find(const struct pair_set *s, uint64_t pair, uint64_t seed);

/* Make room for one more; false without memory. */
bool pair_set_grow(struct pair_set *s, struct pool *pool, uint64_t seed);
/* ... for n in all. */
bool pair_set_grow_for(struct pair_set *s, size_t n, struct pool *pool, uint64_t seed);
bool pair_set_turn_wide(struct pair_set *s, struct pool *pool);

static inline bool pair_set_is_full(const struct pair_set *s)
{
    return s->n >= 3U << s->order >> 2;
}

/* One packet of a pair, taken in when it is new, in a set that has room and, if
 * narrow, holds such pairs. False when a narrow count has come to its end. */
static inline __attribute__((always_inline)) bool pair_set_add(struct pair_set *s, uint64_t pair,
                                                               uint64_t seed)
{
    size_t mask = pair_set_room(s) - 1;
    size_t i = pair_set_start(s, pair, seed);
    struct bucket_look look;
    if (s->is_wide) {
        for (;; i = (i + BUCKET_SLOTS) & mask) {
            look = bucket_look_wide(&s->wide[i], pair);
            if ((look.same | look.empty) != 0) {
                break;
            }
        }
        if (look.same != 0) {
            pair_add(&s->wide[i + (unsigned)__builtin_ctz(look.same)]);
            return true;
        }
        s->wide[i + (unsigned)__builtin_ctz(look.empty)] = pair | 1;
    } else {
        uint32_t slot = pair_narrow(pair | 1);
        for (;; i = (i + BUCKET_SLOTS) & mask) {
            look = bucket_look_narrow(&s->narrow[i], slot, 32 - NARROW_TARGET_BITS);
            if ((look.same | look.empty) != 0) {
                break;
            }
        }
        if (look.same != 0) {
            uint32_t *had = &s->narrow[i + (unsigned)__builtin_ctz(look.same)];
            bool more = (*had & NARROW_COUNT_MAX) < NARROW_COUNT_MAX;
            *had += more;
            return more;
        }
        s->narrow[i + (unsigned)__builtin_ctz(look.empty)] = slot;
    }
    s->n++;
    return true;
}

/* The first pair of a set, with its states and count. */
bool pair_set_begin(struct pair_set *s, struct pool *pool, uint64_t pair, uint64_t seed);
/* All pairs as wide slots, empty ones among them, into `out` of pair_set_room. */
void pair_set_copy(const struct pair_set *s, uint64_t *out);
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

/* Keys are addresses and ports: a multiplication spreads them enough for a
 * map that is bounded by SPANS_MAX whoever chooses the keys. */
static inline uint32_t span_home(const struct span_map *m, uint32_t key)
{
    return (key * UINT32_C(0x9e3779b1) >> 16) & (m->cap - 1U);
}

void span_add(struct span *s, int64_t time_ns, uint64_t pos);
/* NULL when it is not there. */
struct span *span_map_find(const struct span_map *m, uint32_t key);
/* Fetch what the one above will look at. */
static inline __attribute__((always_inline)) void span_map_fetch(const struct span_map *m,
                                                                 uint32_t key)
{
    if (m->cap != 0) {
        __builtin_prefetch(&m->items[span_home(m, key)], 1);
    }
}

/* Found or new (packets 0); NULL when the map is closed or without memory,
 * which closes it. */
struct span *span_map_put(struct span_map *m, uint32_t key);
/* All of them, in no order: room for at most span_map_room. */
size_t span_map_room(const struct span_map *m);
void span_map_fini(struct span_map *m);
