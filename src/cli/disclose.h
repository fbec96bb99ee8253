/* cli/disclose.h - `exhibit disclose`: a version of an exhibit that shows less, or more. */
#pragma once

#include "cli/option.h"

extern const struct option_spec disclose_options[];
int disclose_main(const struct command *self, int argc, char **argv);
