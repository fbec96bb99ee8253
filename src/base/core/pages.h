/* base/core/pages.h - large zeroed memory for tables, on huge pages where the
 * system gives them: they nearly double the speed of a table that does not
 * fit the caches, because its translation entries do.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Zeroed; NULL when there is none. Sizes under 2 MiB come from calloc. */
void *pages_alloc(size_t size_bytes);
/* The same memory made larger, its new end zeroed; it may move. NULL when there
 * is none: then p is as it was. */
void *pages_grow(void *p, size_t old_bytes, size_t new_bytes);
void pages_free(void *p, size_t size_bytes);

/* Large memory that somebody else has got, for which huge pages are wanted too: only
 * advice, and only worth something before it is written to. */
void pages_advise(void *p, size_t size_bytes);
/* For a process whose pieces of work follow each other: what one has freed the next
 * one gets, where it would else go back to the system and be zeroed each time. */
void pages_keep_freed(void);

/* Brings a line near before it is needed. It is read: processors drop prefetches
 * whose page they would have to look up (measured: in a virtual machine, most of
 * them). A read holds up what comes much later, so touch many in a tight loop. */
static inline void pages_touch(const void *p)
{
    (void)*(const volatile uint8_t *)p; /* read, and thrown away */
}
