/* tests/unit/exchange/test_claim_read.c - the forms of claims, and what each says. */
#include "base/core/limits.h"
#include "claims.h"
#include "exchange/claim/draft.h"

#define XARF                                                                                       \
    "{\"xarf_version\":\"4.2.0\",\"report_id\":\"r1\",\"timestamp\":\"2026-03-03T10:00:00Z\","     \
    "\"reporter\":{\"org\":\"O\",\"contact\":\"a@b.example\"},"                                    \
    "\"source_identifier\":\"198.51.100.7\",\"source_port\":40001,\"category\":\"connection\","    \
    "\"type\":\"login_attack\",\"destination_ip\":\"192.0.2.5\",\"destination_port\":22,"          \
    "\"protocol\":\"tcp\",\"attempt_count\":9,\"odd\":[1]"

static void xarf_is_read(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of(XARF ",\"connection_state\":\"two-way-proven\"}");
    CHECK_INT(s.n, 1);
    CHECK_STR(s.format, "XARF 4");
    CHECK_STR(s.accuser, "O <a@b.example>");
    CHECK_STR(s.reference, "r1");
    const struct claim *c = &s.items[0];
    CHECK(addr_equal(&c->source, &(struct addr){{0}}) == false);
    struct addr source = addr("198.51.100.7");
    struct addr target = addr("192.0.2.5");
    CHECK(addr_equal(&c->source, &source) && c->has_target && addr_equal(&c->target, &target));
    CHECK_INT(c->source_port, 40001);
    CHECK_INT(c->target_port, 22);
    CHECK_INT(c->proto, PROTO_TCP);
    CHECK_INT(c->act, CLAIM_ACT_LOGIN);
    CHECK_INT(c->state, CLAIM_STATE_TWO_WAY);
    CHECK_INT(c->count, 9);
    CHECK_INT(c->when.first_ns, at("2026-03-03T10:00:00Z"));
    CHECK_INT(claim_lacks(c), 0);
    CHECK_INT(claim_forging_of(c), CLAIM_FORGING_HARD);
    CHECK_INT(s.quote_n, 1); /* what is not known stays as quoted text */
    CHECK_STR(s.quotes[0].key, "odd");
    CHECK_STR(s.quotes[0].text, "[1]");
}

/* "Mar  3 10:00:01 h sshd[1]: Failed password for root from 198.51.100.7 port 40002 ssh2" and one
 * about another address. */
#define EVIDENCE                                                                                   \
    "TWFyICAzIDEwOjAwOjAxIGggc3NoZFsxXTogRmFpbGVkIHBhc3N3b3JkIGZvciByb290IGZyb20gMTk4LjUxLjEwMC4"  \
    "3IHBvcnQgNDAwMDIgc3NoMgpNYXIgIDMgMTA6MDA6MDEgaCBzc2hkWzFdOiBGYWlsZWQgcGFzc3dvcmQgZm9yIHJvb3"  \
    "QgZnJvbSAxOTguNTEuMTAwLjggcG9ydCA0MDAwMiBzc2gyCg=="

static void evidence_sharpens_a_report(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of(
        XARF ",\"evidence\":[{\"content_type\":\"text/plain\",\"payload\":\"" EVIDENCE "\"},"
             "{\"content_type\":\"image/png\",\"payload\":\"aGVsbG8=\"}]}");
    CHECK_INT(s.n, 1);
    CHECK_INT(s.items[0].moment_n, 2);
    CHECK_INT(s.items[0].moments[1].source_port, 40002);
    CHECK_INT(s.items[0].moments[1].time_ns, at("2026-03-03T10:00:01Z"));
    CHECK((s.notes & CLAIM_NOTE_OTHERS) != 0);
    CHECK((s.notes & CLAIM_NOTE_UNREAD) != 0);
}

static void an_x_arf_mail_is_read(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of(
        "From: F <f@b.example>\nX-ARF: YES\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nDear all, 203.0.113.99 is not it.\n"
        "--b\nContent-Type: text/plain; name=report.txt\n\n---\nReported-From: f@b.example\n"
        "Category: abuse\nReport-Type: login-attack\nService: ssh\nPort: 2222\n"
        "Source: 198.51.100.7\nSource-Type: ip-address\n"
        "Date: Tue, 03 Mar 2026 11:00:00 +0100\n--b\n"
        "Content-Type: text/plain; name=log.txt\n\n"
        "Mar  3 11:00:00 h sshd[1]: Failed password for x from 198.51.100.7 port 40002 ssh2\n"
        "--b--\n");
    CHECK_INT(s.n, 1);
    CHECK_STR(s.format, "X-ARF (in a mail)");
    CHECK_INT(s.items[0].act, CLAIM_ACT_LOGIN);
    CHECK_INT(s.items[0].target_port, 2222); /* X-ARF's Port is the attacked one */
    CHECK_INT(s.items[0].when.first_ns, at("2026-03-03T10:00:00Z"));
    CHECK(!s.items[0].when.zone_assumed);
    /* The line has no zone: it is that of the report, and that is said. */
    CHECK((s.notes & CLAIM_NOTE_SHIFTED) != 0);
    CHECK_INT(s.items[0].moments[s.items[0].moment_n - 1].time_ns, at("2026-03-03T10:00:00Z"));
    CHECK_INT(s.items[0].moments[s.items[0].moment_n - 1].source_port, 40002);
}

