/* base/core/buf.h - a growable run of bytes that has a maximum.
 *
 * Appending past the maximum or without memory sets `failed` to the reason and
 * keeps what was there: append a whole message, then check once.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/status.h"

struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;
    enum status failed; /* ST_OK until appending stopped */
};

#define BUF_INIT(max_bytes) ((struct buf){.max = (max_bytes)})

void buf_init(struct buf *b, size_t max_bytes);
void buf_fini(struct buf *b);
/* Forget the content and any failure, keep the memory. */
void buf_clear(struct buf *b);

/* Make room for n more bytes; false (and failed) when there cannot be. */
bool buf_reserve(struct buf *b, size_t n);
void buf_append(struct buf *b, const void *data, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_byte(struct buf *b, uint8_t v);
void buf_be16(struct buf *b, uint16_t v);
void buf_be32(struct buf *b, uint32_t v);
void buf_be64(struct buf *b, uint64_t v);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline struct bytes buf_bytes(const struct buf *b)
{
    return (struct bytes){b->data, b->len};
}
