/* cli/init.h - make a party's home. */
#pragma once

#include "cli/option.h"

extern const struct option_spec init_options[];
int init_main(const struct command *self, int argc, char **argv);
