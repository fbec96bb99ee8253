/* cli/report_seal.h - what a home has sealed, in sentences for a report. */
#pragma once

#include "base/core/buf.h"
#include "evidence/home/home.h"

/* False: its ledger or its segments cannot be read; said. */
bool report_seal_tell(const struct evidence_home *home, struct buf *out);
