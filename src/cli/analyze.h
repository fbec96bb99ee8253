/* cli/analyze.h - from files to findings and a report of them. */
#pragma once

#include "cli/option.h"

int analyze_main(const struct command *self, int argc, char **argv);
