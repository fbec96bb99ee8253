/* tests/unit/ledger/test_tile.c - names of tiles, bundles of entries. */
#include "ledger/tile.h"

#include "ledger/material.h"
#include "ledger/tree.h"
#include "test.h"

static bool named(unsigned level, uint64_t index, unsigned width, const char *want)
{
    struct ledger_tile t = {level, index, width}, back;
    char name[LEDGER_TILE_NAME_MAX];
    ledger_tile_name(&t, name);
    return strcmp(name, want) == 0 && ledger_tile_parse(material_text(name), &back) == ST_OK &&
           back.level == level && back.index == index && back.width == width;
}

static void names_are_those_of_tlog_tiles(void)
{
    CHECK(named(0, 0, 256, "tile/0/000"));
    CHECK(named(0, 1234067, 256, "tile/0/x001/x234/067"));
    CHECK(named(1, 999, 17, "tile/1/999.p/17"));
    CHECK(named(2, 1000, 1, "tile/2/x001/000.p/1"));
    CHECK(named(63, 67, 255, "tile/63/067.p/255"));
    CHECK(named(LEDGER_TILE_ENTRIES, 1234067, 8, "tile/entries/x001/x234/067.p/8"));
    CHECK(named(0, (UINT64_C(1) << 55) - 1, 256, "tile/0/x036/x028/x797/x018/x963/967"));
}

static void other_spellings_are_refused(void)
{
    static const char *const no[] = {
        "",          "tile/0/0",          "tile/00/000",          "tile/64/000",
        "tile/0",    "tile/0/x000/001",   "tile/0/000.p/0",       "tile/0/000.p/256",
        "/tile/0/0", "tile/0/000.p/007",  "tile/0/1000",          "tile/0/001/002",
        "tile/0/x1", "tile/entries/",     "tile/entriesx/000",    "tile/0/000/",
        "tile//000", "tile/0/000.p/8/..", "tile/0/000.p/8/x",     "tile/-1/000",
        "tile/0/x",  "tile/0/x999",       "tile/0/../checkpoint", "tile/0/x001/x234/067.p/"};
    struct ledger_tile t;
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        CHECK(ledger_tile_parse(material_text(no[i]), &t) == ST_MALFORMED);
    }
    CHECK(ledger_tile_parse(bytes_of("tile/0/000\0", 11), &t) == ST_MALFORMED);
}

/* The example of the specification: a tree of 70,000. */
static void widths_follow_from_the_size(void)
{
    CHECK_INT(ledger_tile_width(0, 272, 70000), 256);
    CHECK_INT(ledger_tile_width(0, 273, 70000), 112);
    CHECK_INT(ledger_tile_width(LEDGER_TILE_ENTRIES, 273, 70000), 112);
    CHECK_INT(ledger_tile_width(0, 274, 70000), 0);
    CHECK_INT(ledger_tile_width(1, 0, 70000), 256);
    CHECK_INT(ledger_tile_width(1, 1, 70000), 17);
    CHECK_INT(ledger_tile_width(2, 0, 70000), 1);
    CHECK_INT(ledger_tile_width(3, 0, 70000), 0);
    CHECK_INT(ledger_tile_width(1, 0, 256), 1);
    CHECK_INT(ledger_tile_width(0, 1, 256), 0);
    CHECK_INT(ledger_tile_width(63, 0, UINT64_MAX), 0);
}

static void a_tile_hashes_like_its_tree(void)
{
    struct digest h[256], want, got;
    for (unsigned i = 0; i < 256; i++) {
        uint8_t e = (uint8_t)i;
        CHECK(ledger_tree_leaf(bytes_of(&e, 1), &h[i]) == ST_OK);
    }
    for (unsigned height = 0; height <= 8; height++) {
        unsigned from = height == 8 ? 0 : 256 - (1U << height);
        CHECK(ledger_tree_root(h + from, (size_t)1 << height, &want) == ST_OK);
        CHECK(ledger_tile_hash(h, from, height, &got) == ST_OK);
        CHECK(memcmp(&got, &want, sizeof(got)) == 0);
    }
}

static void entries_come_back_and_cuts_are_seen(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LEDGER_BUNDLE_MAX);
    static uint8_t big[LEDGER_ENTRY_MAX];
    ledger_bundle_add(&b, (struct bytes){0});
    ledger_bundle_add(&b, material_text("one"));
    ledger_bundle_add(&b, bytes_of(big, sizeof(big)));
    CHECK(b.failed == ST_OK);
    struct cursor c = cursor_of(buf_bytes(&b));
    struct bytes e;
    CHECK(ledger_bundle_next(&c, &e) == ST_OK && e.len == 0);
    CHECK(ledger_bundle_next(&c, &e) == ST_OK && bytes_equal(e, material_text("one")));
    CHECK(ledger_bundle_next(&c, &e) == ST_OK && e.len == sizeof(big));
    CHECK(ledger_bundle_next(&c, &e) == ST_END);
    for (size_t n = 0; n < 7; n++) {
        c = cursor_of(bytes_of(b.data, n));
        enum status st = ST_OK;
        while (st == ST_OK) {
            st = ledger_bundle_next(&c, &e);
        }
        CHECK(st == (n == 0 || n == 2 || n == 7 ? ST_END : ST_SHORT));
    }
}

TEST_MAIN(TEST(names_are_those_of_tlog_tiles), TEST(other_spellings_are_refused),
          TEST(widths_follow_from_the_size), TEST(a_tile_hashes_like_its_tree),
          TEST(entries_come_back_and_cuts_are_seen))
