/* cli/witness.h - cosign ledgers of others. */
#pragma once

#include "cli/option.h"

extern const struct option_spec witness_options[];
int witness_main(const struct command *self, int argc, char **argv);
