/* tests/unit/capture/test_log_time.c - times in logs, and the rule for years. */
#include "test_log.h"

typedef size_t reader(struct log_clock *, struct bytes, struct log_stamp *);

static int64_t instant(const char *text)
{
    int64_t ns = 0;
    CHECK(time_parse(bytes_of(text, strlen(text)), &ns) == ST_OK);
    return ns;
}

static struct log_stamp stamp_of(reader *read, const char *text, int64_t now_ns, size_t *used)
{
    struct log_clock c;
    struct log_stamp s = {0};
    log_clock_init(&c, now_ns);
    *used = read(&c, bytes_of(text, strlen(text)), &s);
    return s;
}

static void is_time(reader *read, const char *text, const char *want)
{
    size_t used;
    struct log_stamp s = stamp_of(read, text, NOW, &used);
    CHECK(used > 0 && s.valid);
    CHECK_STR(time_text(s.time_ns), want);
    if (!s.valid) {
        printf("# %s\n", text);
    }
}

static void no_time(reader *read, const char *text)
{
    size_t used;
    struct log_stamp s = stamp_of(read, text, NOW, &used);
    if (used > 0 && s.valid) {
        printf("# %s\n", text);
    }
    CHECK(used == 0 || !s.valid);
}

static void bsd_at(const char *text, const char *now, const char *want)
{
    size_t used;
    struct log_stamp s = stamp_of(log_time_bsd, text, instant(now), &used);
    CHECK(s.valid && s.zone_assumed && s.year_assumed != 0);
    CHECK_STR(time_text(s.time_ns), want);
}

static void bsd_days_may_have_one_space_or_two(void)
{
    is_time(log_time_bsd, "Mar 27 13:06:56 host", "2024-03-27T13:06:56.000000000Z");
    is_time(log_time_bsd, "Mar  7 13:06:56 host", "2024-03-07T13:06:56.000000000Z");
    is_time(log_time_bsd, "Mar 7 13:06:56 host", "2024-03-07T13:06:56.000000000Z");
    is_time(log_time_bsd, "Mar 07 13:06:56 host", "2024-03-07T13:06:56.000000000Z");
    is_time(log_time_bsd, "Mar 27 13:06:56.25 host", "2024-03-27T13:06:56.250000000Z");
    is_time(log_time_bsd, "Mar 27 2019 13:06:56 host", "2019-03-27T13:06:56.000000000Z");
}

static void every_month_is_known(void)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (unsigned i = 0; i < 12; i++) {
        CHECK_INT(log_month((const uint8_t *)months[i]), i + 1);
    }
    CHECK_INT(log_month((const uint8_t *)"jan"), 0);
}

static void what_is_no_bsd_time_is_refused(void)
{
    no_time(log_time_bsd, "Mar 27 13:06:5");
    no_time(log_time_bsd, "Mrz 27 13:06:56 host");
    no_time(log_time_bsd, "Mar  0 13:06:56 host");
    no_time(log_time_bsd, "Mar 32 13:06:56 host");
    no_time(log_time_bsd, "Apr 31 13:06:56 host");
    no_time(log_time_bsd, "Mar 27 24:06:56 host");
    no_time(log_time_bsd, "Mar 27 13:60:56 host");
    no_time(log_time_bsd, "Mar 27 13:06:61 host");
    no_time(log_time_bsd, "Mar 27 13:06:56host");
    no_time(log_time_bsd, "Mar 27T13:06:56 host");
}

static void year_is_the_latest_that_is_not_after_now(void)
{
    bsd_at("May 17 10:00:00 h", "2024-05-18T00:00:00Z", "2024-05-17T10:00:00.000000000Z");
    bsd_at("May 19 00:00:00 h", "2024-05-18T00:00:00Z", "2024-05-19T00:00:00.000000000Z");
    bsd_at("May 19 00:00:01 h", "2024-05-18T00:00:00Z", "2023-05-19T00:00:01.000000000Z");
    bsd_at("Dec 31 23:59:59 h", "2024-01-01T00:00:10Z", "2023-12-31T23:59:59.000000000Z");
    bsd_at("Jan  1 00:00:00 h", "2024-01-01T00:00:10Z", "2024-01-01T00:00:00.000000000Z");
    bsd_at("Jan  1 12:00:00 h", "2023-12-31T20:00:00Z", "2024-01-01T12:00:00.000000000Z");
}

