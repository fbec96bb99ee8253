/* base/core/text.c - UTF-8, escaping for terminal, JSON, HTML and CSV. */
#include "base/core/text.h"

#include <string.h>

size_t text_utf8_next(struct bytes s, uint32_t *ret)
{
    if (s.len == 0) {
        return 0;
    }
    uint8_t first = s.data[0];
    if (first < 0x80) {
        *ret = first;
        return 1;
    }
    size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || s.len < n) {
        return 0;
    }
    uint32_t cp = first & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s.data[i] & 0xc0) != 0x80) {
            return 0;
        }
        cp = cp << 6 | (s.data[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) {
        return 0;
    }
    *ret = cp;
    return n;
}

bool text_is_deceptive(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xad || cp == 0x61c ||
           (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
           (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) ||
           (cp >= 0xe0000 && cp <= 0xe007f);
}

void text_show(struct buf *out, struct bytes s, size_t max_columns)
{
    size_t columns = 0;
    for (size_t i = 0; i < s.len;) {
        if (columns == max_columns) {
            buf_str(out, "…");
            return;
        }
        uint32_t cp = 0;
        size_t n = text_utf8_next(bytes_of(s.data + i, s.len - i), &cp);
        if (n == 0) {
            buf_printf(out, "\\x{%02x}", s.data[i]);
            n = 1;
        } else if (text_is_deceptive(cp)) {
            buf_printf(out, "\\u{%x}", (unsigned)cp);
        } else {
            buf_append(out, s.data + i, n);
        }
        i += n;
        columns++;
    }
}

static const char *html_entity(uint8_t c)
{
    return c == '<'    ? "&lt;"
           : c == '>'  ? "&gt;"
           : c == '&'  ? "&amp;"
           : c == '"'  ? "&quot;"
           : c == '\'' ? "&#39;"
                       : "";
}

void text_html(struct buf *out, struct bytes s)
{
    size_t from = out->len;
    text_show(out, s, SIZE_MAX);
    size_t marks = 0;
    for (size_t i = from; i < out->len; i++) {
        marks += html_entity(out->data[i])[0] != '\0';
    }
    if (marks == 0 || out->failed != ST_OK) {
        return;
    }
    struct buf shown = BUF_INIT(out->max);
    buf_append(&shown, out->data + from, out->len - from);
    out->failed = shown.failed;
    out->len = from;
    for (size_t i = 0; i < shown.len; i++) {
        const char *entity = html_entity(shown.data[i]);
        if (entity[0] != '\0') {
            buf_str(out, entity);
        } else {
            buf_byte(out, shown.data[i]);
        }
    }
    buf_fini(&shown);
}

size_t text_width(struct bytes s)
{
    size_t columns = 0;
    for (size_t i = 0; i < s.len; columns++) {
        uint32_t cp;
        size_t n = text_utf8_next(bytes_of(s.data + i, s.len - i), &cp);
        i += n ? n : 1;
    }
    return columns;
}

static void json_code_point(struct buf *out, uint32_t cp)
{
    if (cp >= 0x10000) {
        buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (cp >> 10)),
                   (unsigned)(0xdc00 + (cp & 0x3ff)));
    } else {
        buf_printf(out, "\\u%04x", (unsigned)cp);
    }
}

static bool json_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void text_json(struct buf *out, struct bytes s)
{
    for (size_t i = 0; i < s.len;) {
        size_t run = i;
        while (run < s.len && json_plain(s.data[run])) {
            run++;
        }
        if (run > i) {
            buf_append(out, s.data + i, run - i);
            i = run;
            continue;
        }
        uint32_t cp = 0;
        size_t n = text_utf8_next(bytes_of(s.data + i, s.len - i), &cp);
        if (n == 0) {
            buf_str(out, "\xef\xbf\xbd");
            n = 1;
        } else if (cp == '"' || cp == '\\') {
            buf_byte(out, '\\');
            buf_byte(out, (uint8_t)cp);
        } else if (text_is_deceptive(cp)) {
            json_code_point(out, cp);
        } else {
            buf_append(out, s.data + i, n);
        }
        i += n;
    }
}

void text_csv(struct buf *out, struct bytes s)
{
    bool quote = false;
    bool formula = s.len > 0 && strchr("=+-@\t\r", s.data[0]) != NULL && s.data[0] != '\0';
    for (size_t i = 0; i < s.len; i++) {
        quote |= s.data[i] == ',' || s.data[i] == '"' || s.data[i] < 0x20;
    }
    if (!quote && !formula) {
        text_show(out, s, SIZE_MAX);
        return;
    }
    buf_byte(out, '"');
    if (formula) {
        buf_byte(out, '\'');
    }
    size_t from = 0;
    for (size_t i = 0; i <= s.len; i++) {
        if (i == s.len || s.data[i] == '"') {
            text_show(out, bytes_of(s.data + from, i - from), SIZE_MAX);
            buf_str(out, i < s.len ? "\"\"" : "");
            from = i + 1;
        }
    }
    buf_byte(out, '"');
}

void text_count(struct buf *out, uint64_t n)
{
    char digits[32];
    size_t len = 0;
    do {
        if (len % 4 == 3) {
            digits[len++] = ',';
        }
        digits[len++] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    while (len > 0) {
        buf_byte(out, (uint8_t)digits[--len]);
    }
}

enum status text_u64(struct bytes s, uint64_t max, uint64_t *ret)
{
    uint64_t v = 0;
    if (s.len == 0) {
        return ST_MALFORMED;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return ST_MALFORMED;
        }
        if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(s.data[i] - '0'), &v) || v > max) {
            return ST_LIMIT;
        }
    }
    *ret = v;
    return ST_OK;
}

struct bytes text_trim(struct bytes s)
{
    while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s = bytes_of(s.data + 1, s.len - 1);
    }
    while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

bool text_is_words(struct bytes s, const char *marks)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && (c == '\0' || strchr(marks, c) == NULL)) {
            return false;
        }
    }
    return true;
}
