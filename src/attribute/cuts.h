/* attribute/cuts.h - a region of addresses, cut into runs with a value each.
 *
 * Runs are in order and leave no gap: each goes up to the next. Neighbours
 * that are alike become one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/ranges.h"
#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/core/wide.h"

/* Which addresses: those that begin with the first `len` bits of base. */
struct attribute_region {
    uint128 base;
    unsigned len;
};

/* IPv4 in the form of struct addr, and the part of IPv6 that is in use: all
 * other IPv6 addresses are special (attribute/special.h). */
#define ATTRIBUTE_REGION_V4 ((struct attribute_region){(uint128)0xffff << 32, 96})
#define ATTRIBUTE_REGION_V6 ((struct attribute_region){(uint128)1 << 125, 3})

enum { ATTRIBUTE_NO_NET = 255 };

struct attribute_cut {
    uint128 first;
    uint32_t value;
    uint8_t net_len; /* of the network behind the value, or ATTRIBUTE_NO_NET */
};

struct attribute_cuts {
    struct attribute_region region;
    struct attribute_cut *items;
    size_t n, cap;
};

static inline uint128 attribute_wide(const struct addr *a)
{
    return (uint128)load_be64(a->b) << 64 | load_be64(a->b + 8);
}

static inline struct addr attribute_narrow(uint128 v)
{
    struct addr a;
    store_be64(a.b, (uint64_t)(v >> 64));
    store_be64(a.b + 8, (uint64_t)v);
    return a;
}

/* The first address behind the region. */
static inline uint128 attribute_region_end(const struct attribute_region *r)
{
    return r->base + ((uint128)1 << (128 - r->len));
}

/* One run of value 0. */
MUST_USE enum status attribute_cuts_init(struct attribute_cuts *c,
                                         const struct attribute_region *region);
void attribute_cuts_fini(struct attribute_cuts *c);
/* The next run, in order; what begins before the region is moved to its start,
 * what begins behind it is dropped. ST_LIMIT past LIMIT_TABLE_CUTS. */
MUST_USE enum status attribute_cuts_add(struct attribute_cuts *c, uint128 first, uint32_t value,
                                        uint8_t net_len);
/* Sealed ranges; `value` for all of them, or 0: each has its own, plus one. */
MUST_USE enum status attribute_cuts_ranges(struct attribute_cuts *c,
                                           const struct attribute_ranges *r, uint32_t value);
