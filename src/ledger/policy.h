/* ledger/policy.h - whom a reader trusts (C2SP tlog-policy).
 *
 * The only trust that verification takes from outside: known logs, known
 * witnesses, and which of them together are enough. A line "#sizes FIRST LAST"
 * before a log's bounds what its key may sign, once another has succeeded it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/limits.h"
#include "base/core/status.h"
#include "ledger/checkpoint.h"
#include "ledger/key.h"
#include "ledger/note.h"

struct ledger_policy;

/* What a policy says of one checkpoint. */
struct ledger_verdict {
    const struct ledger_key *log; /* of the policy, borrowed; whose signature holds */
    bool quorum;                  /* enough witnesses */
    size_t witnesses;             /* valid cosignatures, enough or not */
    /* When, by the witnesses' clocks: by then enough of them, taken in order of
     * time, had seen it. 0: no quorum, or none is asked for. */
    uint64_t quorum_time_s;
    struct ledger_signed witness[LIMIT_POLICY_ITEMS]; /* in the order of the file */
};

/* On ST_OK, *ret is the caller's, to free with ledger_policy_free. */
MUST_USE enum status ledger_policy_parse(struct bytes file, struct ledger_policy **ret,
                                         struct fault *why);
void ledger_policy_free(struct ledger_policy *p);
void ledger_policy_freep(struct ledger_policy **p);

/* In the order of the file. */
size_t ledger_policy_logs(const struct ledger_policy *p, const struct ledger_key **ret);
size_t ledger_policy_witnesses(const struct ledger_policy *p, const struct ledger_key **ret);
/* The name that the policy gives a witness, and its URL ("" without). */
const char *ledger_policy_witness_name(const struct ledger_policy *p, size_t i);
const char *ledger_policy_log_url(const struct ledger_policy *p, size_t i);
const char *ledger_policy_witness_url(const struct ledger_policy *p, size_t i);
/* Does it ask for no witness at all? */
bool ledger_policy_quorum_none(const struct ledger_policy *p);

/* Are these witnesses enough? */
bool ledger_policy_met(const struct ledger_policy *p, const bool *seen);

/* Does the checkpoint hold? ST_OK: a known log of that origin signed it and the
 * quorum is met. ST_DENIED: no known log signed it. ST_MISMATCH: a signature
 * is false, or by a key that may not sign this size (*ret is then empty), or the quorum is not met
 * (*ret tells what was found). */
MUST_USE enum status ledger_policy_check(const struct ledger_policy *p,
                                         const struct ledger_note *note,
                                         const struct ledger_checkpoint *c,
                                         struct ledger_verdict *ret, struct fault *why);
