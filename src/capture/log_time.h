/* capture/log_time.h - the times that log lines begin with.
 *
 * RFC 3164 times have no year and no zone. The rule, which looks at one line
 * alone, so that the result does not depend on how a log was cut into files:
 *
 *   zone  UTC.
 *   year  the latest in which the date exists and the time is not more than
 *         one day after `now` (the clock, or when the file was last written;
 *         the caller decides). One day, because local time may be 14 hours
 *         ahead of UTC.
 *
 * So the last line of a log is never later than a day from now, December comes
 * before January without further ado, and 29 February falls into a leap year.
 * A log that is longer than a year has its first part dated a year late; time
 * then seems to run backwards where that part ends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/cursor.h"

struct log_stamp {
    int64_t time_ns;
    int year_assumed; /* 0 when the line has a year */
    bool zone_assumed;
    bool valid; /* false: the shape of a time, but no such time */
};

/* Dates change rarely from one line to the next; the last one is kept. */
struct log_clock {
    int64_t latest_ns;
    uint8_t day_text[11]; /* of the line before: "2024-05-17" or "17/May/2024" */
    int64_t day_ns;
    uint8_t month, day; /* of the line before, without a year ... */
    int years[2];       /* ... the latest two that it may have been */
    int64_t year_ns[2]; /* and that day's midnight in them */
};

void log_clock_init(struct log_clock *c, int64_t now_ns);

/* Each reads a time at the front of s and returns how many bytes it took, up
 * to and without the space behind it; 0 when there is no such time. */

/* RFC 3164, 4.1.2: "Mar 27 13:06:56", "Mar  7 13:06:56", "Mar 7 13:06:56";
 * also with a year after the day, or decimals. */
size_t log_time_bsd(struct log_clock *c, struct bytes s, struct log_stamp *ret);
/* RFC 3339, also with a space for the T, without colon in the offset, with a
 * comma before the decimals, or without offset. */
size_t log_time_iso(struct log_clock *c, struct bytes s, struct log_stamp *ret);
/* journalctl -o short-full: "Fri 2024-05-17 10:05:03 UTC". */
size_t log_time_full(struct log_clock *c, struct bytes s, struct log_stamp *ret);
/* Web servers: "17/May/2015:10:05:03 +0000". */
size_t log_time_web(struct log_clock *c, struct bytes s, struct log_stamp *ret);
/* Seconds since 1970 with decimals; without them also milli-, micro- or
 * nanoseconds, told by size: 11 digits of seconds last until the year 5138. */
size_t log_time_epoch(struct bytes s, struct log_stamp *ret);
/* Any of them but BSD's, the whole of s, perhaps in brackets. */
bool log_time_any(struct log_clock *c, struct bytes s, struct log_stamp *ret);

/* 1..12 for the English abbreviation at p, else 0. */
unsigned log_month(const uint8_t p[3]);
