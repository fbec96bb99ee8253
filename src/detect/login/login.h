/* detect/login/login.h - guessing of passwords, as captures show it.
 *
 * bruteforce.<service>: many failed logins of one initiator at one service;
 * access.after-guessing: a login that was let in after many that were not.
 * What a failed login is, dialog.h says. Manual: exhibit-guessing(7).
 */
#pragma once

#include <stdint.h>

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "base/model/observation.h"

struct login;

struct login_options {
    const struct definition_set *definitions; /* borrowed */
    struct finding_list *findings;            /* borrowed: where findings go */
    size_t memory_bytes;                      /* 0: no limit */
    uint64_t seed;
};

struct login_stats {
    uint64_t refused, accepted;
    uint64_t background_remotes; /* that failed, in no finding */
    uint64_t background_attempts;
    uint64_t early; /* connections and events ended early for memory */
    size_t peak_bytes;
};

MUST_USE enum status login_new(const struct login_options *opt, struct login **ret);
void login_free(struct login *l);
/* Packets, in order. */
MUST_USE enum status login_feed(struct login *l, const struct obs_batch *batch);
MUST_USE enum status login_finish(struct login *l);
struct login_stats login_stats(const struct login *l);
