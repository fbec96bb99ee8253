/* tests/unit/base/test_timefmt.c - instants as text and back. */
#include "base/core/timefmt.h"

#include "base/core/status.h"
#include "test.h"

#include <time.h>

static int64_t parsed(const char *s)
{
    int64_t ns = -77;
    enum status st = time_parse(bytes_of(s, strlen(s)), &ns);
    CHECK_INT(st, ST_OK);
    return ns;
}

static void rfc3339_is_read(void)
{
    CHECK_INT(parsed("1970-01-01T00:00:00Z"), 0);
    CHECK_INT(parsed("2024-05-17T10:05:03Z"), INT64_C(1715940303000000000));
    CHECK_INT(parsed("2024-05-17 10:05:03Z"), INT64_C(1715940303000000000));
    CHECK_INT(parsed("2024-05-17T12:05:03.25+02:00"), INT64_C(1715940303250000000));
    CHECK_INT(parsed("2024-05-17T00:05:03-10:00"), INT64_C(1715940303000000000));
    CHECK_INT(parsed("2024-05-17"), INT64_C(1715904000000000000));
    CHECK_INT(parsed("1969-12-31T23:59:59.999999999Z"), -1);
    CHECK_INT(parsed("2024-02-29T00:00:00Z"), INT64_C(1709164800000000000));
}

static void what_is_no_time_is_refused(void)
{
    static const char *const bad[] = {"",
                                      "2024",
                                      "2024-13-01",
                                      "2024-00-01",
                                      "2023-02-29",
                                      "2024-05-32",
                                      "2024-05-17T24:00:00Z",
                                      "2024-05-17T10:60:00Z",
                                      "2024-05-17T10:05:61Z",
                                      "2024-05-17T10:05:03",
                                      "2024-05-17T10:05:03Zx",
                                      "2024-05-17T10:05:03.Z",
                                      "2024-05-17T10:05:03+25:00",
                                      "24-05-17",
                                      "2024-5-17",
                                      "9999-01-01T00:00:00Z",
                                      "1600-01-01T00:00:00Z"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t ns = -77;
        bool refused = time_parse(bytes_of(bad[i], strlen(bad[i])), &ns) != ST_OK && ns == -77;
        CHECK(refused);
        if (!refused) {
            printf("# \"%s\"\n", bad[i]);
        }
    }
}

static void every_instant_is_read_as_it_is_written(void)
{
    uint64_t x = 88172645463325252U;
    for (int i = 0; i < 20000; i++) {
        char text[TIME_TEXT_MAX];
        int64_t back = 0;
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        int64_t ns = (int64_t)(x >> 1) - INT64_MAX / 2; /* 1823 to 2116 */
        size_t n = time_format(ns, text);
        bool same = time_parse(bytes_of(text, n), &back) == ST_OK && back == ns;
        if (!same) {
            CHECK(same);
            printf("# %s\n", text);
            return;
        }
    }
}

/* Somebody else's calendar: the C library's. */
static void days_are_those_of_the_c_library(void)
{
    for (int64_t day = -40000; day < 80000; day += 7) {
        time_t t = (time_t)(day * 86400);
        struct tm tm;
        struct civil c;
        CHECK(gmtime_r(&t, &tm) != NULL);
        time_to_civil(day * TIME_DAY, &c);
        if (c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 || c.day != tm.tm_mday) {
            CHECK(!"another day");
            return;
        }
        int64_t back = 0;
        CHECK(time_from_civil(&c, &back) && back == day * TIME_DAY);
    }
}

static void times_past_the_end_are_no_times(void)
{
    int64_t ns = 7;
    CHECK(time_from_parts(9223372036U, 854775807, 1000000000, &ns));
    CHECK(ns == INT64_MAX);
    CHECK(!time_from_parts(9223372036U, 854775808, 1000000000, &ns));
    CHECK(!time_from_parts(UINT64_MAX, 0, 1, &ns));
    CHECK(time_from_parts(1, 250, 1000, &ns));
    CHECK_INT(ns, 1250000000);
    CHECK(time_abs_diff(INT64_MIN, INT64_MAX) == INT64_MAX);
    CHECK_INT(time_abs_diff(-3, 4), 7);
}

static void spans_are_for_people(void)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{3200000000, "3.2 s"},
                 {12 * TIME_MINUTE, "12 min"},
                 {5 * TIME_HOUR + 20 * TIME_MINUTE, "5 h 20 min"},
                 {3 * TIME_DAY + 4 * TIME_HOUR, "3 d 4 h"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[TIME_TEXT_MAX];
        (void)time_format_span(cases[i].ns, text);
        CHECK_STR(text, cases[i].text);
    }
    char text[TIME_TEXT_MAX];
    (void)time_format_short(INT64_C(1715940303250000000), text);
    CHECK_STR(text, "2024-05-17 10:05:03");
    (void)time_format_span(INT64_MAX, text);
    (void)time_format_span(0, text);
    CHECK(text[0] != '\0');
}

/* clang-format off */
TEST_MAIN(
    TEST(rfc3339_is_read),
    TEST(what_is_no_time_is_refused),
    TEST(every_instant_is_read_as_it_is_written),
    TEST(days_are_those_of_the_c_library),
    TEST(times_past_the_end_are_no_times),
    TEST(spans_are_for_people),
)
/* clang-format on */
