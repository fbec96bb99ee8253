/* cli/calibrate.h - exhibit calibrate: do both sides mean the same by their words? */
#pragma once

#include "cli/option.h"

extern const struct option_spec calibrate_options[];
int calibrate_main(const struct command *self, int argc, char **argv);
