/* ledger/reader.h - hashes and entries of a ledger out of its files.
 *
 * Nothing that it reads is trusted: whoever uses the hashes compares the root
 * with that of a checkpoint.
 */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "ledger/files.h"
#include "ledger/tile.h"
#include "ledger/tree.h"

struct ledger_reader {
    const struct ledger_files *files;
    const char *prefix;         /* of every path: "log/", or "" */
    uint64_t size;              /* of the tree that is read */
    struct fault why;           /* of the last failure */
    char path[LEDGER_PATH_MAX]; /* of the last file that was read, or looked for */
    /* The last tile of each level. */
    struct {
        uint64_t index;
        unsigned width; /* 0: none */
        struct digest hash[LEDGER_TILE_WIDTH];
    } tile[LEDGER_TILE_LEVELS];
};

/* On ST_OK, *ret is the caller's, to free. */
MUST_USE enum status ledger_reader_new(const struct ledger_files *files, const char *prefix,
                                       uint64_t size, struct ledger_reader **ret);
/* For ledger_tree_prove and its like; lives as long as r. */
struct ledger_hashes ledger_reader_hashes(struct ledger_reader *r);

/* One tile, as wide as the tree makes it. ST_MALFORMED: not there or not so wide. */
MUST_USE enum status ledger_reader_tile(struct ledger_reader *r, unsigned level, uint64_t index,
                                        const struct digest **ret);
/* The entries of one level 0 tile, appended. */
MUST_USE enum status ledger_reader_bundle(struct ledger_reader *r, uint64_t index, struct buf *ret);
/* One entry, appended. ST_LIMIT: past the end. */
MUST_USE enum status ledger_reader_entry(struct ledger_reader *r, uint64_t index, struct buf *ret);

/* Read everything: does every entry hash to its leaf, every tile to its parent,
 * and all to this root? ST_MISMATCH (r->why says which tile) if not. */
MUST_USE enum status ledger_reader_audit(struct ledger_reader *r, const struct digest *root);
