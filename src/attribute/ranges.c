/* attribute/ranges.c - growing, sorting, searching. */
#include "attribute/ranges.h"

#include <stdlib.h>

#include "base/core/limits.h"

void attribute_ranges_fini(struct attribute_ranges *r)
{
    free(r->v4);
    free(r->v6);
    *r = (struct attribute_ranges){0};
}

/* Room for one more; the arrays double. */
static enum status grow(void **array, size_t *cap, size_t n, size_t item)
{
    if (n < *cap) {
        return ST_OK;
    }
    if (n >= LIMIT_SOURCE_RANGES) {
        return ST_LIMIT;
    }
    size_t want = *cap ? *cap * 2 : 1024;
    void *p = realloc(*array, want * item);
    if (p == NULL) {
        return ST_NOMEM;
    }
    *array = p;
    *cap = want;
    return ST_OK;
}

enum status attribute_ranges_add4(struct attribute_ranges *r, uint32_t first, uint32_t last,
                                  uint32_t value)
{
    if (first > last) {
        return ST_MALFORMED;
    }
    void *p = r->v4;
    TRY(grow(&p, &r->cap4, r->n4, sizeof(*r->v4)));
    r->v4 = p;
    r->v4[r->n4++] = (struct attribute_range4){first, last, value};
    return ST_OK;
}

enum status attribute_ranges_add(struct attribute_ranges *r, const struct addr *first,
                                 const struct addr *last, uint32_t value)
{
    if (addr_is_v4(first) != addr_is_v4(last) || addr_compare(first, last) > 0) {
        return ST_MALFORMED;
    }
    if (addr_is_v4(first)) {
        return attribute_ranges_add4(r, addr_v4(first), addr_v4(last), value);
    }
    void *p = r->v6;
    TRY(grow(&p, &r->cap6, r->n6, sizeof(*r->v6)));
    r->v6 = p;
    r->v6[r->n6++] = (struct attribute_range6){*first, *last, value};
    return ST_OK;
}

static int order4(const void *a, const void *b)
{
    const struct attribute_range4 *x = a;
    const struct attribute_range4 *y = b;
    if (x->first != y->first) {
        return x->first < y->first ? -1 : 1;
    }
    return x->last < y->last ? -1 : x->last > y->last;
}

static int order6(const void *a, const void *b)
{
    const struct attribute_range6 *x = a;
    const struct attribute_range6 *y = b;
    int c = addr_compare(&x->first, &y->first);
    return c ? c : addr_compare(&x->last, &y->last);
}

/* Files are nearly always in order already, and qsort would not notice. */
static void sort4(struct attribute_ranges *r)
{
    for (size_t i = 1; i < r->n4; i++) {
        if (order4(&r->v4[i - 1], &r->v4[i]) > 0) {
            qsort(r->v4, r->n4, sizeof(*r->v4), order4);
            return;
        }
    }
}

static void sort6(struct attribute_ranges *r)
{
    for (size_t i = 1; i < r->n6; i++) {
        if (order6(&r->v6[i - 1], &r->v6[i]) > 0) {
            qsort(r->v6, r->n6, sizeof(*r->v6), order6);
            return;
        }
    }
}

static enum status seal4(struct attribute_ranges *r, enum attribute_overlap how,
                         struct addr *ret_at)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->n4; i++) {
        struct attribute_range4 x = r->v4[i];
        if (kept > 0 && x.first <= r->v4[kept - 1].last) {
            if (how == OVERLAP_REFUSED) {
                *ret_at = addr_from_v4(x.first);
                return ST_MALFORMED;
            }
            r->v4[kept - 1].last = x.last > r->v4[kept - 1].last ? x.last : r->v4[kept - 1].last;
            continue;
        }
        r->v4[kept++] = x;
    }
    r->n4 = kept;
    return ST_OK;
}

static enum status seal6(struct attribute_ranges *r, enum attribute_overlap how,
                         struct addr *ret_at)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->n6; i++) {
        struct attribute_range6 x = r->v6[i];
        if (kept > 0 && addr_compare(&x.first, &r->v6[kept - 1].last) <= 0) {
            if (how == OVERLAP_REFUSED) {
                *ret_at = x.first;
                return ST_MALFORMED;
            }
            if (addr_compare(&x.last, &r->v6[kept - 1].last) > 0) {
                r->v6[kept - 1].last = x.last;
            }
            continue;
        }
        r->v6[kept++] = x;
    }
    r->n6 = kept;
    return ST_OK;
}

enum status attribute_ranges_seal(struct attribute_ranges *r, enum attribute_overlap how,
                                  struct addr *ret_at)
{
    sort4(r);
    sort6(r);
    TRY(seal4(r, how, ret_at));
    return seal6(r, how, ret_at);
}

static bool find4(const struct attribute_ranges *r, uint32_t a, struct attribute_range6 *ret)
{
    size_t low = 0; /* ranges below it begin at or before a */
    size_t high = r->n4;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (r->v4[mid].first <= a) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (low == 0 || r->v4[low - 1].last < a) {
        return false;
    }
    const struct attribute_range4 *x = &r->v4[low - 1];
    *ret = (struct attribute_range6){addr_from_v4(x->first), addr_from_v4(x->last), x->value};
    return true;
}

bool attribute_ranges_find(const struct attribute_ranges *r, const struct addr *a,
                           struct attribute_range6 *ret)
{
    if (addr_is_v4(a)) {
        return find4(r, addr_v4(a), ret);
    }
    size_t low = 0;
    size_t high = r->n6;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (addr_compare(&r->v6[mid].first, a) <= 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (low == 0 || addr_compare(&r->v6[low - 1].last, a) < 0) {
        return false;
    }
    *ret = r->v6[low - 1];
    return true;
}

uint64_t attribute_ranges_count4(const struct attribute_ranges *r)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->n4; i++) {
        n += (uint64_t)r->v4[i].last - r->v4[i].first + 1;
    }
    return n;
}
