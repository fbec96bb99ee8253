/* tests/unit/evidence/test_cut.c - from sealed segments to exhibits, and back. */
#include "evidence/cutting.h"

static const struct evidence_claim *the_claim(const struct opened_exhibit *x)
{
    CHECK_INT(x->contents.claims.n, 1);
    return &x->contents.claims.items[0];
}

/* Does every claim follow again from what the exhibit shows? */
static void claims_follow(const struct opened_exhibit *x)
{
    for (size_t i = 0; i < x->contents.claims.n; i++) {
        const struct evidence_claim *claim = &x->contents.claims.items[i];
        struct evidence_recount r;
        CHECK(evidence_recount(&x->contents, claim, NULL, 99, &r) == ST_OK);
        const struct finding *f = evidence_recount_find(&r, &claim->finding, 0);
        CHECK(claim->said || f != NULL);
        if (f != NULL) {
            const char *differs = evidence_claim_differs(&claim->finding, f);
            CHECK_STR(differs == NULL ? "" : differs, "");
        }
        evidence_recount_fini(&r);
    }
}

static void a_scan_is_claimed_and_follows_again(void)
{
    struct cutting c;
    struct opened_exhibit x;
    struct evidence_cut_wish w = {.seed = 3};
    cutting_begin(&c, SCAN_PLAIN);
    cut_one(&c, &w, &x);
    const struct evidence_claim *claim = the_claim(&x);
    struct addr scanner = remote4(1);
    CHECK_STR(claim->finding.kind, "scan.horizontal");
    CHECK_INT(claim->finding.targets, 150);
    CHECK_INT(claim->finding.packets, 150);
    CHECK(addr_equal(&claim->finding.initiator, &scanner));
    CHECK((claim->finding.flags & FINDING_INSIDE) == 0);
    CHECK(!claim->said);
    CHECK_INT(x.told.rows, 150);
    CHECK_INT(x.told.hidden, 0);
    CHECK_INT(x.told.locals, 0);
    claims_follow(&x);
    opened_fini(&x);
    cutting_end(&c);
}

static void the_same_wish_gives_the_same_bytes(void)
{
    struct cutting c;
    struct opened_exhibit x, y;
    struct evidence_cut_wish w = {.seed = 3}, v = {.seed = 4};
    cutting_begin(&c, SCAN_ZMAP);
    cut_one(&c, &w, &x);
    cut_one(&c, &v, &y);
    CHECK(bytes_equal(buf_bytes(&x.file), buf_bytes(&y.file)));
    opened_fini(&x);
    opened_fini(&y);
    cutting_end(&c);
}

/* Counts are exact only where nothing more can have been. */
static void without_margins_counts_are_at_least(void)
{
    static const struct {
        int64_t before_s, after_s;
        enum evidence_kind kind;
        bool declared, exact;
    } rows[] = {
        {3700, 3700, KIND_LIVE, true, true},   {3500, 3700, KIND_LIVE, true, false},
        {3700, 3500, KIND_LIVE, true, false},  {3700, 3700, KIND_FILE, true, false},
        {3700, 3700, KIND_LIVE, false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cutting c;
        struct opened_exhibit x;
        struct evidence_cut_wish w = {.seed = 3};
        cutting_begin(&c, SCAN_PLAIN);
        c.before_s = rows[i].before_s;
        c.after_s = rows[i].after_s;
        c.kind = rows[i].kind;
        c.declared = rows[i].declared;
        sealed_fini(&c.sealed);
        cutting_seal(&c);
        c.source.n = c.sealed.n;
        cut_one(&c, &w, &x);
        bool exact = (the_claim(&x)->finding.flags & FINDING_AT_LEAST) == 0;
        CHECK(exact == rows[i].exact);
        opened_fini(&x);
        cutting_end(&c);
    }
}

/* Every 4 bytes of the file, in both orders, against every target. */
static size_t addresses_in(const struct buf *file, uint32_t targets)
{
    size_t found = 0;
    for (size_t i = 0; i + 4 <= file->len; i++) {
        uint32_t v = load_be32(file->data + i), t = __builtin_bswap32(v);
        for (uint32_t n = 0; n < targets; n++) {
            struct addr a = local4(n + 1);
            found += v == addr_v4(&a) || t == addr_v4(&a);
        }
    }
    return found;
}

/* What a reader can compute from the clear and opened fields of a row. */
static size_t formulas_that_hold(const struct opened_exhibit *x)
{
    size_t n = 0;
    for (size_t k = 0; k < x->contents.part_n; k++) {
        for (size_t i = 0; i < x->contents.parts[k].shown_n; i++) {
            const struct evidence_shown *s = &x->contents.parts[k].shown[i];
            for (uint32_t r = 0; r < s->row_count; r++) {
                n += (s->rows[r].opened & (OPEN_HIDDEN | OPEN_DATA)) != 0;
            }
        }
    }
    return n;
}

static void no_hidden_target_can_be_computed(void)
{
    static const enum scan_shape shapes[] = {SCAN_PLAIN, SCAN_MIRAI, SCAN_MASSCAN, SCAN_UNICORN,
                                             SCAN_TURNED};
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        struct cutting c;
        struct opened_exhibit x;
        struct evidence_cut_wish w = {.seed = 3};
        cutting_begin(&c, shapes[i]);
        cut_one(&c, &w, &x);
        CHECK_INT(addresses_in(&x.file, c.targets), 0);
        CHECK_INT(formulas_that_hold(&x), 0);
        CHECK_INT(the_claim(&x)->finding.tool_n, 0);
        claims_follow(&x);
        opened_fini(&x);
        cutting_end(&c);
    }
}

