/* detect/flood/spread.h - the distinct sources of a flood.
 *
 * The contacts show each source once (an event per source, unless it paused
 * for longer than an event's idle time), so counting needs no set of them. A
 * set is kept where nothing shows them once: see spread_see.
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
    bool lost;        /* without memory something was not counted */
    struct addr *set; /* of spread_see: open addressing, unspecified is empty */
    size_t cap;       /* power of two */
    /* A sample that does not depend on the order in which they came: those
     * with the smallest values of a fixed hash, and all up to `limit` among
     * them. */
    struct addr *sample; /* SPREAD_SAMPLE * 2 */
    size_t sample_n;
    uint64_t limit;
    uint64_t port_bits[1024];
};

struct spread *spread_new(uint64_t seed);
void spread_free(struct spread *s);
/* A source that was not added before, and how many packets it sent. */
MUST_USE enum status spread_add(struct spread *s, const struct addr *source, uint64_t packets);
/* A packet of a source that may have been added before. */
MUST_USE enum status spread_see(struct spread *s, const struct addr *source);
void spread_port(struct spread *s, uint16_t port);
/* Write sources, ports and samples into a finding; one source becomes its
 * initiator. */
MUST_USE enum status spread_tell(struct spread *s, struct arena *arena, struct finding *f);
