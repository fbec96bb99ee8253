/* report/page_pack.h - lines of JSON that are alike, written once.
 *
 * A line is taken apart into its shape (the line with "?" for each value) and its
 * values; shapes and values are kept once each, and a line is a list of numbers:
 *
 *   {"shapes": ["{\"a\":?}"], "values": ["x", 7], "rows": [[1,0],[1,0],[0,0],[2,0]]}
 *
 * A row has a number for each value, then that of its shape. 0 is the value at this
 * place in the last row of that shape; 1 the next of the values, that no row had
 * before; k the value k - 2. Above are x, 7, 7 and x.
 *
 * Putting the values back gives the line, byte for byte. Deflate alone does not see
 * that far: its window holds but four findings.
 */
#pragma once

#include "attribute/intern.h"
#include "base/core/buf.h"

struct page_pack_row {
    uint32_t *values;
    size_t n, cap;
};

struct page_pack {
    struct attribute_intern shapes, values;
    struct buf rows, shape;
    struct page_pack_row now, *last; /* of each shape */
    size_t last_n;
    uint32_t written; /* values in rows so far */
    enum status failed;
};

MUST_USE enum status page_pack_begin(struct page_pack *p, uint64_t seed);
void page_pack_fini(struct page_pack *p);
/* An object as base/core/emit writes it. */
void page_pack_add(struct page_pack *p, struct bytes line);
/* All of it as JSON; what failed on the way is in out->failed. */
void page_pack_end(struct page_pack *p, struct buf *out);
