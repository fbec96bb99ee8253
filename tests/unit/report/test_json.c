/* tests/unit/report/test_json.c - JSON Lines and CSV. */
#include <jansson.h>

#include "base/core/timefmt.h"
#include "sample.h"
#include "test.h"

static void make(const struct sample *s, struct buf *out)
{
    *out = BUF_INIT(64 << 20);
    report_json(out, &s->v);
    CHECK(out->failed == ST_OK);
}

/* The next line as an object; NULL at the end. */
static json_t *next(const struct buf *out, size_t *at)
{
    const char *from = (const char *)out->data + *at;
    const char *end = *at < out->len ? memchr(from, '\n', out->len - *at) : NULL;
    if (end == NULL) {
        CHECK(*at == out->len);
        return NULL;
    }
    json_error_t err;
    json_t *o = json_loadb(from, (size_t)(end - from), JSON_REJECT_DUPLICATES, &err);
    CHECK(json_is_object(o));
    *at += (size_t)(end - from) + 1;
    return o;
}

static const char *string(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

static json_int_t number(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_integer(v) ? json_integer_value(v) : -1;
}

/* The line of the nth finding or near miss. */
static json_t *line_of(const struct sample *s, size_t n)
{
    struct buf out;
    size_t at = 0;
    make(s, &out);
    json_t *o = next(&out, &at);
    for (size_t i = 0; i < n && o != NULL; i++) {
        json_decref(o);
        o = next(&out, &at);
    }
    buf_fini(&out);
    return o;
}

static void one_object_a_line_and_the_summary_last(void)
{
    struct sample *s = sample_full();
    struct buf out;
    char order[64] = "";
    size_t at = 0;
    make(s, &out);
    for (json_t *o = next(&out, &at); o != NULL; o = next(&out, &at)) {
        strncat(order, string(o, "type"), 1);
        if (strcmp(string(o, "type"), "summary") == 0) {
            CHECK_INT(number(o, "findings"), 9);
            CHECK_INT(number(o, "below"), 1);
            CHECK_INT(number(o, "allowed"), 1);
            CHECK_INT(number(json_object_get(o, "kinds"), "scan.vertical"), 2);
            CHECK_STR(string(json_object_get(o, "local"), "rule"), "given");
        }
        json_decref(o);
    }
    CHECK_STR(order, "fffffffffbfrrs");
    buf_fini(&out);
    s->v.finding_n = s->v.remark_n = 0;
    make(s, &out);
    CHECK(out.len > 0 && memchr(out.data, '\n', out.len) == out.data + out.len - 1);
    buf_fini(&out);
    sample_free(s);
}

static void a_finding_has_its_numbers(void)
{
    struct sample *s = sample_full();
    json_t *o = line_of(s, 0);
    CHECK_STR(string(o, "definition"), "scan.vertical/1");
    CHECK_STR(string(o, "initiator"), "198.51.100.1");
    CHECK_STR(string(o, "side"), "outside");
    CHECK_STR(string(o, "victim"), "192.0.2.10");
    CHECK_STR(string(o, "first"), "2024-05-17T10:05:03.000000000Z");
    CHECK_INT(number(o, "packets"), 1500);
    CHECK_INT(number(o, "ports"), 1000);
    CHECK_INT(json_array_size(json_object_get(o, "port_list")), 32);
    CHECK(json_object_get(o, "lines") == NULL);
    const json_t *at = json_object_get(o, "last_at");
    CHECK_STR(string(at, "input"), "border.pcap");
    CHECK_INT(number(at, "offset"), 9000);
    const json_t *tool = json_array_get(json_object_get(o, "tool"), 0);
    CHECK_STR(string(tool, "name"), "masscan");
    CHECK(json_number_value(json_object_get(tool, "chance")) == 1.0 / 65536);
    CHECK(json_is_null(json_object_get(json_array_get(json_object_get(o, "tool"), 1), "chance")));
    CHECK(string(o, "innocent_explanation")[0] != '\0' && string(o, "next_step")[0] != '\0');
    json_decref(o);
    sample_free(s);
}

static void an_origin_names_who_says_it_and_when(void)
{
    struct sample *s = sample_full();
    json_t *o = line_of(s, 0);
    const json_t *origin = json_object_get(o, "origin");
    CHECK_STR(string(origin, "prefix"), "198.51.100.0/24");
    CHECK_STR(string(json_object_get(origin, "registered"), "word"), "agreed");
    CHECK_STR(string(json_object_get(origin, "located"), "word"), "split");
    CHECK_STR(string(origin, "relation"), "different");
    const json_t *said = json_array_get(json_object_get(origin, "statements"), 0);
    CHECK_STR(string(said, "source"), "geo A");
    CHECK_STR(string(said, "date"), "2024-05-17");
    json_decref(o);
    sample_free(s);
}

/* Kept alone, a finding must name the very files that it stands on. */
static void an_origin_has_the_digests_of_its_sources(void)
{
    struct sample *s = sample_full();
    memset(s->sources.items[0].digest.b, 0xa5, DIGEST_BYTES);
    s->origins[0].event_ns = s->sources.items[0].date_ns + 3 * TIME_DAY;
    json_t *o = line_of(s, 0);
    const json_t *cited = json_object_get(json_object_get(o, "origin"), "sources");
    const json_t *a = json_array_get(cited, 0);
    CHECK_INT(json_array_size(cited), 2);
    CHECK_STR(string(a, "name"), "geo A");
    CHECK_STR(string(a, "sha256"),
              "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5");
    CHECK_INT(number(a, "days_before_event"), 3);
    CHECK(json_object_get(json_array_get(cited, 1), "days_before_event") == NULL);
    CHECK(json_object_get(json_array_get(cited, 1), "sha256") == NULL);
    s->origins[0].n = 1; /* only what is cited */
    json_decref(o);
    o = line_of(s, 0);
    CHECK_INT(json_array_size(json_object_get(json_object_get(o, "origin"), "sources")), 1);
    json_decref(o);
    sample_free(s);
}

/* Twelve scanners, each found twice; ten in US, where half of all addresses are. */
static struct sample *scanners_of_two_countries(struct baseline *b)
{
    struct sample *s = sample_new(24);
    *b = (struct baseline){.n = 1000,
                           .routed = 1,
                           .located = 1000,
                           .code_n = 2,
                           .codes = {{"DE", 10}, {"US", 500}},
                           .as_n = 1,
                           .as = {{64500, 20}}};
    for (int i = 0; i < 24; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "198.51.100.%d", 1 + i / 2);
        (void)sample_add(s, "scan.vertical", text);
        struct origin *o = &s->origins[i];
        o->located = (struct origin_country){.word = ORIGIN_AGREED};
        memcpy(o->located.code, i < 20 ? "US" : "DE", 3);
    }
    s->v.baselines[b->v6] = b;
    return s;
}

