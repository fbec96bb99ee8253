/* attribute/cuts.c - runs in order. */
#include "attribute/cuts.h"

#include <stdlib.h>

#include "base/core/limits.h"

static enum status grow(struct attribute_cuts *c)
{
    if (c->n < c->cap) {
        return ST_OK;
    }
    if (c->n >= LIMIT_TABLE_CUTS) {
        return ST_LIMIT;
    }
    size_t want = c->cap ? c->cap * 2 : 1024;
    void *p = realloc(c->items, want * sizeof(*c->items));
    if (p == NULL) {
        return ST_NOMEM;
    }
    c->items = p;
    c->cap = want;
    return ST_OK;
}

enum status attribute_cuts_init(struct attribute_cuts *c, const struct attribute_region *region)
{
    *c = (struct attribute_cuts){.region = *region};
    TRY(grow(c));
    c->items[c->n++] = (struct attribute_cut){region->base, 0, ATTRIBUTE_NO_NET};
    return ST_OK;
}

void attribute_cuts_fini(struct attribute_cuts *c)
{
    free(c->items);
    *c = (struct attribute_cuts){0};
}

static bool alike(const struct attribute_cut *c, uint32_t value, uint8_t net_len)
{
    return c->value == value && c->net_len == net_len;
}

enum status attribute_cuts_add(struct attribute_cuts *c, uint128 first, uint32_t value,
                               uint8_t net_len)
{
    if (first >= attribute_region_end(&c->region)) {
        return ST_OK;
    }
    first = first < c->region.base ? c->region.base : first;
    if (c->items[c->n - 1].first == first) { /* the one before had no address */
        c->n--;
    }
    if (c->n > 0 && alike(&c->items[c->n - 1], value, net_len)) {
        return ST_OK;
    }
    TRY(grow(c));
    c->items[c->n++] = (struct attribute_cut){first, value, net_len};
    return ST_OK;
}

static enum status add_range(struct attribute_cuts *c, uint128 first, uint128 last, uint32_t value)
{
    if (last < c->region.base) {
        return ST_OK;
    }
    TRY(attribute_cuts_add(c, first, value, ATTRIBUTE_NO_NET));
    return last + 1 == 0 ? ST_OK : attribute_cuts_add(c, last + 1, 0, ATTRIBUTE_NO_NET);
}

enum status attribute_cuts_ranges(struct attribute_cuts *c, const struct attribute_ranges *r,
                                  uint32_t value)
{
    if (c->region.len == ATTRIBUTE_REGION_V4.len) {
        for (size_t i = 0; i < r->n4; i++) {
            TRY(add_range(c, c->region.base | r->v4[i].first, c->region.base | r->v4[i].last,
                          value != 0 ? value : r->v4[i].value + 1));
        }
        return ST_OK;
    }
    for (size_t i = 0; i < r->n6; i++) {
        TRY(add_range(c, attribute_wide(&r->v6[i].first), attribute_wide(&r->v6[i].last),
                      value != 0 ? value : r->v6[i].value + 1));
    }
    return ST_OK;
}
