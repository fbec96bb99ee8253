/* cli/home.h - the party's home, for commands that need one. */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "base/core/buf.h"
#include "evidence/home/home.h"

/* Rows of tables of options. */
/* clang-format off */
#define HOME_ROW_DIR(id)                                                                           \
    {"--home", 0, "DIR",                                                                           \
     "The party's home, instead of EXHIBIT_HOME or the user's data folder.", id, NULL}
#define HOME_ROW_PASSPHRASE_FILE(id)                                                               \
    {"--passphrase-file", 0, "FILE",                                                               \
     "Read the passphrase from its first line; /dev/fd/3 is descriptor 3. Else it is asked for.",  \
     id, NULL}
/* clang-format on */

/* --home, EXHIBIT_HOME, or the XDG data folder (XDG Base Directory, 3). False:
 * there can be none, said. */
bool home_path(const char *given, char out[PATH_MAX]);
/* Why a home cannot be opened. */
void home_say(const char *path, enum status st, const struct fault *why);
/* ST_END: there is no home (nothing was said); other failures are said. */
MUST_USE enum status home_look(const char *given, struct evidence_home **ret);
/* There must be one. False: said. */
bool home_get(const char *given, struct evidence_home **ret);

/* May a party or a key be called so? What deceives who looks at it may not. False: said. */
bool home_name_good(const char *command, const char *name);

/* A passphrase from the first line of a file, or from the terminal; asked for
 * twice when it is a new one. False: said. `out` is made here; wipe it with
 * evidence_secret_buf_fini. */
bool home_passphrase(const char *file, const char *what, bool is_new, struct buf *out);
/* Have the signing key, asking for a passphrase if there is one. False: said. */
bool home_unlock(struct evidence_home *h, const char *passphrase_file);
/* Unlock, and open the party's ledger for writing. False: said. */
bool home_ledger(struct evidence_home *h, const char *passphrase_file, struct ledger_log **ret);
/* The secret half of the opening key, from the home or from key_file (may be
 * NULL), asking for a passphrase if there is one. False: said. */
bool home_opening_key(const struct evidence_home *h, const char *key_file,
                      const char *passphrase_file, struct evidence_opening_key *ret);
