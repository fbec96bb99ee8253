/* exchange/claim/when.h - the times of claims, in any form that people and
 * programs write.
 *
 * ISO 8601 and RFC 3339 (with or without a zone, seconds, or a time of day),
 * RFC 5322, logs of web servers, syslog without a year, seconds since 1970.
 * Without a zone UTC is taken, unless the caller knows better, and said.
 */
#pragma once

#include "exchange/claim/claim.h"

struct claim_clock {
    int64_t now_ns;  /* when the claim was made: years that it lacks are not after */
    bool has_zone;   /* of times without one */
    int64_t zone_ns; /* east of UTC */
    bool zone_given; /* not by the claim */
};

/* All of the text; ST_MALFORMED when it is no time. first_ns and last_ns are
 * the same. */
MUST_USE enum status claim_when_read(struct bytes text, const struct claim_clock *clock,
                                     struct claim_when *ret);
/* "+02:00", "-0530", "Z", "UTC"; the bytes used, or 0. */
size_t claim_zone_read(struct bytes text, int64_t *ret_ns);
