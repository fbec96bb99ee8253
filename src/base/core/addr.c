/* base/core/addr.c - addresses to and from text, and what kind they are. */
#include "base/core/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

bool addr_is_unspecified(const struct addr *a)
{
    static const struct addr zero6 = {{0}};
    return addr_equal(a, &zero6) || (addr_is_v4(a) && addr_v4(a) == 0);
}

bool addr_is_multicast(const struct addr *a)
{
    return addr_is_v4(a) ? addr_v4(a) >> 28 == 14 : a->b[0] == 0xff;
}

bool addr_is_broadcast(const struct addr *a)
{
    return addr_is_v4(a) && addr_v4(a) == UINT32_MAX;
}

bool addr_is_loopback(const struct addr *a)
{
    static const struct addr one = {{[15] = 1}};
    return addr_is_v4(a) ? addr_v4(a) >> 24 == 127 : addr_equal(a, &one);
}

bool addr_is_private(const struct addr *a)
{
    if (addr_is_loopback(a)) {
        return true;
    }
    if (!addr_is_v4(a)) {
        return (a->b[0] & 0xfe) == 0xfc || (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80);
    }
    uint32_t v = addr_v4(a);
    return v >> 24 == 10 || v >> 20 == 0xac1 || v >> 16 == 0xc0a8 || v >> 16 == 0xa9fe ||
           v >> 22 == (0x64400000U >> 22); /* 100.64/10 */
}

enum status addr_parse(struct bytes text, struct addr *ret)
{
    char s[ADDR_TEXT_MAX];
    if (text.len == 0 || text.len >= sizeof(s) || memchr(text.data, '\0', text.len) != NULL) {
        return ST_MALFORMED;
    }
    memcpy(s, text.data, text.len);
    s[text.len] = '\0';
    uint8_t raw[16];
    if (inet_pton(AF_INET, s, raw) == 1) {
        *ret = addr_from_v4(load_be32(raw));
        return ST_OK;
    }
    if (inet_pton(AF_INET6, s, raw) == 1) {
        *ret = addr_from_v6(raw);
        return ST_OK;
    }
    return ST_MALFORMED;
}

/* By hand: they are in every line that is written of records. */
static size_t format_v4(const uint8_t b[4], char *out)
{
    char *p = out;
    for (int i = 0; i < 4; i++) {
        unsigned v = b[i];
        if (v >= 100) {
            *p++ = (char)('0' + v / 100);
        }
        if (v >= 10) {
            *p++ = (char)('0' + v / 10 % 10);
        }
        *p++ = (char)('0' + v % 10);
        *p++ = '.';
    }
    *--p = '\0'; /* in place of the last dot */
    return (size_t)(p - out);
}

size_t addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
    if (addr_is_v4(a)) {
        return format_v4(a->b + 12, out);
    }
    if (inet_ntop(AF_INET6, a->b, out, ADDR_TEXT_MAX) == NULL) {
        out[0] = '\0'; /* cannot happen: the buffer fits */
    }
    return strlen(out);
}

struct prefix prefix_of(const struct addr *a, uint8_t len)
{
    struct prefix p = {.net = *a, .len = len};
    for (size_t i = 0; i < sizeof(p.net.b); i++) {
        size_t bits = len > i * 8 ? len - i * 8 : 0;
        p.net.b[i] &= bits >= 8 ? 0xff : (uint8_t)(0xff00U >> bits);
    }
    return p;
}

static enum status parse_length(struct bytes text, unsigned max, unsigned *ret)
{
    unsigned v = 0;
    if (text.len == 0 || text.len > 3) {
        return ST_MALFORMED;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return ST_MALFORMED;
        }
        v = v * 10 + (text.data[i] - '0');
    }
    *ret = v;
    return v <= max ? ST_OK : ST_MALFORMED;
}

enum status prefix_parse(struct bytes text, struct prefix *ret)
{
    const uint8_t *slash = text.len ? memchr(text.data, '/', text.len) : NULL;
    struct bytes host = text;
    struct addr a;
    if (slash == NULL) {
        TRY(addr_parse(text, &a));
        *ret = (struct prefix){.net = a, .len = 128};
        return ST_OK;
    }
    host.len = (size_t)(slash - text.data);
    TRY(addr_parse(host, &a));
    unsigned max = memchr(host.data, ':', host.len) ? 128 : 32;
    unsigned len;
    TRY(parse_length(bytes_of(slash + 1, text.len - host.len - 1), max, &len));
    struct prefix p = prefix_of(&a, (uint8_t)(len + (128 - max)));
    if (!addr_equal(&p.net, &a)) {
        return ST_MALFORMED;
    }
    *ret = p;
    return ST_OK;
}

uint8_t prefix_text_len(const struct prefix *p)
{
    return p->len >= 96 && addr_is_v4(&p->net) ? (uint8_t)(p->len - 96) : p->len;
}

size_t prefix_format(const struct prefix *p, char out[PREFIX_TEXT_MAX])
{
    size_t n = addr_format(&p->net, out);
    return n + (size_t)snprintf(out + n, PREFIX_TEXT_MAX - n, "/%u", prefix_text_len(p));
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
    uint64_t high = load_be64(p->net.b) ^ load_be64(a->b);
    uint64_t low = load_be64(p->net.b + 8) ^ load_be64(a->b + 8);
    if (p->len <= 64) {
        return p->len == 0 || high >> (64 - p->len) == 0;
    }
    return high == 0 && low >> (128 - p->len) == 0;
}
