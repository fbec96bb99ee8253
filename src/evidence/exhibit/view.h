/* evidence/exhibit/view.h - the records of an exhibit for other people's tools.
 *
 * Derived: whoever verifies makes both again and compares the bytes. Local
 * addresses that are not opened are the stand-ins of recount.h; in the capture
 * each block says that it is reconstructed. `seed` is of a hash table and never
 * shows.
 */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "evidence/exhibit/contents.h"

/* data/view.csv: one line for each row. */
MUST_USE enum status evidence_view_csv(const struct evidence_contents *c, uint64_t seed,
                                       struct buf *out);
/* data/view.pcapng: one packet for each row that is a packet. */
MUST_USE enum status evidence_view_pcap(const struct evidence_contents *c, uint64_t seed,
                                        struct buf *out);
