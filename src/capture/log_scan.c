/* capture/log_scan.c - words, numbers and addresses inside a log line. */
#include "capture/log_scan.h"

struct bytes log_shift(struct bytes *s)
{
    const uint8_t *space = s->len ? memchr(s->data, ' ', s->len) : NULL;
    if (space == NULL) {
        struct bytes all = *s;
        *s = log_from(*s, s->len);
        return all;
    }
    struct bytes word = {s->data, (size_t)(space - s->data)};
    *s = log_from(*s, word.len + 1);
    return word;
}

size_t log_find(struct bytes s, size_t from, const char *word, size_t n)
{
    if (from >= s.len) {
        return SIZE_MAX;
    }
    const uint8_t *hit = memmem(s.data + from, s.len - from, word, n);
    return hit == NULL ? SIZE_MAX : (size_t)(hit - s.data);
}

bool log_number(struct bytes s, uint64_t max, uint64_t *ret)
{
    uint64_t v = 0;
    if (s.len == 0 || s.len > 19) { /* 19 digits fit 64 bits */
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (!log_digit(s.data[i])) {
            return false;
        }
        v = v * 10 + (s.data[i] - '0');
    }
    if (v > max) {
        return false;
    }
    *ret = v;
    return true;
}

/* A dotted quad without leading zeros, as addr_parse wants it. */
static bool quad(struct bytes s, uint32_t *ret)
{
    uint32_t whole = 0;
    size_t i = 0;
    for (int part = 0; part < 4; part++) {
        if (part > 0 && (i == s.len || s.data[i++] != '.')) {
            return false;
        }
        size_t begin = i;
        uint32_t v = 0;
        while (i < s.len && i - begin < 3 && log_digit(s.data[i])) {
            v = v * 10 + (s.data[i++] - '0');
        }
        if (i == begin || v > 255 || (i - begin > 1 && s.data[begin] == '0')) {
            return false;
        }
        whole = whole << 8 | v;
    }
    *ret = whole;
    return i == s.len;
}

bool log_addr(struct bytes s, struct addr *ret)
{
    uint32_t v4;
    if (s.len < 2 || s.len > 128) {
        return false;
    }
    if (log_digit(s.data[0]) && quad(s, &v4)) {
        *ret = addr_from_v4(v4);
        return true;
    }
    if (memchr(s.data, ':', s.len) == NULL) {
        return false;
    }
    const uint8_t *zone = memchr(s.data, '%', s.len);
    if (zone != NULL) {
        s.len = (size_t)(zone - s.data);
    }
    return addr_parse(s, ret) == ST_OK;
}

enum log_found log_pop_endpoint(struct log_text *line, struct log_endpoint *ret)
{
    bool cut = line->cut;
    struct bytes s = line->s;
    struct log_endpoint at = {.port = 0};
    uint64_t port;
    struct bytes word = log_pop(&s);
    if (s.len >= 5 && log_number(word, 65535, &port) && LOG_DROP(&s, " port")) {
        at.port = cut ? 0 : (uint16_t)port;
        cut = false;
        word = log_pop(&s);
    }
    if (word.len == 0 || cut) {
        return LOG_FOUND_NOTHING;
    }
    line->s = s;
    line->cut = false;
    if (!log_addr(word, &at.addr)) {
        return LOG_FOUND_NAME;
    }
    *ret = at;
    return LOG_FOUND_OBSERVATION;
}

enum log_found log_shift_endpoint(struct log_text *line, struct log_endpoint *ret)
{
    struct bytes s = line->s;
    struct log_endpoint at = {.port = 0};
    struct bytes word = log_shift(&s);
    if (word.len == 0 || (s.len == 0 && line->cut)) {
        return LOG_FOUND_NOTHING;
    }
    struct bytes bare = {word.data, word.len - (word.data[word.len - 1] == ':')};
    if (!log_addr(bare, &at.addr) && !log_addr(word, &at.addr)) {
        return LOG_FOUND_NAME;
    }
    struct bytes rest = s;
    if (LOG_TAKE(&rest, "port ")) {
        uint32_t port = 0;
        size_t n = 0;
        while (n < rest.len && n < 5 && log_digit(rest.data[n])) {
            port = port * 10 + (rest.data[n++] - '0');
        }
        bool whole = n > 0 && port <= 65535 && (n < rest.len || !line->cut);
        at.port = whole ? (uint16_t)port : 0;
        s = log_from(rest, n);
    }
    line->s = s;
    *ret = at;
    return LOG_FOUND_OBSERVATION;
}
