/* fuzz/fuzz_attribute_misp.c - MISP warning lists.
 *
 * Properties: what is accepted has a name, entries and sorted, disjoint ranges;
 * a refusal says what was wrong.
 */
#include <assert.h>
#include <stdlib.h>

#include "attribute/misp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct attribute_misp m;
    struct fault why = {0};
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    bool sniffed = attribute_misp_sniff(bytes_of(copy, size));
    if (attribute_misp_parse(bytes_of(copy, size), &m, &why) == ST_OK) {
        const struct attribute_ranges *r = &m.list.ranges;
        assert(sniffed && m.name[0] != '\0' && m.list.entries > 0);
        assert(memchr(m.operator_name, '\0', sizeof(m.operator_name)) != NULL);
        for (size_t i = 1; i < r->n4; i++) {
            assert(r->v4[i - 1].last < r->v4[i].first);
        }
        for (size_t i = 1; i < r->n6; i++) {
            assert(addr_compare(&r->v6[i - 1].last, &r->v6[i].first) < 0);
        }
    } else {
        assert(why.field != NULL);
    }
    attribute_misp_fini(&m);
    free(copy);
    return 0;
}
