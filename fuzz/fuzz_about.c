/* fuzz/fuzz_about.c - what a home writes down of sealed files and of networks.
 *
 * The first byte chooses which of the two texts follows. Properties: what is
 * accepted has one spelling; a refusal names what is wrong.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/rest/about.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status file_again(struct bytes text, struct buf *again, struct fault *why)
{
    struct evidence_file f;
    TRY(evidence_file_parse(text, &f, why));
    assert(strlen(f.name) < sizeof(f.name));
    evidence_file_write(&f, again);
    return ST_OK;
}

static enum status networks_again(struct bytes text, struct buf *again, struct fault *why)
{
    struct evidence_networks n;
    TRY(evidence_networks_parse(text, &n, why));
    assert(n.nets.n <= LOCAL_NETS_MAX && evidence_networks_equal(&n, &n));
    evidence_networks_write(&n, again);
    return ST_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_fini) struct buf again = BUF_INIT(1 << 20);
    struct fault why = {0};
    size_t n = size > 0 ? size - 1 : 0;
    uint8_t *copy = malloc(n + (n == 0));
    assert(copy != NULL);
    if (n > 0) {
        memcpy(copy, data + 1, n);
    }
    struct bytes text = bytes_of(copy, n);
    enum status st = size > 0 && data[0] % 2 != 0 ? networks_again(text, &again, &why)
                                                  : file_again(text, &again, &why);
    assert(st == ST_OK || (st == ST_MALFORMED && why.field != NULL));
    assert(st != ST_OK || bytes_equal(text, buf_bytes(&again)));
    free(copy);
    return 0;
}
