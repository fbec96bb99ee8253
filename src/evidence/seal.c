/* evidence/seal.c - pseudonyms, commitments, record trees, the trie of remotes.
 *
 * Rows are taken remote by remote in batches; every kind of hash is computed for
 * a whole batch, and trees level by level for all remotes at once.
 */
#include "evidence/seal.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/pages.h"
#include "evidence/commit.h"

void seal_mores_fini(struct seal_mores *m)
{
    pages_free(m->all, m->room * sizeof(*m->all));
    *m = (struct seal_mores){.all = NULL};
}

enum status seal_mores_of(struct seal_mores *m, struct seal_row *row, struct seal_more **ret)
{
    if (row->more == 0 && m->n == m->room) {
        uint32_t want = m->room == 0 ? 256 : m->room * 2;
        size_t have = m->room * sizeof(*m->all), bytes = want * sizeof(*m->all);
        struct seal_more *all =
            m->all == NULL ? pages_alloc(bytes) : pages_grow(m->all, have, bytes);
        if (all == NULL) {
            return ST_NOMEM;
        }
        m->all = all;
        m->room = want;
    }
    if (row->more == 0) {
        m->all[m->n] = (struct seal_more){.ext = {0}};
        row->more = ++m->n;
    }
    *ret = &m->all[row->more - 1];
    return ST_OK;
}

/* One batch. */
struct batch {
    const struct seal_input *in;
    size_t n;
    uint32_t done; /* rows before it */
    struct evidence_salt salt_a[COMMIT_BATCH], salt_x[COMMIT_BATCH];
    struct digest token[COMMIT_BATCH], c_a[COMMIT_BATCH], c_x[COMMIT_BATCH];
    struct evidence_x x[COMMIT_BATCH];
    uint8_t pseudonym[COMMIT_BATCH * 16];
    uint8_t records[COMMIT_BATCH * RECORD_BYTES];
    const struct seal_row *row[COMMIT_BATCH];
};

static uint8_t tag_of(const struct seal_row *row)
{
    if (row->clear[0] == OBS_LOG) {
        return TAG_C_X_LINE;
    }
    return (load_be16(row->clear + 2) & RECORD_DATA) != 0 ? TAG_C_X_DATA : TAG_C_X;
}

static const struct seal_more *more_of(const struct seal_input *in, const struct seal_row *row)
{
    static const struct seal_more none;
    return row->more == 0 ? &none : &in->more[row->more - 1];
}

/* `count` rows of one remote join the batch. */
static void add_rows(struct batch *b, const struct seal_remote *r, const uint32_t *order,
                     uint32_t first, uint32_t count)
{
    const struct evidence_engine *e = b->in->engine;
    struct aes128 kr;
    evidence_keys_salts(e, &r->keys.seed_a, first, count, b->salt_a + b->n);
    evidence_keys_salts(e, &r->keys.seed_x, first, count, b->salt_x + b->n);
    for (uint32_t i = 0; i < count; i++) {
        const struct seal_row *row = &b->in->rows[order[i]];
        const struct seal_local *l = evidence_ends_at(b->in->locals, row->local);
        size_t k = b->n + i;
        b->row[k] = row;
        b->token[k] = l->token;
        memcpy(b->pseudonym + 16 * k, l->addr.b, 16);
        b->x[k].tag = tag_of(row);
        memcpy(b->x[k].hidden, row->hidden, RECORD_HIDDEN_BYTES);
        b->x[k].data = more_of(b->in, row)->data;
        b->x[k].salt = b->salt_x[k];
    }
    aes128_init(&kr, r->keys.kr.b, e->aes);
    aes128_encrypt(&kr, b->pseudonym + 16 * b->n, b->pseudonym + 16 * b->n, count);
    aes128_fini(&kr);
    b->n += count;
}

/* What can be opened of the batch's rows. */
static void keep_rows(const struct batch *b, struct evidence_kept *to)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct seal_row *row = b->row[i];
        const struct seal_data *d = &b->in->data[row - b->in->rows];
        const struct seal_local *l = evidence_ends_at(b->in->locals, row->local);
        to[i] = (struct evidence_kept){.local = l->addr,
                                       .tsalt = l->tsalt,
                                       .ip_options = d->ip_options,
                                       .tcp_options = d->tcp_options,
                                       .payload = d->payload,
                                       .data_at = d->at};
        memcpy(to[i].hidden, row->hidden, RECORD_HIDDEN_BYTES);
    }
}

