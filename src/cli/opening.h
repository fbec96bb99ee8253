/* cli/opening.h - what an exhibit is asked to open (--open), and what it then shows;
 * for cut and disclose. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/buf.h"
#include "evidence/exhibit/cut.h"
#include "evidence/exhibit/disclose.h"

enum { OPENING_LOCALS_MAX = 256, OPENING_CELLS_MAX = 256 };

struct opening {
    bool targets, hidden, data, marks;
    struct evidence_cell cells[OPENING_CELLS_MAX]; /* for disclose alone */
    size_t cell_n;
    struct addr locals[OPENING_LOCALS_MAX];
    size_t local_n;
};

/* clang-format off */
#define OPENING_ROW_YES(id)                                                                        \
    {"--yes", 'y', NULL, "Open what cannot be taken back.", id, NULL}
#define OPENING_ROW_KEY(id)                                                                        \
    {"--key", 0, "FILE", "The opening key, where it is not in the home (exhibit key backup).",     \
     id, NULL}
#define OPENING_ROW_REPLACE(id)                                                                    \
    {"--replace", 0, NULL, "Put it in the place of a file of this name, which is otherwise kept.", \
     id, NULL}
#define OPENING_ROW_JSON(id) {"--json", 'j', NULL, "Answer with one JSON object.", id, NULL}
/* clang-format on */

/* One value of --open. False: wrong use, said. */
bool opening_take(const char *command, struct opening *o, const char *value);
/* "hidden:SEGMENT/ROW[/REMOTE]", or "data:...". False: it is none, and nothing is said. */
bool opening_cell(const char *value, struct evidence_cell *ret);
/* Whether to go on: says what cannot be taken back; without `yes` false. */
bool opening_agreed(const char *command, const struct opening *o, bool yes);
/* Whether `path` may be written: evidence is not overwritten unasked. False: said. */
bool opening_may_write(const char *command, const char *path, bool replace);

/* An exhibit that was written. */
struct opening_done {
    const char *type; /* of the answer: the command's name */
    const char *file;
    uint64_t bytes;
    const struct evidence_cut_told *shown;
    bool again; /* from another exhibit: what is left out was claimed there */
    /* What that one showed, where parts of it were closed and none opened; else NULL. */
    const struct evidence_cut_told *before;
};
void opening_json(const struct opening_done *d, struct buf *out);
void opening_text(const struct opening_done *d, struct buf *out);
