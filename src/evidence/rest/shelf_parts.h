/* evidence/rest/shelf_parts.h - what the files of the shelf share. */
#pragma once

#include "base/core/limits.h"
#include "evidence/rest/shelf.h"

/* The public half of a segment, without leaves unless they are asked for; borrows
 * from out. ST_MISMATCH: it is not there. */
MUST_USE enum status shelf_read_public(const struct evidence_shelf *s, const struct digest *sha256,
                                       uint64_t seq, bool leaves, struct buf *out,
                                       struct evidence_rest *ret, struct fault *why);
/* Is this the entry of the segment? ST_END: no. */
MUST_USE enum status shelf_is_entry(const struct evidence_shelf *s, const struct evidence_rest *r,
                                    uint64_t entry, struct fault *why);
/* The sums of a sealed file's segments, and last of the text about it: as
 * `sha256sum` writes them. */
enum {
    SHELF_SUM_LINE_MAX = 64 + 2 + 24 + 1,
    SHELF_SUMS_MAX = (LIMIT_FILE_SEGMENTS + 1) * SHELF_SUM_LINE_MAX,
};
#define SHELF_CURRENT  "segment/networks/current" /* the number of the declaration in force */
#define SHELF_SUM_FILE UINT64_MAX                 /* in place of a number: the text */
void shelf_sums_path(const struct digest *sha256, char out[SHELF_PATH_MAX]);
void shelf_sums_add(struct buf *sums, const struct digest *of, uint64_t seq);
/* The next line, which must be of this segment. */
MUST_USE enum status shelf_sums_next(struct cursor *sums, uint64_t seq, struct digest *ret);
