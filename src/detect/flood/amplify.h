/* detect/flood/amplify.h - answers that nobody asked for, from services that
 * answer at length: flood.amplification.
 *
 * The victim's side of a reflection: datagrams from the ports of known
 * amplifiers, unsolicited, larger than such a service's everyday answers, from
 * several reflectors. The rate does not matter. The sources are reflectors,
 * not attackers; who forged the questions is not in these packets.
 */
#pragma once

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "detect/contact/contact.h"

struct amplify;

MUST_USE enum status amplify_new(const struct definition_set *definitions,
                                 struct finding_list *findings, uint64_t seed,
                                 struct amplify **ret);
void amplify_free(struct amplify *a);
MUST_USE enum status amplify_feed(struct amplify *a, const struct obs_batch *batch,
                                  const struct contact *c);
MUST_USE enum status amplify_finish(struct amplify *a);
