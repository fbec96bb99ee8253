/* base/os/clock.h - what time it is. Detectors are told; only cli asks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Older than this program: a clock that says less is wrong. */
#define CLOCK_EARLIEST_NS (INT64_C(1735689600) * 1000000000)

/* What the kernel says of its own clock (adjtimex). */
struct clock_state {
    bool synchronised; /* somebody keeps it */
    uint64_t error_ns; /* at most, by their word */
};

void clock_look(struct clock_state *ret);

/* Since 1970-01-01 UTC. */
int64_t clock_now_ns(void);
/* Since some instant; never runs backwards. */
int64_t clock_mono_ns(void);
