/* ledger/note.c - signed notes, read strictly. */
#include "ledger/note.h"

#include <string.h>

#include "base/core/base64.h"
#include "base/core/text.h"

/* An em dash and a space. */
static const struct bytes dash = {(const uint8_t *)"\xe2\x80\x94 ", 4};

enum { TIME_BYTES = 8, ID_BYTES = 4 };

/* Valid UTF-8, and no control characters but newline. */
static enum status check_text(struct bytes s, struct fault *why)
{
    for (size_t i = 0; i < s.len;) {
        uint32_t c = 0;
        size_t n = text_utf8_next(bytes_of(s.data + i, s.len - i), &c);
        if (n == 0 || (c < 0x20 && c != '\n')) {
            return fault_at(why, ST_MALFORMED, i, "character");
        }
        i += n;
    }
    return ST_OK;
}

static struct bytes take_line(struct cursor *c)
{
    struct cursor rest = *c;
    struct bytes all = cursor_rest(&rest);
    const uint8_t *end = all.len > 0 ? memchr(all.data, '\n', all.len) : NULL;
    return cursor_take(c, end != NULL ? (size_t)(end - all.data) + 1 : all.len);
}

static enum status take_signature(struct cursor *c, struct ledger_note_line *ret, struct fault *why)
{
    size_t at = c->pos;
    struct bytes line = take_line(c);
    if (!bytes_begin(line, dash) || line.data[line.len - 1] != '\n') {
        return fault_at(why, ST_MALFORMED, at, "signature line");
    }
    struct bytes rest = {line.data + dash.len, line.len - dash.len - 1};
    const uint8_t *space = memchr(rest.data, ' ', rest.len);
    size_t n = space != NULL ? (size_t)(space - rest.data) : rest.len;
    if (!ledger_name_valid(bytes_of(rest.data, n))) {
        return fault_at(why, ST_MALFORMED, at + dash.len, "key name");
    }
    size_t skip = space != NULL ? n + 1 : n;
    struct bytes text = {rest.data + skip, rest.len - skip};
    size_t len = 0;
    uint8_t head[6];
    if (base64_check(text, &len) != ST_OK || len <= ID_BYTES || len > LIMIT_SIGNATURE_BYTES) {
        return fault_at(why, ST_MALFORMED, at + dash.len + skip, "signature");
    }
    /* The first 8 digits are 6 bytes, of which 4 are the id. */
    TRY(base64_decode(bytes_of(text.data, 8), head, sizeof(head), &len));
    *ret = (struct ledger_note_line){.name = bytes_of(rest.data, n),
                                     .base64 = text,
                                     .line = line,
                                     .id = load_be32(head),
                                     .at = at};
    return ST_OK;
}

static enum status take_lines(struct cursor *c, struct ledger_note *ret, struct fault *why)
{
    ret->lines = 0;
    while (cursor_left(c) > 0) {
        if (ret->lines == LIMIT_NOTE_SIGNATURES) {
            return fault_limit(why, c->pos, "signatures", LIMIT_NOTE_SIGNATURES);
        }
        TRY(take_signature(c, &ret->line[ret->lines], why));
        ret->lines++;
    }
    return ST_OK;
}

enum status ledger_note_lines(struct bytes lines, struct ledger_note *ret, struct fault *why)
{
    if (lines.len > LIMIT_NOTE_BYTES) {
        return fault_limit(why, 0, "note", LIMIT_NOTE_BYTES);
    }
    TRY(check_text(lines, why));
    struct cursor c = cursor_of(lines);
    ret->text = (struct bytes){0};
    return take_lines(&c, ret, why);
}

enum status ledger_note_parse(struct bytes file, struct ledger_note *ret, struct fault *why)
{
    if (file.len > LIMIT_NOTE_BYTES) {
        return fault_limit(why, 0, "note", LIMIT_NOTE_BYTES);
    }
    TRY(check_text(file, why));
    size_t at = file.len; /* of the last empty line */
    while (at > 1 && !(file.data[at - 1] == '\n' && file.data[at - 2] == '\n')) {
        at--;
    }
    if (at < 2 || at == file.len) {
        return fault_at(why, ST_SHORT, file.len, "signatures");
    }
    struct cursor c = cursor_of(file);
    cursor_skip(&c, at);
    ret->text = bytes_of(file.data, at - 1);
    return take_lines(&c, ret, why);
}

/* What is signed: the text, or for a cosignature (tlog-cosignature) two lines
 * and the text. */
