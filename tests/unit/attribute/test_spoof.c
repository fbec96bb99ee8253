/* tests/unit/attribute/test_spoof.c - random sources are told from real ones. */
#include "attribute/spoof.h"

#include <math.h>

#include "attribute/cidr.h"
#include "attribute/misp.h"
#include "attribute/special.h"
#include "material.h"

enum { MOST = 4096 };

static struct addr sample[MOST];
static struct attribute_space space;

/* A generator of which the tests choose the seed (splitmix64). */
static uint64_t state;

static uint32_t draw(void)
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) >> 16);
}

static int order(const void *a, const void *b)
{
    return addr_compare(a, b);
}

/* An Internet in which five of six /12s are announced. */
static bool announced(const void *context, const struct addr *a)
{
    (void)context;
    uint32_t block = addr_is_v4(a) ? addr_v4(a) >> 20 : load_be32(a->b) >> 4;
    return block * 2654435761U >> 16 > 65536 / 6;
}

static void know_space(void)
{
    space = (struct attribute_space){.known = true, .known6 = true};
    for (unsigned i = 0; i < 256 * 64; i++) {
        struct addr a = addr_from_v4(i << 18 | 77);
        const struct attribute_special *s = attribute_special_find(&a);
        if (s == NULL || s->global) {
            space.tried[i / 64]++;
            space.announced[i / 64] += announced(NULL, &a);
        }
    }
}

static struct attribute_spoof_result judge(size_t n, double single)
{
    struct attribute_spoof_result r;
    struct attribute_spoof_sources s = {
        .sample = sample, .n = n, .sources = n * 10, .single = (uint64_t)((double)n * 10 * single)};
    qsort(sample, n, sizeof(*sample), order);
    attribute_spoof_judge(&s, &space, announced, NULL, &r);
    return r;
}

enum how { ALL, OCTETS_254, UNICAST, RANGE, ANNOUNCED, INSIDE, CROWDED };

static struct addr make(enum how how)
{
    for (;;) {
        uint32_t v = draw();
        struct addr a = addr_from_v4(v);
        const struct attribute_special *s = attribute_special_find(&a);
        switch (how) {
        case ALL:
            return a;
        case OCTETS_254: /* each octet 0..254, as some tools draw them */
            return addr_from_v4((v >> 24) % 255 << 24 | (v >> 16 & 255) % 255 << 16 |
                                (v >> 8 & 255) % 255 << 8 | (v & 255) % 255);
        case UNICAST:
            if (s == NULL) {
                return a;
            }
            break;
        case RANGE: /* first octet 11 to 197 */
            if (v >> 24 >= 11 && v >> 24 <= 197) {
                return a;
            }
            break;
        case ANNOUNCED:
            if (s == NULL && announced(NULL, &a)) {
                return a;
            }
            break;
        case INSIDE: /* one's own network, seen from inside */
            return addr_from_v4(0x0a000000 | (v & 0xffffff));
        case CROWDED: { /* 40 networks, some larger than others */
            uint32_t net = (v >> 8) % 40 * ((v >> 20) % 3 + 1) / 3;
            a = addr_from_v4((net * 2654435761U & 0x7fff0000) | (v & 0xffff));
            s = attribute_special_find(&a);
            if (s == NULL && announced(NULL, &a)) {
                return a;
            }
            break;
        }
        }
    }
}

enum { DRAWS = 20 };

/* How many of the draws come to a verdict. */
static int verdicts(enum how how, size_t n, double single, enum attribute_spoof want)
{
    int count = 0;
    for (unsigned seed = 1; seed <= DRAWS; seed++) {
        state = seed * 1000003;
        for (size_t i = 0; i < n; i++) {
            sample[i] = make(how);
        }
        struct attribute_spoof_result r = judge(n, single);
        count += r.verdict == want;
        CHECK(r.test != NULL && r.space != NULL);
    }
    return count;
}

