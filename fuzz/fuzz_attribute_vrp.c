/* fuzz/fuzz_attribute_vrp.c - authorizations of the RPKI, as JSON.
 *
 * Properties: what is accepted leads from every range to a network around it,
 * from there outwards to ever wider ones, and to authorizations of that network
 * whose length is not below its own.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/nest.h"
#include "attribute/vrp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_net(const struct attribute_vrps *v, const struct attribute_vrp_net *n)
{
    assert(n->n > 0 && n->first + n->n <= v->n);
    for (uint32_t i = 0; i < n->n; i++) {
        const struct attribute_vrp *x = &v->items[n->first + i];
        assert(attribute_nest_order(&x->net, &n->net) == 0);
        assert(x->max_len >= x->net.len && x->max_len <= 128);
        assert(memchr(x->anchor, '\0', sizeof(x->anchor)) != NULL);
    }
    if (n->wider != ATTRIBUTE_NEST_NONE) {
        assert(n->wider < v->net_n && v->nets[n->wider].net.len < n->net.len);
        assert(prefix_contains(&v->nets[n->wider].net, &n->net.net));
    }
}

static void check(const struct attribute_vrps *v)
{
    assert(v->n > 0 && v->net_n > 0);
    for (size_t i = 0; i < v->net_n; i++) {
        check_net(v, &v->nets[i]);
        const struct attribute_vrp_net *found = attribute_vrps_find(v, &v->nets[i].net.net);
        assert(found != NULL && found->net.len >= v->nets[i].net.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct attribute_vrps v;
    struct fault why = {0};
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    (void)attribute_vrps_sniff(bytes_of(copy, size)); /* only that it returns */
    if (attribute_vrps_parse(bytes_of(copy, size), &v, &why) == ST_OK) {
        check(&v);
    } else {
        assert(why.field != NULL && why.offset <= size);
    }
    attribute_vrps_fini(&v);
    free(copy);
    return 0;
}
