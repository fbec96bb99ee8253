/* tests/unit/base/test_memory.c - pages, pool, sort, hash: what tables stand on. */
#include "base/core/hash.h"
#include "base/core/pages.h"
#include "base/core/pool.h"
#include "base/core/sort.h"
#include "test.h"

static bool all_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != 0) {
            return false;
        }
    }
    return true;
}

static void pages_are_zeroed_and_keep_their_content_as_they_grow(void)
{
    static const size_t sizes[] = {1, 4096, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, 9 << 20};
    uint8_t *p = pages_alloc(sizes[0]);
    CHECK(p != NULL && p[0] == 0);
    p[0] = 7;
    for (size_t i = 1; i < ARRAY_LEN(sizes); i++) {
        p = pages_grow(p, sizes[i - 1], sizes[i]);
        CHECK(p != NULL && p[0] == 7);
        CHECK(all_zero(p + sizes[i - 1], sizes[i] - sizes[i - 1]));
        memset(p, 7, sizes[i]);
    }
    pages_free(p, sizes[ARRAY_LEN(sizes) - 1]);
    pages_free(NULL, 0);
}

static void what_cannot_grow_stays(void)
{
    uint8_t *p = pages_alloc(4 << 20);
    CHECK(p != NULL);
    p[100] = 9;
    test_fail_allocation(1);
    uint8_t *q = pages_grow(p, 4 << 20, 64 << 20);
    bool failed = test_allocation_failed();
    test_fail_allocation(0);
    CHECK(!failed || q == NULL);
    q = q != NULL ? q : p;
    CHECK_INT(q[100], 9);
    pages_free(q, q == p ? 4 << 20 : 64 << 20);
    test_fail_allocation(1);
    CHECK(pages_alloc(100) == NULL);
    CHECK(pages_alloc(16 << 20) == NULL);
}

static void blocks_are_zeroed_also_when_given_back(void)
{
    struct pool pool = {0};
    void *kept[64];
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < ARRAY_LEN(kept); i++) {
            unsigned order = POOL_LEAST + i % (POOL_MOST - POOL_LEAST + 2);
            size_t size = (size_t)1 << order;
            kept[i] = pool_take(&pool, order);
            CHECK(kept[i] != NULL && (uintptr_t)kept[i] % 16 == 0);
            CHECK(kept[i] != NULL && all_zero(kept[i], size));
            memset(kept[i], 0xff, size);
        }
        for (unsigned i = 0; i < ARRAY_LEN(kept); i++) {
            unsigned order = POOL_LEAST + i % (POOL_MOST - POOL_LEAST + 2);
            pool_give(&pool, kept[i], order);
        }
    }
    pool_fini(&pool);
}

static void a_pool_without_memory_says_so(void)
{
    struct pool pool = {0};
    test_fail_allocation(1);
    CHECK(pool_take(&pool, 10) == NULL);
    CHECK(pool_take(&pool, POOL_MOST + 3) == NULL);
    test_fail_allocation(0);
    CHECK(pool_take(&pool, 10) != NULL);
    pool_fini(&pool);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sorting_is_that_of_the_c_library(void)
{
    static uint32_t v[70000], want[70000], spare[70000];
    static const size_t sizes[] = {0, 1, 2, 3, 255, 256, 257, 1000, 70000};
    static const uint32_t masks[] = {UINT32_MAX, 0xff, 0xff000000, 0, 0x00ffff00};
    uint64_t x = 88172645463325252U;
    for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
        for (size_t m = 0; m < ARRAY_LEN(masks); m++) {
            for (size_t i = 0; i < sizes[s]; i++) {
                x ^= x << 13, x ^= x >> 7, x ^= x << 17;
                v[i] = want[i] = (uint32_t)(x >> 20) & masks[m];
            }
            qsort(want, sizes[s], sizeof(want[0]), by_value);
            sort_u32(v, sizes[s], spare);
            CHECK(sizes[s] == 0 || memcmp(v, want, sizes[s] * sizeof(v[0])) == 0);
        }
    }
}

/* FIPS 180-4's examples. */
static void digests_are_those_of_the_standard(void)
{
    struct digest d, back;
    char text[DIGEST_TEXT_MAX];
    CHECK_INT(digest_sha256(BYTES_LITERAL("abc"), &d), ST_OK);
    digest_format(&d, text);
    CHECK_STR(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_INT(digest_sha256((struct bytes){0}, &d), ST_OK);
    digest_format(&d, text);
    CHECK_STR(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK_INT(digest_parse(bytes_of(text, 64), &back), ST_OK);
    CHECK(memcmp(&d, &back, sizeof(d)) == 0);
    CHECK(digest_parse(bytes_of(text, 63), &back) != ST_OK);
    text[10] = 'g';
    CHECK(digest_parse(bytes_of(text, 64), &back) != ST_OK);
}

static void a_digest_of_pieces_is_that_of_the_whole(void)
{
    static const uint8_t text[] = "some bytes that come in pieces of any length, also of none";
    struct digest want, got;
    CHECK_INT(digest_sha256(bytes_of(text, sizeof(text)), &want), ST_OK);
    for (size_t piece = 1; piece <= sizeof(text); piece++) {
        struct digest_run *r = NULL;
        CHECK_INT(digest_run_new(&r), ST_OK);
        for (size_t at = 0; at < sizeof(text); at += piece) {
            size_t left = sizeof(text) - at;
            digest_run_add(r, bytes_of(text + at, left < piece ? left : piece));
            digest_run_add(r, (struct bytes){0});
        }
        CHECK_INT(digest_run_end(r, &got), ST_OK);
        CHECK(memcmp(&got, &want, sizeof(got)) == 0);
        CHECK_INT(digest_run_end(r, &got), ST_SYS); /* once */
        digest_run_free(r);
    }
}

/* Nobody who writes a capture may choose what falls together. */
static void hashes_depend_on_every_byte_and_the_seed(void)
{
    uint8_t data[40];
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)i;
    }
    for (size_t n = 0; n <= sizeof(data); n++) {
        uint64_t h = hash_bytes(bytes_of(data, n), 1);
        CHECK(h != hash_bytes(bytes_of(data, n), 2));
        CHECK(n == 0 || h != hash_bytes(bytes_of(data, n - 1), 1));
        for (size_t i = 0; i < n; i++) {
            data[i] ^= 1;
            CHECK(h != hash_bytes(bytes_of(data, n), 1));
            data[i] ^= 1;
        }
    }
}

/* clang-format off */
TEST_MAIN(
    TEST(pages_are_zeroed_and_keep_their_content_as_they_grow),
    TEST(what_cannot_grow_stays),
    TEST(blocks_are_zeroed_also_when_given_back),
    TEST(a_pool_without_memory_says_so),
    TEST(sorting_is_that_of_the_c_library),
    TEST(digests_are_those_of_the_standard),
    TEST(a_digest_of_pieces_is_that_of_the_whole),
    TEST(hashes_depend_on_every_byte_and_the_seed),
)
/* clang-format on */