static void random_sources_are_found_consistent(void)
{
    know_space();
    CHECK(verdicts(ALL, 1024, 1, SPOOF_CONSISTENT) >= DRAWS - 1);
    CHECK(verdicts(ALL, 200, 1, SPOOF_CONSISTENT) >= DRAWS - 2);
    CHECK(verdicts(OCTETS_254, 1024, 1, SPOOF_CONSISTENT) >= DRAWS - 2);
    CHECK(verdicts(UNICAST, 1024, 1, SPOOF_CONSISTENT) >= DRAWS - 2);
    CHECK(verdicts(RANGE, 1024, 1, SPOOF_CONSISTENT) >= DRAWS - 2);
    CHECK(verdicts(ANNOUNCED, 1024, 1, SPOOF_CONSISTENT) >= DRAWS - 2);
}

/* Also when they are never told to be real: a ranking of countries of these
 * would be a ranking of the address space. */
static void random_sources_are_never_found_real(void)
{
    know_space();
    CHECK_INT(verdicts(ALL, 1024, 1, SPOOF_UNLIKE), 0);
    CHECK_INT(verdicts(ALL, 40, 1, SPOOF_UNLIKE), 0);
    CHECK_INT(verdicts(UNICAST, 1024, 1, SPOOF_UNLIKE), 0);
    CHECK_INT(verdicts(RANGE, 1024, 1, SPOOF_UNLIKE), 0);
    CHECK_INT(verdicts(ANNOUNCED, 1024, 1, SPOOF_UNLIKE), 0);
    CHECK_INT(verdicts(ANNOUNCED, 40, 1, SPOOF_UNLIKE), 0);
}

static void crowded_sources_are_found_unlike(void)
{
    know_space();
    CHECK_INT(verdicts(CROWDED, 1024, 1, SPOOF_UNLIKE), DRAWS);
    CHECK_INT(verdicts(CROWDED, 300, 0.1, SPOOF_UNLIKE), DRAWS);
    CHECK_INT(verdicts(CROWDED, 1024, 1, SPOOF_CONSISTENT), 0);
    CHECK_INT(verdicts(CROWDED, 40, 1, SPOOF_CONSISTENT), 0);
}

static void private_sources_of_ones_own_network_are_neither(void)
{
    know_space();
    CHECK_INT(verdicts(INSIDE, 1024, 1, SPOOF_CANNOT_TELL), DRAWS);
}

/* 0.771^18 = 0.9 %: seventeen sources decide nothing. */
static void fewer_than_eighteen_sources_tell_nothing(void)
{
    space = (struct attribute_space){.known = true};
    for (unsigned i = 0; i < 256; i++) {
        space.tried[i] = 1000;
        /* 77.1 % of all addresses */
        space.announced[i] = 894;
    }
    state = 9;
    for (size_t i = 0; i < 18; i++) {
        sample[i] = make(ANNOUNCED);
    }
    struct attribute_spoof_result r = judge(17, 0.1);
    CHECK_STR(r.test, "too few sources");
    CHECK_INT(r.verdict, SPOOF_CANNOT_TELL);
    r = judge(18, 0.1);
    CHECK(strcmp(r.test, "too few sources") != 0);
    CHECK_INT(r.verdict, SPOOF_UNLIKE); /* no impossible one, and each came often */
    r = judge(18, 1);
    CHECK_INT(r.verdict, SPOOF_CANNOT_TELL);
    r = judge(0, 0);
    CHECK_INT(r.verdict, SPOOF_CANNOT_TELL);
}

static void the_numbers_are_those_of_the_sources(void)
{
    know_space();
    state = 4;
    for (size_t i = 0; i < 1000; i++) {
        sample[i] = make(ALL);
    }
    struct attribute_spoof_result r = judge(1000, 0.75);
    size_t bogon = 0;
    size_t unannounced = 0;
    for (size_t i = 0; i < 1000; i++) {
        const struct attribute_special *s = attribute_special_find(&sample[i]);
        bool b = s != NULL && !s->global;
        bogon += b;
        unannounced += !b && !announced(NULL, &sample[i]);
    }
    CHECK_INT(r.n, 1000);
    CHECK_INT(r.bogon, bogon);
    CHECK_INT(r.unannounced, unannounced);
    CHECK(fabs(r.single_share - 0.75) < 1e-9);
    CHECK(r.p_real < 1e-6);
    CHECK(r.p_spread >= 0.01 && r.p_spread <= 1);
    CHECK(r.bins > 50);
    CHECK_STR(r.space, "all of IPv4");
    CHECK_INT(r.routes, 0);
}

