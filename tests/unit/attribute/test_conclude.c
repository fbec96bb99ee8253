/* tests/unit/attribute/test_conclude.c - from statements to words. */
#include "attribute/conclude.h"

#include "base/core/timefmt.h"
#include "material.h"

#define DAY(n) ((n)*TIME_DAY)

static struct origin_sources sources;
static struct origin o;

static void begin(void)
{
    sources = (struct origin_sources){0};
    o = (struct origin){.event_ns = DAY(20000)};
}

static uint8_t source(enum origin_family family, enum origin_date date, int64_t day)
{
    sources.items[sources.n] =
        (struct origin_source){.family = family, .date = date, .date_ns = DAY(day)};
    return (uint8_t)sources.n++;
}

static void country(uint8_t from, enum origin_about about, const char *code)
{
    struct origin_statement *s = origin_state(&o, from, about);
    memcpy(s->code, code, 3);
}

static void network(uint8_t from, const char *first, const char *last, uint32_t asn,
                    const char *name)
{
    struct origin_statement *s = origin_state(&o, from, ORIGIN_NETWORK);
    s->first = addr(first);
    s->last = addr(last);
    s->has_asn = true;
    s->asn = asn;
    (void)snprintf(s->text, sizeof(s->text), "%s", name);
}

static void flag(uint8_t from, enum origin_flag f, const char *name)
{
    struct origin_statement *s = origin_state(&o, from, ORIGIN_FLAGGED);
    s->flag = f;
    (void)snprintf(s->text, sizeof(s->text), "%s", name);
}

static void nothing_said_is_unknown(void)
{
    begin();
    attribute_conclude(&o, &sources);
    CHECK_INT(o.located.word, ORIGIN_UNKNOWN);
    CHECK_INT(o.registered.word, ORIGIN_UNKNOWN);
    CHECK_INT(o.relation, ORIGIN_RELATION_UNTOLD);
    CHECK_INT(o.flags, 0);
    CHECK(!o.has_net && o.n_as == 0);
}

/* Trap 5: a table made from the delegations confirms nothing that the
 * delegations say. */
static void two_sources_of_one_family_are_one_voice(void)
{
    begin();
    country(source(ORIGIN_DELEGATION, ORIGIN_DATE_DATA, 20000), ORIGIN_REGISTERED, "NL");
    country(source(ORIGIN_DELEGATION, ORIGIN_DATE_DATA, 19990), ORIGIN_REGISTERED, "NL");
    country(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 20000), ORIGIN_RECORDED, "NL");
    country(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 19999), ORIGIN_RECORDED, "NL");
    attribute_conclude(&o, &sources);
    CHECK_INT(o.registered.word, ORIGIN_AGREED);
    CHECK_STR(o.registered.code, "NL");
    CHECK_INT(o.registered.families, 1);
    CHECK_INT(o.registered.values[0].sources, 2);
    CHECK_INT(o.located.families, 1);
    CHECK(!o.located.dissent);
}

static void families_that_differ_are_split_and_all_values_shown(void)
{
    begin();
    country(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 20000), ORIGIN_RECORDED, "US");
    country(source(ORIGIN_MEASUREMENT, ORIGIN_DATE_BUILD, 20000), ORIGIN_LOCATED, "SG");
    country(source(ORIGIN_LEGACY, ORIGIN_DATE_DATA, 18000), ORIGIN_LOCATED, "SG");
    attribute_conclude(&o, &sources);
    CHECK_INT(o.located.word, ORIGIN_SPLIT);
    CHECK_STR(o.located.code, "");
    CHECK_INT(o.located.families, 3);
    CHECK_INT(o.located.n, 2);
    CHECK_STR(o.located.values[0].code, "SG"); /* two families */
    CHECK_INT(o.located.values[0].families, 1 << ORIGIN_MEASUREMENT | 1 << ORIGIN_LEGACY);
    CHECK_STR(o.located.values[1].code, "US");
    CHECK_INT(o.relation, ORIGIN_RELATION_UNTOLD);
}

static void a_familys_voice_is_its_source_nearest_to_the_event(void)
{
    begin();
    country(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 18600), ORIGIN_RECORDED, "DE");
    country(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 20010), ORIGIN_RECORDED, "FR");
    country(source(ORIGIN_RECORDS, ORIGIN_UNDATED, 0), ORIGIN_RECORDED, "IT");
    attribute_conclude(&o, &sources);
    CHECK_INT(o.located.word, ORIGIN_AGREED);
    CHECK_STR(o.located.code, "FR");
    CHECK(o.located.dissent);
    CHECK_INT(o.located.n, 3);
    o.event_ns = DAY(18000); /* the same statements about an older event */
    attribute_conclude(&o, &sources);
    CHECK_STR(o.located.code, "DE");
}

