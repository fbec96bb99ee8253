/* ledger/export.c - copying tiles. */
#include "ledger/export.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/core/limits.h"
#include "ledger/checkpoint.h"
#include "ledger/reader.h"

struct export
{
    struct ledger_reader *from;
    const struct ledger_files *to;
    struct ledger_writer writer;
    uint64_t size;
};

static bool is_there(const struct ledger_files *f, const char *path)
{
    int fd = f->open(f->ctx, path, O_RDONLY | O_NONBLOCK);
    if (fd >= 0) {
        (void)f->close(f->ctx, fd); /* nothing was written */
    }
    return fd >= 0;
}

static enum status put(struct export *x, const struct ledger_tile *t, struct bytes data,
                       struct fault *why)
{
    char name[LEDGER_TILE_NAME_MAX];
    ledger_tile_name(t, name);
    if (t->width == LEDGER_TILE_WIDTH && is_there(x->to, name)) {
        return ST_OK;
    }
    return ledger_writer_put(&x->writer, name, data, why);
}

static enum status from_fault(const struct export *x, enum status st, struct fault *why)
{
    return st == ST_OK ? st : fault_pass(why, st, &x->from->why);
}

static enum status copy_level(struct export *x, unsigned level, struct fault *why)
{
    for (uint64_t i = 0;; i++) {
        struct ledger_tile t = {level, i, ledger_tile_width(level, i, x->size)};
        const struct digest *hash = NULL;
        if (t.width == 0) {
            return ST_OK;
        }
        TRY(from_fault(x, ledger_reader_tile(x->from, level, i, &hash), why));
        TRY(put(x, &t, bytes_of(hash, (size_t)t.width * DIGEST_BYTES), why));
    }
}

static enum status copy_entries(struct export *x, struct fault *why)
{
    CLEANUP(buf_fini) struct buf bundle = BUF_INIT(LEDGER_BUNDLE_MAX);
    for (uint64_t i = 0;; i++) {
        struct ledger_tile t = {LEDGER_TILE_ENTRIES, i, ledger_tile_width(0, i, x->size)};
        if (t.width == 0) {
            return ST_OK;
        }
        buf_clear(&bundle);
        TRY(from_fault(x, ledger_reader_bundle(x->from, i, &bundle), why));
        TRY(put(x, &t, buf_bytes(&bundle), why));
    }
}

/* What is in `to` must be an earlier state of the same ledger. */
static enum status check_old(struct export *x, const struct ledger_checkpoint *now,
                             struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_NOTE_BYTES);
    struct ledger_note note;
    struct ledger_checkpoint old;
    struct digest root;
    enum status st = ledger_files_read(x->to, "checkpoint", &text, why);
    if (st == ST_END) {
        return ST_OK;
    }
    TRY(st);
    TRY(ledger_checkpoint_read(buf_bytes(&text), &note, &old, why));
    if (!bytes_equal(old.origin, now->origin)) {
        return fault_whole(why, ST_DENIED, "another ledger is there");
    }
    if (old.size > now->size) {
        return fault_whole(why, ST_DENIED, "a longer ledger is there");
    }
    struct ledger_hashes src = ledger_reader_hashes(x->from);
    TRY(from_fault(x, ledger_tree_root_of(&src, old.size, &root), why));
    return memcmp(&root, &old.root, sizeof(root)) == 0
               ? ST_OK
               : fault_whole(why, ST_DENIED, "a ledger is there that this one did not grow out of");
}

static enum status copy(struct export *x, struct bytes checkpoint, struct fault *why)
{
    TRY(copy_entries(x, why));
    for (unsigned level = 0; level < LEDGER_TILE_LEVELS; level++) {
        TRY(copy_level(x, level, why));
    }
    TRY(ledger_writer_sync(&x->writer, why));
    TRY(ledger_writer_put(&x->writer, "checkpoint", checkpoint, why));
    return ledger_writer_sync(&x->writer, why);
}

enum status ledger_export(const struct ledger_files *from, const char *prefix,
                          struct bytes checkpoint, const struct ledger_files *to, struct fault *why)
{
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    struct ledger_note note;
    struct ledger_checkpoint c;
    TRY(ledger_checkpoint_read(checkpoint, &note, &c, why));
    TRY(ledger_reader_new(from, prefix, c.size, &r));
    struct export x = {
        .from = r, .to = to, .writer = {.files = to, .scratch = ".new"}, .size = c.size};
    TRY(check_old(&x, &c, why));
    return copy(&x, checkpoint, why);
}
