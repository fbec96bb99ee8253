/* exchange/claim/fields.h - which fields a claim lacks, and which could not be read.
 *
 * What is stated and could not be read must not count as unsaid: the claim would
 * say less than it does, and more would fit it. So it is kept in the claim's
 * words, and shown.
 */
#pragma once

#include <stdint.h>

#include "base/core/cursor.h"

struct claim;

/* What a claim states as a number or by a name that we must be able to read, and
 * times, when they contradict each other. */
enum claim_stated {
    CLAIM_STATED_SOURCE_PORT,
    CLAIM_STATED_TARGET_PORT,
    CLAIM_STATED_PROTOCOL,
    CLAIM_STATED_TALLY,
    CLAIM_STATED_TIME,
    CLAIM_STATED_TARGET,
    CLAIM_STATED_COUNT
};

/* Keep what it states there; what was kept before stays. */
void claim_unread(struct claim *c, enum claim_stated what, struct bytes text);
/* As bits, by enum claim_stated. */
uint32_t claim_unread_bits(const struct claim *c);

/* RFC 6302, 2: what a claim needs so that somebody can be found by it. */
enum claim_field {
    CLAIM_LACKS_TIME = 1 << 0,
    CLAIM_LACKS_ZONE = 1 << 1,
    CLAIM_LACKS_SECONDS = 1 << 2,
    CLAIM_LACKS_SOURCE_PORT = 1 << 3,
    CLAIM_LACKS_TARGET = 1 << 4,
    CLAIM_LACKS_TARGET_PORT = 1 << 5,
    CLAIM_LACKS_PROTOCOL = 1 << 6,
    CLAIM_LACKS_COUNT = 7
};
uint32_t claim_lacks(const struct claim *c);
const char *claim_lack_text(enum claim_field f);
