/* tests/unit/attribute/test_ladder.c - what each rung may say, and no more. */
#include "attribute/ladder.h"

#include "attribute/conclude.h"
#include "base/core/timefmt.h"
#include "material.h"

#define DAY(n) ((n)*TIME_DAY)

static struct origin_sources sources;
static struct origin o;
static struct finding f;
static struct attribute_spoof_result spoof;
static struct attribute_climb climb;
static struct ladder l;

static void begin(void)
{
    sources = (struct origin_sources){.n = 0};
    o = (struct origin){.event_ns = DAY(20000), .addr = addr("8.8.8.8")};
    o.looked_up = o.addr;
    f = (struct finding){.has_initiator = true, .has_remote = true, .flags = FINDING_LOCAL_KNOWN};
    f.initiator = f.remote = o.addr;
    f.when.first_ns = f.when.last_ns = o.event_ns;
    spoof = (struct attribute_spoof_result){.n = 0};
    climb = (struct attribute_climb){.finding = &f,
                                     .told = true,
                                     .authentic = AUTHENTIC_TWO_WAY,
                                     .origin = &o,
                                     .sources = &sources};
}

static uint8_t source(enum origin_family family, int64_t day)
{
    sources.items[sources.n] = (struct origin_source){
        .name = "s", .family = family, .date = ORIGIN_DATE_DATA, .date_ns = DAY(day)};
    return (uint8_t)sources.n++;
}

static struct origin_statement *state(uint8_t from, enum origin_about about, const char *code)
{
    struct origin_statement *s = origin_state(&o, from, about);
    s->first = addr("8.8.8.0");
    s->last = addr("8.8.8.255");
    (void)snprintf(s->code, sizeof(s->code), "%.2s", code);
    return s;
}

static void route(uint8_t from, uint32_t asn, uint16_t seen, uint16_t of)
{
    struct origin_statement *s = state(from, ORIGIN_NETWORK, "");
    s->has_asn = true;
    s->asn = asn;
    s->seen = seen;
    s->of = of;
}

static void build(void)
{
    ladder_fini(&l);
    attribute_conclude(&o, &sources);
    attribute_ladder(&climb, &l);
    CHECK(!l.failed);
}

static const struct ladder_rung *rung(enum ladder_step s)
{
    return &l.rungs[s];
}

static bool says(const struct ladder_lines *lines, const char *part)
{
    for (size_t i = 0; i < lines->n; i++) {
        if (strstr(lines->items[i], part) != NULL) {
            return true;
        }
    }
    return false;
}

static void a_proven_address_leads_to_all_rungs(void)
{
    begin();
    f.sessions = 3;
    state(source(ORIGIN_RECORDS, 20000), ORIGIN_RECORDED, "DE");
    build();
    CHECK_STR(l.about, "initiator");
    CHECK_STR(rung(LADDER_PACKET)->word, "two-way-proven");
    CHECK_INT(rung(LADDER_PACKET)->confidence, LADDER_HIGH);
    CHECK(says(&rung(LADDER_PACKET)->supports, "3 connections carried data both ways"));
    for (unsigned i = 0; i < LADDER_STEPS; i++) {
        CHECK(rung(i)->present);
    }
    CHECK(strstr(l.stops, "a person is not a state") != NULL);
}

/* A log tells that there was a handshake, and may be written behind a proxy. */
static void a_log_is_no_capture(void)
{
    begin();
    f.flags |= FINDING_LOG;
    build();
    CHECK_INT(rung(LADDER_PACKET)->confidence, LADDER_MODERATE);
    CHECK(says(&rung(LADDER_PACKET)->weakens, "proxy"));
    CHECK_STR(rung(LADDER_TIME)->word, "port-missing"); /* trap 12 */
    CHECK(says(&rung(LADDER_TIME)->weakens, "RFC 6302"));
    flows_add(&f.flows, f.when.first_ns, 40000, 22);
    build();
    CHECK_STR(rung(LADDER_TIME)->word, "clock-uncertain");
    CHECK(says(&rung(LADDER_TIME)->supports, "Source port 40000"));
}

