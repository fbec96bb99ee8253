/* capture/log_json.c - one JSON object on one line, member by member. */
#include "capture/log_json.h"

#include <string.h>

#include "capture/log_scan.h"

static void skip_space(struct log_json *j)
{
    while (j->at < j->s.len) {
        uint8_t c = j->s.data[j->at];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            return;
        }
        j->at++;
    }
}

static uint8_t here(const struct log_json *j)
{
    return j->at < j->s.len ? j->s.data[j->at] : 0;
}

static bool stop(struct log_json *j)
{
    j->broken = true;
    return false;
}

static bool begin(struct log_json *j, struct bytes s, uint8_t bracket)
{
    *j = (struct log_json){.s = s, .array = bracket == '[', .first = true};
    skip_space(j);
    if (here(j) != bracket) {
        return stop(j);
    }
    j->at++;
    return true;
}

bool log_json_object(struct log_json *j, struct bytes s)
{
    return begin(j, s, '{');
}

bool log_json_array(struct log_json *j, struct bytes s)
{
    return begin(j, s, '[');
}

/* The place of the quote that ends the string whose text begins at `at`. */
static bool string_end(struct log_json *j, size_t *ret, bool *escaped)
{
    size_t i = j->at;
    size_t quote = 0;
    *escaped = false;
    for (;;) {
        if (quote < i) {
            const uint8_t *hit = i < j->s.len ? memchr(j->s.data + i, '"', j->s.len - i) : NULL;
            if (hit == NULL) {
                return stop(j);
            }
            quote = (size_t)(hit - j->s.data);
        }
        const uint8_t *slash = memchr(j->s.data + i, '\\', quote - i);
        if (slash == NULL) {
            *ret = quote;
            return true;
        }
        *escaped = true;
        i = (size_t)(slash - j->s.data) + 2;
    }
}

static bool read_string(struct log_json *j, struct log_json_value *ret)
{
    size_t end;
    bool escaped;
    j->at++;
    if (!string_end(j, &end, &escaped)) {
        return false;
    }
    *ret = (struct log_json_value){
        .type = LOG_JSON_STRING, .escaped = escaped, .text = {j->s.data + j->at, end - j->at}};
    j->at = end + 1;
    return true;
}

/* To the bracket that closes the one at j->at; strings may hold brackets. */
static bool skip_nested(struct log_json *j)
{
    size_t depth = 0;
    struct log_json_value text;
    while (j->at < j->s.len) {
        uint8_t c = j->s.data[j->at];
        if (c == '"') {
            if (!read_string(j, &text)) {
                return false;
            }
            continue;
        }
        j->at++;
        if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return true;
        }
    }
    return stop(j);
}

