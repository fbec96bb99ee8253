/* exchange/claim/mail.c - headers, parts in parts, and their codings. */
#include "exchange/claim/mail.h"

#include <string.h>

#include "base/core/limits.h"
#include "base/core/text.h"
#include "exchange/claim/plain.h"

enum { BOUNDARY_MAX = 200, PARAM_MAX = 200 };

enum coding { CODING_NONE, CODING_BASE64, CODING_QUOTED };

/* What the headers of a mail or a part say of its body. */
struct head {
    char type[MAIL_TYPE_MAX], name[MAIL_TYPE_MAX];
    char boundary[BOUNDARY_MAX];
    size_t boundary_len;
    enum coding coding;
    bool utf16, utf16_big;
    bool wide; /* UTF-32: nobody sends it */
    bool has_type, has_coding;
};

struct reading {
    const struct mail_ops *ops;
    unsigned depth;
    unsigned parts;
};

static struct bytes rest_of(struct bytes s, size_t from)
{
    return from < s.len ? bytes_of(s.data + from, s.len - from) : (struct bytes){0};
}

/* The first line, without its end; *ret_next is where the next begins. */
static struct bytes first_line(struct bytes s, size_t *ret_next)
{
    const uint8_t *end = s.len > 0 ? memchr(s.data, '\n', s.len) : NULL;
    size_t n = end != NULL ? (size_t)(end - s.data) : s.len;
    *ret_next = n + (end != NULL);
    n -= n > 0 && s.data[n - 1] == '\r';
    return bytes_of(s.data, n);
}

static bool equal_word(struct bytes s, const char *word)
{
    size_t n = strlen(word);
    return s.len == n && strncasecmp((const char *)s.data, word, n) == 0;
}

static bool begins_word(struct bytes s, const char *word)
{
    size_t n = strlen(word);
    return s.len >= n && strncasecmp((const char *)s.data, word, n) == 0;
}

