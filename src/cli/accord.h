/* cli/accord.h - exhibit accord: terms that two parties or more have signed. */
#pragma once

#include "cli/option.h"

extern const struct option_spec accord_options[];
int accord_main(const struct command *self, int argc, char **argv);
