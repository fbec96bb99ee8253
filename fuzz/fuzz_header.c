/* fuzz/fuzz_header.c - segment headers.
 *
 * Properties: what is accepted has one spelling and follows nothing that it does
 * not follow; a fault lies inside the input.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct evidence_header h;
    struct fault why = {0};
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    if (evidence_header_parse(bytes_of(copy, size), &h, &why) == ST_OK) {
        struct buf again = BUF_INIT(LIMIT_HEADER_BYTES);
        struct digest none = {{0}};
        evidence_header_write(&h, &again);
        assert(again.failed == ST_OK && bytes_equal(buf_bytes(&again), bytes_of(copy, size)));
        assert(h.from_ns < h.to_ns && h.net_count <= LOCAL_NETS_MAX);
        assert(evidence_header_follows(&h, &none, &h, &why) == ST_MISMATCH);
        (void)evidence_header_no_absence(&h, true);
        buf_fini(&again);
    } else {
        assert(why.field != NULL && why.offset <= size);
    }
    free(copy);
    return 0;
}
