/* tests/unit/attribute/test_source.c - formats told by content, dates, families. */
#include "attribute/source.h"

#include "base/core/timefmt.h"
#include "material.h"

#define NOW (INT64_C(1790000000) * TIME_SECOND) /* 2026-09-21 */

static struct remark_list remarks;
static struct origin o;

struct made {
    struct attribute_source *s;
    int fd;
    struct fault why;
    enum status st;
};

/* A source from bytes, loaded. `options` follow the file's name. */
static struct made make(struct bytes bytes, const char *options)
{
    struct made m = {0};
    struct attribute_spec spec;
    char path[40];
    char spec_text[256];
    remarks = (struct remark_list){0};
    m.fd = material_file(bytes, path);
    (void)snprintf(spec_text, sizeof(spec_text), "%s%s", path, options);
    CHECK_INT(attribute_spec_parse(spec_text, &spec, NULL), ST_OK);
    m.st = attribute_source_open(&spec, 5, NOW, &m.s, &remarks, &m.why);
    if (m.st == ST_OK) {
        m.st = attribute_source_load(m.s, &remarks, &m.why);
    }
    return m;
}

static void drop(struct made *m)
{
    attribute_source_free(m->s);
    close(m->fd);
}

static const struct origin_source *info(const struct made *m)
{
    static const struct origin_source none;
    return m->s ? attribute_source_info(m->s) : &none;
}

/* What it states about an address: "recorded AU, network" */
static const char *states(const struct made *m, const char *a)
{
    static char out[256];
    struct addr x = addr(a);
    o = (struct origin){0};
    out[0] = '\0';
    if (m->s == NULL) {
        return "no source";
    }
    attribute_source_state(m->s, &x, &o);
    for (size_t i = 0; i < o.n; i++) {
        const struct origin_statement *s = &o.statements[i];
        size_t n = strlen(out);
        CHECK_INT(s->source, 5);
        CHECK(addr_compare(&s->first, &x) <= 0 && addr_compare(&x, &s->last) <= 0);
        (void)snprintf(out + n, sizeof(out) - n, "%s%s%s%s", i ? ", " : "",
                       s->about == ORIGIN_FLAGGED ? origin_flag_name(s->flag)
                                                  : origin_about_name(s->about),
                       s->code[0] ? " " : "", s->code);
    }
    return out;
}

static const char *remarked(size_t i)
{
    return i < remarks.n ? remarks.items[i].text : "";
}

static const char tor[] = "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n"
                          "134744072,134744072,US\n"
                          "134744073,134744073,EU\n"
                          "134744074,134744074,??\n"
                          "134744075,134744075,A1\n";

static void tors_file_is_a_dated_voice_of_records(void)
{
    struct made m = make(text(tor), "");
    CHECK_INT(m.st, ST_OK);
    CHECK_INT(info(&m)->format, ORIGIN_TOR_GEOIP);
    CHECK_INT(info(&m)->family, ORIGIN_RECORDS);
    CHECK_INT(info(&m)->date, ORIGIN_DATE_DATA);
    CHECK_INT(info(&m)->date_ns / TIME_DAY, 20629);
    CHECK(info(&m)->digested);
    struct digest want;
    CHECK_INT(digest_sha256(text(tor), &want), ST_OK);
    CHECK(memcmp(&want, &info(&m)->digest, sizeof(want)) == 0);
    CHECK_STR(info(&m)->name, "Tor geoip, IPv4");
    CHECK_STR(states(&m, "8.8.8.8"), "recorded US");
    CHECK_STR(states(&m, "8.8.8.9"), "recorded EU");
    CHECK_STR(states(&m, "8.8.8.10"), ""); /* "??" is nothing said */
    CHECK_STR(states(&m, "8.8.8.11"), "anonymous-proxy");
    CHECK_STR(states(&m, "8.8.8.12"), "");
    CHECK(attribute_source_serves(m.s, true, false));
    CHECK(!attribute_source_serves(m.s, false, true));
    drop(&m);
}

