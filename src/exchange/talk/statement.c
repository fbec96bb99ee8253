/* exchange/talk/statement.c - statements: made, read strictly, signed by more than one. */
#include "exchange/talk/statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"

/* --- members -------------------------------------------------------------------- */

bool exchange_members_known(const json_t *o, const char *const *names)
{
    const char *key;
    json_t *value;
    if (!json_is_object(o)) {
        return false;
    }
    json_object_foreach((json_t *)(uintptr_t)o, key, value)
    {
        size_t i = 0;
        while (names[i] != NULL && strcmp(key, names[i]) != 0) {
            i++;
        }
        if (names[i] == NULL) {
            return false;
        }
    }
    return true;
}

bool exchange_text_of(const json_t *o, const char *name, char *out, size_t max)
{
    const json_t *v = json_object_get(o, name);
    size_t n = json_is_string(v) ? json_string_length(v) : max;
    if (n == 0 || n >= max) {
        return false;
    }
    memcpy(out, json_string_value(v), n + 1);
    return true;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool exchange_hex_of(const json_t *o, const char *name, uint8_t *out, size_t n)
{
    const json_t *v = json_object_get(o, name);
    const char *s = json_string_value(v);
    if (s == NULL || json_string_length(v) != 2 * n) {
        return false;
    }
    for (size_t i = 0; i < 2 * n; i++) {
        if (digit(s[i]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint8_t)(digit(s[2 * i]) << 4 | digit(s[2 * i + 1]));
    }
    return true;
}

void exchange_hex_text(const uint8_t *b, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", b[i]);
    }
}

void exchange_time_text(int64_t ns, char out[EXCHANGE_TIME_TEXT])
{
    struct civil c;
    char text[96];
    time_to_civil(ns, &c);
    (void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day,
                   c.hour, c.minute, c.second);
    memcpy(out, text, EXCHANGE_TIME_TEXT - 1);
    out[EXCHANGE_TIME_TEXT - 1] = '\0';
}

bool exchange_time_of(const json_t *o, const char *name, int64_t *ret_ns)
{
    char text[EXCHANGE_TIME_TEXT], again[EXCHANGE_TIME_TEXT];
    int64_t ns = 0;
    if (!exchange_text_of(o, name, text, sizeof(text)) ||
        time_parse(bytes_of(text, strlen(text)), &ns) != ST_OK || ns < 0) {
        return false;
    }
    exchange_time_text(ns, again);
    if (strcmp(text, again) != 0) {
        return false;
    }
    *ret_ns = ns;
    return true;
}

/* --- making --------------------------------------------------------------------- */

/* The object, or NULL without memory (or with text that is no UTF-8). */
static json_t *object_of(const struct exchange_saying *s)
{
    char id[EXCHANGE_ID_TEXT], when[EXCHANGE_TIME_TEXT], previous[DIGEST_TEXT_MAX];
    json_t *root = json_object();
    exchange_hex_text(s->id, sizeof(s->id), id);
    exchange_time_text(s->time_ns, when);
    bool good = root != NULL && json_object_set_new(root, "type", json_string(s->type)) == 0 &&
                json_object_set_new(root, "party", json_string(s->party)) == 0 &&
                json_object_set_new(root, "id", json_string(id)) == 0 &&
                json_object_set_new(root, "time", json_string(when)) == 0 &&
                json_object_set(root, "body", s->body) == 0;
    if (good && s->previous != NULL) {
        digest_format(s->previous, previous);
        good = json_object_set_new(root, "previous", json_string(previous)) == 0;
    }
    if (!good) {
        json_decref(root);
        return NULL;
    }
    return root;
}

enum status exchange_statement_text(const struct exchange_saying *s, struct buf *out,
                                    struct fault *why)
{
    CLEANUP(canon_freep) json_t *root = object_of(s);
    if (root == NULL) {
        return ST_NOMEM;
    }
    enum status st = canon_write(root, out);
    buf_byte(out, '\n');
    if (st == ST_MALFORMED) {
        return fault_at(why, st, 0, "number that is not whole, or too large");
    }
    return out->failed == ST_LIMIT || out->len > LIMIT_STATEMENT_BYTES
               ? fault_limit(why, 0, "size of the statement", LIMIT_STATEMENT_BYTES)
               : out->failed;
}

enum status exchange_statement_make(const struct exchange_saying *s,
                                    const struct ledger_signer *signer,
                                    struct exchange_statement **ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_STATEMENT_BYTES + 1);
    CLEANUP(buf_fini) struct buf note = BUF_INIT(LIMIT_NOTE_BYTES);
    TRY(exchange_statement_text(s, &text, why));
    buf_append(&note, text.data, text.len);
    buf_byte(&note, '\n');
    TRY(ledger_note_sign(buf_bytes(&text), signer, 0, &note));
    if (note.failed != ST_OK) {
        return note.failed;
    }
    return exchange_statement_read(buf_bytes(&note), ret, why);
}

/* --- reading -------------------------------------------------------------------- */

static bool type_valid(const char *type)
{
    size_t n = strlen(type);
    return strncmp(type, "exhibit-", 8) == 0 && n > 11 && strcmp(type + n - 3, "/v1") == 0 &&
           strspn(type, "abcdefghijklmnopqrstuvwxyz-") == n - 3;
}

