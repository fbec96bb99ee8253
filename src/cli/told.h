/* cli/told.h - findings of the store as views, and the runs that told them. */
#pragma once

#include "base/core/arena.h"
#include "cli/settings.h"
#include "report/view.h"
#include "store/store.h"

/* What the options of commands that read inputs ask of the store. */
void told_ask(const struct settings *s, struct store_query *ask);

struct told {
    struct view_finding shown; /* with its origin as it was told */
    const char *input;
    int64_t run;
    struct bytes json;
};

struct told_reader {
    struct store_rows *rows;
    struct arena arena; /* of the finding read last */
    struct finding finding;
    struct origin origin;
};

/* To end with told_fini, whatever it returns. */
MUST_USE enum status told_open(struct told_reader *r, struct store *s,
                               const struct store_query *ask, struct fault *why);
/* ST_END behind the last. All of it is borrowed until the next call. */
MUST_USE enum status told_next(struct told_reader *r, struct told *ret, struct fault *why);
void told_fini(struct told_reader *r);

/* Which finding is of which run. */
struct told_run {
    int64_t run;
    char id[FINDING_ID_MAX];
};

struct told_runs {
    struct told_run *items;
    size_t n, cap;
};

MUST_USE enum status told_runs_add(struct told_runs *r, int64_t run, const char *id);
/* A line for each run: when, by which definitions, with which sources, and its
 * findings (docs/schemas/query.schema.json). */
MUST_USE enum status told_runs_json(struct buf *out, struct store *s, struct told_runs *r,
                                    struct fault *why);
void told_runs_fini(struct told_runs *r);
