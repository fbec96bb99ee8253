/* cli/opening.h - what an exhibit is asked to open (--open), and what it then shows;
 * for cut and disclose. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/buf.h"
#include "evidence/exhibit/cut.h"

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

/* An exhibit that was written. */
struct opening_done {
    const char *type; /* of the answer: the command's name */
    const char *file;
    uint64_t bytes;
    const struct evidence_cut_told *shown;
    bool again;     /* from another exhibit */
    size_t dropped; /* claims */
};
void opening_json(const struct opening_done *d, struct buf *out);
void opening_text(const struct opening_done *d, struct buf *out);
