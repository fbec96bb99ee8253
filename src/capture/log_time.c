/* capture/log_time.c - the times that log lines begin with. */
#include "capture/log_time.h"

#include <string.h>

#include "base/core/timefmt.h"
#include "capture/log_scan.h"

enum { ISO_DATE = 10, WEB_DATE = 11, CLOCK = 8 };

void log_clock_init(struct log_clock *c, int64_t now_ns)
{
    *c = (struct log_clock){.latest_ns = INT64_MAX};
    if (now_ns < INT64_MAX - TIME_DAY) {
        c->latest_ns = now_ns + TIME_DAY;
    }
}

unsigned log_month(const uint8_t p[3])
{
#define NAME(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))
    switch (NAME(p[0], p[1], p[2])) {
    case NAME('J', 'a', 'n'):
        return 1;
    case NAME('F', 'e', 'b'):
        return 2;
    case NAME('M', 'a', 'r'):
        return 3;
    case NAME('A', 'p', 'r'):
        return 4;
    case NAME('M', 'a', 'y'):
        return 5;
    case NAME('J', 'u', 'n'):
        return 6;
    case NAME('J', 'u', 'l'):
        return 7;
    case NAME('A', 'u', 'g'):
        return 8;
    case NAME('S', 'e', 'p'):
        return 9;
    case NAME('O', 'c', 't'):
        return 10;
    case NAME('N', 'o', 'v'):
        return 11;
    case NAME('D', 'e', 'c'):
        return 12;
    default:
        return 0;
    }
#undef NAME
}

