/* ledger/log.c - append, integrate, sign, persist, in that order. */
#include "ledger/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "ledger/checkpoint.h"
#include "ledger/reader.h"
#include "ledger/tile.h"
#include "ledger/tree.h"

static const char state_path[] = "state/checkpoint";
static const char public_path[] = "log/checkpoint";
static const char hold_path[] = "state/hold";
static const char lock_path[] = "state/lock";
static const char scratch_path[] = "state/new";

/* The right edge of the tree: the tile of each level that is not full yet. */
struct edge {
    unsigned width; /* 0..255 */
    bool changed;   /* since the last commit */
    struct digest hash[LEDGER_TILE_WIDTH];
};

struct ledger_log {
    const struct ledger_files *files;   /* borrowed */
    const struct ledger_signer *signer; /* borrowed */
    struct ledger_writer writer;
    int lock_fd; /* -1: none */
    bool held, broken;
    uint64_t committed, size; /* size: with the entries that commit is folding in */
    struct edge edge[LEDGER_TILE_LEVELS];
    struct buf bundle;  /* entries of the level 0 edge */
    struct buf pending; /* added, in the form of a bundle */
    uint64_t pending_entries;
    struct buf checkpoint; /* the newest, as it is stored */
};

void ledger_log_free(struct ledger_log *l)
{
    if (l == NULL) {
        return;
    }
    if (l->lock_fd >= 0) {
        (void)l->files->close(l->files->ctx, l->lock_fd); /* nothing was written */
    }
    buf_fini(&l->bundle);
    buf_fini(&l->pending);
    buf_fini(&l->checkpoint);
    free(l);
}

void ledger_log_freep(struct ledger_log **l)
{
    ledger_log_free(*l);
}

uint64_t ledger_log_size(const struct ledger_log *l)
{
    return l->committed;
}

struct bytes ledger_log_checkpoint(const struct ledger_log *l)
{
    return buf_bytes(&l->checkpoint);
}

bool ledger_log_held(const struct ledger_log *l)
{
    return l->held;
}

static enum status new_log(const struct ledger_files *files, const struct ledger_signer *signer,
                           struct ledger_log **ret)
{
    struct ledger_log *l = calloc(1, sizeof(*l));
    if (l == NULL) {
        return ST_NOMEM;
    }
    l->files = files;
    l->signer = signer;
    l->writer = (struct ledger_writer){.files = files, .scratch = scratch_path};
    l->lock_fd = -1;
    buf_init(&l->bundle, LEDGER_BUNDLE_MAX);
    buf_init(&l->pending, LIMIT_LEDGER_PENDING_BYTES);
    buf_init(&l->checkpoint, LIMIT_NOTE_BYTES);
    *ret = l;
    return ST_OK;
}

static enum status take_lock(struct ledger_log *l, struct fault *why)
{
    const struct ledger_files *f = l->files;
    int err = f->mkdir(f->ctx, "state");
    if (err < 0 && err != -EEXIST) {
        return fault_sys(why, -err, "mkdir");
    }
    l->lock_fd = f->open(f->ctx, lock_path, O_RDWR | O_CREAT);
    if (l->lock_fd < 0) {
        return fault_sys(why, -l->lock_fd, "lock");
    }
    return ledger_files_lock(f, l->lock_fd, why);
}

/* First where only we look, durably; then where others do. */
static enum status store_checkpoint(struct ledger_log *l, struct bytes note, struct fault *why)
{
    TRY(ledger_writer_put(&l->writer, state_path, note, why));
    TRY(ledger_writer_sync(&l->writer, why));
    TRY(ledger_writer_put(&l->writer, public_path, note, why));
    return ledger_writer_sync(&l->writer, why);
}

static enum status from_edge(void *ctx, unsigned level, uint64_t index, struct digest *ret)
{
    const struct ledger_log *l = ctx;
    unsigned height = level % LEDGER_TILE_HEIGHT;
    uint64_t first = index << height;
    return ledger_tile_hash(l->edge[level / LEDGER_TILE_HEIGHT].hash,
                            (unsigned)(first % LEDGER_TILE_WIDTH), height, ret);
}

