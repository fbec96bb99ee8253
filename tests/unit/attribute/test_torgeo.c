/* tests/unit/attribute/test_torgeo.c - Tor's country files. */
#include "attribute/torgeo.h"

#include "base/core/timefmt.h"
#include "base/model/origin.h"
#include "material.h"

static const char v4[] = "# Last line of a header\n"
                         "16777216,16777471,AU\n"
                         "16777472,16778239,CN\r\n"
                         "4294967040,4294967295,??\n";
static const char v6[] = "2001::,2001:0:ffff:ffff:ffff:ffff:ffff:ffff,??\n"
                         "2001:200::,2001:200:134:ffff:ffff:ffff:ffff:ffff,JP\n"
                         "2a00:1::1,2a00:1::1,EU";

static const char header[] = "# This file has been converted from a location database\n"
                             "#\n"
                             "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n"
                             "# Vendor:    Example Project\n"
                             "# License:   CC BY-SA 4.0\n"
                             "1,2,AU\n"
                             "# Generated: Thu, 25 Jun 2020 04:33:59 GMT\n";

static const char *code(const struct attribute_ranges *r, const char *s)
{
    static char out[3];
    struct attribute_range6 x;
    struct addr a = addr(s);
    if (!attribute_ranges_find(r, &a, &x)) {
        return "none";
    }
    attribute_torgeo_text(x.value, out);
    return out;
}

static enum status parse(const char *s, struct attribute_ranges *r, struct fault *why)
{
    *r = (struct attribute_ranges){0};
    return attribute_torgeo_parse(text(s), r, why);
}

static void both_families_are_read(void)
{
    struct attribute_ranges r;
    CHECK_INT(attribute_torgeo_sniff(text(v4)), TORGEO_V4);
    CHECK_INT(parse(v4, &r, NULL), ST_OK);
    CHECK_STR(code(&r, "1.0.0.255"), "AU");
    CHECK_STR(code(&r, "1.0.1.0"), "CN");
    CHECK_STR(code(&r, "1.0.4.0"), "none");
    CHECK_STR(code(&r, "255.255.255.255"), "??");
    attribute_ranges_fini(&r);
    CHECK_INT(attribute_torgeo_sniff(text(v6)), TORGEO_V6);
    CHECK_INT(parse(v6, &r, NULL), ST_OK);
    CHECK_STR(code(&r, "2001:200:99::1"), "JP");
    CHECK_STR(code(&r, "2a00:1::1"), "EU");
    CHECK_STR(code(&r, "2a00:1::2"), "none");
    attribute_ranges_fini(&r);
}

static void the_date_of_the_export_is_read_from_the_header_only(void)
{
    struct attribute_ranges r;
    int64_t ns = 0;
    char out[TIME_TEXT_MAX];
    char credit[ORIGIN_CREDIT_MAX];
    CHECK(attribute_torgeo_date(text(header), &ns));
    (void)time_format_short(ns, out);
    CHECK_STR(out, "2026-06-25 04:33:59");
    attribute_torgeo_credit(text(header), credit, sizeof(credit));
    CHECK_STR(credit, "Example Project, CC BY-SA 4.0");
    CHECK(!attribute_torgeo_date(text(v4), &ns));
    CHECK(!attribute_torgeo_date(text("# Generated: yesterday\n1,2,AU\n"), &ns));
    CHECK(
        !attribute_torgeo_date(text("# Generated: Thu, 31 Jun 2026 04:33:59 GMT\n1,2,AU\n"), &ns));
    CHECK(
        !attribute_torgeo_date(text("# Generated: Thu, 25 Jun 2026 04:33:59 PST\n1,2,AU\n"), &ns));
    attribute_torgeo_credit(text(v4), credit, sizeof(credit));
    CHECK_STR(credit, "");
    CHECK_INT(parse(header, &r, NULL), ST_OK);
    CHECK_INT(r.n4, 1);
    attribute_ranges_fini(&r);
}

static void a_bad_line_is_named_by_its_offset(void)
{
    static const struct {
        const char *s;
        uint64_t at;
    } bad[] = {
        {"1,2,AU\n3,4,au\n", 7},
        {"1,2,AU\n3,4\n", 7},
        {"2,1,AU\n", 0},
        {"1,2,AU \n", 0},
        {"1,4294967296,AU\n", 0},
        {"1,2,AUS\n", 0},
        {"1,2,AU\n\n-1,2,AU\n", 8},
        {"1,2,AU\nx\n", 7},
        {"::,::1,AU\nfoo,::2,AU\n", 10},
        {"1::2::3,::4,AU\n", 0},
        {"::2,::1,AU\n", 0},
        {"12345::,::1,AU\n", 0},
        {"1:2:3:4:5:6:7:8:9,::1,AU\n", 0},
        {"::ffff:1.2.3.4,::ffff:1.2.3.5,AU\n", 0},
        {"::1,::ffff:102:304,AU\n", 0},
        {"1,2,AU\n::1,::2,AU\n", 7},
        {"::1,::2,AU\n1,2,AU\n", 11},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct attribute_ranges r;
        struct fault why = {0};
        CHECK_INT(parse(bad[i].s, &r, &why), ST_MALFORMED);
        CHECK_INT(why.offset, bad[i].at);
        attribute_ranges_fini(&r);
    }
}

