/* exchange/dkim_text.c - tags, headers, and the two canonical forms. */
#include <string.h>

#include "base/core/base64.h"
#include "exchange/dkim_parts.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct bytes trim(struct bytes s)
{
    while (s.len > 0 && is_blank(s.data[0])) {
        s = bytes_of(s.data + 1, s.len - 1);
    }
    while (s.len > 0 && is_blank(s.data[s.len - 1])) {
        s.len--;
    }
    return s;
}

static struct bytes from(struct bytes s, size_t n)
{
    return n < s.len ? bytes_of(s.data + n, s.len - n) : (struct bytes){0};
}

/* Up to the mark; *s goes on behind it. */
static struct bytes until(struct bytes *s, char mark)
{
    const uint8_t *end = s->len > 0 ? memchr(s->data, mark, s->len) : NULL;
    size_t n = end != NULL ? (size_t)(end - s->data) : s->len;
    struct bytes one = bytes_of(s->data, n);
    *s = from(*s, n + 1);
    return one;
}

/* --- tags --------------------------------------------------------------------------- */

/* RFC 6376, 3.2: ALPHA, then letters, digits and "_". */
static bool is_name(struct bytes s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_'))) {
            return false;
        }
    }
    return s.len > 0;
}

static bool is_value(struct bytes s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_blank(s.data[i]) && (s.data[i] < 0x21 || s.data[i] > 0x7e)) {
            return false;
        }
    }
    return true;
}

bool dkim_tags_read(struct bytes s, struct dkim_tags *ret)
{
    ret->n = 0;
    s = trim(s);
    while (s.len > 0) {
        struct bytes value = until(&s, ';');
        bool last = s.len == 0 || trim(s).len == 0;
        const uint8_t *eq = value.len > 0 ? memchr(value.data, '=', value.len) : NULL;
        if (eq == NULL || ret->n == DKIM_TAGS_MAX) {
            return false;
        }
        struct bytes name = trim(until(&value, '='));
        value = trim(value);
        if (!is_name(name) || !is_value(value)) {
            return false;
        }
        for (size_t i = 0; i < ret->n; i++) {
            if (bytes_equal(ret->items[i].name, name)) {
                return false;
            }
        }
        ret->items[ret->n++] = (struct dkim_tag){name, value};
        s = last ? (struct bytes){0} : s;
    }
    return ret->n > 0;
}

const struct bytes *dkim_tag_find(const struct dkim_tags *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++) {
        if (bytes_equal(t->items[i].name, bytes_of(name, strlen(name)))) {
            return &t->items[i].value;
        }
    }
    return NULL;
}

bool dkim_tag_base64(struct bytes value, struct buf *out)
{
    CLEANUP(buf_fini) struct buf plain = BUF_INIT(LIMIT_DKIM_KEY_BYTES);
    size_t n;
    for (size_t i = 0; i < value.len; i++) {
        if (!is_blank(value.data[i])) {
            buf_byte(&plain, value.data[i]);
        }
    }
    if (plain.failed != ST_OK || base64_check(buf_bytes(&plain), &n) != ST_OK ||
        !buf_reserve(out, base64_size(plain.len) + 1) ||
        base64_decode(buf_bytes(&plain), out->data, base64_size(plain.len), &n) != ST_OK) {
        return false;
    }
    out->len = n;
    return true;
}

bool dkim_name_is(struct bytes a, struct bytes b)
{
    return a.len == b.len &&
           (a.len == 0 || strncasecmp((const char *)a.data, (const char *)b.data, a.len) == 0);
}

bool dkim_tag_is(struct bytes value, const char *word)
{
    return dkim_name_is(value, bytes_of(word, strlen(word)));
}

bool dkim_tag_next(struct bytes *list, struct bytes *ret)
{
    if (list->len == 0) {
        return false;
    }
    *ret = trim(until(list, ':'));
    return true;
}

bool dkim_tag_has(struct bytes list, const char *word)
{
    struct bytes one;
    while (dkim_tag_next(&list, &one)) {
        if (dkim_tag_is(one, word)) {
            return true;
        }
    }
    return false;
}

/* --- the mail's headers ----------------------------------------------------------------- */

