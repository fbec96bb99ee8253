/* evidence/exhibit/claim.h - what an exhibit claims: data/findings.json.
 *
 * A claim is a finding with the numbers that follow from the opened records, and
 * where these are. It never holds a local address: a victim's address is in an
 * opening, or nowhere; so finding.has_victim, samples, texts and flows are unset,
 * and the finding has no id. JSON with one spelling: read, written again, compared.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/arena.h"
#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/emit.h"
#include "base/core/status.h"
#include "base/model/finding.h"

struct evidence_claim {
    /* With has_initiator when a remote did it. first_pos and last_pos are 0.
     * FINDING_AT_LEAST: also where `idle` and the clock's bound are not shown on
     * both sides. tools: those that follow from what is opened. */
    struct finding finding;
    uint32_t from, to;    /* segments of one sensor, to included */
    struct addr *remotes; /* whose records it rests on, ascending; one at least */
    size_t remote_n;
    bool said; /* the cutter's word: what it rests on (log lines, payload) is not opened */
    /* Marks that are the cutter's word: their fields are not opened. */
    struct finding_tool said_tools[FINDING_TOOLS_MAX];
    size_t said_tool_n;
};

struct evidence_claims {
    struct arena arena;
    struct evidence_claim *items; /* in the arena */
    size_t n;
};

/* The members from `first` to `authentic`, as they stand in data/findings.json. */
void evidence_claim_numbers(struct emit *j, const struct finding *f);
void evidence_claims_write(const struct evidence_claim *claims, size_t n, struct buf *out);
/* On ST_OK, free with evidence_claims_fini. */
MUST_USE enum status evidence_claims_read(struct bytes json, struct evidence_claims *ret,
                                          struct fault *why);
void evidence_claims_fini(struct evidence_claims *c);
/* The remotes of all of them, ascending, once each; *ret is the caller's, to free. */
MUST_USE enum status evidence_claims_remotes(const struct evidence_claim *claims, size_t n,
                                             struct addr **ret, size_t *ret_n);

/* May a claim say its technique of what follows? */
bool evidence_claim_technique(const struct finding *claimed, const struct finding *follows);
/* Does what follows say what is claimed: all that a claim says but tool marks? NULL when
 * it does, else the member that differs ("packets"). */
const char *evidence_claim_differs(const struct finding *claimed, const struct finding *follows);
