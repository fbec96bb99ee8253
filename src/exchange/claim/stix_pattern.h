/* exchange/claim/stix_pattern.h - what patterns of indicators compare (STIX 2.1, 9).
 *
 * A pattern is cut at its brackets and at each OR in them: what stands between
 * belongs together. An OR within parentheses does not cut. All of it is borrowed.
 */
#pragma once

#include <stdbool.h>

#include "base/core/cursor.h"

/* One comparison; of IN one for each member. */
struct stix_comparison {
    struct bytes path, value; /* the value without quotes, escapes as they stand */
    bool excludes;            /* it is compared so that the value does not fit */
    bool equals;              /* as one value; else by a mask or an order */
};

struct stix_alternatives {
    struct bytes pattern;
    size_t at;
    bool inside; /* of brackets */
};
/* The next alternative; false: there is none. Begin with the pattern and zeros. */
bool stix_alternative_next(struct stix_alternatives *a, struct bytes *ret);

struct stix_comparisons {
    struct bytes alternative;
    size_t at;
    struct bytes path;
    bool excludes, equals, set; /* within the members of IN */
};
bool stix_comparison_next(struct stix_comparisons *c, struct stix_comparison *ret);
