/* attribute/ladder_parts.h - what the files that build a ladder share:
 * ladder.c has the rungs of the traffic, rungs.c those of the sources.
 */
#pragma once

#include "attribute/ladder.h"

struct build {
    const struct attribute_climb *c;
    struct ladder *l;
    struct buf say;
};

/* What was said becomes the answer, the basis, a line; and is cleared. */
void build_answer(struct build *b, struct ladder_rung *r);
void build_basis(struct build *b, struct ladder_rung *r);
void build_support(struct build *b, struct ladder_rung *r);
void build_weaken(struct build *b, struct ladder_rung *r);
void build_ask(struct build *b, struct ladder_rung *r);
/* "3 families of sources" */
void build_count(struct buf *out, uint64_t n, const char *one, const char *many);

/* Network, registered country, located country, role. */
void build_rungs_of_sources(struct build *b);
