/* evidence/exhibit/cut_home.c - the shelf and the ledger of a home. */
#include "evidence/exhibit/cut_home.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/exhibit/onward.h"
#include "evidence/home/stamps.h"
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

static void checkpoints_fini(struct evidence_cut_home *c)
{
    for (size_t i = 0; i < c->checkpoint_n; i++) {
        for (size_t k = 0; k < c->checkpoints[i].response_n; k++) {
            buf_fini(&c->checkpoints[i].responses[k]);
        }
        free(c->checkpoints[i].responses);
        buf_fini(&c->checkpoints[i].text);
    }
    free(c->checkpoints);
    free(c->times);
    c->checkpoints = NULL;
    c->checkpoint_n = 0;
    c->times = NULL;
    c->time_n = 0;
}

void evidence_cut_home_fini(struct evidence_cut_home *c)
{
    if (c->engine != NULL) {
        checkpoints_fini(c);
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
    int64_t from = p->rest->header.from_ns;
    l->c->first_ns = from < l->c->first_ns ? from : l->c->first_ns;
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
        return fault_whole(l->why, ST_NOMEM, "sealed files");
    }
    c->files[c->file_n] = *f;
    for (uint64_t seq = l->first; seq <= l->last; seq++) {
        void *items = c->items;
        good = grow(&items, c->item_n, &c->item_room, sizeof(*c->items));
        c->items = items;
        if (!good) {
            return fault_whole(l->why, ST_NOMEM, "segments");
        }
        if (c->item_n == LIMIT_EXHIBIT_SEGMENTS) {
            return fault_limit(l->why, 0, "segments", LIMIT_EXHIBIT_SEGMENTS);
        }
        c->items[c->item_n++] = (struct evidence_cut_item){
            .file = c->file_n, .seq = seq, .entry = f->first_entry + seq};
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

/* Does another file that was found begin with this one? Then it has these records,
 * too, and nothing is to be claimed twice. */
static bool is_within_another(const struct evidence_cut_home *c, size_t file)
{
    for (size_t i = 0; i < c->file_n; i++) {
        const struct evidence_file *f = &c->files[i];
        if (f->grown && memcmp(&f->grown_of, &c->files[file].sha256, sizeof(f->grown_of)) == 0) {
            return true;
        }
    }
    return false;
}

/* Or were the same bytes sealed sooner, in another packing? */
static bool is_copy(const struct evidence_cut_home *c, size_t file)
{
    for (size_t i = 0; i < c->file_n; i++) {
        if (evidence_file_repeats(&c->files[file], &c->files[i])) {
            return true;
        }
    }
    return false;
}

static void drop_repeated(struct evidence_cut_home *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->item_n; i++) {
        if (!is_within_another(c, c->items[i].file) && !is_copy(c, c->items[i].file)) {
            c->items[kept++] = c->items[i];
        }
    }
    c->item_n = kept;
    for (size_t i = 0; i < c->file_n; i++) {
        bool shorter = is_within_another(c, i);
        c->shorter += shorter;
        c->copies += !shorter && is_copy(c, i);
        c->parts += c->files[i].part;
    }
}

/* --- checkpoints ------------------------------------------------------------------------ */

static enum status load_responses(struct evidence_cut_home *c, const struct evidence_stamped *at,
                                  struct evidence_cut_checkpoint *p, struct fault *why)
{
    p->responses = calloc(at->responses + 1U, sizeof(*p->responses));
    if (p->responses == NULL) {
        return fault_whole(why, ST_NOMEM, "timestamps");
    }
    for (; p->response_n < at->responses; p->response_n++) {
        struct buf *to = &p->responses[p->response_n];
        *to = BUF_INIT(LIMIT_TIMESTAMP_BYTES);
        enum status st = evidence_stamps_response(c->home, at, (unsigned)p->response_n, to, why);
        if (st != ST_OK) {
            buf_fini(to);
            return st;
        }
    }
    return ST_OK;
}

/* The last one of the list of checkpoints, filled. NULL: the newest, without stamps. */
static enum status add_checkpoint(struct evidence_cut_home *c, const struct evidence_stamped *at,
                                  struct fault *why)
{
    struct evidence_cut_checkpoint *p = &c->checkpoints[c->checkpoint_n++];
    *p = (struct evidence_cut_checkpoint){.size = c->public_.checkpoint.size,
                                          .text = BUF_INIT(LIMIT_NOTE_BYTES)};
    if (at == NULL) {
        buf_append(&p->text, c->public_.text.data, c->public_.text.len);
        return p->text.failed;
    }
    p->size = at->size;
    TRY(evidence_stamps_checkpoint(c->home, at, &p->text, why));
    return load_responses(c, at, p, why);
}

/* Which of the stamped checkpoints was the first to have this entry? `n`: none. */
static size_t first_with(const struct evidence_stamps *all, uint64_t size, uint64_t entry)
{
    size_t i = 0;
    while (i < all->n && (all->item[i].size <= entry || all->item[i].size > size ||
                          all->item[i].responses == 0)) {
        i++;
    }
    return i;
}

static enum status take_times(struct evidence_cut_home *c, struct fault *why)
{
    size_t n = 0;
    for (size_t i = 0; i < c->checkpoint_n; i++) {
        n += c->checkpoints[i].response_n;
    }
    c->times = calloc(n + 1, sizeof(*c->times));
    if (c->times == NULL) {
        return fault_whole(why, ST_NOMEM, "timestamps");
    }
    for (size_t i = 0; i < c->checkpoint_n; i++) {
        const struct evidence_cut_checkpoint *p = &c->checkpoints[i];
        for (size_t k = 0; k < p->response_n; k++) {
            c->times[c->time_n++] = (struct evidence_exhibit_time){
                .response = buf_bytes(&p->responses[k]), .checkpoint = buf_bytes(&p->text)};
        }
    }
    return ST_OK;
}

/* Checkpoints for all items; each is read once. */
static enum status choose_checkpoints(struct evidence_cut_home *c, struct fault *why)
{
    CLEANUP(evidence_stamps_fini) struct evidence_stamps all = {0};
    TRY(evidence_stamps_list(c->home, &all, why));
    CLEANUP(free_ptr) size_t *number = malloc((all.n + 1) * sizeof(*number));
    c->checkpoints = calloc(all.n + 1, sizeof(*c->checkpoints));
    if (number == NULL || c->checkpoints == NULL) {
        return fault_whole(why, ST_NOMEM, "checkpoints");
    }
    memset(number, 0xff, (all.n + 1) * sizeof(*number));
    for (size_t i = 0; i < c->item_n; i++) {
        size_t at = first_with(&all, c->public_.checkpoint.size, c->items[i].entry);
        if (number[at] == SIZE_MAX) {
            number[at] = c->checkpoint_n;
            TRY(add_checkpoint(c, at < all.n ? &all.item[at] : NULL, why));
        }
        c->items[i].checkpoint = number[at];
    }
    return take_times(c, why);
}

enum status evidence_cut_home_find(struct evidence_cut_home *c,
                                   const struct evidence_cut_sought *what, struct fault *why)
{
    struct look l = {.c = c, .what = what, .why = why};
    checkpoints_fini(c);
    c->file_n = 0;
    c->item_n = 0;
    c->others = c->shorter = c->copies = c->parts = 0;
    c->first_ns = INT64_MAX;
    TRY(evidence_shelf_files(&c->shelf, look_at, &l, why));
    drop_repeated(c);
    return choose_checkpoints(c, why);
}

/* --- as a source -------------------------------------------------------------------------- */

static enum status load(void *ctx, size_t i, struct evidence_segment **ret, struct fault *why)
{
    struct evidence_cut_home *c = ctx;
    const struct evidence_cut_item *item = &c->items[i];
    return evidence_shelf_load(&c->shelf, &c->files[item->file], item->seq, c->key, c->seed, ret,
                               why);
}

static uint64_t largest(const struct evidence_cut_home *c)
{
    uint64_t size = 0;
    for (size_t i = 0; i < c->checkpoint_n; i++) {
        size = c->checkpoints[i].size > size ? c->checkpoints[i].size : size;
    }
    return size;
}

/* That the checkpoint's tree is the beginning of the largest one that is used. */
static enum status prove_onward(const struct evidence_cut_home *c, uint64_t old, struct buf *extra)
{
    struct ledger_hashes src = ledger_reader_hashes(c->entries);
    struct evidence_onward o = {.size = largest(c)};
    if (o.size == old) {
        return ST_OK;
    }
    TRY(ledger_tree_root_of(&src, o.size, &o.root));
    TRY(ledger_tree_prove_growth(&src, old, o.size, &o.path));
    evidence_onward_put(&o, extra);
    return extra->failed;
}

static enum status prove(void *ctx, size_t i, struct buf *out, struct fault *why)
{
    struct evidence_cut_home *c = ctx;
    const struct evidence_cut_checkpoint *at = &c->checkpoints[c->items[i].checkpoint];
    struct ledger_proof p = {.index = c->items[i].entry, .checkpoint = buf_bytes(&at->text)};
    CLEANUP(buf_fini) struct buf extra = BUF_INIT(LIMIT_PROOF_EXTRA_BYTES);
    uint64_t size = at->size;
    if (p.index >= size) {
        return fault_number(why, ST_MISMATCH, "entry", p.index,
                            "an entry that the checkpoint does not have");
    }
    struct ledger_hashes src = ledger_reader_hashes(c->entries);
    enum status st = ledger_tree_prove(&src, p.index, size, &p.path);
    st = st == ST_OK ? prove_onward(c, size, &extra) : st;
    if (st != ST_OK) {
        return fault_pass(why, st, &c->entries->why);
    }
    p.extra = buf_bytes(&extra);
    ledger_proof_write(&p, out);
    return out->failed;
}

void evidence_cut_home_source(struct evidence_cut_home *c, struct evidence_cut_source *ret)
{
    *ret = (struct evidence_cut_source){.n = c->item_n, .ctx = c, .segment = load, .proof = prove};
}