static void all_mails_of_a_mailbox_are_read(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s =
        claims_of("From a Tue\nFrom: a@b.example\nX-ARF: YES\n\nSource: 198.51.100.7\nPort: 22\n"
                  "Date: 2026-03-03T10:00:00Z\n>From here on nothing.\n\n"
                  "From b Tue\nFrom: c@b.example\n\nSource: 198.51.100.8\nPort: 22\n"
                  "Date: 2026-03-03T10:00:00Z\n");
    CHECK_INT(s.n, 2);
    CHECK_STR(s.accuser, "a@b.example");
    CHECK_INT(s.items[0].target_port, 22);
    CHECK_INT(s.items[1].target_port, 0); /* the second is no X-ARF */
}

static void a_mail_of_fail2ban_is_read(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of(
        "Subject: [Fail2Ban] sshd: banned 198.51.100.7 from h\nFrom: f@b.example\n"
        "Date: Tue, 03 Mar 2026 10:05:00 +0000\n\nHi,\n\n"
        "The IP 198.51.100.7 has just been banned by Fail2Ban after\n5 attempts against sshd.\n\n"
        "Here is more information about 198.51.100.7 :\n\ninetnum: 203.0.113.0 - 203.0.113.255\n"
        "source:  RIPE # Filtered\nlast-modified: 2019-01-01T00:00:00Z\n\n"
        "Lines containing failures of 198.51.100.7 (max 1000)\n"
        "Mar  3 10:00:01 h sshd[1]: Invalid user a from 198.51.100.7 port 4001\n"
        "> Mar  3 10:00:02 h sshd[1]: Failed password for root from 198.51.100.7 port 4002 ssh2\n"
        "\nRegards,\n\nFail2Ban\n");
    CHECK_INT(s.n, 1);
    CHECK_STR(s.format, "mail of fail2ban");
    CHECK_INT(s.items[0].count, 5);
    CHECK_INT(s.items[0].act, CLAIM_ACT_LOGIN);
    CHECK_INT(s.items[0].target_port, 22);
    CHECK(s.items[0].service); /* taken from the service's name */
    CHECK_INT(s.items[0].moment_n, 2);
    CHECK_INT(s.items[0].moments[1].source_port, 4002);
    CHECK(s.items[0].when.zone_assumed);
}

static void tables_are_read_by_their_header(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of(
        "\"timestamp\",\"ip\",\"protocol\",\"port\",\"asn\",\"geo\",\"tag\",\"dst_ip\",\"dst_"
        "port\"\r\n"
        "\"2026-03-03 10:00:00\",\"198.51.100.7\",\"tcp\",\"40001\",\"1\",\"ZZ\",\"a \"\"b\"\", "
        "scan"
        "\",\"192.0.2.5\",\"23\"\r\n"
        "\"2026-03-03 10:00:09\",\"198.51.100.7\",\"tcp\",\"40002\",\"1\",\"ZZ\",\"scan\","
        "\"192.0.2.5\",\"23\"\r\n"
        "\"2026-03-03 "
        "10:00:09\",\"not.an.address\",\"tcp\",\"1\",\"1\",\"ZZ\",\"scan\",\"\",\"\"\r\n");
    CHECK_INT(s.n, 1); /* rows about the same are one incident */
    CHECK_STR(s.format, "Shadowserver report (CSV)");
    CHECK_INT(s.items[0].moment_n, 2);
    CHECK_INT(s.items[0].moments[1].source_port, 40002);
    CHECK_INT(s.items[0].target_port, 23);
    CHECK(!s.items[0].when.zone_assumed); /* UTC, by their documentation */
    CHECK((s.notes & CLAIM_NOTE_NAMES) != 0);
}

static void a_lone_port_of_a_table_is_nobodys(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of("time;ip;port\n2026-03-03 10:00:00;198.51.100.7;22\n");
    CHECK_INT(s.n, 1);
    CHECK_INT(s.items[0].source_port, 0);
    CHECK_INT(s.items[0].target_port, 0);
    CHECK(s.items[0].when.zone_assumed);
    CHECK_INT(s.quote_n, 1);
}

static void misp_is_read(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of(
        "{\"Event\":{\"info\":\"ssh brute force\",\"date\":\"2026-03-03\",\"uuid\":\"u\","
        "\"Orgc\":{\"name\":\"CERT\"},\"Attribute\":["
        "{\"type\":\"ip-src|port\",\"value\":\"198.51.100.7|40001\",\"timestamp\":\"1700000000\","
        "\"first_seen\":\"2026-03-03T10:00:00+00:00\"},"
        "{\"type\":\"ip-dst\",\"value\":\"198.51.100.8\"},{\"type\":\"domain\",\"value\":\"x\"}]}"
        "}");
    CHECK_INT(s.n, 2);
    CHECK_STR(s.accuser, "CERT");
    CHECK_INT(s.items[0].source_port, 40001);
    CHECK_INT(s.items[0].act, CLAIM_ACT_LOGIN);
    CHECK_INT(s.items[0].when.first_ns, at("2026-03-03T10:00:00Z"));
    CHECK_INT(s.items[1].act, CLAIM_ACT_HOST);
    CHECK_INT(s.items[1].when.precision_ns, TIME_DAY); /* an edit's time is no incident's */
}

