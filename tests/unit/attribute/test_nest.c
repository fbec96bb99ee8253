/* tests/unit/attribute/test_nest.c - networks inside of networks. */
#include "attribute/nest.h"

#include "material.h"

enum { ITEMS = 64 };

static struct prefix nets[ITEMS];
static uint32_t wider[ITEMS];

static int order(const void *a, const void *b)
{
    return attribute_nest_order(a, b);
}

static enum status make(const char *const *list, size_t n, struct attribute_ranges *r)
{
    *r = (struct attribute_ranges){.n4 = 0};
    for (size_t i = 0; i < n; i++) {
        assert(prefix_parse(text(list[i]), &nets[i]) == ST_OK);
    }
    qsort(nets, n, sizeof(nets[0]), order);
    return attribute_nest(nets, n, sizeof(nets[0]), r, wider);
}

/* The narrowest of all that hold it, looked for one by one. */
static int narrowest(size_t n, const struct addr *a)
{
    int best = -1;
    for (size_t i = 0; i < n; i++) {
        if (prefix_contains(&nets[i], a) && (best < 0 || nets[i].len > nets[best].len)) {
            best = (int)i;
        }
    }
    return best;
}

static int found(const struct attribute_ranges *r, const struct addr *a)
{
    struct attribute_range6 x;
    return attribute_ranges_find(r, a, &x) ? (int)x.value : -1;
}

static void the_narrowest_network_counts_at_every_edge(void)
{
    static const char *const list[] = {
        "10.0.0.0/8",    "10.0.0.0/24",        "10.0.0.0/32",     "10.0.0.255/32",
        "10.255.0.0/16", "10.255.255.0/24",    "11.0.0.0/8",      "255.255.255.0/24",
        "2001:db8::/32", "2001:db8:8000::/33", "ff00::/8",        "ffff::/16",
        "0.0.0.0/8",     "255.255.255.255/32", "2001:db8::1/128",
    };
    struct attribute_ranges r;
    size_t n = ARRAY_LEN(list);
    CHECK_INT(make(list, n, &r), ST_OK);
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        struct addr a = nets[i].net;
        struct addr last = a;
        for (size_t k = nets[i].len; k < 128; k++) {
            last.b[k / 8] |= (uint8_t)(0x80U >> (k % 8));
        }
        struct addr behind = last;
        for (int k = 15; k >= 0 && ++behind.b[k] == 0; k--) {
        }
        wrong += found(&r, &a) != narrowest(n, &a);
        wrong += found(&r, &last) != narrowest(n, &last);
        wrong += found(&r, &behind) != narrowest(n, &behind);
    }
    CHECK_INT(wrong, 0);
    attribute_ranges_fini(&r);
}

static void each_knows_the_next_wider_one(void)
{
    static const char *const list[] = {"10.0.0.0/8", "10.0.0.0/24", "10.0.0.7/32", "11.0.0.0/8"};
    struct attribute_ranges r;
    CHECK_INT(make(list, ARRAY_LEN(list), &r), ST_OK);
    CHECK(wider[0] == ATTRIBUTE_NEST_NONE && wider[3] == ATTRIBUTE_NEST_NONE);
    CHECK_INT(wider[1], 0);
    CHECK_INT(wider[2], 1);
    attribute_ranges_fini(&r);
}

static void everything_and_ipv6_around_ipv4_do_not_fit(void)
{
    static const char *const bad[] = {"0.0.0.0/0", "::/0", "::/8", "::/80"};
    static const char *const good[] = {"0.0.0.0/1", "2000::/3", "8000::/1", "1.2.3.4/32"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct prefix p;
        CHECK_INT(prefix_parse(text(bad[i]), &p), ST_OK);
        CHECK(!attribute_nest_fits(&p));
        CHECK_INT(prefix_parse(text(good[i]), &p), ST_OK);
        CHECK(attribute_nest_fits(&p));
    }
}

TEST_MAIN(TEST(the_narrowest_network_counts_at_every_edge), TEST(each_knows_the_next_wider_one),
          TEST(everything_and_ipv6_around_ipv4_do_not_fit))
