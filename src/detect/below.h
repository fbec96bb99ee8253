/* detect/below.h - near misses: who stayed below a definition's threshold.
 *
 * They answer "why is this no finding?" and are shown on request only. The
 * nearest ones are kept, one for each initiator, victim, technique and first
 * port under a definition; which ones does not depend on the order in which
 * they are offered.
 */
#pragma once

#include <stddef.h>

#include "base/core/status.h"
#include "base/model/finding.h"

enum { BELOW_MAX = 100 };

struct below {
    size_t n;
    struct finding items[BELOW_MAX]; /* the nearest first; they point to nothing */
};

/* Is this worth telling? From half of the threshold on, and below it. */
bool below_is_near(uint64_t counted, int64_t threshold);
/* With definition, kind, words, ends and finding_decide filled in. */
MUST_USE enum status below_offer(struct below *b, const struct finding *f);
/* Into the list, but for those whose initiator is in a finding of the same
 * kind there. */
MUST_USE enum status below_tell(struct below *b, struct finding_list *findings);
