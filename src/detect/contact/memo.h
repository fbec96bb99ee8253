/* detect/contact/memo.h - what was just learned about a connection.
 *
 * A direct-mapped cache of 5-tuples. It remembers a server's first sequence
 * number until the client acknowledges it, and that nothing is left to learn
 * from more packets of a connection, so that bulk data costs one look. Its
 * hash is fixed: what is forgotten must not differ between two runs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/hash.h"
#include "base/model/observation.h"

enum memo_flag {
    MEMO_ISN = 1,      /* isn holds the server's first sequence number */
    MEMO_DONE_LOW = 2, /* data from the lower end: nothing more to learn */
    MEMO_DONE_HIGH = 4,
    MEMO_ACK_LOW = 8, /* ... from its packets without data */
    MEMO_ACK_HIGH = 16,
};

struct memo {
    uint64_t tag;
    uint32_t isn;
    uint32_t flags;
};

enum { MEMO_SLOTS = 1 << 14 };

struct memo_cache {
    struct memo *slots; /* MEMO_SLOTS */
};

/* Which end sends: the one whose (address, port) sorts first is low. */
static inline bool memo_from_low(const struct observation *o)
{
    uint64_t src = load_be64(o->src.b);
    uint64_t dst = load_be64(o->dst.b);
    if (src == dst) {
        src = load_be64(o->src.b + 8);
        dst = load_be64(o->dst.b + 8);
    }
    return src < dst || (src == dst && o->src_port <= o->dst_port);
}

/* What is set when nothing is left to learn from such packets. */
static inline uint32_t memo_done(const struct observation *o)
{
    bool low = memo_from_low(o);
    return o->payload_len > 0 ? (low ? MEMO_DONE_LOW : MEMO_DONE_HIGH)
                              : (low ? MEMO_ACK_LOW : MEMO_ACK_HIGH);
}

static inline uint64_t memo_key(const struct observation *o)
{
    uint64_t a = load_le64(o->src.b) ^ hash_mix(load_le64(o->src.b + 8), o->src_port);
    uint64_t b = load_le64(o->dst.b) ^ hash_mix(load_le64(o->dst.b + 8), o->dst_port);
    return hash_mix(a + b, a ^ b) | 1; /* the same from both ends; never 0 */
}

static inline struct memo *memo_slot(const struct memo_cache *m, uint64_t key)
{
    return &m->slots[key >> 50];
}

static inline bool memo_is_done(const struct memo_cache *m, uint64_t key,
                                const struct observation *o)
{
    const struct memo *memo = memo_slot(m, key);
    return memo->tag == key && (memo->flags & memo_done(o)) != 0;
}