static enum status message(const struct ledger_key *k, struct bytes text, uint64_t time_s,
                           struct buf *out)
{
    if (k->type == LEDGER_KEY_COSIGN) {
        buf_printf(out, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s);
    }
    buf_append(out, text.data, text.len);
    return out->failed;
}

static enum status check_line(const struct ledger_note_line *l, struct bytes text,
                              const struct ledger_key *k, uint64_t *ret_time)
{
    CLEANUP(buf_fini) struct buf m = BUF_INIT(LIMIT_NOTE_BYTES + 64);
    uint8_t raw[ID_BYTES + TIME_BYTES + LEDGER_SIGNATURE_BYTES];
    size_t head = ID_BYTES + (k->type == LEDGER_KEY_COSIGN ? TIME_BYTES : 0), len = 0;
    if (base64_decode(l->base64, raw, sizeof(raw), &len) != ST_OK ||
        len != head + LEDGER_SIGNATURE_BYTES) {
        return ST_MISMATCH;
    }
    uint64_t time_s = k->type == LEDGER_KEY_COSIGN ? load_be64(raw + ID_BYTES) : 0;
    if (time_s > INT64_MAX) {
        return ST_MISMATCH;
    }
    TRY(message(k, text, time_s, &m));
    TRY(ledger_ed25519_check(k, buf_bytes(&m), raw + head));
    *ret_time = time_s;
    return ST_OK;
}

/* Two keys may share name and id by accident: then one of them must fit. */
static enum status check_known(const struct ledger_note_line *l, struct bytes text,
                               const struct ledger_key *keys, size_t count,
                               struct ledger_signed *seen)
{
    enum status answer = ST_DENIED;
    for (size_t i = 0; i < count; i++) {
        const struct ledger_key *k = &keys[i];
        uint64_t time_s = 0;
        if (!ledger_key_usable(k) || k->id != l->id ||
            !bytes_equal(bytes_of(k->name, strlen(k->name)), l->name)) {
            continue;
        }
        enum status st = check_line(l, text, k, &time_s);
        if (st != ST_OK && st != ST_MISMATCH) {
            return st;
        }
        if (st == ST_OK) {
            /* Of several lines by one key the oldest says most. */
            if (!seen[i].valid || time_s < seen[i].time_s) {
                seen[i] = (struct ledger_signed){true, time_s};
            }
        }
        answer = answer == ST_OK ? answer : st;
    }
    return answer;
}

enum status ledger_note_check(const struct ledger_note *n, const struct ledger_key *keys,
                              size_t count, struct ledger_signed *seen, struct fault *why)
{
    struct ledger_signed *found = calloc(count + 1, sizeof(*found));
    enum status answer = ST_DENIED;
    if (found == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < n->lines; i++) {
        enum status st = check_known(&n->line[i], n->text, keys, count, found);
        if (st != ST_OK && st != ST_DENIED) {
            free(found);
            return fault_at(why, st, n->line[i].at, "signature of a known key");
        }
        answer = st == ST_OK ? ST_OK : answer;
    }
    if (answer == ST_OK && count > 0) {
        memcpy(seen, found, count * sizeof(*found));
    }
    free(found);
    return answer == ST_OK ? ST_OK : fault_at(why, answer, n->text.len, "signature of a known key");
}

enum status ledger_note_sign(struct bytes text, const struct ledger_signer *s, uint64_t time_s,
                             struct buf *out)
{
    CLEANUP(buf_fini) struct buf m = BUF_INIT(LIMIT_NOTE_BYTES + 64);
    uint8_t raw[ID_BYTES + TIME_BYTES + LEDGER_SIGNATURE_BYTES];
    size_t head = ID_BYTES;
    if (text.len == 0 || text.data[text.len - 1] != '\n' || time_s > INT64_MAX) {
        return ST_MALFORMED;
    }
    TRY(check_text(text, NULL));
    store_be32(raw, s->key.id);
    if (s->key.type == LEDGER_KEY_COSIGN) {
        store_be64(raw + ID_BYTES, time_s);
        head += TIME_BYTES;
    }
    TRY(message(&s->key, text, time_s, &m));
    TRY(ledger_ed25519_sign(s, buf_bytes(&m), raw + head));
    buf_append(out, dash.data, dash.len);
    buf_printf(out, "%s ", s->key.name);
    base64_append(out, bytes_of(raw, head + LEDGER_SIGNATURE_BYTES));
    buf_byte(out, '\n');
    return out->failed;
}