static void stix_is_read(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of(
        "{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":["
        "{\"type\":\"observed-data\",\"id\":\"o\",\"first_observed\":\"2026-03-03T10:00:00Z\","
        "\"last_observed\":\"2026-03-03T10:01:00Z\",\"number_observed\":4,\"objects\":{"
        "\"0\":{\"type\":\"ipv4-addr\",\"value\":\"198.51.100.7\"},"
        "\"1\":{\"type\":\"network-traffic\",\"src_ref\":\"0\",\"dst_port\":22,"
        "\"protocols\":[\"ipv4\",\"tcp\"]}}},"
        "{\"type\":\"indicator\",\"id\":\"i\",\"name\":\"C2 server\","
        "\"pattern\":\"[network-traffic:dst_ref.value = '198.51.100.8' AND "
        "network-traffic:dst_port = 443]\",\"valid_from\":\"2020-01-01T00:00:00Z\"},"
        "{\"type\":\"sighting\",\"id\":\"s\",\"sighting_of_ref\":\"i\",\"count\":3,"
        "\"first_seen\":\"2026-03-03T09:00:00Z\",\"last_seen\":\"2026-03-03T09:30:00Z\"},"
        "{\"type\":\"indicator\",\"id\":\"j\",\"pattern\":\"[ipv4-addr:value='198.51.100.9']\"}]}");
    CHECK_INT(s.n, 3);
    CHECK_INT(s.items[0].target_port, 22);
    CHECK_INT(s.items[0].proto, PROTO_TCP);
    CHECK_INT(s.items[0].count, 4);
    struct addr host = addr("198.51.100.8");
    CHECK(addr_equal(&s.items[1].source, &host)); /* whom others talk to is a host */
    CHECK_INT(s.items[1].source_port, 443);
    CHECK_INT(s.items[1].count, 3);
    CHECK_INT(s.items[1].when.first_ns, at("2026-03-03T09:00:00Z"));
    CHECK(!s.items[2].when.known); /* an indicator alone has no time */
}

/* "198.51.100.1:22 198.51.100.2" for the incidents of a pattern that was sighted. */
static void check_pattern(const char *pattern, const char *want, uint32_t unread)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    CLEANUP(buf_fini) struct buf got = BUF_INIT(4096);
    buf_printf(&b,
               "{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[{\"type\":\"indicator\","
               "\"id\":\"i\",\"pattern\":\"%s\"},{\"type\":\"sighting\",\"id\":\"s\","
               "\"sighting_of_ref\":\"i\",\"count\":3,\"first_seen\":\"2026-03-03T09:00:00Z\"}]}",
               pattern);
    buf_byte(&b, 0);
    CLEANUP(claim_set_fini) struct claim_set s = claims_of((const char *)b.data);
    for (size_t i = 0; i < s.n; i++) {
        char text[ADDR_TEXT_MAX];
        const struct claim *c = &s.items[i];
        (void)addr_format(&c->source, text);
        buf_printf(&got, "%s%s", i > 0 ? " " : "", text);
        if (c->target_port != 0) {
            buf_printf(&got, ":%u", c->target_port);
        }
        CHECK_INT(c->count, s.n == 1 ? 3 : 0); /* said of all of them together */
        CHECK_INT(claim_unread_bits(c), unread);
    }
    buf_byte(&got, 0);
    CHECK_STR((const char *)got.data, want);
}

static void every_address_of_a_pattern_is_read(void)
{
#define ADDR "ipv4-addr:value"
#define SRC  "network-traffic:src_ref.value"
#define DST  "network-traffic:dst_ref.value"
#define PORT "network-traffic:dst_port"
    check_pattern("[" ADDR " = '198.51.100.1']", "198.51.100.1", 0);
    check_pattern("[" ADDR "='198.51.100.1' OR " ADDR "='198.51.100.2' OR " ADDR "='198.51.100.3']",
                  "198.51.100.1 198.51.100.2 198.51.100.3", 0);
    check_pattern("[" ADDR " = '198.51.100.1'] OR [" ADDR " = '198.51.100.2']",
                  "198.51.100.1 198.51.100.2", 0);
    check_pattern("[" ADDR " IN ('198.51.100.1', '198.51.100.2')]", "198.51.100.1 198.51.100.2", 0);
    check_pattern("[" SRC " = '198.51.100.1' AND " PORT " = 22 OR " SRC
                  " = '198.51.100.2' AND " PORT " = 23]",
                  "198.51.100.1:22 198.51.100.2:23", 0);
    check_pattern("[(" SRC " = '198.51.100.1' OR " SRC " = '198.51.100.2') AND " PORT " = 22]",
                  "198.51.100.1:22 198.51.100.2:22", 0);
    check_pattern("[" DST " = '198.51.100.1' OR " DST " = '198.51.100.2']",
                  "198.51.100.1 198.51.100.2", 0);
    check_pattern("[" SRC " = '198.51.100.1' AND (" PORT " = 22 OR " PORT " = 23)]", "198.51.100.1",
                  1U << CLAIM_STATED_TARGET_PORT);
    check_pattern("[" SRC " = '198.51.100.1' AND " PORT " IN (22, 23, 24)]", "198.51.100.1",
                  1U << CLAIM_STATED_TARGET_PORT);
    check_pattern("[" SRC " = '198.51.100.1' AND " PORT " < 1024]", "198.51.100.1",
                  1U << CLAIM_STATED_TARGET_PORT);
    check_pattern("[" SRC " = '198.51.100.1' AND (" DST " = '192.0.2.1' OR " DST " = '192.0.2.2')]",
                  "198.51.100.1", 1U << CLAIM_STATED_TARGET);
    /* Whom it excludes, it does not accuse; nor does a text in it. */
    check_pattern("[" ADDR " != '198.51.100.1' AND " ADDR " NOT = '198.51.100.2']", "", 0);
    check_pattern("[" ADDR " NOT IN ('198.51.100.1','198.51.100.2') OR " ADDR " = '198.51.100.3']",
                  "198.51.100.3", 0);
    check_pattern("[url:value = '] OR [" ADDR " = 198.51.100.1' OR " ADDR " = '198.51.100.2']",
                  "198.51.100.2", 0);
    check_pattern("[" ADDR " ISSUBSET '198.51.100.0/24']", "", 0);
    check_pattern("[network-traffic:protocols[*] = 'tcp' AND " SRC " = '198.51.100.1']",
                  "198.51.100.1", 0);
    check_pattern("[", "", 0);
    check_pattern("[(" ADDR " = '198.51.100.1", "198.51.100.1", 0);
#undef ADDR
#undef SRC
#undef DST
#undef PORT
}

