/* cli/cut.h - `exhibit cut`: an exhibit for findings, out of the home. */
#pragma once

#include "cli/option.h"

extern const struct option_spec cut_options[];
int cut_main(const struct command *self, int argc, char **argv);
