/* ledger/checkpoint.c - tlog-checkpoint, read and written. */
#include "ledger/checkpoint.h"

#include <string.h>

#include "base/core/base64.h"
#include "base/core/text.h"
#include "ledger/tree.h"

enum status ledger_line_next(struct cursor *c, struct bytes *ret)
{
    size_t left = cursor_left(c);
    if (left == 0) {
        return ST_SHORT; /* an empty file has no bytes to point at */
    }
    const uint8_t *at = c->in.data + c->pos;
    const uint8_t *end = memchr(at, '\n', left);
    if (end == NULL) {
        return ST_SHORT;
    }
    *ret = cursor_take(c, (size_t)(end - at));
    cursor_skip(c, 1);
    return ST_OK;
}

enum status ledger_line_number(struct bytes line, uint64_t *ret)
{
    if (line.len > 1 && line.data[0] == '0') {
        return ST_MALFORMED;
    }
    return text_u64(line, LEDGER_SIZE_MAX, ret);
}

enum status ledger_line_hash(struct bytes line, struct digest *ret)
{
    struct digest d;
    size_t n = 0;
    if (base64_decode(line, d.b, sizeof(d.b), &n) != ST_OK || n != sizeof(d.b)) {
        return ST_MALFORMED;
    }
    *ret = d;
    return ST_OK;
}

enum status ledger_checkpoint_parse(struct bytes text, struct ledger_checkpoint *ret,
                                    struct fault *why)
{
    struct ledger_checkpoint k = {.size = 0};
    struct cursor c = cursor_of(text);
    struct bytes line;
    if (ledger_line_next(&c, &k.origin) != ST_OK || k.origin.len == 0) {
        return fault_at(why, ST_MALFORMED, 0, "origin");
    }
    if (k.origin.len > LEDGER_NAME_MAX) {
        return fault_limit(why, 0, "origin", LEDGER_NAME_MAX);
    }
    size_t at = c.pos;
    if (ledger_line_next(&c, &line) != ST_OK || ledger_line_number(line, &k.size) != ST_OK) {
        return fault_at(why, ST_MALFORMED, at, "tree size");
    }
    at = c.pos;
    if (ledger_line_next(&c, &line) != ST_OK || ledger_line_hash(line, &k.root) != ST_OK) {
        return fault_at(why, ST_MALFORMED, at, "root hash");
    }
    k.extensions = bytes_of(text.data + c.pos, text.len - c.pos);
    while (cursor_left(&c) > 0) {
        at = c.pos;
        if (ledger_line_next(&c, &line) != ST_OK || line.len == 0) {
            return fault_at(why, ST_MALFORMED, at, "extension line");
        }
    }
    *ret = k;
    return ST_OK;
}

enum status ledger_checkpoint_read(struct bytes file, struct ledger_note *ret_note,
                                   struct ledger_checkpoint *ret, struct fault *why)
{
    TRY(ledger_note_parse(file, ret_note, why));
    return ledger_checkpoint_parse(ret_note->text, ret, why);
}

void ledger_checkpoint_write(const struct ledger_checkpoint *c, struct buf *out)
{
    buf_append(out, c->origin.data, c->origin.len);
    buf_printf(out, "\n%llu\n", (unsigned long long)c->size);
    base64_append(out, bytes_of(c->root.b, sizeof(c->root.b)));
    buf_byte(out, '\n');
    buf_append(out, c->extensions.data, c->extensions.len);
}

enum status ledger_checkpoint_sign(const struct ledger_checkpoint *c, const struct ledger_signer *s,
                                   struct buf *out)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_NOTE_BYTES);
    ledger_checkpoint_write(c, &text);
    if (text.failed != ST_OK) {
        return text.failed;
    }
    buf_append(out, text.data, text.len);
    buf_byte(out, '\n');
    return ledger_note_sign(buf_bytes(&text), s, 0, out);
}
