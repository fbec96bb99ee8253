/* tests/unit/attribute/test_misp.c - MISP warning lists. */
#include "attribute/misp.h"

#include "base/core/timefmt.h"
#include "material.h"

static const char list[] = "{\"description\": \"ranges\", \"list\": [\"192.0.2.0/24\", "
                           "\"2001:db8::/32\", \"198.51.100.1\"], \"name\": \"List of published "
                           "IP address ranges for Example Scanner\", \"type\": \"cidr\", "
                           "\"version\": 20260811}";

static enum status parse(const char *s, struct attribute_misp *m, struct fault *why)
{
    return attribute_misp_parse(text(s), m, why);
}

static void a_scanners_list_names_its_operator(void)
{
    struct attribute_misp m;
    char out[TIME_TEXT_MAX];
    CHECK(attribute_misp_sniff(text(list)));
    CHECK_INT(parse(list, &m, NULL), ST_OK);
    CHECK_INT(m.list.entries, 3);
    CHECK(m.has_flag && m.flag == ORIGIN_RESEARCH_SCANNER);
    CHECK_STR(m.operator_name, "Example");
    CHECK_STR(m.name, "List of published IP address ranges for Example Scanner");
    CHECK(m.dated);
    (void)time_format_short(m.date_ns, out);
    CHECK_STR(out, "2026-08-11 00:00:00");
    attribute_misp_fini(&m);
}

static bool means(const char *name, const char *description, enum origin_flag flag)
{
    char s[512];
    struct attribute_misp m;
    (void)snprintf(s, sizeof(s),
                   "{\"name\":\"%s\",\"description\":\"%s\",\"type\":\"cidr\",\"version\":3,"
                   "\"list\":[\"192.0.2.1\"]}",
                   name, description);
    bool ok = parse(s, &m, NULL) == ST_OK && m.has_flag && m.flag == flag && !m.dated;
    attribute_misp_fini(&m);
    return ok;
}

/* The list called vpn-ipv4 is one of data centres. */
static void a_list_of_vpns_and_data_centres_is_hosting_space(void)
{
    CHECK(means("Specialized list of IPv4 addresses belonging to common VPN providers and "
                "datacenters",
                "", ORIGIN_HOSTING));
    CHECK(means("VPN addresses", "of VPN providers and data centers", ORIGIN_HOSTING));
    CHECK(means("Example VPN exits", "exits", ORIGIN_VPN));
    CHECK(means("Known hosting ranges", "", ORIGIN_HOSTING));
    CHECK(means("Example IP Ranges Used for Scanning", "", ORIGIN_RESEARCH_SCANNER));
}

static void a_name_that_tells_nothing_gives_no_meaning(void)
{
    struct attribute_misp m;
    CHECK_INT(parse("{\"name\":\"List of known sinkholes\",\"type\":\"cidr\",\"version\":2,"
                    "\"list\":[\"192.0.2.1\"]}",
                    &m, NULL),
              ST_OK);
    CHECK(!m.has_flag && !m.dated);
    attribute_misp_fini(&m);
}

static void what_is_no_list_of_networks_is_refused(void)
{
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"name\":\"x\",\"type\":\"hostname\",\"list\":[\"example.org\"]}",
        "{\"name\":\"x\",\"type\":\"cidr\",\"list\":[\"example.org\"]}",
        "{\"name\":\"x\",\"type\":\"cidr\",\"list\":[1]}",
        "{\"name\":\"x\",\"type\":\"cidr\",\"list\":{}}",
        "{\"name\":7,\"type\":\"cidr\",\"list\":[\"1.2.3.4\"]}",
        "{\"type\":\"cidr\",\"list\":[\"1.2.3.4\"]}",
        "{\"name\":\"x\",\"name\":\"y\",\"type\":\"cidr\",\"list\":[\"1.2.3.4\"]}",
        "{\"name\":\"x\",\"type\":\"cidr\",\"list\":[\"1.2.3.4\"]} {}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct attribute_misp m;
        struct fault why = {0};
        CHECK_INT(parse(bad[i], &m, &why), ST_MALFORMED);
        CHECK(why.field != NULL);
        attribute_misp_fini(&m);
    }
    struct attribute_misp m;
    struct fault why = {0};
    CHECK_INT(parse("{\"name\":\"x\",\"type\":\"cidr\",\"list\":[]}", &m, NULL), ST_SHORT);
    attribute_misp_fini(&m);
    CHECK_INT(
        parse("{\"name\":\"x\",\"type\":\"cidr\",\"list\":[\"1.2.3.4\",\"0.0.0.0/0\"]}", &m, &why),
        ST_LIMIT);
    CHECK_INT(why.offset, 1);
    attribute_misp_fini(&m);
}