static json_t *where_of(const struct sample *s, const char *key)
{
    struct buf out;
    size_t at = 0;
    make(s, &out);
    json_t *o = next(&out, &at);
    while (o != NULL && strcmp(string(o, "type"), "summary") != 0) {
        json_decref(o);
        o = next(&out, &at);
    }
    json_t *where = json_incref(json_object_get(o, key));
    json_decref(o);
    buf_fini(&out);
    return where;
}

/* Trap of the null result: most are in US because most addresses are. */
static void shares_of_remotes_stand_next_to_those_of_addresses(void)
{
    static struct baseline b;
    struct sample *s = scanners_of_two_countries(&b);
    json_t *where = where_of(s, "where");
    CHECK_INT(number(where, "remotes"), 12); /* each once */
    const json_t *us = json_array_get(json_object_get(where, "countries"), 0);
    const json_t *de = json_array_get(json_object_get(where, "countries"), 1);
    CHECK_STR(string(us, "code"), "US");
    CHECK(json_real_value(json_object_get(us, "share")) > 0.83);
    CHECK(json_real_value(json_object_get(us, "share_of_addresses")) == 0.5);
    /* Ten of twelve by a coin: 1.9 %; two of twelve by one in a hundred: 0.6 %. */
    CHECK(json_real_value(json_object_get(us, "chance")) > 0.019 &&
          json_real_value(json_object_get(us, "chance")) < 0.0195);
    CHECK(json_real_value(json_object_get(de, "chance")) < 0.0063);
    json_decref(where);
    sample_free(s);
}

/* Whoever has a /48 has any number of addresses. */
static void remotes_of_ipv6_are_counted_by_their_48(void)
{
    static struct baseline b;
    struct sample *s = scanners_of_two_countries(&b);
    b.v6 = true;
    s->v.baselines[0] = NULL;
    s->v.baselines[1] = &b;
    for (size_t i = 0; i < 24; i++) {
        char text[48];
        struct finding *f = (struct finding *)(uintptr_t)s->findings[i].finding;
        (void)snprintf(text, sizeof(text), "2a00:1:%zu::%zu", i / 4, i);
        CHECK_INT(addr_parse(bytes_of(text, strlen(text)), &f->remote), ST_OK);
        f->initiator = s->origins[i].addr = f->remote;
    }
    json_t *where = where_of(s, "where_ipv6");
    CHECK_INT(number(where, "remotes"), 6);
    json_decref(where);
    CHECK(where_of(s, "where") == NULL);
    sample_free(s);
}

static void forged_inside_and_allowed_remotes_are_not_counted(void)
{
    static struct baseline b;
    struct sample *s = scanners_of_two_countries(&b);
    for (size_t i = 0; i < 6; i++) {
        struct finding *f = (struct finding *)(uintptr_t)s->findings[i].finding;
        f->authentic = i < 2 ? AUTHENTIC_SPOOF_CONSISTENT : f->authentic;
        f->flags |= i < 2 ? 0 : i < 4 ? FINDING_INSIDE : FINDING_ALLOWED;
    }
    json_t *where = where_of(s, "where");
    CHECK_INT(number(where, "remotes"), 9);
    json_decref(where);
    s->v.baselines[0] = NULL;
    where = where_of(s, "where");
    CHECK(where == NULL);
    sample_free(s);
}

