/* tests/unit/evidence/test_denials.c - each word rests on one input, and falls with it. */
#include <stddef.h>

#include "base/core/timefmt.h"
#include "evidence/verify/basis.h"
#include "test.h"

#define NOW_NS (INT64_C(1795415021) * TIME_SECOND)

/* As much as one party's exhibit can ever show. */
static struct evidence_basis best(void)
{
    return (struct evidence_basis){
        .now_ns = NOW_NS,
        .holds = true,
        .claims = 3,
        .first_ns = NOW_NS - TIME_HOUR,
        .last_ns = NOW_NS - 30 * TIME_MINUTE,
        .dated = true,
        .by_ns = NOW_NS - 29 * TIME_MINUTE,
        .witnesses = 2,
        .witnessed = true,
        .stamped = true,
        .after = true,
        .window_ns = TIME_MINUTE,
        .live = true,
        .witness_lag_ns = TIME_MINUTE,
        .stamp_lag_ns = 2 * TIME_MINUTE,
        .clock_told = true,
        .clock_bound_ns = 1000000,
        .whole = true,
        .gapless = true,
        .margins = true,
        .linked = true,
        .two_way = true,
        .login = true,
        .own = {.asked = 1, .networks = 1, .lists = true, .scanners = true, .dated = true},
        .local_ports = true,
        .rule_fixed = true,
    };
}

static enum evidence_met word(const struct evidence_basis *b, enum evidence_denial d)
{
    struct evidence_report r;
    evidence_report_init(&r);
    CHECK(evidence_denials_tell(b, &r) == ST_OK);
    enum evidence_met met = r.denials[d].met;
    CHECK(r.denials[d].reason[0] != '\0');
    CHECK(r.denials[d].assumes[0] != '\0');
    evidence_report_fini(&r);
    return met;
}

static enum evidence_grade grade(const struct evidence_basis *b)
{
    struct evidence_report r;
    evidence_report_init(&r);
    CHECK(evidence_grade_tell(b, &r) == ST_OK);
    enum evidence_grade g = r.grade;
    CHECK(r.grade_reason[0] != '\0');
    evidence_report_fini(&r);
    return g;
}

/* A word, what is taken away, and the word that is left. */
#define FALLS(denial, before, change, after)                                                       \
    do {                                                                                           \
        CHECK_STR(evidence_met_word(word(&b, denial)), evidence_met_word(before));                 \
        change;                                                                                    \
        CHECK_STR(evidence_met_word(word(&b, denial)), evidence_met_word(after));                  \
    } while (0)

static void fabricated_is_never_met(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_FABRICATED, PARTLY_MET, b.dated = false, NOT_MET);
    b = best();
    FALLS(DENIAL_FABRICATED, PARTLY_MET, b.holds = false, NOT_MET);
}

static void only_another_party_meets_fabricated(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_FABRICATED, PARTLY_MET, b.second_party = "cert-b.example", MET);
    FALLS(DENIAL_FABRICATED, MET, b.live = false, PARTLY_MET);
    b.live = true;
    FALLS(DENIAL_FABRICATED, MET, b.witnessed = false, PARTLY_MET);
    b.witnessed = true;
    FALLS(DENIAL_FABRICATED, MET, b.witness_lag_ns = 2 * TIME_HOUR, PARTLY_MET);
    b.witness_lag_ns = TIME_MINUTE;
    FALLS(DENIAL_FABRICATED, MET, b.holds = false, NOT_MET);
}

static void altered_needs_an_outside_clock(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_ALTERED, MET, b.dated = false, PARTLY_MET);
    FALLS(DENIAL_ALTERED, PARTLY_MET, b.holds = false, NOT_MET);
}

static void picked_needs_everything_around_it(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_PICKED, PARTLY_MET, b.whole = false, NOT_MET);
    b = best();
    FALLS(DENIAL_PICKED, PARTLY_MET, b.gapless = false, NOT_MET);
    b = best();
    FALLS(DENIAL_PICKED, PARTLY_MET, b.margins = false, NOT_MET);
    b = best();
    FALLS(DENIAL_PICKED, PARTLY_MET, b.by_target = true, NOT_MET);
}

static void staged_is_for_the_other_side(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_STAGED, ONLY_YOU, b.inside = true, NOT_MET);
}

static void forged_source_is_never_met(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_FORGED_SOURCE, PARTLY_MET, b.two_way = false, NOT_MET);
    b = best();
    FALLS(DENIAL_FORGED_SOURCE, PARTLY_MET, b.impossible = true, NOT_MET);
}

static void not_ours_needs_sources_of_that_time(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_NOT_OURS, MET, b.own.far_days = 400, PARTLY_MET);
    FALLS(DENIAL_NOT_OURS, PARTLY_MET, b.own = (struct evidence_told){.asked = 0}, NOT_MET);
    b = best();
    FALLS(DENIAL_NOT_OURS, MET, b.own.dated = false, PARTLY_MET);
    b = best();
    FALLS(DENIAL_NOT_OURS, MET, b.own.split = 1, PARTLY_MET);
    b = best();
    FALLS(DENIAL_NOT_OURS, MET, b.own.networks = 0, NOT_MET);
    b.own = (struct evidence_told){.asked = 0};
    b.said = (struct evidence_told){.asked = 1, .networks = 1};
    FALLS(DENIAL_NOT_OURS, PARTLY_MET, b.said.networks = 0, NOT_MET);
}

static void relay_needs_lists_that_do_not_name_it(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_RELAY, PARTLY_MET, b.own.relays = 1, NOT_MET);
    b = best();
    FALLS(DENIAL_RELAY, PARTLY_MET, b.own.lists = false, NOT_MET);
}

