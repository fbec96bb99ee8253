/* detect/contact/sums.h - an ended event's pairs, counted once for all judges. */
#pragma once

#include <stdint.h>

#include "detect/contact/contact.h"

struct pair_sums {
    uint64_t pairs, failed;       /* failed: see pair_failed */
    uint64_t answered, refused;   /* pairs */
    uint64_t completed, sessions; /* acknowledged; with payload both ways */
    uint64_t packets;             /* by their counts, which stop at a maximum */
    bool saturated;               /* some count did */
};

/* Did this pair come to nothing? A client's connections are answered and used;
 * a probe's are not. */
static inline bool pair_failed(enum technique t, uint64_t slot)
{
    unsigned n = pair_count(slot);
    uint64_t alive = slot & (PAIR_ANSWERED | PAIR_CLIENT_DATA | PAIR_SERVER_DATA);
    switch (t) {
    case TECH_SYN:
        /* A connection that was used, or one that is completed again and again
         * (a monitor's): no probe. Nor is one that only listened, at a port
         * where a server had it listen (passive FTP, RFC 959, 5.1.1). */
        return (slot & PAIR_CLIENT_DATA) == 0 &&
               !((slot & PAIR_COMPLETED) != 0 &&
                 (n >= 4 || ((slot & PAIR_SERVER_DATA) != 0 && pair_port(slot) >= 1024)));
    case TECH_ACK:
    case TECH_MAIMON:
        return alive == 0 && n <= 3; /* many of them are one side of a connection */
    case TECH_UDP:
        return (slot & PAIR_ANSWERED) == 0 && ((slot & PAIR_REFUSED) != 0 || n <= 20);
    case TECH_SCTP_INIT:
        return (slot & PAIR_COMPLETED) == 0;
    default:
        return alive == 0;
    }
}

void pair_sums_add(struct pair_sums *s, enum technique t, uint64_t slot);
/* Of all pairs of the event. */
struct pair_sums pair_sums_of(const struct contact_ended *e);
