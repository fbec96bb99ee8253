/* cli/check_claim.h - a claim, read in a process that can do nothing else. */
#pragma once

#include "exchange/claim/when.h"

/* What is wrong was said; then false. On true, *ret is the caller's, to end with
 * claim_set_fini. */
bool check_claim_read(const char *name, const struct claim_clock *clock, struct claim_set *ret);
