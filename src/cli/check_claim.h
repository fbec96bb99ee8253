/* cli/check_claim.h - a claim, read in a process that can do nothing else. */
#pragma once

#include "exchange/claim/when.h"
#include "exchange/dkim.h"

/* What is wrong was said; then false. On true, *ret is the caller's, to end with
 * claim_set_fini. `keys` may be NULL. */
bool check_claim_read(const char *name, const struct claim_clock *clock,
                      const struct dkim_keys *keys, struct claim_set *ret);