static void leap_day_falls_into_a_leap_year(void)
{
    bsd_at("Feb 29 10:00:00 h", "2024-05-18T00:00:00Z", "2024-02-29T10:00:00.000000000Z");
    bsd_at("Feb 29 10:00:00 h", "2027-05-18T00:00:00Z", "2024-02-29T10:00:00.000000000Z");
    bsd_at("Feb 29 10:00:00 h", "2024-02-27T00:00:00Z", "2020-02-29T10:00:00.000000000Z");
    bsd_at("Feb 29 10:00:00 h", "1903-05-18T00:00:00Z", "1896-02-29T10:00:00.000000000Z");
}

/* A line's year must not depend on the lines before it: files get split. */
static void year_does_not_depend_on_what_was_read_before(void)
{
    static const char *const lines[] = {"Dec 31 23:59:59 h", "Jan  1 00:00:00 h",
                                        "Feb 29 00:00:00 h", "May 19 02:40:01 h",
                                        "May 19 02:40:00 h", "May 19 02:40:01 h"};
    struct log_clock all;
    log_clock_init(&all, NOW);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        size_t used;
        struct log_stamp s = {0};
        struct log_stamp alone = stamp_of(log_time_bsd, lines[i], NOW, &used);
        CHECK_INT(log_time_bsd(&all, bytes_of(lines[i], strlen(lines[i])), &s), used);
        CHECK_INT(s.time_ns, alone.time_ns);
        CHECK_INT(s.year_assumed, alone.year_assumed);
    }
}

static void any_clock_does(void)
{
    size_t used;
    static const int64_t clocks[] = {INT64_MIN, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
        struct log_stamp s = stamp_of(log_time_bsd, "Feb 29 23:59:60 h", clocks[i], &used);
        CHECK_INT(used, 15);
        CHECK(!s.valid || s.time_ns <= clocks[i] || s.time_ns - TIME_DAY <= clocks[i]);
    }
}

static void iso_times_come_with_many_zones(void)
{
    is_time(log_time_iso, "2015-04-16T18:02:50.321974+00:00 h", "2015-04-16T18:02:50.321974000Z");
    is_time(log_time_iso, "2024-05-16T10:05:03+0200 h", "2024-05-16T08:05:03.000000000Z");
    is_time(log_time_iso, "2024-05-16T10:05:03-05:30 h", "2024-05-16T15:35:03.000000000Z");
    is_time(log_time_iso, "2024-05-16T10:05:03+02 h", "2024-05-16T08:05:03.000000000Z");
    is_time(log_time_iso, "2024-05-16 10:05:03,123 h", "2024-05-16T10:05:03.123000000Z");
    is_time(log_time_iso, "2024-05-16 10:05:03 +0100 h", "2024-05-16T09:05:03.000000000Z");
    is_time(log_time_iso, "2024-05-16T10:05:03.1234567899Z", "2024-05-16T10:05:03.123456789Z");
    is_time(log_time_iso, "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000000Z");
    no_time(log_time_iso, "2024-02-30T10:05:03Z");
    no_time(log_time_iso, "2024-13-01T10:05:03Z");
    no_time(log_time_iso, "2024-05-16T25:05:03Z");
    no_time(log_time_iso, "2024-05-16");
    no_time(log_time_iso, "2024-05-16T10-05-03Z");
}