/* Trap 1, in every format: a stated date is only as good as the statement. */
static void dates_are_believed_only_where_they_are_of_the_data(void)
{
    struct buf d = BUF_INIT(4096);
    struct buf b = BUF_INIT(1 << 20);
    static const struct mm_net nets[] = {{"8.0.0.0/8", 0}};
    mm_map(&d, 1);
    mm_text(&d, "country_code");
    mm_text(&d, "US");
    mm_file(&b, 4, "country", nets, 1, buf_bytes(&d));
    struct made m = make(buf_bytes(&b), "");
    CHECK_INT(m.st, ST_OK);
    CHECK_INT(info(&m)->date, ORIGIN_DATE_BUILD); /* when it was packed */
    drop(&m);
    m = make(buf_bytes(&b), ",date=2019-12-24"); /* when it was made */
    CHECK_INT(info(&m)->date, ORIGIN_DATE_PINNED);
    CHECK_INT(info(&m)->date_ns / TIME_DAY, 18254);
    drop(&m);

    m = make(text("# Generated: Thu, 25 Jun 2037 04:33:59 GMT\n1,2,US\n"), "");
    CHECK_INT(m.st, ST_OK);
    CHECK_INT(info(&m)->date, ORIGIN_UNDATED);
    CHECK_STR(remarked(0), "Tor geoip, IPv4: its date lies in the future: taken as undated");
    drop(&m);
    m = make(text("1,2,US\n"), "");
    CHECK_INT(info(&m)->date, ORIGIN_UNDATED);
    drop(&m);
    m = make(text("8.8.8.0/24\n"), ",as=hosting");
    CHECK_INT(info(&m)->date, ORIGIN_UNDATED);
    drop(&m);
    buf_fini(&b);
    buf_fini(&d);
}

static void delegations_are_registered_and_not_located(void)
{
    static const char rir[] = "2|ripencc|1|2|19700101|20260820|+0200\n"
                              "ripencc|EU|ipv4|8.8.8.0|768|20100712|allocated|x\n"
                              "ripencc||ipv4|8.8.11.0|256||available\n";
    struct made m = make(text(rir), "");
    CHECK_INT(m.st, ST_OK);
    CHECK_INT(info(&m)->family, ORIGIN_DELEGATION);
    CHECK_INT(info(&m)->date, ORIGIN_DATE_DATA);
    CHECK_STR(info(&m)->name, "ripencc delegations");
    CHECK_STR(states(&m, "8.8.10.255"), "registered EU");
    CHECK_INT(o.statements[0].day, 14802);
    CHECK_STR(o.statements[0].text, "ripencc, allocated");
    CHECK_STR(states(&m, "8.8.11.1"), "registered");
    CHECK_STR(o.statements[0].text, "ripencc, available");
    drop(&m);
}

static void a_list_must_have_a_meaning(void)
{
    struct made m = make(text("8.8.8.0/24\n"), "");
    CHECK_INT(m.st, ST_MALFORMED);
    CHECK_STR(m.why.field, ATTRIBUTE_SPEC_MEANING);
    drop(&m);
    m = make(text("# as: tor-exit\n# date: 2026-08-22\n# name: exits\n8.8.8.0/24\n"), "");
    CHECK_INT(m.st, ST_OK);
    CHECK_STR(info(&m)->name, "exits");
    CHECK_INT(info(&m)->date, ORIGIN_DATE_DATA);
    CHECK_STR(states(&m, "8.8.8.8"), "tor-exit");
    CHECK_STR(o.statements[0].text, "exits");
    CHECK_STR(states(&m, "8.8.9.8"), "");
    drop(&m);
    /* The user's word counts more than the list's. */
    m = make(text("# as: tor-exit\n# date: 2026-08-22\n8.8.8.0/24\n"),
             ",as=own-scanner,date=2026-01-01,name=ours");
    CHECK_STR(states(&m, "8.8.8.8"), "own-scanner");
    CHECK_INT(info(&m)->date, ORIGIN_DATE_PINNED);
    CHECK_STR(info(&m)->name, "ours");
    drop(&m);
    m = make(text(tor), ",as=vpn");
    CHECK_INT(m.st, ST_MALFORMED);
    CHECK_STR(m.why.field, "as= is for lists");
    drop(&m);
}

