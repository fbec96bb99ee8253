/* report/act.h - findings and origins as sentences.
 *
 * Plain text in UTF-8, safe to show: what comes from inputs is escaped. No
 * sentence says more than the evidence: an address "seems to" belong somewhere,
 * and nobody is named.
 */
#pragma once

#include "report/view.h"

/* What was done, with its numbers: "Tried 1,214 logins for 88 accounts ...".
 * At most `names` user names or paths. No stop at the end. */
void act_tell(struct buf *out, const struct finding *f, size_t names);

/* "at 10:05:03", "from 10:05:03 to 10:09:12 (4 min)"; with the date, unless
 * everything is of one day. */
void act_time(struct buf *out, int64_t first_ns, int64_t last_ns, bool one_day);

/* "seems to come from AS64500 Example Hosting, registered in NL, located in
 * DE, hosting space"; `does` is the "seems to come from". */
void act_origin(struct buf *out, const struct origin *o, const char *does);

/* "two-way proven", and what that means. */
const char *act_authentic(enum authentic a);
const char *act_authentic_meaning(enum authentic a);

/* "1 packet", "1,204 packets". */
void act_count(struct buf *out, uint64_t n, const char *one, const char *many);
void act_addr(struct buf *out, const struct addr *a);
