/* evidence/selftest.h - does this machine seal as docs/FORMATS.md, S9 says? */
#pragma once

#include "base/core/status.h"

/* ST_MISMATCH: why->field names the vector that does not come out. *ret_how: how
 * it hashes and encrypts here, in words. */
MUST_USE enum status evidence_selftest(const char **ret_how, struct fault *why);
