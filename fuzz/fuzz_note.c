/* fuzz/fuzz_note.c - signed notes and keys as text.
 *
 * Properties: text and lines lie inside the input and make it up again; a known
 * key is found only where it signed; keys read and written are the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char vkey[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char signed_text[] = "This is an example message.\n";

static void check_note(struct bytes in)
{
    static struct ledger_note n;
    struct ledger_key k;
    struct ledger_signed seen;
    struct fault why = {0};
    if (ledger_note_parse(in, &n, &why) != ST_OK) {
        assert(why.field != NULL && why.offset <= in.len);
        return;
    }
    assert(n.text.data == in.data && n.text.len + 1 < in.len && in.data[n.text.len] == '\n');
    assert(n.lines > 0 && n.lines <= LIMIT_NOTE_SIGNATURES);
    size_t total = n.text.len + 1;
    for (size_t i = 0; i < n.lines; i++) {
        assert(n.line[i].line.data == in.data + total && n.line[i].at == total);
        assert(ledger_name_valid(n.line[i].name));
        total += n.line[i].line.len;
    }
    assert(total == in.len);
    assert(ledger_key_parse(bytes_of(vkey, sizeof(vkey) - 1), &k, NULL) == ST_OK);
    if (ledger_note_check(&n, &k, 1, &seen, &why) == ST_OK) {
        /* The secret half is unknown: there is only the one note of the specification. */
        assert(bytes_equal(n.text, bytes_of(signed_text, sizeof(signed_text) - 1)));
    }
}

static void check_key(struct bytes in)
{
    struct ledger_key k;
    struct ledger_signer s;
    struct fault why = {0};
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1024);
    if (ledger_key_parse(in, &k, &why) == ST_OK) {
        if (ledger_key_usable(&k)) {
            ledger_key_format(&k, &b);
            assert(bytes_equal(buf_bytes(&b), in));
        }
    } else {
        assert(why.field != NULL && why.offset <= in.len);
    }
    buf_clear(&b);
    if (ledger_signer_parse(in, &s, &why) == ST_OK) {
        ledger_signer_format(&s, &b);
        assert(bytes_equal(buf_bytes(&b), in));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    check_note(bytes_of(copy, size));
    check_key(bytes_of(copy, size));
    free(copy);
    return 0;
}