static void a_finding_is_read(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of(
        "{\"type\":\"finding\",\"id\":\"00000000000000000000000000000000\","
        "\"definition\":\"bruteforce.ssh/"
        "1\",\"kind\":\"bruteforce.ssh\",\"technique\":\"password\","
        "\"protocol\":\"ssh\",\"initiator\":\"198.51.100.7\",\"side\":\"outside\","
        "\"remote\":\"198.51.100.7\",\"first\":\"2026-03-03T10:00:00.000000000Z\","
        "\"last\":\"2026-03-03T10:00:19.000000000Z\",\"lines\":20,\"targets\":1,\"ports\":1,"
        "\"port_list\":[22],\"target_sample\":[\"192.0.2.5\"],\"attempts\":20,"
        "\"authentic\":\"two-way-proven\",\"flow_sample\":[{\"time\":"
        "\"2026-03-03T10:00:00.000000000Z\",\"source_port\":40000,\"target_port\":22}]}\n");
    CHECK_INT(s.n, 1);
    CHECK_INT(s.items[0].act, CLAIM_ACT_LOGIN);
    CHECK_INT(s.items[0].target_port, 22);
    CHECK(s.items[0].has_target);
    CHECK_INT(s.items[0].state, CLAIM_STATE_TWO_WAY);
    CHECK_INT(s.items[0].moments[0].source_port, 40000);
}

static void lines_of_a_packet_filter_are_read(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of(
        "Mar  3 10:00:01 fw kernel: [1.2] [UFW BLOCK] IN=eth0 OUT= MAC=00:01 SRC=198.51.100.7 "
        "DST=192.0.2.5 LEN=40 TTL=50 PROTO=TCP SPT=40001 DPT=23 WINDOW=1 SYN URGP=0\n"
        "2026-03-03T10:00:02+01:00 fw kernel: IN=eth0 SRC=198.51.100.7 DST=192.0.2.5 PROTO=ICMP "
        "TYPE=8\n"
        "Mar  3 10:00:01 fw kernel: SRC=198.51.100.300 DST=192.0.2.5 PROTO=TCP\n"
        "no time SRC=198.51.100.7 DST=192.0.2.5\n");
    CHECK_INT(s.n, 2);
    CHECK_INT(s.items[0].moments[0].source_port, 40001);
    CHECK_INT(s.items[0].target_port, 23);
    CHECK(s.items[0].when.zone_assumed && s.items[0].has_target);
    CHECK_INT(s.items[1].proto, PROTO_ICMP);
    CHECK_INT(s.items[1].when.first_ns, at("2026-03-03T09:00:02Z"));
}

static void an_address_that_merely_occurs_accuses_nobody(void)
{
    static const char *const harmless[] = {
        "We saw 198.51.100.7 attack us at 2026-03-03 10:00:00 UTC.",
        "From: a@b.example\nSubject: 198.51.100.7\n\nSee http://198.51.100.7/\n-- \n192.0.2.9\n",
        "inetnum: 198.51.100.0 - 198.51.100.255\nsource: RIPE\n",
        "{\"xarf_version\":\"4\",\"source_identifier\":\"https://example.org/x\"}",
        "{\"xarf_version\":\"4\",\"source_identifier\":\"198.51.100.0/24\"}",
        "{\"type\":\"bundle\",\"id\":\"b\"}",
        "{\"Event\":{\"Attribute\":\"x\",\"Object\":7}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(harmless); i++) {
        CLEANUP(claim_set_fini) struct claim_set s = claims_of(harmless[i]);
        CHECK_INT(s.n, 0);
    }
}

static void what_is_nothing_is_refused(void)
{
    static const char *const wrong[] = {"{\"a\":1}", "[1,2]", "{\"a\":", "[[[[", "{\"type\":1}"};
    struct claim_set s = {.n = 0};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct fault why = {0};
        CHECK_INT(read_claim(text(wrong[i]), &s, &why), ST_MALFORMED);
        CHECK(why.field != NULL);
    }
    CHECK_INT(read_claim(bytes_of("a\0b", 3), &s, NULL), ST_MALFORMED);
}

