/* tests/unit/ledger/test_tree.c - RFC 6962 trees against a naive implementation. */
#include "ledger/tree.h"

#include "ledger/material.h"
#include "test.h"

enum { LEAVES = 300 };

static struct digest leaf[LEAVES];

static void make_leaves(void)
{
    for (unsigned i = 0; i < LEAVES; i++) {
        uint8_t e[4];
        store_be32(e, i);
        CHECK(ledger_tree_leaf(bytes_of(e, 4), &leaf[i]) == ST_OK);
    }
}

/* RFC 6962, 2.1, as it is written. */
static struct digest naive_root(const struct digest *d, size_t n)
{
    struct digest r;
    if (n == 0) {
        CHECK(digest_sha256((struct bytes){0}, &r) == ST_OK);
        return r;
    }
    if (n == 1) {
        return d[0];
    }
    size_t k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    struct digest a = naive_root(d, k), b = naive_root(d + k, n - k);
    uint8_t in[65] = {1};
    memcpy(in + 1, a.b, 32);
    memcpy(in + 33, b.b, 32);
    CHECK(digest_sha256(bytes_of(in, sizeof(in)), &r) == ST_OK);
    return r;
}

/* PATH(m, D[n]) and SUBPROOF(m, D[n], b), as they are written. */
static void naive_path(size_t m, const struct digest *d, size_t n, struct ledger_path *p)
{
    if (n <= 1) {
        return;
    }
    size_t k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    naive_path(m < k ? m : m - k, m < k ? d : d + k, m < k ? k : n - k, p);
    p->hash[p->n++] = m < k ? naive_root(d + k, n - k) : naive_root(d, k);
}

static void naive_growth(size_t m, const struct digest *d, size_t n, bool b, struct ledger_path *p)
{
    if (m == n) {
        if (!b) {
            p->hash[p->n++] = naive_root(d, n);
        }
        return;
    }
    size_t k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    if (m <= k) {
        naive_growth(m, d, k, b, p);
        p->hash[p->n++] = naive_root(d + k, n - k);
    } else {
        naive_growth(m - k, d + k, n - k, false, p);
        p->hash[p->n++] = naive_root(d, k);
    }
}

static enum status whole(void *ctx, unsigned level, uint64_t index, struct digest *ret)
{
    (void)ctx;
    *ret = naive_root(leaf + (index << level), (size_t)1 << level);
    return ST_OK;
}

static const struct ledger_hashes source = {NULL, whole};

static bool same_path(const struct ledger_path *a, const struct ledger_path *b)
{
    return a->n == b->n && memcmp(a->hash, b->hash, a->n * sizeof(a->hash[0])) == 0;
}

/* RFC 9162, 2.1.5 draws this tree of 7; the values are those that the
 * Certificate Transparency project has always tested with. */
static void known_roots_come_out(void)
{
    static const char *const entry[8] = {"",
                                         "00",
                                         "10",
                                         "2021",
                                         "3031",
                                         "40414243",
                                         "5051525354555657",
                                         "606162636465666768696a6b6c6d6e6f"};
    static const char *const root[9] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    struct digest d[8], r, want;
    for (size_t n = 0; n <= 8; n++) {
        if (n > 0) {
            uint8_t e[16];
            size_t len = material_hex(entry[n - 1], e);
            CHECK(ledger_tree_leaf(bytes_of(e, len), &d[n - 1]) == ST_OK);
        }
        CHECK(ledger_tree_root(d, n, &r) == ST_OK);
        CHECK(digest_parse(bytes_of(root[n], 64), &want) == ST_OK);
        CHECK(memcmp(&r, &want, sizeof(r)) == 0);
    }
}

static void roots_and_proofs_equal_the_naive_ones(void)
{
    unsigned seed = 1;
    make_leaves();
    for (size_t n = 0; n < LEAVES; n++) {
        struct digest r, want = naive_root(leaf, n);
        CHECK(ledger_tree_root(leaf, n, &r) == ST_OK && memcmp(&r, &want, sizeof(r)) == 0);
        CHECK(ledger_tree_root_of(&source, n, &r) == ST_OK && memcmp(&r, &want, sizeof(r)) == 0);
    }
    for (unsigned i = 0; i < 3000; i++) {
        size_t n = 1 + material_random(&seed) % (LEAVES - 1);
        size_t m = material_random(&seed) % n, old = material_random(&seed) % (n + 1);
        struct ledger_path got, want = {.n = 0};
        naive_path(m, leaf, n, &want);
        CHECK(ledger_tree_prove(&source, m, n, &got) == ST_OK && same_path(&got, &want));
        struct digest root = naive_root(leaf, n), old_root = naive_root(leaf, old);
        CHECK(ledger_tree_check(&leaf[m], m, n, &got, &root) == ST_OK);
        want.n = 0;
        if (old > 0) {
            naive_growth(old, leaf, n, true, &want);
        }
        CHECK(ledger_tree_prove_growth(&source, old, n, &got) == ST_OK && same_path(&got, &want));
        CHECK(ledger_tree_check_growth(old, &old_root, n, &root, &got) == ST_OK);
    }
}

