/* detect/web/web.h - who looks for weak spots on web servers.
 *
 * probe.web, from access logs and from the HTTP requests of captures: one
 * remote asks for much that is not there, or for things that nobody asks for
 * who means well. Manual: exhibit-web(7).
 */
#pragma once

#include <stdint.h>

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "base/model/observation.h"

struct web;

struct web_options {
    const struct definition_set *definitions; /* borrowed */
    struct finding_list *findings;            /* borrowed: where findings go */
    size_t memory_bytes;                      /* 0: no limit */
    uint64_t seed;
};

struct web_stats {
    uint64_t requests;
    uint64_t background_remotes; /* that asked for what is not there, in no finding */
    uint64_t background_missing; /* such requests of theirs */
    uint64_t early;              /* events ended early for memory */
    uint64_t forgotten;          /* requests in captures, waiting for their status */
    size_t peak_bytes;
};

MUST_USE enum status web_new(const struct web_options *opt, struct web **ret);
void web_free(struct web *w);
/* Observations of one batch, packets or lines, in order. */
MUST_USE enum status web_feed(struct web *w, const struct obs_batch *batch);
MUST_USE enum status web_finish(struct web *w);
struct web_stats web_stats(const struct web *w);
