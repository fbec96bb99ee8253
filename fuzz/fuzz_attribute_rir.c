/* fuzz/fuzz_attribute_rir.c - delegation files of the registries.
 *
 * Properties: what is accepted is sorted and disjoint, every range leads to an
 * entry with text that ends, and no more ranges than records were counted.
 */
#include <assert.h>
#include <stdlib.h>

#include "attribute/rir.h"
#include "base/model/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct attribute_rir *r)
{
    const struct attribute_ranges *x = &r->ranges;
    assert(x->n4 + x->n6 > 0 && x->n4 + x->n6 <= r->counted);
    assert(r->counted >= r->stated && r->n <= r->counted);
    for (size_t i = 0; i < x->n4; i++) {
        assert(x->v4[i].value < r->n && x->v4[i].first <= x->v4[i].last);
        assert(i == 0 || x->v4[i - 1].last < x->v4[i].first);
    }
    for (size_t i = 0; i < x->n6; i++) {
        assert(x->v6[i].value < r->n);
        assert(i == 0 || addr_compare(&x->v6[i - 1].last, &x->v6[i].first) < 0);
    }
    for (size_t i = 0; i < r->n; i++) {
        const struct attribute_delegation *d = &r->entries[i];
        assert(memchr(d->registry, '\0', sizeof(d->registry)) != NULL);
        assert(memchr(d->status, '\0', sizeof(d->status)) != NULL);
        assert(d->code[2] == '\0');
        (void)attribute_rir_held(d); /* only that it returns */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct attribute_rir r;
    struct fault why = {0};
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    bool sniffed = attribute_rir_sniff(bytes_of(copy, size));
    if (attribute_rir_parse(bytes_of(copy, size), &r, &why) == ST_OK) {
        assert(sniffed);
        check(&r);
    } else {
        assert(why.field != NULL && why.offset <= size);
    }
    attribute_rir_fini(&r);
    free(copy);
    return 0;
}
