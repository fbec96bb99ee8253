/* evidence/replay.h - a segment of one's own, back to the observations it holds.
 *
 * In the order of their times, with their local ends and all that was kept. Pure:
 * whoever loads the segment has the key, and has checked it.
 */
#pragma once

#include "base/model/observation.h"
#include "evidence/segment.h"

/* A batch of packets or of lines of logs; it lives until the call returns. What it
 * returns ends replaying. Lines have no text. */
typedef enum status evidence_replay_do(void *ctx, const struct obs_batch *batch);

/* Of a segment that was loaded with what can be opened. Positions are of `input`,
 * and count records from *number on, which goes on behind the last; records of one
 * moment have one position, so that a tunnel's packet stands with what it holds. */
MUST_USE enum status evidence_replay(const struct evidence_segment *s, unsigned input,
                                     uint64_t *number, evidence_replay_do *feed, void *ctx);
