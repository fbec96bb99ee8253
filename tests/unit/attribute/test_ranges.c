/* tests/unit/attribute/test_ranges.c - ranges with values. */
#include "attribute/ranges.h"

#include "material.h"

static enum status put(struct attribute_ranges *r, const char *first, const char *last, uint32_t v)
{
    struct addr f = addr(first);
    struct addr l = addr(last);
    return attribute_ranges_add(r, &f, &l, v);
}

static int value(const struct attribute_ranges *r, const char *s)
{
    struct addr a = addr(s);
    struct attribute_range6 x;
    return attribute_ranges_find(r, &a, &x) ? (int)x.value : -1;
}

static void ends_belong_to_a_range_and_gaps_to_none(void)
{
    struct attribute_ranges r = {0};
    struct addr at;
    CHECK_INT(put(&r, "1.0.0.8", "1.0.0.15", 2), ST_OK);
    CHECK_INT(put(&r, "1.0.0.0", "1.0.0.5", 1), ST_OK); /* not in order */
    CHECK_INT(put(&r, "2a00::", "2a00::ffff", 3), ST_OK);
    CHECK_INT(put(&r, "255.255.255.255", "255.255.255.255", 4), ST_OK);
    CHECK_INT(attribute_ranges_seal(&r, OVERLAP_REFUSED, &at), ST_OK);
    CHECK_INT(value(&r, "0.255.255.255"), -1);
    CHECK_INT(value(&r, "1.0.0.0"), 1);
    CHECK_INT(value(&r, "1.0.0.5"), 1);
    CHECK_INT(value(&r, "1.0.0.6"), -1);
    CHECK_INT(value(&r, "1.0.0.8"), 2);
    CHECK_INT(value(&r, "1.0.0.15"), 2);
    CHECK_INT(value(&r, "1.0.0.16"), -1);
    CHECK_INT(value(&r, "255.255.255.255"), 4);
    CHECK_INT(value(&r, "2a00::ffff"), 3);
    CHECK_INT(value(&r, "2a00::1:0"), -1);
    CHECK_INT(value(&r, "::"), -1);
    CHECK_INT(attribute_ranges_count4(&r), 6 + 8 + 1);
    attribute_ranges_fini(&r);
}

static void a_contradiction_is_refused(void)
{
    struct attribute_ranges r = {0};
    struct addr at;
    struct addr want = addr("1.0.0.5");
    CHECK_INT(put(&r, "1.0.0.0", "1.0.0.5", 1), ST_OK);
    CHECK_INT(put(&r, "1.0.0.5", "1.0.0.9", 2), ST_OK);
    CHECK_INT(attribute_ranges_seal(&r, OVERLAP_REFUSED, &at), ST_MALFORMED);
    CHECK(addr_equal(&at, &want));
    attribute_ranges_fini(&r);
    CHECK_INT(put(&r, "2a00::", "2a00::5", 1), ST_OK);
    CHECK_INT(put(&r, "2a00::5", "2a00::9", 2), ST_OK);
    CHECK_INT(attribute_ranges_seal(&r, OVERLAP_REFUSED, &at), ST_MALFORMED);
    attribute_ranges_fini(&r);
}

static void members_of_a_list_are_merged(void)
{
    struct attribute_ranges r = {0};
    struct addr at;
    CHECK_INT(put(&r, "1.0.0.0", "1.0.0.255", 0), ST_OK);
    CHECK_INT(put(&r, "1.0.0.7", "1.0.0.7", 0), ST_OK); /* inside */
    CHECK_INT(put(&r, "1.0.0.128", "1.0.1.3", 0), ST_OK);
    CHECK_INT(attribute_ranges_seal(&r, OVERLAP_MERGED, &at), ST_OK);
    CHECK_INT(r.n4, 1);
    CHECK_INT(value(&r, "1.0.0.200"), 0);
    CHECK_INT(value(&r, "1.0.1.3"), 0);
    CHECK_INT(value(&r, "1.0.1.4"), -1);
    attribute_ranges_fini(&r);
}

static void what_is_no_range_is_refused(void)
{
    struct attribute_ranges r = {0};
    CHECK_INT(put(&r, "1.0.0.1", "1.0.0.0", 0), ST_MALFORMED);
    CHECK_INT(put(&r, "1.0.0.1", "2a00::", 0), ST_MALFORMED);
    CHECK_INT(put(&r, "2a00::1", "2a00::", 0), ST_MALFORMED);
    CHECK_INT(r.n4 + r.n6, 0);
    attribute_ranges_fini(&r);
}

/* Against a search that looks at every range. */
static void lookups_equal_a_linear_search(void)
{
    struct attribute_ranges r = {0};
    struct addr at;
    uint32_t seed = 1;
    uint32_t next = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        seed = seed * 1664525 + 1013904223;
        uint32_t first = next + (seed >> 20) % 3;
        uint32_t last = first + (seed >> 24) % 1000;
        CHECK_INT(attribute_ranges_add4(&r, first, last, i), ST_OK);
        next = last + 1;
    }
    CHECK_INT(attribute_ranges_seal(&r, OVERLAP_REFUSED, &at), ST_OK);
    int wrong = 0;
    for (uint32_t a = 0; a < next + 10; a += 7) {
        struct addr x = addr_from_v4(a);
        struct attribute_range6 got;
        int want = -1;
        for (size_t i = 0; i < r.n4; i++) {
            want = a >= r.v4[i].first && a <= r.v4[i].last ? (int)r.v4[i].value : want;
        }
        wrong += (attribute_ranges_find(&r, &x, &got) ? (int)got.value : -1) != want;
    }
    CHECK_INT(wrong, 0);
    attribute_ranges_fini(&r);
}

TEST_MAIN(TEST(ends_belong_to_a_range_and_gaps_to_none), TEST(a_contradiction_is_refused),
          TEST(members_of_a_list_are_merged), TEST(what_is_no_range_is_refused),
          TEST(lookups_equal_a_linear_search))