/* Without a table of routes special-purpose addresses alone must do. */
static void it_works_without_a_table_of_routes(void)
{
    know_space();
    space.known = false;
    CHECK(verdicts(ALL, 1024, 1, SPOOF_CONSISTENT) >= DRAWS - 1);
    CHECK_INT(verdicts(CROWDED, 1024, 1, SPOOF_UNLIKE), DRAWS);
    struct attribute_spoof_result r = judge(1024, 1);
    CHECK_INT(r.routes, -1);
    CHECK_INT(r.unannounced, 0);
    r = judge(30, 1);
    CHECK_STR(r.test, "too few sources"); /* 0.862^30 = 1.2 % */
}

static void the_same_sources_give_the_same_answer(void)
{
    know_space();
    state = 6;
    for (size_t i = 0; i < 1024; i++) {
        sample[i] = make(ALL);
    }
    struct attribute_spoof_result a = judge(1024, 1);
    struct attribute_spoof_result b = judge(1024, 1);
    CHECK(memcmp(&a, &b, sizeof(a)) == 0);
}

static void ipv6_sources_are_judged_by_their_networks(void)
{
    know_space();
    state = 8;
    for (size_t i = 0; i < 512; i++) { /* 128 random bits */
        for (size_t k = 0; k < 16; k += 4) {
            store_be32(sample[i].b + k, draw());
        }
    }
    struct attribute_spoof_result r = judge(512, 1);
    CHECK(r.v6);
    CHECK_INT(r.verdict, SPOOF_CONSISTENT);
    /* One network, whatever its hosts call themselves. */
    for (size_t i = 0; i < 512; i++) {
        sample[i] = addr("2600:1:2:3::");
        store_be32(sample[i].b + 12, draw());
    }
    r = judge(512, 1);
    CHECK_INT(r.verdict, SPOOF_CANNOT_TELL);
    CHECK(r.v6);
    CHECK_INT(r.n, 1);
    CHECK_STR(r.test, "too few /64s");
}

/* Real scanners of one operator, at their real addresses, and hosts drawn from
 * real hosting networks: none of them may be taken for forged. */
static void real_addresses_are_not_taken_for_forged(void)
{
    const char *shared = test_shared();
    struct attribute_sources *set = NULL;
    struct remark_list remarks = {0};
    struct attribute_spoof_result r;
    char path[4096];
    if (shared == NULL) {
        printf("# skipped: no shared data\n");
        return;
    }
    CHECK_INT(attribute_sources_new(INT64_MAX, &set), ST_OK);
    CHECK_INT(attribute_sources_add_defaults(set, &remarks), ST_OK);
    CHECK_INT(attribute_sources_load(set, true, true, &remarks), ST_OK);
    struct attribute_file f;
    struct attribute_misp m;
    (void)snprintf(path, sizeof(path), "%s/sources/lists/misp-stretchoid-nt-scanning.json", shared);
    CHECK_INT(attribute_file_open(path, &f, NULL), ST_OK);
    CHECK_INT(attribute_file_read(&f, false, NULL), ST_OK);
    CHECK_INT(attribute_misp_parse(f.data, &m, NULL), ST_OK);
    size_t n = 0;
    for (size_t i = 0; i < m.list.ranges.n4 && n < MOST; i++) {
        sample[n++] = addr_from_v4(m.list.ranges.v4[i].first);
    }
    struct attribute_spoof_sources s = {sample, n, n, n};
    attribute_spoof_test(set, 0, &s, &r);
    CHECK_INT(r.verdict, SPOOF_UNLIKE);
    attribute_misp_fini(&m);
    attribute_file_fini(&f);

    struct attribute_list l;
    (void)snprintf(path, sizeof(path), "%s/sources/lists/x4b/datacenter/ipv4.txt", shared);
    CHECK_INT(attribute_file_open(path, &f, NULL), ST_OK);
    CHECK_INT(attribute_file_read(&f, false, NULL), ST_OK);
    CHECK_INT(attribute_list_parse(f.data, &l, NULL), ST_OK);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        state = seed;
        for (n = 0; n < 1024; n++) { /* a network, then a host in it */
            const struct attribute_range4 *net = &l.ranges.v4[draw() % l.ranges.n4];
            sample[n] = addr_from_v4(net->first + draw() % (net->last - net->first + 1));
        }
        qsort(sample, n, sizeof(*sample), order);
        attribute_spoof_test(set, 0, &(struct attribute_spoof_sources){sample, n, n, n}, &r);
        CHECK_INT(r.verdict, SPOOF_UNLIKE);
    }
    attribute_list_fini(&l);
    attribute_file_fini(&f);
    attribute_sources_free(set);
}

