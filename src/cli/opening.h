/* cli/opening.h - what an exhibit is asked to open: --open, for cut and disclose. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/core/addr.h"

enum { OPENING_LOCALS_MAX = 256 };

struct opening {
    bool targets, data, marks;
    struct addr locals[OPENING_LOCALS_MAX];
    size_t local_n;
};

/* One value of --open. False: wrong use, said. */
bool opening_take(const char *command, struct opening *o, const char *value);
/* Whether to go on: says what cannot be taken back; without `yes` false. */
bool opening_agreed(const char *command, const struct opening *o, bool yes);
