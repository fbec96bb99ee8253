/* tests/unit/base/test_addr.c - addresses and networks as text and as sets. */
#include "base/core/addr.h"
#include "test.h"

static enum status parse(const char *s, struct addr *a)
{
    return addr_parse(bytes_of(s, strlen(s)), a);
}

static void check_round(const char *in, const char *out)
{
    struct addr a;
    char text[ADDR_TEXT_MAX];
    CHECK_INT(parse(in, &a), ST_OK);
    CHECK_INT(addr_format(&a, text), strlen(out));
    CHECK_STR(text, out);
}

/* RFC 5952, 4: one spelling for each. */
static void text_is_canonical(void)
{
    check_round("192.0.2.9", "192.0.2.9");
    check_round("0.0.0.0", "0.0.0.0");
    check_round("::", "::");
    check_round("::1", "::1");
    check_round("2001:DB8::0001", "2001:db8::1");
    check_round("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
    check_round("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
    check_round("1:0:0:2:0:0:0:3", "1:0:0:2::3");
    check_round("1::", "1::");
    check_round("::ffff:192.0.2.9", "192.0.2.9"); /* how IPv4 is kept */
    check_round("64:ff9b::192.0.2.33", "64:ff9b::c000:221");
}

static void what_is_no_address_is_refused(void)
{
    static const char *const bad[] = {
        "",         "1.2.3",   "1.2.3.4.5",     "1.2.3.256",          "01.2.3.4",  "1.2.3.4 ",
        " 1.2.3.4", "1..2.3",  "1.2.3.4/8",     "1.2.3.-4",           "0x1.2.3.4", ":",
        ":::",      "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",  "12345::",   "g::",
        "::1%eth0", "[::1]",   "::1.2.3",       "1:2:3:4:5:6:7::8:9", "1:"};
    struct addr a = addr_from_v4(7);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        bool refused = parse(bad[i], &a) == ST_MALFORMED;
        CHECK(refused);
        if (!refused) {
            printf("# \"%s\"\n", bad[i]);
        }
    }
    CHECK_INT(addr_v4(&a), 7); /* untouched */
}

static void every_address_is_read_as_it_is_written(void)
{
    uint64_t x = 88172645463325252U;
    for (int i = 0; i < 20000; i++) {
        struct addr a, back;
        char text[ADDR_TEXT_MAX];
        for (size_t k = 0; k < 16; k++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            a.b[k] = (x >> 40 & 3) != 0 ? 0 : (uint8_t)x; /* many zeros */
        }
        size_t n = addr_format(&a, text);
        bool same = addr_parse(bytes_of(text, n), &back) == ST_OK && addr_equal(&a, &back);
        if (!same) {
            CHECK(same);
            printf("# %s\n", text);
            return;
        }
    }
}

static void special_addresses_are_known(void)
{
    static const struct {
        const char *text;
        bool private, loopback, multicast, unspecified;
    } cases[] = {
        {"10.255.255.255", true, false, false, false},
        {"11.0.0.0", false, false, false, false},
        {"172.15.255.255", false, false, false, false},
        {"172.16.0.0", true, false, false, false},
        {"172.31.255.255", true, false, false, false},
        {"172.32.0.0", false, false, false, false},
        {"192.168.0.0", true, false, false, false},
        {"192.169.0.0", false, false, false, false},
        {"100.64.0.0", true, false, false, false},
        {"100.128.0.0", false, false, false, false},
        {"169.254.1.1", true, false, false, false},
        {"127.9.9.9", true, true, false, false},
        {"224.0.0.1", false, false, true, false},
        {"239.255.255.255", false, false, true, false},
        {"240.0.0.0", false, false, false, false},
        {"0.0.0.0", false, false, false, true},
        {"fc00::1", true, false, false, false},
        {"fdff::1", true, false, false, false},
        {"fe00::1", false, false, false, false},
        {"fe80::1", true, false, false, false},
        {"febf::1", true, false, false, false},
        {"::1", true, true, false, false},
        {"ff02::1", false, false, true, false},
        {"::", false, false, false, true},
        {"2001:db8::1", false, false, false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct addr a;
        CHECK_INT(parse(cases[i].text, &a), ST_OK);
        bool right = addr_is_private(&a) == cases[i].private &&
                     addr_is_loopback(&a) == cases[i].loopback &&
                     addr_is_multicast(&a) == cases[i].multicast &&
                     addr_is_unspecified(&a) == cases[i].unspecified;
        CHECK(right);
        if (!right) {
            printf("# %s\n", cases[i].text);
        }
    }
}

static void check_prefix(const char *in, const char *out)
{
    struct prefix p;
    char text[PREFIX_TEXT_MAX];
    CHECK_INT(prefix_parse(bytes_of(in, strlen(in)), &p), ST_OK);
    (void)prefix_format(&p, text);
    CHECK_STR(text, out);
}

static void networks_are_read_as_people_write_them(void)
{
    check_prefix("10.0.0.0/8", "10.0.0.0/8");
    check_prefix("0.0.0.0/0", "0.0.0.0/0");
    check_prefix("192.0.2.9", "192.0.2.9/32");
    check_prefix("2001:db8::/32", "2001:db8::/32");
    check_prefix("::1", "::1/128");
    static const char *const bad[] = {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/",    "::/129",
                                      "/8",         "10.0.0.0/-1", "10.0.0.0/8/8", "2001:db8::1/64",
                                      "1.2.3.4/ 8"};
    struct prefix p;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CHECK_INT(prefix_parse(bytes_of(bad[i], strlen(bad[i])), &p), ST_MALFORMED);
    }
}

static void a_network_holds_its_first_and_last_address_only(void)
{
    struct addr a;
    CHECK_INT(parse("198.51.100.77", &a), ST_OK);
    for (int len = 0; len <= 128; len++) {
        struct prefix p = prefix_of(&a, (uint8_t)len);
        struct addr last = p.net, next;
        for (int bit = len; bit < 128; bit++) {
            last.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        }
        CHECK(prefix_contains(&p, &p.net) && prefix_contains(&p, &last) && prefix_contains(&p, &a));
        if (len > 0) {
            next = p.net;
            next.b[(len - 1) / 8] ^= (uint8_t)(0x80 >> (len - 1) % 8);
            CHECK(!prefix_contains(&p, &next));
        }
    }
}

/* clang-format off */
TEST_MAIN(
    TEST(text_is_canonical),
    TEST(what_is_no_address_is_refused),
    TEST(every_address_is_read_as_it_is_written),
    TEST(special_addresses_are_known),
    TEST(networks_are_read_as_people_write_them),
    TEST(a_network_holds_its_first_and_last_address_only),
)
/* clang-format on */
