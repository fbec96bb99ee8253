/* cli/check.h - somebody accuses us: what do our own records say? */
#pragma once

#include "cli/option.h"

extern const struct option_spec check_options[];
int check_main(const struct command *self, int argc, char **argv);