static void a_missing_zone_is_told(void)
{
    size_t used;
    CHECK(stamp_of(log_time_iso, "2024-05-16 10:05:03 host", NOW, &used).zone_assumed);
    CHECK_INT(used, 19);
    CHECK(!stamp_of(log_time_iso, "2024-05-16 10:05:03Z host", NOW, &used).zone_assumed);
    CHECK(stamp_of(log_time_full, "Fri 2024-05-17 10:05:03 CEST h", NOW, &used).zone_assumed);
    CHECK(!stamp_of(log_time_full, "Fri 2024-05-17 10:05:03 UTC h", NOW, &used).zone_assumed);
    CHECK_INT(used, 27);
}

static void web_times_come_with_any_zone(void)
{
    is_time(log_time_web, "17/May/2015:10:05:03 +0000", "2015-05-17T10:05:03.000000000Z");
    is_time(log_time_web, "17/May/2015:10:05:03 +0530", "2015-05-17T04:35:03.000000000Z");
    is_time(log_time_web, "01/Jan/2015:00:05:03 +1400", "2014-12-31T10:05:03.000000000Z");
    is_time(log_time_web, "17/May/2015:10:05:03.250 -0800", "2015-05-17T18:05:03.250000000Z");
    is_time(log_time_web, "29/Feb/2016:00:00:00 +0000", "2016-02-29T00:00:00.000000000Z");
    no_time(log_time_web, "29/Feb/2015:00:00:00 +0000");
    no_time(log_time_web, "17/Mai/2015:10:05:03 +0000");
    no_time(log_time_web, "17/05/2015:10:05:03 +0000");
}

static void epochs_tell_their_unit_by_size(void)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"1646861401.5241024", "2022-03-09T21:30:01.524102400Z"},
        {"1646861401", "2022-03-09T21:30:01.000000000Z"},
        {"1646861401524", "2022-03-09T21:30:01.524000000Z"},
        {"1646861401524102", "2022-03-09T21:30:01.524102000Z"},
        {"1646861401524102400", "2022-03-09T21:30:01.524102400Z"},
        {"0", "1970-01-01T00:00:00.000000000Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct log_stamp s = {0};
        struct bytes text = bytes_of(cases[i].text, strlen(cases[i].text));
        CHECK_INT(log_time_epoch(text, &s), text.len);
        CHECK(s.valid);
        CHECK_STR(time_text(s.time_ns), cases[i].want);
    }
}

/* Days are cached from line to line; the cache must not leak between formats. */
static void formats_may_alternate(void)
{
    struct log_clock c;
    struct log_stamp s;
    log_clock_init(&c, NOW);
    for (int i = 0; i < 3; i++) {
        CHECK(log_time_iso(&c, BYTES_LITERAL("2024-05-16T10:05:03Z"), &s) > 0);
        CHECK_STR(time_text(s.time_ns), "2024-05-16T10:05:03.000000000Z");
        CHECK(log_time_web(&c, BYTES_LITERAL("17/May/2015:10:05:03 +0000"), &s) > 0);
        CHECK_STR(time_text(s.time_ns), "2015-05-17T10:05:03.000000000Z");
        CHECK(log_time_web(&c, BYTES_LITERAL("99/May/2015:10:05:03 +0000"), &s) == 0 || !s.valid);
        CHECK(log_time_iso(&c, BYTES_LITERAL("2024-05-17T10:05:03Z"), &s) > 0);
        CHECK_STR(time_text(s.time_ns), "2024-05-17T10:05:03.000000000Z");
    }
}

/* clang-format off */
TEST_MAIN(
    TEST(bsd_days_may_have_one_space_or_two),
    TEST(every_month_is_known),
    TEST(what_is_no_bsd_time_is_refused),
    TEST(year_is_the_latest_that_is_not_after_now),
    TEST(leap_day_falls_into_a_leap_year),
    TEST(year_does_not_depend_on_what_was_read_before),
    TEST(any_clock_does),
    TEST(iso_times_come_with_many_zones),
    TEST(a_missing_zone_is_told),
    TEST(web_times_come_with_any_zone),
    TEST(epochs_tell_their_unit_by_size),
    TEST(formats_may_alternate),
)
/* clang-format on */
