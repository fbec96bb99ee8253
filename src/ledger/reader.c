/* ledger/reader.c - tiles and bundles read back. */
#include "ledger/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum status ledger_reader_new(const struct ledger_files *files, const char *prefix, uint64_t size,
                              struct ledger_reader **ret)
{
    struct ledger_reader *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return ST_NOMEM;
    }
    r->files = files;
    r->prefix = prefix;
    r->size = size;
    *ret = r;
    return ST_OK;
}

/* tlog-tiles: a partial tile may be gone once there is the full one. */
static enum status read_file(struct ledger_reader *r, const struct ledger_tile *want,
                             struct buf *out)
{
    struct ledger_tile t = *want;
    for (;;) {
        char name[LEDGER_TILE_NAME_MAX];
        ledger_tile_name(&t, name);
        (void)snprintf(r->path, sizeof(r->path), "%s%s", r->prefix, name);
        enum status st = ledger_files_read(r->files, r->path, out, &r->why);
        if (st != ST_END) {
            return st;
        }
        if (t.width == LEDGER_TILE_WIDTH) {
            ledger_tile_name(want, name);
            (void)snprintf(r->path, sizeof(r->path), "%s%s", r->prefix, name);
            return fault_number(&r->why, ST_MALFORMED, "tile", t.index, "it is missing");
        }
        t.width = LEDGER_TILE_WIDTH;
    }
}

enum status ledger_reader_tile(struct ledger_reader *r, unsigned level, uint64_t index,
                               const struct digest **ret)
{
    struct ledger_tile t = {level, index, ledger_tile_width(level, index, r->size)};
    if (level >= LEDGER_TILE_LEVELS || t.width == 0) {
        return fault_number(&r->why, ST_LIMIT, "tile", index, "past the end");
    }
    if (r->tile[level].width != t.width || r->tile[level].index != index) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(LEDGER_TILE_BYTES);
        TRY(read_file(r, &t, &b));
        if (b.len < (size_t)t.width * DIGEST_BYTES || b.len % DIGEST_BYTES != 0) {
            return fault_number(&r->why, ST_MALFORMED, "tile", index, "its length");
        }
        memcpy(r->tile[level].hash, b.data, (size_t)t.width * DIGEST_BYTES);
        r->tile[level].index = index;
        r->tile[level].width = t.width;
    }
    *ret = r->tile[level].hash;
    return ST_OK;
}

static enum status get(void *ctx, unsigned level, uint64_t index, struct digest *ret)
{
    unsigned tile = level / LEDGER_TILE_HEIGHT, height = level % LEDGER_TILE_HEIGHT;
    uint64_t first = index << height;
    const struct digest *hash = NULL;
    TRY(ledger_reader_tile(ctx, tile, first / LEDGER_TILE_WIDTH, &hash));
    return ledger_tile_hash(hash, (unsigned)(first % LEDGER_TILE_WIDTH), height, ret);
}

struct ledger_hashes ledger_reader_hashes(struct ledger_reader *r)
{
    return (struct ledger_hashes){r, get};
}

/* A full bundle in place of a partial one has more entries: they are left out. */
enum status ledger_reader_bundle(struct ledger_reader *r, uint64_t index, struct buf *ret)
{
    struct ledger_tile t = {LEDGER_TILE_ENTRIES, index,
                            ledger_tile_width(LEDGER_TILE_ENTRIES, index, r->size)};
    size_t from = ret->len;
    if (t.width == 0) {
        return fault_number(&r->why, ST_LIMIT, "bundle", index, "past the end");
    }
    TRY(read_file(r, &t, ret));
    struct cursor c = cursor_of(buf_bytes(ret));
    cursor_skip(&c, from);
    for (unsigned i = 0; i < t.width; i++) {
        struct bytes entry;
        if (ledger_bundle_next(&c, &entry) != ST_OK) {
            return fault_number(&r->why, ST_MALFORMED, "bundle", index, "it ends early");
        }
    }
    ret->len = c.pos;
    return ST_OK;
}

enum status ledger_reader_entry(struct ledger_reader *r, uint64_t index, struct buf *ret)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LEDGER_BUNDLE_MAX);
    struct bytes entry = {0};
    if (index >= r->size) {
        return fault_number(&r->why, ST_LIMIT, "entry", index, "past the end");
    }
    TRY(ledger_reader_bundle(r, index / LEDGER_TILE_WIDTH, &b));
    struct cursor c = cursor_of(buf_bytes(&b));
    for (uint64_t i = 0; i <= index % LEDGER_TILE_WIDTH; i++) {
        TRY(ledger_bundle_next(&c, &entry));
    }
    buf_append(ret, entry.data, entry.len);
    return ret->failed;
}

static bool same(const struct digest *a, const struct digest *b)
{
    return memcmp(a->b, b->b, DIGEST_BYTES) == 0;
}

static enum status audit_bundle(struct ledger_reader *r, uint64_t index)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LEDGER_BUNDLE_MAX);
    const struct digest *hash = NULL;
    TRY(ledger_reader_tile(r, 0, index, &hash));
    TRY(ledger_reader_bundle(r, index, &b));
    struct cursor c = cursor_of(buf_bytes(&b));
    for (unsigned i = 0; i < r->tile[0].width; i++) {
        struct bytes entry;
        struct digest leaf;
        TRY(ledger_bundle_next(&c, &entry));
        TRY(ledger_tree_leaf(entry, &leaf));
        if (!same(&leaf, &hash[i])) {
            return fault_number(&r->why, ST_MISMATCH, "entry", index * LEDGER_TILE_WIDTH + i,
                                "it is not under its hash");
        }
    }
    return ST_OK;
}

/* A full tile hashes to its place in the tile above. */
static enum status audit_tile(struct ledger_reader *r, unsigned level, uint64_t index)
{
    const struct digest *hash = NULL, *above = NULL;
    struct digest h;
    TRY(ledger_reader_tile(r, level, index, &hash));
    if (r->tile[level].width < LEDGER_TILE_WIDTH) {
        return ST_OK;
    }
    TRY(ledger_tile_hash(hash, 0, LEDGER_TILE_HEIGHT, &h));
    TRY(ledger_reader_tile(r, level + 1, index / LEDGER_TILE_WIDTH, &above));
    return same(&h, &above[index % LEDGER_TILE_WIDTH])
               ? ST_OK
               : fault_number(&r->why, ST_MISMATCH, "tile", index, "it is not under its hash");
}

enum status ledger_reader_audit(struct ledger_reader *r, const struct digest *root)
{
    struct ledger_hashes src = ledger_reader_hashes(r);
    struct digest got;
    for (uint64_t i = 0; ledger_tile_width(0, i, r->size) > 0; i++) {
        TRY(audit_bundle(r, i));
    }
    for (unsigned level = 0; level < LEDGER_TILE_LEVELS; level++) {
        for (uint64_t i = 0; ledger_tile_width(level, i, r->size) > 0; i++) {
            TRY(audit_tile(r, level, i));
        }
    }
    TRY(ledger_tree_root_of(&src, r->size, &got));
    return same(&got, root) ? ST_OK
                            : fault_number(&r->why, ST_MISMATCH, "size", r->size, "root hash");
}
