/* tests/unit/attribute/test_vrp.c - authorizations in their dialects, and what
 * follows from them for a route. */
#include "attribute/vrp.h"

#include "attribute/nest.h"
#include "attribute/validity.h"
#include "base/core/timefmt.h"
#include "base/model/origin.h"
#include "material.h"

#define NOW (INT64_C(1790000000) * TIME_SECOND)

static const char rpki_client[] =
    "{\"metadata\": {\"buildtime\": \"2026-09-21T12:00:00Z\", \"vrps\": 2},\n"
    "\"roas\": [ {\"asn\": 64500, \"prefix\": \"192.0.2.0/24\", \"maxLength\": 25, \"ta\": "
    "\"ripe\", \"expires\": 1790000500},\n"
    " {\"asn\": 64501, \"prefix\": \"2001:DB8::/32\", \"maxLength\": 48, \"ta\": \"arin\", "
    "\"expires\": 1790000600}],\n"
    "\"bgpsec_keys\": [{\"asn\": 1}], \"aspas\": {}}\n";
static const char routinator[] =
    "{\"metadata\":{\"generated\":1789999000,\"generatedTime\":\"2026-09-21T13:56:40Z\"},"
    "\"roas\":[{\"asn\":\"AS64500\",\"prefix\":\"192.0.2.0/24\",\"maxLength\":25,\"source\":"
    "[{\"type\":\"roa\",\"uri\":\"rsync://x/y.roa\",\"validity\":{\"notBefore\":\"a\"}}]}]}";
static const char gortr[] =
    "{\"metadata\":{\"counts\":1,\"generated\":1789999000,\"valid\":1789999900,\"signature\":\"x\"}"
    ","
    "\"roas\":[{\"prefix\":\"192.0.2.0/24\",\"maxLength\":25,\"asn\":\"as64500\",\"ta\":\"x\"}]}";

static const struct attribute_vrp *first_at(const struct attribute_vrps *v, const char *a)
{
    struct addr x = addr(a);
    const struct attribute_vrp_net *n = attribute_vrps_find(v, &x);
    return n != NULL ? &v->items[n->first] : NULL;
}

static void all_dialects_say_the_same(void)
{
    const char *const files[] = {rpki_client, routinator, gortr};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct attribute_vrps v;
        struct fault why = {0};
        CHECK(attribute_vrps_sniff(text(files[i])));
        CHECK_INT(attribute_vrps_parse(text(files[i]), &v, &why), ST_OK);
        const struct attribute_vrp *x = first_at(&v, "192.0.2.9");
        CHECK(x != NULL && x->asn == 64500 && x->net.len == 120 && x->max_len == 121);
        CHECK(v.dated);
        CHECK_INT(v.date_ns / TIME_DAY, NOW / TIME_DAY);
        CHECK(first_at(&v, "192.0.3.0") == NULL);
        attribute_vrps_fini(&v);
    }
}

static void the_end_of_an_authorization_is_kept(void)
{
    struct attribute_vrps v;
    CHECK_INT(attribute_vrps_parse(text(rpki_client), &v, NULL), ST_OK);
    const struct attribute_vrp *x = first_at(&v, "2001:db8::1");
    CHECK(x != NULL && x->expires_ns == INT64_C(1790000600) * TIME_SECOND && x->max_len == 48);
    CHECK_STR(x != NULL ? x->anchor : NULL, "arin");
    attribute_vrps_fini(&v);
    CHECK_INT(attribute_vrps_parse(text(gortr), &v, NULL), ST_OK);
    x = first_at(&v, "192.0.2.1");
    CHECK(x != NULL && x->expires_ns == INT64_MAX);
    attribute_vrps_fini(&v);
}

