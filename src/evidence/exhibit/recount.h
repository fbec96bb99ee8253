/* evidence/exhibit/recount.h - findings computed again from opened records.
 *
 * The detectors run over the rows that an exhibit shows of a claim's remotes in
 * its segments, with the definitions that it cites. A local address that is not
 * opened is a stand-in: from 240.0.0.0/4 and 100::/64, numbered as they come, the
 * same for the same T, or without T for the same P of one remote and epoch.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/core/status.h"
#include "base/model/finding.h"
#include "evidence/exhibit/contents.h"

struct evidence_recount {
    struct finding_list findings;
    /* What the rows rest on, over all of them. */
    uint64_t rows;
    bool whole;         /* every record of these remotes in these segments is shown */
    bool linked;        /* every row has its T, or kr was opened: distinct targets are proven */
    bool before, after; /* per claim: see evidence_recount_margins */
};

/* All findings that follow for the remotes of claim i. Free with
 * evidence_recount_fini. */
MUST_USE enum status evidence_recount(const struct evidence_contents *c, size_t claim,
                                      struct evidence_recount *ret);
void evidence_recount_fini(struct evidence_recount *r);

/* Are `idle` of the definition and the clock's bound covered before and after the
 * claim's event by segments that are gap-free and whole for its remotes? */
void evidence_recount_margins(const struct evidence_contents *c, size_t claim, bool *ret_before,
                              bool *ret_after);

/* The finding that the claim is about, by definition, technique and first time;
 * NULL: none follows. */
const struct finding *evidence_recount_find(const struct evidence_recount *r,
                                            const struct finding *claimed);
