/* exchange/claim/when.c - reading times with whatever they lack. */
#include "exchange/claim/when.h"

#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"

enum { TEXT_MAX_BYTES = 64, ZONE_HOURS_MAX = 18 };

struct scan {
    struct bytes s;
    size_t at;
};

static uint8_t peek(const struct scan *c)
{
    return c->at < c->s.len ? c->s.data[c->at] : 0;
}

static bool take(struct scan *c, uint8_t want)
{
    bool there = peek(c) == want;
    c->at += there;
    return there;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* From `least` to `most` digits; -1, and nothing taken, when there are not. */
static int number(struct scan *c, size_t least, size_t most)
{
    size_t n = 0;
    int v = 0;
    while (n < most && c->at + n < c->s.len && is_digit(c->s.data[c->at + n])) {
        v = v * 10 + (c->s.data[c->at + n++] - '0');
    }
    if (n < least) {
        return -1;
    }
    c->at += n;
    return v;
}

/* "Mar", of "March" too. */
static int month(struct scan *c)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    size_t left = c->s.len - c->at;
    for (int m = 0; left >= 3 && m < 12; m++) {
        if (strncasecmp((const char *)c->s.data + c->at, names + (size_t)3 * (size_t)m, 3) == 0) {
            c->at += 3;
            return m + 1;
        }
    }
    return -1;
}

static void blanks(struct scan *c)
{
    while (take(c, ' ')) {
    }
}

/* HH:MM, HH:MM:SS, and a fraction. */
static bool time_of_day(struct scan *c, struct civil *out, int64_t *precision)
{
    out->hour = number(c, 1, 2);
    if (out->hour < 0 || !take(c, ':')) {
        return false;
    }
    out->minute = number(c, 2, 2);
    *precision = TIME_MINUTE;
    if (out->minute < 0 || !take(c, ':')) {
        return out->minute >= 0;
    }
    out->second = number(c, 2, 2);
    *precision = TIME_SECOND;
    if (out->second < 0) {
        return false;
    }
    if ((peek(c) == '.' || peek(c) == ',') && c->at + 1 < c->s.len &&
        is_digit(c->s.data[c->at + 1])) {
        int32_t unit = 100000000;
        for (c->at++; is_digit(peek(c)); c->at++) {
            out->nanos += (peek(c) - '0') * unit;
            unit /= 10;
            *precision = unit > 0 ? unit : 1;
        }
        *precision = *precision > TIME_SECOND / 10 ? TIME_SECOND / 10 : *precision;
    }
    return true;
}

size_t claim_zone_read(struct bytes text, int64_t *ret_ns)
{
    struct scan c = {text, 0};
    static const char *const utc[] = {"UTC", "GMT", "Z"};
    int64_t ns = 0;
    for (size_t i = 0; i < ARRAY_LEN(utc) && c.at == 0; i++) {
        size_t n = strlen(utc[i]);
        if (text.len >= n && strncasecmp((const char *)text.data, utc[i], n) == 0) {
            c.at = n;
        }
    }
    bool minus = peek(&c) == '-';
    if (take(&c, '+') || take(&c, '-')) {
        int hours = number(&c, 2, 2);
        bool colon = take(&c, ':');
        int minutes = number(&c, 2, 2);
        if (hours < 0 || hours > ZONE_HOURS_MAX || minutes > 59 || (colon && minutes < 0)) {
            return 0;
        }
        ns = hours * TIME_HOUR + (minutes > 0 ? minutes : 0) * TIME_MINUTE;
    }
    if (c.at > 0) {
        *ret_ns = minus ? -ns : ns;
    }
    return c.at;
}

/* What stands behind a time: a zone, a comment, a word that is no zone that
 * means the same everywhere ("EST", "IST"), or nothing. */
