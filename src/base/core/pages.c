/* base/core/pages.c - mmap with MADV_HUGEPAGE for what is large. */
#include "base/core/pages.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { PAGES_LARGE_BYTES = 2 << 20 };

void *pages_alloc(size_t size_bytes)
{
    if (size_bytes < PAGES_LARGE_BYTES) {
        return calloc(1, size_bytes);
    }
    void *p = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return NULL;
    }
    (void)madvise(p, size_bytes, MADV_HUGEPAGE); /* only advice: slower without */
    return p;
}

void pages_free(void *p, size_t size_bytes)
{
    if (size_bytes < PAGES_LARGE_BYTES) {
        free(p);
    } else if (p != NULL) {
        (void)munmap(p, size_bytes); /* our own mapping: cannot fail */
    }
}
