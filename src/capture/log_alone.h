/* capture/log_alone.h - one line that was kept of a log, read again.
 *
 * For whoever verifies: the line is there, the log around it is not.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "base/model/observation.h"

/* o and l are filled as a reader of the whole log fills them, but for o's pos and log.
 * Their text is borrowed from the line, or stands behind what the room holds: it has
 * its memory already, and never moves. A time without a year is the one next to time_ns.
 * `cut`: read as the last line of a log that has no end.
 * ST_END: it repeats the line before it; o and l have its time and how often, no more.
 * ST_MISMATCH: nothing is read from such a line. ST_LIMIT: there is no room. */
MUST_USE enum status capture_line_read(struct bytes line, bool cut, int64_t time_ns,
                                       struct buf *room, struct observation *o, struct obs_log *l);
