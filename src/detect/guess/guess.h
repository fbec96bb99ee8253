/* detect/guess/guess.h - guessing of passwords, from an SSH server's log.
 *
 * bruteforce.ssh: many failed logins of one remote; spray.ssh: few for each of
 * many accounts; access.after-guessing: a login by password that was let in
 * after many that were not. Manual: exhibit-guessing(7).
 */
#pragma once

#include <stdint.h>

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "base/model/observation.h"
#include "detect/below.h"

struct guess;

struct guess_options {
    const struct definition_set *definitions; /* borrowed */
    struct finding_list *findings;            /* borrowed: where findings go */
    struct below *below;                      /* borrowed: near misses; or NULL */
    size_t memory_bytes;                      /* 0: no limit */
    uint64_t seed;
};

struct guess_stats {
    uint64_t refused, accepted;  /* logins */
    uint64_t background_remotes; /* that failed, in no finding */
    uint64_t background_attempts;
    uint64_t nearest; /* failures before a login by password that no finding is about, at most */
    uint64_t early;   /* events ended early for memory */
    size_t peak_bytes;
};

MUST_USE enum status guess_new(const struct guess_options *opt, struct guess **ret);
void guess_free(struct guess *g);
/* Observations of one batch of log lines, in order. */
MUST_USE enum status guess_feed(struct guess *g, const struct obs_batch *batch);
MUST_USE enum status guess_finish(struct guess *g);
struct guess_stats guess_stats(const struct guess *g);
