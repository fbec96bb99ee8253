/* web/verify/lib/missing.c - sorting with a context, and tables on the heap. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/pages.h"

struct sorted {
    uint8_t *items;
    size_t size;
    int (*compare)(const void *a, const void *b, void *ctx);
    void *ctx;
};

static void swap(const struct sorted *s, size_t a, size_t b)
{
    uint8_t *x = s->items + a * s->size;
    uint8_t *y = s->items + b * s->size;
    for (size_t i = 0; i < s->size; i++) {
        uint8_t t = x[i];
        x[i] = y[i];
        y[i] = t;
    }
}

static int order(const struct sorted *s, size_t a, size_t b)
{
    return s->compare(s->items + a * s->size, s->items + b * s->size, s->ctx);
}

/* The item sinks until none of the two below it, among n, is larger. */
static void sink(const struct sorted *s, size_t at, size_t n)
{
    for (size_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
        child += child + 1 < n && order(s, child, child + 1) < 0;
        if (order(s, at, child) >= 0) {
            return;
        }
        swap(s, at, child);
        at = child;
    }
}

void qsort_r(void *items, size_t n, size_t size,
             int (*compare)(const void *a, const void *b, void *ctx), void *ctx)
{
    struct sorted s = {items, size, compare, ctx};
    for (size_t i = n / 2; i-- > 0;) {
        sink(&s, i, n);
    }
    for (size_t i = n; i-- > 1;) {
        swap(&s, 0, i);
        sink(&s, 0, i);
    }
}

void *pages_alloc(size_t n)
{
    return calloc(1, n);
}

void *pages_grow(void *p, size_t old, size_t n)
{
    uint8_t *q = realloc(p, n);
    if (q != NULL && n > old) {
        memset(q + old, 0, n - old);
    }
    return q;
}

void pages_free(void *p, size_t n)
{
    (void)n;
    free(p);
}
