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
#include "detect/below.h"
#include "detect/contact/contact.h"
#include "detect/contact/sums.h"

struct scan;

struct scan_options {
    const struct definition_set *definitions; /* borrowed */
    struct host_table *hosts;                 /* borrowed */
    struct finding_list *findings;            /* borrowed: where findings go */
    struct below *below;                      /* borrowed: near misses; or NULL */
    uint64_t seed;
};

MUST_USE enum status scan_new(const struct scan_options *opt, struct scan **ret);
void scan_free(struct scan *s);

/* The fewest pairs that an event must have for any definition of scans, or
 * half of them where near misses are told. */
size_t scan_fewest(const struct scan *s);

/* Judge an ended event of a scanning technique. ret_found says whether it gave
 * a finding. */
MUST_USE enum status scan_judge(struct scan *s, const struct contact_ended *e,
                                const struct pair_sums *sums, bool *ret_found);
