/* ledger/succession.c - entries that name keys. */
#include "ledger/succession.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/limits.h"
#include "ledger/checkpoint.h"
#include "ledger/reader.h"

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
        return fault_whole(why, ST_MALFORMED, "key entry");
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
        return fault_whole(why, ST_MISMATCH, "name of the next key");
    }
    if (memcmp(&s->next, &next->key.material, sizeof(s->next)) != 0) {
        return fault_whole(why, ST_MISMATCH, "key that was not promised");
    }
    return ST_OK;
}

void ledger_terms_fini(struct ledger_terms *t)
{
    free(t->term);
    *t = (struct ledger_terms){0};
}

static enum status add_term(struct ledger_terms *t, const struct ledger_succession *s,
                            uint64_t entry, struct fault *why)
{
    if (t->n == LIMIT_LEDGER_KEYS) {
        return fault_limit(why, entry, "keys of a ledger", LIMIT_LEDGER_KEYS);
    }
    if (t->term == NULL) {
        t->term = calloc(LIMIT_LEDGER_KEYS, sizeof(*t->term));
        if (t->term == NULL) {
            return ST_NOMEM;
        }
    }
    if (t->n > 0) {
        struct ledger_term *old = &t->term[t->n - 1];
        const struct ledger_succession before = {old->key, old->next};
        enum status st = ledger_succession_follows(&before, s, why);
        if (st != ST_OK) {
            return fault_number(why, st, "entry", entry, why != NULL ? why->field : NULL);
        }
        old->last = entry + 1;
    }
    t->term[t->n] =
        (struct ledger_term){s->key, s->next, t->n > 0 ? entry + 1 : 0, UINT64_MAX, entry};
    t->n++;
    return ST_OK;
}

static enum status scan_bundle(struct bytes bundle, uint64_t first, struct ledger_terms *t,
                               struct fault *why)
{
    struct cursor c = cursor_of(bundle);
    struct ledger_succession s;
    struct bytes entry;
    for (uint64_t i = first; ledger_bundle_next(&c, &entry) == ST_OK; i++) {
        if (!ledger_succession_is(entry)) {
            if (i == 0) {
                return fault_whole(why, ST_MISMATCH, "first entry names no key");
            }
            continue;
        }
        TRY(ledger_succession_parse(entry, &s, why));
        TRY(add_term(t, &s, i, why));
    }
    return ST_OK;
}

static enum status scan(struct ledger_reader *r, struct ledger_terms *t, struct fault *why)
{
    CLEANUP(buf_fini) struct buf bundle = BUF_INIT(LEDGER_BUNDLE_MAX);
    for (uint64_t i = 0; i * LEDGER_TILE_WIDTH < r->size; i++) {
        buf_clear(&bundle);
        enum status st = ledger_reader_bundle(r, i, &bundle);
        if (st != ST_OK) {
            return fault_pass(why, st, &r->why);
        }
        TRY(scan_bundle(buf_bytes(&bundle), i * LEDGER_TILE_WIDTH, t, why));
    }
    return t->n > 0 ? ST_OK : fault_whole(why, ST_MISMATCH, "first entry names no key");
}

enum status ledger_terms_read(const struct ledger_files *files, const char *prefix, uint64_t size,
                              struct ledger_terms *ret, struct fault *why)
{
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    CLEANUP(ledger_terms_fini) struct ledger_terms t = {0};
    TRY(ledger_reader_new(files, prefix, size, &r));
    TRY(scan(r, &t, why));
    *ret = t;
    t = (struct ledger_terms){0};
    return ST_OK;
}
