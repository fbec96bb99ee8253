/* detect/scan/distributed.h - several initiators that split one scan.
 *
 * Initiators that share one target's ports, or one port's targets, in the same
 * minutes, with next to no overlap: by chance, independent scanners would ask
 * the popular ports twice. Only the split is evidence, so what they asked must
 * cover a good part of a range. Manual: exhibit-scan(7).
 */
#pragma once

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "detect/contact/contact.h"
#include "detect/contact/sums.h"

struct distributed;

MUST_USE enum status distributed_new(const struct definition_set *definitions,
                                     struct host_table *hosts, struct finding_list *findings,
                                     struct distributed **ret);
void distributed_free(struct distributed *d);
/* An ended event of a scanning technique. */
MUST_USE enum status distributed_pour(struct distributed *d, const struct contact_ended *e,
                                      const struct pair_sums *sums);
/* The fewest pairs of an event that it looks at. */
size_t distributed_fewest(const struct distributed *d);
void distributed_mark_hosts(struct distributed *d);
/* Judge; findings of initiators that took part become parts of the new one. */
MUST_USE enum status distributed_finish(struct distributed *d);
