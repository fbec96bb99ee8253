/* fuzz/fuzz_definition.c - sets of definitions.
 *
 * Properties: a set is read whole or not at all; what is read is within its
 * limits, and written and read again is the same, with the same hash; a fault
 * names a field.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/model/definition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct definition_set *set)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
    static struct definition_set again;
    assert(set->n > 0 && set->n <= DEFINITIONS_MAX);
    for (size_t i = 0; i < set->n; i++) {
        const struct definition *d = &set->items[i];
        assert(d->method < METHOD_COUNT && d->version > 0);
        assert(definition_by_name(set, d->name) == d); /* names are distinct */
        assert(d->params[PARAM_IDLE_S] > 0);
    }
    definition_set_write(set, &text);
    assert(text.failed == ST_OK);
    assert(definition_set_read(buf_bytes(&text), &again, NULL) == ST_OK);
    assert(memcmp(&again.hash, &set->hash, sizeof(set->hash)) == 0);
    assert(again.n == set->n && memcmp(again.items, set->items, sizeof(set->items)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct definition_set set;
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct fault why = {0};
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    if (definition_set_read(bytes_of(copy, size), &set, &why) == ST_OK) {
        check(&set);
    } else {
        assert(why.field != NULL && why.offset <= size);
    }
    free(copy);
    return 0;
}