/* RFC 5322, 2.2: printable and no colon; 0 when the line is no header. */
static size_t name_len(struct bytes line)
{
    size_t n = 0;
    while (n < line.len && line.data[n] > ' ' && line.data[n] < 127 && line.data[n] != ':') {
        n++;
    }
    return n < line.len && line.data[n] == ':' ? n : 0;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct bytes trim(struct bytes s)
{
    while (s.len > 0 && is_blank(s.data[0])) {
        s = rest_of(s, 1);
    }
    while (s.len > 0 && is_blank(s.data[s.len - 1])) {
        s.len--;
    }
    return s;
}

/* --- parameters ------------------------------------------------------------------- */

/* RFC 2045, 5.1: the value of a parameter behind the type, quoted or not. */
static size_t parameter(struct bytes value, const char *name, char out[PARAM_MAX])
{
    size_t at = 0;
    while (at < value.len && value.data[at] != ';') {
        at++;
    }
    while (at < value.len) {
        struct bytes s = trim(rest_of(value, at + 1));
        const uint8_t *eq = s.len > 0 ? memchr(s.data, '=', s.len) : NULL;
        if (eq == NULL) {
            return 0;
        }
        struct bytes key = trim(bytes_of(s.data, (size_t)(eq - s.data)));
        struct bytes v = trim(rest_of(s, (size_t)(eq - s.data) + 1));
        bool quoted = v.len > 0 && v.data[0] == '"';
        size_t n = 0;
        size_t i = quoted;
        while (i < v.len &&
               (quoted ? v.data[i] != '"' : v.data[i] != ';' && !is_blank(v.data[i]))) {
            i += quoted && v.data[i] == '\\' && i + 1 < v.len;
            if (n < PARAM_MAX - 1) {
                out[n++] = (char)v.data[i];
            }
            i++;
        }
        out[n] = '\0';
        if (equal_word(key, name)) {
            return n;
        }
        at = (size_t)(v.data - value.data) + i;
        while (at < value.len && value.data[at] != ';') {
            at++;
        }
    }
    return 0;
}

static void take_name(struct head *h, struct bytes value, const char *of)
{
    char name[PARAM_MAX] = "";
    size_t n = parameter(value, of, name);
    if (n > 0) {
        claim_copy(h->name, sizeof(h->name), bytes_of(name, n));
    }
}

static void take_type(struct head *h, struct bytes value)
{
    char charset[PARAM_MAX] = "";
    char boundary[PARAM_MAX] = "";
    const uint8_t *end = value.len > 0 ? memchr(value.data, ';', value.len) : NULL;
    struct bytes type = trim(bytes_of(value.data, end ? (size_t)(end - value.data) : value.len));
    claim_copy(h->type, sizeof(h->type), type);
    for (char *p = h->type; *p != '\0'; p++) {
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    }
    take_name(h, value, "name");
    h->boundary_len = parameter(value, "boundary", boundary);
    memcpy(h->boundary, boundary, h->boundary_len);
    size_t n = parameter(value, "charset", charset);
    h->utf16 = begins_word(bytes_of(charset, n), "utf-16");
    h->utf16_big = !equal_word(bytes_of(charset, n), "utf-16le"); /* RFC 2781, 4.3 */
    h->wide = begins_word(bytes_of(charset, n), "utf-32");
    h->has_type = true;
}

static void take_coding(struct head *h, struct bytes value)
{
    h->coding = equal_word(value, "base64")             ? CODING_BASE64
                : equal_word(value, "quoted-printable") ? CODING_QUOTED
                                                        : CODING_NONE;
    h->has_coding = true;
}

/* The headers, and where the body begins. A header that comes twice counts as
 * it stands first: what a mail program would show is then what we read. */
static size_t read_head(struct bytes s, struct head *h, const struct mail_ops *tell)
{
    size_t at = 0;
    *h = (struct head){.type = "text/plain"};
    while (at < s.len) {
        size_t next;
        struct bytes line = first_line(rest_of(s, at), &next);
        size_t name = name_len(line);
        if (line.len == 0) {
            return at + next;
        }
        if (name == 0) {
            return at; /* no blank line: the body begins here */
        }
        size_t end = at + next;
        while (end < s.len && (s.data[end] == ' ' || s.data[end] == '\t')) { /* RFC 5322, 2.2.3 */
            (void)first_line(rest_of(s, end), &next);
            end += next;
        }
        struct bytes value = trim(bytes_of(s.data + at + name + 1, end - at - name - 1));
        line.len = name;
        if (equal_word(line, "Content-Type") && !h->has_type) {
            take_type(h, value);
        } else if (equal_word(line, "Content-Transfer-Encoding") && !h->has_coding) {
            take_coding(h, value);
        } else if (equal_word(line, "Content-Disposition")) { /* RFC 2183 */
            take_name(h, value, "filename");
        } else if (tell != NULL && tell->header != NULL) {
            tell->header(tell->ctx, line, value);
        }
        at = end;
    }
    return at;
}

/* Relays put their headers in front: those that tell a mail may stand far down. */
bool mail_sniff(struct bytes text)
{
    size_t at = 0;
    bool sure = false;
    if (bytes_begin(text, BYTES_LITERAL("From "))) { /* of a mailbox file */
        (void)first_line(text, &at);
    }
    while (at < text.len && !sure) {
        size_t next;
        struct bytes line = first_line(rest_of(text, at), &next);
        size_t name = name_len(line);
        if (line.len == 0 || (name == 0 && line.data[0] != ' ' && line.data[0] != '\t')) {
            break;
        }
        struct bytes key = bytes_of(line.data, name);
        sure = equal_word(key, "MIME-Version") || equal_word(key, "Received") ||
               equal_word(key, "Return-Path") || equal_word(key, "Subject") ||
               equal_word(key, "DKIM-Signature") ||
               (equal_word(key, "From") && memchr(line.data, '@', line.len) != NULL);
        at += next;
    }
    return sure;
}

/* --- codings ---------------------------------------------------------------------- */

static int base64_value(uint8_t c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+' || c == '-' ? 62
           : c == '/' || c == '_' ? 63
                                  : -1;
}

/* RFC 2045, 6.8: line ends and what is no base64 are passed over; others than
 * blanks are noted. It ends at the padding. */
static void decode_base64(struct buf *out, struct bytes s, uint32_t *notes)
{
    uint32_t word = 0;
    unsigned have = 0;
    for (size_t i = 0; i < s.len && s.data[i] != '='; i++) {
        int v = base64_value(s.data[i]);
        if (v < 0) {
            *notes |= is_blank(s.data[i]) ? 0 : CLAIM_NOTE_ENCODING;
            continue;
        }
        word = word << 6 | (uint32_t)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_byte(out, (uint8_t)(word >> have));
        }
    }
    *notes |= have == 6 ? CLAIM_NOTE_CUT : 0; /* a letter that stands for no byte */
}