/* Trap 3, by name and by content. */
static void a_list_of_data_centres_is_never_one_of_vpns(void)
{
    struct made m = make(text("8.8.8.0/24\n"), ",as=vpn,name=exits");
    CHECK_STR(states(&m, "8.8.8.8"), "vpn");
    CHECK_INT(remarks.n, 0);
    drop(&m);
    m = make(text("8.8.8.0/24\n"), ",as=vpn,name=Datacenter ranges");
    CHECK_STR(states(&m, "8.8.8.8"), "hosting");
    CHECK_STR(remarked(0), "Datacenter ranges: holds data centres: taken as hosting, not as vpn");
    drop(&m);
    m = make(text("8.0.0.0/8\n9.0.0.0/24\n"), ",as=vpn,name=exits");
    CHECK_STR(states(&m, "8.8.8.8"), "hosting");
    drop(&m);
    m = make(
        text("{\"name\":\"addresses belonging to common VPN providers and datacenters\","
             "\"type\":\"cidr\",\"version\":1,\"description\":\"\",\"list\":[\"8.8.8.0/24\"]}"),
        ",as=vpn");
    CHECK_STR(states(&m, "8.8.8.8"), "hosting");
    drop(&m);
}

static void a_warning_list_names_the_scanner(void)
{
    struct made m = make(text("{\"name\":\"Example IP Ranges Used for Scanning\",\"type\":\"cidr\","
                              "\"version\":20260811,\"list\":[\"8.8.8.0/24\"]}"),
                         "");
    CHECK_INT(m.st, ST_OK);
    CHECK_STR(states(&m, "8.8.8.8"), "research-scanner");
    CHECK_STR(o.statements[0].text, "Example");
    CHECK_INT(info(&m)->date, ORIGIN_DATE_BUILD); /* when the list was edited */
    drop(&m);
    m = make(text("{\"name\":\"List of known sinkholes\",\"type\":\"cidr\",\"version\":2,"
                  "\"list\":[\"8.8.8.0/24\"]}"),
             "");
    CHECK_INT(m.st, ST_MALFORMED);
    CHECK_STR(m.why.field, ATTRIBUTE_SPEC_MEANING);
    CHECK_STR(states(&m, "8.8.8.8"), ""); /* broken: it says nothing */
    drop(&m);
}

static void a_libloc_database_is_read(void)
{
    static const struct loc_net nets[] = {{"8.8.0.0/16", "US", 15169, 4}};
    struct buf b = BUF_INIT(1 << 20);
    (void)loc_file(&b, nets, 1, 15169, "Example");
    struct made m = make(buf_bytes(&b), "");
    CHECK_INT(m.st, ST_OK);
    CHECK_INT(info(&m)->format, ORIGIN_LIBLOC);
    CHECK_INT(info(&m)->family, ORIGIN_RECORDS);
    CHECK_INT(info(&m)->date, ORIGIN_DATE_DATA);
    CHECK_STR(states(&m, "8.8.8.8"), "network, recorded US, anycast");
    CHECK_INT(o.statements[0].asn, 15169);
    CHECK_STR(o.statements[0].text, "Example");
    struct addr a = addr("8.8.8.8");
    CHECK(attribute_source_routes(m.s) && attribute_source_announced(m.s, &a));
    drop(&m);
    buf_fini(&b);
}

