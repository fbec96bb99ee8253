/* tests/unit/attribute/test_geofeed.c - what operators say about their networks. */
#include "attribute/geofeed.h"

#include "material.h"

static const char feed[] = "# a comment\n"
                           "192.0.2.0/24,DE,DE-BE,Berlin,\n"
                           "\"192.0.2.128/25\",\"fr\",\"\",\"\",\"\"\r\n"
                           "192.0.2.7,nl\n"
                           "198.51.100.0/24,,,,\n"
                           "198.51.0.0/16,SE,,,,more,fields\n"
                           "2001:db8::/32,JP,,,\n";

static const char *code(const struct attribute_geofeed *g, const char *a)
{
    struct addr x = addr(a);
    struct attribute_range6 r;
    return attribute_ranges_find(&g->ranges, &x, &r) ? g->items[r.value].code : "none";
}

static void the_narrowest_entry_counts(void)
{
    struct attribute_geofeed g;
    CHECK(attribute_geofeed_sniff(text(feed)));
    CHECK_INT(attribute_geofeed_parse(text(feed), &g, NULL), ST_OK);
    CHECK_STR(code(&g, "192.0.2.1"), "DE");
    CHECK_STR(code(&g, "192.0.2.200"), "FR");
    CHECK_STR(code(&g, "192.0.2.7"), "NL");
    CHECK_STR(code(&g, "198.51.1.1"), "SE");
    CHECK_STR(code(&g, "2001:db8::1"), "JP");
    CHECK_STR(code(&g, "203.0.113.1"), "none");
    CHECK_INT(g.skipped + g.repeated, 0);
    attribute_geofeed_fini(&g);
}

/* RFC 8805, 3.1: an empty country asks not to be located. */
static void a_network_that_shall_not_be_located_is_not(void)
{
    struct attribute_geofeed g;
    CHECK_INT(attribute_geofeed_parse(text(feed), &g, NULL), ST_OK);
    CHECK_STR(code(&g, "198.51.100.9"), "");
    attribute_geofeed_fini(&g);
}

static void a_network_that_is_named_twice_is_not_believed(void)
{
    struct attribute_geofeed g;
    CHECK_INT(attribute_geofeed_parse(text("192.0.0.0/16,US,,,\n192.0.2.0/24,DE,,,\n"
                                           "192.0.2.0/24,FR,,,\n"),
                                      &g, NULL),
              ST_OK);
    CHECK_STR(code(&g, "192.0.2.1"), ""); /* nor is the wider one asked */
    CHECK_STR(code(&g, "192.0.3.1"), "US");
    CHECK_INT(g.repeated, 2);
    attribute_geofeed_fini(&g);
}

static void bad_lines_are_left_out_and_counted(void)
{
    struct attribute_geofeed g;
    CHECK_INT(attribute_geofeed_parse(text("192.0.2.0/24,DE,,,\n192.0.2.1/24,DE,,,\n"
                                           "x,DE,,,\n198.51.100.0/24,FR,,,\n"
                                           "203.0.113.0/24,SE,,,\n"),
                                      &g, NULL),
              ST_OK);
    CHECK_INT(g.skipped, 2);
    CHECK_STR(code(&g, "203.0.113.1"), "SE");
    attribute_geofeed_fini(&g);
}

static void other_files_are_no_geofeeds(void)
{
    static const char *const others[] = {"16777216,16777471,AU\n",
                                         "192.0.2.0/24\n",
                                         "2.3|arin|1|1|1|1|1\n",
                                         "{\"roas\":[]}",
                                         "0.0.0.0/0,DE,,,\n",
                                         "192.0.2.0/24,DEU,,,\n",
                                         ""};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct attribute_geofeed g;
        struct fault why = {0};
        CHECK(!attribute_geofeed_sniff(text(others[i])));
        CHECK(attribute_geofeed_parse(text(others[i]), &g, &why) != ST_OK && why.field != NULL);
        attribute_geofeed_fini(&g);
    }
}

static void no_memory_is_said(void)
{
    unsigned n = 0;
    enum status st = ST_NOMEM;
    while (st != ST_OK) {
        struct attribute_geofeed g;
        test_fail_allocation(++n);
        st = attribute_geofeed_parse(text(feed), &g, NULL);
        attribute_geofeed_fini(&g);
        CHECK(st == ST_OK || (st == ST_NOMEM && test_allocation_failed()));
    }
    CHECK(n > 3);
}

TEST_MAIN(TEST(the_narrowest_entry_counts), TEST(a_network_that_shall_not_be_located_is_not),
          TEST(a_network_that_is_named_twice_is_not_believed),
          TEST(bad_lines_are_left_out_and_counted), TEST(other_files_are_no_geofeeds),
          TEST(no_memory_is_said))