static bool zone(struct scan *c, const struct claim_clock *clock, struct claim_when *w,
                 int64_t *east)
{
    blanks(c);
    *east = clock->has_zone ? clock->zone_ns : 0;
    w->zone_assumed = !clock->has_zone;
    w->zone_given = clock->has_zone && clock->zone_given;
    size_t n = claim_zone_read(bytes_of(c->s.data + c->at, c->s.len - c->at), east);
    if (n > 0) {
        c->at += n;
        w->zone_assumed = false;
        w->zone_given = false;
    }
    blanks(c);
    size_t rest = c->s.len - c->at;
    if (rest == 0) {
        return true;
    }
    const uint8_t *p = c->s.data + c->at;
    if (p[0] == '(' && p[rest - 1] == ')') {
        return true;
    }
    for (size_t i = 0; i < rest; i++) {
        if ((p[i] < 'A' || p[i] > 'Z') && (p[i] < 'a' || p[i] > 'z')) {
            return false;
        }
    }
    return n == 0 && rest <= 5;
}

/* 2026-03-03, 2026/03/03, and perhaps a time. */
static bool iso(struct scan *c, struct civil *out, int64_t *precision)
{
    out->year = number(c, 4, 4);
    uint8_t mark = peek(c);
    if (out->year < 0 || (mark != '-' && mark != '/')) {
        return false;
    }
    c->at++;
    out->month = number(c, 2, 2);
    if (out->month < 0 || !take(c, mark)) {
        return false;
    }
    out->day = number(c, 2, 2);
    if (out->day < 0) {
        return false;
    }
    *precision = TIME_DAY;
    if (c->at == c->s.len) {
        return true;
    }
    if (!take(c, 'T') && !take(c, 't') && !take(c, ' ')) {
        return false;
    }
    blanks(c);
    return time_of_day(c, out, precision);
}

/* "Tue, 03 Mar 2026 10:00:00", "03/Mar/2026:10:00:00". */
static bool day_first(struct scan *c, struct civil *out, int64_t *precision)
{
    if (c->s.len >= 3 && month(c) < 0 && !is_digit(peek(c))) {
        c->at += 3;         /* the name of a day */
        (void)take(c, ','); /* not always there */
        blanks(c);
    }
    out->day = number(c, 1, 2);
    bool web = peek(c) == '/';
    if (out->day < 0 || !(take(c, ' ') || take(c, '/') || take(c, '-'))) {
        return false;
    }
    out->month = month(c);
    if (out->month < 0 || !(take(c, ' ') || take(c, '/') || take(c, '-'))) {
        return false;
    }
    out->year = number(c, 4, 4);
    if (out->year < 0 || !(web ? take(c, ':') : take(c, ' '))) {
        return false;
    }
    blanks(c);
    return time_of_day(c, out, precision);
}

/* "CET 2026", behind which nothing stands: the year is read, the zone is next. */
static void year_behind_zone(struct scan *c, struct civil *out)
{
    struct scan x = *c;
    blanks(&x);
    size_t zone_at = x.at;
    while ((peek(&x) >= 'A' && peek(&x) <= 'Z') || (peek(&x) >= 'a' && peek(&x) <= 'z')) {
        x.at++;
    }
    size_t zone_end = x.at;
    int year = zone_end > zone_at && take(&x, ' ') ? number(&x, 4, 4) : -1;
    if (year > 0 && x.at == x.s.len) {
        out->year = year;
        c->at = zone_at;
        c->s.len = zone_end;
    }
}

/* "Mar  3 10:00:00", the year perhaps before or behind the time, and perhaps the
 * name of a day in front: also what date(1) prints. */
static bool month_first(struct scan *c, struct civil *out, int64_t *precision)
{
    if (c->s.len > 4 && month(c) < 0 && !is_digit(peek(c)) && c->s.data[3] == ' ') {
        c->at = 4;
        blanks(c);
    } else {
        c->at = 0;
    }
    out->month = month(c);
    if (out->month < 0 || !take(c, ' ')) {
        return false;
    }
    blanks(c);
    out->day = number(c, 1, 2);
    (void)take(c, ','); /* "Mar 3, 2026" */
    if (out->day < 0 || !take(c, ' ')) {
        return false;
    }
    size_t here = c->at;
    out->year = number(c, 4, 4);
    if (out->year < 0 || !take(c, ' ')) {
        c->at = here;
        out->year = 0;
    }
    if (!time_of_day(c, out, precision)) {
        return false;
    }
    here = c->at;
    if (out->year == 0 && take(c, ' ')) {
        int year = number(c, 4, 4);
        out->year = year > 0 ? year : 0;
        c->at = year > 0 ? c->at : here;
    }
    if (out->year == 0) {
        year_behind_zone(c, out);
    }
    return true;
}

