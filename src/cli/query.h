/* cli/query.h - `exhibit query`. */
#pragma once

#include "cli/option.h"

extern const struct option_spec query_options[];
int query_main(const struct command *self, int argc, char **argv);
