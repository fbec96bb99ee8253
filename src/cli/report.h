/* cli/report.h - `exhibit report`. */
#pragma once

#include "cli/option.h"

extern const struct option_spec report_options[];
int report_main(const struct command *self, int argc, char **argv);