/* Trap 9: what came one way may be forged, and it is said so. */
static void a_one_way_address_is_unproven(void)
{
    begin();
    climb.authentic = AUTHENTIC_ONE_WAY;
    build();
    CHECK_STR(rung(LADDER_PACKET)->word, "one-way-only");
    CHECK_INT(rung(LADDER_PACKET)->confidence, LADDER_LOW);
    CHECK(strstr(rung(LADDER_PACKET)->answer, "may be forged") != NULL);
    CHECK(rung(LADDER_PACKET)->ask[0] != '\0');
    climb.told = false; /* another tool's rule */
    build();
    CHECK_STR(rung(LADDER_PACKET)->word, "unknown");
}

/* Trap 10. */
static void forged_senders_have_no_network_and_no_country(void)
{
    begin();
    state(source(ORIGIN_RECORDS, 20000), ORIGIN_RECORDED, "DE");
    climb.authentic = AUTHENTIC_SPOOF_CONSISTENT;
    f.flags |= FINDING_MANY;
    f.sources = 1000;
    spoof = (struct attribute_spoof_result){.verdict = SPOOF_CONSISTENT,
                                            .test = "share of impossible sources",
                                            .space = "all of IPv4",
                                            .n = 1000,
                                            .bogon = 140,
                                            .unannounced = 90,
                                            .routes = 0,
                                            .impossible_expected = 0.229,
                                            .p_real = 1e-9,
                                            .p_impossible = 0.4,
                                            .p_spread = 0.7,
                                            .bins = 100};
    climb.spoof = &spoof;
    build();
    CHECK_STR(rung(LADDER_PACKET)->word, "spoof-consistent");
    CHECK_INT(rung(LADDER_PACKET)->test_n, 3);
    CHECK(strstr(rung(LADDER_PACKET)->tests[2].name, "chi-square") != NULL);
    CHECK_STR(ladder_likelihood(rung(LADDER_PACKET)->tests[0].chance), "almost no chance");
    CHECK(says(&rung(LADDER_PACKET)->weakens, "140 cannot be on the Internet"));
    CHECK(!rung(LADDER_NETWORK)->present && !rung(LADDER_LOCATED)->present);
    CHECK(strstr(l.stops, "forged") != NULL);
}

static void packets_of_many_hosts_come_from_many_distances(void)
{
    begin();
    climb.authentic = AUTHENTIC_ONE_WAY;
    f.flags |= FINDING_MANY;
    f.sources = 1000;
    f.ttl_least = f.ttl_most = 57;
    f.ttl_kinds = 1;
    build();
    CHECK(says(&rung(LADDER_PACKET)->weakens, "TTL 57, as if they came one way"));
    f.ttl_least = 1;
    f.ttl_most = 255;
    f.ttl_kinds = 250;
    build();
    CHECK(says(&rung(LADDER_PACKET)->weakens, "250 different TTLs"));
    f.ttl_kinds = 31;
    build();
    CHECK(says(&rung(LADDER_PACKET)->supports, "31 different TTLs"));
    f.sources = 2; /* two may well be neighbours */
    f.ttl_kinds = 1;
    build();
    CHECK(!says(&rung(LADDER_PACKET)->weakens, "TTL"));
}

static void packets_of_one_sender_come_one_way(void)
{
    begin();
    climb.authentic = AUTHENTIC_ONE_WAY;
    f.sources = 0;
    f.packets = 100;
    f.ttl_least = f.ttl_most = 57;
    build();
    CHECK(says(&rung(LADDER_PACKET)->supports, "TTL 57, as those of one sender"));
    f.ttl_most = 60; /* a way that changed */
    build();
    CHECK(!says(&rung(LADDER_PACKET)->weakens, "TTL"));
    f.ttl_most = 120;
    build();
    CHECK(says(&rung(LADDER_PACKET)->weakens, "TTLs from 57 to 120"));
    f.packets = 3;
    build();
    CHECK(!says(&rung(LADDER_PACKET)->weakens, "TTL"));
}

static void an_impossible_address_leads_nowhere(void)
{
    begin();
    o.special = (struct origin_special){
        .present = true, .bogon = true, .name = "reserved", .rfc = "RFC 1112"};
    climb.authentic = AUTHENTIC_IMPOSSIBLE;
    build();
    CHECK(says(&rung(LADDER_PACKET)->supports, "reserved (RFC 1112)"));
    CHECK(!rung(LADDER_NETWORK)->present);
}

static void backscatter_names_a_victim(void)
{
    begin();
    (void)snprintf(f.kind, sizeof(f.kind), "backscatter");
    f.has_initiator = false;
    f.has_victim = true;
    f.victim = f.remote;
    climb.authentic = AUTHENTIC_ONE_WAY;
    build();
    CHECK_STR(l.about, "victim");
    CHECK(says(&rung(LADDER_PACKET)->supports, "a victim or a reflector"));
}

