/* evidence/verify/report.h - what verification has to say, before it has a form.
 *
 * The grade first, then each claim, then the ways to wave the exhibit away, then
 * what is not shown. Everything here was computed by whoever reads it, and
 * nothing of it is ever written into an exhibit. Texts live in the arena; those
 * that quote an input must be escaped where they leave.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/arena.h"
#include "base/core/status.h"
#include "base/model/finding.h"

/* What the times outside of the sealer's control say. */
enum evidence_grade {
    GRADE_NONE, /* something is false, or no key could tell: there is nothing to grade */
    GRADE_AFTER_THE_FACT,
    GRADE_SEALED_LIVE,
    GRADE_WITNESSED,
    GRADE_CORROBORATED, /* ... and another party shows the same: corroborate.h */
    GRADE_COUNT
};
const char *evidence_grade_word(enum evidence_grade g);

/* What was found of one thing that was looked at. */
enum evidence_word {
    WORD_HOLDS,
    WORD_FAILS,        /* it does not follow from what is there */
    WORD_AT_LEAST,     /* holds as a lower bound */
    WORD_SEALERS_WORD, /* sealed, but cannot be told from what is opened */
    WORD_CUTTERS_WORD, /* neither shown nor signed: whoever had the file can have written it */
    WORD_UNKNOWN_KEY,  /* the policy has no key to tell */
    WORD_NOT_CHECKED,  /* not by this program */
    WORD_NOT_THERE,    /* the exhibit has nothing of the kind */
    WORD_COUNT
};
const char *evidence_word_text(enum evidence_word w);

struct evidence_point {
    const char *what; /* "signatures", "packets": a constant */
    enum evidence_word word;
    const char *detail;  /* a sentence without its end, or "" */
    const char *assumes; /* "nothing", "the sealer is honest" ... */
};

struct evidence_points {
    struct evidence_point *items;
    size_t n, room;
};

struct evidence_claim_report {
    uint32_t number;               /* as the exhibit counts */
    const struct finding *finding; /* as claimed; borrowed from the exhibit */
    bool holds;
    bool said;     /* does not: it says itself that it is only the cutter's word */
    bool at_least; /* holds, but more may have been */
    /* By what follows: answers reached the remote; it tried to get in. */
    bool two_way, login;
    bool remote_ports, local_ports; /* some record of it has them */
    struct evidence_points points;
};

enum evidence_denial {
    DENIAL_FABRICATED,
    DENIAL_ALTERED,
    DENIAL_PICKED,
    DENIAL_STAGED,
    DENIAL_FORGED_SOURCE,
    DENIAL_NOT_OURS,
    DENIAL_RELAY,
    DENIAL_COMPROMISED,
    DENIAL_BENIGN,
    DENIAL_NOT_AN_OFFENCE,
    DENIAL_WRONG_TIME,
    DENIAL_TOO_LATE,
    DENIAL_INSUFFICIENT,
    DENIAL_COUNT
};
const char *evidence_denial_name(enum evidence_denial d);
const char *evidence_denial_says(enum evidence_denial d); /* "the records were made up" */

enum evidence_met { MET, PARTLY_MET, NOT_MET, ONLY_YOU, MET_COUNT };
const char *evidence_met_word(enum evidence_met m);

struct evidence_denial_row {
    enum evidence_met met;
    const char *reason;
    const char *assumes;
};

struct evidence_report {
    struct arena arena;
    enum evidence_grade grade;
    const char *grade_reason;
    struct evidence_points points; /* of the exhibit as a whole */
    struct evidence_claim_report *claims;
    size_t claim_n;
    struct evidence_denial_row denials[DENIAL_COUNT];
    const char *conclusion; /* in one line: how many claims hold, and why not the rest */
    const char *wrong;      /* ... the first thing that does not; "" */
    const char **not_shown;
    size_t not_shown_n, not_shown_room;
    /* Every claim holds; else: does a key of the policy lack? */
    bool holds, lacks_key;
};

/* 0 every claim holds, 1 one does not, 2 the policy lacks a key: it could not be told. */
int evidence_report_exit(const struct evidence_report *r);

void evidence_report_init(struct evidence_report *r);
void evidence_report_fini(struct evidence_report *r);

/* Text in the report's arena; NULL without memory. */
const char *evidence_report_text(struct evidence_report *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* detail may be NULL: out of memory. */
MUST_USE enum status evidence_report_point(struct evidence_report *r, struct evidence_points *to,
                                           const struct evidence_point *p);
MUST_USE enum status evidence_report_not_shown(struct evidence_report *r, const char *text);
