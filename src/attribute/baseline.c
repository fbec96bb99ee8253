/* attribute/baseline.c - a fixed sample of IPv4, looked up as remotes are. */
#include "attribute/baseline.h"

#include <stdlib.h>
#include <string.h>

static int order_codes(const void *a, const void *b)
{
    return strcmp(((const struct baseline_code *)a)->code, ((const struct baseline_code *)b)->code);
}

static int order_as(const void *a, const void *b)
{
    uint32_t x = ((const struct baseline_as *)a)->asn;
    uint32_t y = ((const struct baseline_as *)b)->asn;
    return (x > y) - (x < y);
}

static void add_code(struct baseline *b, const char *code)
{
    size_t i = 0;
    while (i < b->code_n && strcmp(b->codes[i].code, code) != 0) {
        i++;
    }
    if (i == BASELINE_CODES_MAX) {
        return; /* there are fewer countries than that */
    }
    if (i == b->code_n) {
        memcpy(b->codes[b->code_n++].code, code, sizeof(b->codes[0].code));
    }
    b->codes[i].n++;
}

/* Each once, in order. */
static void merge_as(struct baseline *b)
{
    size_t kept = 0;
    qsort(b->as, b->as_n, sizeof(b->as[0]), order_as);
    for (size_t i = 0; i < b->as_n; i++) {
        if (kept > 0 && b->as[kept - 1].asn == b->as[i].asn) {
            b->as[kept - 1].n++;
        } else {
            b->as[kept++] = b->as[i];
        }
    }
    b->as_n = kept;
}

/* One pass; addresses without what is asked for do not count. */
static void sample(const struct attribute_sources *set, int64_t event_ns, bool routed,
                   struct baseline *b)
{
    memset(b, 0, sizeof(*b));
    b->routed = routed;
    for (uint32_t i = 0; i < ATTRIBUTE_BASELINE_SAMPLE; i++) {
        /* Even over the space, and not always at the beginning of a network. */
        uint32_t low = (uint32_t)((i * UINT64_C(2654435761)) >> 8) & 0x3ffff;
        struct addr a = addr_from_v4(i << 18 | low);
        struct origin o;
        attribute_sources_lookup(set, &a, event_ns, &o);
        bool located = o.located.word == ORIGIN_AGREED;
        if (o.special.bogon || (routed ? o.n_as == 0 : !located)) {
            continue;
        }
        b->n++;
        if (located) {
            b->located++;
            add_code(b, o.located.code);
        }
        if (o.n_as > 0) {
            b->as[b->as_n++] = (struct baseline_as){.asn = o.as[0].number, .n = 1};
        }
    }
}
_Static_assert((int)ATTRIBUTE_BASELINE_SAMPLE <= (int)BASELINE_AS_MAX,
               "each may have an AS of its own");

void attribute_baseline(const struct attribute_sources *set, int64_t event_ns, struct baseline *ret)
{
    /* A source of routes that knows less than half is none of the Internet. */
    sample(set, event_ns, true, ret);
    if (ret->n < ATTRIBUTE_BASELINE_SAMPLE / 2) {
        sample(set, event_ns, false, ret);
    }
    merge_as(ret);
    qsort(ret->codes, ret->code_n, sizeof(ret->codes[0]), order_codes);
}