static void absurd_nesting_is_refused(void)
{
    struct buf b = BUF_INIT(1 << 20);
    struct attribute_misp m;
    for (int i = 0; i < 100000; i++) {
        buf_str(&b, "{\"a\":");
    }
    CHECK_INT(attribute_misp_parse(buf_bytes(&b), &m, NULL), ST_MALFORMED);
    attribute_misp_fini(&m);
    buf_fini(&b);
}

static void every_cut_is_refused(void)
{
    int taken = 0;
    for (size_t n = 0; n < strlen(list); n++) {
        uint8_t *copy = malloc(n + 1);
        struct attribute_misp m;
        memcpy(copy, list, n);
        taken += attribute_misp_parse(bytes_of(copy, n), &m, NULL) == ST_OK;
        attribute_misp_fini(&m);
        free(copy);
    }
    CHECK_INT(taken, 0);
}

static void no_memory_is_said(void)
{
    struct attribute_misp m;
    unsigned n = 0;
    enum status st = ST_NOMEM;
    while (st != ST_OK) {
        test_fail_allocation(++n);
        st = parse(list, &m, NULL);
        attribute_misp_fini(&m);
        CHECK(st == ST_OK || (st == ST_NOMEM && test_allocation_failed()));
    }
    CHECK(n > 1);
}

/* As they are published: entries, and who scans. */
static void real_lists_name_their_operators(void)
{
    static const struct {
        const char *file, *operator_name;
        uint64_t entries;
    } lists[] = {
        {"censys-scanning", "Censys", 13},
        {"internet-census-nt-scanning", "Internet census", 264},
        {"internetcleanup-scanner", "Internet Cleanup Foundation", 6},
        {"modat-scanner", "Modat", 42},
        {"onyphe-nt-scanning", "Onyphe", 151},
        {"onyphe-scanner", "Onyphe", 9},
        {"rapid7-nt-scanning", "Rapid7", 18},
        {"shadowserver", "Shadowserver", 27},
        {"shodan-scanning", "Shodan", 42},
        {"stretchoid-nt-scanning", "Stretchoid", 1839},
    };
    const char *shared = test_shared();
    if (shared == NULL) {
        printf("# skipped: no shared data\n");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        char path[4096];
        struct attribute_file f;
        struct attribute_misp m;
        (void)snprintf(path, sizeof(path), "%s/sources/lists/misp-%s.json", shared, lists[i].file);
        CHECK_INT(attribute_file_open(path, &f, NULL), ST_OK);
        CHECK_INT(attribute_file_read(&f, false, NULL), ST_OK);
        CHECK_INT(attribute_misp_parse(f.data, &m, NULL), ST_OK);
        CHECK_INT(m.list.entries, lists[i].entries);
        CHECK(m.has_flag && m.flag == ORIGIN_RESEARCH_SCANNER);
        CHECK_STR(m.operator_name, lists[i].operator_name);
        attribute_misp_fini(&m);
        attribute_file_fini(&f);
    }
}

TEST_MAIN(TEST(a_scanners_list_names_its_operator),
          TEST(a_list_of_vpns_and_data_centres_is_hosting_space),
          TEST(a_name_that_tells_nothing_gives_no_meaning),
          TEST(what_is_no_list_of_networks_is_refused), TEST(absurd_nesting_is_refused),
          TEST(every_cut_is_refused), TEST(no_memory_is_said),
          TEST(real_lists_name_their_operators))
