/* base/core/timefmt.h - instants as text.
 *
 * An instant is nanoseconds since 1970-01-01T00:00:00Z in an int64_t (years
 * 1678 to 2262), without leap seconds, as captures and logs count.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/status.h"

#define TIME_SECOND INT64_C(1000000000)
#define TIME_MINUTE (60 * TIME_SECOND)
#define TIME_HOUR   (60 * TIME_MINUTE)
#define TIME_DAY    (24 * TIME_HOUR)

enum { TIME_TEXT_MAX = 40 };

/* A calendar date and time in UTC; month 1..12, day 1..31, second 0..60. */
struct civil {
    int year, month, day, hour, minute, second;
    int32_t nanos;
};

/* False when a field is out of range or the instant does not fit. */
bool time_from_civil(const struct civil *c, int64_t *ret_ns);
void time_to_civil(int64_t ns, struct civil *ret);

/* RFC 3339 with nine decimals and Z. Returns the length. */
size_t time_format(int64_t ns, char out[TIME_TEXT_MAX]);
/* For people: "2024-05-17 10:05:03", in UTC. */
size_t time_format_short(int64_t ns, char out[TIME_TEXT_MAX]);
/* For people: "3.2 s", "12 min", "5 h 20 min", "3 d 4 h". */
size_t time_format_span(int64_t ns, char out[TIME_TEXT_MAX]);

/* RFC 3339, 5.6: date "T" or " " time, fraction, "Z" or offset; also a lone
 * date (midnight). All of text must be used. */
MUST_USE enum status time_parse(struct bytes text, int64_t *ret_ns);

/* Seconds and a fraction of them in units of 10^-digits, without overflow. */
bool time_from_parts(uint64_t seconds, uint64_t fraction, uint64_t per_second, int64_t *ret_ns);

static inline int64_t time_abs_diff(int64_t a, int64_t b)
{
    uint64_t d = a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
    return d > INT64_MAX ? INT64_MAX : (int64_t)d;
}
