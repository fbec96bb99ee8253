/* cli/locate_main.h - the command `locate`. */
#pragma once

#include "cli/option.h"

extern const struct option_spec locate_options[];
int locate_main(const struct command *self, int argc, char **argv);