static int hex_value(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* RFC 2045, 6.7. */
static void decode_quoted(struct buf *out, struct bytes s, uint32_t *notes)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] != '=') {
            buf_byte(out, s.data[i]);
            continue;
        }
        size_t k = i + 1;
        while (k < s.len && (s.data[k] == ' ' || s.data[k] == '\t' || s.data[k] == '\r')) {
            k++;
        }
        if (k == s.len || s.data[k] == '\n') { /* a soft line break */
            i = k;
            continue;
        }
        int high = hex_value(s.data[i + 1]);
        int low = i + 2 < s.len ? hex_value(s.data[i + 2]) : -1;
        if (high < 0 || low < 0) {
            *notes |= CLAIM_NOTE_ENCODING;
            buf_byte(out, '=');
            continue;
        }
        buf_byte(out, (uint8_t)(high << 4 | low));
        i += 2;
    }
}

/* --- parts ------------------------------------------------------------------------ */

static enum status read_entity(struct reading *r, struct bytes s, bool outer);

static enum status hand_out(const struct reading *r, const struct head *h, struct bytes body)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(2 * (size_t)LIMIT_CLAIM_BYTES);
    struct mail_part part = {.content = body};
    if (h->utf16) {
        claim_plain_utf16(&text, body, h->utf16_big);
        TRY(text.failed);
        part.content = buf_bytes(&text);
    }
    memcpy(part.type, h->type, sizeof(part.type));
    memcpy(part.name, h->name, sizeof(part.name));
    if (h->wide) {
        *r->ops->notes |= CLAIM_NOTE_UNREAD;
        return ST_OK;
    }
    return r->ops->part(r->ops->ctx, &part);
}

static enum status read_leaf(struct reading *r, const struct head *h, struct bytes body)
{
    CLEANUP(buf_fini) struct buf decoded = BUF_INIT(LIMIT_CLAIM_BYTES);
    if (h->coding == CODING_BASE64) {
        decode_base64(&decoded, body, r->ops->notes);
    } else if (h->coding == CODING_QUOTED) {
        decode_quoted(&decoded, body, r->ops->notes);
    }
    TRY(decoded.failed);
    body = h->coding != CODING_NONE ? buf_bytes(&decoded) : body;
    if (strcmp(h->type, "message/rfc822") == 0) {
        return read_entity(r, body, false);
    }
    return hand_out(r, h, body);
}

/* Does the line end a part (RFC 2046, 5.1.1)? *ret_last: and all of them. Blanks
 * may follow; a longer boundary is another one's. */
static bool is_boundary(const struct head *h, struct bytes line, bool *ret_last)
{
    size_t n = h->boundary_len;
    if (line.len < n + 2 || line.data[0] != '-' || line.data[1] != '-' ||
        memcmp(line.data + 2, h->boundary, n) != 0) {
        return false;
    }
    struct bytes rest = rest_of(line, n + 2);
    *ret_last = bytes_begin(rest, BYTES_LITERAL("--"));
    rest = *ret_last ? rest_of(rest, 2) : rest;
    return trim(rest).len == 0;
}

