/* base/core/touch.h - memory that will be needed soon, fetched into the cache.
 *
 * A load, not a prefetch: some processors drop a prefetch whose page they do
 * not have at hand, and in tables of many megabytes that is most of them. The
 * loads of one loop overlap, so that many cost little more than one.
 */
#pragma once

/* Reads one byte at p, which must be there to read. */
static inline void touch(const void *p)
{
    (void)*(const volatile unsigned char *)p;
}