static void exactly_one_answer_is_accepted(void)
{
    make_leaves();
    int bad = 0;
    for (size_t n = 1; n < 40; n++) {
        struct digest root = naive_root(leaf, n);
        for (size_t m = 0; m < n; m++) {
            struct ledger_path p;
            CHECK(ledger_tree_prove(&source, m, n, &p) == ST_OK);
            for (size_t other = 0; other < 45; other++) {
                bad += other != m && ledger_tree_check(&leaf[m], other, n, &p, &root) == ST_OK;
                bad += other < n && other != m &&
                       ledger_tree_check(&leaf[other], m, n, &p, &root) == ST_OK;
            }
            struct ledger_path longer = p, shorter = p;
            longer.hash[longer.n++] = leaf[0];
            bad += ledger_tree_check(&leaf[m], m, n, &longer, &root) == ST_OK;
            if (p.n > 0) {
                shorter.n--;
                bad += ledger_tree_check(&leaf[m], m, n, &shorter, &root) == ST_OK;
            }
        }
        for (size_t old = 0; old <= n; old++) {
            struct digest old_root = naive_root(leaf, old);
            struct ledger_path p;
            CHECK(ledger_tree_prove_growth(&source, old, n, &p) == ST_OK);
            for (size_t other = 0; other < 45; other++) {
                struct digest o = naive_root(leaf, other);
                bad += other != old && ledger_tree_check_growth(old, &o, n, &root, &p) == ST_OK;
                bad += old > 0 && other != n &&
                       ledger_tree_check_growth(old, &old_root, n, &o, &p) == ST_OK;
            }
            p.hash[p.n++] = leaf[0];
            bad += ledger_tree_check_growth(old, &old_root, n, &root, &p) == ST_OK;
        }
    }
    CHECK_INT(bad, 0);
}

static void every_changed_byte_fails(void)
{
    make_leaves();
    int bad = 0;
    struct digest root = naive_root(leaf, 200), old_root = naive_root(leaf, 77);
    struct ledger_path in, grow;
    CHECK(ledger_tree_prove(&source, 123, 200, &in) == ST_OK);
    CHECK(ledger_tree_prove_growth(&source, 77, 200, &grow) == ST_OK);
    for (size_t i = 0; i < in.n * 32; i++) {
        in.hash[i / 32].b[i % 32] ^= (uint8_t)(1 << i % 8);
        bad += ledger_tree_check(&leaf[123], 123, 200, &in, &root) != ST_MISMATCH;
        in.hash[i / 32].b[i % 32] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t i = 0; i < grow.n * 32; i++) {
        grow.hash[i / 32].b[i % 32] ^= (uint8_t)(1 << i % 8);
        bad += ledger_tree_check_growth(77, &old_root, 200, &root, &grow) != ST_MISMATCH;
        grow.hash[i / 32].b[i % 32] ^= (uint8_t)(1 << i % 8);
    }
    CHECK_INT(bad, 0);
    CHECK(ledger_tree_check(&leaf[123], 123, 200, &in, &root) == ST_OK);
    CHECK(ledger_tree_check_growth(77, &old_root, 200, &root, &grow) == ST_OK);
}

/* A size is only a number in somebody's file: the largest must be no trouble. */
static void huge_sizes_are_only_numbers(void)
{
    make_leaves();
    struct ledger_path p = {.n = LEDGER_PROOF_MAX};
    CHECK(ledger_tree_check(&leaf[0], LEDGER_SIZE_MAX - 1, LEDGER_SIZE_MAX, &p, &leaf[1]) ==
          ST_MISMATCH);
    CHECK(ledger_tree_check(&leaf[0], 0, UINT64_MAX, &p, &leaf[1]) == ST_MISMATCH);
    CHECK(ledger_tree_check_growth(LEDGER_SIZE_MAX - 1, &leaf[0], LEDGER_SIZE_MAX, &leaf[1], &p) ==
          ST_MISMATCH);
    CHECK(ledger_tree_check_growth(5, &leaf[0], UINT64_MAX, &leaf[1], &p) == ST_MISMATCH);
    CHECK(ledger_tree_prove(&source, 5, 5, &p) == ST_LIMIT);
    CHECK(ledger_tree_prove_growth(&source, 6, 5, &p) == ST_LIMIT);
    CHECK(ledger_tree_root_of(&source, UINT64_MAX, &leaf[0]) == ST_LIMIT);
}

TEST_MAIN(TEST(known_roots_come_out), TEST(roots_and_proofs_equal_the_naive_ones),
          TEST(exactly_one_answer_is_accepted), TEST(every_changed_byte_fails),
          TEST(huge_sizes_are_only_numbers))
