/* evidence/exhibit/zip.h - a ZIP file that has one spelling.
 *
 * Members are stored, not compressed, one behind the other, ascending by name
 * behind the first one; every field that could be chosen is fixed. One set of
 * members has one byte string: whoever reads it knows that an ordinary unzip
 * sees the same members, and that nothing else is in the file. Layout:
 * docs/FORMATS.md, "Exhibits" (APPNOTE.TXT 6.3.10 by PKWARE).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

struct evidence_zip_member {
    struct bytes name; /* borrowed */
    struct bytes data; /* borrowed */
    uint64_t offset;   /* of its header in the file; only when read */
};

/* "data/segments/0000/open/00001.bin": parts of letters, digits, `.`, `_` and `-`
 * that begin with a letter or digit, joined by `/`. */
bool evidence_zip_name_valid(struct bytes name);

/* The first member may have any name; the others ascend by theirs. ST_MALFORMED:
 * they do not, or a name is not valid; ST_LIMIT: too many or too large. */
MUST_USE enum status evidence_zip_write(const struct evidence_zip_member *members, size_t n,
                                        struct buf *out);

/* All members in their order; the array is the caller's to free, names and data
 * are borrowed from the file. Anything that evidence_zip_write would have written
 * otherwise is refused, and *why says where and what. */
MUST_USE enum status evidence_zip_read(struct bytes file, struct evidence_zip_member **ret,
                                       size_t *ret_n, struct fault *why);
