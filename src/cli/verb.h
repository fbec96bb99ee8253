/* cli/verb.h - commands whose first argument says what to do: exhibit key show. */
#pragma once

#include "cli/option.h"

struct verb {
    const char *name;
    int least, most;  /* arguments behind it */
    unsigned options; /* bits of the ids of those that it knows */
};

/* Which of the verbs (ended by a name of NULL) the operands begin with; -1: wrong
 * use, said. `given` has the bits of the options that were given. */
int verb_find(const struct command *c, const struct verb *verbs, int n, char **operands,
              unsigned given);
