/* exchange/case/state.h - what became of a case, out of what was said about it.
 *
 * A pure function of a set of statements and a time: no I/O, no clock. Order and
 * repetition of the statements make no difference, so they may arrive in any order,
 * twice, or be read again after a stop anywhere. Who signed them, and that they belong
 * to this case, was checked before (case.h).
 *
 *            receipt            answer that leaves something open
 *   sent ------------> received -------------------------> open <---+
 *     |                    |                                |       | investigating...
 *     +--------------------+--------------------------------+-------+
 *     |  an answer that settles what was asked
 *     +--> answered          any of them --- withdrawal ---> withdrawn
 *
 * An answer counts as receipt. Of several answers that with the highest number counts:
 * each side numbers what it says in a case, so its clock decides nothing, and what has
 * not reached us is known by its number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/hash.h"
#include "exchange/case/words.h"

enum case_kind {
    CASE_NOTICE,
    CASE_RECEIPT,
    CASE_ANSWER,
    CASE_OUTCOME,
    CASE_WITHDRAWAL,
    CASE_KINDS
};

enum case_side { CASE_ACCUSER, CASE_ACCUSED, CASE_SIDES };

enum case_duty { CASE_DUTY_RECEIPT, CASE_DUTY_ANSWER, CASE_DUTY_FINAL, CASE_DUTIES };

/* One statement, as far as it moves the case. */
struct case_event {
    enum case_kind kind;
    enum case_side by; /* notices, outcomes, withdrawals: the accuser; receipts, answers: the
                        * accused; others are strays */
    unsigned number;   /* 1 and up: of this side in this case */
    uint8_t id[16];    /* of the statement */
    struct digest hash;
    struct digest about; /* hash of the notice; a notice: its own */
    int64_t time_ns;     /* by the clock of who says it */
    /* A notice: what is asked, and until when, by the accuser's clock. */
    uint32_t requests; /* bits of enum case_request */
    int64_t due_ns[CASE_DUTIES];
    /* enum case_answer, case_outcome or case_reason. */
    size_t word;
};

enum case_phase {
    CASE_NO_NOTICE, /* something was said about a notice that is not here */
    CASE_SENT,
    CASE_RECEIVED,
    CASE_OPEN,
    CASE_ANSWERED,
    CASE_WITHDRAWN,
    CASE_PHASES
};
const char *case_phase_word(enum case_phase p); /* "sent" */

/* How much two clocks may differ before somebody is called late. */
#define CASE_SLACK_NS (INT64_C(600) * 1000000000)

struct case_state {
    enum case_phase phase;
    /* Borrowed from the events; NULL: none. Of answers and outcomes the newest. */
    const struct case_event *notice, *receipt, *answer, *outcome, *withdrawal;
    const struct case_event *first_answer; /* by number */
    /* What the accused owes: the duty that is open, until when. */
    bool owes, overdue;
    enum case_duty owed;
    int64_t until_ns;
    bool late[CASE_DUTIES]; /* it was done, but after its time, by who did it */
    /* Numbers below the highest that a side used, which are not here. */
    unsigned missing[CASE_SIDES];
    /* This side said two things under one id or one number: all of them are kept. */
    bool two_faced[CASE_SIDES];
    /* The two clocks differ by this at least: an answer is older than its notice. */
    int64_t clocks_ns;
    size_t strays; /* events that are about no notice here, or by the wrong side */
};

/* `now_ns` by the reader's clock. Of two notices under one id that counts which the
 * accused spoke of, else the older. */
void case_state_of(const struct case_event *events, size_t n, int64_t now_ns,
                   struct case_state *ret);

/* Does this answer leave nothing of what was asked open? Being told of something asks
 * for an answer too. */
bool case_answer_settles(uint32_t requests, enum case_answer a);
