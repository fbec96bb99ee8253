/* fuzz/fuzz_attribute_rib.c - routing tables in MRT, packed or not.
 *
 * Properties: what is accepted is sorted and disjoint, every range lies inside
 * the network that it leads to, every network has its own rows, and nobody saw
 * a route who sent none. What is refused is refused at a place.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/rib.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_range(const struct attribute_rib *r, const struct addr *first,
                        const struct addr *last, uint32_t value)
{
    assert(value < r->n && addr_compare(first, last) <= 0);
    assert(prefix_contains(&r->routes[value].net, first));
    assert(prefix_contains(&r->routes[value].net, last));
}

static void check(const struct attribute_rib *r)
{
    const struct attribute_ranges *x = &r->ranges;
    assert(r->n > 0 && r->row_n >= r->n && x->n4 + x->n6 > 0);
    for (size_t i = 0; i < x->n4; i++) {
        struct addr first = addr_from_v4(x->v4[i].first);
        struct addr last = addr_from_v4(x->v4[i].last);
        check_range(r, &first, &last, x->v4[i].value);
        assert(i == 0 || x->v4[i - 1].last < x->v4[i].first);
    }
    for (size_t i = 0; i < x->n6; i++) {
        check_range(r, &x->v6[i].first, &x->v6[i].last, x->v6[i].value);
        assert(i == 0 || addr_compare(&x->v6[i - 1].last, &x->v6[i].first) < 0);
    }
    for (size_t i = 0; i < r->n; i++) {
        assert(r->routes[i].n > 0 && r->routes[i].row + r->routes[i].n <= r->row_n);
    }
    for (size_t i = 0; i < r->row_n; i++) {
        assert(r->rows[i].seen > 0 && r->rows[i].kind <= RIB_UNREADABLE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct attribute_rib r;
    struct fault why = {0};
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    (void)attribute_rib_sniff(bytes_of(copy, size)); /* only that it returns */
    if (attribute_rib_parse(bytes_of(copy, size), &r, &why) == ST_OK) {
        check(&r);
    } else {
        assert(why.field != NULL);
    }
    attribute_rib_fini(&r);
    free(copy);
    return 0;
}