/* The latest year in which it is not more than a day after the claim. */
static bool without_year(struct civil *c, const struct claim_clock *clock, int64_t *ret)
{
    struct civil now;
    int64_t latest = clock->now_ns < INT64_MAX - TIME_DAY ? clock->now_ns + TIME_DAY : INT64_MAX;
    time_to_civil(latest, &now);
    for (c->year = now.year; c->year > now.year - 9; c->year--) { /* leap days: up to 8 apart */
        if (time_from_civil(c, ret) && *ret <= latest) {
            return true;
        }
    }
    return false;
}

/* The digits behind the point, in nanoseconds; they are as exact as they are many. */
static int64_t fraction(struct bytes s, size_t point, struct claim_when *w)
{
    int64_t ns = 0;
    int64_t unit = TIME_SECOND;
    for (size_t i = point + 1; i < s.len && unit > 1; i++) {
        unit /= 10;
        ns += (s.data[i] - '0') * unit;
    }
    w->precision_ns = unit;
    return ns;
}

/* Seconds since 1970, also in units of 10^-3, -6, -9, told by their size. */
static bool epoch(struct bytes s, struct claim_when *w)
{
    const uint8_t *dot = memchr(s.data, '.', s.len);
    size_t whole = dot != NULL ? (size_t)(dot - s.data) : s.len;
    uint64_t v;
    static const struct {
        size_t digits;
        uint64_t per_second;
    } units[] = {{9, 1}, {10, 1}, {13, 1000}, {16, 1000000}, {19, 1000000000}};
    if (text_u64(bytes_of(s.data, whole), UINT64_MAX, &v) != ST_OK) {
        return false;
    }
    for (size_t i = whole + 1; i < s.len; i++) {
        if (!is_digit(s.data[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (whole == units[i].digits) {
            uint64_t per = units[i].per_second;
            w->precision_ns = TIME_SECOND / (int64_t)per;
            w->known = true;
            return time_from_parts(v / per, v % per, per, &w->first_ns) &&
                   !__builtin_add_overflow(w->first_ns, per == 1 ? fraction(s, whole, w) : 0,
                                           &w->first_ns);
        }
    }
    return false;
}

static bool calendar(struct bytes s, const struct claim_clock *clock, struct claim_when *w)
{
    bool (*const forms[])(struct scan *, struct civil *, int64_t *) = {iso, day_first, month_first};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct scan c = {s, 0};
        struct civil t = {0};
        int64_t east = 0;
        int64_t ns;
        if (!forms[i](&c, &t, &w->precision_ns) || !zone(&c, clock, w, &east)) {
            continue;
        }
        w->year_assumed = t.year == 0;
        if (!(t.year == 0 ? without_year(&t, clock, &ns) : time_from_civil(&t, &ns)) ||
            __builtin_sub_overflow(ns, east, &w->first_ns)) {
            return false;
        }
        w->known = true;
        return true;
    }
    return false;
}

/* Can it be written as a date, with all of its year in range? */
static bool has_spelling(int64_t ns)
{
    struct civil c;
    int64_t again;
    time_to_civil(ns, &c);
    return time_from_civil(&c, &again);
}

enum status claim_when_read(struct bytes text, const struct claim_clock *clock,
                            struct claim_when *ret)
{
    struct claim_when w = {0};
    struct bytes s = text_trim(text);
    if (s.len > 2 && s.data[0] == '[' && s.data[s.len - 1] == ']') {
        s = bytes_of(s.data + 1, s.len - 2);
    }
    if (s.len == 0 || s.len > TEXT_MAX_BYTES || (!epoch(s, &w) && !calendar(s, clock, &w))) {
        return ST_MALFORMED;
    }
    if (!has_spelling(w.first_ns)) {
        return ST_MALFORMED;
    }
    w.last_ns = w.first_ns;
    *ret = w;
    return ST_OK;
}
