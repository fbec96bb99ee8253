/* ledger/tile.c - tlog-tiles names, subtree hashes, entry bundles. */
#include "ledger/tile.h"

#include <stdio.h>

#include "base/core/text.h"
#include "ledger/tree.h"

void ledger_tile_name(const struct ledger_tile *t, char out[LEDGER_TILE_NAME_MAX])
{
    size_t n = 0;
    if (t->level == LEDGER_TILE_ENTRIES) {
        n = (size_t)snprintf(out, LEDGER_TILE_NAME_MAX, "tile/entries");
    } else {
        n = (size_t)snprintf(out, LEDGER_TILE_NAME_MAX, "tile/%u", t->level);
    }
    uint64_t unit = 1;
    while (t->index / unit >= 1000) {
        unit *= 1000;
    }
    for (; unit > 0; unit /= 1000) {
        unsigned three = (unsigned)(t->index / unit % 1000);
        n += (size_t)snprintf(out + n, LEDGER_TILE_NAME_MAX - n, unit > 1 ? "/x%03u" : "/%03u",
                              three);
    }
    if (t->width < LEDGER_TILE_WIDTH) {
        (void)snprintf(out + n, LEDGER_TILE_NAME_MAX - n, ".p/%u", t->width);
    }
}

/* Decimal digits up to something else, or as many as `most`. */
static uint64_t number(struct cursor *c, size_t most, size_t *digits)
{
    uint64_t v = 0;
    *digits = 0;
    while (*digits < most && cursor_left(c) > 0) {
        uint8_t d = c->in.data[c->pos];
        if (d < '0' || d > '9') {
            break;
        }
        v = v * 10 + (uint64_t)(d - '0');
        c->pos++;
        ++*digits;
    }
    return v;
}

static bool literal(struct cursor *c, const char *s)
{
    struct bytes want = bytes_of(s, strlen(s));
    struct cursor rest = *c;
    if (!bytes_begin(cursor_rest(&rest), want)) {
        return false;
    }
    c->pos += want.len;
    return true;
}

/* Parsed leniently, then written again: whatever is spelled otherwise is refused. */
enum status ledger_tile_parse(struct bytes name, struct ledger_tile *ret)
{
    struct ledger_tile t = {.width = LEDGER_TILE_WIDTH};
    struct cursor c = cursor_of(name);
    char again[LEDGER_TILE_NAME_MAX];
    size_t digits = 0;
    if (name.len >= LEDGER_TILE_NAME_MAX || !literal(&c, "tile/")) {
        return ST_MALFORMED;
    }
    t.level = literal(&c, "entries") ? LEDGER_TILE_ENTRIES : (unsigned)number(&c, 2, &digits);
    if (t.level != LEDGER_TILE_ENTRIES && (digits == 0 || t.level > 63)) {
        return ST_MALFORMED;
    }
    for (size_t parts = 0; parts < 6 && literal(&c, "/"); parts++) {
        (void)literal(&c, "x");
        t.index = t.index * 1000 + number(&c, 3, &digits);
    }
    if (literal(&c, ".p/")) {
        t.width = (unsigned)number(&c, 3, &digits);
    }
    if (cursor_left(&c) > 0 || t.width < 1 || t.width > LEDGER_TILE_WIDTH) {
        return ST_MALFORMED;
    }
    ledger_tile_name(&t, again);
    if (!bytes_equal(bytes_of(again, strlen(again)), name)) {
        return ST_MALFORMED;
    }
    *ret = t;
    return ST_OK;
}

unsigned ledger_tile_width(unsigned level, uint64_t index, uint64_t size)
{
    unsigned shift = level == LEDGER_TILE_ENTRIES ? 0 : level * LEDGER_TILE_HEIGHT;
    uint64_t hashes = shift < 64 ? size >> shift : 0;
    uint64_t full = hashes / LEDGER_TILE_WIDTH;
    if (index < full) {
        return LEDGER_TILE_WIDTH;
    }
    return index == full ? (unsigned)(hashes % LEDGER_TILE_WIDTH) : 0;
}

enum status ledger_tile_hash(const struct digest *hashes, unsigned from, unsigned height,
                             struct digest *ret)
{
    if (height == 0) {
        *ret = hashes[from];
        return ST_OK;
    }
    struct digest l, r;
    TRY(ledger_tile_hash(hashes, from, height - 1, &l));
    TRY(ledger_tile_hash(hashes, from + (1U << (height - 1)), height - 1, &r));
    return ledger_tree_node(&l, &r, ret);
}

void ledger_bundle_add(struct buf *bundle, struct bytes entry)
{
    buf_be16(bundle, (uint16_t)entry.len);
    buf_append(bundle, entry.data, entry.len);
}

enum status ledger_bundle_next(struct cursor *c, struct bytes *ret)
{
    if (cursor_left(c) == 0 && !c->failed) {
        return ST_END;
    }
    struct bytes entry = cursor_take(c, cursor_be16(c));
    if (c->failed) {
        return ST_SHORT;
    }
    *ret = entry;
    return ST_OK;
}
