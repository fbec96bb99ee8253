/* base/core/sort.c - least significant digit first, one byte at a time. */
#include "base/core/sort.h"

#include <stdbool.h>
#include <string.h>

enum { SMALL = 32 };

static void insertion(uint32_t *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t x = v[i];
        size_t k = i;
        for (; k > 0 && v[k - 1] > x; k--) {
            v[k] = v[k - 1];
        }
        v[k] = x;
    }
}

/* False when all have the same byte there: nothing to move. */
static bool one_byte(const uint32_t *from, uint32_t *to, size_t n, unsigned shift)
{
    size_t at[256] = {0};
    for (size_t i = 0; i < n; i++) {
        at[from[i] >> shift & 255]++;
    }
    if (at[from[0] >> shift & 255] == n) {
        return false;
    }
    size_t sum = 0;
    for (size_t b = 0; b < 256; b++) {
        size_t count = at[b];
        at[b] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) {
        to[at[from[i] >> shift & 255]++] = from[i];
    }
    return true;
}

void sort_u32(uint32_t *v, size_t n, uint32_t *spare)
{
    if (n <= SMALL) {
        insertion(v, n);
        return;
    }
    uint32_t *from = v;
    uint32_t *to = spare;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        if (one_byte(from, to, n, shift)) {
            uint32_t *swap = from;
            from = to;
            to = swap;
        }
    }
    if (from != v) {
        memcpy(v, from, n * sizeof(*v));
    }
}
