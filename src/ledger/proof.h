/* ledger/proof.h - tlog-proof files: one entry of a log, to be checked offline. */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "ledger/policy.h"
#include "ledger/tree.h"

struct ledger_proof {
    struct bytes extra; /* borrowed base64; nobody signed it */
    uint64_t index;
    struct ledger_path path;
    struct bytes checkpoint; /* borrowed; the signed note */
};

MUST_USE enum status ledger_proof_parse(struct bytes file, struct ledger_proof *ret,
                                        struct fault *why);
void ledger_proof_write(const struct ledger_proof *p, struct buf *out);

/* Is the entry with this leaf hash number p->index of a log that the policy
 * trusts? As ledger_policy_check, and ST_MISMATCH when the path fails. */
MUST_USE enum status ledger_proof_check(const struct ledger_proof *p, const struct digest *leaf,
                                        const struct ledger_policy *policy,
                                        struct ledger_verdict *ret, struct fault *why);

/* Hashes in base64, one a line, as proofs of both kinds hold them. Reading
 * stops behind the first empty line. */
void ledger_path_write(const struct ledger_path *p, struct buf *out);
MUST_USE enum status ledger_path_read(struct cursor *c, struct ledger_path *ret, struct fault *why);
