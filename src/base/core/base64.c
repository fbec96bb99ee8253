/* base/core/base64.c - standard base64, strictly. */
#include "base/core/base64.h"

void base64_append(struct buf *out, struct bytes s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < s.len; i += 3) {
        size_t n = s.len - i < 3 ? s.len - i : 3;
        uint32_t v = (uint32_t)s.data[i] << 16;
        v |= n > 1 ? (uint32_t)s.data[i + 1] << 8 : 0;
        v |= n > 2 ? s.data[i + 2] : 0;
        char four[4] = {digits[v >> 18], digits[v >> 12 & 63], '=', '='};
        if (n > 1) {
            four[2] = digits[v >> 6 & 63];
        }
        if (n > 2) {
            four[3] = digits[v & 63];
        }
        buf_append(out, four, sizeof(four));
    }
}

static int value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

enum status base64_check(struct bytes text, size_t *ret_len)
{
    if (text.len % 4 != 0) {
        return ST_MALFORMED;
    }
    size_t pad = 0;
    while (pad < 2 && pad < text.len && text.data[text.len - 1 - pad] == '=') {
        pad++;
    }
    for (size_t i = 0; i < text.len - pad; i++) {
        if (value(text.data[i]) < 0) {
            return ST_MALFORMED;
        }
    }
    /* RFC 4648, 3.5: the bits that no byte uses must be zero. */
    int spare = pad == 0 ? 0 : pad == 1 ? 3 : 15;
    if (pad > 0 && (value(text.data[text.len - 1 - pad]) & spare) != 0) {
        return ST_MALFORMED;
    }
    *ret_len = base64_size(text.len) - pad;
    return ST_OK;
}

enum status base64_decode(struct bytes text, uint8_t *out, size_t max, size_t *ret_len)
{
    size_t n = 0;
    TRY(base64_check(text, &n));
    if (n > max) {
        return ST_LIMIT;
    }
    uint32_t v = 0;
    size_t at = 0;
    for (size_t i = 0; i < text.len; i++) {
        int d = value(text.data[i]);
        v = v << 6 | (uint32_t)(d < 0 ? 0 : d);
        if (i % 4 == 3) {
            for (size_t k = 0; k < 3 && at < n; k++) {
                out[at++] = (uint8_t)(v >> (16 - 8 * k));
            }
            v = 0;
        }
    }
    *ret_len = n;
    return ST_OK;
}
