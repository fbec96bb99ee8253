/* exchange/mime.c - headers, encoded words, parts, mbox. */
#include "exchange/mime.h"

#include <string.h>

#include "base/core/base64.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"

enum {
    LINE_MAX_CHARS = 76, /* RFC 2045, 6.7 and 6.8; under the 78 of RFC 5322, 2.1.1 */
    WORD_MAX_BYTES = 45, /* 60 characters of base64 in an encoded word of 72 (at most 75) */
    HEADER_MAX_COLUMNS = 400,
    HEADER_MAX_BYTES = 8192,
    BASE64_LINE_BYTES = 57,
};

static const char crlf[] = "\r\n";

/* --- headers ------------------------------------------------------------------ */

/* Printable ASCII without what would be read as an encoded word, and with no
 * run that could not be folded. */
static bool is_plain(struct bytes s)
{
    size_t run = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < ' ' || s.data[i] > '~' ||
            (s.data[i] == '=' && i + 1 < s.len && s.data[i + 1] == '?')) {
            return false;
        }
        run = s.data[i] == ' ' ? 0 : run + 1;
        if (run > LINE_MAX_CHARS - 16) {
            return false;
        }
    }
    return s.len == 0 || (s.data[0] != ' ' && s.data[s.len - 1] != ' ');
}

/* Words from a column on; a line is folded before a word that does not fit. */
static void put_folded(struct buf *out, size_t column, struct bytes s)
{
    for (size_t at = 0; at < s.len;) {
        const uint8_t *gap = memchr(s.data + at + 1, ' ', s.len - at - 1);
        size_t end = gap != NULL ? (size_t)(gap - s.data) : s.len;
        if (s.data[at] == ' ' && column + end - at > LINE_MAX_CHARS) {
            buf_str(out, crlf); /* the word brings its blank along: RFC 5322, 2.2.3 */
            column = 0;
        }
        buf_append(out, s.data + at, end - at);
        column += end - at;
        at = end;
    }
}

/* RFC 2047, 2: each word holds whole characters. */
static void put_encoded(struct buf *out, size_t column, struct bytes s)
{
    for (size_t at = 0; at < s.len;) {
        size_t n = 0;
        for (;;) {
            uint32_t cp;
            size_t step =
                at + n < s.len ? text_utf8_next(bytes_of(s.data + at + n, s.len - at - n), &cp) : 0;
            if (step == 0 || n + step > WORD_MAX_BYTES) {
                break;
            }
            n += step;
        }
        n = n > 0 ? n : 1; /* text_show leaves no invalid bytes */
        size_t len = 12 + (n + 2) / 3 * 4;
        if (column + len > LINE_MAX_CHARS) {
            buf_str(out, "\r\n ");
            column = 1;
        } else if (at > 0) {
            buf_byte(out, ' ');
            column++;
        }
        buf_str(out, "=?UTF-8?B?");
        base64_append(out, bytes_of(s.data + at, n));
        buf_str(out, "?=");
        column += len;
        at += n;
    }
}

static void put_text(struct buf *out, size_t column, struct bytes value)
{
    CLEANUP(buf_fini) struct buf shown = BUF_INIT(HEADER_MAX_BYTES);
    text_show(&shown, value, HEADER_MAX_COLUMNS);
    struct bytes s = text_trim(buf_bytes(&shown));
    if (is_plain(s)) {
        put_folded(out, column, s);
    } else {
        put_encoded(out, column, s);
    }
    out->failed = out->failed == ST_OK ? shown.failed : out->failed;
}

void mime_header(struct buf *out, const char *name, struct bytes value)
{
    buf_printf(out, "%s: ", name);
    put_text(out, strlen(name) + 2, value);
    buf_str(out, crlf);
}

/* RFC 5322, 3.2.4. */
static void put_quoted(struct buf *out, struct bytes s)
{
    buf_byte(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '"' || s.data[i] == '\\') {
            buf_byte(out, '\\');
        }
        buf_byte(out, s.data[i]);
    }
    buf_byte(out, '"');
}

void mime_header_mailbox(struct buf *out, const char *name, struct bytes display, const char *mail)
{
    CLEANUP(buf_fini) struct buf shown = BUF_INIT(HEADER_MAX_BYTES);
    text_show(&shown, display, HEADER_MAX_COLUMNS);
    struct bytes s = text_trim(buf_bytes(&shown));
    size_t column = strlen(name) + 2;
    buf_printf(out, "%s: ", name);
    if (s.len == 0) {
        buf_printf(out, "%s\r\n", mail);
        return;
    }
    if (is_plain(s) && column + 2 * s.len + 2 <= LINE_MAX_CHARS) {
        put_quoted(out, s);
    } else {
        put_encoded(out, column, s);
    }
    buf_printf(out, "\r\n <%s>\r\n", mail);
    out->failed = out->failed == ST_OK ? shown.failed : out->failed;
}

