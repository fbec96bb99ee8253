/* base/core/deflate.c - zlib, in one call. */
#include "base/core/deflate.h"

#include <zlib.h>

void deflate_append(struct buf *out, struct bytes s)
{
    uLongf n = compressBound(s.len);
    if (!buf_reserve(out, n)) {
        return;
    }
    if (compress2(out->data + out->len, &n, s.data, s.len, Z_BEST_COMPRESSION) != Z_OK) {
        out->failed = ST_NOMEM; /* there was room enough */
        return;
    }
    out->len += n;
}
