/* fuzz/fuzz_checkpoint.c - checkpoints, and what a witness is asked.
 *
 * Properties: what is read is written back byte for byte; a witness that knows
 * one log never cosigns for another, and refuses by a known code.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/checkpoint.h"
#include "ledger/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct bytes in)
{
    struct ledger_checkpoint c;
    struct fault why = {0};
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LIMIT_NOTE_BYTES * 2);
    if (ledger_checkpoint_parse(in, &c, &why) != ST_OK) {
        assert(why.field != NULL && why.offset <= in.len);
        return;
    }
    assert(c.origin.len > 0 && c.size <= INT64_MAX);
    ledger_checkpoint_write(&c, &b);
    assert(bytes_equal(buf_bytes(&b), in));
}

/* A witness without a past, on a disk that takes nothing. */
static int no_file(void *ctx, const char *path, int flags)
{
    (void)ctx;
    (void)path;
    (void)flags;
    return -ENOENT;
}

static int no_change(void *ctx, const char *path)
{
    (void)ctx;
    (void)path;
    return -EROFS;
}

static void check_witness(struct bytes in)
{
    /* The log's key is in no seed: what it seems to have signed is false. */
    static const uint8_t seed[2][LEDGER_KEY_BYTES] = {{1}, {2}};
    struct ledger_files files = {.open = no_file, .mkdir = no_change, .unlink = no_change};
    struct ledger_signer log, me;
    enum ledger_witness_code code = 0;
    struct fault why = {0};
    CLEANUP(buf_fini) struct buf body = BUF_INIT(65536);
    assert(ledger_signer_make(BYTES_LITERAL("log.example"), LEDGER_KEY_SIGN, seed[0], &log) ==
           ST_OK);
    assert(ledger_signer_make(BYTES_LITERAL("w.example"), LEDGER_KEY_COSIGN, seed[1], &me) ==
           ST_OK);
    struct ledger_witness w = {&files, &me, &log.key, 1, -1};
    enum status st = ledger_witness_answer(&w, in, 1, &code, &body, &why);
    assert(st == ST_OK || st == ST_SYS); /* it cannot remember, so it never signs */
    assert(st != ST_OK || (code >= 400 && code <= 422));
    assert(body.len == 0 || code == LEDGER_WITNESS_OTHER_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    check_text(bytes_of(copy, size));
    check_witness(bytes_of(copy, size));
    free(copy);
    return 0;
}
