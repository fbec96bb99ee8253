/* cli/calibrate_parts.h - what the verbs of `exhibit calibrate` share. */
#pragma once

#include <stdbool.h>

#include "cli/accord_parts.h"
#include "exchange/calibrate/fold.h"
#include "exchange/talk/keeping.h"

struct calibrate_job {
    const char *home, *passphrase_file, *output;
    const char *accord, *scenarios, *definitions, *from, *judgement;
    const char *with[LIMIT_CALIBRATE_PARTIES];
    size_t with_n;
    bool json, html, automatic;
};

/* A round that the home keeps, with all that was said in it. */
struct calibrate_desk {
    struct accord_loaded accord; /* its home is the desk's */
    struct ledger_log *log;
    struct exchange_kept *round;
    struct exchange_kept_list kept; /* what the fold borrows from */
    struct calibrate_said *said;
    struct calibrate_fold *fold;
    size_t self; /* our place among the parties */
};
void calibrate_desk_fini(struct calibrate_desk *d);

/* Take in files (all of one round), or find the round by the first digits of its id; what
 * is not signed, or not shown to be in its party's ledger, is refused. 0, or an exit
 * status, said. */
int calibrate_take_in(const struct calibrate_job *job, char **operands, struct calibrate_desk *d);
/* Once more, after something was said. False: said. */
bool calibrate_refold(struct calibrate_desk *d);
/* Sign, keep and log a statement of ours in this round. */
bool calibrate_say(struct calibrate_desk *d, const char *type, const struct digest *previous,
                   json_t *body);
/* Hand over all that the home has of the round, to --output or standard output. */
int calibrate_hand_out(const struct calibrate_job *job, struct calibrate_desk *d);

/* The capture of a scenario in --scenarios; its bytes have to be those of the round. False:
 * said. */
bool calibrate_capture(const struct calibrate_job *job, const struct calibrate_scenario *s,
                       char *path, size_t max);
/* Is there a finding in it under these definitions? *ret_name (may be NULL): of the first
 * one. False: it could not be read, said. */
bool calibrate_look(const char *path, const struct calibrate_scenario *s,
                    const struct definition_set *set, bool *ret, char *ret_name);

int calibrate_new(const struct calibrate_job *job, char **operands);
int calibrate_judge(const struct calibrate_job *job, char **operands);
int calibrate_commit(const struct calibrate_job *job, char **operands);
int calibrate_reveal(const struct calibrate_job *job, char **operands);
int calibrate_report(const struct calibrate_job *job, char **operands);