/* A build date is no date of data: one that is stated comes first. */
static void a_date_of_the_data_weighs_more_than_one_of_a_build(void)
{
    begin();
    country(source(ORIGIN_MEASUREMENT, ORIGIN_DATE_BUILD, 20000), ORIGIN_LOCATED, "DE");
    country(source(ORIGIN_MEASUREMENT, ORIGIN_DATE_PINNED, 19000), ORIGIN_LOCATED, "FR");
    attribute_conclude(&o, &sources);
    CHECK_STR(o.located.code, "FR");
}

/* A file that does not tell where it copied from confirms nobody. */
static void an_unknown_family_speaks_only_alone(void)
{
    begin();
    uint8_t unknown = source(ORIGIN_FAMILY_UNKNOWN, ORIGIN_DATE_BUILD, 20000);
    country(unknown, ORIGIN_LOCATED, "US");
    attribute_conclude(&o, &sources);
    CHECK_INT(o.located.word, ORIGIN_AGREED);
    CHECK_STR(o.located.code, "US");
    country(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 19000), ORIGIN_RECORDED, "CA");
    attribute_conclude(&o, &sources);
    CHECK_STR(o.located.code, "CA");
    CHECK_INT(o.located.families, 1);
    CHECK_INT(o.located.n, 2); /* but it is shown */
}

static void regions_are_named_and_yield_to_countries(void)
{
    begin();
    country(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 20000), ORIGIN_RECORDED, "EU");
    attribute_conclude(&o, &sources);
    CHECK_INT(o.located.word, ORIGIN_REGION);
    CHECK_STR(o.located.code, "EU");
    country(source(ORIGIN_MEASUREMENT, ORIGIN_DATE_BUILD, 20000), ORIGIN_LOCATED, "BE");
    attribute_conclude(&o, &sources);
    CHECK_INT(o.located.word, ORIGIN_AGREED);
    CHECK_STR(o.located.code, "BE");
    CHECK_INT(o.registered.word, ORIGIN_REGION);
}

static void codes_that_are_no_country_say_nothing(void)
{
    begin();
    country(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 20000), ORIGIN_RECORDED, "ZZ");
    country(source(ORIGIN_MEASUREMENT, ORIGIN_DATE_DATA, 20000), ORIGIN_LOCATED, "UK");
    attribute_conclude(&o, &sources);
    CHECK_INT(o.located.word, ORIGIN_UNKNOWN);
    CHECK_INT(o.located.n, 0);
}

/* Trap 13: 1.1.1.1 is "AU" because its holder registered there. */
static void anycast_and_satellite_have_no_one_place(void)
{
    static const enum origin_flag flags[] = {ORIGIN_ANYCAST, ORIGIN_SATELLITE};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        begin();
        uint8_t s = source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 20000);
        country(s, ORIGIN_RECORDED, "AU");
        flag(s, flags[i], "");
        attribute_conclude(&o, &sources);
        CHECK_INT(o.located.word, ORIGIN_NO_MEANING);
        CHECK_STR(o.located.code, "");
        CHECK_INT(o.registered.word, ORIGIN_AGREED);
        CHECK_STR(o.registered.code, "AU");
        CHECK_INT(o.relation, ORIGIN_RELATION_UNTOLD);
    }
    begin();
    o.special.anycast = true;
    country(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 20000), ORIGIN_RECORDED, "US");
    attribute_conclude(&o, &sources);
    CHECK_INT(o.located.word, ORIGIN_NO_MEANING);
}

static void registered_elsewhere_is_said(void)
{
    begin();
    country(source(ORIGIN_DELEGATION, ORIGIN_DATE_DATA, 20000), ORIGIN_REGISTERED, "GB");
    country(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 20000), ORIGIN_RECORDED, "US");
    attribute_conclude(&o, &sources);
    CHECK_STR(o.registered.code, "GB");
    CHECK_STR(o.located.code, "US");
    CHECK(!o.registered.from_records && o.located.from_records);
    CHECK_INT(o.relation, ORIGIN_DIFFERENT);
    begin();
    country(source(ORIGIN_DELEGATION, ORIGIN_DATE_DATA, 20000), ORIGIN_REGISTERED, "GB");
    country(source(ORIGIN_MEASUREMENT, ORIGIN_DATE_DATA, 20000), ORIGIN_LOCATED, "GB");
    attribute_conclude(&o, &sources);
    CHECK_INT(o.relation, ORIGIN_SAME);
}

/* One record stands under both rungs: that they are equal means nothing. */
static void records_alone_cannot_differ_from_themselves(void)
{
    begin();
    country(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 20000), ORIGIN_RECORDED, "US");
    attribute_conclude(&o, &sources);
    CHECK_STR(o.registered.code, "US");
    CHECK_STR(o.located.code, "US");
    CHECK(o.registered.from_records && o.located.from_records);
    CHECK_INT(o.relation, ORIGIN_RELATION_UNTOLD);
}

