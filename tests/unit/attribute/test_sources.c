/* tests/unit/attribute/test_sources.c - all sources asked together. */
#include "attribute/sources.h"

#include "material_set.h"

static struct origin o;

static void look(const struct attribute_sources *set, const char *a)
{
    struct addr x = addr(a);
    attribute_sources_lookup(set, &x, NOW, &o);
}

/* Trap 2: registry data has 192.168/16 as AU and 100.64/10 as US. */
static void a_private_address_has_no_country_whatever_sources_say(void)
{
    struct attribute_sources *set = new_set();
    add(set, text("3232235520,3232301055,AU\n167772160,184549375,US\n134744072,134744072,US\n"),
        "");
    add(set, text("10.0.0.0/8\n192.168.0.0/16\n"), ",as=hosting");
    CHECK_INT(attribute_sources_load(set, true, true, &remarks), ST_OK);
    look(set, "192.168.1.1");
    CHECK(o.special.present && o.special.bogon);
    CHECK_STR(o.special.name, "private use");
    CHECK_STR(o.special.rfc, "RFC 1918");
    CHECK_INT(o.n, 0);
    CHECK_INT(o.located.word, ORIGIN_UNKNOWN);
    CHECK_INT(o.flags, 0);
    look(set, "8.8.8.8");
    CHECK(!o.special.present);
    CHECK_STR(o.located.code, "US");
    attribute_sources_free(set);
}

/* Trap 14. */
static void embedded_ipv4_is_looked_up_and_both_are_kept(void)
{
    struct attribute_sources *set = new_set();
    static const char *const forms[] = {"2002:808:808::1", "64:ff9b::8.8.8.8",
                                        "2001:0:4136:e378:8000:63bf:f7f7:f7f7"};
    static const enum origin_wrap wraps[] = {ORIGIN_6TO4, ORIGIN_NAT64, ORIGIN_TEREDO};
    struct addr inner = addr("8.8.8.8");
    add(set, text("134744072,134744072,US\n"), "");
    CHECK_INT(attribute_sources_load(set, true, true, &remarks), ST_OK);
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct addr outer = addr(forms[i]);
        look(set, forms[i]);
        CHECK_INT(o.wrap, wraps[i]);
        CHECK(addr_equal(&o.addr, &outer) && addr_equal(&o.looked_up, &inner));
        CHECK_STR(o.located.code, "US");
        CHECK(!o.special.bogon);
    }
    look(set, "::ffff:8.8.8.8");
    CHECK_STR(o.located.code, "US");
    look(set, "2002:a00:1::1"); /* 6to4 of 10.0.0.1 */
    CHECK(o.special.bogon);
    CHECK_STR(o.special.name, "private use");
    CHECK_INT(o.n, 0);
    attribute_sources_free(set);
}

static void only_the_family_that_is_asked_for_is_loaded(void)
{
    struct attribute_sources *set = new_set();
    add(set, text("134744072,134744072,US\n"), "");
    add(set, text("2600::,2600::ffff,US\n"), "");
    CHECK_INT(attribute_sources_load(set, true, false, &remarks), ST_OK);
    CHECK(attribute_sources_info(set)->items[0].digested);
    CHECK(!attribute_sources_info(set)->items[1].digested);
    look(set, "2600::1");
    CHECK_INT(o.located.word, ORIGIN_UNKNOWN);
    CHECK_INT(attribute_sources_load(set, false, true, &remarks), ST_OK);
    CHECK(attribute_sources_info(set)->items[1].digested);
    look(set, "2600::1");
    CHECK_STR(o.located.code, "US");
    attribute_sources_free(set);
}

static void a_broken_source_is_remarked_on_and_says_nothing(void)
{
    struct attribute_sources *set = new_set();
    add(set, text("134744072,134744072,US\n134744073,13474\n"), "");
    add(set, text("134744072,134744072,CA\n"), ",name=good");
    CHECK_INT(attribute_sources_load(set, true, true, &remarks), ST_OK);
    CHECK_INT(remarks.n, 1);
    const char *what = strstr(remarks.items[0].text, " cannot be used: ");
    CHECK(strncmp(remarks.items[0].text, "source /", 8) == 0 && what != NULL);
    CHECK_STR(what, " cannot be used: offset 23: geoip line: malformed");
    CHECK(remarks.items[0].partial);
    look(set, "8.8.8.8");
    CHECK_INT(o.n, 1);
    CHECK_STR(o.located.code, "CA");
    attribute_sources_free(set);
}

