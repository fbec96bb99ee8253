/* exchange/accord/standing.h - what became of an accord: versions, signatures, leaving.
 *
 * Computed each time out of signed statements, never stored. A version is in force
 * when all of its parties have signed it, and all of those that it changes the terms
 * of.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/status.h"
#include "evidence/home/home.h"
#include "exchange/accord/accord.h"
#include "exchange/talk/handed.h"
#include "exchange/talk/party.h"

struct accord_version {
    const struct exchange_item *item; /* borrowed */
    struct accord *accord;
    int before;                              /* the version that it changes, or -1 */
    bool signed_by[LIMIT_ACCORD_PARTIES];    /* in the order of accord->party */
    bool in_ledger[LIMIT_ACCORD_PARTIES];    /* shown to be in that party's own */
    unsigned cosigned[LIMIT_ACCORD_PARTIES]; /* by how many of its witnesses, as shown */
    bool complete;                           /* every signature that it needs is there */
};

/* Somebody who is or was a party, with the keys that are known of him. */
struct accord_member {
    struct exchange_keys keys;
    bool confirmed; /* the reader knows his key otherwise than by this accord */
};

/* A statement that somebody leaves. It means nothing before its version is complete. */
struct accord_leave {
    const char *party; /* borrowed */
    int version;       /* index of the one that it names */
    int64_t time_ns;
};

enum accord_state { ACCORD_PROPOSED, ACCORD_IN_FORCE, ACCORD_ENDED };
const char *accord_state_word(enum accord_state s);

struct accord_standing {
    const struct exchange_handed *handed; /* borrowed */
    size_t n, member_n, leave_n;
    struct accord_version version[LIMIT_HANDED_STATEMENTS];
    struct accord_member member[LIMIT_ACCORD_PARTIES];
    struct accord_leave leave[LIMIT_HANDED_STATEMENTS];
    int in_force; /* index of the version, or -1 */
    int newest;   /* highest number; of several a complete one, else who spoke first, his last */
    bool contradiction; /* two versions are complete and neither comes of the other */
    /* Somebody has said two things under one id: one of them, borrowed; or NULL. */
    const struct exchange_statement *equivocation;
    enum accord_state state;
};

/* Keys that the reader knows to be whose they say. */
struct accord_trust {
    size_t n;
    struct ledger_key key[LIMIT_ACCORD_PARTIES];
};

/* All about the accord in this file. `home` (may be NULL) knows how keys changed since.
 * ST_MISMATCH: a signature, a proof or a key is false. ST_MALFORMED: not an accord, or
 * parts of it are missing. */
MUST_USE enum status accord_standing_make(const struct exchange_handed *handed,
                                          const struct evidence_home *home,
                                          const struct accord_trust *trust,
                                          struct accord_standing **ret, struct fault *why);
void accord_standing_free(struct accord_standing *s);
void accord_standing_freep(struct accord_standing **s);

/* NULL: nobody of this name is or was a party. */
const struct accord_member *accord_member_find(const struct accord_standing *s, const char *name);
/* Of a party of this version: NULL, unless it has left it or what it follows. */
const struct accord_leave *accord_left(const struct accord_standing *s,
                                       const struct accord_version *v, const char *party);
/* Have as many of its witnesses cosigned this party's ledger as it asks for, as the file
 * shows? True where it names none. */
bool accord_witnessed(const struct accord_version *v, size_t party);
/* The version that counts now: in force, else the newest. */
const struct accord_version *accord_standing_now(const struct accord_standing *s);

/* Everything that the home keeps of an accord, as it would be handed over. `id` may be
 * the first digits. ST_END: there is none; ST_LIMIT: several begin so. */
MUST_USE enum status accord_gather(const struct evidence_home *h, const char *id, struct buf *out,
                                   struct fault *why);

/* What both files hold of one accord, each statement once with all that is shown of it;
 * a statement that is in both is taken from `ours`. */
MUST_USE enum status accord_unite(const struct exchange_handed *ours,
                                  const struct exchange_handed *theirs, struct buf *out,
                                  struct fault *why);

/* The keys of a counterpart as the accords in force in this home have it, followed to
 * today. ST_END: no accord in force names it. `accord` (may be NULL) narrows it to one. */
MUST_USE enum status accord_keys_of(const struct evidence_home *h, const char *party,
                                    const char *accord, struct exchange_keys *ret,
                                    struct fault *why);

/* --- shared by the files of this folder ------------------------------------------- */

MUST_USE enum status accord_leaves_take(struct accord_standing *s, struct fault *why);
