/* ledger/selftest.h - does this machine compute what the documents say?
 *
 * The published vectors of SHA-256 and Ed25519, and those of docs/FORMATS.md 10.
 */
#pragma once

#include "base/core/status.h"

/* ST_MISMATCH: why->field names the vector that does not come out. */
MUST_USE enum status ledger_selftest(struct fault *why);
