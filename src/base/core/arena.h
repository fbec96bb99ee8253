/* base/core/arena.h - many small allocations, freed at once.
 *
 * For the parsed form of one input. Growth is bounded by a maximum.
 */
#pragma once

#include <stddef.h>

#include "base/core/cursor.h"

struct arena_block;

struct arena {
    struct arena_block *head;
    size_t used_bytes; /* of all blocks */
    size_t max_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);
void arena_fini(struct arena *a);
/* Zeroed and aligned for anything; NULL without memory or past the maximum. */
void *arena_alloc(struct arena *a, size_t n);
/* A copy of s with a NUL behind it. */
char *arena_text(struct arena *a, struct bytes s);
