/* tests/unit/attribute/test_baseline.c - what random addresses look like. */
#include "attribute/baseline.h"

#include "material_set.h"

static struct baseline b;

static void sample(const char *text_of_source)
{
    struct attribute_sources *set = new_set();
    add(set, text(text_of_source), "");
    CHECK_INT(attribute_sources_load(set, true, false, &remarks), ST_OK);
    attribute_baseline(set, NOW, &b);
    attribute_sources_free(set);
}

/* 1.0.0.0 to 126.255.255.255 in one country, 128.0.0.0 to 191.255.255.255 in
 * another; of both some is special-purpose. */
static void shares_are_those_of_the_address_space(void)
{
    sample("16777216,2130706431,US\n2147483648,3221225471,DE\n");
    CHECK_INT(b.routed, 0); /* it names no origin */
    CHECK_INT(b.code_n, 2);
    CHECK(b.n == b.located && baseline_of_code(&b, "DE") + baseline_of_code(&b, "US") == b.n);
    double share = (double)baseline_of_code(&b, "US") / b.n;
    CHECK(share > 0.65 && share < 0.67); /* 125 of 189 /8s */
    CHECK_INT(baseline_of_code(&b, "FR"), 0);
}

static void special_addresses_are_nobodys(void)
{
    sample("167772160,184549375,US\n3758096384,4294967295,DE\n"); /* 10/8, 224/3 */
    CHECK_INT(b.n, 0);
}

static void sample6(const char *text_of_source)
{
    struct attribute_sources *set = new_set();
    add(set, text(text_of_source), "");
    CHECK_INT(attribute_sources_load(set, false, true, &remarks), ST_OK);
    CHECK_INT(attribute_baseline6(set, NOW, &b), ST_OK);
    attribute_sources_free(set);
}

/* A /32 in one country, three /32s and a lone /64 in another. */
static void shares_of_ipv6_are_those_of_the_48s(void)
{
    sample6("2a00:1000::,2a00:1000:ffff:ffff:ffff:ffff:ffff:ffff,US\n"
            "2a00:2000::,2a00:2002:ffff:ffff:ffff:ffff:ffff:ffff,DE\n"
            "2a00:3000::,2a00:3000:0:0:ffff:ffff:ffff:ffff,DE\n");
    CHECK(b.v6 && b.routed == 0); /* it names no origin */
    CHECK_INT(b.n, ATTRIBUTE_BASELINE_SAMPLE);
    CHECK_INT(b.code_n, 2);
    CHECK_INT(baseline_of_code(&b, "US"), ATTRIBUTE_BASELINE_SAMPLE / 4);
    CHECK_INT(baseline_of_code(&b, "DE"), ATTRIBUTE_BASELINE_SAMPLE / 4 * 3);
}

static void few_48s_are_all_asked_for(void)
{
    sample6("2a00:1000::,2a00:1000:0:ffff:ffff:ffff:ffff:ffff,US\n"
            "2a00:1000:1::,2a00:1000:2:ffff:ffff:ffff:ffff:ffff,DE\n");
    CHECK(b.n == ATTRIBUTE_BASELINE_SAMPLE);
    double share = (double)baseline_of_code(&b, "US") / b.n;
    CHECK(share > 0.333 && share < 0.334);
}

static void without_anything_about_ipv6_there_is_no_sample(void)
{
    sample6("16777216,2130706431,US\n");
    CHECK(b.v6 && b.n == 0);
}

static void what_was_written_is_read_and_nothing_else(void)
{
    static struct baseline read;
    struct buf out = BUF_INIT(1 << 20);
    b = (struct baseline){.n = 10,
                          .routed = 1,
                          .located = 9,
                          .code_n = 2,
                          .as_n = 2,
                          .codes = {{"DE", 4}, {"US", 5}},
                          .as = {{64500, 3}, {64501, 7}}};
    baseline_put(&out, &b);
    struct cursor c = cursor_of(buf_bytes(&out));
    CHECK_INT(baseline_get(&c, &read), ST_OK);
    CHECK_INT(baseline_of_as(&read, 64501), 7);
    CHECK_INT(baseline_of_as(&read, 64502), 0);
    int taken = 0;
    for (size_t n = 0; n < out.len; n++) {
        c = cursor_of(bytes_of(out.data, n));
        taken += baseline_get(&c, &read) == ST_OK;
    }
    CHECK_INT(taken, 0);
    out.data[12] = 'Z'; /* out of order now */
    c = cursor_of(buf_bytes(&out));
    CHECK_INT(baseline_get(&c, &read), ST_MALFORMED);
    buf_fini(&out);
}

TEST_MAIN(TEST(shares_are_those_of_the_address_space), TEST(special_addresses_are_nobodys),
          TEST(shares_of_ipv6_are_those_of_the_48s), TEST(few_48s_are_all_asked_for),
          TEST(without_anything_about_ipv6_there_is_no_sample),
          TEST(what_was_written_is_read_and_nothing_else))
