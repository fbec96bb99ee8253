/* fuzz/fuzz_attribute_cidr.c - lists of networks, and sources as they are named.
 *
 * Properties: what is accepted is sorted and disjoint, no range is wider than
 * a list may mean, no more ranges than entries; a fault lies inside the input.
 */
#include <assert.h>
#include <stdlib.h>

#include "attribute/cidr.h"
#include "attribute/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct attribute_list *l)
{
    const struct attribute_ranges *r = &l->ranges;
    struct attribute_range6 x;
    assert(r->n4 + r->n6 > 0 && r->n4 + r->n6 <= l->entries && l->masked <= l->entries);
    for (size_t i = 0; i < r->n4; i++) {
        struct addr a = addr_from_v4(r->v4[i].last);
        assert(i == 0 || r->v4[i - 1].last < r->v4[i].first);
        assert(attribute_ranges_find(r, &a, &x));
    }
    for (size_t i = 0; i < r->n6; i++) {
        assert(i == 0 || addr_compare(&r->v6[i - 1].last, &r->v6[i].first) < 0);
        assert(attribute_ranges_find(r, &r->v6[i].first, &x));
    }
    assert(attribute_ranges_count4(r) <= l->entries << 24);
}

static void check_spec(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct attribute_spec spec;
    struct fault why = {0};
    assert(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    if (attribute_spec_parse(text, &spec, &why) == ST_OK) {
        assert(strncmp(spec.path, text, strlen(spec.path)) == 0 && spec.path[0] != '\0');
    } else {
        assert(why.field != NULL && why.offset <= size);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct attribute_list l;
    struct attribute_list_head head;
    struct fault why = {0};
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    struct bytes s = bytes_of(copy, size);
    bool sniffed = attribute_list_sniff(s);
    attribute_list_head(s, &head);
    assert(memchr(head.name, '\0', sizeof(head.name)) != NULL);
    if (attribute_list_parse(s, &l, &why) == ST_OK) {
        assert(sniffed);
        check(&l);
    } else {
        assert(why.field != NULL && why.offset <= size);
    }
    attribute_list_fini(&l);
    free(copy);
    check_spec(data, size);
    return 0;
}
