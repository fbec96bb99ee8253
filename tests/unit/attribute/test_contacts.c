/* tests/unit/attribute/test_contacts.c - whom saved RDAP and whois answers name. */
#include "attribute/contacts.h"

#include "attribute/ask.h"
#include "attribute/rdap.h"
#include "attribute/sources.h"
#include "attribute/whois.h"
#include "material.h"

#define NET(low, high)                                                                             \
    "{\"objectClassName\":\"ip network\",\"rdapConformance\":[\"rdap_level_0\"],"                  \
    "\"startAddress\":\"" low "\",\"endAddress\":\"" high "\",\"name\":\"EXAMPLE-NET\","
#define CARD(mail)                                                                                 \
    "\"vcardArray\":[\"vcard\",[[\"version\",{},\"text\",\"4.0\"],[\"fn\",{},\"text\",\"Desk\"],"  \
    "[\"email\",{},\"text\",\"" mail "\"]]]"
#define ABUSE(mail) "{\"objectClassName\":\"entity\",\"roles\":[\"abuse\"]," CARD(mail) "}"

/* As registries nest them: the desk is an entity of the holder. */
static const char nested[] =
    NET("192.0.2.0",
        "192.0.2.255") "\"entities\":[{\"objectClassName\":\"entity\",\"roles\":[\"registrant\"],"
                       "\"vcardArray\":[\"vcard\",[[\"fn\",{},\"text\",\"Example "
                       "Hosting\"]]],\"entities\":["
                       "{\"objectClassName\":\"entity\",\"roles\":[\"technical\"]," CARD(
                           "tech@example.net") "}," ABUSE("abuse@example.net") "]}]}";

static const char ripe[] =
    "% Information related to '192.0.2.0 - 192.0.2.127'\n\n"
    "% Abuse contact for '192.0.2.0 - 192.0.2.127' is 'abuse@example.org'\n\n"
    "inetnum:        192.0.2.0 - 192.0.2.127\n"
    "netname:        EXAMPLE-ORG\norg:            ORG-EX1-RIPE\n"
    "country:        NL\n\n"
    "organisation:   ORG-EX1-RIPE\norg-name:       Example Org\n"
    "e-mail:         office@example.org\n\n"
    "person:         A Person\ne-mail:         person@example.org\n";
static const char arin[] =
    "# start\n\nNetRange:       198.51.0.0 - 198.51.255.255\nCIDR:           198.51.0.0/16\n"
    "NetName:        EXAMPLE-CARRIER\nNetType:        Direct Allocation\n\n"
    "OrgName:        Example Carrier\n\nOrgTechEmail:  noc@carrier.example\n"
    "OrgAbuseEmail:  abuse@carrier.example\n# end\n\n# start\n\n"
    "NetRange:       198.51.100.0 - 198.51.100.255\nNetName:        EXAMPLE-CUSTOMER\n"
    "NetType:        Reassigned\n\nOrgName:        Example Customer\n"
    "OrgAbuseEmail:  desk@customer.example\nRAbuseEmail:  net@customer.example\n# end\n";
static const char lacnic[] = "% Joint Whois\n\ninetnum:     203.0.113/24\nowner:       Exemplo\n"
                             "tech-c:      AAA1\nabuse-c:     BBB2\n\nnic-hdl-br:  AAA1\n"
                             "e-mail:      tech@exemplo.example\n\nnic-hdl-br:  BBB2\n"
                             "e-mail:      abuso@exemplo.example\n\n";
static const char apnic[] = "inet6num:       2001:db8::/32\nnetname:        EXAMPLE-V6\n\n"
                            "irt:            IRT-EXAMPLE\ne-mail:         irt@example.com\n"
                            "abuse-mailbox:  abuse@example.com\n\n";

static const struct contact *find(const struct attribute_contacts *s, const char *a)
{
    struct addr x = addr(a);
    return attribute_contacts_find(s, &x, CONTACTS_MAIL, NULL);
}

static void rdap_names_the_nested_abuse_contact_not_the_technical_one(void)
{
    struct attribute_contacts s;
    CHECK(attribute_rdap_sniff(text(nested)));
    CHECK_INT(attribute_rdap_parse(text(nested), &s, NULL), ST_OK);
    CHECK_INT(s.n, 1);
    CHECK_STR(s.items[0].mail, "abuse@example.net");
    CHECK_STR(s.items[0].holder, "Example Hosting");
    CHECK(find(&s, "192.0.2.255") != NULL && find(&s, "192.0.3.0") == NULL);
    attribute_contacts_fini(&s);
}

