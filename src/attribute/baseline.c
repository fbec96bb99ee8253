/* attribute/baseline.c - a fixed sample of addresses, looked up as remotes are. */
#include "attribute/baseline.h"

#include <stdlib.h>
#include <string.h>

#include "attribute/source_parts.h"

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

static void begin(struct baseline *b, bool v6, bool routed)
{
    memset(b, 0, sizeof(*b));
    b->v6 = v6;
    b->routed = routed;
}

/* An address without what is asked for does not count. */
static void count(const struct attribute_sources *set, int64_t event_ns, const struct addr *a,
                  struct baseline *b)
{
    struct origin o;
    attribute_sources_lookup(set, a, event_ns, &o);
    bool located = o.located.word == ORIGIN_AGREED;
    if (o.special.bogon || (b->routed ? o.n_as == 0 : !located)) {
        return;
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

static void end(struct baseline *b)
{
    merge_as(b);
    qsort(b->codes, b->code_n, sizeof(b->codes[0]), order_codes);
}

static void sample(const struct attribute_sources *set, int64_t event_ns, bool routed,
                   struct baseline *b)
{
    begin(b, false, routed);
    for (uint32_t i = 0; i < ATTRIBUTE_BASELINE_SAMPLE; i++) {
        /* Even over the space, and not always at the beginning of a network. */
        uint32_t low = (uint32_t)((i * UINT64_C(2654435761)) >> 8) & 0x3ffff;
        struct addr a = addr_from_v4(i << 18 | low);
        count(set, event_ns, &a, b);
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
    end(ret);
}

/* --- IPv6 ------------------------------------------------------------------------------- */

enum { UNIT_SHIFT = 80 }; /* a /48 */

/* The runs of the source that are announced, or known to it, with how many /48s lie
 * before the end of each. */
struct space {
    struct attribute_cuts cuts;
    uint64_t *until;
    uint64_t all;
};

static void space_fini(struct space *s)
{
    attribute_cuts_fini(&s->cuts);
    free(s->until);
}

static bool is_known(const struct attribute_source *s, bool routed, const struct attribute_cut *c)
{
    struct addr first = attribute_narrow(c->first);
    return c->value != 0 && (!routed || attribute_source_announced(s, &first));
}

static enum status measure(const struct attribute_source *s, bool routed, struct space *ret)
{
    const struct attribute_region v6 = ATTRIBUTE_REGION_V6;
    TRY(attribute_cuts_init(&ret->cuts, &v6));
    TRY(attribute_source_cuts(s, &ret->cuts));
    ret->until = calloc(ret->cuts.n, sizeof(*ret->until));
    if (ret->until == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < ret->cuts.n; i++) {
        const struct attribute_cut *c = &ret->cuts.items[i];
        uint128 last = (i + 1 < ret->cuts.n ? c[1].first : attribute_region_end(&v6)) - 1;
        if (is_known(s, routed, c)) { /* narrower ones share the /48 that they lie in */
            ret->all += (uint64_t)((last >> UNIT_SHIFT) - (c->first >> UNIT_SHIFT)) +
                        ((c->first & (((uint128)1 << UNIT_SHIFT) - 1)) == 0);
        }
        ret->until[i] = ret->all;
    }
    return ST_OK;
}

/* The /48 with this number, of those that are known. */
static struct addr pick(const struct space *s, size_t *run, uint64_t number)
{
    while (s->until[*run] <= number) {
        (*run)++;
    }
    uint64_t before = *run > 0 ? s->until[*run - 1] : 0;
    uint128 first = (s->cuts.items[*run].first + (((uint128)1 << UNIT_SHIFT) - 1)) >> UNIT_SHIFT;
    return attribute_narrow((first + (number - before)) << UNIT_SHIFT | 1);
}

static const struct attribute_source *source_of_space(const struct attribute_sources *set,
                                                      int64_t event_ns, bool *ret_routed)
{
    int routes = attribute_sources_routes(set, event_ns, 0);
    *ret_routed = routes >= 0;
    for (size_t i = routes >= 0 ? (size_t)routes : 0; i < attribute_sources_count(set); i++) {
        const struct attribute_source *s = attribute_sources_at(set, i);
        if (s != NULL && attribute_source_in_table(s) && attribute_source_serves(s, false, true)) {
            return s;
        }
    }
    return NULL;
}

enum status attribute_baseline6(const struct attribute_sources *set, int64_t event_ns,
                                struct baseline *ret)
{
    CLEANUP(space_fini) struct space s = {.all = 0};
    bool routed;
    size_t run = 0;
    const struct attribute_source *from = source_of_space(set, event_ns, &routed);
    begin(ret, true, routed);
    if (from == NULL) {
        return ST_OK;
    }
    enum status st = measure(from, routed, &s);
    if (st != ST_OK) {
        return st == ST_NOMEM ? st : ST_OK; /* a tree without end: then there is no sample */
    }
    for (uint64_t i = 0; i < ATTRIBUTE_BASELINE_SAMPLE && s.all > 0; i++) {
        uint64_t step = s.all / ATTRIBUTE_BASELINE_SAMPLE;
        uint64_t from_number = (uint64_t)((uint128)i * s.all / ATTRIBUTE_BASELINE_SAMPLE);
        uint64_t within = step > 1 ? (i * UINT64_C(2654435761)) % step : 0;
        struct addr a = pick(&s, &run, from_number + within);
        count(set, event_ns, &a, ret);
    }
    end(ret);
    return ST_OK;
}
