/* detect/flood/spread.h - the distinct sources of a flood.
 *
 * An exact set, and a sample that does not depend on the order in which they
 * came: those with the smallest values of a fixed hash.
 */
#pragma once

#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/arena.h"
#include "base/core/status.h"
#include "base/model/finding.h"

enum { SPREAD_SAMPLE = 1024 };

struct spread {
    uint64_t seed;
    /* Filled by the caller. */
    uint64_t pairs, answered, refused, port_changes, served_packets, failed_packets;
    /* Filled by spread_add. */
    uint64_t sources, single; /* distinct; of these, with one packet */
    uint64_t ports;
    bool lost; /* without memory something was not counted */
    struct addr *set;
    uint32_t *packets; /* beside set: 0 empty; stops at its maximum */
    size_t cap;        /* power of two */
    uint64_t port_bits[1024];
};

struct spread *spread_new(uint64_t seed);
void spread_free(struct spread *s);
/* Port 0: none. */
MUST_USE enum status spread_add(struct spread *s, const struct addr *source, uint64_t packets,
                                uint16_t port);
/* Write sources, ports and samples into a finding; one source becomes its
 * initiator. */
MUST_USE enum status spread_tell(const struct spread *s, struct arena *arena, struct finding *f);
