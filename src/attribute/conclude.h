/* attribute/conclude.h - from statements to the fixed words.
 *
 * Pure: what sources said goes in, what may be said comes out. A family speaks
 * with one voice, that of its source nearest in date to the event; values are
 * counted by families, never by files.
 */
#pragma once

#include "base/model/origin.h"

/* Days from the event within which a list of Tor exits still tells about it.
 * Exits come and go: of those of one day 34.5 % were exits 2.5 years earlier,
 * which is at best 0.8 % a week, and the young ones go first. */
enum { ATTRIBUTE_TOR_DAYS = 7 };

/* Fill everything in o that follows from its statements. */
void attribute_conclude(struct origin *o, const struct origin_sources *sources);
/* The network that a range is; false when it is none. */
bool attribute_prefix_between(const struct addr *first, const struct addr *last,
                              struct prefix *ret);
