/* ledger/log.h - an append-only ledger on plain files.
 *
 *   log/checkpoint, log/tile/...   what anybody may be served (C2SP tlog-tiles)
 *   state/checkpoint               the newest checkpoint that this log stands by
 *   state/hold                     restored from a backup: nothing is signed
 *   state/lock, state/new          one writer at a time; files being written
 *
 * A checkpoint leaves this module only when state/checkpoint is durable, and
 * that is written only when all it stands for is: so whenever the machine
 * stops, the ledger reopens with every entry that was acknowledged, and never
 * signs anything that contradicts a checkpoint it gave out.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "ledger/files.h"
#include "ledger/key.h"

struct ledger_log;

/* A new, empty ledger; its origin is the signer's name. ST_DENIED when there is
 * one already. `files` and `signer` are borrowed and outlive the log. */
MUST_USE enum status ledger_log_make(const struct ledger_files *files,
                                     const struct ledger_signer *signer, struct ledger_log **ret,
                                     struct fault *why);
/* ST_END: there is none. ST_DENIED: somebody else writes to it, or it is signed
 * by another key. ST_MISMATCH: its files are not what its checkpoint says. */
MUST_USE enum status ledger_log_open(const struct ledger_files *files,
                                     const struct ledger_signer *signer, struct ledger_log **ret,
                                     struct fault *why);
void ledger_log_free(struct ledger_log *l);
void ledger_log_freep(struct ledger_log **l);

/* Entries that are durable. */
uint64_t ledger_log_size(const struct ledger_log *l);
/* The newest checkpoint, with cosignatures; valid until the next change. */
struct bytes ledger_log_checkpoint(const struct ledger_log *l);
bool ledger_log_held(const struct ledger_log *l);

/* Take an entry in; *ret is the number that it will have. Nothing is promised
 * before the next commit. */
MUST_USE enum status ledger_log_add(struct ledger_log *l, struct bytes entry, uint64_t *ret,
                                    struct fault *why);
/* Make all that was added durable under a new signed checkpoint. After a failure
 * nothing is known of these entries: free the log and open it again (until then
 * every call is ST_DENIED). Without new entries nothing happens. */
MUST_USE enum status ledger_log_commit(struct ledger_log *l, struct fault *why);

/* Put a checkpoint with cosignatures in place of the newest one. ST_MISMATCH:
 * it is not the newest one, or our signature fails. */
MUST_USE enum status ledger_log_publish(struct ledger_log *l, struct bytes checkpoint,
                                        struct fault *why);

/* From here on `next` (borrowed) signs. The newest checkpoint gets its signature,
 * too, and keeps those it has: so it fits whoever knows only one of the keys. The
 * entry that names the new key has been committed before. Fails as a commit does. */
MUST_USE enum status ledger_log_hand_over(struct ledger_log *l, const struct ledger_signer *next,
                                          struct fault *why);

/* After a restore others may have seen a longer ledger than this one. Hold stops
 * signing, across restarts; release ends that when somebody who remembers
 * reports a size. ST_MISMATCH: it is larger than ours, so entries are missing. */
MUST_USE enum status ledger_log_hold(struct ledger_log *l, struct fault *why);
MUST_USE enum status ledger_log_release(struct ledger_log *l, uint64_t reported_size,
                                        struct fault *why);
