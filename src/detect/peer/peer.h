/* detect/peer/peer.h - other people's rules: what Zeek, Snort and fail2ban
 * would have said of the same traffic.
 *
 * Each rule goes by its tool's own idea of a failure and of a window, so that
 * "would Zeek have called it a scan?" has an answer with numbers. Made only
 * when the definitions in force have such a method. Manual: exhibit-peer(7).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "base/model/observation.h"
#include "detect/below.h"

struct peer;

struct peer_options {
    const struct definition_set *definitions; /* borrowed */
    struct finding_list *findings;            /* borrowed: where findings go */
    struct below *below;                      /* borrowed: near misses; or NULL */
    size_t memory_bytes;                      /* 0: no limit */
    uint64_t seed;
};

struct peer_stats {
    uint64_t early; /* tables emptied early for memory */
    size_t peak_bytes;
};

/* Does a set have a rule of another tool? */
bool peer_is_wanted(const struct definition_set *set);
MUST_USE enum status peer_new(const struct peer_options *opt, struct peer **ret);
void peer_free(struct peer *p);
/* Packets or log lines of one batch, in order. */
MUST_USE enum status peer_feed(struct peer *p, const struct obs_batch *batch);
MUST_USE enum status peer_finish(struct peer *p);
struct peer_stats peer_stats(const struct peer *p);