/* Values that no field can hold. */
static void absurd_values_are_left_out(void)
{
    CLEANUP(claim_set_fini) struct claim_set s = {.n = 0};
    CHECK_INT(read_claim(text("{\"xarf_version\":\"4\",\"attempt_count\":99999999999999999999999}"),
                         &s, NULL),
              ST_MALFORMED);
    s = claims_of("{\"xarf_version\":\"4\",\"source_identifier\":\"198.51.100.7\","
                  "\"source_port\":-1,\"destination_port\":70000,\"destination_ip\":\"999.1.1.1\","
                  "\"protocol\":\"carrier pigeon\",\"timestamp\":\"never\"}");
    CHECK_INT(s.n, 1);
    CHECK_INT(s.items[0].source_port, 0);
    CHECK_INT(s.items[0].target_port, 0);
    CHECK(!s.items[0].has_target && !s.items[0].when.known && s.items[0].proto == 0);
    CHECK((s.notes & CLAIM_NOTE_TIMES) != 0 && (s.notes & CLAIM_NOTE_NAMES) != 0);
}

static void incidents_are_bounded(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 22);
    CLEANUP(claim_set_fini) struct claim_set s = {.n = 0};
    buf_str(&b, "time,src_ip,dst_ip\n");
    for (int i = 0; i < LIMIT_CLAIMS + 50; i++) {
        buf_printf(&b, "2026-03-03T10:00:00Z,198.51.%d.%d,192.0.2.1\n", i / 256, i % 256);
    }
    CHECK_INT(read_claim(buf_bytes(&b), &s, NULL), ST_OK);
    CHECK_INT(s.n, LIMIT_CLAIMS);
    CHECK((s.notes & CLAIM_NOTE_LIMIT) != 0);
}

static const char *const samples[] = {
    XARF "}",
    "time,src_ip,src_port\n\"2026-03-03T10:00:00Z\",198.51.100.7,1\n",
    "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSource: 198.51.100.7\n"
    "Date: 2026-03-03\n--b--\n",
    "{\"Event\":{\"info\":\"x\",\"date\":\"2026-03-03\",\"Attribute\":[{\"type\":\"ip-src\","
    "\"value\":\"198.51.100.7\"}]}}",
    "{\"type\":\"bundle\",\"id\":\"b\",\"objects\":[{\"type\":\"indicator\",\"id\":\"i\","
    "\"pattern\":\"[ipv4-addr:value = '198.51.100.7']\"}]}",
};

static void every_cut_is_survived(void)
{
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        for (size_t n = 0; n < strlen(samples[i]); n++) {
            struct claim_set s = {.n = 0};
            struct fault why = {0};
            enum status st = read_claim(bytes_of(samples[i], n), &s, &why);
            CHECK(st == ST_OK || (st == ST_MALFORMED && why.field != NULL));
            claim_set_fini(&s);
        }
    }
}

static void sets_cross_the_border_as_they_are(void)
{
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        CLEANUP(buf_fini) struct buf a = BUF_INIT(1 << 20);
        CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20);
        CLEANUP(claim_set_fini) struct claim_set s = claims_of(samples[i]);
        CLEANUP(claim_set_fini) struct claim_set t = {.n = 0};
        claim_set_put(&a, &s);
        struct cursor in = cursor_of(buf_bytes(&a));
        CHECK_INT(claim_set_get(&in, &t), ST_OK);
        CHECK_INT(cursor_left(&in), 0);
        claim_set_put(&b, &t);
        CHECK(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
        for (size_t n = 0; n < a.len; n++) {
            struct claim_set u = {.n = 0};
            in = cursor_of(bytes_of(a.data, n));
            CHECK_INT(claim_set_get(&in, &u), ST_MALFORMED);
        }
    }
}

/* The reader may have been taken over by what it read. */
static void absurd_messages_are_refused(void)
{
    static const struct claim absurd[] = {
        {.when = {.known = true, .first_ns = INT64_MIN, .last_ns = 0}},
        {.when = {.known = true, .first_ns = 1, .last_ns = 0}},
        {.when = {.known = true, .last_ns = INT64_MAX}},
        {.when = {.known = true, .precision_ns = INT64_MAX}},
        {.act = CLAIM_ACT_COUNT},
        {.moment_n = 1, .moments = {{.time_ns = INT64_MAX}}},
    };
    for (size_t i = 0; i < ARRAY_LEN(absurd); i++) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 16);
        struct claim one = absurd[i];
        struct claim_set s = {.items = &one, .n = 1};
        struct claim_set t = {.n = 0};
        claim_set_put(&b, &s);
        struct cursor in = cursor_of(buf_bytes(&b));
        CHECK_INT(claim_set_get(&in, &t), ST_MALFORMED);
    }
}

static void no_memory_is_said(void)
{
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        enum status st = ST_NOMEM;
        for (unsigned n = 1; st != ST_OK && n < 2000; n++) {
            struct claim_set s = {.n = 0};
            test_fail_allocation(n);
            st = claim_read(text(samples[i]), &claim_options, &s, NULL);
            test_fail_allocation(0);
            CHECK(st == ST_OK || st == ST_NOMEM || st == ST_MALFORMED);
            claim_set_fini(&s);
        }
        CHECK_INT(st, ST_OK);
    }
}

/* As text, as JSON, and once more in the mail that is quoted below. */
static void what_is_said_twice_counts_once(void)
{
    static const char row[] = "2026-03-03 10:00:00,198.51.100.7,40001,tcp,192.0.2.5,22,40\n";
    char s[1024] = "timestamp,src_ip,src_port,protocol,dst_ip,dst_port,count\n";
    for (int i = 0; i < 3; i++) {
        (void)strcat(s, row);
    }
    (void)strcat(s, "2026-03-03 10:00:05,198.51.100.7,40001,tcp,192.0.2.5,22,2\n");
    struct claim_set set = claims_of(s);
    CHECK_INT(set.n, 1);
    CHECK_INT(set.items[0].count, 42);
    CHECK_INT(set.items[0].moment_n, 2);
    claim_set_fini(&set);
}

