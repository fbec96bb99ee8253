/* ledger/witness.h - both sides of C2SP tlog-witness, without its HTTP.
 *
 * A witness remembers of each log the newest checkpoint that it cosigned, in
 * state/<hex SHA-256 of the origin>, and cosigns only what grew out of it. It
 * answers with the status and body that HTTP would carry.
 */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "ledger/checkpoint.h"
#include "ledger/files.h"
#include "ledger/key.h"
#include "ledger/tree.h"

enum ledger_witness_code {
    LEDGER_WITNESS_SIGNED = 200,      /* the body is lines of cosignatures */
    LEDGER_WITNESS_BAD_REQUEST = 400, /* it cannot be read, or old > size */
    LEDGER_WITNESS_BAD_LOG = 403,     /* no signature of the log, or a false one */
    LEDGER_WITNESS_UNKNOWN = 404,     /* no log of that origin is known */
    LEDGER_WITNESS_OTHER_SIZE = 409,  /* the body is the size that was cosigned last */
    LEDGER_WITNESS_NO_PROOF = 422,    /* not shown to have grown out of that one */
};

enum { LEDGER_WITNESS_PROOF_MAX = 63 };

struct ledger_witness {
    const struct ledger_files *files;
    const struct ledger_signer *signer; /* of type 04 */
    const struct ledger_key *logs;      /* of type 01; their names are the origins */
    size_t log_count;
    int lock_fd; /* -1: none */
};

/* All is borrowed. ST_DENIED: another process is this witness. */
MUST_USE enum status ledger_witness_init(struct ledger_witness *w, const struct ledger_files *files,
                                         const struct ledger_signer *signer,
                                         const struct ledger_key *logs, size_t log_count,
                                         struct fault *why);
void ledger_witness_fini(struct ledger_witness *w);

/* Answer add-checkpoint at time now_s. ST_OK: *ret_code and body are the answer.
 * Else nothing was signed, and why says what this witness could not do. The
 * checkpoint is durable before its cosignature exists. */
MUST_USE enum status ledger_witness_answer(struct ledger_witness *w, struct bytes request,
                                           uint64_t now_s, enum ledger_witness_code *ret_code,
                                           struct buf *body, struct fault *why);

/* What a witness keeps of a log: its checkpoint with the log's signature and
 * the cosignature. ST_END: nothing yet. */
MUST_USE enum status ledger_witness_newest(const struct ledger_witness *w, struct bytes origin,
                                           struct buf *out, struct fault *why);

/* The log's side: the request ... */
void ledger_witness_ask(uint64_t old_size, const struct ledger_path *proof, struct bytes checkpoint,
                        struct buf *out);
/* ... and the answer: append checkpoint and those of the lines that known
 * witnesses signed and it does not have yet. *ret counts them. ST_MISMATCH: a
 * known witness's line is false; ST_MALFORMED: these are no lines. */
MUST_USE enum status ledger_witness_collect(struct bytes checkpoint, struct bytes lines,
                                            const struct ledger_key *witnesses, size_t count,
                                            struct buf *out, size_t *ret, struct fault *why);
