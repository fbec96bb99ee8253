/* exchange/accord/words.h - clauses, templates and the closed lists of accords.
 *
 * Clauses ship with the program (accords/): an accord says which of them hold, by
 * id and version, and carries their text to be read. There is no way to write one's
 * own: so no accord can make an act out of what somebody said.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { ACCORD_CLAUSES_MAX = 32, ACCORD_LIMITS = 7 };

/* Strings are constants; "" is none. */
struct accord_clause {
    const char *id;
    unsigned version;
    const char *title, *text, *source;
    const char *governs; /* member of the body that stands and falls with it */
    const char *needs;   /* member that it cannot do without */
};

struct accord_template {
    const char *name, *title, *summary;
    const char *clauses[ACCORD_CLAUSES_MAX]; /* NULL behind the last */
    unsigned limits[ACCORD_LIMITS];          /* 0: not set */
};

/* NULL past the last. */
const struct accord_clause *accord_clause_at(size_t i);
const struct accord_template *accord_template_at(size_t i);
/* NULL: there is none. */
const struct accord_clause *accord_clause_find(const char *id);
const struct accord_template *accord_template_find(const char *name);
/* The clause with which this member of the body stands and falls. */
const struct accord_clause *accord_clause_governing(const char *member);

/* A closed list of words, each with what it says to people. */
struct accord_word {
    const char *name, *says;
};

enum accord_list {
    ACCORD_DENIALS, /* reasons to dispute */
    ACCORD_GROUNDS, /* reasons to decline */
    ACCORD_LANES,
    ACCORD_TLP,
    ACCORD_RECIPIENTS, /* whom something may be passed on to */
    ACCORD_LIMIT_NAMES,
    ACCORD_LISTS
};

/* Its name is NULL past the last. */
struct accord_word accord_word_at(enum accord_list list, size_t i);
/* Its place in the list, or -1. */
int accord_word_find(enum accord_list list, const char *name);

/* The most that a time limit may be, in its unit. */
unsigned accord_limit_most(size_t i);

/* Is it the name of a technical act? What a definition is called has to begin with
 * one of these, whatever it is made of. */
bool accord_act_valid(const char *name);