static void compromised_is_for_the_other_side(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_COMPROMISED, ONLY_YOU, b = (struct evidence_basis){0}, ONLY_YOU);
}

static void benign_needs_an_act_that_no_survey_does(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_BENIGN, PARTLY_MET, b.own.research = 1, NOT_MET);
    b = best();
    b.login = false; /* the list of scanners is left */
    FALLS(DENIAL_BENIGN, PARTLY_MET, b.own.scanners = false, NOT_MET);
}

static void an_offence_needs_a_rule_fixed_before(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_NOT_AN_OFFENCE, PARTLY_MET, b.rule_fixed = false, NOT_MET);
}

static void time_needs_two_outside_events(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_WRONG_TIME, MET, b.after = false, PARTLY_MET);
    b = best();
    FALLS(DENIAL_WRONG_TIME, MET, b.window_ns = TIME_DAY, PARTLY_MET);
    b.dated = false;
    FALLS(DENIAL_WRONG_TIME, PARTLY_MET, b.clock_told = false, NOT_MET);
}

static void too_late_goes_by_the_reader_s_clock(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_TOO_LATE, PARTLY_MET, b.now_ns += 91 * TIME_DAY, NOT_MET);
    b = best();
    FALLS(DENIAL_TOO_LATE, PARTLY_MET, b.now_ns -= TIME_DAY, NOT_MET);
}

static void enough_is_what_rfc_6302_asks_for(void)
{
    struct evidence_basis b = best();
    FALLS(DENIAL_INSUFFICIENT, MET, b.clock_told = false, PARTLY_MET);
    FALLS(DENIAL_INSUFFICIENT, PARTLY_MET, b.portless = 3, NOT_MET);
    b = best();
    FALLS(DENIAL_INSUFFICIENT, MET, b.portless = 2, PARTLY_MET);
    b = best();
    FALLS(DENIAL_INSUFFICIENT, MET, b.clock_bound_ns = 2 * TIME_SECOND, PARTLY_MET);
    b = best();
    FALLS(DENIAL_INSUFFICIENT, MET, b.local_ports = false, PARTLY_MET);
}

/* The rule of the whole table, over every combination of single facts: neither of
 * these two is ever met. */
static void one_party_alone_never_meets_two_of_them(void)
{
    static const size_t flags[] = {
        offsetof(struct evidence_basis, holds),     offsetof(struct evidence_basis, dated),
        offsetof(struct evidence_basis, witnessed), offsetof(struct evidence_basis, stamped),
        offsetof(struct evidence_basis, after),     offsetof(struct evidence_basis, live),
        offsetof(struct evidence_basis, whole),     offsetof(struct evidence_basis, two_way),
        offsetof(struct evidence_basis, linked),    offsetof(struct evidence_basis, rule_fixed),
    };
    for (unsigned set = 0; set < 1U << ARRAY_LEN(flags); set++) {
        struct evidence_basis b = best();
        for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
            *((bool *)&b + flags[i]) = (set >> i & 1) != 0;
        }
        CHECK(word(&b, DENIAL_FABRICATED) != MET);
        CHECK(word(&b, DENIAL_FORGED_SOURCE) != MET);
    }
}

static void grades_fall_one_by_one(void)
{
    struct evidence_basis b = best();
    b.second_party = "cert-b.example";
    CHECK_STR(evidence_grade_word(grade(&b)), "corroborated");
    b.second_party = NULL;
    CHECK_STR(evidence_grade_word(grade(&b)), "witnessed");
    b.witness_lag_ns = 2 * TIME_HOUR;
    CHECK_STR(evidence_grade_word(grade(&b)), "sealed-live");
    b.stamp_lag_ns = 2 * TIME_HOUR;
    CHECK_STR(evidence_grade_word(grade(&b)), "after-the-fact");
    b = best();
    b.witnessed = false;
    CHECK_STR(evidence_grade_word(grade(&b)), "sealed-live");
    b.stamped = false;
    CHECK_STR(evidence_grade_word(grade(&b)), "after-the-fact");
    b = best();
    b.live = false;
    b.second_party = "cert-b.example"; /* no help without witnesses at that time */
    CHECK_STR(evidence_grade_word(grade(&b)), "after-the-fact");
    b.holds = false;
    CHECK_STR(evidence_grade_word(grade(&b)), "does-not-hold");
}

static void a_lack_of_memory_is_told(void)
{
    struct evidence_basis b = best();
    for (unsigned nth = 1; nth < 16; nth++) {
        struct evidence_report r;
        evidence_report_init(&r);
        test_fail_allocation(nth);
        enum status st = evidence_denials_tell(&b, &r);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(st == (failed ? ST_NOMEM : ST_OK));
        evidence_report_fini(&r);
    }
}

TEST_MAIN(TEST(fabricated_is_never_met), TEST(only_another_party_meets_fabricated),
          TEST(altered_needs_an_outside_clock), TEST(picked_needs_everything_around_it),
          TEST(staged_is_for_the_other_side), TEST(forged_source_is_never_met),
          TEST(not_ours_needs_sources_of_that_time), TEST(relay_needs_lists_that_do_not_name_it),
          TEST(compromised_is_for_the_other_side), TEST(benign_needs_an_act_that_no_survey_does),
          TEST(an_offence_needs_a_rule_fixed_before), TEST(time_needs_two_outside_events),
          TEST(too_late_goes_by_the_reader_s_clock), TEST(enough_is_what_rfc_6302_asks_for),
          TEST(one_party_alone_never_meets_two_of_them), TEST(grades_fall_one_by_one),
          TEST(a_lack_of_memory_is_told))