/* RIPE NCC's desks have a mail for all and one for abuse, APNIC's a preferred one. */
static void of_several_mails_of_a_desk_the_one_for_abuse_is_taken(void)
{
    static const struct {
        const char *mails, *want;
    } rows[] = {
        {"[\"email\",{\"type\":\"email\"},\"text\",\"office@a.example\"],"
         "[\"email\",{\"type\":\"abuse\"},\"text\",\"abuse@a.example\"]",
         "abuse@a.example"},
        {"[\"email\",{\"pref\":\"1\"},\"text\",\"office@a.example\"],"
         "[\"email\",{\"type\":[\"work\",\"Abuse\"]},\"text\",\"abuse@a.example\"]",
         "abuse@a.example"},
        {"[\"email\",{},\"text\",\"office@a.example\"],"
         "[\"email\",{\"pref\":\"1\"},\"text\",\"irt@a.example\"]",
         "irt@a.example"},
        {"[\"email\",{\"pref\":\"2\"},\"text\",\"office@a.example\"],"
         "[\"email\",{\"pref\":1},\"text\",\"irt@a.example\"]",
         "irt@a.example"},
        {"[\"email\",{\"pref\":\"0\"},\"text\",\"first@a.example\"],"
         "[\"email\",{},\"text\",\"second@a.example\"]",
         "first@a.example"},
        {"[\"email\",{\"type\":\"abuse\"},\"text\",\"none\"],"
         "[\"email\",{},\"text\",\"office@a.example\"]",
         "office@a.example"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(8192);
        struct attribute_contacts s;
        buf_printf(
            &b, "%s%s%s",
            NET("192.0.2.0",
                "192.0.2.255") "\"entities\":[{\"roles\":[\"abuse\"],\"vcardArray\":[\"vcard\",[",
            rows[i].mails, "]]}]}");
        CHECK_INT(attribute_rdap_parse(buf_bytes(&b), &s, NULL), ST_OK);
        CHECK_STR(s.n == 1 ? s.items[0].mail : NULL, rows[i].want);
        attribute_contacts_fini(&s);
    }
}

static void several_rdap_answers_may_be_in_one_file(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(8192);
    struct attribute_contacts s;
    buf_printf(&b, "%s\n%s [", nested,
               NET("198.51.100.0", "198.51.100.255") "\"entities\":[" ABUSE("a@b.example") "]}");
    buf_printf(&b, "%s, {\"errorCode\":404,\"title\":\"none\"}]",
               NET("2001:db8::", "2001:db8::ffff") "\"entities\":[" ABUSE("six@b.example") "]}");
    CHECK_INT(attribute_rdap_parse(buf_bytes(&b), &s, NULL), ST_OK);
    CHECK_INT(s.n, 3);
    CHECK_INT(s.skipped, 1);
    CHECK(find(&s, "2001:db8::9") != NULL);
    attribute_contacts_fini(&s);
}

static void whois_names_the_contact_of_every_registry(void)
{
    static const struct {
        const char *answer, *address, *mail;
    } rows[] = {
        {ripe, "192.0.2.1", "abuse@example.org"},
        {arin, "198.51.100.7", "net@customer.example"}, /* the narrower network */
        {arin, "198.51.7.7", "abuse@carrier.example"},
        {lacnic, "203.0.113.9", "abuso@exemplo.example"},
        {apnic, "2001:db8:1::1", "abuse@example.com"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct attribute_contacts s;
        CHECK(attribute_whois_sniff(text(rows[i].answer)));
        CHECK_INT(attribute_whois_parse(text(rows[i].answer), &s, NULL), ST_OK);
        const struct contact *c = find(&s, rows[i].address);
        CHECK_STR(c != NULL ? c->mail : NULL, rows[i].mail);
        CHECK(find(&s, "8.8.8.8") == NULL);
        attribute_contacts_fini(&s);
    }
}

/* A registry that is asked for another one's space answers about its own desk. */
static void a_registry_is_not_taken_for_the_holder(void)
{
    static const char *const answers[] = {
        "inetnum: 192.0.0.0 - 192.0.255.255\nnetname: NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK\n"
        "\nrole: IANA\nabuse-mailbox: abuse@registry.example\n",
        "NetRange: 192.0.0.0 - 192.0.255.255\nNetName: RIPE-192\nNetType: Allocated to RIPE NCC\n"
        "OrgAbuseEmail: abuse@registry.example\n",
        "NetRange: 192.0.0.0 - 192.0.255.255\nNetName: X\nReferralServer: whois://whois.ripe.net\n"
        "OrgAbuseEmail: abuse@registry.example\n",
        "inetnum: 0.0.0.0 - 255.255.255.255\nnetname: ALL\nabuse-mailbox: abuse@registry.example\n",
        "inet6num: 2a00::/12\nnetname: ALL\nabuse-mailbox: abuse@registry.example\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct attribute_contacts s;
        CHECK_INT(attribute_whois_parse(text(answers[i]), &s, NULL), ST_OK);
        CHECK_INT(s.n, 1);
        CHECK(s.items[0].registry_only);
        CHECK_STR(s.items[0].mail, "");
        attribute_contacts_fini(&s);
    }
    struct attribute_contacts s;
    CHECK_INT(
        attribute_rdap_parse(
            text("{\"objectClassName\":\"ip network\",\"startAddress\":\"192.0.0.0\","
                 "\"endAddress\":\"192.0.255.255\",\"name\":\"IANA-BLK\",\"entities\":[" ABUSE(
                     "abuse@registry.example") "]}"),
            &s, NULL),
        ST_OK);
    CHECK_STR(s.items[0].mail, "");
    attribute_contacts_fini(&s);
}

static void what_is_no_plain_address_is_no_contact(void)
{
    static const char *const bad[] = {"abuse@example.net\\r\\nBcc: all@example.org",
                                      "abuse@example.net, other@example.net",
                                      "Desk <abuse@example.net>",
                                      "abuse@localhost",
                                      "abuse@[192.0.2.1]",
                                      "\\u202eabuse@example.net",
                                      "a b@example.net",
                                      "@example.net",
                                      "abuse@-example.net",
                                      ".abuse@example.net",
                                      ""};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
        struct attribute_contacts s;
        buf_printf(&b,
                   "%s\"entities\":[{\"roles\":[\"abuse\"],\"vcardArray\":[\"vcard\",[[\"email\","
                   "{},\"text\",\"%s\"]]]}]}",
                   NET("192.0.2.0", "192.0.2.255"), bad[i]);
        CHECK_INT(attribute_rdap_parse(buf_bytes(&b), &s, NULL), ST_OK);
        CHECK(s.n == 1 && s.items[0].mail[0] == '\0');
        attribute_contacts_fini(&s);
    }
    char mail[MAILBOX_MAX];
    CHECK(attribute_contacts_mail(text(" mailto:abuse@example.net "), mail));
    CHECK_STR(mail, "abuse@example.net");
}

static void malformed_answers_are_refused(void)
{
    static const char *const bad[] = {
        "{\"objectClassName\":\"ip network\"}",
        "{\"objectClassName\":\"ip network\",\"startAddress\":\"192.0.2.9\",\"endAddress\":"
        "\"192.0.2.1\"}",
        "{\"objectClassName\":\"ip network\",\"startAddress\":\"192.0.2.9\",\"endAddress\":"
        "\"2001:db8::\"}",
        "{\"objectClassName\":\"autnum\",\"startAutnum\":64500}",
        "{\"objectClassName\":\"ip network\",",
        "{\"rdapConformance\":1,\"objectClassName\":7}",
        "[]",
        "",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct attribute_contacts s;
        struct fault why = {0};
        CHECK(attribute_rdap_parse(text(bad[i]), &s, &why) != ST_OK);
        CHECK(why.field != NULL);
        attribute_contacts_fini(&s);
    }
    struct attribute_contacts s;
    CHECK(attribute_whois_parse(text("inetnum: 192.0.2.9 - 192.0.2.1\n"), &s, NULL) == ST_SHORT);
    attribute_contacts_fini(&s);
    CHECK(!attribute_whois_sniff(text("192.0.2.0/24\n198.51.100.0/24\n")));
}

static void absurd_nesting_ends(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(1 << 20);
    struct attribute_contacts s;
    buf_str(&b, NET("192.0.2.0", "192.0.2.255"));
    for (int i = 0; i < 500; i++) {
        buf_str(&b, "\"entities\":[{\"x\":1,");
    }
    buf_str(&b, "\"roles\":[\"abuse\"]," CARD("deep@example.net"));
    for (int i = 0; i < 500; i++) {
        buf_str(&b, "}]");
    }
    buf_str(&b, "}");
    CHECK_INT(attribute_rdap_parse(buf_bytes(&b), &s, NULL), ST_OK);
    CHECK_STR(s.items[0].mail, "");
    attribute_contacts_fini(&s);
}

static void every_cut_is_survived(void)
{
    const char *const whole[] = {ripe, arin, lacnic, apnic};
    for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
        for (size_t n = 0; n < strlen(whole[i]); n++) {
            struct attribute_contacts s;
            enum status st = attribute_whois_parse(bytes_of(whole[i], n), &s, NULL);
            CHECK(st == ST_OK || st == ST_SHORT);
            attribute_contacts_fini(&s);
        }
    }
    int accepted = 0;
    for (size_t n = 0; n + 1 < sizeof(nested); n++) {
        struct attribute_contacts s;
        accepted += attribute_rdap_parse(bytes_of(nested, n), &s, NULL) == ST_OK;
        attribute_contacts_fini(&s);
    }
    CHECK_INT(accepted, 0);
}