static void a_source_that_cannot_be_opened_is_an_error(void)
{
    struct attribute_sources *set = new_set();
    struct fault why = {0};
    CHECK_INT(attribute_sources_add(set, "/no/such/file", &remarks, &why), ST_SYS);
    CHECK_INT(why.sys_errno, 2);
    CHECK_INT(attribute_sources_add(set, "/dev/null", &remarks, &why), ST_DENIED);
    CHECK_INT(attribute_sources_add(set, "x,as=evil", &remarks, &why), ST_MALFORMED);
    CHECK_INT(attribute_sources_info(set)->n, 0);
    attribute_sources_free(set);
}

static void what_cannot_be_used_is_named_by_the_end_of_its_path(void)
{
    const struct fault why = {.offset = 7, .field = "geoip line"};
    char spec[400];
    struct remark_list list = {.n = 0};
    memset(spec, 'a', sizeof(spec));
    (void)snprintf(spec + 300, 100, "/\x1b\xc3.txt,date=2026-08-01");
    attribute_sources_complain(spec, ST_MALFORMED, &why, &list);
    CHECK_INT(list.n, 1);
    CHECK(strstr(list.items[0].text, "aaa/??.txt cannot be used: offset 7: geoip line: malformed"));
    CHECK(strncmp(list.items[0].text, "source ...aaa", 13) == 0);
    attribute_sources_complain("another", ST_MALFORMED, &why, &list);
    CHECK_INT(list.n, 2);
}

static void two_files_of_one_name_are_told_apart(void)
{
    struct attribute_sources *set = new_set();
    add(set, text("134744072,134744072,US\n"), ",name=mine");
    add(set, text("134744072,134744072,CA\n"), ",name=other");
    add(set, text("134744072,134744072,DE\n"), ",name=mine");
    CHECK_STR(attribute_sources_info(set)->items[2].name, "mine (2)");
    CHECK_INT(attribute_sources_load(set, true, true, &remarks), ST_OK);
    CHECK_STR(attribute_sources_info(set)->items[0].name, "mine");
    CHECK_STR(attribute_sources_info(set)->items[1].name, "other");
    CHECK_STR(attribute_sources_info(set)->items[2].name, "mine (2)");
    attribute_sources_free(set);
}

static void there_is_a_most_of_sources(void)
{
    struct attribute_sources *set = new_set();
    struct fault why = {0};
    char path[40];
    int fd = material_file(text("# as: vpn\n8.8.8.8\n"), path);
    for (int i = 0; i < LIMIT_SOURCES; i++) {
        CHECK_INT(attribute_sources_add(set, path, &remarks, &why), ST_OK);
    }
    CHECK_INT(attribute_sources_add(set, path, &remarks, &why), ST_LIMIT);
    CHECK_INT(why.limit, LIMIT_SOURCES);
    CHECK_INT(attribute_sources_load(set, true, true, &remarks), ST_OK);
    look(set, "8.8.8.8");
    CHECK_INT(o.n, ORIGIN_STATEMENTS_MAX);
    CHECK_INT(o.dropped, LIMIT_SOURCES - ORIGIN_STATEMENTS_MAX);
    attribute_sources_free(set);
    close(fd);
}

/* With Debian's two packages as they are; a country, a network and an AS for
 * addresses whose holders have not moved in decades. */
static void the_defaults_answer_at_once(void)
{
    struct attribute_sources *set = new_set();
    CHECK_INT(attribute_sources_add_defaults(set, &remarks), ST_OK);
    if (attribute_sources_info(set)->n < 3) {
        printf("# skipped: the default sources are not installed\n");
        CHECK(remarks.n > 0 && strstr(remarks.items[0].text, "install the package") != NULL);
        attribute_sources_free(set);
        return;
    }
    CHECK_INT(remarks.n, 0);
    CHECK_INT(attribute_sources_load(set, true, true, &remarks), ST_OK);
    const struct origin_sources *info = attribute_sources_info(set);
    for (size_t i = 0; i < info->n; i++) {
        CHECK_INT(info->items[i].family, ORIGIN_RECORDS);
        CHECK_INT(info->items[i].date, ORIGIN_DATE_DATA);
        CHECK(strstr(info->items[i].credit, "CC BY-SA 4.0") != NULL);
    }
    look(set, "193.0.14.129"); /* k.root-servers.net: anycast by design */
    CHECK_INT(o.as[0].number, 25152);
    look(set, "130.206.1.2"); /* RedIRIS */
    CHECK_STR(o.located.code, "ES");
    CHECK_INT(o.located.word, ORIGIN_AGREED);
    CHECK_INT(o.located.families, 1); /* two files of one maker */
    CHECK_INT(o.as[0].number, 766);
    CHECK(strlen(o.as[0].name) > 0);
    CHECK(o.has_net && prefix_contains(&o.net, &o.addr));
    CHECK_INT(o.relation, ORIGIN_RELATION_UNTOLD);
    look(set, "1.1.1.1");
    CHECK_INT(o.located.word, ORIGIN_NO_MEANING);
    look(set, "2001:720::1");
    CHECK_STR(o.located.code, "ES");
    look(set, "192.0.2.1");
    CHECK_INT(o.n, 0);
    attribute_sources_free(set);
}

