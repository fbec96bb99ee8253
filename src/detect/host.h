/* detect/host.h - addresses as small numbers, for tables that must be dense.
 *
 * A host key is 33 bits in a uint64_t: an IPv4 address itself, or bit 32 and
 * the index of another in a table that grows as they are met: IPv6 addresses,
 * and all that were met inside a tunnel. Those are hosts of their own, because
 * whoever sends a tunnel's packets can make up everybody inside.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/hash.h"
#include "base/core/status.h"

#define HOST_V6   (UINT64_C(1) << 32) /* it stands in the table */
#define HOST_NONE UINT64_MAX

struct host {
    struct addr addr;
    uint32_t inner;
};

struct host_table {
    uint64_t seed;
    struct host *hosts;
    uint32_t n, cap;     /* of hosts */
    uint32_t *index;     /* open addressing: 1 + number, 0 empty */
    uint32_t index_cap;  /* power of two */
    uint8_t *used;       /* marks of a collection, one bit a number */
    uint32_t *free_list; /* numbers that can be given again, last first */
    uint32_t free_n;
};

void host_table_init(struct host_table *t, uint64_t seed);
void host_table_fini(struct host_table *t);

/* The key of an address; HOST_NONE when it was never met and has to be in the
 * table. */
uint64_t host_find(const struct host_table *t, const struct addr *a, bool inner);
/* The same, but a new one is taken in; HOST_NONE without memory. */
uint64_t host_intern(struct host_table *t, const struct addr *a, bool inner);
/* The same in steps, each to be done for many before the next: their hashes,
 * and what these two fetch is there for the last one. */
static inline uint64_t host_hash(const struct host_table *t, const struct addr *a, bool inner)
{
    uint64_t h = hash_mix(load_le64(a->b) + inner, t->seed) ^ load_le64(a->b + 8);
    return hash_mix(h, ~t->seed);
}

static inline __attribute__((always_inline)) void host_fetch_index(const struct host_table *t,
                                                                   uint64_t hash)
{
    __builtin_prefetch(&t->index[(uint32_t)hash & (t->index_cap - 1)]);
}

static inline __attribute__((always_inline)) void host_fetch(const struct host_table *t,
                                                             uint64_t hash)
{
    uint32_t number = t->index[(uint32_t)hash & (t->index_cap - 1)];
    __builtin_prefetch(&t->hosts[number != 0 ? number - 1 : 0]);
}

uint64_t host_intern_hashed(struct host_table *t, const struct addr *a, bool inner, uint64_t hash);
bool host_is_inner(const struct host_table *t, uint64_t key);
struct addr host_addr(const struct host_table *t, uint64_t key);
size_t host_table_bytes(const struct host_table *t);

/* Forget the IPv6 addresses that nothing uses any more: begin, mark every key
 * in use, end. Without memory for the marks nothing is forgotten. */
bool host_collect_begin(struct host_table *t);
void host_collect_mark(struct host_table *t, uint64_t key);
void host_collect_end(struct host_table *t);
