/* fuzz/fuzz_claim_when.c - times of claims.
 *
 * Properties: what is read is one instant; written as RFC 3339 it is read as
 * the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "exchange/claim/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct claim_clock clock = {.now_ns = INT64_C(1772600000) * TIME_SECOND};
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct claim_when w = {.known = false};
    struct claim_when again = {.known = false};
    char text[TIME_TEXT_MAX];
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    if (claim_when_read(bytes_of(copy, size), &clock, &w) == ST_OK) {
        assert(w.known && w.first_ns == w.last_ns && w.precision_ns > 0);
        size_t n = time_format(w.first_ns, text);
        assert(claim_when_read(bytes_of(text, n), &clock, &again) == ST_OK);
        assert(again.first_ns == w.first_ns && !again.zone_assumed);
    }
    free(copy);
    return 0;
}
