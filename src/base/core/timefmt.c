/* base/core/timefmt.c - civil time, RFC 3339 and spans. */
#include "base/core/timefmt.h"

#include <stdio.h>

#include "base/core/wide.h"

/* Days since 1970-01-01 of a proleptic Gregorian date, by eras of 400 years
 * that begin on 1 March, so that the leap day is the last of its year. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int month_days(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return days[m - 1] + (m == 2 && leap);
}

bool time_from_civil(const struct civil *c, int64_t *ret_ns)
{
    if (c->year < 1678 || c->year > 2261 || c->month < 1 || c->month > 12 || c->day < 1 ||
        c->day > month_days(c->year, c->month) || c->hour < 0 || c->hour > 23 || c->minute < 0 ||
        c->minute > 59 || c->second < 0 || c->second > 60 || c->nanos < 0 ||
        c->nanos >= TIME_SECOND) {
        return false;
    }
    int64_t s = days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
                c->minute * 60 + c->second;
    *ret_ns = s * TIME_SECOND + c->nanos;
    return true;
}

void time_to_civil(int64_t ns, struct civil *ret)
{
    int64_t sec = ns / TIME_SECOND - (ns % TIME_SECOND < 0);
    int64_t days = sec / 86400 - (sec % 86400 < 0);
    int64_t rest = sec - days * 86400;
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *ret = (struct civil){
        .year = (int)(yoe + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(doy - (153 * mp + 2) / 5 + 1),
        .hour = (int)(rest / 3600),
        .minute = (int)(rest / 60 % 60),
        .second = (int)(rest % 60),
        .nanos = (int32_t)(ns - sec * TIME_SECOND),
    };
}

/* Decimal, with leading zeros; what stands behind it. */
static char *decimal(char *out, int v, int n)
{
    for (int i = n; i-- > 0; v /= 10) {
        out[i] = (char)('0' + v % 10);
    }
    return out + n;
}

/* By hand: it is in every line that is written of records. */
size_t time_format(int64_t ns, char out[TIME_TEXT_MAX])
{
    struct civil c;
    time_to_civil(ns, &c);
    char *p = decimal(out, c.year, 4);
    *p++ = '-';
    p = decimal(p, c.month, 2);
    *p++ = '-';
    p = decimal(p, c.day, 2);
    *p++ = 'T';
    p = decimal(p, c.hour, 2);
    *p++ = ':';
    p = decimal(p, c.minute, 2);
    *p++ = ':';
    p = decimal(p, c.second, 2);
    *p++ = '.';
    p = decimal(p, (int)c.nanos, 9);
    *p++ = 'Z';
    *p = '\0';
    return (size_t)(p - out);
}

size_t time_format_short(int64_t ns, char out[TIME_TEXT_MAX])
{
    struct civil c;
    time_to_civil(ns, &c);
    return (size_t)snprintf(out, TIME_TEXT_MAX, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month,
                            c.day, c.hour, c.minute, c.second);
}

size_t time_format_span(int64_t ns, char out[TIME_TEXT_MAX])
{
    long long s = ns / TIME_SECOND;
    int n;
    if (ns < TIME_SECOND) {
        n = snprintf(out, TIME_TEXT_MAX, "%lld ms", (long long)(ns / 1000000));
    } else if (s < 60) {
        n = snprintf(out, TIME_TEXT_MAX, "%lld.%lld s", s, (long long)(ns / 100000000 % 10));
    } else if (s < 3600) {
        n = snprintf(out, TIME_TEXT_MAX, "%lld min", s / 60);
    } else if (s < 86400) {
        n = snprintf(out, TIME_TEXT_MAX, "%lld h %lld min", s / 3600, s / 60 % 60);
    } else {
        n = snprintf(out, TIME_TEXT_MAX, "%lld d %lld h", s / 86400, s / 3600 % 24);
    }
    return (size_t)n;
}

static int digits(struct cursor *c, size_t n)
{
    struct bytes b = cursor_take(c, n);
    int v = 0;
    for (size_t i = 0; i < b.len; i++) {
        if (b.data[i] < '0' || b.data[i] > '9') {
            c->failed = true;
            return 0;
        }
        v = v * 10 + (b.data[i] - '0');
    }
    return v;
}

static void expect(struct cursor *c, const char *set)
{
    uint8_t got = cursor_u8(c);
    for (const char *s = set; *s != '\0'; s++) {
        if (got == (uint8_t)*s) {
            return;
        }
    }
    c->failed = true;
}

static uint8_t peek(const struct cursor *c)
{
    return cursor_left(c) ? c->in.data[c->pos] : 0;
}

static int32_t fraction(struct cursor *c)
{
    int32_t v = 0;
    int n = 0;
    while (peek(c) >= '0' && peek(c) <= '9') {
        uint8_t d = cursor_u8(c);
        if (n < 9) { /* finer than a nanosecond is cut off */
            v = v * 10 + (d - '0');
            n++;
        }
    }
    if (n == 0) {
        c->failed = true;
    }
    for (; n < 9; n++) {
        v *= 10;
    }
    return v;
}

/* "Z", "+hh:mm", "+hhmm" or "+hh": seconds east of UTC. */
static int zone(struct cursor *c)
{
    uint8_t sign = cursor_u8(c);
    if (sign == 'Z' || sign == 'z') {
        return 0;
    }
    if (sign != '+' && sign != '-') {
        c->failed = true;
        return 0;
    }
    int seconds = digits(c, 2) * 3600;
    if (peek(c) == ':') {
        cursor_skip(c, 1);
        seconds += digits(c, 2) * 60;
    } else if (cursor_left(c) > 0) {
        seconds += digits(c, 2) * 60;
    }
    c->failed |= seconds > 18 * 3600;
    return sign == '-' ? -seconds : seconds;
}

enum status time_parse(struct bytes text, int64_t *ret_ns)
{
    struct cursor in = cursor_of(text);
    struct civil c = {0};
    int offset_s = 0;
    c.year = digits(&in, 4);
    expect(&in, "-");
    c.month = digits(&in, 2);
    expect(&in, "-");
    c.day = digits(&in, 2);
    if (cursor_left(&in) > 0) {
        expect(&in, "Tt ");
        c.hour = digits(&in, 2);
        expect(&in, ":");
        c.minute = digits(&in, 2);
        expect(&in, ":");
        c.second = digits(&in, 2);
        if (peek(&in) == '.' || peek(&in) == ',') {
            cursor_skip(&in, 1);
            c.nanos = fraction(&in);
        }
        offset_s = zone(&in);
    }
    int64_t ns;
    if (in.failed || cursor_left(&in) > 0 || !time_from_civil(&c, &ns)) {
        return ST_MALFORMED;
    }
    *ret_ns = ns - offset_s * TIME_SECOND;
    return ST_OK;
}

bool time_from_parts(uint64_t seconds, uint64_t fraction_units, uint64_t per_second,
                     int64_t *ret_ns)
{
    if (per_second == 0) {
        return false;
    }
    uint128 ns =
        (uint128)seconds * TIME_SECOND + (uint128)fraction_units * TIME_SECOND / per_second;
    if (ns > INT64_MAX) {
        return false;
    }
    *ret_ns = (int64_t)ns;
    return true;
}
