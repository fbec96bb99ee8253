/* cli/verify.h - verify: what an exhibit shows, by the reader's own policy. */
#pragma once

#include "cli/option.h"

extern const struct option_spec verify_options[];

int verify_main(const struct command *self, int argc, char **argv);
