/* evidence/home/public.h - what anybody may see of a party's ledger.
 *
 * Read from log/ alone, without a key and while others write.
 */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "ledger/checkpoint.h"
#include "ledger/files.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/succession.h"

struct evidence_public {
    struct buf text; /* the newest checkpoint as it is served */
    struct ledger_note note;
    struct ledger_checkpoint checkpoint;
    struct ledger_terms terms;
    const struct ledger_term *signer; /* whose key signed it */
};

/* The ledger is below `prefix`: "log/", or "" in a copy. ST_MISMATCH: the checkpoint is not signed
 * by a key that the ledger's own entries name for its size. *ret must not be moved. */
MUST_USE enum status evidence_public_read(const struct ledger_files *files, const char *prefix,
                                          struct evidence_public *ret, struct fault *why);
/* A policy that trusts this ledger and asks for no witness: all of its keys, each for the
 * sizes that it signed. */
void evidence_public_policy(const struct evidence_public *p, struct buf *out);
void evidence_public_fini(struct evidence_public *p);

/* One entry of it, made out of its files and checked as others will check it. */
struct evidence_proven {
    struct ledger_proof proof; /* its checkpoint is borrowed from the ledger's */
    struct buf entry;
    struct digest leaf;
};

/* ST_LIMIT: there is no such entry. On ST_OK, ret->entry is the caller's. */
MUST_USE enum status evidence_public_prove(const struct ledger_files *files, const char *prefix,
                                           const struct evidence_public *p, uint64_t index,
                                           struct evidence_proven *ret, struct fault *why);
