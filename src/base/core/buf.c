/* base/core/buf.c - growth by doubling, up to the maximum. */
#include "base/core/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = BUF_INIT(max_bytes);
}

void buf_fini(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = ST_OK;
}

bool buf_reserve(struct buf *b, size_t n)
{
    if (b->failed != ST_OK) {
        return false;
    }
    if (n > b->max - b->len) {
        b->failed = ST_LIMIT;
        return false;
    }
    if (n <= b->cap - b->len) {
        return true;
    }
    size_t need = b->len + n;
    size_t cap = b->cap < 64 ? 64 : b->cap;
    while (cap < need) {
        cap = cap > b->max / 2 ? b->max : cap * 2;
    }
    cap = cap > b->max ? b->max : cap;
    uint8_t *data = realloc(b->data, cap + 1); /* a NUL of vsnprintf's is not counted */
    if (data == NULL) {
        b->failed = ST_NOMEM;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void buf_append(struct buf *b, const void *data, size_t n)
{
    if (n > 0 && buf_reserve(b, n)) {
        memcpy(b->data + b->len, data, n);
        b->len += n;
    }
}

void buf_str(struct buf *b, const char *s)
{
    buf_append(b, s, strlen(s));
}

void buf_byte(struct buf *b, uint8_t v)
{
    if (b->failed == ST_OK && b->len < b->cap) {
        b->data[b->len++] = v;
        return;
    }
    buf_append(b, &v, 1);
}

void buf_be16(struct buf *b, uint16_t v)
{
    uint8_t raw[2];
    store_be16(raw, v);
    buf_append(b, raw, sizeof(raw));
}

void buf_be32(struct buf *b, uint32_t v)
{
    uint8_t raw[4];
    store_be32(raw, v);
    buf_append(b, raw, sizeof(raw));
}

void buf_be64(struct buf *b, uint64_t v)
{
    uint8_t raw[8];
    store_be64(raw, v);
    buf_append(b, raw, sizeof(raw));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0 || !buf_reserve(b, (size_t)n)) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf((char *)b->data + b->len, (size_t)n + 1, format, args); /* length known */
    va_end(args);
    b->len += (size_t)n;
}
