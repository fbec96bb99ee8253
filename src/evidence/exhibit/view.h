/* evidence/exhibit/view.h - the records of an exhibit for other people's tools.
 *
 * data/view.csv has one line for each row, data/view.pcapng one packet for each row
 * that is a packet. Derived: whoever verifies makes both again and compares the bytes.
 * Local addresses that are not opened are the stand-ins of recount.h; in the capture
 * each block says that it is reconstructed. Of contents that
 * are numbered (evidence_stand_ins_number).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "evidence/exhibit/contents.h"

MUST_USE enum status evidence_view_write(const struct evidence_contents *c, struct buf *csv,
                                         struct buf *pcap);

struct evidence_view_same {
    bool csv, pcap;
};
/* Are these the views of the records? They are compared row by row; nothing of their
 * size is held. */
MUST_USE enum status evidence_view_check(const struct evidence_contents *c, struct bytes csv,
                                         struct bytes pcap, struct evidence_view_same *ret);
