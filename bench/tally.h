/* bench/tally.h - the planted truth: what each actor really sent.
 *
 * A tally counts what was written, not what was planned. Ports are those of
 * the service asked: destination of a probe, source of an answer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/core/addr.h"
#include "base/core/arena.h"

enum { TALLY_TARGETS = 1 << 17, TALLY_PORTS = 1 << 16 };

struct tally {
    struct tally *next; /* in order of making; the arena owns them */
    const char *kind;
    const char *protocol; /* "tcp", "udp", "icmp" or "*" */
    struct addr source;
    struct addr target; /* the last one; printed when it is the only one */
    bool many_sources;  /* an aggregate: source is "*" */
    uint64_t packets;
    uint64_t first_ns, last_ns;
    uint8_t *targets; /* bitmap of TALLY_TARGETS; NULL: not counted */
    uint8_t *ports;   /* bitmap of TALLY_PORTS; NULL: not counted */
};

struct tally_list {
    struct arena *arena; /* borrowed */
    struct tally *first, **end;
};

enum tally_sets { TALLY_NO_SETS = 0, TALLY_TARGET_SET = 1, TALLY_PORT_SET = 2 };

void tally_list_init(struct tally_list *l, struct arena *a);
/* NULL without memory. source NULL makes an aggregate. */
struct tally *tally_new(struct tally_list *l, const char *kind, const char *protocol,
                        const struct addr *source, unsigned sets);

static inline void tally_packet(struct tally *t, uint64_t time_ns)
{
    if (t->packets == 0) {
        t->first_ns = time_ns;
    }
    t->last_ns = time_ns;
    t->packets++;
}

static inline void tally_target(struct tally *t, uint32_t index, const struct addr *target)
{
    t->targets[index >> 3] |= (uint8_t)(1 << (index & 7));
    t->target = *target;
}

static inline void tally_port(struct tally *t, uint16_t port)
{
    t->ports[port >> 3] |= (uint8_t)(1 << (port & 7));
}

/* CSV with a header line. */
void tally_write(const struct tally_list *l, FILE *out);
