/* attribute/intern.h - runs of bytes, each kept once and known by a number. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

struct attribute_intern {
    struct buf bytes; /* all of them, one behind the other */
    uint32_t *starts; /* of each in bytes; starts[n] is the end */
    size_t n, cap, max;
    uint32_t *slots; /* number + 1, or 0 */
    size_t slot_n;
    uint64_t seed;
};

/* Number 0 is the empty run. The seed only orders the table; numbers follow
 * from the order of calls. */
MUST_USE enum status attribute_intern_init(struct attribute_intern *t, size_t max, size_t max_bytes,
                                           uint64_t seed);
void attribute_intern_fini(struct attribute_intern *t);
/* The number of s. ST_LIMIT past a maximum. */
MUST_USE enum status attribute_intern_add(struct attribute_intern *t, struct bytes s,
                                          uint32_t *ret);
