/* attribute/unpack.c - zlib, libbz2, or no packing at all.
 *
 * Both formats may have several members one behind the other: parallel packers
 * write them so.
 */
#include "attribute/unpack.h"

#include <assert.h>
#include <bzlib.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/core/limits.h"

enum packing { PLAIN, GZIP, BZIP2 };

enum { GZIP_WINDOW = 15 + 16, FIRST_ROOM = 1 << 16 };

struct attribute_unpack {
    enum packing packing;
    struct bytes in; /* what is left of it */
    bool between;    /* members: the end of the input would be the end of all */
    z_stream gz;
    bz_stream bz;
    uint8_t *room;
    size_t cap;
    uint64_t taken;
};

enum status attribute_unpack_new(struct bytes in, struct attribute_unpack **ret, struct fault *why)
{
    struct attribute_unpack *u = calloc(1, sizeof(*u));
    if (u == NULL) {
        return fault_at(why, ST_NOMEM, 0, "memory for unpacking");
    }
    u->in = in;
    int rc = 0; /* Z_OK and BZ_OK */
    if (bytes_begin(in, BYTES_LITERAL("\x1f\x8b"))) {
        u->packing = GZIP;
        rc = inflateInit2(&u->gz, GZIP_WINDOW);
    } else if (bytes_begin(in, BYTES_LITERAL("BZh"))) {
        u->packing = BZIP2;
        rc = BZ2_bzDecompressInit(&u->bz, 0, 0);
    }
    if (rc != 0) {
        free(u);
        return fault_at(why, ST_NOMEM, 0, "memory for unpacking");
    }
    *ret = u;
    return ST_OK;
}

void attribute_unpack_free(struct attribute_unpack *u)
{
    if (u == NULL) {
        return;
    }
    if (u->packing == GZIP) {
        (void)inflateEnd(&u->gz); /* frees; an unfinished stream is no error here */
    } else if (u->packing == BZIP2) {
        (void)BZ2_bzDecompressEnd(&u->bz); /* the same */
    }
    free(u->room);
    free(u);
}

uint64_t attribute_unpack_offset(const struct attribute_unpack *u)
{
    return u->taken;
}

static void advance(struct attribute_unpack *u, size_t left)
{
    u->in = bytes_of(u->in.data + (u->in.len - left), left);
}

/* zlib and libbz2 count in 32 bits. */
static unsigned piece(size_t n)
{
    return n < 1U << 30 ? (unsigned)n : 1U << 30;
}

static enum status step_gzip(struct attribute_unpack *u, uint8_t *to, size_t n, size_t *ret_n)
{
    if (u->between && inflateReset(&u->gz) != Z_OK) {
        return ST_MALFORMED;
    }
    unsigned in = piece(u->in.len);
    u->gz.next_in = (uint8_t *)(uintptr_t)u->in.data; /* zlib does not write there */
    u->gz.avail_in = in;
    u->gz.next_out = to;
    u->gz.avail_out = piece(n);
    int rc = inflate(&u->gz, Z_NO_FLUSH);
    *ret_n = piece(n) - u->gz.avail_out;
    advance(u, u->in.len - (in - u->gz.avail_in));
    u->between = rc == Z_STREAM_END;
    if (rc == Z_MEM_ERROR) {
        return ST_NOMEM;
    }
    return rc == Z_OK || rc == Z_STREAM_END ? ST_OK : ST_MALFORMED;
}

static enum status step_bzip2(struct attribute_unpack *u, uint8_t *to, size_t n, size_t *ret_n)
{
    if (u->between) {
        (void)BZ2_bzDecompressEnd(&u->bz); /* frees */
        u->bz = (bz_stream){0};
        if (BZ2_bzDecompressInit(&u->bz, 0, 0) != BZ_OK) {
            u->packing = PLAIN; /* nothing to end any more */
            return ST_NOMEM;
        }
    }
    unsigned in = piece(u->in.len);
    u->bz.next_in = (char *)(uintptr_t)u->in.data; /* libbz2 does not write there */
    u->bz.avail_in = in;
    u->bz.next_out = (char *)to;
    u->bz.avail_out = piece(n);
    int rc = BZ2_bzDecompress(&u->bz);
    *ret_n = piece(n) - u->bz.avail_out;
    advance(u, u->in.len - (in - u->bz.avail_in));
    u->between = rc == BZ_STREAM_END;
    if (rc == BZ_MEM_ERROR) {
        return ST_NOMEM;
    }
    return rc == BZ_OK || rc == BZ_STREAM_END ? ST_OK : ST_MALFORMED;
}

static enum status fill(struct attribute_unpack *u, size_t n, size_t *ret_n)
{
    size_t have = 0;
    while (have < n && (u->in.len > 0 || !u->between)) {
        size_t got = 0;
        size_t left = u->in.len;
        enum status st = u->packing == GZIP ? step_gzip(u, u->room + have, n - have, &got)
                                            : step_bzip2(u, u->room + have, n - have, &got);
        have += got;
        if (st != ST_OK) {
            *ret_n = have;
            /* Without input left it is an end where none should be. */
            return st == ST_MALFORMED && left == 0 ? ST_SHORT : st;
        }
        if (got == 0 && u->in.len == left && !u->between) {
            *ret_n = have; /* neither took nor gave */
            return ST_SHORT;
        }
    }
    *ret_n = have;
    return ST_OK;
}

static enum status take_plain(struct attribute_unpack *u, size_t n, struct bytes *ret,
                              struct fault *why)
{
    if (u->in.len < n) {
        return u->in.len == 0 ? ST_END : fault_at(why, ST_SHORT, u->taken, "record");
    }
    *ret = bytes_of(u->in.data, n);
    advance(u, u->in.len - n);
    u->taken += n;
    return ST_OK;
}

static bool make_room(struct attribute_unpack *u, size_t n)
{
    if (n <= u->cap) {
        return true;
    }
    size_t want = n < FIRST_ROOM ? FIRST_ROOM : n;
    uint8_t *p = realloc(u->room, want);
    if (p == NULL) {
        return false;
    }
    u->room = p;
    u->cap = want;
    return true;
}

enum status attribute_unpack_take(struct attribute_unpack *u, size_t n, struct bytes *ret,
                                  struct fault *why)
{
    assert(n <= LIMIT_MRT_RECORD_BYTES);
    if (n == 0) {
        *ret = (struct bytes){0};
        return ST_OK;
    }
    if (u->packing == PLAIN) {
        return take_plain(u, n, ret, why);
    }
    if (!make_room(u, n)) {
        return fault_at(why, ST_NOMEM, u->taken, "memory for a record");
    }
    size_t got = 0;
    enum status st = fill(u, n, &got);
    u->taken += got;
    if (u->taken >> 20 >= LIMIT_UNPACKED_MIB) {
        return fault_limit(why, u->taken, "unpacked MiB", LIMIT_UNPACKED_MIB);
    }
    if (got == n) {
        *ret = bytes_of(u->room, n);
        return ST_OK;
    }
    if (st != ST_OK) {
        return fault_at(why, st, u->taken, "packed data");
    }
    return got == 0 ? ST_END : fault_at(why, ST_SHORT, u->taken, "record");
}
