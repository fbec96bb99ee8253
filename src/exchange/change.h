/* exchange/change.h - what sources say of an address now, against what was told.
 *
 * Two members "origin" of findings are compared: what was concluded, and for
 * each conclusion that is another now, which sources' statements about it are.
 * Nothing is said of why: the network may have moved, or a source been mended.
 */
#pragma once

#include <stdbool.h>

#include "base/core/arena.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

enum { CHANGES_MAX = 6, CHANGE_SOURCES_MAX = 128 };

struct change_side {
    bool used;          /* the source was one of the run's */
    const char *says;   /* NULL: nothing about this */
    const char *date;   /* of its data, or NULL */
    const char *sha256; /* of its file, or NULL: it was not read */
};

struct change_by {
    const char *source;
    struct change_side was, now;
};

struct change {
    const char *what;      /* "network", "as", "registered", "located", "flags", "operator" */
    const char *was, *now; /* "DE", "DE or NL", "unknown" ... */
    struct change_by *by;  /* sources whose statements are others */
    size_t by_n;
};

struct change_list {
    struct change items[CHANGES_MAX];
    size_t n;
};

/* All of it JSON. */
struct change_question {
    struct bytes told;         /* the line of a finding */
    struct bytes told_sources; /* all of that run, as origin_json_sources writes them */
    struct bytes now;          /* an origin, as origin_json writes it */
    struct bytes now_sources;
};

/* All texts live in the arena, as they came from sources: escape them. */
MUST_USE enum status change_find(const struct change_question *q, struct arena *arena,
                                 struct change_list *ret, struct fault *why);
