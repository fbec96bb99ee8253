/* cli/ledger_parts.h - what the verbs of `exhibit ledger` share. */
#pragma once

#include <stdbool.h>

#include "cli/home.h"
#include "evidence/home/public.h"
#include "ledger/tree.h"

struct ledger_job {
    const char *home, *policy, *output, *ca, *request, *response, *old;
    bool json;
};

enum { LEDGER_HOLDS = 0, LEDGER_FAILS = 1, LEDGER_COULD_NOT = 2, LEDGER_OUT_MAX = 128 << 20 };

/* Say what failed; the exit status for it. */
int ledger_failed(const char *place, enum status st, const struct fault *why);
/* Everything of `out` to standard output, as one with a failure in it. */
int ledger_answer(const struct buf *out, int status);
/* The home, and what its ledger shows. 0, or an exit status, said. */
int ledger_look(const struct ledger_job *job, struct evidence_home **h, struct evidence_public *p);
/* Members of a JSON object about a checkpoint. */
struct emit;
void ledger_tell_checkpoint(struct emit *j, const struct evidence_public *p);

/* For what signs nothing, so that no passphrase is needed. */
MUST_USE enum status ledger_open_unsigned(struct evidence_home *h, struct ledger_log **ret,
                                          struct fault *why);
/* To --output, else to standard output. The exit status. */
int ledger_deliver(const struct ledger_job *job, struct bytes content);

/* How this ledger grew out of an earlier state of it. */
struct ledger_growth {
    struct ledger_checkpoint old; /* its origin is empty: only a size was given */
    struct buf text;              /* of the checkpoint; the caller's */
    struct digest root;           /* of that size, by our files */
    struct ledger_path path;
};

/* A size, or a file with a checkpoint that a key of this ledger signed. */
MUST_USE enum status ledger_growth_read(const char *operand, const struct evidence_public *p,
                                        struct ledger_growth *g, struct fault *why);
MUST_USE enum status ledger_growth_prove(const struct evidence_home *h,
                                         const struct evidence_public *p, struct ledger_growth *g,
                                         struct fault *why);

int ledger_ask(const struct ledger_job *job, char **operands);
int ledger_collect(const struct ledger_job *job, char **operands);
int ledger_hold(const struct ledger_job *job, char **operands);
int ledger_release(const struct ledger_job *job, char **operands);
int ledger_stamp(const struct ledger_job *job, char **operands);
int ledger_audit(const struct ledger_job *job, char **operands);
