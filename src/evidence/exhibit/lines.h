/* evidence/exhibit/lines.h - what opened lines of logs say, held against their records.
 *
 * A record's clear fields are the sealer's reading of a line. Where the line is opened
 * it is read again: it must give the same, and the address that the record is filed
 * under; only then do its names and requests count.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "base/model/observation.h"
#include "evidence/opening.h"

/* How a line is read: capture_line_read (capture/log_alone.h), which this room may
 * not know. */
typedef enum status evidence_line_parse(struct bytes line, bool cut, int64_t time_ns,
                                        struct buf *room, struct observation *o, struct obs_log *l);

/* Puts the texts of row i's line into l; they are borrowed from the opening or stand in
 * the room. None where what it says stands in a line before it that is not there.
 * ST_MISMATCH: the line says something else than the record, and *ret_why what. */
MUST_USE enum status evidence_line_read(evidence_line_parse *parse, struct buf *room,
                                        const struct evidence_shown *s, uint32_t i,
                                        struct obs_log *l, const char **ret_why);
