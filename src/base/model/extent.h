/* base/model/extent.h - from the first to the last of some observations.
 *
 * Joining is associative and commutative, ties included, so that an extent
 * does not depend on the order in which its parts were met.
 */
#pragma once

#include <stdint.h>

struct extent {
    int64_t first_ns, last_ns;
    uint64_t first_pos, last_pos; /* see pos_make */
};

static inline struct extent extent_of(int64_t time_ns, uint64_t pos)
{
    return (struct extent){time_ns, time_ns, pos, pos};
}

static inline void extent_join(struct extent *e, const struct extent *other)
{
    if (other->first_ns < e->first_ns ||
        (other->first_ns == e->first_ns && other->first_pos < e->first_pos)) {
        e->first_ns = other->first_ns;
        e->first_pos = other->first_pos;
    }
    if (other->last_ns > e->last_ns ||
        (other->last_ns == e->last_ns && other->last_pos > e->last_pos)) {
        e->last_ns = other->last_ns;
        e->last_pos = other->last_pos;
    }
}

static inline void extent_add(struct extent *e, int64_t time_ns, uint64_t pos)
{
    if (time_ns > e->last_ns) { /* nearly always */
        e->last_ns = time_ns;
        e->last_pos = pos;
        return;
    }
    struct extent one = extent_of(time_ns, pos);
    extent_join(e, &one);
}