/* What somebody inside attacked sent nothing: its packets are not judged. */
static void a_target_is_not_judged_by_what_was_sent_to_it(void)
{
    begin();
    f.initiator = addr("192.0.2.1");
    build();
    CHECK_STR(l.about, "target");
    CHECK(!rung(LADDER_PACKET)->present && rung(LADDER_NETWORK)->present);
}

/* Likelihood words only where a number was computed. */
static void no_rung_of_sources_speaks_of_likelihood(void)
{
    static const char *const words[] = {"likely", "chance", "probab"};
    begin();
    state(source(ORIGIN_RECORDS, 20000), ORIGIN_RECORDED, "DE");
    state(source(ORIGIN_MEASUREMENT, 20000), ORIGIN_LOCATED, "FR");
    route(source(ORIGIN_ROUTING, 20000), 64500, 1, 2);
    build();
    for (unsigned i = LADDER_NETWORK; i < LADDER_STEPS; i++) {
        CHECK_INT(rung(i)->test_n, 0);
        for (size_t k = 0; k < ARRAY_LEN(words); k++) {
            CHECK(!says(&rung(i)->supports, words[k]) && !says(&rung(i)->weakens, words[k]));
            CHECK(strstr(rung(i)->basis, words[k]) == NULL);
        }
    }
}

/* Trap 5. */
static void files_of_one_family_are_one_voice(void)
{
    begin();
    for (int i = 0; i < 4; i++) {
        state(source(ORIGIN_MEASUREMENT, 20000), ORIGIN_LOCATED, "DE");
    }
    build();
    CHECK_INT(rung(LADDER_LOCATED)->confidence, LADDER_LOW);
    CHECK(strstr(rung(LADDER_LOCATED)->basis, "1 family") != NULL);
    state(source(ORIGIN_RECORDS, 20000), ORIGIN_RECORDED, "DE");
    build();
    CHECK_INT(rung(LADDER_LOCATED)->confidence, LADDER_MODERATE);
    state(source(ORIGIN_LEGACY, 20000), ORIGIN_LOCATED, "DE");
    build();
    CHECK_INT(rung(LADDER_LOCATED)->confidence, LADDER_HIGH);
    state(source(ORIGIN_MEASUREMENT, 20000), ORIGIN_FLAGGED, "")->flag = ORIGIN_HOSTING;
    build();
    CHECK_INT(rung(LADDER_LOCATED)->confidence, LADDER_MODERATE);
    CHECK(says(&rung(LADDER_LOCATED)->weakens, "every third or fourth"));
}

static void old_data_makes_confidence_low(void)
{
    begin();
    state(source(ORIGIN_MEASUREMENT, 20000 - 400), ORIGIN_LOCATED, "DE");
    state(source(ORIGIN_RECORDS, 20000 - 400), ORIGIN_RECORDED, "DE");
    build();
    CHECK_INT(rung(LADDER_LOCATED)->confidence, LADDER_LOW);
    CHECK(strstr(rung(LADDER_LOCATED)->basis, "400 days from the event") != NULL);
}

static void an_operators_own_word_is_no_basis(void)
{
    begin();
    state(source(ORIGIN_OPERATOR, 20000), ORIGIN_LOCATED, "DE");
    state(source(ORIGIN_RECORDS, 20000), ORIGIN_RECORDED, "DE");
    build();
    CHECK_INT(rung(LADDER_LOCATED)->confidence, LADDER_LOW);
    CHECK(strstr(rung(LADDER_LOCATED)->basis, "1 family") != NULL);
    CHECK(says(&rung(LADDER_LOCATED)->weakens, "RFC 8805"));
}

static void several_origins_in_one_table_are_told_from_a_disagreement(void)
{
    begin();
    route(source(ORIGIN_ROUTING, 20000), 64500, 30, 35);
    route(0, 64501, 5, 35);
    build();
    CHECK_STR(rung(LADDER_NETWORK)->word, "several-origins-in-one-table");
    CHECK(says(&rung(LADDER_NETWORK)->supports, "30 of the 35 peers"));
    CHECK(says(&rung(LADDER_NETWORK)->weakens, "hijack"));
    begin();
    route(source(ORIGIN_ROUTING, 20000), 64500, 30, 35);
    route(source(ORIGIN_RECORDS, 18000), 64501, 0, 0);
    build();
    CHECK_STR(rung(LADDER_NETWORK)->word, "several-origins");
}

