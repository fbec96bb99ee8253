/* tests/unit/attribute/test_rir.c - delegations of the five registries. */
#include "attribute/rir.h"

#include "base/core/timefmt.h"
#include "base/model/origin.h"
#include "material.h"

/* Headers and records in the forms of the five: versions 2 and 2.3, start
 * dates empty and zero, serials of days, seconds and milliseconds, an eighth
 * field or none, empty countries and ZZ. */
static const char ripe[] = "2|ripencc|1790287199|6|19700101|20260924|+0200\n"
                           "ripencc|*|ipv4|*|4|summary\n"
                           "ripencc|*|asn|*|1|summary\n"
                           "ripencc|*|ipv6|*|1|summary\n"
                           "ripencc|FR|ipv4|2.0.0.0|1048576|20100712|allocated|a-1\n"
                           "ripencc|EU|ipv4|2.16.0.0|1536|20100910|assigned|a-2\n"
                           "ripencc|DK|ipv4|195.85.96.0|1536|19970206|allocated|a-3\n"
                           "ripencc||ipv4|85.8.248.0|2048||available\n"
                           "ripencc|EU|asn|137|1|19930901|allocated|a-4\n"
                           "ripencc|DE|ipv6|2a01:2a8::|29|20050714|allocated|a-5\n";
static const char arin[] = "2.3|arin|1790341220831|4|19700101|20260925|-0400\n"
                           "arin|*|ipv4|*|3|summary\n"
                           "arin|US|asn|3|1|00000000|assigned|d98c\n"
                           "arin|US|ipv4|8.0.0.0|16777216|19921201|allocated|589f\n"
                           "arin||ipv4|23.128.1.0|768||reserved|\n"
                           "arin|CA|ipv4|255.255.255.0|256|00000000|assigned|ffff\n";
static const char apnic[] = "#\n# a banner\n#\n"
                            "2.3|apnic|20260926|3||20260925|+1000\n"
                            "apnic|*|ipv4|*|2|summary\n"
                            "apnic|AU|ipv4|1.0.0.0|256|20110811|assigned|A918|e-stats\n"
                            "apnic||ipv4|14.102.240.0|4096||available|\n"
                            "apnic|AP|ipv6|2001:200::|35|19990813|allocated|A919\n";
static const char lacnic[] = "2.3|lacnic|20260924|1|19870101|20260924|-0300\r\n"
                             "lacnic|*|ipv4|*|1|summary\r\n"
                             "lacnic|BR|ipv4|200.0.0.0|768|19950117|allocated|1234\r\n";
static const char afrinic[] = "2|afrinic|20260924|2|00000000|20260924|00000\n"
                              "afrinic|ZZ|ipv4|41.57.124.0|1024||reserved|\n"
                              "afrinic|ZA|ipv4|41.0.0.0|2097152|20071126|allocated|F36\n";

static enum status parse(const char *s, struct attribute_rir *r, struct fault *why)
{
    return attribute_rir_parse(text(s), r, why);
}

static const struct attribute_delegation *at(const struct attribute_rir *r, const char *s)
{
    struct addr a = addr(s);
    struct attribute_range6 x;
    return attribute_ranges_find(&r->ranges, &a, &x) ? &r->entries[x.value] : NULL;
}

static void all_five_are_read(void)
{
    const char *const files[] = {ripe, arin, apnic, lacnic, afrinic};
    const char *const names[] = {"ripencc", "arin", "apnic", "lacnic", "afrinic"};
    const uint64_t records[] = {6, 4, 3, 1, 2};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct attribute_rir r;
        struct fault why = {0};
        CHECK(attribute_rir_sniff(text(files[i])));
        CHECK_INT(parse(files[i], &r, &why), ST_OK);
        CHECK_STR(r.registry, names[i]);
        CHECK_INT(r.counted, records[i]);
        CHECK(r.dated);
        attribute_rir_fini(&r);
    }
    CHECK(!attribute_rir_sniff(text("1.2.3.0/24\n")));
    CHECK(!attribute_rir_sniff(text("16777216,16777471,AU\n")));
}

/* Trap 11. */
static void a_count_need_not_be_a_power_of_two(void)
{
    struct attribute_rir r;
    CHECK_INT(parse(ripe, &r, NULL), ST_OK);
    CHECK(at(&r, "195.85.95.255") == NULL);
    CHECK_STR(at(&r, "195.85.96.0") ? at(&r, "195.85.96.0")->code : NULL, "DK");
    CHECK_STR(at(&r, "195.85.101.255") ? at(&r, "195.85.101.255")->code : NULL, "DK");
    CHECK(at(&r, "195.85.102.0") == NULL);
    CHECK_STR(at(&r, "2.15.255.255") ? at(&r, "2.15.255.255")->code : NULL, "FR");
    attribute_rir_fini(&r);
    CHECK_INT(parse(arin, &r, NULL), ST_OK);
    CHECK_STR(at(&r, "255.255.255.255") ? at(&r, "255.255.255.255")->code : NULL, "CA");
    attribute_rir_fini(&r);
}

