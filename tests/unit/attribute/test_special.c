/* tests/unit/attribute/test_special.c - addresses and numbers that belong to nobody. */
#include "attribute/special.h"

#include "material.h"

/* Name, RFC, and whether it can be met as a source on the Internet. */
static bool is(const char *a, const char *name, const char *rfc, bool global)
{
    struct addr x = addr(a);
    const struct attribute_special *s = attribute_special_find(&x);
    return s != NULL && strcmp(s->name, name) == 0 && strcmp(s->rfc, rfc) == 0 &&
           s->global == global;
}

static bool ordinary(const char *a)
{
    struct addr x = addr(a);
    return attribute_special_find(&x) == NULL;
}

static void private_and_documentation_space_is_named_with_its_rfc(void)
{
    CHECK(is("10.1.2.3", "private use", "RFC 1918", false));
    CHECK(is("172.31.255.255", "private use", "RFC 1918", false));
    CHECK(is("192.168.0.0", "private use", "RFC 1918", false));
    CHECK(is("100.127.255.255", "shared address space", "RFC 6598", false));
    CHECK(is("169.254.9.9", "link local", "RFC 3927", false));
    CHECK(is("192.0.2.255", "documentation", "RFC 5737", false));
    CHECK(is("198.19.255.255", "benchmarking", "RFC 2544", false));
    CHECK(is("239.1.1.1", "multicast", "RFC 5771", false));
    CHECK(is("240.0.0.1", "reserved", "RFC 1112", false));
    CHECK(is("255.255.255.255", "limited broadcast", "RFC 919", false));
    CHECK(is("::1", "loopback", "RFC 4291", false));
    CHECK(is("fe80::1", "link local", "RFC 4291", false));
    CHECK(is("fdff::1", "unique local", "RFC 4193", false));
    CHECK(is("2001:db8::1", "documentation", "RFC 3849", false));
    CHECK(is("3fff:fff::1", "documentation", "RFC 9637", false));
    CHECK(is("5f00::1", "segment routing", "RFC 9602", false));
    CHECK(is("ff02::1", "multicast", "RFC 4291", false));
}

static void the_narrowest_range_answers(void)
{
    CHECK(is("192.0.0.9", "port control protocol anycast", "RFC 7723", true));
    CHECK(is("192.0.0.11", "IETF protocol assignments", "RFC 6890", false));
    CHECK(is("192.0.0.1", "IPv4 service continuity", "RFC 7335", false));
    CHECK(is("192.88.99.1", "6to4 relay anycast, deprecated", "RFC 7526", true));
    CHECK(is("192.88.99.2", "6a44 relay anycast", "RFC 6751", false));
    CHECK(is("2001:1::1", "port control protocol anycast", "RFC 7723", true));
    CHECK(is("2001:1::4", "IETF protocol assignments", "RFC 2928", false));
    CHECK(is("::", "unspecified address", "RFC 4291", false));
    CHECK(is("::102:304", "IPv4-compatible, deprecated", "RFC 4291", false));
}

static void the_edges_are_exact(void)
{
    CHECK(ordinary("9.255.255.255") && ordinary("11.0.0.0"));
    CHECK(ordinary("100.63.255.255") && ordinary("100.128.0.0"));
    CHECK(ordinary("172.15.255.255") && ordinary("172.32.0.0"));
    CHECK(ordinary("198.17.255.255") && ordinary("198.20.0.0"));
    CHECK(ordinary("223.255.255.255") && ordinary("1.0.0.0"));
    CHECK(ordinary("2001:200::") && ordinary("2001:db7:ffff::") && ordinary("2001:db9::"));
    CHECK(ordinary("2000::") && ordinary("3ffe:ffff::") && ordinary("2a00::1"));
}

static void ipv6_that_iana_does_not_hand_out_is_special(void)
{
    CHECK(is("4000::1", "reserved by the IETF", "RFC 4291", false));
    CHECK(is("abcd:1000::1", "reserved by the IETF", "RFC 4291", false));
    CHECK(is("1fff::1", "reserved by the IETF", "RFC 4291", false));
    CHECK(is("fec0::1", "site local, deprecated", "RFC 3879", false));
    /* Every address outside of 2000::/3 is, whatever its first bits. */
    int missing = 0;
    for (unsigned i = 0; i < 65536; i++) {
        struct addr a = {{(uint8_t)(i >> 8), (uint8_t)i, 0x12, 0x34, 0x56, [15] = 7}};
        missing += i >> 13 != 1 && attribute_special_find(&a) == NULL;
    }
    CHECK_INT(missing, 0);
}

