/* cli/cut_ladder.h - what sources say about the remotes of an exhibit. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/buf.h"

struct cut_ladder {
    const char *command, *home;
    const char *const *sources; /* besides those of the home and the system */
    size_t source_n;
    const struct addr *remotes; /* ascending, once each */
    size_t remote_n;
    int64_t event_ns; /* what sources are asked about */
};

/* data/ladder.json, appended. A source that cannot be used is told and passed over.
 * False: said. */
bool cut_ladder_write(const struct cut_ladder *l, struct buf *out);
