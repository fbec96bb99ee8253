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

struct again_totals {
    size_t findings; /* with a remote */
    size_t changed;
    const struct origin_sources *sources; /* of today; NULL: nothing was looked up */
};

/* All may fail for memory: out->failed. */
/* For people, a finding with changes. */
void again_terminal(struct layout *l, const struct again *a);
void again_terminal_end(struct layout *l, const struct again_totals *t);
/* JSON Lines (docs/schemas/again.schema.json), every finding. */
void again_json(struct buf *out, const struct again *a);
void again_json_end(struct buf *out, const struct again_totals *t);