static void finish(struct batch *b, struct evidence_segment *s, struct digest *leaves)
{
    const struct evidence_engine *e = b->in->engine;
    uint8_t *to = b->records;
    if (b->in->keep) {
        to = s->records + (size_t)b->done * RECORD_BYTES;
        keep_rows(b, s->rows + b->done);
    }
    evidence_commit_local(e, b->salt_a, b->token, b->n, b->c_a);
    evidence_commit_hidden(e, b->x, b->n, b->c_x);
    for (size_t i = 0; i < b->n; i++) {
        uint8_t *raw = to + i * RECORD_BYTES;
        memcpy(raw, b->row[i]->clear, RECORD_AT_P);
        memcpy(raw + RECORD_AT_P, b->pseudonym + 16 * i, 16);
        memcpy(raw + RECORD_AT_EXT, more_of(b->in, b->row[i])->ext, RECORD_EXT_BYTES);
        memcpy(raw + RECORD_AT_C_A, b->c_a[i].b, DIGEST_BYTES);
        memcpy(raw + RECORD_AT_C_X, b->c_x[i].b, DIGEST_BYTES);
    }
    evidence_commit_leaves(e, to, b->n, leaves + b->done);
    b->done += (uint32_t)b->n;
    b->n = 0;
}

/* Remotes in the order of their addresses: which, and where their rows begin. */
struct plan {
    uint32_t *by_rank; /* number of the remote */
    uint32_t *start;   /* by rank */
    uint32_t *width;
    uint32_t *order; /* rows */
};

static void plan_fini(struct plan *p)
{
    free(p->by_rank);
    free(p->start);
    free(p->width);
    free(p->order);
}

static enum status make_plan(const struct seal_input *in, struct plan *p)
{
    uint32_t n = in->remotes->n, sum = 0;
    CLEANUP(free_ptr) uint32_t *at = malloc((n + 1U) * sizeof(*at));
    p->by_rank = malloc((n + 1U) * sizeof(*p->by_rank));
    p->start = malloc((n + 1U) * sizeof(*p->start));
    p->width = malloc((n + 1U) * sizeof(*p->width));
    p->order = malloc((in->count + 1U) * sizeof(*p->order));
    if (at == NULL || p->by_rank == NULL || p->start == NULL || p->width == NULL ||
        p->order == NULL) {
        return ST_NOMEM;
    }
    TRY(evidence_sort_keys(in->remotes->items, in->remotes->size, n, p->by_rank));
    for (uint32_t i = 0; i < n; i++) {
        const struct seal_remote *r = evidence_ends_at(in->remotes, p->by_rank[i]);
        p->start[i] = sum;
        p->width[i] = r->n;
        at[p->by_rank[i]] = sum;
        sum += r->n;
    }
    for (uint32_t i = 0; i < in->count; i++) {
        p->order[at[in->rows[i].remote] + in->rows[i].row] = i;
    }
    return ST_OK;
}

/* Hot: rows lie as they came, and are taken remote by remote. Before the batch that
 * begins at `at` is worked on, the rows of the one after it are brought near, and what
 * its own rows name: many in a tight loop, so that all are waited for at once. */
static void look_ahead(const struct seal_input *in, const struct plan *p, uint32_t at)
{
    uint32_t left = in->count - at;
    uint32_t now = left < COMMIT_BATCH ? left : COMMIT_BATCH;
    uint32_t next = left - now < COMMIT_BATCH ? left - now : COMMIT_BATCH;
    const uint32_t *order = p->order + at;
    for (uint32_t i = 0; i < now; i++) {
        const struct seal_row *row = &in->rows[order[i]];
        pages_touch(evidence_ends_at(in->locals, row->local));
        pages_touch(more_of(in, row));
    }
    for (uint32_t i = 0; in->keep && i < now; i++) {
        pages_touch(&in->data[order[i]]);
    }
    for (uint32_t i = now; i < now + next; i++) {
        pages_touch(&in->rows[order[i]]);
    }
}

