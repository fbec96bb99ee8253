/* attribute/ranges.h - address ranges with a value each, searched by halves.
 *
 * Filled in any order, then sealed; lookups after that touch only these
 * arrays. IPv4 and IPv6 are kept apart, so either can be left out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/status.h"

struct attribute_range4 {
    uint32_t first, last; /* host order, both included */
    uint32_t value;
};

struct attribute_range6 {
    struct addr first, last;
    uint32_t value;
};

struct attribute_ranges {
    struct attribute_range4 *v4;
    struct attribute_range6 *v6;
    size_t n4, n6, cap4, cap6;
};

enum attribute_overlap {
    OVERLAP_REFUSED, /* two values for one address are a contradiction */
    OVERLAP_MERGED,  /* overlapping ranges become one: membership lists */
};

void attribute_ranges_fini(struct attribute_ranges *r);
/* ST_MALFORMED when last lies before first; ST_LIMIT past LIMIT_SOURCE_RANGES. */
MUST_USE enum status attribute_ranges_add4(struct attribute_ranges *r, uint32_t first,
                                           uint32_t last, uint32_t value);
/* ST_MALFORMED also when they are not of one family. */
MUST_USE enum status attribute_ranges_add(struct attribute_ranges *r, const struct addr *first,
                                          const struct addr *last, uint32_t value);
/* Sort and check. ST_MALFORMED, with *ret_at the first address of a range that
 * overlaps the one before it, when that is refused. */
MUST_USE enum status attribute_ranges_seal(struct attribute_ranges *r, enum attribute_overlap how,
                                           struct addr *ret_at);
/* The range that holds a. */
bool attribute_ranges_find(const struct attribute_ranges *r, const struct addr *a,
                           struct attribute_range6 *ret);
/* IPv4 addresses held. */
uint64_t attribute_ranges_count4(const struct attribute_ranges *r);
