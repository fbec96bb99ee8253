/* cli/ledger_parts.h - what the verbs of `exhibit ledger` share. */
#pragma once

#include <stdbool.h>

#include "cli/home.h"
#include "evidence/home/public.h"

struct ledger_job {
    const char *home, *policy, *output, *passphrase_file, *ca, *request;
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

int ledger_audit(const struct ledger_job *job, char **operands);
