/* exchange/calibrate/fold.h - what became of a round, out of the signed statements.
 *
 * Computed each time, never stored; the order in which statements came decides
 * nothing. Whose they are has been checked before.
 */
#pragma once

#include <stdbool.h>

#include "exchange/calibrate/opening.h"

/* One statement of a round, with the ledgers of others that are known to hold it. */
struct calibrate_said {
    const struct exchange_statement *statement; /* borrowed */
    bool held[LIMIT_CALIBRATE_PARTIES];         /* in the order of the round's parties */
};

enum calibrate_state {
    CALIBRATE_SILENT,
    CALIBRATE_COMMITTED,
    CALIBRATE_REVEALED,
    CALIBRATE_MISFIT, /* what it revealed is not what it had committed to */
};
const char *calibrate_state_word(enum calibrate_state s);

struct calibrate_seat {
    enum calibrate_state state;
    const struct calibrate_said *commitment, *reveal; /* NULL: none */
    /* It has said two things where one is to be said: the other one, or NULL. */
    const struct calibrate_said *commitment_too, *reveal_too;
    bool unready;                        /* it revealed before all the others had committed */
    struct calibrate_judgements *judged; /* revealed, and as committed to; or NULL */
};

struct calibrate_fold {
    const struct exchange_statement *round; /* borrowed */
    struct calibrate_round *terms;
    struct calibrate_seat seat[LIMIT_CALIBRATE_PARTIES];
    size_t committed, revealed; /* how many; revealed: as committed to */
};

/* `said` is put in order here. ST_MALFORMED: one of the statements is not of this round. */
MUST_USE enum status calibrate_fold_make(const struct exchange_statement *round,
                                         struct calibrate_said *said, size_t n,
                                         struct calibrate_fold **ret, struct fault *why);
void calibrate_fold_free(struct calibrate_fold *f);
void calibrate_fold_freep(struct calibrate_fold **f);

/* Has it seen what others revealed, and kept its own to itself? *ret_since: the time of
 * the first of their reveals; *ret_proven: its own ledger holds one of them. */
bool calibrate_withheld(const struct calibrate_fold *f, size_t party, int64_t *ret_since,
                        bool *ret_proven);
/* Did somebody say two things? */
bool calibrate_equivocal(const struct calibrate_seat *s);

/* Is it a commitment or a reveal of this round, by one of its parties, in form? */
MUST_USE enum status calibrate_said_check(const struct calibrate_round *r,
                                          const struct exchange_statement *round,
                                          const struct exchange_statement *s, struct fault *why);