static void marks_that_hold_the_target_are_the_cutters_word(void)
{
    static const struct {
        enum scan_shape shape;
        uint8_t mark;
    } rows[] = {
        {SCAN_MIRAI, TOOL_MIRAI}, {SCAN_MASSCAN, TOOL_MASSCAN}, {SCAN_UNICORN, TOOL_UNICORNSCAN}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cutting c;
        struct opened_exhibit x;
        struct evidence_cut_wish w = {.seed = 3};
        cutting_begin(&c, rows[i].shape);
        cut_one(&c, &w, &x);
        const struct evidence_claim *claim = the_claim(&x);
        CHECK_INT(claim->said_tool_n, 1);
        CHECK_INT(claim->said_tools[0].mark, rows[i].mark);
        CHECK(claim->said_tools[0].matched >= 148);
        opened_fini(&x);
        /* Whoever opens the addresses can show them. */
        struct evidence_cut_wish all = {.seed = 3, .kr = true};
        cut_one(&c, &all, &x);
        claim = the_claim(&x);
        CHECK_INT(x.told.locals > 0, 1);
        CHECK_INT(claim->said_tool_n, 1); /* hidden fields are still closed */
        opened_fini(&x);
        all.marks = true;
        cut_one(&c, &all, &x);
        claim = the_claim(&x);
        CHECK_INT(claim->finding.tool_n, 1);
        CHECK_INT(claim->said_tool_n, 0);
        claims_follow(&x);
        opened_fini(&x);
        cutting_end(&c);
    }
}

static void other_marks_are_opened_and_follow(void)
{
    struct cutting c;
    struct opened_exhibit x;
    struct evidence_cut_wish w = {.seed = 3};
    cutting_begin(&c, SCAN_ZMAP);
    cut_one(&c, &w, &x);
    const struct evidence_claim *claim = the_claim(&x);
    CHECK_INT(claim->finding.tool_n, 1);
    CHECK_INT(claim->finding.tools[0].mark, TOOL_ZMAP);
    CHECK_INT(x.told.hidden + x.told.kept_back, 150);
    CHECK_INT(addresses_in(&x.file, c.targets), 0);
    claims_follow(&x);
    opened_fini(&x);
    cutting_end(&c);
}

static void who_was_not_there_cannot_be_accused(void)
{
    struct cutting c;
    struct opened_exhibit x;
    struct addr nobody = addr_from_v4(0x0c000001);
    struct evidence_cut_wish w = {.remotes = &nobody, .remote_n = 1};
    struct fault why = {0};
    cutting_begin(&c, SCAN_PLAIN);
    CHECK(try_cut(&c, &w, &x, &why) == ST_END);
    CHECK_STR(why.field, "no finding follows from these records");
    buf_fini(&x.file);
    cutting_end(&c);
}

static void segments_under_other_definitions_are_refused(void)
{
    struct cutting c;
    struct opened_exhibit x;
    struct addr scanner = remote4(1);
    struct evidence_cut_wish w = {.remotes = &scanner, .remote_n = 1};
    struct fault why = {0};
    cutting_begin(&c, SCAN_PLAIN);
    CHECK(definition_set_builtin("zeek-6.0", &c.definitions) == ST_OK);
    CHECK(try_cut(&c, &w, &x, &why) == ST_MISMATCH);
    CHECK_STR(why.field, "sealed under other definitions");
    buf_fini(&x.file);
    cutting_end(&c);
}

TEST_MAIN(TEST(a_scan_is_claimed_and_follows_again), TEST(the_same_wish_gives_the_same_bytes),
          TEST(without_margins_counts_are_at_least), TEST(no_hidden_target_can_be_computed),
          TEST(marks_that_hold_the_target_are_the_cutters_word),
          TEST(other_marks_are_opened_and_follow), TEST(who_was_not_there_cannot_be_accused),
          TEST(segments_under_other_definitions_are_refused))
