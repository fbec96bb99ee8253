/* evidence/exhibit/cut_home.c - the shelf and the ledger of a home. */
#include "evidence/exhibit/cut_home.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "ledger/proof.h"

enum status evidence_cut_home_open(const struct evidence_engine *e,
                                   const struct evidence_home *home,
                                   const struct evidence_opening_key *key, uint64_t seed,
                                   struct evidence_cut_home *ret, struct fault *why)
{
    *ret = (struct evidence_cut_home){.engine = e, .home = home, .key = key, .seed = seed};
    enum status st = evidence_public_read(&home->party, "log/", &ret->public_, why);
    if (st != ST_OK) {
        *ret = (struct evidence_cut_home){.engine = NULL};
        return st;
    }
    st = ledger_reader_new(&home->party, "log/", ret->public_.checkpoint.size, &ret->entries);
    st = st != ST_OK
             ? st
             : evidence_shelf_open(e, &home->files, home->dir_fd, &home->party, &ret->shelf, why);
    if (st != ST_OK) {
        evidence_public_fini(&ret->public_);
        free(ret->entries);
        *ret = (struct evidence_cut_home){.engine = NULL};
    }
    return st;
}

void evidence_cut_home_fini(struct evidence_cut_home *c)
{
    if (c->engine != NULL) {
        evidence_shelf_fini(&c->shelf);
        evidence_public_fini(&c->public_);
        free(c->entries);
        free(c->files);
        free(c->items);
        *c = (struct evidence_cut_home){.engine = NULL};
    }
}

/* --- looking ---------------------------------------------------------------------------- */

/* One file: from where to where. */
struct look {
    struct evidence_cut_home *c;
    const struct evidence_cut_sought *what;
    bool any, other;
    uint64_t first, last;
    struct fault *why;
};

static enum status note_segment(void *ctx, const struct evidence_at_rest *p)
{
    struct look *l = ctx;
    if (memcmp(p->rest->header.definitions.b, l->what->definitions->b, DIGEST_BYTES) != 0) {
        l->other = true;
        return ST_OK;
    }
    l->first = !l->any || p->seq < l->first ? p->seq : l->first;
    l->last = !l->any || p->seq > l->last ? p->seq : l->last;
    l->any = true;
    return ST_OK;
}

static bool grow(void **items, size_t n, size_t *room, size_t size)
{
    if (n < *room) {
        return true;
    }
    size_t more = *room == 0 ? 16 : *room * 2;
    void *p = realloc(*items, more * size);
    if (p != NULL) {
        *items = p;
        *room = more;
    }
    return p != NULL;
}

static enum status add_items(struct look *l, const struct evidence_file *f)
{
    struct evidence_cut_home *c = l->c;
    void *files = c->files;
    bool good = grow(&files, c->file_n, &c->file_room, sizeof(*c->files));
    c->files = files;
    if (!good) {
        return fault_at(l->why, ST_NOMEM, 0, "sealed files");
    }
    c->files[c->file_n] = *f;
    for (uint64_t seq = l->first; seq <= l->last; seq++) {
        void *items = c->items;
        good = grow(&items, c->item_n, &c->item_room, sizeof(*c->items));
        c->items = items;
        if (!good) {
            return fault_at(l->why, ST_NOMEM, 0, "segments");
        }
        if (c->item_n == LIMIT_EXHIBIT_SEGMENTS) {
            return fault_limit(l->why, 0, "segments", LIMIT_EXHIBIT_SEGMENTS);
        }
        c->items[c->item_n++] = (struct evidence_cut_item){c->file_n, seq, f->first_entry + seq};
    }
    c->file_n++;
    return ST_OK;
}

static enum status look_at(void *ctx, const struct evidence_file *f)
{
    struct look *l = ctx;
    l->any = false;
    l->other = false;
    for (size_t i = 0; i < l->what->remote_n; i++) {
        struct prefix remote = prefix_of(&l->what->remotes[i], TRIE_BITS);
        struct evidence_sought sought = {
            .remotes = &remote, .from_ns = l->what->from_ns, .to_ns = l->what->to_ns};
        TRY(evidence_shelf_find(&l->c->shelf, f, &sought, note_segment, l, l->why));
    }
    l->c->others += l->other;
    return l->any ? add_items(l, f) : ST_OK;
}

enum status evidence_cut_home_find(struct evidence_cut_home *c,
                                   const struct evidence_cut_sought *what, struct fault *why)
{
    struct look l = {.c = c, .what = what, .why = why};
    c->file_n = 0;
    c->item_n = 0;
    c->others = 0;
    return evidence_shelf_files(&c->shelf, look_at, &l, why);
}

/* --- as a source -------------------------------------------------------------------------- */

static enum status load(void *ctx, size_t i, struct evidence_segment **ret, struct fault *why)
{
    struct evidence_cut_home *c = ctx;
    const struct evidence_cut_item *item = &c->items[i];
    return evidence_shelf_load(&c->shelf, &c->files[item->file], item->seq, c->key, c->seed, ret,
                               why);
}

static enum status prove(void *ctx, size_t i, struct buf *out, struct fault *why)
{
    struct evidence_cut_home *c = ctx;
    struct ledger_proof p = {.index = c->items[i].entry, .checkpoint = buf_bytes(&c->public_.text)};
    uint64_t size = c->public_.checkpoint.size;
    if (p.index >= size) {
        return fault_at(why, ST_MISMATCH, p.index, "an entry that the checkpoint does not have");
    }
    struct ledger_hashes src = ledger_reader_hashes(c->entries);
    enum status st = ledger_tree_prove(&src, p.index, size, &p.path);
    if (st != ST_OK) {
        return fault_at(why, st, c->entries->why.offset, c->entries->why.field);
    }
    ledger_proof_write(&p, out);
    return out->failed;
}

void evidence_cut_home_source(struct evidence_cut_home *c, struct evidence_cut_source *ret)
{
    *ret = (struct evidence_cut_source){.n = c->item_n, .ctx = c, .segment = load, .proof = prove};
}
