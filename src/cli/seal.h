/* cli/seal.h - exhibit seal. */
#pragma once

#include "cli/option.h"
#include "cli/sealing.h"

extern const struct option_spec seal_options[];
int seal_main(const struct command *self, int argc, char **argv);

/* What became of an input, in a sentence without its name. */
void seal_sentence(const struct sealing_result *r, struct buf *out);
/* Is it on the shelf, or is there nothing to put there? */
static inline bool seal_is_fine(const struct sealing_result *r)
{
    return r->outcome != SEALING_NOT;
}
