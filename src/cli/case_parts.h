/* cli/case_parts.h - what the verbs of `exhibit case` and `exhibit answer` share. */
#pragma once

#include <stdbool.h>

#include "cli/accord_parts.h"
#include "cli/case_proof.h"
#include "cli/home.h"
#include "exchange/case/draft.h"
#include "exchange/case/take.h"
#include "report/case.h"

enum { CASE_DONE = 0, CASE_FAILS = 1, CASE_COULD_NOT = 2 };

/* What an answer says; words as the user gave them, NULL: not given. */
struct case_reply {
    int answer; /* enum case_answer; -1: receipt alone */
    const char *denials, *ground, *forwarded_to;
    const char *observation, *attribution, *preserved;
};

struct case_job {
    const char *home, *passphrase_file, *output, *to, *request, *lane, *tlp, *note, *policy, *at,
        *reason;
    const char *since, *definitions, *key, *network, *party, *dkim_key;
    struct accord_values with, fingerprint, exhibit, set, against;
    bool json, html, verify, sealed, list;
    struct case_reply reply;
};

/* One case of the home, with the ledger open if it is to be written. */
struct case_open {
    struct evidence_home *home;
    struct ledger_log *log; /* NULL: only looked at */
    struct case_list list;
    const struct case_one *one;
    json_t *verdicts; /* of what is enclosed, until it is said; by SHA-256. NULL: none */
};
/* 0, or an exit status, said. */
int case_open(const struct case_job *job, const char *id, bool writes, struct case_open *ret);
void case_open_fini(struct case_open *o);
/* What was said since: the list is read again. */
int case_reopen(struct case_open *o, const char *accuser, const char *id);

int case_failed(const char *place, enum status st, const struct fault *why);
/* Write the case's file to --output or standard output, and say, or answer in JSON, where
 * it stands. */
int case_hand_out(const struct case_job *job, struct case_open *o, const char *did);
/* What is to be told of it; exhibits are not verified again. *ret_exhibits is the
 * caller's, to free with case_exhibits_free. */
MUST_USE enum status case_view_of(const struct case_open *o, int64_t now_ns, struct case_view *ret,
                                  struct fault *why);
void case_view_fini(struct case_view *v);
/* --at, or now. False: it is no time; said. */
bool case_now(const struct case_job *job, int64_t *ret_ns);
/* Nothing if there is --policy; else one that trusts the keys of a party. False: said. */
bool case_policy(const struct case_job *job, const struct evidence_home *h, const char *party,
                 struct buf *ret);
/* Read a file that is to go along, keep it, verify it. 0, or an exit status, said. */
struct case_file {
    char name[EXCHANGE_FILE_NAME_MAX];
    struct digest hash;
    size_t size_bytes;
    struct case_proof proof;
};
int case_enclose(const struct case_job *job, struct case_open *o, const char *path,
                 struct case_file *ret);
/* Remember it, and keep all that are remembered with the statement that has been made. */
MUST_USE enum status case_verdict_add(json_t **verdicts, const struct digest *exhibit,
                                      json_t *verdict);
MUST_USE enum status case_verdicts_keep(const struct evidence_home *h, const json_t *verdicts,
                                        const struct digest *statement, struct fault *why);

/* Say it about a case, unless it is said already, and hand the case out. */
int case_say_it(const struct case_job *job, struct case_open *o, enum case_kind kind, json_t *body,
                const char *did);
/* The same without a file: it is in the home and its ledger. */
int case_keep_it(struct case_open *o, enum case_kind kind, json_t *body);
bool case_is_side(const struct case_open *o, bool accuser, const char *verb);

int case_new(const struct case_job *job, char **operands);
int case_receive(const struct case_job *job, char **operands);
int case_list_all(const struct case_job *job, char **operands);
int case_show(const struct case_job *job, char **operands);
int case_ack(const struct case_job *job, char **operands);
int case_withdraw(const struct case_job *job, char **operands);
int case_enclosed(const struct case_job *job, char **operands);
int case_file_again(const struct case_job *job, char **operands);
int case_outcome(const struct case_job *job, char **operands);
int case_history(const struct case_job *job, char **operands);
int case_reply_take(const struct case_job *job, char **operands);
int case_answer_it(const struct case_job *job, char **operands);
