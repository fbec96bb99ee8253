/* evidence/narrow.h - an opening that shows less, from one that shows more.
 *
 * Nothing but the opening is needed: what is closed again is committed to by what
 * was opened.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "evidence/opening.h"

struct evidence_narrow {
    /* What may stay open of a row (enum evidence_open); what was not open stays
     * closed. An address is one for all rows that have it: it stays open if it may
     * in one of them. */
    uint8_t (*what)(void *ctx, const struct evidence_shown *shown, const struct evidence_row *row);
    /* Is the row shown at all? NULL: all are. Rows can be left out only where all of
     * the remote's are shown. */
    bool (*keep)(void *ctx, const struct evidence_shown *shown, const struct evidence_row *row);
    bool kr; /* kr may stay */
    void *ctx;
};

/* `opening` was checked: `shown` is what it says. ST_DENIED: rows are to be left out
 * of some; ST_END: all of them are. */
MUST_USE enum status evidence_narrow(const struct evidence_engine *e, struct bytes opening,
                                     const struct evidence_shown *shown,
                                     const struct evidence_narrow *wish, struct buf *out);
