/* report/origin_json.h - where an address seems to come from, as JSON. */
#pragma once

#include "base/core/emit.h"
#include "base/model/origin.h"

/* `sources` may be NULL: statements then go without the names of theirs. */
void origin_json(struct emit *j, const struct origin *o, const struct origin_sources *sources);
/* All sources, with what is known of their age; an empty array for NULL. */
void origin_json_sources(struct emit *j, const struct origin_sources *sources);