static void lines_of_logs_are_no_packets(void)
{
    struct sample *s = sample_full();
    json_t *o = line_of(s, 3);
    CHECK_STR(string(o, "kind"), "bruteforce.ssh");
    CHECK_INT(number(o, "lines"), 1500);
    CHECK(json_object_get(o, "packets") == NULL);
    CHECK_INT(json_array_size(json_object_get(o, "user_sample")), 2);
    json_decref(o);
    sample_free(s);
}

static void forged_senders_are_no_initiator(void)
{
    struct sample *s = sample_full();
    json_t *o = line_of(s, 5);
    CHECK_STR(string(o, "kind"), "flood.syn");
    CHECK(json_object_get(o, "initiator") == NULL && json_object_get(o, "origin") == NULL);
    CHECK_STR(string(o, "authentic"), "spoof-consistent");
    CHECK_STR(string(json_object_get(o, "forgery_test"), "verdict"), "consistent");
    json_decref(o);
    sample_free(s);
}

static void hostile_names_stay_one_line_of_json(void)
{
    struct sample *s = sample_full();
    s->inputs[0].name = "a\"}\n{\"type\":\"summary\"}\xff\033\xe2\x80\xae";
    json_t *o = line_of(s, 0);
    CHECK(strstr(string(json_object_get(o, "first_at"), "input"), "a\"}\n{") != NULL);
    json_decref(o);
    sample_free(s);
}

/* --- CSV -------------------------------------------------------------------- */

/* Fields of the next record (RFC 4180); false at the end. */
static bool record(const char **p, size_t *ret_fields)
{
    bool quoted = false;
    if (**p == '\0') {
        return false;
    }
    *ret_fields = 1;
    for (; **p != '\0'; (*p)++) {
        quoted ^= **p == '"';
        *ret_fields += !quoted && **p == ',';
        if (!quoted && **p == '\r') {
            CHECK((*p)[1] == '\n');
            *p += 2;
            return true;
        }
    }
    CHECK(false); /* no end of line */
    return true;
}

static void csv_has_a_record_a_finding(void)
{
    struct sample *s = sample_full();
    struct finding *f = sample_add(s, "scan.vertical", "198.51.100.99");
    (void)snprintf(s->origins[s->v.finding_n - 1].as[0].name, ORIGIN_NAME_MAX,
                   "=HYPERLINK(\"http://x\"),\r\n2");
    CHECK(f != NULL);
    struct buf out = BUF_INIT(1 << 20);
    report_csv(&out, &s->v);
    buf_byte(&out, '\0');
    CHECK(out.failed == ST_OK);
    const char *p = (const char *)out.data;
    size_t fields = 0;
    size_t records = 0;
    size_t columns = 0;
    while (record(&p, &fields)) {
        columns = records++ == 0 ? fields : columns;
        CHECK_INT(fields, columns);
    }
    CHECK_INT(records, s->v.finding_n + 1);
    CHECK(strstr((const char *)out.data, ",=") == NULL);
    CHECK(strstr((const char *)out.data, ",\"=") == NULL);
    CHECK(strstr((const char *)out.data, "below,scan.vertical/1") != NULL);
    buf_fini(&out);
    sample_free(s);
}

static void lack_of_memory_is_reported(void)
{
    struct sample *s = sample_full();
    for (int csv = 0; csv < 2; csv++) {
        for (unsigned n = 1;; n++) {
            struct buf out = BUF_INIT(64 << 20);
            test_fail_allocation(n);
            if (csv) {
                report_csv(&out, &s->v);
            } else {
                report_json(&out, &s->v);
            }
            bool failed = test_allocation_failed();
            test_fail_allocation(0);
            CHECK(out.failed == (failed ? ST_NOMEM : ST_OK));
            buf_fini(&out);
            if (!failed) {
                break;
            }
        }
    }
    sample_free(s);
}

TEST_MAIN(TEST(one_object_a_line_and_the_summary_last), TEST(a_finding_has_its_numbers),
          TEST(an_origin_names_who_says_it_and_when),
          TEST(an_origin_has_the_digests_of_its_sources),
          TEST(shares_of_remotes_stand_next_to_those_of_addresses),
          TEST(remotes_of_ipv6_are_counted_by_their_48),
          TEST(forged_inside_and_allowed_remotes_are_not_counted),
          TEST(lines_of_logs_are_no_packets), TEST(forged_senders_are_no_initiator),
          TEST(hostile_names_stay_one_line_of_json), TEST(csv_has_a_record_a_finding),
          TEST(lack_of_memory_is_reported))
