/* tests/unit/evidence/test_narrow.c - less can be shown without the sealer's help. */
#include "evidence/narrow.h"

#include "evidence/sealing.h"

/* What row i is opened with: the same for cutting and for narrowing. */
struct choice {
    uint64_t seed;
    bool all;
};

static uint8_t chosen(const struct choice *c, uint32_t row)
{
    uint64_t seed = c->seed + row * UINT64_C(0x9e3779b97f4a7c15);
    (void)some(&seed);
    return c->all ? 0xff : (uint8_t)some(&seed);
}

static uint8_t cut_what(void *ctx, uint32_t row, const struct evidence_kept *kept)
{
    (void)kept;
    return chosen(ctx, row);
}

static uint8_t everything(void *ctx, uint32_t row, const struct evidence_kept *kept)
{
    (void)ctx;
    (void)row;
    (void)kept;
    return OPEN_LINK | OPEN_HIDDEN | OPEN_DATA | OPEN_LOCAL;
}

/* As cutting has it: what needs another is opened with it. */
static uint8_t narrow_what(void *ctx, const struct evidence_shown *shown,
                           const struct evidence_row *row)
{
    (void)shown;
    uint8_t w = chosen(ctx, row->number);
    w |= (w & OPEN_LOCAL) != 0 ? OPEN_LINK : 0;
    w |= (w & OPEN_DATA) != 0 ? OPEN_HIDDEN : 0;
    return w;
}

static bool two_of_three(void *ctx, const struct evidence_shown *shown,
                         const struct evidence_row *row)
{
    (void)ctx;
    (void)shown;
    return row->number % 3 != 2;
}

struct given {
    struct evidence_engine e;
    struct sealed s;
    const struct evidence_segment *g;
    const struct evidence_leaf *leaf;
    struct addr remote;
    struct buf all; /* everything open */
    struct evidence_shown shown;
};

static void given(struct given *x, uint64_t seed, bool kr)
{
    *x = (struct given){.e = an_engine(), .all = BUF_INIT(1 << 22)};
    uint64_t state = seed;
    sealed_make(&x->s, seed, 1 + some(&state) % 120, 1 + some(&state) % 4);
    x->g = x->s.s[0];
    x->leaf = &x->g->remotes.leaves[some(&state) % x->g->remotes.leaf_count];
    x->remote = addr_from_v6(x->leaf->key);
    struct evidence_run run = {0, x->leaf->n};
    struct evidence_wish w = {&run, 1, kr, everything, NULL};
    CHECK(evidence_opening_cut(&x->e, x->g, &x->remote, &w, &x->all) == ST_OK);
    CHECK(evidence_opening_check(&x->e, &x->g->header, x->leaf, buf_bytes(&x->all), &x->shown,
                                 NULL) == ST_OK);
}

static void given_fini(struct given *x)
{
    evidence_shown_fini(&x->shown);
    buf_fini(&x->all);
    sealed_fini(&x->s);
}

static void nothing_less_gives_the_same_bytes(void)
{
    for (uint64_t round = 0; round < 60; round++) {
        struct given x;
        struct buf out = BUF_INIT(1 << 22);
        struct choice all = {.all = true};
        given(&x, round, round % 2 == 0);
        struct evidence_narrow n = {.what = narrow_what, .kr = true, .ctx = &all};
        CHECK(evidence_narrow(&x.e, buf_bytes(&x.all), &x.shown, &n, &out) == ST_OK);
        CHECK(bytes_equal(buf_bytes(&x.all), buf_bytes(&out)));
        buf_fini(&out);
        given_fini(&x);
    }
}