static void no_memory_is_said(void)
{
    enum status st = ST_NOMEM;
    for (unsigned n = 1; st != ST_OK && n < 500; n++) {
        struct attribute_contacts s;
        test_fail_allocation(n);
        st = attribute_rdap_parse(text(nested), &s, NULL);
        test_fail_allocation(0);
        CHECK(st == ST_OK || st == ST_NOMEM || st == ST_MALFORMED);
        attribute_contacts_fini(&s);
    }
    CHECK_INT(st, ST_OK);
}

/* Both readers behind --source: the holder from one answer, the mail from the
 * narrower one. */
static void sources_name_the_contact_and_the_holder(void)
{
    CLEANUP(attribute_sources_freep) struct attribute_sources *set = NULL;
    struct remark_list remarks = {.n = 0};
    char rdap[40];
    char whois[40];
    int a = material_file(text(nested), rdap);
    int b = material_file(text(ripe), whois);
    struct addr in = addr("192.0.2.5");
    struct addr wide = addr("192.0.2.200");
    struct addr out = addr("192.0.3.5");
    struct contact c;
    CHECK_INT(attribute_sources_new(0, &set), ST_OK);
    CHECK_INT(attribute_sources_add(set, rdap, &remarks, NULL), ST_OK);
    CHECK_INT(attribute_sources_add(set, whois, &remarks, NULL), ST_OK);
    CHECK_INT(attribute_sources_load(set, true, false, &remarks), ST_OK);
    close(a);
    close(b);
    CHECK(attribute_sources_contact(set, &in, &c));
    CHECK_STR(c.mail, "abuse@example.org");
    CHECK_INT(c.source, 1);
    CHECK_STR(c.holder, "Example Org");
    CHECK(attribute_sources_contact(set, &wide, &c));
    CHECK_STR(c.mail, "abuse@example.net");
    CHECK_INT(c.source, 0);
    CHECK(!attribute_sources_contact(set, &out, &c));
}

