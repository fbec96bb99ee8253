/* detect/pieces.h - TCP headers that were sent in pieces.
 *
 * nmap -f sends each probe in IPv4 fragments of 8 bytes, so that the ports are
 * in the first and the flags in the second, and filters see neither whole
 * (RFC 1858, 3). Nothing else is put together: no other header is split so,
 * and what follows a header is not read.
 */
#pragma once

#include "base/core/status.h"
#include "base/model/observation.h"

struct pieces;

MUST_USE enum status pieces_new(struct pieces **ret);
void pieces_free(struct pieces *p);

/* The batch with the second pieces as the packets that they complete, in place
 * of themselves: theirs are the flags, the ports, the sequence number. It is
 * the batch itself where there are none, or a copy that lives until the next
 * call. For batches in which something is a fragment. */
MUST_USE enum status pieces_join(struct pieces *p, const struct obs_batch *batch,
                                 const struct obs_batch **ret);