/* More rows than the table of what was said begins with. */
static void many_rows_are_all_counted(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20);
    buf_str(&b, "timestamp,src_ip,src_port,dst_ip,dst_port\n");
    for (unsigned i = 0; i < 3000; i++) {
        buf_printf(&b, "2026-03-03 10:%02u:%02u,198.51.100.7,%u,192.0.2.5,22\n", i / 60 % 60,
                   i % 60, 1024 + i);
    }
    struct claim_set set = {.n = 0};
    CHECK_INT(read_claim(buf_bytes(&b), &set, NULL), ST_OK);
    CHECK_INT(set.n, 1);
    CHECK_INT(set.items[0].count, 3000);
    claim_set_fini(&set);
}

/* One incident from us:40001 to 192.0.2.5:22 on the third of March at ten. */
static void check_one(const char *what, const char *claim, uint16_t source_port,
                      uint16_t target_port, uint8_t proto)
{
    CLEANUP(claim_set_fini) struct claim_set s = {.n = 0};
    enum status st = read_claim(text(claim), &s, NULL);
    struct addr us = addr("198.51.100.7");
    bool right = st == ST_OK && s.n == 1 && addr_equal(&s.items[0].source, &us) &&
                 s.items[0].source_port == source_port && s.items[0].target_port == target_port &&
                 s.items[0].proto == proto && s.items[0].when.known &&
                 s.items[0].when.first_ns / TIME_SECOND == at("2026-03-03T10:00:00Z") / TIME_SECOND;
    CHECK_STR(right ? what : "", what);
}

static void logs_of_other_tools_are_read(void)
{
    check_one(
        "Zeek's notices",
        "#separator \\x09\n#set_separator\t,\n#path\tnotice\n"
        "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tnote\tmsg\tsrc"
        "\tdst\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tenum\tstring\taddr\taddr\n"
        "1772532000.5\t-\t-\t-\t-\t-\t-\tSSH::Password_Guessing\tmsg\t198.51.100.7\t192.0.2.5\n"
        "#close\t2026-03-03-11-00-00\n",
        0, 0, 0);
    check_one("Zeek's connections",
              "#separator \\x09\n"
              "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n"
              "1772532000.5\tCx\t198.51.100.7\t40001\t192.0.2.5\t22\ttcp\tS0\n",
              40001, 22, PROTO_TCP);
    check_one(
        "Zeek's JSON",
        "{\"ts\":1772532000.25,\"uid\":\"C\",\"id.orig_h\":\"198.51.100.7\",\"id.orig_p\":40001,"
        "\"id.resp_h\":\"192.0.2.5\",\"id.resp_p\":22,\"proto\":\"tcp\"}\n",
        40001, 22, PROTO_TCP);
    check_one("Suricata's EVE",
              "{\"timestamp\":\"2026-03-03T11:00:00.123456+0100\",\"event_type\":\"alert\","
              "\"src_ip\":\"198.51.100.7\",\"src_port\":40001,\"dest_ip\":\"192.0.2.5\","
              "\"dest_port\":22,\"proto\":\"TCP\",\"alert\":{\"signature\":\"ET SCAN SSH\"}}\n"
              "{\"timestamp\":\"2026-03-03T11:00:00.123456+0100\",\"event_type\":\"stats\"}\n",
              40001, 22, PROTO_TCP);
    check_one("Suricata's fast.log",
              "03/03/2026-10:00:00.123456  [**] [1:2001219:20] ET SCAN Potential SSH Scan [**] "
              "[Classification: Attempted Information Leak] [Priority: 2] {TCP} "
              "198.51.100.7:40001 -> 192.0.2.5:22\n",
              40001, 22, PROTO_TCP);
    check_one("Snort's alerts",
              "03/03-10:00:00.123456  [**] [1:1:1] PING [**] {ICMP} 198.51.100.7 -> 192.0.2.5\n", 0,
              0, PROTO_ICMP);
    check_one("nginx's errors",
              "> 2026/03/03 10:00:00 [error] 12#12: *3 open() \"/x\" failed (2: No such file or "
              "directory), client: 198.51.100.7, server: a.example, request: \"GET /x HTTP/1.1\"\n",
              0, 0, PROTO_TCP);
    check_one("Apache's errors",
              "[Tue Mar 03 10:00:00.123456 2026] [core:error] [pid 1] [client 198.51.100.7:40001] "
              "AH00126: Invalid URI\n",
              40001, 0, PROTO_TCP);
}