/* Nobody can tell whether less was cut, or less was left. */
static void what_is_left_is_what_would_have_been_cut(void)
{
    for (uint64_t round = 0; round < 300; round++) {
        struct given x;
        struct buf left = BUF_INIT(1 << 22), cut = BUF_INIT(1 << 22);
        struct choice c = {.seed = round};
        given(&x, round, round % 3 == 0);
        struct evidence_narrow n = {.what = narrow_what, .ctx = &c};
        CHECK(evidence_narrow(&x.e, buf_bytes(&x.all), &x.shown, &n, &left) == ST_OK);
        struct evidence_run run = {0, x.leaf->n};
        struct evidence_wish w = {&run, 1, false, cut_what, &c};
        CHECK(evidence_opening_cut(&x.e, x.g, &x.remote, &w, &cut) == ST_OK);
        CHECK(bytes_equal(buf_bytes(&left), buf_bytes(&cut)));
        buf_fini(&left);
        buf_fini(&cut);
        given_fini(&x);
    }
}

static void rows_can_be_left_out_once(void)
{
    for (uint64_t round = 0; round < 100; round++) {
        struct given x;
        struct buf left = BUF_INIT(1 << 22), again = BUF_INIT(1 << 22);
        struct evidence_shown shown;
        struct choice c = {.seed = round};
        given(&x, round, false);
        struct evidence_narrow n = {.what = narrow_what, .keep = two_of_three, .ctx = &c};
        CHECK(evidence_narrow(&x.e, buf_bytes(&x.all), &x.shown, &n, &left) == ST_OK);
        CHECK(evidence_opening_check(&x.e, &x.g->header, x.leaf, buf_bytes(&left), &shown, NULL) ==
              ST_OK);
        CHECK_INT(shown.row_count, x.leaf->n - x.leaf->n / 3);
        /* Columns can be closed still; rows cannot. */
        struct choice closed = {.seed = round + 1};
        struct evidence_narrow m = {.what = narrow_what, .ctx = &closed};
        CHECK(evidence_narrow(&x.e, buf_bytes(&left), &shown, &m, &again) == ST_OK);
        struct evidence_shown last;
        CHECK(evidence_opening_check(&x.e, &x.g->header, x.leaf, buf_bytes(&again), &last, NULL) ==
              ST_OK);
        evidence_shown_fini(&last);
        evidence_shown_fini(&shown);
        buf_fini(&left);
        buf_fini(&again);
        given_fini(&x);
    }
}

static bool only_the_first(void *ctx, const struct evidence_shown *shown,
                           const struct evidence_row *row)
{
    (void)ctx;
    (void)shown;
    return row->number == 0;
}

static bool none(void *ctx, const struct evidence_shown *shown, const struct evidence_row *row)
{
    (void)ctx;
    (void)shown;
    (void)row;
    return false;
}

static void what_cannot_be_proven_is_refused(void)
{
    struct given x;
    struct buf left = BUF_INIT(1 << 22), again = BUF_INIT(1 << 22);
    struct evidence_shown shown;
    struct choice c = {.all = true};
    uint64_t round = 1;
    given(&x, round, false);
    while (x.leaf->n < 4) {
        given_fini(&x);
        given(&x, ++round, false);
    }
    struct evidence_narrow n = {.what = narrow_what, .keep = none, .ctx = &c};
    CHECK(evidence_narrow(&x.e, buf_bytes(&x.all), &x.shown, &n, &left) == ST_END);
    n.keep = two_of_three;
    buf_clear(&left);
    CHECK(evidence_narrow(&x.e, buf_bytes(&x.all), &x.shown, &n, &left) == ST_OK);
    CHECK(evidence_opening_check(&x.e, &x.g->header, x.leaf, buf_bytes(&left), &shown, NULL) ==
          ST_OK);
    n.keep = only_the_first;
    CHECK(evidence_narrow(&x.e, buf_bytes(&left), &shown, &n, &again) == ST_DENIED);
    evidence_shown_fini(&shown);
    buf_fini(&left);
    buf_fini(&again);
    given_fini(&x);
}

TEST_MAIN(TEST(nothing_less_gives_the_same_bytes), TEST(what_is_left_is_what_would_have_been_cut),
          TEST(rows_can_be_left_out_once), TEST(what_cannot_be_proven_is_refused))
