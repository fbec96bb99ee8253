/* evidence/home/backup.h - the opening key's secret half, taken out of the home. */
#pragma once

#include "evidence/home/home.h"

/* Appends what a backup holds, and evidence_home_opening_key reads: under the new
 * passphrase if there is one, else as the home has it. `passphrase` is the home's;
 * it is needed only to put the key under another. ST_END: it is not in the home. */
MUST_USE enum status evidence_backup_write(const struct evidence_home *h, struct bytes passphrase,
                                           struct bytes new_passphrase,
                                           const struct evidence_lock_cost *cost, struct buf *out,
                                           struct fault *why);
/* Remove the secret half from the home, for good: only with a backup that has
 * been read back. */
MUST_USE enum status evidence_backup_forget(struct evidence_home *h, struct fault *why);