static void overlapping_lines_and_empty_files_are_refused(void)
{
    struct attribute_ranges r;
    struct fault why;
    CHECK_INT(parse("1,5,AU\n5,9,CN\n", &r, &why), ST_MALFORMED);
    CHECK_STR(why.field, "geoip ranges that overlap");
    attribute_ranges_fini(&r);
    CHECK_INT(parse("# nothing\n", &r, &why), ST_SHORT);
    attribute_ranges_fini(&r);
    CHECK_INT(parse("", &r, &why), ST_SHORT);
    attribute_ranges_fini(&r);
    CHECK_INT(attribute_torgeo_sniff(text("1.2.3.0/24\n")), TORGEO_NOT);
    CHECK_INT(attribute_torgeo_sniff(text("# only a comment\n")), TORGEO_NOT);
}

/* Cut anywhere, the file is refused or what is left is a part of the whole. */
static void every_cut_is_refused_or_true(void)
{
    const char *const files[] = {v4, v6};
    for (size_t f = 0; f < ARRAY_LEN(files); f++) {
        struct attribute_ranges whole;
        CHECK_INT(parse(files[f], &whole, NULL), ST_OK);
        int wrong = 0;
        for (size_t n = 0; n < strlen(files[f]); n++) {
            uint8_t *copy = malloc(n + 1);
            struct attribute_ranges r = {0};
            memcpy(copy, files[f], n);
            if (attribute_torgeo_parse(bytes_of(copy, n), &r, NULL) == ST_OK) {
                wrong += r.n4 > whole.n4 || r.n6 > whole.n6 ||
                         (r.n4 > 0 && memcmp(r.v4, whole.v4, r.n4 * sizeof(*r.v4)) != 0);
                for (size_t i = 0; i < r.n6; i++) {
                    wrong += !addr_equal(&r.v6[i].last, &whole.v6[i].last) ||
                             r.v6[i].value != whole.v6[i].value;
                }
            }
            attribute_ranges_fini(&r);
            free(copy);
        }
        CHECK_INT(wrong, 0);
        attribute_ranges_fini(&whole);
    }
}

/* Our own address reader, as fast as the file asks, against the system's. */
static void ipv6_text_is_read_as_the_system_reads_it(void)
{
    static const char alphabet[] = "0123:::::afF";
    uint32_t seed = 7;
    int wrong = 0;
    int good = 0;
    for (int i = 0; i < 200000; i++) {
        char s[24];
        char line[80];
        size_t n = 0;
        struct addr want;
        struct attribute_ranges r = {0};
        seed = seed * 1664525 + 1013904223;
        for (size_t len = 2 + (seed >> 28); n < len; n++) {
            seed = seed * 1664525 + 1013904223;
            s[n] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
        }
        s[n] = '\0';
        if (strchr(s, ':') == NULL) {
            continue; /* a number: a line of IPv4 */
        }
        bool ok = addr_parse(bytes_of(s, n), &want) == ST_OK && !addr_is_v4(&want);
        (void)snprintf(line, sizeof(line), "%s,%s,AU", s, s);
        bool got = attribute_torgeo_parse(text(line), &r, NULL) == ST_OK;
        wrong += got != ok || (ok && (r.n6 != 1 || !addr_equal(&r.v6[0].first, &want)));
        good += ok;
        attribute_ranges_fini(&r);
    }
    CHECK_INT(wrong, 0);
    CHECK(good > 1000);
}

/* The installed file, by a reader that shares nothing with ours. */
static void the_installed_file_is_read_as_a_plain_scan_reads_it(void)
{
    FILE *f = fopen("/usr/share/tor/geoip", "r");
    struct attribute_file file;
    struct attribute_ranges r = {0};
    if (f == NULL) {
        printf("# skipped: tor-geoipdb is not installed\n");
        return;
    }
    CHECK_INT(attribute_file_open("/usr/share/tor/geoip", &file, NULL), ST_OK);
    CHECK_INT(attribute_file_read(&file, false, NULL), ST_OK);
    CHECK_INT(attribute_torgeo_parse(file.data, &r, NULL), ST_OK);
    char line[256];
    unsigned long first;
    unsigned long last;
    char cc[3];
    int wrong = 0;
    size_t lines = 0;
    while (fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "%lu,%lu,%2s", &first, &last, cc) != 3) {
            continue;
        }
        lines++;
        const uint32_t ends[] = {(uint32_t)first, (uint32_t)last, (uint32_t)((first + last) / 2)};
        for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
            struct addr a = addr_from_v4(ends[i]);
            struct attribute_range6 x;
            char got[3] = "";
            if (attribute_ranges_find(&r, &a, &x)) {
                attribute_torgeo_text(x.value, got);
            }
            wrong += strcmp(got, cc) != 0;
        }
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(lines, r.n4);
    (void)fclose(f);
    attribute_ranges_fini(&r);
    attribute_file_fini(&file);
}

static void no_memory_is_said(void)
{
    struct attribute_ranges r;
    unsigned n = 0;
    enum status st = ST_NOMEM;
    while (st != ST_OK) {
        test_fail_allocation(++n);
        st = parse(v6, &r, NULL);
        attribute_ranges_fini(&r);
        CHECK(st == ST_OK || (st == ST_NOMEM && test_allocation_failed()));
    }
    CHECK(n > 1);
}

TEST_MAIN(TEST(both_families_are_read), TEST(the_date_of_the_export_is_read_from_the_header_only),
          TEST(a_bad_line_is_named_by_its_offset),
          TEST(overlapping_lines_and_empty_files_are_refused), TEST(every_cut_is_refused_or_true),
          TEST(ipv6_text_is_read_as_the_system_reads_it),
          TEST(the_installed_file_is_read_as_a_plain_scan_reads_it), TEST(no_memory_is_said))
