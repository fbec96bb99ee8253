/* tests/unit/evidence/test_disclose.c - an exhibit that shows less, or more. */
#include "evidence/exhibit/disclose.h"

#include "evidence/cutting.h"

struct case_ {
    struct cutting c;
    struct opened_exhibit was, is;
    struct evidence_disclose_told told;
    struct evidence_contents_fault why;
};

static void case_begin(struct case_ *x, enum scan_shape shape, struct evidence_cut_wish *w)
{
    *x = (struct case_){.is.file = BUF_INIT(64 << 20)};
    cutting_begin(&x->c, shape);
    cut_one(&x->c, w, &x->was);
}

static enum status disclose(struct case_ *x, const struct evidence_disclose_wish *w)
{
    struct evidence_engine e = an_engine();
    x->why = (struct evidence_contents_fault){.member = ""};
    enum status st = evidence_disclose(&e, &x->was.x, w, &x->is.file, &x->told, &x->why);
    if (st == ST_OK) {
        open_file(&x->is);
    }
    return st;
}

static void case_end(struct case_ *x)
{
    opened_fini(&x->was);
    opened_fini(&x->is);
    cutting_end(&x->c);
}

static const struct evidence_claim *claim_of(const struct opened_exhibit *x)
{
    CHECK_INT(x->contents.claims.n, 1);
    return &x->contents.claims.items[0];
}

static void hiding_nothing_gives_the_same_bytes(void)
{
    static const enum scan_shape shapes[] = {SCAN_PLAIN, SCAN_ZMAP, SCAN_MIRAI};
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        struct case_ x;
        struct evidence_cut_wish w = {.seed = 3, .kr = i == 2};
        struct evidence_disclose_wish d = {.seed = 5};
        case_begin(&x, shapes[i], &w);
        CHECK(disclose(&x, &d) == ST_OK);
        CHECK(bytes_equal(buf_bytes(&x.was.file), buf_bytes(&x.is.file)));
        case_end(&x);
    }
}

static void without_links_the_targets_are_still_counted(void)
{
    struct case_ x;
    struct evidence_cut_wish w = {.seed = 3};
    struct evidence_disclose_wish d = {.hide.links = true};
    struct evidence_recount r;
    case_begin(&x, SCAN_PLAIN, &w);
    CHECK(disclose(&x, &d) == ST_OK);
    const struct evidence_claim *claim = claim_of(&x.is);
    CHECK_INT(claim->finding.targets, 150);
    CHECK(!claim->said);
    CHECK(evidence_recount(&x.is.contents, claim, NULL, 1, &r) == ST_OK);
    CHECK(!r.linked);
    evidence_recount_fini(&r);
    case_end(&x);
}

static void a_mark_that_is_hidden_is_the_cutters_word(void)
{
    struct case_ x;
    struct evidence_cut_wish w = {.seed = 3};
    struct evidence_disclose_wish d = {.hide.hidden = true};
    case_begin(&x, SCAN_ZMAP, &w);
    CHECK_INT(claim_of(&x.was)->finding.tool_n, 1);
    CHECK(disclose(&x, &d) == ST_OK);
    CHECK_INT(claim_of(&x.is)->finding.tool_n, 0);
    CHECK_INT(claim_of(&x.is)->said_tool_n, 1);
    CHECK_INT(x.told.shown.hidden, 0);
    CHECK(!claim_of(&x.is)->said);
    case_end(&x);
}

static size_t known_locals(const struct opened_exhibit *x)
{
    size_t n = 0;
    for (size_t k = 0; k < x->contents.part_n; k++) {
        for (size_t i = 0; i < x->contents.parts[k].shown_n; i++) {
            const struct evidence_shown *s = &x->contents.parts[k].shown[i];
            for (uint32_t t = 0; t < s->token_count; t++) {
                n += s->tokens[t].known;
            }
            n += (s->wide & WIDE_KR) != 0 ? 1000000 : 0;
        }
    }
    return n;
}

static void targets_can_be_closed_again(void)
{
    struct case_ x;
    struct addr one = local4(7);
    struct evidence_cut_wish w = {.seed = 3, .kr = true};
    struct evidence_disclose_wish d = {.hide.targets = true};
    case_begin(&x, SCAN_PLAIN, &w);
    CHECK(known_locals(&x.was) > 1000000);
    CHECK(disclose(&x, &d) == ST_OK);
    CHECK_INT(known_locals(&x.is), 0);
    CHECK_INT(claim_of(&x.is)->finding.targets, 150);
    opened_fini(&x.is);
    x.is.file = BUF_INIT(64 << 20);
    /* One of them: kr, from which it would follow, goes too. */
    struct evidence_disclose_wish but_one = {.hide = {.locals = &one, .local_n = 1}};
    CHECK(disclose(&x, &but_one) == ST_OK);
    CHECK_INT(known_locals(&x.is), 149);
    case_end(&x);
}