/* Trap 10, with the default sources: an all-random flood. */
static void an_all_random_flood_is_spoof_consistent_by_the_default_sources(void)
{
    struct attribute_sources *set = NULL;
    struct remark_list remarks = {0};
    struct attribute_spoof_result r;
    CHECK_INT(attribute_sources_new(INT64_MAX, &set), ST_OK);
    CHECK_INT(attribute_sources_add_defaults(set, &remarks), ST_OK);
    CHECK_INT(attribute_sources_load(set, true, false, &remarks), ST_OK);
    int consistent = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        state = seed;
        for (size_t i = 0; i < 1024; i++) {
            sample[i] = make(ALL);
        }
        qsort(sample, 1024, sizeof(*sample), order);
        attribute_spoof_test(set, 0, &(struct attribute_spoof_sources){sample, 1024, 50000, 50000},
                             &r);
        consistent += r.verdict == SPOOF_CONSISTENT;
        CHECK(r.verdict != SPOOF_UNLIKE);
    }
    CHECK(consistent >= 18);
    attribute_sources_free(set);
}

/* In 2002 less than a third of IPv4 was announced: that tells nothing of today. */
static void a_table_that_knows_little_does_not_hide_one_that_knows_more(void)
{
    struct attribute_sources *set = NULL;
    struct remark_list remarks = {0};
    struct attribute_space got;
    char path[4096];
    const int64_t event_ns = INT64_C(1027381055) * 1000000000;
    if (test_shared() == NULL) {
        printf("# skipped: no shared data\n");
        return;
    }
    (void)snprintf(path, sizeof(path), "%s/sources/mrt/data/bview.20020722.2337.gz", test_shared());
    CHECK_INT(attribute_sources_new(INT64_MAX, &set), ST_OK);
    CHECK_INT(attribute_sources_add(set, path, &remarks, NULL), ST_OK);
    CHECK_INT(attribute_sources_load(set, true, false, &remarks), ST_OK);
    attribute_space_sample(set, event_ns, &got);
    CHECK(!got.known && got.source == 0);
    CHECK_INT(attribute_sources_add_defaults(set, &remarks), ST_OK);
    CHECK_INT(attribute_sources_load(set, true, false, &remarks), ST_OK);
    attribute_space_sample(set, event_ns, &got);
    CHECK(got.known && got.source > 0);
    attribute_sources_free(set);
}

TEST_MAIN(TEST(a_table_that_knows_little_does_not_hide_one_that_knows_more),
          TEST(random_sources_are_found_consistent), TEST(random_sources_are_never_found_real),
          TEST(crowded_sources_are_found_unlike),
          TEST(private_sources_of_ones_own_network_are_neither),
          TEST(fewer_than_eighteen_sources_tell_nothing),
          TEST(the_numbers_are_those_of_the_sources), TEST(it_works_without_a_table_of_routes),
          TEST(the_same_sources_give_the_same_answer),
          TEST(ipv6_sources_are_judged_by_their_networks),
          TEST(real_addresses_are_not_taken_for_forged),
          TEST(an_all_random_flood_is_spoof_consistent_by_the_default_sources))