/* The same for remotes: those of the next few ranks. */
static void look_ahead_remotes(const struct seal_input *in, const struct plan *p, uint32_t rank)
{
    enum { AHEAD = 16 };
    if (rank % AHEAD != 0) {
        return;
    }
    for (uint32_t i = rank; i < rank + 2 * AHEAD && i < in->remotes->n; i++) {
        const uint8_t *remote = evidence_ends_at(in->remotes, p->by_rank[i]);
        pages_touch(remote);
        pages_touch(remote + sizeof(struct seal_remote) - 1);
    }
}

static enum status commit_rows(const struct seal_input *in, const struct plan *p,
                               struct evidence_segment *s, struct digest *leaves)
{
    CLEANUP(free_ptr) struct batch *b = calloc(1, sizeof(*b));
    if (b == NULL) {
        return ST_NOMEM;
    }
    b->in = in;
    for (uint32_t i = 0; i < in->remotes->n; i++) {
        look_ahead_remotes(in, p, i);
        const struct seal_remote *r = evidence_ends_at(in->remotes, p->by_rank[i]);
        for (uint32_t k = 0, now; k < r->n; k += now) {
            uint32_t room = COMMIT_BATCH - (uint32_t)b->n;
            now = r->n - k < room ? r->n - k : room;
            if (b->n == 0) {
                look_ahead(in, p, b->done);
            }
            add_rows(b, r, p->order + p->start[i] + k, k, now);
            if (b->n == COMMIT_BATCH) {
                finish(b, s, leaves);
            }
        }
    }
    finish(b, s, leaves);
    explicit_bzero(b, sizeof(*b));
    return ST_OK;
}

static enum status build_trie(const struct seal_input *in, const struct plan *p,
                              const struct digest *hashes, struct evidence_trie *ret)
{
    uint32_t n = in->remotes->n;
    CLEANUP(free_ptr) struct evidence_leaf *leaves = calloc(n + 1U, sizeof(*leaves));
    if (leaves == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct seal_remote *r = evidence_ends_at(in->remotes, p->by_rank[i]);
        leaves[i] =
            (struct evidence_leaf){.n = r->n, .kc = r->keys.kc, .records = hashes[p->start[i]]};
        memcpy(leaves[i].key, r->addr.b, 16);
    }
    TRY(evidence_trie_build(in->engine, TRIE_REMOTES, leaves, n, ret));
    leaves = NULL;
    return ST_OK;
}

/* What can be opened of a remote, and where its rows begin. */
static enum status keep_remotes(const struct seal_input *in, struct plan *p,
                                struct evidence_segment *s)
{
    s->kr = calloc(in->remotes->n + 1U, sizeof(*s->kr));
    if (s->kr == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < in->remotes->n; i++) {
        s->kr[i] =
            ((const struct seal_remote *)evidence_ends_at(in->remotes, p->by_rank[i]))->keys.kr;
    }
    s->start = TAKE(p->start);
    s->count = in->count;
    s->kept = true;
    return ST_OK;
}

static enum status seal_with(const struct seal_input *in, struct digest *leaves,
                             struct evidence_segment *ret)
{
    CLEANUP(plan_fini) struct plan p = {.by_rank = NULL};
    TRY(make_plan(in, &p));
    if (in->keep) {
        ret->records = malloc((size_t)in->count * RECORD_BYTES + 1);
        ret->rows = malloc((in->count + 1U) * sizeof(*ret->rows));
        if (ret->records == NULL || ret->rows == NULL) {
            return ST_NOMEM;
        }
    }
    TRY(commit_rows(in, &p, ret, leaves));
    TRY(evidence_commit_trees(in->engine, leaves, p.start, p.width, in->remotes->n));
    TRY(build_trie(in, &p, leaves, &ret->remotes));
    return in->keep ? keep_remotes(in, &p, ret) : ST_OK;
}

enum status seal_rows(const struct seal_input *in, struct evidence_segment *ret)
{
    size_t bytes = (in->count + 1U) * sizeof(struct digest);
    struct digest *leaves = pages_alloc(bytes);
    enum status st = leaves == NULL ? ST_NOMEM : seal_with(in, leaves, ret);
    pages_free(leaves, bytes);
    return st;
}
