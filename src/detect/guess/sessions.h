/* detect/guess/sessions.h - which lines of an SSH server's log are of one login.
 *
 * sshd, PAM and its modules report one attempt in lines of their own, all with
 * the process id of the session. A session is forgotten after an hour: longer
 * than anybody may take to log in (sshd_config(5), LoginGraceTime).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/model/observation.h"

struct session {
    struct addr who;
    uint64_t hash; /* of all that tells it from others */
    uint64_t host; /* hash of the server's name */
    uint32_t pid;  /* or the remote's port, where a log has no process ids */
    bool weak;     /* a line tells of an attempt, which others may tell of too */
    bool used;
    uint32_t tallies[LOG_TALLY_NONE];
    int64_t last_ns;
};

struct sessions {
    struct session *slots; /* open addressing, cap a power of two */
    size_t cap, n;
    size_t sweep_at;
    int64_t newest_ns;
    uint64_t seed;
};

void sessions_init(struct sessions *s, uint64_t seed);
void sessions_fini(struct sessions *s);
uint64_t sessions_hash(const struct sessions *s, const struct observation *o);
/* Fetch what sessions_touch will look at. */
void sessions_expect(const struct sessions *s, uint64_t hash);
/* The session that a line with this hash is of. *ret lives until the next call. */
MUST_USE enum status sessions_touch(struct sessions *s, uint64_t hash, const struct observation *o,
                                    struct session **ret);
/* Attempts that its lines tell of. */
uint32_t session_attempts(const struct session *s);
