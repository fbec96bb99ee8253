/* detect/scan/backscatter.h - answers to packets that claimed our addresses.
 *
 * A victim that is flooded from forged addresses answers to all of them; who
 * holds some of these addresses sees the answers. Only the victim is certain.
 * Moore, Voelker, Savage, "Inferring Internet Denial-of-Service Activity",
 * 2001. Manual: exhibit-flood(7).
 */
#pragma once

#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "detect/contact/contact.h"

/* Judge an ended event of TECH_BACKSCATTER. */
MUST_USE enum status backscatter_judge(const struct definition *d, const struct host_table *hosts,
                                       struct finding_list *findings,
                                       const struct contact_ended *e);
