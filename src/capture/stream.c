/* capture/stream.c - reading and decompressing into one moving window.
 *
 * Reads of 256 KiB into a buffer that stays in the second-level cache are as
 * fast as a memory map, work on pipes, and keep resident memory small.
 */
#include "capture/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/core/limits.h"

enum { CHUNK = 262144, RAW_CHUNK = 65536, EXPANSION_STEP = 1 << 20 };

struct stream {
    int fd;
    const volatile sig_atomic_t *stop; /* or NULL */
    const struct stream_tap *tap;      /* or NULL */
    enum stream_coding coding;
    bool ended;      /* no more bytes will come */
    enum status bad; /* why, when not a clean end */
    struct fault bad_at;
    uint8_t *buf; /* the window is buf[start, end) */
    size_t cap, start, end;
    uint64_t base; /* decompressed offset of buf[0] */
    uint64_t raw_offset;
    uint8_t *raw; /* compressed bytes: raw[raw_pos, raw_len) */
    size_t raw_pos, raw_len;
    bool raw_ended;
    uint64_t expansion, expansion_free;
    uint64_t expansion_look; /* offset at which to look next */
    bool between_members;    /* at a place where compressed data may end */
    z_stream z;
    ZSTD_DStream *zstd;
};

/* Asked to stop, the input ends here: what was read of it counts. */
static enum status read_some(struct stream *s, uint8_t *to, size_t n, size_t *ret_got,
                             struct fault *why)
{
    while (s->stop == NULL || *s->stop == 0) {
        ssize_t got = read(s->fd, to, n);
        if (got >= 0) {
            s->raw_offset += (uint64_t)got;
            if (s->tap != NULL) {
                s->tap->saw(s->tap->ctx, bytes_of(to, (size_t)got));
            }
            *ret_got = (size_t)got;
            return ST_OK;
        }
        if (errno != EINTR) {
            return fault_sys(why, errno, "read");
        }
    }
    *ret_got = 0;
    return ST_OK;
}

static const char zstd_window[] = "a zstd window past the limit of 128 MiB";

static const char expansion[] = "compressed data expands past the limit";

static void stop(struct stream *s, enum status bad, const char *field)
{
    s->ended = true;
    s->bad = bad;
    (void)fault_at(&s->bad_at, bad, s->base + s->end, field);
}

/* Keep the unread part, at the front, with room for `want` and one chunk. */
static enum status make_room(struct stream *s, size_t want)
{
    size_t have = s->end - s->start;
    size_t need = (want > have ? want : have) + CHUNK;
    if (s->cap - s->start >= need) {
        return ST_OK;
    }
    if (need <= s->cap) {
        memmove(s->buf, s->buf + s->start, have);
    } else {
        uint8_t *bigger = malloc(need);
        if (bigger == NULL) {
            return ST_NOMEM;
        }
        if (have > 0) {
            memcpy(bigger, s->buf + s->start, have);
        }
        free(s->buf);
        s->buf = bigger;
        s->cap = need;
    }
    s->base += s->start;
    s->start = 0;
    s->end = have;
    return ST_OK;
}

static enum status refill_raw(struct stream *s, struct fault *why)
{
    if (s->raw_pos < s->raw_len || s->raw_ended) {
        return ST_OK;
    }
    s->raw_pos = 0;
    s->raw_len = 0;
    TRY(read_some(s, s->raw, RAW_CHUNK, &s->raw_len, why));
    s->raw_ended = s->raw_len == 0;
    return ST_OK;
}

/* Up to where a step may decompress: what is compared with the limit does not
 * depend on how the input comes in pieces. */
static size_t room_for(const struct stream *s)
{
    size_t room = s->cap - s->end;
    uint64_t left = s->expansion_look - (s->base + s->end);
    return left < room ? (size_t)left : room;
}

static void check_expansion(struct stream *s)
{
    uint64_t out = s->base + s->end;
    uint64_t in = s->raw_offset - (s->raw_len - s->raw_pos);
    if (out < s->expansion_look) {
        return;
    }
    s->expansion_look += EXPANSION_STEP;
    if (out > s->expansion_free && out / s->expansion > in && !s->ended) {
        stop(s, ST_MALFORMED, expansion);
    }
}

