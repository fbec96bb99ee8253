/* evidence/home/inspect.h - what a home holds beside its segments: is it whole?
 *
 * What is damaged is told as by evidence_inspect_segments, and no failure.
 */
#pragma once

#include <stdint.h>

#include "base/core/status.h"
#include "evidence/home/home.h"
#include "evidence/rest/inspect.h"
#include "ledger/reader.h"

/* Keys of epochs; with the opening key, can it open them? */
MUST_USE enum status evidence_inspect_epochs(const struct evidence_home *h,
                                             const struct evidence_inspect *how, uint64_t *ret_n,
                                             struct fault *why);
/* Stamped checkpoints, whose roots the ledger must have, and the stamps. */
MUST_USE enum status evidence_inspect_stamps(const struct evidence_home *h,
                                             const struct evidence_inspect *how,
                                             struct ledger_reader *entries, uint64_t *ret_n,
                                             struct fault *why);
