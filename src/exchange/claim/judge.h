/* exchange/claim/judge.h - what our records say to a claim, in fixed words.
 *
 * An absence says something only where our records cover the time, the network
 * and the direction; it contradicts only where their owner states that they are
 * complete. Whatever else might be, it is "cannot tell".
 */
#pragma once

#include "exchange/claim/match.h"

enum claim_verdict {
    CLAIM_SHOWN,        /* our records have what the claim describes */
    CLAIM_NOT_SHOWN,    /* they cover it, and do not have it */
    CLAIM_CONTRADICTED, /* they exclude it */
    CLAIM_NOT_COVERED,  /* they do not cover it */
    CLAIM_NOT_OURS,     /* the address is not one of our networks */
    CLAIM_CANNOT_TELL,
    CLAIM_VERDICT_COUNT
};
const char *claim_verdict_word(enum claim_verdict v); /* "shown"... */

/* The address, and our networks. */
enum claim_ours {
    CLAIM_OURS_GIVEN,    /* in those that were given */
    CLAIM_OURS_INFERRED, /* in those that the traffic tells */
    CLAIM_OURS_UNLIKELY, /* not in those */
    CLAIM_OURS_UNKNOWN,  /* the traffic does not tell */
    CLAIM_OURS_NOT,      /* not in those that were given */
};
const char *claim_ours_word(enum claim_ours o);

/* Why the verdict is what it is. */
enum claim_why {
    CLAIM_WHY_RECORDS, /* they fit */
    CLAIM_WHY_LINES,   /* log lines fit */
    CLAIM_WHY_NOT_OURS,
    CLAIM_WHY_OURS_UNKNOWN,
    CLAIM_WHY_NO_TIME,
    CLAIM_WHY_UNREADABLE,  /* what the claim states could not be read */
    CLAIM_WHY_OTHER_PORTS, /* the like is there, but from other source ports */
    CLAIM_WHY_WEAK,        /* any such connection would fit */
    CLAIM_WHY_ANSWERS,     /* the accused answered, and did not ask */
    CLAIM_WHY_REFUSED,     /* no connection came about */
    CLAIM_WHY_UNANSWERED,  /* none is shown to have */
    CLAIM_WHY_FEWER,       /* much less is there */
    CLAIM_WHY_ORDINARY,    /* what is there is what ordinary use looks like */
    CLAIM_WHY_FEW_MOMENTS, /* most of the moments have no record */
    CLAIM_WHY_LIKE_LINES,  /* log lines of the like */
    CLAIM_WHY_OTHER_ZONE,  /* it fits whole half hours off */
    CLAIM_WHY_OTHER_TIME,  /* it fits at another time nearby */
    CLAIM_WHY_NO_ZONE,     /* absent in UTC; in other zones not covered */
    CLAIM_WHY_NO_YEAR,
    CLAIM_WHY_SWAPPED,          /* it fits with the ports exchanged */
    CLAIM_WHY_CARRIED,          /* it fits inside of somebody else's tunnel */
    CLAIM_WHY_NO_PORTS,         /* packets whose ports were not recorded may be it */
    CLAIM_WHY_NOTHING,          /* covered, and nothing fits */
    CLAIM_WHY_NOTHING_COMPLETE, /* by complete records */
    CLAIM_WHY_NOT_THEN,         /* no input goes that far, or all of it */
    CLAIM_WHY_NO_NETWORK,       /* the inputs of that time have nothing of that network */
    CLAIM_WHY_NOT_SENT,         /* they have only what came to it */
    CLAIM_WHY_NO_PROTOCOL,      /* ... nothing of that protocol */
    CLAIM_WHY_SILENCE,          /* they were silent then */
    CLAIM_WHY_ONLY_LOGS,        /* logs tell what came to their server */
    CLAIM_WHY_COUNT
};
const char *claim_why_word(enum claim_why w); /* "records-fit"... */
const char *claim_why_text(enum claim_why w); /* a sentence */

/* What an input is to a claim. */
enum claim_covers {
    CLAIM_COVERS,
    CLAIM_COVERS_PART,        /* of the time */
    CLAIM_COVERS_BEFORE,      /* it ends before */
    CLAIM_COVERS_AFTER,       /* it begins after */
    CLAIM_COVERS_SILENT,      /* nothing at all was recorded then */
    CLAIM_COVERS_NO_NETWORK,  /* nothing of that network */
    CLAIM_COVERS_IN_ONLY,     /* nothing that it sent */
    CLAIM_COVERS_NO_PROTOCOL, /* nothing of the claim's protocol */
    CLAIM_COVERS_LOG,
    CLAIM_COVERS_NOTHING, /* it has no records */
};
const char *claim_covers_text(enum claim_covers c);

struct claim_bench {
    const struct local_nets *locals; /* given, or what the traffic tells */
    bool complete;                   /* stated by their owner: all that passed, both ways */
    bool partial;                    /* something was not read */
    int64_t tolerance_ns;
    const struct claim_cover *covers; /* of each input */
    size_t input_n;
};

struct claim_answer {
    enum claim_verdict verdict;
    enum claim_why why;
    enum claim_ours ours;
    uint32_t lacks; /* enum claim_field */
    enum claim_forging forging;
    bool has_zone; /* with OTHER_ZONE: our time less the claim's, in half hours */
    int zone_half_hours;
    size_t moments_met;
};

struct claim_answer claim_judge(const struct claim *c, const struct claim_match *m,
                                const struct claim_bench *b);
enum claim_covers claim_covers_of(const struct claim *c, const struct claim_cover *cover,
                                  const struct claim_bench *b);
/* Of several answers: 0 all are shown; 1 one does not hold (not shown,
 * contradicted, not ours); 2 one could not be told. */
int claim_exit(const struct claim_answer *a, size_t n);
