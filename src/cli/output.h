/* cli/output.h - standard output, and what can be shown there. */
#pragma once

#include <stdbool.h>

#include "base/core/buf.h"
#include "cli/settings.h"
#include "report/view.h"

/* All of it; false: said why not. */
bool output_write(struct bytes out);
bool output_is_terminal(void);
/* Columns, colours and characters of the terminal, if it is one. */
struct terminal_options output_terminal(enum colour colour);