static void what_is_wrong_is_refused_where_it_stands(void)
{
    static const struct {
        const char *text, *field;
    } bad[] = {
        {"{\"roas\":[]}", "no authorization in the list"},
        {"{\"metadata\":{}}", "no list of authorizations"},
        {"{\"roas\":[{\"asn\":1,\"prefix\":\"192.0.2.1/24\"}]}", "authorization"},
        {"{\"roas\":[{\"asn\":1,\"prefix\":\"192.0.2.0/24\",\"maxLength\":23}]}", "authorization"},
        {"{\"roas\":[{\"asn\":1,\"prefix\":\"192.0.2.0/24\",\"maxLength\":33}]}", "authorization"},
        {"{\"roas\":[{\"asn\":4294967296,\"prefix\":\"192.0.2.0/24\"}]}", "authorization"},
        {"{\"roas\":[{\"asn\":\"ASx\",\"prefix\":\"192.0.2.0/24\"}]}", "authorization"},
        {"{\"roas\":[{\"asn\":1,\"prefix\":\"10.0.0.0/8\",\"maxLength\":9223372036854775807}]}",
         "authorization"},
        {"{\"roas\":[{\"asn\":1,\"prefix\":\"10.0.0.0/8\",\"expires\":9223372036854775807}]}",
         "authorization"},
        {"{\"roas\":[7]}", "authorization"},
        {"{\"roas\":{}}", "list of authorizations"},
        {"{\"roas\":[],\"roas\":[]}", "a member that was there before"},
        {"{\"roas\":[{\"asn\":1,\"prefix\":\"192.0.2.0/24\"}]}x",
         "bytes behind the authorizations"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct attribute_vrps v;
        struct fault why = {0};
        CHECK(attribute_vrps_parse(text(bad[i].text), &v, &why) != ST_OK);
        CHECK_STR(why.field, bad[i].field);
        attribute_vrps_fini(&v);
    }
}

static void exceptions_are_no_authorizations(void)
{
    CHECK(!attribute_vrps_sniff(text("{\"slurmVersion\":1,\"validationOutputFilters\":{}}")));
}

static void every_cut_is_refused(void)
{
    size_t len = strlen(rpki_client) - 1; /* the last newline may be missing */
    int taken = 0;
    for (size_t n = 0; n < len; n++) {
        struct attribute_vrps v;
        char *copy = malloc(n ? n : 1);
        memcpy(copy, rpki_client, n);
        taken += attribute_vrps_parse(bytes_of(copy, n), &v, NULL) == ST_OK;
        attribute_vrps_fini(&v);
        free(copy);
    }
    CHECK_INT(taken, 0);
}

static void no_memory_is_said(void)
{
    unsigned n = 0;
    enum status st = ST_NOMEM;
    while (st != ST_OK && n < 1000) {
        struct attribute_vrps v;
        test_fail_allocation(++n);
        st = attribute_vrps_parse(text(gortr), &v, NULL);
        attribute_vrps_fini(&v);
        CHECK(st == ST_OK || test_allocation_failed());
    }
    CHECK_INT(st, ST_OK);
    CHECK(n > 3);
}

/* --- RFC 6811 ------------------------------------------------------------------------- */

static struct origin_sources sources;
static struct origin o;

static void begin(int64_t days_before)
{
    sources = (struct origin_sources){.n = 1};
    sources.items[0] = (struct origin_source){.format = ORIGIN_VRP,
                                              .family = ORIGIN_SIGNED,
                                              .date = ORIGIN_DATE_DATA,
                                              .date_ns = NOW - days_before * TIME_DAY};
    o = (struct origin){.event_ns = NOW};
}

static struct origin_statement *authorize(const char *first, const char *last, uint32_t asn,
                                          uint8_t max_len)
{
    struct origin_statement *s = origin_state(&o, 0, ORIGIN_AUTHORIZED);
    s->first = addr(first);
    s->last = addr(last);
    s->has_asn = true;
    s->asn = asn;
    s->max_len = (uint8_t)(96 + max_len);
    return s;
}

static const char *validity(const char *net, uint32_t asn)
{
    struct prefix p;
    CHECK_INT(prefix_parse(text(net), &p), ST_OK);
    return origin_validity_name(attribute_validity(&o, &sources, &p, asn));
}

static void a_route_is_valid_invalid_or_not_found(void)
{
    begin(0);
    (void)authorize("192.0.0.0", "192.0.255.255", 64500, 20);
    CHECK_STR(validity("192.0.0.0/16", 64500), "valid");
    CHECK_STR(validity("192.0.16.0/20", 64500), "valid");
    CHECK_STR(validity("192.0.2.0/24", 64500), "invalid-length");
    CHECK_STR(validity("192.0.0.0/16", 64501), "invalid-asn");
    CHECK_STR(validity("192.0.0.0/15", 64500), "not-found"); /* it is not covered */
}

static void one_that_matches_is_enough(void)
{
    begin(0);
    (void)authorize("192.0.0.0", "192.0.255.255", 64500, 16);
    (void)authorize("192.0.2.0", "192.0.2.255", 64501, 24);
    CHECK_STR(validity("192.0.2.0/24", 64501), "valid");
    CHECK_STR(validity("192.0.2.0/24", 64500), "invalid-length");
    CHECK_STR(validity("192.0.2.0/24", 64502), "invalid-asn");
}

/* RFC 6483, 4. */
static void as_0_authorizes_nobody(void)
{
    begin(0);
    (void)authorize("192.0.2.0", "192.0.2.255", 0, 32);
    CHECK_STR(validity("192.0.2.0/24", 0), "invalid-asn");
    CHECK_STR(validity("192.0.2.0/24", 64500), "invalid-asn");
}

/* Trap 15. */
static void authorizations_that_had_ended_or_are_far_away_tell_nothing(void)
{
    begin(0);
    authorize("192.0.2.0", "192.0.2.255", 64500, 24)->expired = true;
    CHECK_STR(validity("192.0.2.0/24", 64501), "untold");
    CHECK_STR(validity("192.0.2.0/24", 64500), "untold");
    for (int64_t days = ATTRIBUTE_VRP_DAYS; days <= ATTRIBUTE_VRP_DAYS + 1; days++) {
        begin(days);
        (void)authorize("192.0.2.0", "192.0.2.255", 64500, 24);
        CHECK_STR(validity("192.0.2.0/24", 64501),
                  days == ATTRIBUTE_VRP_DAYS ? "invalid-asn" : "untold");
    }
    begin(0);
    sources.items[0].date = ORIGIN_UNDATED;
    (void)authorize("192.0.2.0", "192.0.2.255", 64500, 24);
    CHECK_STR(validity("192.0.2.0/24", 64501), "untold");
    begin(0);
    (void)authorize("192.0.2.0", "192.0.2.255", 64500, 24);
    o.dropped = 1; /* one of those might have matched */
    CHECK_STR(validity("192.0.2.0/24", 64501), "untold");
}

/* --- real files --------------------------------------------------------------------------- */

static enum status parse_shared(const char *name, struct attribute_vrps *v)
{
    char path[4096];
    struct attribute_file f;
    (void)snprintf(path, sizeof(path), "%s/sources/vrp/%s", test_shared(), name);
    CHECK_INT(attribute_file_open(path, &f, NULL), ST_OK);
    CHECK_INT(attribute_file_read(&f, false, NULL), ST_OK);
    enum status st = attribute_vrps_parse(f.data, v, NULL);
    attribute_file_fini(&f);
    return st;
}

static void real_files_are_read_or_refused(void)
{
    static const struct {
        const char *name;
        size_t n; /* 0: refused */
        bool dated;
    } files[] = {{"rtrtr-vrps.json", 2, false},
                 {"rtrtr-vrps-metadata.json", 2, true},
                 {"rtrtr-vrps.rpki-client.json", 2, true},
                 {"stayrtr-test.json", 19, true},
                 {"rtrtr-empty.json", 0, false},
                 {"rtrtr-exceptions.json", 0, false},
                 {"stayrtr-slurm.json", 0, false}};
    if (test_shared() == NULL) {
        printf("# skipped: no shared data\n");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct attribute_vrps v;
        CHECK_INT(parse_shared(files[i].name, &v) == ST_OK, files[i].n > 0);
        CHECK_INT(v.n, files[i].n);
        CHECK_INT(v.dated, files[i].dated);
        attribute_vrps_fini(&v);
    }
}

TEST_MAIN(TEST(all_dialects_say_the_same), TEST(the_end_of_an_authorization_is_kept),
          TEST(what_is_wrong_is_refused_where_it_stands), TEST(exceptions_are_no_authorizations),
          TEST(every_cut_is_refused), TEST(no_memory_is_said),
          TEST(a_route_is_valid_invalid_or_not_found), TEST(one_that_matches_is_enough),
          TEST(as_0_authorizes_nobody),
          TEST(authorizations_that_had_ended_or_are_far_away_tell_nothing),
          TEST(real_files_are_read_or_refused))
