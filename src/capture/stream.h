/* capture/stream.h - the bytes of one input, decompressed, front to back.
 *
 * A window of contiguous bytes that moves forward. What the window shows is
 * borrowed and lives until the next stream_fill. Offsets count decompressed
 * bytes. The stream does not own its descriptor.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/status.h"

enum stream_coding { STREAM_PLAIN, STREAM_GZIP, STREAM_ZSTD };

struct stream;

/* Reads the first bytes to see whether they are compressed. Once *stop (which
 * may be NULL) is not 0, the input ends where it is. */
MUST_USE enum status stream_open(int fd, const volatile sig_atomic_t *stop, struct stream **ret,
                                 struct fault *why);
/* Sees each byte taken from the descriptor, in order; and, of compressed data, each
 * that came out of it, and `last` at a clean end. */
struct stream_tap {
    void (*saw)(void *ctx, struct bytes raw);
    void (*unpacked)(void *ctx, struct bytes more, bool last); /* or NULL */
    void *ctx;
};
/* The same with a tap, borrowed. */
MUST_USE enum status stream_open_tapped(int fd, const volatile sig_atomic_t *stop,
                                        const struct stream_tap *tap, struct stream **ret,
                                        struct fault *why);
/* Compressed data ends, as if it were damaged, where it has become more than
 * `times` as much and more than `free_bytes`. Whoever does not say gets
 * LIMIT_EXPANSION and LIMIT_EXPANSION_FREE. */
void stream_limit_expansion(struct stream *s, uint64_t times, uint64_t free_bytes);
void stream_free(struct stream *s);
static inline void stream_freep(struct stream **s)
{
    stream_free(*s);
}

/* Make at least `want` bytes visible, or all that are left when the input is
 * shorter. `want` may be up to STREAM_WANT_MAX. Errors: ST_SYS from read,
 * ST_SHORT when compressed data ends early, ST_MALFORMED when it is damaged;
 * in these cases everything before the damage is visible first, and the error
 * comes with the fill that would need more. */
MUST_USE enum status stream_fill(struct stream *s, size_t want, struct fault *why);
struct bytes stream_window(const struct stream *s);
/* From an offset on, which may have been stepped over since the last fill; none
 * when it is not there any more. */
struct bytes stream_behind(const struct stream *s, uint64_t offset);
/* Step over n bytes of the window. */
void stream_consume(struct stream *s, size_t n);
/* Step over n bytes, in the window or past it; fewer at the end. */
MUST_USE enum status stream_skip(struct stream *s, uint64_t n, uint64_t *ret_skipped,
                                 struct fault *why);

/* Decompressed offset of the window's first byte. */
uint64_t stream_offset(const struct stream *s);
/* Bytes taken from the descriptor so far, for progress. */
uint64_t stream_raw_offset(const struct stream *s);
enum stream_coding stream_coding(const struct stream *s);
/* What to call a cut here: `record`, or that compressed data was cut or damaged. */
const char *stream_cut_text(const struct stream *s, const char *record);

enum { STREAM_WANT_MAX = (1 << 20) + 4096 };
