/* cli/accord_parts.h - what the verbs of `exhibit accord` share. */
#pragma once

#include <stdbool.h>

#include "cli/home.h"
#include "exchange/accord/standing.h"
#include "report/accord.h"

enum { ACCORD_DONE = 0, ACCORD_FAILS = 1, ACCORD_COULD_NOT = 2, ACCORD_LIST = 64 };

/* Values of an option that may be repeated. */
struct accord_values {
    const char *v[ACCORD_LIST];
    size_t n;
};

struct accord_job {
    const char *home, *passphrase_file, *output, *template_name, *title, *definitions;
    const char *clause, *ground, *to, *lane, *policy;
    struct accord_values with, fingerprint, contact, network, sensor, tls, set, witness, on;
    unsigned quorum, version; /* 0: not given */
    bool json, html, rules;
};

/* One that somebody gave us, or that the home keeps. */
struct accord_loaded {
    struct evidence_home *home; /* NULL: there is none */
    struct buf file;
    struct exchange_handed *handed;
    struct accord_standing *standing;
    bool from_home; /* not from a file */
};
void accord_loaded_fini(struct accord_loaded *l);

/* Say what failed; the exit status for it. */
int accord_failed(const char *place, enum status st, const struct fault *why);
int accord_answer(const struct buf *out, int status);

/* A counterpart's key as `key show --policy` tells it, or a public key alone. */
struct accord_card {
    struct ledger_key key;
    bool has_next;
    struct digest next;
};
bool accord_card_read(const char *file, struct accord_card *ret);

/* FILE, or the first digits of an id that the home keeps; all signatures and proofs
 * are checked. 0, or an exit status, said. */
int accord_load(const struct accord_job *job, const char *operand, struct accord_loaded *ret);
/* Only the file: for what is no accord. *ret_there: it was a file. */
int accord_load_file(const char *operand, struct exchange_handed **ret, bool *ret_there);
/* What the home keeps of an accord. ST_END: nothing. */
MUST_USE enum status accord_kept(const struct evidence_home *home, const char *id,
                                 struct exchange_handed **ret_handed, struct accord_standing **ret,
                                 struct fault *why);
/* NULL: it is not there. */
const struct accord_version *accord_version_find(const struct accord_standing *s,
                                                 const struct digest *hash);
/* The home, which has to be there, with its ledger open for writing. False: said. */
bool accord_open(const struct accord_job *job, struct evidence_home **home,
                 struct ledger_log **log);
/* Everybody's key but ours is known otherwise than by the file. False: said. */
bool accord_confirmed(const struct accord_loaded *l);
int accord_write(const struct accord_job *job, struct bytes content);
/* Load, open, take in what a file brings, and see that it can be worked on. */
int accord_begin(const struct accord_job *job, const char *operand, struct accord_loaded *l,
                 struct ledger_log **log);
/* What the options ask for, into a body and our part of it. False: said. */
bool accord_put_terms(const struct accord_job *job, json_t *body, json_t *self);
/* Is there a place for the file that is written? False: said. */
bool accord_has_place(const struct accord_job *job, const char *verb);
/* Has this party signed it? */
bool accord_signed_by(const struct accord_version *v, const char *name);
/* The newest but for v that this party has signed, or NULL. */
const struct accord_version *accord_signed_last(const struct accord_standing *s,
                                                const struct accord_version *v, const char *name);
/* What became of a version, and who does what next with the file. */
void accord_tell_next(const struct accord_job *job, const struct accord_standing *s,
                      const struct accord_version *v, const char *self, const char *did);
/* What the home now has of it: to --output or standard output, and a word on this version
 * (NULL: the newest). */
int accord_hand_out(const struct accord_job *job, const struct evidence_home *home, const char *id,
                    const struct digest *version, const char *did);
/* False: it has, and who left when is said. */
bool accord_has_not_ended(const struct accord_standing *s);
/* What the home knows of contact points that were tried; to free. */
MUST_USE enum status accord_trials(const struct evidence_home *h, const char *id,
                                   struct accord_trial **ret, size_t *ret_n, struct fault *why);

int accord_new(const struct accord_job *job, char **operands);
int accord_propose(const struct accord_job *job, char **operands);
int accord_amend(const struct accord_job *job, char **operands);
int accord_decline(const struct accord_job *job, char **operands);
int accord_sign(const struct accord_job *job, char **operands);
int accord_leave(const struct accord_job *job, char **operands);
int accord_ping(const struct accord_job *job, char **operands);
int accord_show(const struct accord_job *job, char **operands);
int accord_check(const struct accord_job *job, char **operands);
int accord_diff(const struct accord_job *job, char **operands);
int accord_list(const struct accord_job *job, char **operands);
/* Of diff: what counts under one set of definitions and not under the other. */
int accord_diff_on(const struct accord_job *job, const struct accord *old, const struct accord *now,
                   struct buf *out);
