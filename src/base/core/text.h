/* base/core/text.h - text from inputs, made safe where it leaves.
 *
 * Nothing here changes what was read: escaping happens on the way out, to a
 * terminal, to JSON or to CSV.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"

/* Decode one code point of UTF-8 (RFC 3629: no surrogates, nothing overlong).
 * Returns its length, or 0 when the first byte begins no valid sequence. */
size_t text_utf8_next(struct bytes s, uint32_t *ret);

/* Does a terminal or a reader's eye take this code point for something else?
 * Control characters (C0, C1), bidirectional controls, zero-width and line
 * separators (Unicode TR 36, CVE-2021-42574). */
bool text_is_deceptive(uint32_t code_point);

/* For people: deceptive code points become \u{...}, invalid bytes \x{..},
 * a backslash stays. At most max_columns code points, then an ellipsis. */
void text_show(struct buf *out, struct bytes s, size_t max_columns);

/* How many columns text_show takes, one per code point. */
size_t text_width(struct bytes s);

/* The inside of a JSON string (RFC 8259); invalid bytes become U+FFFD and
 * deceptive code points \uXXXX. */
void text_json(struct buf *out, struct bytes s);

/* Text between tags, or inside of a quoted attribute, of HTML (the HTML standard,
 * 13.1.2.3): no byte of it is markup. Deceptive code points are those of text_show;
 * invalid bytes too. */
void text_html(struct buf *out, struct bytes s);

/* One CSV field (RFC 4180), quoted when it must be, and defused when a
 * spreadsheet would take it for a formula. */
void text_csv(struct buf *out, struct bytes s);

/* 1234567 as "1,234,567". */
void text_count(struct buf *out, uint64_t n);

/* Unsigned decimal, the whole of s; ST_MALFORMED or ST_LIMIT past max. */
MUST_USE enum status text_u64(struct bytes s, uint64_t max, uint64_t *ret);

/* Letters and digits of ASCII, and these marks between them. */
bool text_is_words(struct bytes s, const char *marks);

/* s without the spaces and tabs around it. */
struct bytes text_trim(struct bytes s);
