/* cli/again.h - `exhibit analyze --again`. */
#pragma once

#include "cli/settings.h"

/* The origins of stored findings by the sources of today. Returns the command's
 * exit status. */
int again_main(const struct settings *s, int operands);
