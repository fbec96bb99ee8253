/* base/os/clock.h - what time it is. Detectors are told; only cli asks. */
#pragma once

#include <stdint.h>

/* Since 1970-01-01 UTC. */
int64_t clock_now_ns(void);
/* Since some instant; never runs backwards. */
int64_t clock_mono_ns(void);