/* Trap 7 and 8 in one: sources of several formats side by side. */
static void real_lists_flag_a_scanner_with_its_operator(void)
{
    const char *shared = test_shared();
    struct attribute_sources *set = new_set();
    static const char *const specs[] = {
        "sources/lists/misp-censys-scanning.json",
        "sources/lists/misp-shodan-nt-scanning.json,date=2026-08-10",
        "sources/lists/x4b/datacenter/ipv4.txt,as=vpn,date=2026-08-22",
        "sources/mmdb/test-data/GeoIP2-Country-Test.mmdb"};
    for (size_t i = 0; shared != NULL && i < ARRAY_LEN(specs); i++) {
        char path[4096];
        struct fault why = {0};
        (void)snprintf(path, sizeof(path), "%s/%s", shared, specs[i]);
        CHECK_INT(attribute_sources_add(set, path, &remarks, &why), ST_OK);
    }
    CHECK_INT(attribute_sources_load(set, true, true, &remarks), ST_OK);
    if (shared != NULL) {
        look(set, "162.142.125.7");
        CHECK(origin_has(&o, ORIGIN_RESEARCH_SCANNER));
        CHECK_STR(o.operator_name, "Censys");
        CHECK(!origin_has(&o, ORIGIN_VPN));
        look(set, "66.240.205.34");
        CHECK_STR(o.operator_name, "Shodan");
        look(set, "1.12.0.1");
        CHECK(origin_has(&o, ORIGIN_HOSTING) && !origin_has(&o, ORIGIN_VPN));
        look(set, "81.2.69.160"); /* GB, registered in the US */
        CHECK_STR(o.located.code, "GB");
        CHECK_STR(o.registered.code, "US");
        CHECK_INT(o.relation, ORIGIN_DIFFERENT);
    } else {
        printf("# skipped: no shared data\n");
    }
    attribute_sources_free(set);
}

static void no_memory_is_said(void)
{
    char path[40];
    int fd = material_file(text("134744072,134744072,US\n"), path);
    enum status st = ST_NOMEM;
    unsigned n = 0;
    while (st != ST_OK) {
        struct attribute_sources *set = NULL;
        test_fail_allocation(++n);
        st = attribute_sources_new(NOW, &set);
        st = st == ST_OK ? attribute_sources_add(set, path, &remarks, NULL) : st;
        st = st == ST_OK ? attribute_sources_load(set, true, true, &remarks) : st;
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        attribute_sources_free(set);
        CHECK(st == ST_OK || (st == ST_NOMEM && failed));
    }
    CHECK(n > 4);
    close(fd);
}

/* One route of an MRT dump: 192.0.2.0/24 from AS 64500, as peer 0 has it, and
 * from AS 64501, as peers 1 and 2 have it. */
static const uint8_t table[] = {
    /* clang-format off */
    0x6a, 0xb1, 0x3b, 0x00, 0, 13, 0, 1, 0, 0, 0, 47, 10, 0, 0, 1, 0, 0, 0, 3,
    2, 0, 0, 0, 1, 192, 0, 2, 1, 0, 0, 0, 1,
    2, 0, 0, 0, 2, 192, 0, 2, 2, 0, 0, 0, 2,
    2, 0, 0, 0, 3, 192, 0, 2, 3, 0, 0, 0, 3,
    0x6a, 0xb1, 0x3b, 0x00, 0, 13, 0, 2, 0, 0, 0, 61, 0, 0, 0, 1, 24, 198, 51, 99, 0, 3,
    0, 0, 0, 0, 0, 0, 0, 9, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf4,
    0, 1, 0, 0, 0, 0, 0, 9, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf5,
    0, 2, 0, 0, 0, 0, 0, 9, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf5,
    /* clang-format on */
};

