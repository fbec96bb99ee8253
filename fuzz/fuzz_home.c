/* fuzz/fuzz_home.c - what a home holds: config.json, key files, key entries.
 *
 * Properties: a configuration and a key entry that are taken come back the same
 * when they are written; a public half that is told is one; faults lie inside.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/home/config.h"
#include "evidence/home/keyfile.h"
#include "ledger/succession.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void config(struct bytes in)
{
    static struct evidence_config c, again;
    struct buf text = BUF_INIT(8 * LIMIT_CONFIG_BYTES);
    struct fault why = {0};
    if (evidence_config_parse(in, &c, &why) != ST_OK) {
        assert(why.field != NULL && why.offset <= in.len);
        return;
    }
    assert(ledger_name_valid(bytes_of(c.name, strlen(c.name))));
    evidence_config_write(&c, &text);
    assert(text.failed == ST_OK);
    if (text.len <= LIMIT_CONFIG_BYTES) { /* escapes make it longer */
        assert(evidence_config_parse(buf_bytes(&text), &again, &why) == ST_OK);
        assert(strcmp(c.name, again.name) == 0 && c.authority_n == again.authority_n);
        assert(c.local.n == again.local.n && c.local.rule == again.local.rule);
    }
    buf_fini(&text);
}

static void succession(struct bytes in)
{
    struct ledger_succession s;
    struct buf text = BUF_INIT(65536);
    struct fault why = {0};
    if (ledger_succession_parse(in, &s, &why) == ST_OK) {
        ledger_succession_write(&s, &text);
        assert(ledger_succession_is(in) && bytes_equal(buf_bytes(&text), in));
    } else {
        assert(why.field != NULL && why.offset <= in.len);
    }
    buf_fini(&text);
}

/* No passphrase is tried: that costs what the file says. */
static void keys(struct bytes in)
{
    struct ledger_key k;
    struct ledger_signer s;
    struct evidence_opening_key o;
    struct bytes public;
    uint8_t pub[32];
    bool locked = false;
    if (evidence_keyfile_sign_public(in, &k, &locked, NULL) == ST_OK) {
        assert(ledger_name_valid(bytes_of(k.name, strlen(k.name))));
        assert(locked == evidence_locked_is(in));
    }
    if (evidence_locked_is(in)) {
        if (evidence_locked_public(in, &public, NULL) == ST_OK) {
            assert(public.data > in.data && public.data + public.len < in.data + in.len);
        }
        return;
    }
    if (evidence_keyfile_signer(in, (struct bytes){0}, &s, NULL) == ST_OK) {
        assert(!locked && memcmp(&s.key, &k, sizeof(k)) == 0);
    }
    (void)(evidence_keyfile_opening(in, (struct bytes){0}, &o, NULL, NULL) == ST_OK);
    (void)(evidence_keyfile_open_public(in, pub, NULL) == ST_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    config(bytes_of(copy, size));
    succession(bytes_of(copy, size));
    keys(bytes_of(copy, size));
    free(copy);
    return 0;
}