static enum status read_members(struct exchange_statement *s, struct fault *why)
{
    static const char *const names[] = {"type", "party", "id", "time", "previous", "body", NULL};
    uint8_t id[EXCHANGE_ID_BYTES];
    if (!exchange_members_known(s->root, names)) {
        return fault_at(why, ST_MALFORMED, 0, "a member that is not known");
    }
    if (!exchange_text_of(s->root, "type", s->type, sizeof(s->type)) || !type_valid(s->type)) {
        return fault_at(why, ST_MALFORMED, 0, "type");
    }
    if (!exchange_text_of(s->root, "party", s->party, sizeof(s->party)) ||
        !ledger_name_valid(bytes_of(s->party, strlen(s->party)))) {
        return fault_at(why, ST_MALFORMED, 0, "party");
    }
    if (!exchange_hex_of(s->root, "id", id, sizeof(id))) {
        return fault_at(why, ST_MALFORMED, 0, "id");
    }
    exchange_hex_text(id, sizeof(id), s->id);
    if (!exchange_time_of(s->root, "time", &s->time_ns)) {
        return fault_at(why, ST_MALFORMED, 0, "time");
    }
    s->answers = json_object_get(s->root, "previous") != NULL;
    if (s->answers && !exchange_hex_of(s->root, "previous", s->previous.b, DIGEST_BYTES)) {
        return fault_at(why, ST_MALFORMED, 0, "previous");
    }
    s->body = json_object_get(s->root, "body");
    return json_is_object(s->body) ? ST_OK : fault_at(why, ST_MALFORMED, 0, "body");
}

static enum status read_note(struct exchange_statement *s, struct fault *why)
{
    TRY(ledger_note_parse(buf_bytes(&s->file), &s->note, why));
    struct bytes text = s->note.text;
    if (text.len > LIMIT_STATEMENT_BYTES) {
        return fault_limit(why, 0, "size of the statement", LIMIT_STATEMENT_BYTES);
    }
    if (s->note.lines == 0) {
        return fault_at(why, ST_MALFORMED, text.len, "signatures");
    }
    TRY(digest_sha256(text, &s->hash));
    TRY(canon_read(bytes_of(text.data, text.len - 1), EXCHANGE_DEPTH, &s->root, why));
    return read_members(s, why);
}

enum status exchange_statement_read(struct bytes note, struct exchange_statement **ret,
                                    struct fault *why)
{
    CLEANUP(exchange_statement_freep) struct exchange_statement *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return ST_NOMEM;
    }
    buf_init(&s->file, LIMIT_NOTE_BYTES);
    buf_append(&s->file, note.data, note.len);
    if (s->file.failed != ST_OK) {
        return s->file.failed == ST_LIMIT ? fault_limit(why, 0, "note", LIMIT_NOTE_BYTES)
                                          : s->file.failed;
    }
    TRY(read_note(s, why));
    *ret = TAKE(s);
    return ST_OK;
}

void exchange_statement_free(struct exchange_statement *s)
{
    if (s != NULL) {
        buf_fini(&s->file);
        json_decref(s->root);
        free(s);
    }
}

void exchange_statement_freep(struct exchange_statement **s)
{
    exchange_statement_free(*s);
}

/* --- signatures ----------------------------------------------------------------- */

static bool has_line(const struct ledger_note *n, uint32_t id, struct bytes name)
{
    for (size_t i = 0; i < n->lines; i++) {
        if (n->line[i].id == id && bytes_equal(n->line[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* The same note with more lines; s is as it was if that fails. */
static enum status replace(struct exchange_statement *s, struct buf *more, struct fault *why)
{
    struct ledger_note note;
    if (more->failed != ST_OK) {
        return more->failed == ST_LIMIT ? fault_limit(why, 0, "note", LIMIT_NOTE_BYTES)
                                        : more->failed;
    }
    TRY(ledger_note_parse(buf_bytes(more), &note, why));
    buf_fini(&s->file);
    s->file = *more;
    s->note = note;
    *more = BUF_INIT(0);
    return ST_OK;
}

enum status exchange_statement_sign(struct exchange_statement *s,
                                    const struct ledger_signer *signer, struct fault *why)
{
    CLEANUP(buf_fini) struct buf more = BUF_INIT(LIMIT_NOTE_BYTES);
    if (has_line(&s->note, signer->key.id, bytes_of(signer->key.name, strlen(signer->key.name)))) {
        return ST_OK;
    }
    buf_append(&more, s->file.data, s->file.len);
    TRY(ledger_note_sign(s->note.text, signer, 0, &more));
    return replace(s, &more, why);
}

enum status exchange_statement_merge(struct exchange_statement *s,
                                     const struct exchange_statement *other, struct fault *why)
{
    CLEANUP(buf_fini) struct buf more = BUF_INIT(LIMIT_NOTE_BYTES);
    if (!bytes_equal(s->note.text, other->note.text)) {
        return fault_at(why, ST_MISMATCH, 0, "text");
    }
    buf_append(&more, s->file.data, s->file.len);
    for (size_t i = 0; i < other->note.lines; i++) {
        const struct ledger_note_line *l = &other->note.line[i];
        if (!has_line(&s->note, l->id, l->name)) {
            buf_append(&more, l->line.data, l->line.len);
        }
    }
    return replace(s, &more, why);
}

enum status exchange_statement_expect(const struct exchange_statement *s, const char *type,
                                      int64_t now_ns, struct fault *why)
{
    if (strcmp(s->type, type) != 0) {
        return fault_at(why, ST_MALFORMED, 0, "type: another kind of statement");
    }
    if (s->time_ns > now_ns && s->time_ns - now_ns > EXCHANGE_AHEAD_NS) {
        return fault_at(why, ST_MALFORMED, 0, "time: it lies ahead by more than a day");
    }
    return ST_OK;
}
