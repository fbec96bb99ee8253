/* evidence/exhibit/onward.h - one ledger behind several checkpoints.
 *
 * The proofs of an exhibit may lead to checkpoints of different sizes: older
 * entries to those that were stamped. That these are of one ledger follows when each
 * is shown to be the beginning of one larger tree. A proof's `extra` says so: size
 * u64 | root32 | the hashes of RFC 9162, 2.1.4. Nobody signs it, and nobody needs to.
 */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "ledger/proof.h"

struct evidence_onward {
    uint64_t size; /* of the larger tree */
    struct digest root;
    struct ledger_path path;
};

/* In base64, as `extra` of struct ledger_proof. */
void evidence_onward_put(const struct evidence_onward *o, struct buf *out);
MUST_USE enum status evidence_onward_get(struct bytes extra, struct evidence_onward *ret,
                                         struct fault *why);

/* What `extra` of the proof says of the tree of its checkpoint; without one, that tree
 * itself. ST_MISMATCH: the tree does not begin the larger one. */
MUST_USE enum status evidence_onward_check(const struct ledger_proof *p,
                                           const struct ledger_checkpoint *c,
                                           struct evidence_onward *ret, struct fault *why);
