/* exchange/case/take.h - a file of a case taken in: looked at, checked, then kept.
 *
 *   case_take_open    what it is: form, time, whose; nothing is believed yet
 *   case_take_check   signatures, ledgers, terms, enclosures; by keys that the caller
 *                     found (case_keys_of, or those that somebody vouched for)
 *   case_take_claims  what a notice says of an exhibit is what the exhibit says
 *   case_take_keep    all of it, into the home and its ledger
 *
 * Nothing is written before case_take_keep; if that is stopped, taking the file in again
 * makes it whole.
 */
#pragma once

#include "exchange/case/case.h"

struct case_taking {
    const struct exchange_handed *handed; /* borrowed */
    const struct evidence_home *home;     /* borrowed */
    char other[LEDGER_NAME_MAX + 1];      /* who is not us */
    struct exchange_kept_list kept;
    struct case_list cases; /* of the home and the file together; borrows from both */
    /* The key that the file itself names as the other party's, if it has its notice. */
    const struct case_said *names;
    struct exchange_keys keys; /* of the other party, followed; set by case_take_check */
};

/* ST_DENIED: not for us. ST_MALFORMED, ST_LIMIT: why->field says what. */
MUST_USE enum status case_take_open(const struct evidence_home *h,
                                    const struct exchange_handed *handed, int64_t now_ns,
                                    struct case_taking *ret, struct fault *why);
void case_take_fini(struct case_taking *t);

/* `keys`: to begin with; it is followed by what the home and the file have. ST_MISMATCH:
 * something is false. ST_DENIED: not signed, not shown to be in its party's ledger, or by
 * terms that are not agreed. */
MUST_USE enum status case_take_check(struct case_taking *t, const struct exchange_keys *keys,
                                     struct fault *why);
/* The bytes of an enclosure, from the file or the home. */
MUST_USE enum status case_take_file(const struct case_taking *t, const struct case_enclosed *e,
                                    struct buf *ret, struct fault *why);
/* `claims` as for case_draft_claims, computed from the exhibit. ST_MISMATCH: the notice
 * says something else. */
MUST_USE enum status case_take_claims(const struct exchange_statement *notice, size_t exhibit,
                                      const json_t *claims, struct fault *why);
/* *ret_new: statements that the home did not have. */
MUST_USE enum status case_take_keep(struct case_taking *t, struct ledger_log *log, size_t *ret_new,
                                    struct fault *why);

/* Is this statement kept already? */
bool case_take_known(const struct case_taking *t, const struct digest *hash);
/* The case that a statement of the file belongs to. */
const struct case_one *case_take_case(const struct case_taking *t, size_t item);

/* The keys of a counterpart as this home knows them: by an accord in force, else as it
 * was told. ST_END: it does not. */
MUST_USE enum status case_keys_of(const struct evidence_home *h, const char *party,
                                  struct exchange_keys *ret, struct fault *why);
/* A tlog-policy that trusts these keys, each for the sizes that it signs. */
void case_policy_write(const struct exchange_keys *k, struct buf *out);
