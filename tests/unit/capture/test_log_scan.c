/* tests/unit/capture/test_log_scan.c - words and addresses inside a line. */
#include "capture/log_scan.h"

#include "test_log.h"

static uint64_t seed = 11;

static unsigned below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (unsigned)(seed >> 33) % n;
}

/* The fast reader and addr_parse must agree on everything but zones. */
static void addresses_are_those_of_addr_parse(void)
{
    static const char marks[] = "0123456789012345678901234567...:::abcdefABCDEFx/ -";
    int bad = 0;
    for (int i = 0; i < 300000; i++) {
        char text[64];
        size_t n = 0;
        if (i % 2) {
            n = (size_t)snprintf(text, sizeof(text), "%u.%u.%u.%u", below(300), below(300),
                                 below(300), below(300));
        } else if (i % 4 == 0) {
            n = (size_t)snprintf(text, sizeof(text), "2001:db8::%x:%x", below(70000), below(70000));
        }
        for (unsigned k = below(4); k > 0; k--) {
            size_t at = n ? below((unsigned)n) : 0;
            text[at] = marks[below(sizeof(marks) - 1)];
            n += at == n;
        }
        struct addr a = {{0}};
        struct addr b = {{0}};
        bool fast = log_addr(bytes_of(text, n), &a);
        bool slow = addr_parse(bytes_of(text, n), &b) == ST_OK;
        bad += fast != slow || (fast && !addr_equal(&a, &b));
    }
    CHECK_INT(bad, 0);
}

static void a_zone_is_left_out(void)
{
    struct addr a;
    CHECK(log_addr(BYTES_LITERAL("fe80::1%eth0"), &a));
    CHECK_STR(addr_text(&a), "fe80::1");
    CHECK(!log_addr(BYTES_LITERAL("192.0.2.1%eth0"), &a));
    CHECK(!log_addr(BYTES_LITERAL("%eth0:"), &a));
}

static void numbers_end_at_their_maximum(void)
{
    uint64_t v;
    CHECK(log_number(BYTES_LITERAL("65535"), 65535, &v) && v == 65535);
    CHECK(!log_number(BYTES_LITERAL("65536"), 65535, &v));
    CHECK(!log_number(BYTES_LITERAL(""), 65535, &v));
    CHECK(!log_number(BYTES_LITERAL("1a"), 65535, &v));
    CHECK(!log_number(BYTES_LITERAL("-1"), 65535, &v));
    CHECK(!log_number(BYTES_LITERAL("99999999999999999999"), UINT64_MAX, &v));
}

static bool is(struct bytes s, const char *want)
{
    return bytes_equal(s, bytes_of(want, strlen(want)));
}

static void words_come_off_either_end_with_one_space(void)
{
    struct bytes s = BYTES_LITERAL("a  b c");
    CHECK(is(log_pop(&s), "c") && is(s, "a  b"));
    CHECK(is(log_pop(&s), "b") && is(s, "a "));
    CHECK(is(log_pop(&s), "") && is(s, "a"));
    CHECK(is(log_pop(&s), "a") && is(s, ""));
    CHECK(is(log_pop(&s), "") && is(s, ""));
    s = BYTES_LITERAL("a  b");
    CHECK(is(log_shift(&s), "a") && is(s, " b"));
    CHECK(is(log_shift(&s), "") && is(s, "b"));
    CHECK(is(log_shift(&s), "b") && is(s, ""));
    CHECK(is(log_shift(&s), "") && is(s, ""));
}

static void endpoints_need_not_have_a_port(void)
{
    struct log_endpoint e;
    struct log_text t = {.s = BYTES_LITERAL("by x 192.0.2.1 port 22")};
    CHECK(log_pop_endpoint(&t, &e) == LOG_FOUND_OBSERVATION && e.port == 22 && is(t.s, "by x"));
    t = (struct log_text){.s = BYTES_LITERAL("192.0.2.1")};
    CHECK(log_pop_endpoint(&t, &e) == LOG_FOUND_OBSERVATION && e.port == 0 && is(t.s, ""));
    t = (struct log_text){.s = BYTES_LITERAL("192.0.2.1 port 66000")};
    CHECK(log_pop_endpoint(&t, &e) == LOG_FOUND_NAME);
    t = (struct log_text){.s = BYTES_LITERAL("port 22")};
    CHECK(log_pop_endpoint(&t, &e) == LOG_FOUND_NAME);
    t = (struct log_text){.s = BYTES_LITERAL("")};
    CHECK(log_pop_endpoint(&t, &e) == LOG_FOUND_NOTHING);
    t = (struct log_text){.s = BYTES_LITERAL("192.0.2.1 port 22:11: x")};
    CHECK(log_shift_endpoint(&t, &e) == LOG_FOUND_OBSERVATION && e.port == 22 && is(t.s, ":11: x"));
    t = (struct log_text){.s = BYTES_LITERAL("2001:db8::: 11: x")};
    CHECK(log_shift_endpoint(&t, &e) == LOG_FOUND_OBSERVATION && e.port == 0);
    CHECK_STR(addr_text(&e.addr), "2001:db8::");
}

static void a_cut_endpoint_is_not_believed(void)
{
    struct log_endpoint e;
    struct log_text t = {.s = BYTES_LITERAL("from 192.0.2.1"), .cut = true};
    CHECK(log_pop_endpoint(&t, &e) == LOG_FOUND_NOTHING);
    t = (struct log_text){.s = BYTES_LITERAL("from 192.0.2.1 port 2"), .cut = true};
    CHECK(log_pop_endpoint(&t, &e) == LOG_FOUND_OBSERVATION && e.port == 0);
    t = (struct log_text){.s = BYTES_LITERAL("192.0.2.1"), .cut = true};
    CHECK(log_shift_endpoint(&t, &e) == LOG_FOUND_NOTHING);
    t = (struct log_text){.s = BYTES_LITERAL("192.0.2.1 port 2"), .cut = true};
    CHECK(log_shift_endpoint(&t, &e) == LOG_FOUND_OBSERVATION && e.port == 0);
    t = (struct log_text){.s = BYTES_LITERAL("192.0.2.1 port 2:"), .cut = true};
    CHECK(log_shift_endpoint(&t, &e) == LOG_FOUND_OBSERVATION && e.port == 2);
}

/* clang-format off */
TEST_MAIN(
    TEST(addresses_are_those_of_addr_parse),
    TEST(a_zone_is_left_out),
    TEST(numbers_end_at_their_maximum),
    TEST(words_come_off_either_end_with_one_space),
    TEST(endpoints_need_not_have_a_port),
    TEST(a_cut_endpoint_is_not_believed),
)
/* clang-format on */