static void contacts_are_read_as_they_were_put(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    struct contact c = {.first = addr("192.0.2.0"), .last = addr("192.0.2.255"), .source = 3};
    struct contact back;
    (void)snprintf(c.mail, sizeof(c.mail), "abuse@example.net");
    contact_put(&b, &c);
    struct cursor in = cursor_of(buf_bytes(&b));
    CHECK_INT(contact_get(&in, &back), ST_OK);
    CHECK_STR(back.mail, c.mail);
    for (size_t n = 0; n < b.len; n++) {
        in = cursor_of(bytes_of(b.data, n));
        CHECK_INT(contact_get(&in, &back), ST_MALFORMED);
    }
    b.data[34] = '\n'; /* the first byte of the mail */
    in = cursor_of(buf_bytes(&b));
    CHECK_INT(contact_get(&in, &back), ST_MALFORMED);
}

static void the_query_goes_to_the_registry_that_sources_name(void)
{
    struct origin o = {.addr = addr("192.0.2.1"), .looked_up = addr("192.0.2.1")};
    struct contact_query q;
    attribute_ask(&o, &q);
    CHECK_STR(q.registry, "");
    CHECK(strncmp(q.rdap, "https://", 8) == 0 && strncmp(q.whois, "whois '", 7) == 0);
    struct origin_statement *s = origin_state(&o, 0, ORIGIN_REGISTERED);
    (void)snprintf(s->text, sizeof(s->text), "arin, allocated");
    attribute_ask(&o, &q);
    CHECK_STR(q.rdap, "https://rdap.arin.net/registry/ip/192.0.2.1");
    CHECK_STR(q.whois, "whois -h whois.arin.net 'n + 192.0.2.1'");
}

TEST_MAIN(TEST(rdap_names_the_nested_abuse_contact_not_the_technical_one),
          TEST(of_several_mails_of_a_desk_the_one_for_abuse_is_taken),
          TEST(several_rdap_answers_may_be_in_one_file),
          TEST(whois_names_the_contact_of_every_registry),
          TEST(a_registry_is_not_taken_for_the_holder),
          TEST(what_is_no_plain_address_is_no_contact), TEST(malformed_answers_are_refused),
          TEST(absurd_nesting_ends), TEST(every_cut_is_survived), TEST(no_memory_is_said),
          TEST(sources_name_the_contact_and_the_holder), TEST(contacts_are_read_as_they_were_put),
          TEST(the_query_goes_to_the_registry_that_sources_name))
