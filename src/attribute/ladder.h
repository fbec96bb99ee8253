/* attribute/ladder.h - the rungs of one finding, or of one address.
 *
 * Pure: a finding, what sources said about its remote, and the test of a
 * flood's senders go in. Rungs that do not follow are left out: over a forged
 * or impossible source there is no network to speak of.
 */
#pragma once

#include "attribute/spoof.h"
#include "base/model/finding.h"
#include "base/model/ladder.h"
#include "base/model/origin.h"

struct attribute_climb {
    const struct finding *finding;              /* NULL: an address alone */
    enum authentic authentic;                   /* with a finding: of its packets */
    bool told;                                  /* was that looked at? */
    const struct attribute_spoof_result *spoof; /* NULL: not tested */
    const struct origin *origin;                /* NULL: no one remote */
    const struct origin_sources *sources;       /* NULL: none */
};

/* *ret is the caller's, to give to ladder_fini. */
void attribute_ladder(const struct attribute_climb *climb, struct ladder *ret);
