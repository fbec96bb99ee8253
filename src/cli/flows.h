/* cli/flows.h - the source ports of findings, by looking again.
 *
 * Detectors count; they keep no ports, which would slow the path that every
 * packet takes. Whoever writes to an abuse desk needs them (RFC 6302), so the
 * first and the last observation of each finding are looked up in the inputs
 * that can be read twice.
 */
#pragma once

#include "base/core/status.h"
#include "base/model/finding.h"
#include "cli/reader.h"

/* Runs in the reader's cage. ST_NOMEM; what cannot be read again stays without. */
MUST_USE enum status flows_find(const struct reader_job *job, const struct finding_list *findings);