static void a_country_table_is_located_unless_its_family_is_told(void)
{
    struct buf d = BUF_INIT(4096);
    struct buf b = BUF_INIT(1 << 20);
    static const struct mm_net nets[] = {{"8.0.0.0/8", 0}};
    mm_map(&d, 1);
    mm_text(&d, "country_code");
    mm_text(&d, "US");
    mm_file(&b, 4, "country ipvAll", nets, 1, buf_bytes(&d));
    struct made m = make(buf_bytes(&b), "");
    CHECK_INT(info(&m)->family, ORIGIN_FAMILY_UNKNOWN);
    CHECK_STR(states(&m, "8.8.8.8"), "located US");
    CHECK_STR(remarked(0), "country ipvAll: does not tell where its data is from: see family=");
    drop(&m);
    m = make(buf_bytes(&b), ",family=delegation");
    CHECK_STR(states(&m, "8.8.8.8"), "registered US");
    CHECK_INT(remarks.n, 0);
    drop(&m);
    m = make(buf_bytes(&b), ",family=records");
    CHECK_STR(states(&m, "8.8.8.8"), "recorded US");
    drop(&m);
    buf_fini(&b);
    buf_fini(&d);
}

static void what_is_of_no_format_is_refused(void)
{
    static const char *const bad[] = {"hello\n", "\177ELF", "<html>", "a,b,c\n", "#\n"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct made m = make(text(bad[i]), "");
        CHECK_INT(m.st, ST_MALFORMED);
        CHECK_STR(m.why.field, "not a source of a format that is read");
        drop(&m);
    }
    /* The legacy database whose build date is that of its package. */
    struct attribute_spec spec;
    struct attribute_source *s = NULL;
    struct fault why = {0};
    CHECK_INT(attribute_spec_parse("/usr/share/GeoIP/GeoIP.dat", &spec, NULL), ST_OK);
    enum status st = attribute_source_open(&spec, 0, NOW, &s, &remarks, &why);
    CHECK(st == ST_MALFORMED || (st == ST_SYS && why.sys_errno != 0));
}

static void no_memory_is_said(void)
{
    struct buf d = BUF_INIT(4096);
    struct buf b = BUF_INIT(1 << 20);
    static const struct mm_net nets[] = {{"8.0.0.0/8", 0}};
    mm_map(&d, 1);
    mm_text(&d, "country_code");
    mm_text(&d, "US");
    mm_file(&b, 4, "country", nets, 1, buf_bytes(&d));
    const struct bytes files[] = {buf_bytes(&b), text(tor), text("# as: vpn\n8.8.8.8\n")};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[40];
        struct attribute_spec spec;
        int fd = material_file(files[i], path);
        enum status st = ST_NOMEM;
        unsigned n = 0;
        CHECK_INT(attribute_spec_parse(path, &spec, NULL), ST_OK);
        while (st != ST_OK) {
            struct attribute_source *s = NULL;
            test_fail_allocation(++n);
            st = attribute_source_open(&spec, 0, NOW, &s, &remarks, NULL);
            st = st == ST_OK ? attribute_source_load(s, &remarks, NULL) : st;
            bool failed = test_allocation_failed();
            test_fail_allocation(0);
            attribute_source_free(s);
            CHECK(st == ST_OK || (st == ST_NOMEM && failed));
        }
        CHECK(n > 3);
        close(fd);
    }
    buf_fini(&b);
    buf_fini(&d);
}

TEST_MAIN(TEST(tors_file_is_a_dated_voice_of_records),
          TEST(dates_are_believed_only_where_they_are_of_the_data),
          TEST(delegations_are_registered_and_not_located), TEST(a_list_must_have_a_meaning),
          TEST(a_list_of_data_centres_is_never_one_of_vpns), TEST(a_warning_list_names_the_scanner),
          TEST(a_libloc_database_is_read),
          TEST(a_country_table_is_located_unless_its_family_is_told),
          TEST(what_is_of_no_format_is_refused), TEST(no_memory_is_said))
