/* exchange/case/history.h - what a party or a network was told, said, and what followed.
 *
 * Pure: cases in, a page's content out; no clock, and nothing in it depends on who
 * looks. So whoever holds the same statements makes the same page, the accused too.
 * Operators and parties only: nothing is summed up by anything larger.
 */
#pragma once

#include "exchange/case/case.h"

/* Two answers are about one network and time if their acts are less than this apart: a
 * network is not moved away and back within a day. */
#define HISTORY_NEAR_NS (INT64_C(86400) * 1000000000)

/* What is asked for. Either may be NULL, not both. */
struct history_query {
    const char *party;
    const struct prefix *network;
};

struct history_moment {
    const struct case_one *one;   /* borrowed */
    const struct case_item *item; /* borrowed */
    bool repeats;                 /* a notice of which earlier ones of this accuser have said all */
};

enum history_clash {
    HISTORY_OURS_AND_NOT,    /* of one network and time: not ours, and: we have acted */
    HISTORY_WITHIN_RETENTION /* no records left, within the time that was agreed */
};

struct history_pair {
    enum history_clash clash;
    const struct case_one *one[2];   /* the other is NULL with WITHIN_RETENTION */
    const struct case_item *item[2]; /* answers: "not ours" first */
    bool replaced;                   /* one of them by a later answer in its case */
    struct prefix network;           /* that both are about */
    int64_t asked_ns, until_ns;      /* WITHIN_RETENTION: first word of the accused; the end */
    unsigned days;                   /* ... that were agreed */
};

/* Of one accuser and one accused, so that nobody's flood moves another's numbers. */
struct history_tally {
    const char *accuser, *accused; /* borrowed */
    size_t notices;                /* that say something new */
    size_t repeated;               /* ... nothing new: they count nowhere else */
    size_t answered;               /* by anything */
    size_t unanswered;
    bool has_median;
    int64_t median_ns; /* from notice to first answer, each by its side's clock */
    size_t acted;      /* that is the answer that stands */
    size_t stopped, not_seen, went_on, moved; /* ... and the last outcome since then */
    size_t disputed;
    size_t upheld; /* ... and the accuser took the notice back as wrong */
    size_t wrong;  /* taken back as wrong, disputed or not */
    size_t withdrawn;
};

struct history {
    size_t moment_n, pair_n, tally_n;
    struct history_moment *moment; /* by time, then hash */
    struct history_pair *pair;
    struct history_tally *tally;
    bool more_pairs, more_acts;
};

/* `retention_days` is of each case, 0: none was agreed. On ST_OK, *ret is the caller's;
 * it borrows from the cases. */
MUST_USE enum status history_make(const struct case_list *cases, const unsigned *retention_days,
                                  const struct history_query *q, struct history *ret);
void history_fini(struct history *h);

/* The smallest network that is announced alone: /24, or /48. */
struct prefix history_network(const struct addr *a);
