/* cli/source.h - exhibit source add|list|check|compile. */
#pragma once

#include "cli/option.h"

extern const struct option_spec source_options[];
int source_main(const struct command *self, int argc, char **argv);