/* n digits at p, which are there to read; -1 when one is not a digit. */
static inline int digits(const uint8_t *p, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (!log_digit(p[i])) {
            return -1;
        }
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

/* "13:06:56" at p: nanoseconds since midnight; -1 when it is no time of day.
 * A second of 60 is a leap second, as RFC 3339 and POSIX clocks write it. */
static inline int64_t time_of_day(const uint8_t *p)
{
    int h = digits(p, 2);
    int m = digits(p + 3, 2);
    int s = digits(p + 6, 2);
    if (h < 0 || m < 0 || s < 0 || h > 23 || m > 59 || s > 60) {
        return -1;
    }
    return (h * 3600 + m * 60 + s) * TIME_SECOND;
}

static bool clock_shape(const uint8_t *p)
{
    return p[2] == ':' && p[5] == ':' && log_digit(p[0]) && log_digit(p[1]) && log_digit(p[3]) &&
           log_digit(p[4]) && log_digit(p[6]) && log_digit(p[7]);
}

/* ".123" at s[at]: adds it to *ns, unless that is no time; returns its length. */
static size_t fraction(struct bytes s, size_t at, int64_t *ns)
{
    int64_t sum = 0;
    size_t i = at;
    int64_t unit = TIME_SECOND / 10;
    if (i + 1 >= s.len || (s.data[i] != '.' && s.data[i] != ',') || !log_digit(s.data[i + 1])) {
        return 0;
    }
    for (i++; i < s.len && log_digit(s.data[i]); i++) {
        sum += (s.data[i] - '0') * unit; /* finer than a nanosecond is cut off */
        unit /= 10;
    }
    *ns += *ns >= 0 ? sum : 0;
    return i - at;
}

/* "Z", "+02:00", "+0200" or "+02" at s[at]; 0 when there is none. */
static size_t offset(struct bytes s, size_t at, int64_t *ret_ns)
{
    struct bytes z = log_from(s, at);
    *ret_ns = 0;
    if (z.len >= 1 && (z.data[0] == 'Z' || z.data[0] == 'z')) {
        return 1;
    }
    if (z.len < 3 || (z.data[0] != '+' && z.data[0] != '-')) {
        return 0;
    }
    int hours = digits(z.data + 1, 2);
    size_t used = 3;
    size_t colon = z.len > 3 && z.data[3] == ':';
    int minutes = z.len >= used + colon + 2 ? digits(z.data + used + colon, 2) : -1;
    if (hours < 0 || hours > 18 || minutes > 59) {
        return 0;
    }
    used += minutes >= 0 ? colon + 2 : 0;
    int64_t ns = hours * TIME_HOUR + (minutes > 0 ? minutes : 0) * TIME_MINUTE;
    *ret_ns = z.data[0] == '-' ? -ns : ns;
    return used;
}

static void set(struct log_stamp *ret, int64_t midnight, int64_t tod, int64_t east)
{
    int64_t ns;
    ret->valid = tod >= 0 && !__builtin_add_overflow(midnight, tod, &ns) &&
                 !__builtin_sub_overflow(ns, east, &ns);
    if (ret->valid) {
        ret->time_ns = ns;
    }
}

/* The latest two years in which the date exists and has begun by the limit.
 * Leap days are at most eight years apart. */
static void find_years(struct log_clock *c, unsigned month, unsigned day)
{
    struct civil now;
    int found = 0;
    time_to_civil(c->latest_ns, &now);
    c->month = (uint8_t)month;
    c->day = (uint8_t)day;
    c->years[0] = c->years[1] = 0;
    for (int year = now.year; year > now.year - 18 && found < 2; year--) {
        struct civil date = {.year = year, .month = (int)month, .day = (int)day};
        int64_t ns;
        if (time_from_civil(&date, &ns) && ns <= c->latest_ns) {
            c->years[found] = year;
            c->year_ns[found++] = ns;
        }
    }
}

static void without_year(struct log_clock *c, unsigned month, unsigned day, int64_t tod,
                         struct log_stamp *ret)
{
    if (c->month != month || c->day != day) {
        find_years(c, month, day);
    }
    bool earlier = c->years[0] != 0 && tod >= 0 && c->year_ns[0] > c->latest_ns - tod;
    ret->year_assumed = c->years[earlier];
    if (ret->year_assumed == 0) {
        ret->valid = false;
        return;
    }
    set(ret, c->year_ns[earlier], tod, 0);
}

/* "7 ", " 7 " or "27 " at s[at]: the day; *used counts the space behind it. */
static unsigned bsd_day(struct bytes s, size_t at, size_t *used)
{
    size_t i = at;
    if (s.data[i] == ' ') {
        i++;
    }
    unsigned day = 0;
    size_t begin = i;
    while (i < s.len && i - begin < 2 && log_digit(s.data[i])) {
        day = day * 10 + (s.data[i++] - '0');
    }
    *used = i + 1 - at;
    return i > begin && i < s.len && s.data[i] == ' ' ? day : 0;
}

size_t log_time_bsd(struct log_clock *c, struct bytes s, struct log_stamp *ret)
{
    size_t used;
    if (s.len < 14 || s.data[3] != ' ') {
        return 0;
    }
    unsigned month = log_month(s.data);
    unsigned day = month ? bsd_day(s, 4, &used) : 0;
    if (day == 0) {
        return 0;
    }
    size_t at = 4 + used;
    int year = 0;
    if (s.len - at >= 5 + CLOCK && s.data[at + 4] == ' ' && digits(s.data + at, 4) > 0) {
        year = digits(s.data + at, 4);
        at += 5;
    }
    if (s.len - at < CLOCK || !clock_shape(s.data + at)) {
        return 0;
    }
    int64_t tod = time_of_day(s.data + at);
    at += CLOCK;
    at += fraction(s, at, &tod);
    if (at < s.len && s.data[at] != ' ' && s.data[at] != ':') {
        return 0;
    }
    *ret = (struct log_stamp){.zone_assumed = true};
    if (year == 0) {
        without_year(c, month, day, tod, ret);
        return at;
    }
    struct civil date = {.year = year, .month = (int)month, .day = (int)day};
    int64_t midnight;
    if (time_from_civil(&date, &midnight)) {
        set(ret, midnight, tod, 0);
    }
    return at;
}

/* Midnight of the date in the n bytes at p, which `parse` reads. */
static bool midnight_of(struct log_clock *c, const uint8_t *p, size_t n,
                        bool (*parse)(const uint8_t *, struct civil *), int64_t *ret)
{
    if (memcmp(c->day_text, p, n) == 0 && (n == WEB_DATE || c->day_text[ISO_DATE] == 0)) {
        *ret = c->day_ns;
        return true;
    }
    struct civil date = {0};
    if (!parse(p, &date) || !time_from_civil(&date, ret)) {
        return false;
    }
    memset(c->day_text, 0, sizeof(c->day_text));
    memcpy(c->day_text, p, n);
    c->day_ns = *ret;
    return true;
}

static bool iso_date(const uint8_t *p, struct civil *ret)
{
    ret->year = digits(p, 4);
    ret->month = digits(p + 5, 2);
    ret->day = digits(p + 8, 2);
    return ret->year > 0 && ret->month > 0 && ret->day > 0;
}

static bool web_date(const uint8_t *p, struct civil *ret)
{
    ret->day = digits(p, 2);
    ret->month = (int)log_month(p + 3);
    ret->year = digits(p + 7, 4);
    return ret->year > 0 && ret->month > 0 && ret->day > 0;
}

/* Date and time without a zone; the bytes used, or 0. */
static size_t iso_local(struct log_clock *c, struct bytes s, struct log_stamp *ret)
{
    if (s.len < ISO_DATE + 1 + CLOCK || s.data[4] != '-' || s.data[7] != '-' ||
        (s.data[10] != 'T' && s.data[10] != ' ' && s.data[10] != 't') ||
        !clock_shape(s.data + 11) || digits(s.data, 4) < 0) {
        return 0;
    }
    int64_t midnight = 0;
    int64_t tod = time_of_day(s.data + 11);
    size_t at = ISO_DATE + 1 + CLOCK;
    at += fraction(s, at, &tod);
    *ret = (struct log_stamp){0};
    if (midnight_of(c, s.data, ISO_DATE, iso_date, &midnight)) {
        set(ret, midnight, tod, 0);
    }
    return at;
}

static void go_east(struct log_stamp *t, int64_t east)
{
    t->valid = t->valid && !__builtin_sub_overflow(t->time_ns, east, &t->time_ns);
}

size_t log_time_iso(struct log_clock *c, struct bytes s, struct log_stamp *ret)
{
    size_t at = iso_local(c, s, ret);
    int64_t east = 0;
    if (at == 0) {
        return 0;
    }
    size_t zone = offset(s, at, &east);
    if (zone == 0 && s.len > at + 1 && s.data[at] == ' ' &&
        (s.data[at + 1] == '+' || s.data[at + 1] == '-')) {
        zone = offset(s, at + 1, &east);
        zone += zone > 0;
    }
    ret->zone_assumed = zone == 0;
    go_east(ret, east);
    return at + zone;
}

size_t log_time_full(struct log_clock *c, struct bytes s, struct log_stamp *ret)
{
    if (s.len < 4 || s.data[3] != ' ') {
        return 0;
    }
    size_t at = iso_local(c, log_from(s, 4), ret);
    if (at == 0 || at + 4 >= s.len || s.data[at + 4] != ' ') {
        return 0;
    }
    struct bytes rest = log_from(s, at + 5);
    struct bytes zone = log_shift(&rest);
    ret->zone_assumed = !LOG_IS(zone, "UTC") && !LOG_IS(zone, "GMT");
    return at + 5 + zone.len;
}

size_t log_time_web(struct log_clock *c, struct bytes s, struct log_stamp *ret)
{
    if (s.len < WEB_DATE + 1 + CLOCK || s.data[2] != '/' || s.data[6] != '/' || s.data[11] != ':' ||
        !clock_shape(s.data + 12)) {
        return 0;
    }
    int64_t midnight = 0;
    int64_t east = 0;
    int64_t tod = time_of_day(s.data + 12);
    size_t at = WEB_DATE + 1 + CLOCK;
    at += fraction(s, at, &tod);
    size_t space = at < s.len && s.data[at] == ' ';
    size_t zone = offset(s, at + space, &east);
    *ret = (struct log_stamp){.zone_assumed = zone == 0};
    if (midnight_of(c, s.data, WEB_DATE, web_date, &midnight)) {
        set(ret, midnight, tod, east);
    }
    return at + (zone ? space + zone : 0);
}

size_t log_time_epoch(struct bytes s, struct log_stamp *ret)
{
    size_t i = 0;
    while (i < s.len && log_digit(s.data[i])) {
        i++;
    }
    uint64_t v;
    if (!log_number(bytes_of(s.data, i), UINT64_MAX, &v)) {
        return 0;
    }
    uint64_t per_second = i <= 11 ? 1 : i <= 14 ? 1000 : i <= 17 ? 1000000 : 1000000000;
    int64_t decimals = 0;
    size_t more = fraction(s, i, &decimals);
    *ret = (struct log_stamp){0};
    ret->valid = time_from_parts(v / per_second, v % per_second, per_second, &ret->time_ns);
    if (per_second == 1) {
        ret->valid = ret->valid && !__builtin_add_overflow(ret->time_ns, decimals, &ret->time_ns);
    }
    return i + more;
}

bool log_time_any(struct log_clock *c, struct bytes s, struct log_stamp *ret)
{
    if (s.len >= 2 && s.data[0] == '[' && s.data[s.len - 1] == ']') {
        s = bytes_of(s.data + 1, s.len - 2);
    }
    size_t used = log_time_iso(c, s, ret);
    used = used ? used : log_time_web(c, s, ret);
    used = used ? used : log_time_epoch(s, ret);
    return used > 0 && used == s.len && ret->valid;
}
