/* cli/case.h - exhibit case, and exhibit answer. */
#pragma once

#include "cli/option.h"

extern const struct option_spec case_options[];
int case_main(const struct command *self, int argc, char **argv);

extern const struct option_spec answer_options[];
int answer_main(const struct command *self, int argc, char **argv);
