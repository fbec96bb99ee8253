/* attribute/nest.c - one walk with the open networks on a stack. */
#include "attribute/nest.h"

#include "attribute/cuts.h"

enum { DEPTH = 129 }; /* lengths that a prefix can have */

struct open {
    uint128 last;
    uint32_t item;
};

struct nest {
    struct attribute_ranges *ranges;
    struct open stack[DEPTH];
    size_t depth;
    uint128 next; /* the first address without a range yet */
    bool end;     /* there is none: the last one has its range */
};

int attribute_nest_order(const struct prefix *a, const struct prefix *b)
{
    int c = addr_compare(&a->net, &b->net);
    return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

bool attribute_nest_fits(const struct prefix *p)
{
    const struct addr v4 = addr_from_v4(0);
    return p->len > 96 || (p->len > 0 && !prefix_contains(p, &v4));
}

static uint128 last_of(const struct prefix *p)
{
    return attribute_wide(&p->net) | (((uint128)1 << (128 - p->len)) - 1);
}

/* What has no range yet, up to `last`, is of the innermost open network. */
static enum status give(struct nest *n, uint128 last)
{
    if (n->end || n->next > last) {
        return ST_OK;
    }
    struct addr from = attribute_narrow(n->next);
    struct addr to = attribute_narrow(last);
    TRY(attribute_ranges_add(n->ranges, &from, &to, n->stack[n->depth - 1].item));
    n->next = last + 1;
    n->end = n->next == 0;
    return ST_OK;
}

static enum status close_innermost(struct nest *n)
{
    TRY(give(n, n->stack[n->depth - 1].last));
    n->depth--;
    return ST_OK;
}

static enum status add(struct nest *n, const struct prefix *p, uint32_t item, uint32_t *wider)
{
    uint128 first = attribute_wide(&p->net);
    while (n->depth > 0 && n->stack[n->depth - 1].last < first) {
        TRY(close_innermost(n));
    }
    *wider = ATTRIBUTE_NEST_NONE;
    if (n->depth > 0) {
        *wider = n->stack[n->depth - 1].item;
        if (first > 0) {
            TRY(give(n, first - 1));
        }
    }
    n->next = first;
    n->stack[n->depth++] = (struct open){last_of(p), item};
    return ST_OK;
}

enum status attribute_nest(const void *items, size_t n, size_t stride, struct attribute_ranges *ret,
                           uint32_t *wider)
{
    struct nest nest = {.ranges = ret};
    struct addr at;
    for (size_t i = 0; i < n; i++) {
        const struct prefix *p = (const void *)((const char *)items + i * stride);
        TRY(add(&nest, p, (uint32_t)i, &wider[i]));
    }
    while (nest.depth > 0) {
        TRY(close_innermost(&nest));
    }
    return attribute_ranges_seal(ret, OVERLAP_REFUSED, &at);
}
