/* attribute/unpack.h - gzip and bzip2, read piece by piece.
 *
 * Routing tables are distributed packed, and unpacked they have gigabytes: a
 * piece is unpacked when it is asked for, and never kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/status.h"

struct attribute_unpack;

/* `in` is borrowed: packed, or plain. It may be the beginning of a file alone:
 * its end is then met as a fault, after what can be had. */
MUST_USE enum status attribute_unpack_new(struct bytes in, struct attribute_unpack **ret,
                                          struct fault *why);
void attribute_unpack_free(struct attribute_unpack *u);
static inline void attribute_unpack_freep(struct attribute_unpack **u)
{
    attribute_unpack_free(*u);
}

/* The next n bytes, up to LIMIT_MRT_RECORD_BYTES; valid until the next call.
 * ST_END when there is nothing more; ST_SHORT when there is less. */
MUST_USE enum status attribute_unpack_take(struct attribute_unpack *u, size_t n, struct bytes *ret,
                                           struct fault *why);
/* Unpacked bytes that were taken. */
uint64_t attribute_unpack_offset(const struct attribute_unpack *u);
