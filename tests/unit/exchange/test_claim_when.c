/* tests/unit/exchange/test_claim_when.c - times as people and programs write them. */
#include "exchange/claim/when.h"

#include "claims.h"

static struct claim_when when(const char *s)
{
    const struct claim_clock clock = {.now_ns = CLAIMED_AT * TIME_SECOND};
    struct claim_when w = {.known = false};
    CHECK_INT(claim_when_read(text(s), &clock, &w), ST_OK);
    return w;
}

static void the_same_instant_is_read_in_every_form(void)
{
    static const char *const forms[] = {
        "2026-03-03T10:00:05Z",
        "2026-03-03 10:00:05 UTC",
        "2026-03-03 12:00:05 +0200",
        "2026-03-03T12:00:05.000+02:00",
        "Tue, 03 Mar 2026 10:00:05 GMT",
        "Tue, 3 Mar 2026 05:00:05 -0500 (EST)",
        "03/Mar/2026:10:00:05 +0000",
        "[03/Mar/2026:11:30:05 +0130]",
        "Mar 3 2026 10:00:05 UTC",
        "Tue Mar  3 10:00:05 UTC 2026",
        "Tue Mar 3 10:00:05 2026 +0000",
        "1772532005",
        "1772532005000",
        "1772532005.000000",
        "2026/03/03 10:00:05Z",
        " 2026-03-03T10:00:05,0Z ",
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct claim_when w = when(forms[i]);
        if (w.first_ns != at("2026-03-03T10:00:05Z") || w.zone_assumed || w.year_assumed) {
            printf("# %s\n", forms[i]);
        }
        CHECK_INT(w.first_ns, at("2026-03-03T10:00:05Z"));
        CHECK(w.known && !w.zone_assumed && !w.year_assumed && w.last_ns == w.first_ns);
    }
}

static void what_is_lacking_is_told(void)
{
    CHECK(when("2026-03-03 10:00:05").zone_assumed);
    CHECK(when("2026-03-03 10:00:05 IST").zone_assumed); /* of India, Israel or Ireland */
    CHECK_INT(when("2026-03-03 10:00 UTC").precision_ns, TIME_MINUTE);
    CHECK_INT(when("2026-03-03").precision_ns, TIME_DAY);
    CHECK_INT(when("2026-03-03T10:00:05Z").precision_ns, TIME_SECOND);
    CHECK(when("2026-03-03T10:00:05.25Z").precision_ns < TIME_SECOND);
}

static void a_year_that_is_lacking_is_the_latest_before_the_claim(void)
{
    struct claim_when w = when("Mar  3 10:00:05");
    CHECK_INT(w.first_ns, at("2026-03-03T10:00:05Z"));
    CHECK(w.year_assumed && w.zone_assumed);
    CHECK_INT(when("Dec 31 23:00:00").first_ns, at("2025-12-31T23:00:00Z"));
    CHECK_INT(when("Feb 29 01:02:03").first_ns, at("2024-02-29T01:02:03Z"));
}

static void a_zone_by_option_is_no_assumption(void)
{
    const struct claim_clock clock = {.has_zone = true, .zone_ns = 2 * TIME_HOUR};
    struct claim_when w;
    CHECK_INT(claim_when_read(text("2026-03-03 12:00:05"), &clock, &w), ST_OK);
    CHECK_INT(w.first_ns, at("2026-03-03T10:00:05Z"));
    CHECK(!w.zone_assumed);
    CHECK_INT(claim_when_read(text("2026-03-03 12:00:05Z"), &clock, &w), ST_OK);
    CHECK_INT(w.first_ns, at("2026-03-03T12:00:05Z")); /* its own zone counts */
}

static void what_is_no_time_is_refused(void)
{
    static const char *const wrong[] = {
        "",
        " ",
        "yesterday",
        "2026-13-03 10:00:00",
        "2026-02-30",
        "2026-03-03 24:00:61",
        "2026-03-03T10:00:05Z and more",
        "10:00:05",
        "12345",
        "99999999999999999999",
        "2026-03-03 10:00:05 +9900",
        "Mar",
        "Mar 3",
        "Tu",
        "[]",
        "2026-03-03T10:0",
        "2026-03-03T10:00:05 waytoolong",
        "0000-00-00",
        "9220050000",
    };
    const struct claim_clock clock = {.now_ns = CLAIMED_AT * TIME_SECOND};
    struct claim_when w;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        enum status st = claim_when_read(text(wrong[i]), &clock, &w);
        if (st != ST_MALFORMED) {
            printf("# accepted: %s\n", wrong[i]);
        }
        CHECK_INT(st, ST_MALFORMED);
    }
}

TEST_MAIN(TEST(the_same_instant_is_read_in_every_form), TEST(what_is_lacking_is_told),
          TEST(a_year_that_is_lacking_is_the_latest_before_the_claim),
          TEST(a_zone_by_option_is_no_assumption), TEST(what_is_no_time_is_refused))