static void claims_without_records_are_gone(void)
{
    struct case_ x;
    struct addr scanner = remote4(1);
    uint32_t first = 1;
    struct evidence_cut_wish w = {.seed = 3};
    struct evidence_disclose_wish remote = {.hide = {.remotes = &scanner, .remote_n = 1}};
    struct evidence_disclose_wish number = {.hide = {.claims = &first, .claim_n = 1}};
    struct evidence_disclose_wish rows = {
        .hide = {.rows = true, .from_ns = START_NS + 5 * SECOND_NS, .to_ns = INT64_MAX}};
    case_begin(&x, SCAN_PLAIN, &w);
    CHECK(disclose(&x, &remote) == ST_END);
    CHECK_STR(x.why.at.field, "no claim is left");
    CHECK(disclose(&x, &number) == ST_END);
    /* It began with a record that is not shown. */
    CHECK(disclose(&x, &rows) == ST_END);
    CHECK_STR(x.why.at.field, "no claim is left");
    case_end(&x);
}

static void rows_are_left_out_only_once(void)
{
    struct case_ x;
    struct evidence_cut_wish w = {.seed = 3};
    struct evidence_disclose_wish rows = {
        .hide = {.rows = true, .from_ns = INT64_MIN, .to_ns = START_NS + 13 * SECOND_NS}};
    case_begin(&x, SCAN_PLAIN, &w);
    CHECK(disclose(&x, &rows) == ST_OK);
    CHECK(!claim_of(&x.is)->said);
    CHECK_INT(claim_of(&x.is)->finding.packets, 131);
    opened_fini(&x.was);
    evidence_contents_fini(&x.is.contents); /* it points at where its exhibit was */
    evidence_exhibit_fini(&x.is.x);
    x.was = x.is;
    open_file(&x.was);
    x.is = (struct opened_exhibit){.file = BUF_INIT(64 << 20)};
    rows.hide.to_ns -= SECOND_NS;
    CHECK(disclose(&x, &rows) == ST_DENIED);
    CHECK_STR(x.why.at.field, "records were left out of it already");
    case_end(&x);
}

static enum status find_segment(void *ctx, const struct evidence_header *h,
                                struct evidence_segment **ret, struct fault *why)
{
    struct cutting *c = ctx;
    for (size_t i = 0; i < c->source.n; i++) {
        TRY(cutting_segment(c, i, ret, why));
        if ((*ret)->header.seq == h->seq) {
            return ST_OK;
        }
        evidence_segment_free(*ret);
        *ret = NULL;
    }
    return fault_at(why, ST_END, 0, "no such segment");
}

static void more_is_opened_from_the_segments(void)
{
    struct case_ x;
    struct addr one = local4(7);
    struct evidence_cut_wish w = {.seed = 3};
    case_begin(&x, SCAN_MIRAI, &w);
    struct evidence_disclose_wish d = {
        .open = {.locals = &one, .local_n = 1, .ctx = &x.c, .segment = find_segment}};
    CHECK(disclose(&x, &d) == ST_OK);
    CHECK_INT(known_locals(&x.is), 1);
    CHECK_INT(x.told.shown.hidden, 0);
    opened_fini(&x.is);
    x.is.file = BUF_INIT(64 << 20);
    /* Data of packets that tell their target stays closed. */
    struct evidence_disclose_wish data = {
        .open = {.data = true, .ctx = &x.c, .segment = find_segment}};
    CHECK(disclose(&x, &data) == ST_OK);
    CHECK_INT(x.told.shown.hidden, 0);
    opened_fini(&x.is);
    x.is.file = BUF_INIT(64 << 20);
    /* With its targets, the mark follows. */
    struct evidence_disclose_wish all = {
        .open = {.targets = true, .marks = true, .ctx = &x.c, .segment = find_segment}};
    CHECK(disclose(&x, &all) == ST_OK);
    CHECK_INT(claim_of(&x.is)->said_tool_n, 0);
    CHECK_INT(claim_of(&x.is)->finding.tools[0].mark, TOOL_MIRAI);
    case_end(&x);
}

static void segments_of_another_home_open_nothing(void)
{
    struct case_ x;
    struct cutting other;
    struct addr one = local4(7);
    struct evidence_cut_wish w = {.seed = 3};
    case_begin(&x, SCAN_PLAIN, &w);
    cutting_begin(&other, SCAN_MIRAI); /* the same numbers, other records */
    struct evidence_disclose_wish d = {
        .open = {.locals = &one, .local_n = 1, .ctx = &other, .segment = find_segment}};
    CHECK(disclose(&x, &d) == ST_MISMATCH);
    CHECK_STR(x.why.at.field, "the home has another segment here");
    cutting_end(&other);
    case_end(&x);
}

TEST_MAIN(TEST(hiding_nothing_gives_the_same_bytes),
          TEST(without_links_the_targets_are_still_counted),
          TEST(a_mark_that_is_hidden_is_the_cutters_word), TEST(targets_can_be_closed_again),
          TEST(claims_without_records_are_gone), TEST(rows_are_left_out_only_once),
          TEST(more_is_opened_from_the_segments), TEST(segments_of_another_home_open_nothing))
