/* base/core/pages.h - large zeroed memory for tables, on huge pages where the
 * system gives them: they nearly double the speed of a table that does not
 * fit the caches, because its translation entries do.
 */
#pragma once

#include <stddef.h>

/* Zeroed; NULL when there is none. Sizes under 2 MiB come from calloc. */
void *pages_alloc(size_t size_bytes);
/* The same memory made larger, its new end zeroed; it may move. NULL when there
 * is none: then p is as it was. */
void *pages_grow(void *p, size_t old_bytes, size_t new_bytes);
void pages_free(void *p, size_t size_bytes);
