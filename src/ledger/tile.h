/* ledger/tile.h - names and shapes of the files of a ledger (C2SP tlog-tiles).
 *
 * A tile holds up to 256 hashes of one level; a bundle holds the entries of a
 * level 0 tile. Both are named by level, index and, while not full, width.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/hash.h"
#include "base/core/status.h"

enum {
    LEDGER_TILE_HEIGHT = 8,
    LEDGER_TILE_WIDTH = 256,
    LEDGER_TILE_BYTES = LEDGER_TILE_WIDTH * DIGEST_BYTES,
    LEDGER_TILE_LEVELS = 8,   /* 8 * 8 bits: sizes are below 2^63 */
    LEDGER_TILE_ENTRIES = 64, /* in place of a level: the bundle of entries */
    LEDGER_TILE_NAME_MAX = 64,
    LEDGER_ENTRY_MAX = 65535, /* its length is 16 bits */
    LEDGER_BUNDLE_MAX = LEDGER_TILE_WIDTH * (2 + LEDGER_ENTRY_MAX),
};

struct ledger_tile {
    unsigned level; /* 0..63, or LEDGER_TILE_ENTRIES */
    uint64_t index;
    unsigned width; /* 1..256 */
};

/* "tile/0/x001/x234/067.p/8", "tile/entries/000". */
void ledger_tile_name(const struct ledger_tile *t, char out[LEDGER_TILE_NAME_MAX]);
/* Only the one name of a tile is taken. */
MUST_USE enum status ledger_tile_parse(struct bytes name, struct ledger_tile *ret);

/* How wide the tile is in a tree of this size; 0: it has none. */
unsigned ledger_tile_width(unsigned level, uint64_t index, uint64_t size);

/* The hash of the 2^height leaves of a tile that begin at leaf `from`. */
MUST_USE enum status ledger_tile_hash(const struct digest *hashes, unsigned from, unsigned height,
                                      struct digest *ret);

/* Entries of a bundle. ST_END after the last; ST_SHORT when it ends inside one. */
void ledger_bundle_add(struct buf *bundle, struct bytes entry);
MUST_USE enum status ledger_bundle_next(struct cursor *c, struct bytes *ret);