static enum status root_of(struct ledger_log *l, struct digest *ret)
{
    struct ledger_hashes src = {l, from_edge};
    return ledger_tree_root_of(&src, l->size, ret);
}

static enum status sign(struct ledger_log *l, struct buf *out)
{
    const char *name = l->signer->key.name;
    struct ledger_checkpoint c = {.origin = bytes_of(name, strlen(name)), .size = l->size};
    TRY(root_of(l, &c.root));
    return ledger_checkpoint_sign(&c, l->signer, out);
}

/* The rest of making a checkpoint the newest; the memory is had before. */
static enum status stand_by(struct ledger_log *l, struct buf *note, struct fault *why)
{
    TRY(store_checkpoint(l, buf_bytes(note), why));
    struct buf old = l->checkpoint;
    l->checkpoint = *note;
    *note = old;
    return ST_OK;
}

enum status ledger_log_make(const struct ledger_files *files, const struct ledger_signer *signer,
                            struct ledger_log **ret, struct fault *why)
{
    CLEANUP(ledger_log_freep) struct ledger_log *l = NULL;
    CLEANUP(buf_fini) struct buf note = BUF_INIT(LIMIT_NOTE_BYTES);
    if (signer->key.type != LEDGER_KEY_SIGN) {
        return fault_whole(why, ST_DENIED, "type of the log's key");
    }
    TRY(new_log(files, signer, &l));
    TRY(take_lock(l, why));
    enum status st = ledger_files_read(files, state_path, &note, why);
    if (st != ST_END) {
        return st == ST_OK ? fault_whole(why, ST_DENIED, "ledger exists") : st;
    }
    buf_clear(&note);
    TRY(sign(l, &note));
    TRY(stand_by(l, &note, why));
    *ret = TAKE(l);
    return ST_OK;
}

static enum status read_checkpoint(struct ledger_log *l, struct digest *ret_root, struct fault *why)
{
    struct ledger_note note;
    struct ledger_checkpoint c;
    struct ledger_signed seen;
    const struct ledger_key *k = &l->signer->key;
    TRY(ledger_files_read(l->files, state_path, &l->checkpoint, why));
    TRY(ledger_checkpoint_read(buf_bytes(&l->checkpoint), &note, &c, why));
    TRY(ledger_note_check(&note, k, 1, &seen, why));
    if (!bytes_equal(c.origin, bytes_of(k->name, strlen(k->name)))) {
        return fault_whole(why, ST_DENIED, "origin");
    }
    l->size = l->committed = c.size;
    *ret_root = c.root;
    return ST_OK;
}

/* The edge, and the entries of its level 0, must be what was signed. */
static enum status read_edge(struct ledger_log *l, struct ledger_reader *r)
{
    for (unsigned level = 0; level < LEDGER_TILE_LEVELS; level++) {
        uint64_t index = l->size >> (LEDGER_TILE_HEIGHT * level) >> LEDGER_TILE_HEIGHT;
        struct edge *e = &l->edge[level];
        const struct digest *hash = NULL;
        e->width = ledger_tile_width(level, index, l->size);
        if (e->width > 0) {
            TRY(ledger_reader_tile(r, level, index, &hash));
            memcpy(e->hash, hash, e->width * sizeof(*hash));
        }
    }
    if (l->edge[0].width > 0) {
        TRY(ledger_reader_bundle(r, l->size / LEDGER_TILE_WIDTH, &l->bundle));
    }
    struct cursor c = cursor_of(buf_bytes(&l->bundle));
    for (unsigned i = 0; i < l->edge[0].width; i++) {
        struct bytes entry;
        struct digest leaf;
        TRY(ledger_bundle_next(&c, &entry));
        TRY(ledger_tree_leaf(entry, &leaf));
        if (memcmp(&leaf, &l->edge[0].hash[i], sizeof(leaf)) != 0) {
            return fault_number(&r->why, ST_MISMATCH, "entry", i, "it is not under its hash");
        }
    }
    return ST_OK;
}

