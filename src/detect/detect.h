/* detect/detect.h - observations in, findings out.
 *
 * No I/O and no clock: the same observations, definitions and limits give the
 * same findings, whatever batches they come in. Manual: exhibit-detect(7).
 */
#pragma once

#include <stdint.h>

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "base/model/observation.h"
#include "base/model/remark.h"
#include "detect/local/local.h"

struct detect_options {
    const struct definition_set *definitions; /* borrowed */
    struct local_nets locals;                 /* rule LOCAL_GIVEN, or n = 0 to infer */
    uint64_t seed;                            /* of hash tables: never shows in the output */
    size_t memory_bytes;                      /* 0: no limit */
    bool explain;                             /* also tell near misses */
};

/* What the whole input held. */
struct detect_summary {
    uint64_t packets, lines;
    uint64_t tcp, udp, icmp, arp, other; /* packets, inner ones included */
    uint64_t wire_bytes;
    bool has_time;
    int64_t first_ns, last_ns;
    uint64_t backwards; /* times before the one in front of it by over a second */
    /* What asked and came to nothing, without being a finding. */
    uint64_t background_initiators, background_packets;
    uint64_t strays; /* answers that nobody asked for, in no finding */
    uint64_t early, lost;
    uint64_t peak_bytes;
    uint64_t two_way, one_way; /* connections with payload */
    /* Logins of server logs; attempts of remotes in no finding. */
    uint64_t logins_refused, logins_accepted;
    uint64_t background_guessers, background_attempts;
    struct local_nets locals;
};

struct detect;

MUST_USE enum status detect_new(const struct detect_options *opt, struct detect **ret);
void detect_free(struct detect *d);
MUST_USE enum status detect_feed(struct detect *d, const struct obs_batch *batch);
/* End of the stream. The findings are sorted, and live as long as d. */
MUST_USE enum status detect_finish(struct detect *d, struct remark_list *remarks,
                                   const struct finding_list **ret_findings,
                                   struct detect_summary *ret_summary);
