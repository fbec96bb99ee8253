/* fuzz/fuzz_attribute_torgeo.c - Tor's country files.
 *
 * Properties: what is accepted is sorted, disjoint and of one family; both
 * ends of every range are found with its value; a fault lies inside the input.
 */
#include <assert.h>
#include <stdlib.h>

#include "attribute/torgeo.h"
#include "base/model/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct attribute_ranges *r)
{
    struct attribute_range6 x;
    assert((r->n4 == 0) != (r->n6 == 0));
    for (size_t i = 0; i < r->n4; i++) {
        struct addr ends[2] = {addr_from_v4(r->v4[i].first), addr_from_v4(r->v4[i].last)};
        assert(r->v4[i].first <= r->v4[i].last);
        assert(i == 0 || r->v4[i - 1].last < r->v4[i].first);
        for (int e = 0; e < 2; e++) {
            assert(attribute_ranges_find(r, &ends[e], &x) && x.value == r->v4[i].value);
        }
    }
    for (size_t i = 0; i < r->n6; i++) {
        assert(addr_compare(&r->v6[i].first, &r->v6[i].last) <= 0);
        assert(i == 0 || addr_compare(&r->v6[i - 1].last, &r->v6[i].first) < 0);
        assert(attribute_ranges_find(r, &r->v6[i].first, &x) && x.value == r->v6[i].value);
        assert(attribute_ranges_find(r, &r->v6[i].last, &x) && x.value == r->v6[i].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct attribute_ranges r = {0};
    struct fault why = {0};
    int64_t ns;
    char credit[ORIGIN_CREDIT_MAX];
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    struct bytes s = bytes_of(copy, size);
    enum attribute_torgeo_kind kind = attribute_torgeo_sniff(s);
    (void)attribute_torgeo_date(s, &ns); /* only that it returns */
    attribute_torgeo_credit(s, credit, sizeof(credit));
    assert(memchr(credit, '\0', sizeof(credit)) != NULL);
    if (attribute_torgeo_parse(s, &r, &why) == ST_OK) {
        assert(kind == (r.n4 > 0 ? TORGEO_V4 : TORGEO_V6));
        check(&r);
    } else {
        assert(why.field != NULL && why.offset <= size);
    }
    attribute_ranges_fini(&r);
    free(copy);
    return 0;
}
