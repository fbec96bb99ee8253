/* ledger/succession.c - entries that name keys. */
#include "ledger/succession.h"

#include <string.h>

#include "base/core/base64.h"
#include "base/core/limits.h"
#include "ledger/checkpoint.h"

static const struct bytes first_line = {(const uint8_t *)"exhibit-key/v1\n", 15};

bool ledger_succession_is(struct bytes entry)
{
    return bytes_begin(entry, first_line);
}

void ledger_succession_write(const struct ledger_succession *s, struct buf *out)
{
    buf_append(out, first_line.data, first_line.len);
    buf_str(out, "key ");
    ledger_key_format(&s->key, out);
    buf_str(out, "\nnext ");
    base64_append(out, bytes_of(s->next.b, sizeof(s->next.b)));
    buf_byte(out, '\n');
}

/* "<word> <value>\n" */
static enum status member(struct cursor *c, struct bytes word, struct bytes *ret, struct fault *why,
                          const char *field)
{
    struct bytes line;
    size_t at = c->pos;
    if (ledger_line_next(c, &line) != ST_OK || !bytes_begin(line, word)) {
        return fault_at(why, ST_MALFORMED, at, field);
    }
    *ret = bytes_of(line.data + word.len, line.len - word.len);
    return ST_OK;
}

enum status ledger_succession_parse(struct bytes entry, struct ledger_succession *ret,
                                    struct fault *why)
{
    struct ledger_succession s;
    struct bytes key, next;
    struct cursor c = cursor_of(entry);
    if (!ledger_succession_is(entry)) {
        return fault_at(why, ST_MALFORMED, 0, "key entry");
    }
    cursor_skip(&c, first_line.len);
    TRY(member(&c, BYTES_LITERAL("key "), &key, why, "key of a key entry"));
    TRY(ledger_key_parse(key, &s.key, why));
    size_t at = c.pos;
    TRY(member(&c, BYTES_LITERAL("next "), &next, why, "next key of a key entry"));
    if (s.key.type != LEDGER_KEY_SIGN || ledger_line_hash(next, &s.next) != ST_OK) {
        return fault_at(why, ST_MALFORMED, at,
                        s.key.type != LEDGER_KEY_SIGN ? "type of the key" : "next key");
    }
    if (c.pos != entry.len) {
        return fault_at(why, ST_MALFORMED, c.pos, "bytes behind a key entry");
    }
    *ret = s;
    return ST_OK;
}

enum status ledger_succession_follows(const struct ledger_succession *s,
                                      const struct ledger_succession *next, struct fault *why)
{
    if (strcmp(s->key.name, next->key.name) != 0) {
        return fault_at(why, ST_MISMATCH, 0, "name of the next key");
    }
    if (memcmp(&s->next, &next->key.material, sizeof(s->next)) != 0) {
        return fault_at(why, ST_MISMATCH, 0, "key that was not promised");
    }
    return ST_OK;
}
