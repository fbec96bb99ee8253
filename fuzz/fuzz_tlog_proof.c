/* fuzz/fuzz_tlog_proof.c - tlog-proof files, names of tiles, bundles, timestamps.
 *
 * Properties: what is read is written back byte for byte; no proof holds under
 * a policy whose key signed nothing; nothing is a timestamp without a root.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/proof.h"
#include "ledger/tile.h"
#include "ledger/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char policy_text[] =
    "log example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\nquorum none\n";

static void check_proof(struct bytes in)
{
    struct ledger_proof p;
    struct fault why = {0};
    CLEANUP(buf_fini) struct buf b = BUF_INIT(in.len + 1);
    if (ledger_proof_parse(in, &p, &why) != ST_OK) {
        assert(why.field != NULL && why.offset <= in.len);
        return;
    }
    ledger_proof_write(&p, &b);
    assert(bytes_equal(buf_bytes(&b), in));
    static struct ledger_verdict v;
    struct ledger_policy *policy = NULL;
    struct digest leaf = {{0}};
    assert(ledger_policy_parse(bytes_of(policy_text, sizeof(policy_text) - 1), &policy, NULL) ==
           ST_OK);
    assert(ledger_proof_check(&p, &leaf, policy, &v, &why) != ST_OK);
    ledger_policy_free(policy);
}

static void check_tile(struct bytes in)
{
    struct ledger_tile t;
    char name[LEDGER_TILE_NAME_MAX];
    if (ledger_tile_parse(in, &t) == ST_OK) {
        ledger_tile_name(&t, name);
        assert(bytes_equal(in, bytes_of(name, strlen(name))));
    }
    struct cursor c = cursor_of(in);
    struct bytes entry;
    size_t total = 0;
    enum status st;
    while ((st = ledger_bundle_next(&c, &entry)) == ST_OK) {
        total += 2 + entry.len;
    }
    assert(st == ST_END ? total == in.len : st == ST_SHORT && total < in.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    struct ledger_timestamp t;
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    struct bytes in = {copy, size};
    check_proof(in);
    check_tile(in);
    assert(ledger_timestamp_check(in, BYTES_LITERAL("x"), (struct bytes){0}, BYTES_LITERAL("x"), &t,
                                  NULL) != ST_OK);
    free(copy);
    return 0;
}
