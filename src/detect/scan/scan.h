/* detect/scan/scan.h - is an ended event a scan, and of what shape?
 *
 * scan.vertical: one target, many ports; scan.horizontal: few ports, many
 * targets; scan.block: many of both. What counts are pairs that came to
 * nothing: a client's connections are answered and used, a probe's are not.
 * Manual: exhibit-scan(7).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "detect/contact/contact.h"

struct scan;

struct scan_options {
    const struct definition_set *definitions; /* borrowed */
    struct host_table *hosts;                 /* borrowed */
    struct finding_list *findings;            /* borrowed: where findings go */
    uint64_t seed;
};

MUST_USE enum status scan_new(const struct scan_options *opt, struct scan **ret);
void scan_free(struct scan *s);

/* Did this pair come to nothing? */
bool scan_failed(enum technique t, uint64_t slot);

/* Judge an ended event of a scanning technique. ret_found says whether it gave
 * a finding. */
MUST_USE enum status scan_judge(struct scan *s, const struct contact_ended *e, bool *ret_found);

/* The closest that an event came to a definition without meeting it, for
 * --explain: 0 when there is no such definition. In thousandths. */
uint32_t scan_nearness(const struct scan *s, const struct contact_ended *e);
