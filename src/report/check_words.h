/* report/check_words.h - how an answer to a claim says it, for its screen and its reply. */
#pragma once

#include "report/check.h"

/* Text of the claim, made fit to be shown. */
void check_shown(struct buf *out, const char *text);
/* "2024-05-17 10:05:03 to 10:06:00 UTC": a date once, where it is the same. */
void check_range(struct buf *out, int64_t first_ns, int64_t last_ns);
/* How long that is, whichever way. */
void check_span(struct buf *out, int64_t ns);

/* "login attempts". */
const char *check_act(const struct claim *c);
/* "192.0.2.1 port 40001, to 198.51.100.5 port 22 (tcp)". */
void check_ends(struct buf *out, const struct claim *c);
/* "at ..." or "from ... to ..., in UTC", with what was assumed. */
void check_when(struct buf *out, const struct check_view *v, const struct claim_when *w);
/* What the claim states and could not be read, quoted. */
void check_unread(struct buf *out, const struct claim *c);
/* What the records have that fits, in a sentence or two; nothing when they have
 * nothing. */
void check_records(struct buf *out, const struct claim *c, const struct claim_match *m,
                   const struct claim_answer *a);
/* "the source port, the time zone". */
void check_lacks(struct buf *out, const struct claim *c, uint32_t lacks);
