/* ledger/export.h - a copy of what anybody may be served: tiles, then checkpoint.
 *
 * Tiles that are full and there already stay, so a copy can be brought up to date
 * often. The checkpoint comes last: whoever fetches meanwhile finds all it needs.
 */
#pragma once

#include "base/core/cursor.h"
#include "base/core/status.h"
#include "ledger/files.h"

/* `from` has the ledger below `prefix` ("log/"), `to` gets checkpoint and tile/.
 * The checkpoint is one whose tree has been compared with these files. ST_DENIED:
 * there is another ledger in `to`, or one that this one did not grow out of. */
MUST_USE enum status ledger_export(const struct ledger_files *from, const char *prefix,
                                   struct bytes checkpoint, const struct ledger_files *to,
                                   struct fault *why);
