/* report/memo.h - where an address seems to be, as a short careful memo.
 *
 * Rung by rung: what is said, by whom and when, what that rests on, what would
 * refute it, what only the other side can tell, and where the program stops.
 */
#pragma once

#include "base/model/ladder.h"
#include "base/model/origin.h"
#include "report/layout.h"
#include "report/terminal.h"

void memo_tell(struct buf *out, const struct origin *o, const struct origin_sources *sources,
               const struct terminal_options *options);
/* The rungs, each with the statements that it rests on; `o` and `sources` may be
 * NULL. They begin at column `in`. */
void memo_ladder(struct layout *l, unsigned in, const struct ladder *ladder, const struct origin *o,
                 const struct origin_sources *sources);
/* What the lookups of a run rest on, once, at the end. */
void memo_sources(struct buf *out, const struct origin_sources *sources,
                  const struct terminal_options *options);