static void an_invalid_route_is_a_doubt_and_no_verdict(void)
{
    begin();
    uint8_t roas = source(ORIGIN_SIGNED, 20000);
    struct origin_statement *s = state(roas, ORIGIN_AUTHORIZED, "");
    s->has_asn = true;
    s->asn = 64501;
    s->max_len = 120;
    route(source(ORIGIN_ROUTING, 20000), 64500, 3, 3);
    build();
    CHECK(says(&rung(LADDER_NETWORK)->weakens, "invalid-asn"));
    CHECK(says(&rung(LADDER_NETWORK)->weakens, "more often a mistake than a hijack"));
    CHECK_INT(rung(LADDER_NETWORK)->sources, 3);
}

/* Trap 13. */
static void an_anycast_network_has_no_place(void)
{
    begin();
    state(source(ORIGIN_RECORDS, 20000), ORIGIN_RECORDED, "AU");
    state(0, ORIGIN_FLAGGED, "")->flag = ORIGIN_ANYCAST;
    build();
    CHECK_STR(rung(LADDER_LOCATED)->word, "not-meaningful");
    CHECK_INT(rung(LADDER_LOCATED)->confidence, LADDER_NO_CONFIDENCE);
    CHECK_STR(rung(LADDER_REGISTERED)->word, "agreed");
}

static void no_flag_reads_as_unknown(void)
{
    begin();
    build();
    CHECK_STR(rung(LADDER_ROLE)->word, "unknown");
    CHECK(says(&rung(LADDER_ROLE)->weakens, "No flag means unknown"));
}

static void sources_are_numbered_as_they_are_cited(void)
{
    struct buf out = BUF_INIT(1 << 20);
    struct emit j;
    begin();
    (void)source(ORIGIN_RECORDS, 20000); /* says nothing: not cited */
    state(source(ORIGIN_MEASUREMENT, 20000), ORIGIN_LOCATED, "DE");
    route(source(ORIGIN_ROUTING, 20000), 64500, 1, 1);
    build();
    emit_begin(&j, &out);
    ladder_json(&j, &l, origin_cited(&o));
    buf_byte(&out, 0);
    CHECK(strstr((const char *)out.data, "\"rung\":\"network\"") != NULL);
    const char *network = strstr((const char *)out.data, "\"rung\":\"network\"");
    const char *located = strstr((const char *)out.data, "\"rung\":\"located-country\"");
    CHECK(network != NULL && strstr(network, "\"sources\":[1]") < located);
    CHECK(located != NULL && strstr(located, "\"sources\":[0]") != NULL);
    buf_fini(&out);
}

static void lack_of_memory_is_said(void)
{
    unsigned n = 0;
    begin();
    state(source(ORIGIN_RECORDS, 20000), ORIGIN_RECORDED, "DE");
    do {
        ladder_fini(&l);
        test_fail_allocation(++n);
        attribute_ladder(&climb, &l);
        CHECK(l.failed == test_allocation_failed());
    } while (l.failed && n < 100);
    CHECK(n > 1 && n < 100);
    ladder_fini(&l);
}

TEST_MAIN(TEST(a_proven_address_leads_to_all_rungs), TEST(a_log_is_no_capture),
          TEST(a_one_way_address_is_unproven), TEST(forged_senders_have_no_network_and_no_country),
          TEST(packets_of_many_hosts_come_from_many_distances),
          TEST(packets_of_one_sender_come_one_way), TEST(an_impossible_address_leads_nowhere),
          TEST(backscatter_names_a_victim), TEST(a_target_is_not_judged_by_what_was_sent_to_it),
          TEST(no_rung_of_sources_speaks_of_likelihood), TEST(files_of_one_family_are_one_voice),
          TEST(old_data_makes_confidence_low), TEST(an_operators_own_word_is_no_basis),
          TEST(several_origins_in_one_table_are_told_from_a_disagreement),
          TEST(an_invalid_route_is_a_doubt_and_no_verdict), TEST(an_anycast_network_has_no_place),
          TEST(no_flag_reads_as_unknown), TEST(sources_are_numbered_as_they_are_cited),
          TEST(lack_of_memory_is_said))