static void tile_path(unsigned level, uint64_t index, unsigned width, char out[LEDGER_PATH_MAX])
{
    struct ledger_tile t = {level, index, width};
    char name[LEDGER_TILE_NAME_MAX];
    ledger_tile_name(&t, name);
    (void)snprintf(out, LEDGER_PATH_MAX, "log/%s", name);
}

/* Full tiles beyond the edge come from a commit that never was; nobody has a
 * checkpoint for them. Removing is only neat, so failures do not matter. */
static void sweep(struct ledger_log *l, unsigned level)
{
    unsigned shift = level == LEDGER_TILE_ENTRIES ? 0 : level * LEDGER_TILE_HEIGHT;
    char path[LEDGER_PATH_MAX];
    for (uint64_t i = l->size >> shift >> LEDGER_TILE_HEIGHT;; i++) {
        tile_path(level, i, LEDGER_TILE_WIDTH, path);
        if (l->files->unlink(l->files->ctx, path) < 0) {
            return;
        }
    }
}

static enum status load(struct ledger_log *l, struct fault *why)
{
    CLEANUP(free_ptr) struct ledger_reader *r = NULL;
    struct digest root, got;
    TRY(take_lock(l, why));
    TRY(read_checkpoint(l, &root, why));
    TRY(ledger_reader_new(l->files, "log/", l->size, &r));
    enum status st = read_edge(l, r);
    if (st != ST_OK) {
        return fault_pass(why, st, &r->why);
    }
    TRY(root_of(l, &got));
    if (memcmp(&got, &root, sizeof(got)) != 0) {
        return fault_number(why, ST_MISMATCH, "size", l->size, "root hash");
    }
    CLEANUP(buf_fini) struct buf hold = BUF_INIT(64);
    st = ledger_files_read(l->files, hold_path, &hold, why);
    l->held = st != ST_END;
    return st == ST_END ? ST_OK : st;
}

enum status ledger_log_open(const struct ledger_files *files, const struct ledger_signer *signer,
                            struct ledger_log **ret, struct fault *why)
{
    CLEANUP(ledger_log_freep) struct ledger_log *l = NULL;
    TRY(new_log(files, signer, &l));
    TRY(load(l, why));
    /* What we read may have been written just before a failed fsync: it is not
     * built upon before it has been made durable by us. */
    TRY(store_checkpoint(l, buf_bytes(&l->checkpoint), why));
    for (unsigned level = 0; level < LEDGER_TILE_LEVELS; level++) {
        sweep(l, level);
    }
    sweep(l, LEDGER_TILE_ENTRIES);
    *ret = TAKE(l);
    return ST_OK;
}

enum status ledger_log_add(struct ledger_log *l, struct bytes entry, uint64_t *ret,
                           struct fault *why)
{
    if (l->broken) {
        return fault_whole(why, ST_DENIED, "ledger must be opened again");
    }
    if (entry.len > LEDGER_ENTRY_MAX) {
        return fault_limit(why, 0, "entry", LEDGER_ENTRY_MAX);
    }
    if (l->committed + l->pending_entries >= LEDGER_SIZE_MAX) {
        return fault_limit(why, 0, "entries", LEDGER_SIZE_MAX);
    }
    if (!buf_reserve(&l->pending, entry.len + 2)) {
        enum status st = l->pending.failed;
        l->pending.failed = ST_OK; /* what was taken in before stays */
        return st == ST_LIMIT ? fault_limit(why, 0, "entries", l->pending.max) : st;
    }
    ledger_bundle_add(&l->pending, entry);
    *ret = l->committed + l->pending_entries++;
    return ST_OK;
}

