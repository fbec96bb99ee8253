/* report/line.h - an address and where it seems to be, in one line.
 *
 * For bulk: a line is the address, its network, and a rest that is the same for
 * all addresses of which the sources say the same.
 */
#pragma once

#include "base/core/buf.h"
#include "base/model/origin.h"

enum line_form { LINE_TEXT, LINE_JSON, LINE_CSV };

enum { LINE_HEAD_MAX = 160 };

/* What CSV begins with, else "". */
const char *line_header(enum line_form form);
/* Up to the rest; `net` may be NULL: none is known. Returns the length. */
size_t line_head(enum line_form form, const struct addr *a, const struct prefix *net,
                 char out[LINE_HEAD_MAX]);
/* The rest, with the end of the line. */
void line_rest(struct buf *out, enum line_form form, const struct origin *o);
/* In JSON, where routing tables were given: what they say of the route, as one
 * more member of the line that out ends with. */
void line_route(struct buf *out, const struct origin *o, const struct origin_sources *sources);
/* The answer to what is none, in its place among the others. */
void line_no_address(struct buf *out, enum line_form form, struct bytes given);
/* All of it; in JSON with the ladder's statements and the sources behind it. */
void line_whole(struct buf *out, enum line_form form, const struct origin *o,
                const struct origin_sources *sources);
