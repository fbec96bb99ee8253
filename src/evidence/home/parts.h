/* evidence/home/parts.h - what the files of this folder share. */
#pragma once

#include "evidence/home/home.h"

/* How key files are written. */
struct home_lock {
    struct bytes passphrase; /* empty: in clear */
    struct evidence_lock_cost cost;
};

/* All of a home's public parts, through h->files. */
MUST_USE enum status home_load(struct evidence_home *h, struct fault *why);

/* Make the names in a folder durable. */
MUST_USE enum status home_sync(const struct ledger_files *f, const char *path, struct fault *why);

/* One process at a time makes a home or changes its keys. */
MUST_USE enum status home_take(const struct ledger_files *f, int *ret, struct fault *why);
void home_give(const struct ledger_files *f, int fd);

MUST_USE enum status home_has(const struct ledger_files *f, const char *path, bool *ret,
                              struct fault *why);

MUST_USE enum status home_put_signer(struct ledger_writer *w, const char *path,
                                     const struct ledger_signer *s, const struct home_lock *lock,
                                     struct fault *why);
/* A new key of this name. */
MUST_USE enum status home_put_new_signer(struct ledger_writer *w, const char *path,
                                         const char *name, const struct home_lock *lock,
                                         struct ledger_signer *ret, struct fault *why);
/* The entry that says who signs from here on, and who is next; committed. */
MUST_USE enum status home_add_succession(struct ledger_log *log, const struct ledger_key *key,
                                         const struct ledger_key *next, struct fault *why);