/* One step of inflation; RFC 1952, 2.2: members follow each other. */
static void inflate_step(struct stream *s)
{
    if (s->raw_pos == s->raw_len) {
        stop(s, s->between_members ? ST_OK : ST_SHORT, "gzip data");
        return;
    }
    if (s->between_members) {
        if (s->raw[s->raw_pos] == 0) { /* padding with zeros, as tapes and gzip -d allow */
            s->raw_pos++;
            return;
        }
        if (inflateReset(&s->z) != Z_OK) {
            stop(s, ST_MALFORMED, "gzip member");
            return;
        }
        s->between_members = false;
    }
    s->z.next_in = s->raw + s->raw_pos;
    s->z.avail_in = (uInt)(s->raw_len - s->raw_pos);
    s->z.next_out = s->buf + s->end;
    uInt room = (uInt)(room_for(s));
    s->z.avail_out = room;
    int rc = inflate(&s->z, Z_NO_FLUSH);
    s->raw_pos = s->raw_len - s->z.avail_in;
    s->end += room - s->z.avail_out;
    if (rc == Z_STREAM_END) {
        s->between_members = true;
    } else if (rc == Z_MEM_ERROR) {
        stop(s, ST_NOMEM, "gzip data");
    } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
        stop(s, ST_MALFORMED, "gzip data");
    }
}

/* RFC 8878: frames follow each other, skippable ones among them. */
static void zstd_step(struct stream *s)
{
    ZSTD_inBuffer in = {.src = s->raw, .size = s->raw_len, .pos = s->raw_pos};
    ZSTD_outBuffer out = {.dst = s->buf + s->end, .size = room_for(s)};
    size_t rc = ZSTD_decompressStream(s->zstd, &out, &in);
    bool moved = in.pos > s->raw_pos || out.pos > 0;
    s->raw_pos = in.pos;
    s->end += out.pos;
    if (ZSTD_isError(rc)) {
        bool window = ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge;
        stop(s, ST_MALFORMED, window ? zstd_window : "zstd data");
        return;
    }
    if (moved) {
        s->between_members = rc == 0;
    }
    if (!moved && s->raw_ended) {
        stop(s, s->between_members ? ST_OK : ST_SHORT, "zstd data");
    }
}

static enum status fill_once(struct stream *s, struct fault *why)
{
    if (s->coding == STREAM_PLAIN) {
        size_t got = 0;
        size_t room = s->cap - s->end;
        TRY(read_some(s, s->buf + s->end, room < CHUNK ? room : CHUNK, &got, why));
        s->end += got;
        s->ended = got == 0;
        return ST_OK;
    }
    TRY(refill_raw(s, why));
    size_t before = s->end;
    if (s->coding == STREAM_GZIP) {
        inflate_step(s);
    } else {
        zstd_step(s);
    }
    check_expansion(s);
    if (s->tap != NULL && s->tap->unpacked != NULL) {
        s->tap->unpacked(s->tap->ctx, bytes_of(s->buf + before, s->end - before),
                         s->ended && s->bad == ST_OK);
    }
    return ST_OK;
}

enum status stream_fill(struct stream *s, size_t want, struct fault *why)
{
    if (want > STREAM_WANT_MAX) {
        return fault_limit(why, stream_offset(s), "window", STREAM_WANT_MAX);
    }
    if (s->end - s->start < want && !s->ended) {
        TRY(make_room(s, want));
    }
    while (s->end - s->start < want && !s->ended) {
        enum status st = fill_once(s, why);
        if (st != ST_OK) { /* a read error: keep it, so that what came before is used first */
            s->ended = true;
            s->bad = st;
            s->bad_at = why != NULL ? *why : (struct fault){.field = "read"};
        }
    }
    if (s->end - s->start >= want || s->bad == ST_OK) {
        return ST_OK;
    }
    if (why != NULL) {
        *why = s->bad_at;
    }
    return s->bad;
}

struct bytes stream_window(const struct stream *s)
{
    return (struct bytes){s->buf + s->start, s->end - s->start};
}

struct bytes stream_behind(const struct stream *s, uint64_t offset)
{
    if (offset < s->base || offset - s->base > s->end) {
        return (struct bytes){0};
    }
    size_t at = (size_t)(offset - s->base);
    return (struct bytes){s->buf + at, s->end - at};
}