static void html_is_read_as_its_reader_sees_it(void)
{
#define HTML "From: a@b.example\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
    check_one("rows of two cells",
              HTML "<html><style>td{x:1}</style><body><!-- Source-IP: 192.0.2.66 --><table>"
                   "<tr><td>Source&nbsp;IP</td><td><b>198.51.100&#46;7</b></td></tr>\n"
                   "<tr><td>Source port:</td><td>40001</td></tr><tr><td>Target IP<td>192.0.2.5"
                   "<tr><td>Target port<td>22<tr><td>Protocol</td><td>TCP</td></tr>"
                   "<tr><td>Time</td><td>2026-03-03 10:00:00 UTC</td></tr></table>",
              40001, 22, PROTO_TCP);
    check_one("a table with a header, in a table for layout",
              HTML "<table><tr><td>Dear all<table><tr><th>Time (UTC)</th></tr></table>"
                   "<table><tr><th>timestamp</th><th>src_ip</th><th>src_port</th><th>dst_ip</th>"
                   "<th>dst_port</th><th>proto</th></tr><tr><td>2026-03-03T10:00:00Z</td>"
                   "<td>198.51.100.7</td><td>40001</td><td>192.0.2.5</td><td>22</td><td>tcp</td>"
                   "</tr></table></td></tr></table>",
              40001, 22, PROTO_TCP);
    check_one("log lines",
              HTML "<p>Logs:</p><pre>\n2026-03-03T10:00:00Z h kernel: DROP IN=eth0 OUT= "
                   "SRC=198.51.100.7 DST=192.0.2.5 LEN=60 PROTO=TCP SPT=40001 DPT=22 SYN\n</pre>",
              40001, 22, PROTO_TCP);
    check_one("beside a text that says the same",
              "From: a@b.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\n"
              "Source-IP: 198.51.100.7\nTime: 2026-03-03 10:00:00 +0000\n--b\n"
              "Content-Type: text/html\n\nSource-IP: 198.51.100.8<br>Time: 2026-03-03\n--b--\n",
              0, 0, 0);
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of(HTML "<b title='Source-IP: 198.51.100.7'>we saw 198.51.100.7");
    CHECK_INT(s.n, 0);
}

static void broken_lines_are_joined(void)
{
    check_one("a line that a mail program broke, quoted",
              "> 2026-03-03T10:00:00+00:00 host sshd[900]: Failed password for invalid user\n"
              "> admin from 198.51.100.7 port 40001 ssh2\n",
              40001, 0, PROTO_TCP);
    check_one("a line of a packet filter",
              "2026-03-03T10:00:00Z fw kernel: DROP IN=eth0 OUT= SRC=198.51.100.7 DST=192.0.2.5\n"
              "LEN=60 PROTO=TCP SPT=40001 DPT=22 SYN\n",
              40001, 22, PROTO_TCP);
}

static void no_time_is_no_time(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s = claims_of("timestamp,src_ip,dst_ip,start_time,end_time\n"
                                   "2026-03-03 10:00:00Z,198.51.100.7,192.0.2.5,0,\n"
                                   "2026-03-03 10:00:01Z,198.51.100.7,192.0.2.5,"
                                   "1970-01-01 00:00:00,0000-00-00 00:00:00\n");
    CHECK_INT(s.n, 1);
    CHECK_INT(s.items[0].when.first_ns, at("2026-03-03T10:00:00Z"));
    CHECK_INT(s.items[0].when.last_ns, at("2026-03-03T10:00:01Z"));
    CHECK_INT(s.notes & CLAIM_NOTE_TIMES, 0);
}

static struct claim stated(enum claim_key key, const char *value)
{
    struct claim c = {.count = 0};
    bool read = claim_state(&c, key, text(value));
    CHECK_INT(read, claim_unread_bits(&c) == 0);
    return c;
}

static void what_is_plain_is_read(void)
{
    CHECK_INT(stated(CLAIM_KEY_TARGET_PORT, "tcp/4444").target_port, 4444);
    CHECK_INT(stated(CLAIM_KEY_TARGET_PORT, "tcp/4444").proto, PROTO_TCP);
    CHECK_INT(stated(CLAIM_KEY_SOURCE_PORT, "53/UDP").source_port, 53);
    CHECK_INT(stated(CLAIM_KEY_SOURCE_PORT, "22.0").source_port, 22);
    CHECK_INT(stated(CLAIM_KEY_TALLY, "1,000,000").count, 1000000);
    CHECK_INT(stated(CLAIM_KEY_TALLY, "1.000.000").count, 1000000);
    CHECK_INT(stated(CLAIM_KEY_TALLY, "12 000").count, 12000);
    CHECK_INT(stated(CLAIM_KEY_PROTO, "UDP").proto, PROTO_UDP);
    CHECK_INT(claim_unread_bits(&(struct claim){0}), 0);
    struct claim nothing = stated(CLAIM_KEY_TARGET_PORT, "n/a");
    CHECK_INT(claim_unread_bits(&nothing), 0);
}

