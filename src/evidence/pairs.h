/* evidence/pairs.h - TCP connections with payload, and of how many both ends spoke.
 *
 * For the header's share of two-way connections: a sensor that sees one direction
 * only cannot tell what was answered. Counted within a segment; at most as many
 * as it has records.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/observation.h"
#include "evidence/header.h"

struct evidence_pairs {
    uint64_t *slots; /* hash of both ends | which of them spoke; 0: free */
    size_t slot_count, used;
    uint64_t seed;
};

void evidence_pairs_init(struct evidence_pairs *p, uint64_t seed);
void evidence_pairs_fini(struct evidence_pairs *p);
/* A new segment begins. */
void evidence_pairs_clear(struct evidence_pairs *p);
/* Adds to two_way and connections what this packet makes known. */
MUST_USE enum status evidence_pairs_add(struct evidence_pairs *p, const struct observation *o,
                                        struct evidence_counters *c);
