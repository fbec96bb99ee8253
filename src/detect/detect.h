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
#include "base/model/summary.h"

struct detect_options {
    const struct definition_set *definitions; /* borrowed */
    struct local_nets locals;                 /* rule LOCAL_GIVEN, or n = 0 to infer */
    uint64_t seed;                            /* of hash tables: never shows in the output */
    size_t memory_bytes;                      /* 0: no limit */
    bool explain;                             /* also tell near misses */
    /* These are some remotes' packets: whether the sensor sees both sides is judged
     * by the caller, and nothing is withheld. */
    bool part;
};

struct detect;

/* A sensor that sees most connections from one side cannot tell a request from a
 * probe where nothing but an answer tells them apart. */
bool detect_one_way(uint64_t two_way, uint64_t one_way);
/* Is that so of this finding? */
bool detect_needs_answers(const struct finding *f);

MUST_USE enum status detect_new(const struct detect_options *opt, struct detect **ret);
void detect_free(struct detect *d);
MUST_USE enum status detect_feed(struct detect *d, const struct obs_batch *batch);
/* Can more of the stream no longer change which networks are taken for one's own? */
bool detect_knows_locals(const struct detect *d);
/* End of the stream. The findings are sorted, and live as long as d. */
MUST_USE enum status detect_finish(struct detect *d, struct remark_list *remarks,
                                   const struct finding_list **ret_findings,
                                   struct summary *ret_summary);
