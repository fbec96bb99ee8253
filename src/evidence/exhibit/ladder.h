/* evidence/exhibit/ladder.h - what sources say about an exhibit's remotes:
 * data/ladder.json.
 *
 * Statements and where they come from, nothing that was concluded from them:
 * whoever reads concludes himself (attribute/conclude.h), or asks his own sources.
 * JSON with one spelling, as claims are.
 */
#pragma once

#include <stddef.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "base/model/origin.h"

/* One that says nothing. */
#define EVIDENCE_LADDER_NONE "{\"sources\":[],\"remotes\":[]}\n"

struct evidence_ladder {
    struct origin_sources *sources; /* NULL: none */
    /* Of each: addr, looked_up, event_ns and statements; the rest is unset. */
    struct origin *origins;
    size_t n;
};

/* At most one of each address, ascending. Sources that no statement names stay. */
void evidence_ladder_write(const struct evidence_ladder *l, struct buf *out);
MUST_USE enum status evidence_ladder_read(struct bytes json, struct evidence_ladder *ret,
                                          struct fault *why);
void evidence_ladder_fini(struct evidence_ladder *l);
/* Only what is said of these remotes, ascending. */
MUST_USE enum status evidence_ladder_narrow(struct bytes json, const struct addr *remotes, size_t n,
                                            struct buf *out, struct fault *why);
