/* cli/progress.h - how far long work is, in one line on a terminal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool on, shown;
    uint64_t total_bytes; /* 0: not known */
    int64_t began_ns, next_ns;
};

void progress_begin(struct progress *p, bool on, uint64_t total_bytes);
/* At most ten times a second, and not in the first half second. */
void progress_show(struct progress *p, uint64_t bytes);
/* Take the line away. */
void progress_clear(struct progress *p);
