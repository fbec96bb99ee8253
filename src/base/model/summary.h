/* base/model/summary.h - what the whole of the inputs held.
 *
 * Crosses the border of the caged reader: summary_put and summary_get stand
 * next to each other in summary.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "base/model/local.h"

/* What one kind of input tells of logins. A log and a capture may show the same
 * ones, so they are never added. */
struct summary_logins {
    uint64_t refused, accepted;
    uint64_t nearest; /* logs: failures before a login that no finding is about, at most */
    uint64_t background_guessers, background_attempts; /* of remotes in no finding */
};

struct summary {
    uint64_t packets, lines;             /* lines: those about a remote */
    uint64_t tcp, udp, icmp, arp, other; /* packets, inner ones included */
    uint64_t wire_bytes;
    bool has_time;
    int64_t first_ns, last_ns;
    /* What asked and came to nothing, without being a finding. */
    uint64_t background_initiators, background_packets;
    uint64_t strays; /* answers that nobody asked for, in no finding */
    uint64_t early, lost;
    uint64_t peak_bytes;
    uint64_t two_way, one_way;                     /* connections with payload */
    struct summary_logins logins_log, logins_seen; /* of server logs; of captures */
    uint64_t requests;                             /* of web server logs, and of HTTP in captures */
    uint64_t background_probers, background_missing; /* requests for what is not there */
    struct local_nets locals;
};

void summary_put(struct buf *out, const struct summary *s);
MUST_USE enum status summary_get(struct cursor *in, struct summary *ret);
