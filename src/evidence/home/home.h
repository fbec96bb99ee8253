/* evidence/home/home.h - the folder in which a party keeps its keys and ledger.
 *
 *   config.json                  name, networks, timestamp authorities
 *   key/sign, next, after        the key that signs, the one that is promised to
 *                                be next, and (while keys change) the one after
 *   key/open, open.pub           the opening key; its secret half may be elsewhere
 *   ledger/party/log, state      the party's ledger (ledger/log.h)
 *   ledger/party/time/...        timestamps of its checkpoints (stamps.h)
 *   epoch/N[.K]                  keys of epochs, sealed to the opening key
 *   talk/                        statements, ours and others (exchange/talk)
 *   new/                         a home that is being made
 *
 * Files here are for their owner alone. docs/FORMATS.md, "Homes".
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "evidence/home/config.h"
#include "evidence/home/locked.h"
#include "evidence/keys.h"
#include "ledger/files.h"
#include "ledger/log.h"
#include "ledger/succession.h"

/* --- making ------------------------------------------------------------------- */

struct evidence_home_plan {
    struct evidence_config config; /* its name and networks */
    struct bytes passphrase;       /* empty: the keys are kept in clear */
    struct evidence_lock_cost cost;
};

/* Make a home in a folder that exists, through these operations: whole, or not
 * there, whenever the machine stops; what was left of such an attempt is cleared
 * away, or finished when its keys are in place already (*ret_finished). ST_DENIED:
 * there is a home, or part of one, or somebody else is making one. */
MUST_USE enum status evidence_home_make(const struct ledger_files *files,
                                        const struct evidence_home_plan *plan, bool *ret_finished,
                                        struct fault *why);

/* --- using -------------------------------------------------------------------- */

struct evidence_home {
    char path[PATH_MAX];
    int dir_fd;
    struct evidence_config config;
    struct ledger_files files; /* of the whole folder */
    struct ledger_below party_at;
    struct ledger_files party;   /* of ledger/party */
    struct ledger_signer signer; /* its public half; the seed once it is unlocked */
    bool locked;                 /* a passphrase is needed to sign */
    bool unlocked;               /* signer can sign */
    struct digest next;          /* hash of the next key: for headers */
    uint8_t open_pub[32];
    bool open_here, open_locked; /* its secret half is in the home, under a passphrase */
};

/* ST_END: there is no home. On ST_OK, *ret is the caller's. */
MUST_USE enum status evidence_home_open(const char *path, struct evidence_home **ret,
                                        struct fault *why);
void evidence_home_free(struct evidence_home *h);
void evidence_home_freep(struct evidence_home **h);

/* Have the key that signs. ST_MISMATCH: another passphrase. */
MUST_USE enum status evidence_home_unlock(struct evidence_home *h, struct bytes passphrase,
                                          struct fault *why);
/* ST_DENIED: a change of keys was interrupted, and is to be finished. */
MUST_USE enum status evidence_home_settled(const struct evidence_home *h, struct fault *why);
/* The party's ledger, for writing; the home is unlocked and outlives it. ST_DENIED: a
 * change of keys was interrupted, somebody else writes, or it is locked. */
MUST_USE enum status evidence_home_ledger(struct evidence_home *h, struct ledger_log **ret,
                                          struct fault *why);

/* The promised key becomes the one that signs, and a new one is promised. Whatever
 * was interrupted of this before is finished instead (*ret_finished). All key files
 * have the same passphrase. ST_MISMATCH: another one, or the ledger promises another
 * key than key/next. Afterwards the home is unlocked with its new key. */
MUST_USE enum status evidence_home_rotate(struct evidence_home *h, struct bytes passphrase,
                                          const struct evidence_lock_cost *cost, bool *ret_finished,
                                          struct fault *why);

/* The secret half of the opening key, from key/open or from a file (a backup).
 * ST_END: it is not in the home and no file was named. ST_MISMATCH: of another
 * home, or another passphrase. Wipe it with evidence_opening_key_fini. */
MUST_USE enum status evidence_home_opening_key(const struct evidence_home *h, const char *file,
                                               struct bytes passphrase,
                                               struct evidence_opening_key *ret, struct fault *why);
/* Is a passphrase needed for that? */
MUST_USE enum status evidence_home_opening_locked(const struct evidence_home *h, const char *file,
                                                  bool *ret, struct fault *why);

/* The key of an epoch. With the opening key an epoch has one key across runs;
 * without it (NULL) a key that is there cannot be read, so a new one is made
 * beside it. Call it while the ledger is open, so that one run at a time does.
 * *ret_box (may be NULL) is the key sealed to the opening key. */
MUST_USE enum status evidence_home_epoch(const struct evidence_home *h, uint64_t epoch,
                                         const struct evidence_opening_key *key,
                                         struct evidence_secret *ret, struct evidence_box *ret_box,
                                         struct fault *why);

/* The id that a key of an epoch is boxed with. */
void evidence_epoch_id(uint64_t epoch, uint8_t ret[EVIDENCE_ID_BYTES]);
