/* evidence/verify/corroborate.h - does another party's exhibit show the same?
 *
 * Two who were asked by one address, each sealed under a key of its own and seen by the
 * reader's witnesses within the hour: neither could write what the other had seen. For
 * the library alone; no command offers it, because nothing seals live yet.
 */
#pragma once

#include "base/core/status.h"
#include "evidence/verify/verify.h"

enum {
    /* A scanner that asks one network after the other is at both within that. */
    EVIDENCE_SAME_S = 3600,
};

/* Between evidence_verify_open and _close of v; `other` was verified to the end, under a
 * policy of the same reader. Every claim of v that counts must be of an address that a
 * claim of `other` says did the same kind of act at most EVIDENCE_SAME_S away. What came
 * of it is a point of the report; it takes nothing from what v shows alone. */
MUST_USE enum status evidence_verify_corroborate(struct evidence_verify *v,
                                                 const struct evidence_verify *other);