static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* 1970-01-01 was a Thursday. */
static const char *day_name(int64_t ns)
{
    int64_t day = ns / TIME_DAY - (ns % TIME_DAY < 0);
    return days[((day % 7) + 7) % 7];
}

void mime_header_date(struct buf *out, int64_t ns)
{
    struct civil c;
    time_to_civil(ns, &c);
    buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", day_name(ns), c.day,
               months[c.month - 1], c.year, c.hour, c.minute, c.second);
}

void mime_begin(struct buf *out, const char *boundary)
{
    buf_printf(out,
               "MIME-Version: 1.0\r\n"
               "Content-Type: multipart/mixed;\r\n boundary=\"%s\"\r\n\r\n"
               "This is a message of several parts in MIME.\r\n",
               boundary);
}

/* --- bodies ------------------------------------------------------------------- */

/* One line without its end. At its start "From " and a lone dot would be
 * changed on the way (RFC 2049, 3); at its end blanks would be lost. */
static void put_qp_line(struct buf *out, struct bytes s)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t column = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        bool last = i + 1 == s.len;
        bool plain = ((c > ' ' && c <= '~' && c != '=') || ((c == ' ' || c == '\t') && !last)) &&
                     !(column == 0 && (c == 'F' || c == '.'));
        size_t width = plain ? 1 : 3;
        if (column + width > LINE_MAX_CHARS - (last ? 0 : 1)) {
            buf_str(out, "=\r\n");
            column = 0;
            plain = plain && c != 'F' && c != '.';
            width = plain ? 1 : 3;
        }
        if (plain) {
            buf_byte(out, c);
        } else {
            char code[] = {'=', hex[c >> 4], hex[c & 15]};
            buf_append(out, code, sizeof(code));
        }
        column += width;
    }
    buf_str(out, crlf);
}

void mime_part_text(struct buf *out, const char *boundary, struct bytes text)
{
    buf_printf(out,
               "\r\n--%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
               "Content-Disposition: inline\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
               boundary);
    while (text.len > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.len);
        size_t n = end != NULL ? (size_t)(end - text.data) : text.len;
        put_qp_line(out, bytes_of(text.data, n));
        n += end != NULL;
        text = bytes_of(text.data + n, text.len - n);
    }
}

void mime_part_file(struct buf *out, const char *boundary, const char *type, const char *name,
                    struct bytes content)
{
    buf_printf(out,
               "\r\n--%s\r\nContent-Type: %s; name=\"%s\"\r\n"
               "Content-Disposition: attachment; filename=\"%s\"\r\n"
               "Content-Transfer-Encoding: base64\r\n\r\n",
               boundary, type, name, name);
    for (size_t at = 0; at < content.len; at += BASE64_LINE_BYTES) {
        size_t left = content.len - at;
        size_t n = left < BASE64_LINE_BYTES ? left : BASE64_LINE_BYTES;
        base64_append(out, bytes_of(content.data + at, n));
        buf_str(out, crlf);
    }
}

void mime_end(struct buf *out, const char *boundary)
{
    buf_printf(out, "\r\n--%s--\r\n", boundary);
}

/* --- mbox --------------------------------------------------------------------- */

static bool wants_quoting(struct bytes line)
{
    size_t i = 0;
    while (i < line.len && line.data[i] == '>') {
        i++;
    }
    return bytes_begin(bytes_of(line.data + i, line.len - i), BYTES_LITERAL("From "));
}

void mime_mbox(struct buf *out, struct bytes message, int64_t ns)
{
    struct civil c;
    time_to_civil(ns, &c);
    buf_printf(out, "From MAILER-DAEMON %s %s %2d %02d:%02d:%02d %04d\n", day_name(ns),
               months[c.month - 1], c.day, c.hour, c.minute, c.second, c.year);
    while (message.len > 0) {
        const uint8_t *end = memchr(message.data, '\n', message.len);
        size_t n = end != NULL ? (size_t)(end - message.data) : message.len;
        struct bytes line = bytes_of(message.data, n);
        line.len -= n > 0 && line.data[n - 1] == '\r';
        if (wants_quoting(line)) {
            buf_byte(out, '>');
        }
        buf_append(out, line.data, line.len);
        buf_byte(out, '\n');
        n += end != NULL;
        message = bytes_of(message.data + n, message.len - n);
    }
    buf_byte(out, '\n');
}