static void what_cannot_be_read_is_not_unsaid(void)
{
    static const struct {
        enum claim_key key;
        enum claim_stated what;
        const char *value;
    } cases[] = {{CLAIM_KEY_TARGET_PORT, CLAIM_STATED_TARGET_PORT, "4444, 31337"},
                 {CLAIM_KEY_TARGET_PORT, CLAIM_STATED_TARGET_PORT, "65536"},
                 {CLAIM_KEY_TARGET_PORT, CLAIM_STATED_TARGET_PORT, "-1"},
                 {CLAIM_KEY_TARGET_PORT, CLAIM_STATED_TARGET_PORT, "ssh"},
                 {CLAIM_KEY_TARGET_PORT, CLAIM_STATED_TARGET_PORT, "tcp/"},
                 {CLAIM_KEY_TARGET_PORT, CLAIM_STATED_TARGET_PORT, "1,024"},
                 {CLAIM_KEY_SOURCE_PORT, CLAIM_STATED_SOURCE_PORT, "1-2"},
                 {CLAIM_KEY_TALLY, CLAIM_STATED_TALLY, "99999999999999999999"},
                 {CLAIM_KEY_TALLY, CLAIM_STATED_TALLY, "1e6"},
                 {CLAIM_KEY_TALLY, CLAIM_STATED_TALLY, "1.000"},
                 {CLAIM_KEY_TALLY, CLAIM_STATED_TALLY, "1,000,00"},
                 {CLAIM_KEY_TALLY, CLAIM_STATED_TALLY, "1,000.000"},
                 {CLAIM_KEY_TALLY, CLAIM_STATED_TALLY, ",000"},
                 {CLAIM_KEY_TALLY, CLAIM_STATED_TALLY, "1 million"},
                 {CLAIM_KEY_PROTO, CLAIM_STATED_PROTOCOL, "quic"},
                 {CLAIM_KEY_PROTO, CLAIM_STATED_PROTOCOL, "300"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct claim c = stated(cases[i].key, cases[i].value);
        CHECK_STR(c.unread[cases[i].what], cases[i].value);
    }
    struct claim c = stated(CLAIM_KEY_TARGET_PORT, "udp/53");
    CHECK(!claim_state(&c, CLAIM_KEY_PROTO, text("tcp"))); /* it says two things */
    CHECK_STR(c.unread[CLAIM_STATED_PROTOCOL], "tcp");
}

static void times_that_contradict_each_other_are_no_span(void)
{
#define WHO "Source-IP: 198.51.100.7\n"
    static const struct {
        const char *claim, *other;
    } cases[] = {
        {WHO "Date: 2026-03-03T10:00:00Z\nDate: 2012-03-03T10:00:00Z\n", "2012-03-03T10:00:00Z"},
        {WHO "Date: 2026-03-03T10:00:00Z\nTime: 2026-03-05T10:00:00Z\n", "2026-03-05T10:00:00Z"},
        {WHO "First-Seen: 2026-03-03T10:00:00Z\nLast-Seen: 2016-03-03T10:00:00Z\n",
         "2016-03-03T10:00:00Z"},
        {WHO "Date: 2026-03-03T10:00:00Z\nTime: 2026-03-03T12:00:00Z\n", ""}, /* zones */
        {WHO "First-Seen: 2026-03-03T10:00:00Z\nLast-Seen: 2026-03-03T11:00:00Z\n"
             "Date: 2026-04-09T08:00:00Z\n",
         ""}, /* of the report */
        {"-------- Forwarded Message --------\nSubject: x\nDate: Fri, 3 Apr 2026 10:00:00 "
         "+0000\nFrom: a@b.example\n\n" WHO "Date: 2026-03-03T10:00:00Z\n",
         ""}, /* when somebody wrote */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(claim_set_fini) struct claim_set s = claims_of(cases[i].claim);
        CHECK_INT(s.n, 1);
        const struct claim *c = &s.items[0];
        CHECK_STR(c->unread[CLAIM_STATED_TIME], cases[i].other);
        CHECK(c->when.known);
        CHECK_INT(c->when.first_ns, at("2026-03-03T10:00:00Z"));
        CHECK(cases[i].other[0] != '\0' || c->when.last_ns - c->when.first_ns <= 2 * TIME_HOUR);
    }
#undef WHO
}

static void messages_keep_what_cannot_be_read(void)
{
    CLEANUP(claim_set_fini)
    struct claim_set s =
        claims_of("Source-IP: 198.51.100.7\nDate: 2026-03-03T10:00:00Z\nDestination-Port: ssh\n");
    CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 20);
    CLEANUP(claim_set_fini) struct claim_set again = {.n = 0};
    claim_set_put(&out, &s);
    struct cursor in = cursor_of(buf_bytes(&out));
    CHECK_INT(claim_set_get(&in, &again), ST_OK);
    CHECK_INT(again.n, 1);
    CHECK_STR(again.items[0].unread[CLAIM_STATED_TARGET_PORT], "ssh");
}

TEST_MAIN(TEST(what_is_plain_is_read), TEST(what_cannot_be_read_is_not_unsaid),
          TEST(times_that_contradict_each_other_are_no_span),
          TEST(messages_keep_what_cannot_be_read), TEST(logs_of_other_tools_are_read),
          TEST(html_is_read_as_its_reader_sees_it), TEST(broken_lines_are_joined),
          TEST(no_time_is_no_time), TEST(what_is_said_twice_counts_once),
          TEST(many_rows_are_all_counted), TEST(xarf_is_read), TEST(evidence_sharpens_a_report),
          TEST(an_x_arf_mail_is_read), TEST(all_mails_of_a_mailbox_are_read),
          TEST(a_mail_of_fail2ban_is_read), TEST(tables_are_read_by_their_header),
          TEST(a_lone_port_of_a_table_is_nobodys), TEST(misp_is_read), TEST(stix_is_read),
          TEST(every_address_of_a_pattern_is_read), TEST(a_finding_is_read),
          TEST(lines_of_a_packet_filter_are_read),
          TEST(an_address_that_merely_occurs_accuses_nobody), TEST(what_is_nothing_is_refused),
          TEST(absurd_values_are_left_out), TEST(incidents_are_bounded),
          TEST(every_cut_is_survived), TEST(sets_cross_the_border_as_they_are),
          TEST(absurd_messages_are_refused), TEST(no_memory_is_said))
