/* exchange/claim/plain.h - HTML and UTF-16, made plain text. */
#pragma once

#include "base/core/buf.h"
#include "base/core/cursor.h"

/* A run of the text that is a table: lines with tabs between their cells. */
struct claim_plain_table {
    size_t from, to;
};

enum { CLAIM_PLAIN_TABLES = 64 };

struct claim_plain {
    struct buf text;
    size_t table_n; /* innermost ones; past the maximum they are text alone */
    struct claim_plain_table tables[CLAIM_PLAIN_TABLES];
};

/* What a reader of the page would read, in UTF-8; scripts, styles and comments
 * are left out. p->text is empty, with its maximum. */
void claim_plain_html(struct claim_plain *p, struct bytes html);
/* By its byte order mark, else big-endian as told; what is no character becomes
 * "?". */
void claim_plain_utf16(struct buf *out, struct bytes s, bool big);
/* Does it begin with a byte order mark of UTF-16? */
bool claim_plain_is_utf16(struct bytes s);