static enum status read_multipart(struct reading *r, const struct head *h, struct bytes body)
{
    size_t begin = SIZE_MAX; /* of the part that is open; none is in the preamble */
    bool last = false;
    for (size_t at = 0; at < body.len && !last;) {
        size_t next;
        struct bytes line = first_line(rest_of(body, at), &next);
        if (is_boundary(h, line, &last)) {
            if (begin != SIZE_MAX) {
                TRY(read_entity(r, bytes_of(body.data + begin, at - begin), false));
            }
            begin = at + next;
        }
        at += next;
    }
    if (!last) {
        *r->ops->notes |= CLAIM_NOTE_CUT;
        if (begin != SIZE_MAX && begin < body.len) {
            return read_entity(r, rest_of(body, begin), false);
        }
    }
    return ST_OK;
}

static enum status read_entity(struct reading *r, struct bytes s, bool outer)
{
    struct head h;
    if (r->depth == LIMIT_CLAIM_DEPTH || r->parts == LIMIT_CLAIM_PARTS) {
        *r->ops->notes |= CLAIM_NOTE_DEEP;
        return ST_OK;
    }
    r->parts++;
    r->depth++;
    struct bytes body = rest_of(s, read_head(s, &h, outer ? r->ops : NULL));
    bool parts = strncmp(h.type, "multipart/", 10) == 0;
    enum status st;
    if (parts && h.boundary_len > 0 && h.coding == CODING_NONE) {
        st = read_multipart(r, &h, body);
    } else if (parts) { /* RFC 2045, 6.4: parts are not encoded as a whole */
        *r->ops->notes |= CLAIM_NOTE_ENCODING;
        st = ST_OK;
    } else {
        st = read_leaf(r, &h, body);
    }
    r->depth--;
    return st;
}

enum status mail_read(struct bytes text, const struct mail_ops *ops)
{
    struct reading r = {.ops = ops};
    size_t at = 0;
    if (bytes_begin(text, BYTES_LITERAL("From "))) {
        (void)first_line(text, &at);
    }
    return read_entity(&r, rest_of(text, at), true);
}

/* --- encoded words ---------------------------------------------------------------- */

/* "=?utf-8?B?...?=" at s: the bytes used, or 0. */
static size_t encoded_word(struct buf *out, struct bytes s)
{
    static const char *const known[] = {"utf-8", "us-ascii"};
    uint32_t notes = 0;
    size_t charset = 0;
    for (size_t i = 0; i < ARRAY_LEN(known) && charset == 0; i++) {
        charset = begins_word(rest_of(s, 2), known[i]) ? strlen(known[i]) : 0;
    }
    if (charset == 0 || !bytes_begin(s, BYTES_LITERAL("=?")) || s.len < charset + 6 ||
        s.data[charset + 2] != '?' || s.data[charset + 4] != '?') {
        return 0;
    }
    size_t from = charset + 5;
    const uint8_t *end = memmem(s.data + from, s.len - from, "?=", 2);
    if (end == NULL) {
        return 0;
    }
    struct bytes inside = bytes_of(s.data + from, (size_t)(end - s.data) - from);
    uint8_t how = s.data[charset + 3] | 0x20;
    size_t before = out->len;
    if (how == 'b') {
        decode_base64(out, inside, &notes);
    } else if (how == 'q') {
        decode_quoted(out, inside, &notes);
        for (size_t i = before; i < out->len; i++) { /* RFC 2047, 4.2 (2) */
            out->data[i] = out->data[i] == '_' ? ' ' : out->data[i];
        }
    } else {
        return 0;
    }
    return (size_t)(end - s.data) + 2;
}

void mail_header_text(struct buf *out, struct bytes value)
{
    bool after_word = false;
    for (size_t i = 0; i < value.len;) {
        size_t blank = 0;
        while (i + blank < value.len && is_blank(value.data[i + blank])) {
            blank++;
        }
        struct bytes at = rest_of(value, i + blank);
        bool word = bytes_begin(at, BYTES_LITERAL("=?"));
        if (blank > 0 && !(word && after_word)) { /* RFC 2047, 6.2: not between words */
            buf_byte(out, ' ');
        }
        i += blank;
        size_t used = word ? encoded_word(out, at) : 0;
        after_word = used > 0;
        if (used == 0 && i < value.len) {
            buf_byte(out, value.data[i]);
            used = 1;
        }
        i += used;
    }
}
