/* base/model/ladder.h - attribution, rung by rung.
 *
 * Each rung answers one question with a word of a fixed vocabulary, says what
 * supports and what weakens that, how good the basis is, what would refute it,
 * and what only the other side can tell. No rung lends its confidence to the
 * next one, and behind the last the program stops.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/arena.h"
#include "base/core/buf.h"
#include "base/core/emit.h"

enum ladder_step {
    LADDER_PACKET,     /* is the source address authentic? */
    LADDER_TIME,       /* which address and port, when? */
    LADDER_NETWORK,    /* which network, announced by whom? */
    LADDER_REGISTERED, /* in which country did its holder register? */
    LADDER_LOCATED,    /* in which country does the host seem to be? */
    LADDER_ROLE,       /* an end, or something in between? */
    LADDER_STEPS
};

/* About the basis, never about how likely something is. */
enum ladder_confidence { LADDER_NO_CONFIDENCE, LADDER_LOW, LADDER_MODERATE, LADDER_HIGH };

enum { LADDER_LINES_MAX = 8, LADDER_TESTS_MAX = 4 };

/* A test for which a number was computed: only these have a word of likelihood. */
struct ladder_test {
    const char *name;  /* what was tested */
    const char *given; /* under which assumption the chance is that */
    double chance;
};

struct ladder_lines {
    size_t n;
    const char *items[LADDER_LINES_MAX];
};

struct ladder_rung {
    bool present;
    const char *word;   /* of the fixed vocabulary: "two-way-proven" */
    const char *answer; /* what it is, or "" */
    enum ladder_confidence confidence;
    const char *basis; /* why that much */
    struct ladder_lines supports, weakens;
    struct ladder_test tests[LADDER_TESTS_MAX];
    size_t test_n;
    uint64_t sources;    /* a bit for each that speaks, by its index */
    const char *refuted; /* what would refute it, or "" */
    const char *ask;     /* what only the other side can tell, or "" */
};

/* Texts are as inputs had them: escape before showing. */
struct ladder {
    struct arena arena;
    const char *about; /* whose: "initiator", "victim", "target", "senders", "address" */
    struct ladder_rung rungs[LADDER_STEPS];
    const char *stops; /* where the program stops, and why */
    bool failed;       /* no memory: do not show it */
};

void ladder_init(struct ladder *l);
void ladder_fini(struct ladder *l);

const char *ladder_step_name(enum ladder_step s);     /* "packet" */
const char *ladder_step_title(enum ladder_step s);    /* "Packet" */
const char *ladder_step_question(enum ladder_step s); /* "Is the source address authentic?" */
const char *ladder_confidence_name(enum ladder_confidence c);
/* The words of ICD 203 for a chance from 0 to 1. */
const char *ladder_likelihood(double chance);

/* Copies; a line past the maximum is dropped. */
const char *ladder_text(struct ladder *l, const struct buf *text);
void ladder_line(struct ladder *l, struct ladder_lines *lines, const struct buf *text);
void ladder_test(struct ladder_rung *r, const char *name, const char *given, double chance);

/* The value of a member; sources are numbered as in `sources` of the origin's
 * JSON: bit i of `cited` tells whether the source i is in there. */
void ladder_json(struct emit *j, const struct ladder *l, uint64_t cited);