void stream_consume(struct stream *s, size_t n)
{
    s->start += n;
}

enum status stream_skip(struct stream *s, uint64_t n, uint64_t *ret_skipped, struct fault *why)
{
    uint64_t left = n;
    while (left > 0) {
        enum status st = stream_fill(s, 1, why);
        size_t have = s->end - s->start;
        if (have == 0) {
            *ret_skipped = n - left;
            return st;
        }
        size_t step = left < have ? (size_t)left : have;
        s->start += step;
        left -= step;
    }
    *ret_skipped = n;
    return ST_OK;
}

uint64_t stream_offset(const struct stream *s)
{
    return s->base + s->start;
}

uint64_t stream_raw_offset(const struct stream *s)
{
    return s->raw_offset;
}

enum stream_coding stream_coding(const struct stream *s)
{
    return s->coding;
}

const char *stream_cut_text(const struct stream *s, const char *record)
{
    if (s->bad == ST_SHORT) {
        return "compressed data ends early";
    }
    const char *limits[] = {zstd_window, expansion};
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        if (s->bad == ST_MALFORMED && strcmp(s->bad_at.field, limits[i]) == 0) {
            return limits[i];
        }
    }
    return s->bad == ST_MALFORMED ? "damaged compressed data" : record;
}

/* The first bytes are in the window; when they are compressed, they become
 * the first raw bytes and the window starts anew. */
static enum status start_decoder(struct stream *s)
{
    struct bytes w = stream_window(s);
    if (w.len >= 3 && w.data[0] == 0x1f && w.data[1] == 0x8b && w.data[2] == 8) {
        s->coding = STREAM_GZIP;
    } else if (w.len >= 4 && load_le32(w.data) == 0xfd2fb528U) {
        s->coding = STREAM_ZSTD;
    } else {
        return ST_OK;
    }
    s->raw = malloc(w.len > RAW_CHUNK ? w.len : RAW_CHUNK);
    if (s->raw == NULL) {
        return ST_NOMEM;
    }
    memcpy(s->raw, w.data, w.len);
    s->raw_len = w.len;
    s->raw_ended = s->ended;
    s->ended = false;
    s->start = 0;
    s->end = 0;
    if (s->coding == STREAM_GZIP) {
        return inflateInit2(&s->z, 15 + 16) == Z_OK ? ST_OK : ST_NOMEM;
    }
    s->zstd = ZSTD_createDStream();
    if (s->zstd == NULL) {
        return ST_NOMEM;
    }
    size_t rc = ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, LIMIT_WINDOW_LOG);
    return ZSTD_isError(rc) ? ST_NOMEM : ST_OK;
}

enum status stream_open(int fd, const volatile sig_atomic_t *stop, struct stream **ret,
                        struct fault *why)
{
    return stream_open_tapped(fd, stop, NULL, ret, why);
}

enum status stream_open_tapped(int fd, const volatile sig_atomic_t *stop,
                               const struct stream_tap *tap, struct stream **ret, struct fault *why)
{
    CLEANUP(stream_freep) struct stream *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return ST_NOMEM;
    }
    s->fd = fd;
    s->stop = stop;
    s->tap = tap;
    stream_limit_expansion(s, LIMIT_EXPANSION, LIMIT_EXPANSION_FREE);
    s->cap = 2 * CHUNK;
    s->buf = malloc(s->cap);
    if (s->buf == NULL) {
        return ST_NOMEM;
    }
    TRY(stream_fill(s, 4, why));
    TRY(start_decoder(s));
    *ret = TAKE(s);
    return ST_OK;
}

void stream_limit_expansion(struct stream *s, uint64_t times, uint64_t free_bytes)
{
    s->expansion = times;
    s->expansion_free = free_bytes;
    s->expansion_look = s->base + s->end + EXPANSION_STEP;
    s->expansion_look -= s->expansion_look % EXPANSION_STEP;
}

void stream_free(struct stream *s)
{
    if (s == NULL) {
        return;
    }
    if (s->coding == STREAM_GZIP) {
        (void)inflateEnd(&s->z); /* frees; an unfinished stream is no error here */
    }
    (void)ZSTD_freeDStream(s->zstd); /* NULL is fine */
    free(s->raw);
    free(s->buf);
    free(s);
}
