/* bench/seal_kit.h - what both sealing benchmarks need: keys, a clock, the bare loop. */
#pragma once

#include <stdint.h>

#include "evidence/segment.h"

/* CPU time of this process: others may be busy. */
double seal_kit_now_s(void);
/* Ends the program unless all is well. */
void seal_kit_must(enum status st, const char *what);
uint32_t seal_kit_some(void);
/* With a party, keys and random numbers; the rest of the configuration is the caller's. */
struct evidence_sealer *seal_kit_sealer(struct evidence_sealer_config *c, const char *local);
/* Seconds for as many compressions, of two-block messages in the first cache, two streams
 * at a time, and nothing else. */
double seal_kit_bare_s(const struct evidence_engine *e, uint64_t compressions);
