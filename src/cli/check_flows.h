/* cli/check_flows.h - flow tables as records, read in a process that can do nothing
 * else.
 */
#pragma once

#include "exchange/claim/match.h"
#include "report/view.h"

struct check_flows_job {
    char **names; /* borrowed */
    size_t n;
    struct claim_clock clock;      /* the zone of times that have none */
    struct claim_matcher *matcher; /* fed in the child, which has its own copy */
    size_t claim_n;
};

/* What it found of each claim, and what each file covers: arrays of the caller's.
 * *partial: some file could not be read to its end; that was said. False: nothing
 * could be done; said. */
bool check_flows_read(const struct check_flows_job *job, struct claim_match *ret_matches,
                      struct claim_cover *ret_covers, struct view_input *ret_inputs, bool *partial);
