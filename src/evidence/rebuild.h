/* evidence/rebuild.h - from records back to observations.
 *
 * So that whoever verifies can run the detectors again: what was opened is filled
 * in, the rest is zero, and the local end is whatever stands for it.
 */
#pragma once

#include "base/model/observation.h"
#include "evidence/commit.h"
#include "evidence/record.h"

struct evidence_opened {
    const struct addr *remote;
    const struct addr *local;             /* or a stand-in, equal for equal locals */
    const struct evidence_hidden *hidden; /* NULL: not opened */
    const struct evidence_data *data;     /* NULL: not opened */
};

/* `quote` and `log` are room for what the observation may point at. */
void evidence_rebuild(const struct evidence_record *r, const struct evidence_opened *o,
                      struct observation *ret, struct obs_quote *quote, struct obs_log *log);