/* The line at `at`, without its end; *ret_next is behind that. */
static struct bytes line_at(struct bytes s, size_t at, size_t *ret_next)
{
    struct bytes rest = from(s, at);
    const uint8_t *end = rest.len > 0 ? memchr(rest.data, '\n', rest.len) : NULL;
    size_t n = end != NULL ? (size_t)(end - rest.data) : rest.len;
    *ret_next = at + n + (end != NULL);
    n -= n > 0 && end != NULL && rest.data[n - 1] == '\r';
    return bytes_of(rest.data, n);
}

/* RFC 5322, 2.2: printable, and then a colon. Blanks before it (4.5) are refused:
 * other readers take such a line for the body's first. */
static size_t name_len(struct bytes line)
{
    size_t n = 0;
    while (n < line.len && line.data[n] > ' ' && line.data[n] < 127 && line.data[n] != ':') {
        n++;
    }
    return n < line.len && line.data[n] == ':' ? n : 0;
}

bool dkim_mail_read(struct bytes mail, struct dkim_mail *ret)
{
    size_t at = 0;
    ret->n = 0;
    ret->body = (struct bytes){0};
    if (bytes_begin(mail, BYTES_LITERAL("From "))) { /* of a mailbox file */
        (void)line_at(mail, 0, &at);
    }
    while (at < mail.len) {
        size_t next;
        struct bytes line = line_at(mail, at, &next);
        if (line.len == 0) {
            ret->body = from(mail, next);
            return true;
        }
        size_t name = name_len(line);
        if (name == 0 || ret->n == LIMIT_DKIM_FIELDS) {
            return false;
        }
        struct bytes more;
        size_t end = next;
        while (end < mail.len && (mail.data[end] == ' ' || mail.data[end] == '\t')) {
            more = line_at(mail, end, &end);
            line.len = (size_t)(more.data - line.data) + more.len; /* RFC 5322, 2.2.3 */
        }
        ret->fields[ret->n++] = (struct dkim_field){.name = bytes_of(line.data, name), .all = line};
        at = end;
    }
    return true;
}

/* --- canonical forms -------------------------------------------------------------------- */

/* Lines end with CR LF on the wire. */
static void put_lines(struct buf *out, struct bytes s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '\n' && (i == 0 || s.data[i - 1] != '\r')) {
            buf_byte(out, '\r');
        }
        buf_byte(out, s.data[i]);
    }
}

/* RFC 6376, 3.4.2: one blank for many, none around. */
static void put_folded(struct buf *out, struct bytes s)
{
    bool blank = false;
    bool begun = false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        bool end = c == '\n' || (c == '\r' && i + 1 < s.len && s.data[i + 1] == '\n');
        if (c == ' ' || c == '\t' || end) { /* a blank follows on a line end there */
            blank = begun;
            continue;
        }
        if (blank) {
            buf_byte(out, ' ');
        }
        blank = false;
        begun = true;
        buf_byte(out, c);
    }
}

void dkim_canon_field(struct buf *out, const struct dkim_field *f, bool relaxed)
{
    if (!relaxed) {
        put_lines(out, f->all);
        buf_str(out, "\r\n");
        return;
    }
    for (size_t i = 0; i < f->name.len; i++) {
        uint8_t c = f->name.data[i];
        buf_byte(out, (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c));
    }
    const uint8_t *colon = memchr(f->all.data, ':', f->all.len);
    buf_byte(out, ':');
    put_folded(out, from(f->all, (size_t)(colon - f->all.data) + 1));
    buf_str(out, "\r\n");
}

/* RFC 6376, 3.4.4 (a). */
static void put_line(struct buf *out, struct bytes line, bool relaxed)
{
    bool blank = false;
    if (!relaxed) {
        buf_append(out, line.data, line.len);
        return;
    }
    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = line.data[i];
        if (c == ' ' || c == '\t') {
            blank = true;
            continue;
        }
        if (blank) {
            buf_byte(out, ' ');
        }
        blank = false;
        buf_byte(out, c);
    }
}

void dkim_canon_body(struct buf *out, struct bytes body, bool relaxed)
{
    size_t kept = 0;
    for (size_t at = 0; at < body.len && out->failed == ST_OK;) {
        size_t before = out->len;
        put_line(out, line_at(body, at, &at), relaxed);
        bool empty = out->len == before;
        buf_str(out, "\r\n");
        kept = empty ? kept : out->len;
    }
    if (out->failed == ST_OK) { /* empty lines at the end do not count */
        out->len = kept;
    }
    if (kept == 0 && !relaxed) { /* RFC 6376, 3.4.3: an empty body is one line end */
        buf_str(out, "\r\n");
    }
}
