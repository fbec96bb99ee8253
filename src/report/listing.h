/* report/listing.h - stored findings as a list for people, one below the other.
 *
 * Made line by line: a store may hold more findings than memory. The blocks are
 * those of the report's first screen.
 */
#pragma once

#include "report/terminal.h"

struct listing {
    struct screen screen;
    struct view view;
    size_t findings;
};

/* With both borrowed; to end with listing_fini. */
void listing_begin(struct listing *l, struct buf *out, const struct terminal_options *opt);
/* `input`: where it begins; "" when that is not known. Failures are the buffer's. */
void listing_add(struct listing *l, const struct view_finding *vf, const char *input);
/* How many there were. */
void listing_end(struct listing *l);
void listing_fini(struct listing *l);
