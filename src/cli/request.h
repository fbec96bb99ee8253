/* cli/request.h - `exhibit request`: notices and block lists from findings. */
#pragma once

#include "cli/option.h"

extern const struct option_spec request_options[];
int request_main(const struct command *self, int argc, char **argv);
