/* evidence/ends.h - addresses of a segment, numbered as they come, and sorted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/cursor.h"
#include "base/core/hash.h"
#include "base/core/pages.h"
#include "base/core/status.h"

/* Who lies in a slot: its hash too, so that strangers are passed by without
 * looking at what is kept of them. */
struct evidence_ends_slot {
    uint32_t hash, number; /* number + 1; 0: free */
};

/* What is kept of each is the caller's: `size` bytes that begin with its
 * address. Pointers into it last until the next address is added. */
struct evidence_ends {
    uint8_t *items;
    struct evidence_ends_slot *slots;
    size_t size, room;
    uint32_t n, slot_mask;
    uint64_t seed;
};

void evidence_ends_init(struct evidence_ends *t, size_t size, uint64_t seed);
void evidence_ends_fini(struct evidence_ends *t); /* wiped: keys stand there */
void evidence_ends_clear(struct evidence_ends *t);
/* The number of an address; *fresh when it was not there: then all but the
 * address is zero. */
MUST_USE enum status evidence_ends_add(struct evidence_ends *t, const struct addr *a, uint32_t *ret,
                                       bool *fresh);
/* The same for who has its hash. */
MUST_USE enum status evidence_ends_add_hashed(struct evidence_ends *t, const struct addr *a,
                                              uint32_t hash, uint32_t *ret, bool *fresh);
static inline uint32_t evidence_ends_hash(const struct evidence_ends *t, const struct addr *a)
{
    return (uint32_t)hash_mix(load_le64(a->b + 8) ^ hash_mix(load_le64(a->b), ~t->seed), t->seed);
}

/* Hot: for addresses that are added soon, first where to look, then what is
 * there; both are fetched while others are worked on. */
static inline void evidence_ends_expect(const struct evidence_ends *t, uint32_t hash)
{
    if (t->slots != NULL) {
        pages_touch(&t->slots[hash & t->slot_mask]);
    }
}

static inline void *evidence_ends_at(const struct evidence_ends *t, uint32_t i)
{
    return t->items + (size_t)i * t->size;
}

static inline void evidence_ends_fetch(const struct evidence_ends *t, uint32_t hash)
{
    if (t->slots == NULL) {
        return;
    }
    uint32_t i = hash & t->slot_mask;
    while (t->slots[i].number != 0 && t->slots[i].hash != hash) {
        i = (i + 1) & t->slot_mask;
    }
    if (t->slots[i].number != 0) {
        const uint8_t *item = evidence_ends_at(t, t->slots[i].number - 1);
        pages_touch(item);
        pages_touch(item + t->size - 1);
    }
}

/* Numbers in ascending order of n keys of 16 bytes, `stride` bytes apart. */
MUST_USE enum status evidence_sort_keys(const uint8_t *keys, size_t stride, uint32_t n,
                                        uint32_t *ret);
