/* base/core/base64.h - standard base64 (RFC 4648, 4), one spelling per value.
 *
 * Decoding wants padding, no blanks, and zero in the bits that padding leaves
 * over: of two texts for the same bytes one could be changed under a signature.
 */
#pragma once

#include <stddef.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

/* Bytes that a well-formed text of this length decodes to, at most. */
static inline size_t base64_size(size_t text_len)
{
    return text_len / 4 * 3;
}

void base64_append(struct buf *out, struct bytes s);

/* The whole of text into out, which has room for max bytes: ST_MALFORMED, or
 * ST_LIMIT when it is more. Nothing is written on failure. */
MUST_USE enum status base64_decode(struct bytes text, uint8_t *out, size_t max, size_t *ret_len);

/* Is it well-formed? *ret_len is then its decoded length. */
MUST_USE enum status base64_check(struct bytes text, size_t *ret_len);
