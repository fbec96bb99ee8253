/* fuzz/fuzz_attribute_geofeed.c - geofeeds.
 *
 * Properties: what is accepted is sorted and disjoint, every range leads to an
 * entry about a network around it, and codes are two capitals or nothing.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/geofeed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static void check(const struct attribute_geofeed *g)
{
    const struct attribute_ranges *x = &g->ranges;
    assert(g->n > 0 && x->n4 + x->n6 > 0);
    for (size_t i = 0; i < x->n4; i++) {
        struct addr first = addr_from_v4(x->v4[i].first);
        assert(x->v4[i].value < g->n && prefix_contains(&g->items[x->v4[i].value].net, &first));
        assert(i == 0 || x->v4[i - 1].last < x->v4[i].first);
    }
    for (size_t i = 0; i < x->n6; i++) {
        assert(x->v6[i].value < g->n);
        assert(prefix_contains(&g->items[x->v6[i].value].net, &x->v6[i].last));
        assert(i == 0 || addr_compare(&x->v6[i - 1].last, &x->v6[i].first) < 0);
    }
    for (size_t i = 0; i < g->n; i++) {
        const char *c = g->items[i].code;
        assert(c[0] == '\0' || (capital(c[0]) && capital(c[1]) && c[2] == '\0'));
        assert(!g->items[i].repeated || c[0] == '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct attribute_geofeed g;
    struct fault why = {0};
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    (void)attribute_geofeed_sniff(bytes_of(copy, size)); /* only that it returns */
    if (attribute_geofeed_parse(bytes_of(copy, size), &g, &why) == ST_OK) {
        check(&g);
    } else {
        assert(why.field != NULL);
    }
    attribute_geofeed_fini(&g);
    free(copy);
    return 0;
}
