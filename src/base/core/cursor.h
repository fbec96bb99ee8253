/* base/core/cursor.h - borrowed bytes, and the only way to read untrusted ones.
 *
 * A failed read gives 0 (or no bytes), moves nothing and stays failed: read
 * the whole record, then check once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *data; /* borrowed */
    size_t len;
};

struct cursor {
    struct bytes in;
    size_t pos;
    bool failed;
};

#define BYTES_LITERAL(s) ((struct bytes){(const uint8_t *)(s), sizeof(s) - 1})

static inline struct bytes bytes_of(const void *data, size_t len)
{
    return (struct bytes){data, len};
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool bytes_begin(struct bytes a, struct bytes prefix)
{
    return a.len >= prefix.len && (prefix.len == 0 || memcmp(a.data, prefix.data, prefix.len) == 0);
}

static inline struct cursor cursor_of(struct bytes in)
{
    return (struct cursor){.in = in};
}

static inline size_t cursor_left(const struct cursor *c)
{
    return c->failed ? 0 : c->in.len - c->pos;
}

/* The next n bytes, borrowed; none and failed when there are fewer. */
static inline struct bytes cursor_take(struct cursor *c, size_t n)
{
    if (c->failed || n > c->in.len - c->pos) {
        c->failed = true;
        return (struct bytes){0};
    }
    /* Of no bytes there may be no address, and C adds nothing to that, not even 0. */
    struct bytes b = {c->pos > 0 ? c->in.data + c->pos : c->in.data, n};
    c->pos += n;
    return b;
}

static inline struct bytes cursor_rest(struct cursor *c)
{
    return cursor_take(c, cursor_left(c));
}

static inline void cursor_skip(struct cursor *c, size_t n)
{
    (void)cursor_take(c, n); /* failure stays in the cursor */
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    struct bytes b = cursor_take(c, 1);
    return b.len ? b.data[0] : 0;
}

/* One load or store each, in whatever order this machine has its bytes. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ORDER_LE(bits, v) (v)
#define ORDER_BE(bits, v) __builtin_bswap##bits(v)
#else
#define ORDER_LE(bits, v) __builtin_bswap##bits(v)
#define ORDER_BE(bits, v) (v)
#endif
#define BYTES_AS(bits)                                                                             \
    static inline uint##bits##_t load_le##bits(const uint8_t *p)                                   \
    {                                                                                              \
        uint##bits##_t v;                                                                          \
        memcpy(&v, p, sizeof(v));                                                                  \
        return ORDER_LE(bits, v);                                                                  \
    }                                                                                              \
    static inline uint##bits##_t load_be##bits(const uint8_t *p)                                   \
    {                                                                                              \
        uint##bits##_t v;                                                                          \
        memcpy(&v, p, sizeof(v));                                                                  \
        return ORDER_BE(bits, v);                                                                  \
    }                                                                                              \
    static inline void store_be##bits(uint8_t *p, uint##bits##_t v)                                \
    {                                                                                              \
        v = ORDER_BE(bits, v);                                                                     \
        memcpy(p, &v, sizeof(v));                                                                  \
    }
BYTES_AS(16)
BYTES_AS(32)
BYTES_AS(64)
#undef BYTES_AS
#undef ORDER_BE
#undef ORDER_LE

#define CURSOR_READER(name, type, load)                                                            \
    static inline type cursor_##name(struct cursor *c)                                             \
    {                                                                                              \
        struct bytes b = cursor_take(c, sizeof(type));                                             \
        return b.len ? load(b.data) : 0;                                                           \
    }
CURSOR_READER(be16, uint16_t, load_be16)
CURSOR_READER(le16, uint16_t, load_le16)
CURSOR_READER(be32, uint32_t, load_be32)
CURSOR_READER(le32, uint32_t, load_le32)
CURSOR_READER(be64, uint64_t, load_be64)
CURSOR_READER(le64, uint64_t, load_le64)
#undef CURSOR_READER

/* For formats that come in both byte orders. */
static inline uint16_t cursor_u16(struct cursor *c, bool big)
{
    return big ? cursor_be16(c) : cursor_le16(c);
}

static inline uint32_t cursor_u32(struct cursor *c, bool big)
{
    return big ? cursor_be32(c) : cursor_le32(c);
}