static void a_record_has_registry_status_and_day(void)
{
    struct attribute_rir r;
    CHECK_INT(parse(ripe, &r, NULL), ST_OK);
    const struct attribute_delegation *d = at(&r, "2a01:2af:ffff::1");
    CHECK(d != NULL);
    if (d != NULL) {
        CHECK_STR(d->registry, "ripencc");
        CHECK_STR(d->status, "allocated");
        CHECK_STR(d->code, "DE");
        CHECK_INT(d->day, 12978); /* 2005-07-14 */
        CHECK(attribute_rir_held(d));
    }
    CHECK(at(&r, "2a01:2b0::") == NULL);
    char out[TIME_TEXT_MAX];
    (void)time_format_short(r.date_ns, out);
    CHECK_STR(out, "2026-09-24 00:00:00");
    attribute_rir_fini(&r);
}

static void what_nobody_holds_has_no_country(void)
{
    struct attribute_rir r;
    CHECK_INT(parse(ripe, &r, NULL), ST_OK);
    const struct attribute_delegation *d = at(&r, "85.8.255.255");
    CHECK(d != NULL && !attribute_rir_held(d) && d->code[0] == '\0' && d->day == ORIGIN_NO_DAY);
    attribute_rir_fini(&r);
    CHECK_INT(parse(afrinic, &r, NULL), ST_OK);
    d = at(&r, "41.57.124.1");
    CHECK(d != NULL && !attribute_rir_held(d));
    attribute_rir_fini(&r);
    CHECK_INT(parse(arin, &r, NULL), ST_OK);
    d = at(&r, "255.255.255.1"); /* a date of zeros is none */
    CHECK(d != NULL && attribute_rir_held(d) && d->day == ORIGIN_NO_DAY);
    attribute_rir_fini(&r);
}

static void bad_records_are_named_by_their_offset(void)
{
    static const char *const bad[] = {
        "x|FR|ipv4|2.0.0.0|16|20100712|allocated", /* fine: registries may change */
        "ripencc|FR|ipv4|2.0.0.0|0|20100712|allocated",
        "ripencc|FR|ipv4|2.0.0.0|4294967297|20100712|allocated",
        "ripencc|FR|ipv4|255.255.255.255|2|20100712|allocated",
        "ripencc|FR|ipv4|2.0.0|16|20100712|allocated",
        "ripencc|FR|ipv4|2001::|16|20100712|allocated",
        "ripencc|FR|ipv6|2001:db8::1|32|20100712|allocated",
        "ripencc|FR|ipv6|2001::|129|20100712|allocated",
        "ripencc|FR|ipv6|::|0|20100712|allocated",
        "ripencc|FRA|ipv4|2.0.0.0|16|20100712|allocated",
        "ripencc|FR|ipv4|2.0.0.0|16|20100732|allocated",
        "ripencc|FR|ipv4|2.0.0.0|16|2010|allocated",
        "ripencc|FR|ipv4|2.0.0.0|16|20100712|ALLOCATED",
        "ripencc|FR|ipv4|2.0.0.0|16|20100712",
        "ripencc|FR|ipx|2.0.0.0|16|20100712|allocated",
        "ripencc|*|ipv4|*|16|total",
        "nonsense",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char s[256];
        struct attribute_rir r;
        struct fault why = {0};
        (void)snprintf(s, sizeof(s), "2|ripencc|1|1|19700101|20260924|+0200\n%s\n", bad[i]);
        enum status st = parse(s, &r, &why);
        CHECK_INT(st, i == 0 ? ST_OK : ST_MALFORMED);
        CHECK(i == 0 || why.offset == 38);
        attribute_rir_fini(&r);
    }
}

static void overlapping_delegations_are_refused(void)
{
    struct attribute_rir r;
    struct fault why;
    CHECK_INT(parse("2|ripencc|1|2|19700101|20260924|+0200\n"
                    "ripencc|FR|ipv4|2.0.0.0|256|20100712|allocated\n"
                    "ripencc|DE|ipv4|2.0.0.255|1|20100712|allocated\n",
                    &r, &why),
              ST_MALFORMED);
    CHECK_STR(why.field, "delegations that overlap");
    attribute_rir_fini(&r);
}

/* The header counts the records: a file that was cut is told from a whole one
 * even when the cut falls between lines. */
static void every_cut_is_noticed(void)
{
    const char *const files[] = {ripe, arin, apnic, lacnic, afrinic};
    for (size_t f = 0; f < ARRAY_LEN(files); f++) {
        int taken = 0;
        size_t len = strlen(files[f]);
        for (size_t n = 0; n + 1 < len; n++) {
            uint8_t *copy = malloc(n + 1);
            struct attribute_rir r;
            memcpy(copy, files[f], n);
            bool ok = attribute_rir_parse(bytes_of(copy, n), &r, NULL) == ST_OK;
            /* Only the end of the last record may be missing. */
            taken += ok && memchr(files[f] + n, '\n', len - n - 1) != NULL;
            attribute_rir_fini(&r);
            free(copy);
        }
        CHECK_INT(taken, 0);
    }
}

static void no_memory_is_said(void)
{
    struct attribute_rir r;
    unsigned n = 0;
    enum status st = ST_NOMEM;
    while (st != ST_OK) {
        test_fail_allocation(++n);
        st = parse(ripe, &r, NULL);
        attribute_rir_fini(&r);
        CHECK(st == ST_OK || (st == ST_NOMEM && test_allocation_failed()));
    }
    CHECK(n > 3);
}

TEST_MAIN(TEST(all_five_are_read), TEST(a_count_need_not_be_a_power_of_two),
          TEST(a_record_has_registry_status_and_day), TEST(what_nobody_holds_has_no_country),
          TEST(bad_records_are_named_by_their_offset), TEST(overlapping_delegations_are_refused),
          TEST(every_cut_is_noticed), TEST(no_memory_is_said))