static enum status put_tile(struct ledger_log *l, unsigned level, uint64_t index, unsigned width,
                            struct fault *why)
{
    char path[LEDGER_PATH_MAX];
    if (level == 0) {
        tile_path(LEDGER_TILE_ENTRIES, index, width, path);
        TRY(ledger_writer_put(&l->writer, path, buf_bytes(&l->bundle), why));
    }
    tile_path(level, index, width, path);
    return ledger_writer_put(&l->writer, path,
                             bytes_of(l->edge[level].hash, (size_t)width * DIGEST_BYTES), why);
}

/* A hash comes to the right end of level 0; full tiles move up. */
static enum status fold_hash(struct ledger_log *l, struct digest h, struct fault *why)
{
    for (unsigned level = 0; level < LEDGER_TILE_LEVELS; level++) {
        struct edge *e = &l->edge[level];
        e->hash[e->width++] = h;
        e->changed = true;
        if (e->width < LEDGER_TILE_WIDTH) {
            break;
        }
        uint64_t index = (l->size >> (LEDGER_TILE_HEIGHT * level)) / LEDGER_TILE_WIDTH;
        TRY(put_tile(l, level, index, LEDGER_TILE_WIDTH, why));
        TRY(ledger_tile_hash(e->hash, 0, LEDGER_TILE_HEIGHT, &h));
        e->width = 0;
        if (level == 0) {
            buf_clear(&l->bundle);
        }
    }
    l->size++;
    return ST_OK;
}

static enum status fold_pending(struct ledger_log *l, struct fault *why)
{
    struct cursor c = cursor_of(buf_bytes(&l->pending));
    struct bytes entry;
    while (ledger_bundle_next(&c, &entry) == ST_OK) {
        struct digest leaf;
        TRY(ledger_tree_leaf(entry, &leaf));
        ledger_bundle_add(&l->bundle, entry);
        if (l->bundle.failed != ST_OK) {
            return l->bundle.failed;
        }
        TRY(fold_hash(l, leaf, why));
    }
    for (unsigned level = 0; level < LEDGER_TILE_LEVELS; level++) {
        struct edge *e = &l->edge[level];
        uint64_t index = l->size >> (LEDGER_TILE_HEIGHT * level) >> LEDGER_TILE_HEIGHT;
        if (e->changed && e->width > 0) {
            TRY(put_tile(l, level, index, e->width, why));
        }
        e->changed = false;
    }
    return ledger_writer_sync(&l->writer, why);
}

static enum status commit(struct ledger_log *l, struct fault *why)
{
    CLEANUP(buf_fini) struct buf note = BUF_INIT(LIMIT_NOTE_BYTES);
    TRY(fold_pending(l, why));
    TRY(sign(l, &note));
    return stand_by(l, &note, why);
}

/* tlog-tiles: a partial tile may go once the full one is there. Failures leave
 * files that do no harm. */
static void drop_partial(struct ledger_log *l, unsigned level, uint64_t index)
{
    const struct ledger_files *f = l->files;
    char path[LEDGER_PATH_MAX];
    for (unsigned w = 1; w < LEDGER_TILE_WIDTH; w++) {
        tile_path(level, index, w, path);
        (void)f->unlink(f->ctx, path);
    }
    tile_path(level, index, 1, path);
    *strrchr(path, '/') = '\0';
    (void)f->rmdir(f->ctx, path);
}

/* Only the tile that was the edge before can have partial ones. */
static void drop_partials(struct ledger_log *l, uint64_t old)
{
    for (unsigned level = 0; level < LEDGER_TILE_LEVELS; level++) {
        unsigned shift = LEDGER_TILE_HEIGHT * level;
        uint64_t before = old >> shift >> LEDGER_TILE_HEIGHT;
        if (before == l->size >> shift >> LEDGER_TILE_HEIGHT) {
            break;
        }
        drop_partial(l, level, before);
        if (level == 0) {
            drop_partial(l, LEDGER_TILE_ENTRIES, before);
        }
    }
}

