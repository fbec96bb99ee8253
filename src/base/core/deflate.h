/* base/core/deflate.h - bytes made smaller, in the zlib format (RFC 1950).
 *
 * For what we write ourselves; what others compressed is read by capture/stream.
 */
#pragma once

#include "base/core/buf.h"
#include "base/core/cursor.h"

/* Failures are the buffer's. */
void deflate_append(struct buf *out, struct bytes s);