static bool word_end(uint8_t c)
{
    return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool read_value(struct log_json *j, struct log_json_value *ret)
{
    uint8_t c = here(j);
    size_t begin_at = j->at;
    if (c == '"') {
        return read_string(j, ret);
    }
    *ret = (struct log_json_value){.type = LOG_JSON_LITERAL};
    if (c == '{' || c == '[') {
        ret->type = c == '{' ? LOG_JSON_OBJECT : LOG_JSON_ARRAY;
        if (!skip_nested(j)) {
            return false;
        }
    } else {
        while (j->at < j->s.len && !word_end(j->s.data[j->at])) {
            j->at++;
        }
        ret->type = log_digit(c) || c == '-' ? LOG_JSON_NUMBER : LOG_JSON_LITERAL;
    }
    ret->text = bytes_of(j->s.data + begin_at, j->at - begin_at);
    return ret->text.len > 0 || stop(j);
}

/* To the next member or element; false at the closing bracket. */
static bool advance(struct log_json *j)
{
    if (j->broken || j->ended) {
        return false;
    }
    skip_space(j);
    if (here(j) == (j->array ? ']' : '}')) {
        j->ended = true;
        j->at++;
        return false;
    }
    if (!j->first) {
        if (here(j) != ',') {
            return stop(j);
        }
        j->at++;
        skip_space(j);
    }
    j->first = false;
    return true;
}

bool log_json_member(struct log_json *j, struct bytes *key, struct log_json_value *ret)
{
    struct log_json_value name;
    if (!advance(j)) {
        return false;
    }
    if (here(j) != '"') {
        return stop(j);
    }
    if (!read_string(j, &name)) {
        return false;
    }
    skip_space(j);
    if (here(j) != ':') {
        return stop(j);
    }
    j->at++;
    skip_space(j);
    *key = name.text;
    return read_value(j, ret);
}

bool log_json_element(struct log_json *j, struct log_json_value *ret)
{
    return advance(j) && read_value(j, ret);
}

static int hex4(struct bytes s, size_t at)
{
    int v = 0;
    if (s.len - at < 4) {
        return -1;
    }
    for (size_t i = at; i < at + 4; i++) {
        uint8_t c = s.data[i];
        int d = log_digit(c)                         ? c - '0'
                : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                     : -1;
        if (d < 0) {
            return -1;
        }
        v = v << 4 | d;
    }
    return v;
}

static uint8_t *put_utf8(uint8_t *to, uint32_t cp)
{
    if (cp < 0x80) {
        *to++ = (uint8_t)cp;
        return to;
    }
    if (cp < 0x800) {
        *to++ = (uint8_t)(0xc0 | cp >> 6);
    } else if (cp < 0x10000) {
        *to++ = (uint8_t)(0xe0 | cp >> 12);
        *to++ = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
    } else {
        *to++ = (uint8_t)(0xf0 | cp >> 18);
        *to++ = (uint8_t)(0x80 | (cp >> 12 & 0x3f));
        *to++ = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
    }
    *to++ = (uint8_t)(0x80 | (cp & 0x3f));
    return to;
}

/* "uXXXX" at s[at], perhaps with the second half of a pair (RFC 8259, 7);
 * returns the bytes taken, 0 when it is none. At most 4 bytes come out of 12,
 * or 3 of 6, with the backslash. */
static size_t unicode_escape(struct bytes s, size_t at, uint8_t **to)
{
    int high = hex4(s, at + 1);
    if (high < 0) {
        return 0;
    }
    uint32_t cp = (uint32_t)high;
    size_t used = 5;
    if (high >= 0xd800 && high < 0xe000) {
        int low = -1;
        if (high < 0xdc00 && s.len - at >= 11 && s.data[at + 5] == '\\' && s.data[at + 6] == 'u') {
            low = hex4(s, at + 7);
        }
        bool pair = low >= 0xdc00 && low < 0xe000;
        cp = pair ? 0x10000 + ((cp - 0xd800) << 10) + ((uint32_t)low - 0xdc00) : 0xfffd;
        used = pair ? 11 : 5;
    }
    *to = put_utf8(*to, cp);
    return used;
}

static uint8_t simple_escape(uint8_t c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case '"':
    case '\\':
    case '/':
        return c;
    default:
        return 0;
    }
}

bool log_json_text(const struct log_json_value *v, struct log_room *room, struct bytes *ret)
{
    struct bytes s = v->text;
    if (!v->escaped) {
        *ret = s;
        return true;
    }
    if (s.len > room->cap - room->used) {
        return false;
    }
    uint8_t *start = room->data + room->used;
    uint8_t *to = start;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] != '\\' || i + 1 == s.len) {
            *to++ = s.data[i];
            continue;
        }
        uint8_t plain = simple_escape(s.data[i + 1]);
        size_t used = s.data[i + 1] == 'u' ? unicode_escape(s, i + 1, &to) : 0;
        if (plain != 0) {
            *to++ = plain;
            used = 1;
        } else if (used == 0) {
            *to++ = '\\';
        }
        i += used;
    }
    *ret = bytes_of(start, (size_t)(to - start));
    room->used += ret->len;
    return true;
}

bool log_json_bytes(const struct log_json_value *v, struct log_room *room, struct bytes *ret)
{
    struct log_json j;
    struct log_json_value item;
    if (!log_json_array(&j, v->text) || v->text.len / 2 > room->cap - room->used) {
        return false;
    }
    uint8_t *start = room->data + room->used;
    size_t n = 0;
    while (log_json_element(&j, &item)) {
        uint64_t byte;
        if (item.type != LOG_JSON_NUMBER || !log_number(item.text, 255, &byte)) {
            return false;
        }
        start[n++] = (uint8_t)byte;
    }
    *ret = bytes_of(start, n);
    room->used += n;
    return j.ended;
}