static void routes_have_their_origins_peers_and_validity(void)
{
    static const char roas[] =
        "{\"roas\":[{\"asn\":64501,\"prefix\":\"198.51.0.0/16\",\"maxLength\":24}]}";
    struct attribute_sources *set = new_set();
    add(set, bytes_of(table, sizeof(table)), "");
    add(set, text(roas), ",date=2026-09-21");
    CHECK_INT(attribute_sources_load(set, true, false, &remarks), ST_OK);
    look(set, "198.51.99.7");
    CHECK(o.moas && o.has_net && o.net.len == 120);
    CHECK_INT(o.n_as, 2);
    CHECK_INT(o.as[0].number, 64501); /* more peers have it so */
    CHECK_INT(o.as[0].seen, 2);
    CHECK_INT(o.as[0].of, 3);
    CHECK_INT(o.as[0].validity, ORIGIN_VALID);
    CHECK_INT(o.as[1].number, 64500);
    CHECK_INT(o.as[1].validity, ORIGIN_INVALID_ASN);
    struct addr inside = addr("198.51.99.255");
    struct addr outside = addr("198.51.98.255");
    int routes = attribute_sources_routes(set, NOW, 0);
    CHECK_INT(routes, 0);
    CHECK(attribute_sources_announced(set, routes, &inside));
    CHECK(!attribute_sources_announced(set, routes, &outside));
    attribute_sources_free(set);
}

/* A network without authorization: that is told from a source that is broken. */
static void without_authorizations_nothing_is_said_about_a_route(void)
{
    struct attribute_sources *set = new_set();
    add(set, bytes_of(table, sizeof(table)), "");
    add(set, text("{\"roas\":[{\"asn\":1,\"prefix\":\"8.0.0.0/8\"}]}"), ",date=2026-09-21");
    CHECK_INT(attribute_sources_load(set, true, false, &remarks), ST_OK);
    look(set, "198.51.99.7");
    CHECK_INT(o.as[0].validity, ORIGIN_NOT_FOUND);
    attribute_sources_free(set);
    set = new_set();
    add(set, bytes_of(table, sizeof(table)), "");
    add(set, text("{\"roas\":[{\"asn\":1,\"prefix\":\"8.0.0.0/8\"}"), ",date=2026-09-21");
    CHECK_INT(attribute_sources_load(set, true, false, &remarks), ST_OK);
    look(set, "198.51.99.7");
    CHECK_INT(o.n_as, 2);
    CHECK_INT(o.as[0].validity, ORIGIN_VALIDITY_UNTOLD);
    attribute_sources_free(set);
}

static void an_operators_word_is_a_voice_of_its_own(void)
{
    struct attribute_sources *set = new_set();
    add(set, text("134744072,134744072,US\n"), "");
    add(set, text("8.8.8.0/24,DE,,,\n8.8.8.9,,,,\n"), "");
    CHECK_INT(attribute_sources_load(set, true, false, &remarks), ST_OK);
    look(set, "8.8.8.8");
    CHECK_INT(o.located.word, ORIGIN_SPLIT);
    CHECK_INT(o.located.families, 2);
    CHECK_STR(o.registered.code, "US"); /* it says nothing about that */
    look(set, "8.8.8.7");
    CHECK_STR(o.located.code, "DE");
    look(set, "8.8.8.9");
    CHECK_INT(o.located.word, ORIGIN_UNKNOWN);
    attribute_sources_free(set);
}

TEST_MAIN(TEST(routes_have_their_origins_peers_and_validity),
          TEST(without_authorizations_nothing_is_said_about_a_route),
          TEST(an_operators_word_is_a_voice_of_its_own),
          TEST(a_private_address_has_no_country_whatever_sources_say),
          TEST(embedded_ipv4_is_looked_up_and_both_are_kept),
          TEST(only_the_family_that_is_asked_for_is_loaded),
          TEST(a_broken_source_is_remarked_on_and_says_nothing),
          TEST(a_source_that_cannot_be_opened_is_an_error),
          TEST(what_cannot_be_used_is_named_by_the_end_of_its_path),
          TEST(two_files_of_one_name_are_told_apart), TEST(there_is_a_most_of_sources),
          TEST(the_defaults_answer_at_once), TEST(real_lists_flag_a_scanner_with_its_operator),
          TEST(no_memory_is_said))