static void the_as_nearest_in_date_comes_first_and_others_are_kept(void)
{
    begin();
    uint8_t old = source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 18600);
    uint8_t new = source(ORIGIN_MEASUREMENT, ORIGIN_DATE_DATA, 20001);
    network(old, "8.0.0.0", "8.255.255.255", 3356, "LEVEL3");
    network(new, "8.8.8.0", "8.8.8.255", 15169, "GOOGLE");
    network(new, "8.8.8.0", "8.8.8.255", 15169, "GOOGLE");
    attribute_conclude(&o, &sources);
    char out[PREFIX_TEXT_MAX];
    CHECK_INT(o.n_as, 2);
    CHECK_INT(o.as[0].number, 15169);
    CHECK_STR(o.as[0].name, "GOOGLE");
    CHECK_INT(o.as[0].source, new);
    CHECK_INT(o.as[1].number, 3356);
    CHECK(o.has_net);
    (void)prefix_format(&o.net, out);
    CHECK_STR(out, "8.8.8.0/24");
}

/* Trap 6: databases hold AS4294967294, AS23456, AS0 and private numbers. */
static void numbers_of_nobody_have_no_name(void)
{
    static const uint32_t numbers[] = {0, 23456, 64512, 4294967294, 4294967295};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        begin();
        network(source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 20000), "8.0.0.0", "8.255.255.255",
                numbers[i], "Some Company Ltd");
        attribute_conclude(&o, &sources);
        CHECK_INT(o.as[0].number, numbers[i]);
        CHECK_STR(o.as[0].name, "");
        CHECK(strstr(o.as[0].special, "RFC") != NULL);
    }
}

static void a_range_that_is_no_prefix_is_not_shown_as_one(void)
{
    begin();
    uint8_t s = source(ORIGIN_RECORDS, ORIGIN_DATE_DATA, 20000);
    network(s, "8.0.0.0", "8.0.2.255", 1, "x");
    attribute_conclude(&o, &sources);
    CHECK(!o.has_net);
    network(s, "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 1, "x");
    attribute_conclude(&o, &sources);
    CHECK(o.has_net && o.net.len == 32);
}

/* Trap 8: the Tor flag is a function of time. */
static void a_tor_list_far_from_the_event_is_stale(void)
{
    static const struct {
        enum origin_date date;
        int64_t day;
        bool stale;
    } lists[] = {{ORIGIN_DATE_PINNED, 20000, false}, {ORIGIN_DATE_PINNED, 19993, false},
                 {ORIGIN_DATE_PINNED, 19992, true},  {ORIGIN_DATE_PINNED, 20007, false},
                 {ORIGIN_DATE_PINNED, 20008, true},  {ORIGIN_UNDATED, 20000, true}};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        begin();
        flag(source(ORIGIN_FAMILY_UNKNOWN, lists[i].date, lists[i].day), ORIGIN_TOR_EXIT, "");
        attribute_conclude(&o, &sources);
        CHECK(origin_has(&o, ORIGIN_TOR_EXIT));
        CHECK_INT(o.stale >> ORIGIN_TOR_EXIT & 1, lists[i].stale);
    }
    begin(); /* one fresh list is enough */
    flag(source(ORIGIN_FAMILY_UNKNOWN, ORIGIN_UNDATED, 0), ORIGIN_TOR_EXIT, "");
    flag(source(ORIGIN_FAMILY_UNKNOWN, ORIGIN_DATE_PINNED, 20000), ORIGIN_TOR_EXIT, "");
    flag(source(ORIGIN_FAMILY_UNKNOWN, ORIGIN_UNDATED, 0), ORIGIN_HOSTING, "");
    attribute_conclude(&o, &sources);
    CHECK_INT(o.stale, 0);
}

static void a_research_scanner_names_its_operator(void)
{
    begin();
    flag(source(ORIGIN_FAMILY_UNKNOWN, ORIGIN_UNDATED, 0), ORIGIN_HOSTING, "cloud");
    flag(source(ORIGIN_FAMILY_UNKNOWN, ORIGIN_UNDATED, 0), ORIGIN_RESEARCH_SCANNER, "Example");
    attribute_conclude(&o, &sources);
    CHECK_STR(o.operator_name, "Example");
    CHECK_INT(o.flags, 1U << ORIGIN_HOSTING | 1U << ORIGIN_RESEARCH_SCANNER);
}

TEST_MAIN(TEST(nothing_said_is_unknown), TEST(two_sources_of_one_family_are_one_voice),
          TEST(families_that_differ_are_split_and_all_values_shown),
          TEST(a_familys_voice_is_its_source_nearest_to_the_event),
          TEST(a_date_of_the_data_weighs_more_than_one_of_a_build),
          TEST(an_unknown_family_speaks_only_alone), TEST(regions_are_named_and_yield_to_countries),
          TEST(codes_that_are_no_country_say_nothing),
          TEST(anycast_and_satellite_have_no_one_place), TEST(registered_elsewhere_is_said),
          TEST(records_alone_cannot_differ_from_themselves),
          TEST(the_as_nearest_in_date_comes_first_and_others_are_kept),
          TEST(numbers_of_nobody_have_no_name), TEST(a_range_that_is_no_prefix_is_not_shown_as_one),
          TEST(a_tor_list_far_from_the_event_is_stale), TEST(a_research_scanner_names_its_operator))
