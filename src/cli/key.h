/* cli/key.h - keys: make, show, change, back up. */
#pragma once

#include "cli/option.h"

extern const struct option_spec key_options[];
int key_main(const struct command *self, int argc, char **argv);
