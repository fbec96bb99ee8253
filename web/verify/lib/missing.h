/* web/verify/lib/missing.h - what glibc has and wasi-libc has not; included before every source. */
#pragma once

#include <stddef.h>

/* In place, by a heap: n log n whatever the input, and no memory. */
void qsort_r(void *items, size_t n, size_t size,
             int (*compare)(const void *a, const void *b, void *ctx), void *ctx);
