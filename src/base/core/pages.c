/* base/core/pages.c - aligned mmap with MADV_HUGEPAGE for what is large. */
#include "base/core/pages.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_BYTES = 2 << 20 };

static size_t rounded(size_t n)
{
    return (n + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
}

/* A map that begins at a huge page: one huge page more, its ends cut off. */
static void *map_aligned(size_t bytes)
{
    size_t more = bytes + HUGE_BYTES;
    uint8_t *p = mmap(NULL, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return NULL;
    }
    size_t front = (HUGE_BYTES - (uintptr_t)p % HUGE_BYTES) % HUGE_BYTES;
    if (front > 0) {
        (void)munmap(p, front); /* part of our own mapping: cannot fail */
    }
    (void)munmap(p + front + bytes, HUGE_BYTES - front);
    (void)madvise(p + front, bytes, MADV_HUGEPAGE); /* only advice: slower without */
    return p + front;
}

void *pages_alloc(size_t size_bytes)
{
    if (size_bytes > SIZE_MAX - 2 * (size_t)HUGE_BYTES) {
        return NULL;
    }
    return size_bytes < HUGE_BYTES ? calloc(1, size_bytes) : map_aligned(rounded(size_bytes));
}

void *pages_grow(void *p, size_t old_bytes, size_t new_bytes)
{
    if (old_bytes < HUGE_BYTES) {
        void *bigger = pages_alloc(new_bytes);
        if (bigger != NULL && p != NULL) {
            memcpy(bigger, p, old_bytes);
            pages_free(p, old_bytes);
        }
        return bigger;
    }
    /* To a place of our choosing, so that it begins at a huge page again; the
     * pages themselves are not copied. */
    void *place = map_aligned(rounded(new_bytes));
    if (place == NULL) {
        return NULL;
    }
    void *moved =
        mremap(p, rounded(old_bytes), rounded(new_bytes), MREMAP_MAYMOVE | MREMAP_FIXED, place);
    if (moved == MAP_FAILED) {
        (void)munmap(place, rounded(new_bytes)); /* our own mapping: cannot fail */
        return NULL;
    }
    (void)madvise(moved, rounded(new_bytes), MADV_HUGEPAGE); /* only advice */
    return moved;
}

void pages_free(void *p, size_t size_bytes)
{
    if (size_bytes < HUGE_BYTES) {
        free(p);
    } else if (p != NULL) {
        (void)munmap(p, rounded(size_bytes)); /* our own mapping: cannot fail */
    }
}

void pages_advise(void *p, size_t size_bytes)
{
    uintptr_t from = ((uintptr_t)p + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
    uintptr_t to = ((uintptr_t)p + size_bytes) / HUGE_BYTES * HUGE_BYTES;
    if (from < to) {
        (void)madvise((uint8_t *)p + (from - (uintptr_t)p), to - from, MADV_HUGEPAGE);
    }
}

void pages_keep_freed(void)
{
    enum { LARGE_BYTES = 32 << 20, KEPT_BYTES = 256 << 20 }; /* glibc takes no more for large */
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);            /* slower without */
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}
