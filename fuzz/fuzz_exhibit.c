/* fuzz/fuzz_exhibit.c - the container of exhibits, and its members that are JSON.
 *
 * Properties: whatever is accepted is written again as the same bytes; members lie
 * inside of the file; whatever is refused is refused with a place.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/exhibit/claim.h"
#include "evidence/exhibit/exhibit.h"
#include "evidence/exhibit/ladder.h"
#include "evidence/exhibit/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(struct bytes in, struct buf *again)
{
    assert(again->failed == ST_OK && bytes_equal(in, buf_bytes(again)));
    buf_fini(again);
}

static bool inside(struct bytes in, struct bytes part)
{
    return part.data >= in.data && part.len <= in.len &&
           (size_t)(part.data - in.data) <= in.len - part.len;
}

static void check_zip(struct bytes in)
{
    struct evidence_zip_member *m = NULL;
    struct fault why = {0};
    struct buf again = BUF_INIT(in.len + 1);
    size_t n = 0;
    if (evidence_zip_read(in, &m, &n, &why) != ST_OK) {
        assert(why.field != NULL && why.offset <= in.len);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        assert(inside(in, m[i].name) && inside(in, m[i].data) && m[i].offset < in.len);
        assert(evidence_zip_name_valid(m[i].name));
    }
    assert(evidence_zip_write(m, n, &again) == ST_OK);
    same(in, &again);
    free(m);
}

static void check_exhibit(struct bytes in)
{
    struct evidence_exhibit x;
    struct fault why = {0};
    struct buf again = BUF_INIT(in.len + 1);
    if (evidence_exhibit_read(in, &x, &why) != ST_OK) {
        assert(why.field != NULL && why.offset <= in.len);
        return;
    }
    assert(evidence_exhibit_write(&x, &again) == ST_OK);
    same(in, &again);
    evidence_exhibit_fini(&x);
}

static void check_claims(struct bytes in)
{
    struct evidence_claims c;
    struct fault why = {0};
    struct buf again = BUF_INIT(in.len + 1);
    if (evidence_claims_read(in, &c, &why) != ST_OK) {
        assert(why.field != NULL);
        return;
    }
    evidence_claims_write(c.items, c.n, &again);
    same(in, &again);
    for (size_t i = 0; i < c.n; i++) {
        assert(c.items[i].remote_n > 0 && c.items[i].from <= c.items[i].to);
        assert(evidence_claim_differs(&c.items[i].finding, &c.items[i].finding) == NULL);
    }
    evidence_claims_fini(&c);
}

static void check_ladder(struct bytes in)
{
    struct evidence_ladder l;
    struct fault why = {0};
    struct buf again = BUF_INIT(in.len + 1), none = BUF_INIT(in.len + 64);
    if (evidence_ladder_read(in, &l, &why) != ST_OK) {
        assert(why.field != NULL);
        return;
    }
    evidence_ladder_write(&l, &again);
    same(in, &again);
    assert(evidence_ladder_narrow(in, NULL, 0, &none, &why) == ST_OK);
    for (size_t i = 0; i < l.n; i++) {
        for (size_t k = 0; k < l.origins[i].n; k++) {
            assert(l.origins[i].statements[k].source < l.sources->n);
        }
    }
    buf_fini(&none);
    evidence_ladder_fini(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(struct bytes) = {check_zip, check_exhibit, check_claims,
                                                   check_ladder};
    if (size < 1) {
        return 0;
    }
    uint8_t *copy = malloc(size > 1 ? size - 1 : 1); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    checks[data[0] % ARRAY_LEN(checks)](bytes_of(copy, size - 1));
    free(copy);
    return 0;
}
