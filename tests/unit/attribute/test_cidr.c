/* tests/unit/attribute/test_cidr.c - lists of networks. */
#include "attribute/cidr.h"

#include "base/core/timefmt.h"
#include "material.h"

static const char list[] = "# as: hosting\n"
                           "# date: 2026-08-22\n"
                           "# name: data centres\n"
                           "\n"
                           "192.0.2.0/24\n"
                           "  198.51.100.7 - 198.51.100.9 ; SBL1\r\n"
                           "203.0.113.5\t# one host\n"
                           "10.1.2.3/8\n"
                           "2001:db8::/32\n"
                           "2001:db9::1-2001:db9::ff\n"
                           "2001:dba::7";

static bool holds(const struct attribute_list *l, const char *s)
{
    struct addr a = addr(s);
    struct attribute_range6 x;
    return attribute_ranges_find(&l->ranges, &a, &x);
}

static void prefixes_addresses_and_ranges_are_read(void)
{
    struct attribute_list l;
    CHECK(attribute_list_sniff(text(list)));
    CHECK_INT(attribute_list_parse(text(list), &l, NULL), ST_OK);
    CHECK_INT(l.entries, 7);
    CHECK(holds(&l, "192.0.2.0") && holds(&l, "192.0.2.255") && !holds(&l, "192.0.3.0"));
    CHECK(holds(&l, "198.51.100.8") && !holds(&l, "198.51.100.6") && !holds(&l, "198.51.100.10"));
    CHECK(holds(&l, "203.0.113.5") && !holds(&l, "203.0.113.4"));
    CHECK(holds(&l, "2001:db8:ffff::") && !holds(&l, "2001:dbb::"));
    CHECK(holds(&l, "2001:db9::80") && !holds(&l, "2001:db9::100"));
    CHECK(holds(&l, "2001:dba::7") && !holds(&l, "2001:dba::8"));
    attribute_list_fini(&l);
}

static void bits_past_the_length_are_masked_and_counted(void)
{
    struct attribute_list l;
    CHECK_INT(attribute_list_parse(text(list), &l, NULL), ST_OK);
    CHECK_INT(l.masked, 1);
    CHECK(holds(&l, "10.255.255.255") && holds(&l, "10.0.0.0"));
    attribute_list_fini(&l);
}

static void a_list_may_say_what_it_means(void)
{
    struct attribute_list_head h;
    char out[TIME_TEXT_MAX];
    attribute_list_head(text(list), &h);
    CHECK(h.has_flag && h.flag == ORIGIN_HOSTING && h.dated);
    (void)time_format_short(h.date_ns, out);
    CHECK_STR(out, "2026-08-22 00:00:00");
    CHECK_STR(h.name, "data centres");
    attribute_list_head(
        text("# Date: Mon Jun 1 2026\n# date: soon\n# as: evil\n1.2.3.4\n# as: vpn\n"), &h);
    CHECK(!h.has_flag && !h.dated && h.name[0] == '\0');
}

static void bad_entries_are_named_by_their_offset(void)
{
    static const char *const bad[] = {
        "host.example",    "1.2.3.0/33",     "1.2.3.0/",       "/24",          "1.2.3.4-",
        "1.2.3.4-1.2.3.1", "1.2.3.4-2001::", "2001::/129",     "1.2.3.0/024x", "1.2.3.4,5.6.7.8",
        "1.2.3.0/24/3",    "01.2.3.4",       "1.2.3.4 5.6.7.8"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char s[80];
        struct attribute_list l;
        struct fault why = {0};
        (void)snprintf(s, sizeof(s), "1.1.1.1\n%s\n", bad[i]);
        CHECK_INT(attribute_list_parse(text(s), &l, &why), ST_MALFORMED);
        CHECK_INT(why.offset, 8);
        attribute_list_fini(&l);
    }
}

/* Such an entry would put its mark on every address. */
static void an_absurdly_wide_entry_is_refused(void)
{
    static const char *const wide[] = {
        "0.0.0.0/0", "::/0",      "1.2.3.4/7", "0.0.0.0-255.255.255.255",
        "2000::/3",  "2000::/11", "::1-ffff::"};
    for (size_t i = 0; i < ARRAY_LEN(wide); i++) {
        struct attribute_list l;
        struct fault why = {0};
        CHECK_INT(attribute_list_parse(text(wide[i]), &l, &why), ST_LIMIT);
        CHECK_STR(why.field, "entry of the list, too wide");
        attribute_list_fini(&l);
    }
    struct attribute_list l;
    CHECK_INT(attribute_list_parse(text("3.0.0.0/8\n2600::/12\n"), &l, NULL), ST_OK);
    attribute_list_fini(&l);
}

static void an_empty_list_is_refused(void)
{
    struct attribute_list l;
    CHECK_INT(attribute_list_parse(text("# nothing\n\n;\n"), &l, NULL), ST_SHORT);
    attribute_list_fini(&l);
    CHECK(!attribute_list_sniff(text("# nothing\n")));
    CHECK(!attribute_list_sniff(text("{\"name\": 1}")));
}

static void every_cut_is_refused_or_a_part(void)
{
    int wrong = 0;
    for (size_t n = 0; n < strlen(list); n++) {
        uint8_t *copy = malloc(n + 1);
        struct attribute_list l;
        memcpy(copy, list, n);
        if (attribute_list_parse(bytes_of(copy, n), &l, NULL) == ST_OK) {
            wrong += l.entries == 0 || l.entries > 7;
        }
        attribute_list_fini(&l);
        free(copy);
    }
    CHECK_INT(wrong, 0);
}

static void no_memory_is_said(void)
{
    struct attribute_list l;
    unsigned n = 0;
    enum status st = ST_NOMEM;
    while (st != ST_OK) {
        test_fail_allocation(++n);
        st = attribute_list_parse(text(list), &l, NULL);
        attribute_list_fini(&l);
        CHECK(st == ST_OK || (st == ST_NOMEM && test_allocation_failed()));
    }
    CHECK(n > 2);
}

/* 62,678 lines as they are published. */
static void real_lists_are_read_whole(void)
{
    static const struct {
        const char *name;
        uint64_t lines;
    } lists[] = {{"datacenter/ipv4", 42566},
                 {"datacenter/ipv6", 8752},
                 {"vpn/ipv4", 10862},
                 {"vpn/ipv6", 498}};
    const char *shared = test_shared();
    if (shared == NULL) {
        printf("# skipped: no shared data\n");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        char path[4096];
        struct attribute_file f;
        struct attribute_list l;
        (void)snprintf(path, sizeof(path), "%s/sources/lists/x4b/%s.txt", shared, lists[i].name);
        CHECK_INT(attribute_file_open(path, &f, NULL), ST_OK);
        CHECK_INT(attribute_file_read(&f, false, NULL), ST_OK);
        CHECK_INT(attribute_list_parse(f.data, &l, NULL), ST_OK);
        CHECK_INT(l.entries, lists[i].lines);
        CHECK_INT(l.masked, 0);
        attribute_list_fini(&l);
        attribute_file_fini(&f);
    }
}

TEST_MAIN(TEST(prefixes_addresses_and_ranges_are_read),
          TEST(bits_past_the_length_are_masked_and_counted), TEST(a_list_may_say_what_it_means),
          TEST(bad_entries_are_named_by_their_offset), TEST(an_absurdly_wide_entry_is_refused),
          TEST(an_empty_list_is_refused), TEST(every_cut_is_refused_or_a_part),
          TEST(no_memory_is_said), TEST(real_lists_are_read_whole))