static void ranges_follow_those_that_hold_them(void)
{
    size_t n;
    const struct attribute_special *t = attribute_special_all(&n);
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        struct prefix p = prefix_of(&t[i].range.net, t[i].range.len);
        wrong += !addr_equal(&p.net, &t[i].range.net);
        for (size_t k = i + 1; k < n; k++) {
            wrong += t[k].range.len <= t[i].range.len &&
                     prefix_contains(&t[k].range, &t[i].range.net) &&
                     addr_is_v4(&t[k].range.net) == addr_is_v4(&t[i].range.net);
        }
    }
    CHECK_INT(wrong, 0);
}

static void the_share_of_a_slash_8_is_counted_exactly(void)
{
    CHECK_INT(attribute_special_share(10), 1 << 24);
    CHECK_INT(attribute_special_share(240), 1 << 24);
    CHECK_INT(attribute_special_share(8), 0);
    CHECK_INT(attribute_special_share(100), 1 << 22);
    CHECK_INT(attribute_special_share(172), 1 << 20);
    CHECK_INT(attribute_special_share(169), 1 << 16);
    /* 192.168/16, 192.0.0/24 without its two anycast addresses, 192.0.2/24 and
     * 192.88.99.2. */
    CHECK_INT(attribute_special_share(192), 65536 + 256 - 2 + 256 + 1);
    uint64_t all = 0;
    for (unsigned i = 0; i < 256; i++) {
        all += attribute_special_share((uint8_t)i);
    }
    CHECK(all > 592000000 && all < 593000000); /* 13.8 % of 2^32 */
}

static void embedded_addresses_are_unwrapped(void)
{
    struct addr in = {0};
    struct addr server = {0};
    struct addr want = addr("192.0.2.33");
    struct addr a = addr("2002:c000:221::1");
    CHECK_INT(attribute_special_unwrap(&a, &in, &server), ORIGIN_6TO4);
    CHECK(addr_equal(&in, &want));
    a = addr("64:ff9b::c000:221"); /* RFC 6052, 2.4 */
    CHECK_INT(attribute_special_unwrap(&a, &in, &server), ORIGIN_NAT64);
    CHECK(addr_equal(&in, &want));
    a = addr("2001:0:4136:e378:8000:63bf:3fff:fdd2"); /* RFC 4380: client 192.0.2.45 */
    want = addr("192.0.2.45");
    CHECK_INT(attribute_special_unwrap(&a, &in, &server), ORIGIN_TEREDO);
    CHECK(addr_equal(&in, &want));
    want = addr("65.54.227.120");
    CHECK(addr_equal(&server, &want));
    a = addr("64:ff9b:1::c000:221"); /* local use: where the bits stand is a local matter */
    CHECK_INT(attribute_special_unwrap(&a, &in, &server), ORIGIN_WRAP_NONE);
    a = addr("::ffff:192.0.2.1"); /* is IPv4 in our form already */
    CHECK_INT(attribute_special_unwrap(&a, &in, &server), ORIGIN_WRAP_NONE);
    CHECK(addr_is_v4(&a));
}

static void numbers_that_nobody_holds_are_never_organisations(void)
{
    CHECK_STR(attribute_special_asn(0), "reserved, never routed (RFC 7607)");
    CHECK_STR(attribute_special_asn(23456), "AS_TRANS, stands for any 32-bit AS (RFC 6793)");
    CHECK_STR(attribute_special_asn(64512), "private use (RFC 6996)");
    CHECK_STR(attribute_special_asn(65534), "private use (RFC 6996)");
    CHECK_STR(attribute_special_asn(65535), "reserved, last 16-bit AS (RFC 7300)");
    CHECK_STR(attribute_special_asn(64496), "documentation (RFC 5398)");
    CHECK_STR(attribute_special_asn(4200000000), "private use (RFC 6996)");
    CHECK_STR(attribute_special_asn(4294967294), "private use (RFC 6996)");
    CHECK_STR(attribute_special_asn(4294967295), "reserved, last 32-bit AS (RFC 7300)");
    CHECK(attribute_special_asn(64495) == NULL && attribute_special_asn(131072) == NULL);
    CHECK(attribute_special_asn(3320) == NULL && attribute_special_asn(4199999999) == NULL);
    /* What fits the array of struct origin_as. */
    CHECK(strlen(attribute_special_asn(23456)) < ORIGIN_WORDS_MAX);
}

TEST_MAIN(TEST(private_and_documentation_space_is_named_with_its_rfc),
          TEST(the_narrowest_range_answers), TEST(the_edges_are_exact),
          TEST(ipv6_that_iana_does_not_hand_out_is_special),
          TEST(ranges_follow_those_that_hold_them), TEST(the_share_of_a_slash_8_is_counted_exactly),
          TEST(embedded_addresses_are_unwrapped),
          TEST(numbers_that_nobody_holds_are_never_organisations))