enum status ledger_log_commit(struct ledger_log *l, struct fault *why)
{
    if (l->broken || l->held) {
        return fault_whole(why, ST_DENIED,
                           l->broken ? "ledger must be opened again" : "ledger is held");
    }
    if (l->pending_entries == 0) {
        return ST_OK;
    }
    uint64_t old = l->committed;
    enum status st = commit(l, why);
    if (st != ST_OK) {
        l->broken = true;
        return st;
    }
    l->committed = l->size;
    l->pending_entries = 0;
    buf_clear(&l->pending);
    drop_partials(l, old);
    return ST_OK;
}

enum status ledger_log_publish(struct ledger_log *l, struct bytes checkpoint, struct fault *why)
{
    struct ledger_note ours, theirs;
    struct ledger_checkpoint c;
    struct ledger_signed seen;
    CLEANUP(buf_fini) struct buf note = BUF_INIT(LIMIT_NOTE_BYTES);
    if (l->broken) {
        return fault_whole(why, ST_DENIED, "ledger must be opened again");
    }
    TRY(ledger_checkpoint_read(checkpoint, &theirs, &c, why));
    TRY(ledger_note_parse(buf_bytes(&l->checkpoint), &ours, why));
    if (!bytes_equal(ours.text, theirs.text)) {
        return fault_whole(why, ST_MISMATCH, "checkpoint is not the newest");
    }
    TRY(ledger_note_check(&theirs, &l->signer->key, 1, &seen, why));
    buf_append(&note, checkpoint.data, checkpoint.len);
    if (note.failed != ST_OK) {
        return note.failed;
    }
    enum status st = stand_by(l, &note, why);
    l->broken = st != ST_OK;
    return st;
}

/* The text, a new line, and the lines there are but one by the same key. */
static enum status sign_also(struct ledger_log *l, const struct ledger_signer *next,
                             struct buf *out, struct fault *why)
{
    struct ledger_note n;
    const char *name = next->key.name;
    TRY(ledger_note_parse(buf_bytes(&l->checkpoint), &n, why));
    buf_append(out, n.text.data, n.text.len);
    buf_byte(out, '\n');
    TRY(ledger_note_sign(n.text, next, 0, out));
    for (size_t i = 0; i < n.lines; i++) {
        if (n.line[i].id != next->key.id ||
            !bytes_equal(n.line[i].name, bytes_of(name, strlen(name)))) {
            buf_append(out, n.line[i].line.data, n.line[i].line.len);
        }
    }
    return out->failed;
}

enum status ledger_log_hand_over(struct ledger_log *l, const struct ledger_signer *next,
                                 struct fault *why)
{
    CLEANUP(buf_fini) struct buf note = BUF_INIT(LIMIT_NOTE_BYTES);
    if (l->broken || l->held || l->pending_entries > 0) {
        return fault_whole(why, ST_DENIED,
                           l->held ? "ledger is held" : "ledger must be opened again");
    }
    if (next->key.type != LEDGER_KEY_SIGN || strcmp(next->key.name, l->signer->key.name) != 0) {
        return fault_whole(why, ST_DENIED, "the new key is of another log");
    }
    TRY(sign_also(l, next, &note, why));
    enum status st = stand_by(l, &note, why);
    l->broken = st != ST_OK;
    if (st == ST_OK) {
        l->signer = next;
    }
    return st;
}

enum status ledger_log_hold(struct ledger_log *l, struct fault *why)
{
    l->held = true;
    TRY(ledger_writer_put(&l->writer, hold_path, BYTES_LITERAL("restored\n"), why));
    return ledger_writer_sync(&l->writer, why);
}

enum status ledger_log_release(struct ledger_log *l, uint64_t reported_size, struct fault *why)
{
    if (reported_size > l->committed) {
        return fault_number(why, ST_MISMATCH, "size", l->committed, "others have seen more");
    }
    int err = l->files->unlink(l->files->ctx, hold_path);
    if (err < 0 && err != -ENOENT) {
        return fault_sys(why, -err, "unlink");
    }
    l->held = false;
    return ST_OK;
}
