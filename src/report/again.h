/* report/again.h - findings of the store under today's sources. */
#pragma once

#include "exchange/change.h"
#include "report/terminal.h"

/* One finding: what was stored, and what its origin would be now. */
struct again {
    const struct finding *finding;
    const struct origin *now;
    const struct origin_sources *sources; /* of today */
    int64_t stored_ns;
    const struct change_list *changes;
};

/* One change that findings have in common. */
struct again_group {
    char text[160]; /* "located: US → DE", shown as on a terminal and cut to fit */
    size_t n;       /* findings */
};

enum { AGAIN_GROUPS_MAX = 1024 };

struct again_totals {
    size_t findings; /* with a remote */
    size_t changed;
    size_t group_n, others; /* others: changes past the groups that are kept */
    struct again_group groups[AGAIN_GROUPS_MAX];
    const struct origin_sources *sources; /* of today; NULL: nothing was looked up */
};

/* All may fail for memory: out->failed. */
/* One more finding, for the end. */
void again_count(struct again_totals *t, const struct change_list *changes);
/* For people, a finding with changes. */
void again_terminal(struct layout *l, const struct again *a);
void again_terminal_end(struct layout *l, const struct again_totals *t);
/* JSON Lines (docs/schemas/again.schema.json), every finding. */
void again_json(struct buf *out, const struct again *a);
void again_json_end(struct buf *out, const struct again_totals *t);
