/* tests/unit/attribute/test_spec.c - sources on the command line. */
#include "attribute/spec.h"

#include "base/core/timefmt.h"
#include "test.h"

static void a_lone_file_has_no_options(void)
{
    struct attribute_spec s;
    CHECK_INT(attribute_spec_parse("lists/a,b.txt", &s, NULL), ST_OK);
    CHECK_STR(s.path, "lists/a,b.txt");
    CHECK(!s.has_flag && !s.dated && !s.has_family && s.name[0] == '\0');
}

static void all_options_are_read(void)
{
    struct attribute_spec s;
    char out[TIME_TEXT_MAX];
    CHECK_INT(attribute_spec_parse("a,b,as=tor-exit,date=2026-08-22,name=my exits,family=records",
                                   &s, NULL),
              ST_OK);
    CHECK_STR(s.path, "a,b");
    CHECK(s.has_flag && s.flag == ORIGIN_TOR_EXIT);
    CHECK(s.has_family && s.family == ORIGIN_RECORDS);
    CHECK_STR(s.name, "my exits");
    (void)time_format_short(s.date_ns, out);
    CHECK_STR(out, "2026-08-22 00:00:00");
    for (unsigned f = 0; f < ORIGIN_FLAG_COUNT; f++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "x,as=%s", origin_flag_name((enum origin_flag)f));
        CHECK_INT(attribute_spec_parse(text, &s, NULL), ST_OK);
        CHECK_INT(s.flag, f);
    }
}

#define AS_WRONG                                                                                   \
    "as= of the source, which is tor-exit, anonymous-proxy, vpn, relay, residential-proxy, "       \
    "hosting, anycast, satellite, drop-list, research-scanner or own-scanner"

static void a_wrong_meaning_is_told_the_right_ones(void)
{
    struct attribute_spec s;
    struct fault why = {0};
    CHECK_INT(attribute_spec_parse("f,as=bad", &s, &why), ST_MALFORMED);
    for (unsigned f = 0; f < ORIGIN_FLAG_COUNT; f++) {
        CHECK(strstr(why.field, origin_flag_name((enum origin_flag)f)) != NULL);
    }
}

static void mistakes_are_named_where_they_are(void)
{
    static const struct {
        const char *text;
        uint64_t at;
        const char *field;
    } bad[] = {
        {"", 0, "file of the source"},
        {",as=vpn", 0, "file of the source"},
        {"f,as=evil", 2, AS_WRONG},
        {"f,as=", 2, AS_WRONG},
        {"f,as=vpn,date=22.8.2026", 9, "date= of the source, which is YYYY-MM-DD"},
        {"f,date=2026-13-01", 2, "date= of the source, which is YYYY-MM-DD"},
        {"f,date=2026-08-22T00:00:00Z", 2, "date= of the source, which is YYYY-MM-DD"},
        {"f,name=", 2, "name= of the source"},
        {"f,family=unknown", 2, "family= of the source"},
        {"f,as=vpn,colour=red", 9, "key of the source"},
        {"f,as=vpn,", 9, "key of the source"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct attribute_spec s;
        struct fault why = {0};
        CHECK_INT(attribute_spec_parse(bad[i].text, &s, &why), ST_MALFORMED);
        CHECK_INT(why.offset, bad[i].at);
        CHECK_STR(why.field, bad[i].field);
    }
}

TEST_MAIN(TEST(a_lone_file_has_no_options), TEST(all_options_are_read),
          TEST(a_wrong_meaning_is_told_the_right_ones), TEST(mistakes_are_named_where_they_are))
