/* exchange/moment.h - times in UTC, no finer than the records behind them.
 *
 * Logs know seconds, captures micro- or nanoseconds: zeros that nobody measured
 * are not written.
 */
#pragma once

#include "base/core/timefmt.h"
#include "base/model/finding.h"

/* RFC 3339: "2024-05-17T10:05:03Z", "2024-05-17T10:05:03.123456Z". */
void moment_format(const struct finding *f, int64_t ns, char out[TIME_TEXT_MAX]);
