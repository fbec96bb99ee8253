/* evidence/replay.c - records by remote, put in order and rebuilt. */
#include "evidence/replay.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/rebuild.h"

/* A record, to be sorted. */
struct at {
    int64_t time_ns;
    uint32_t row, leaf;
    bool inner; /* behind the packet that holds it */
};

struct replay {
    const struct evidence_segment *s;
    struct obs_batch batch;
    evidence_replay_do *feed;
    void *ctx;
    unsigned input;
    uint64_t *number, at; /* position of this moment */
    int64_t time_ns;
    bool begun;
};

static int by_time(const void *a, const void *b)
{
    const struct at *x = a;
    const struct at *y = b;
    if (x->time_ns != y->time_ns) {
        return x->time_ns < y->time_ns ? -1 : 1;
    }
    if (x->inner != y->inner) {
        return x->inner ? 1 : -1;
    }
    return (x->row > y->row) - (x->row < y->row);
}

static const uint8_t *raw_of(const struct evidence_segment *s, uint32_t row)
{
    return s->records + (size_t)row * RECORD_BYTES;
}

/* All records, once each: a twin's copy under its other end is passed over. */
static enum status list(const struct evidence_segment *s, struct at **ret, uint32_t *ret_n)
{
    CLEANUP(free_ptr) struct at *all = calloc((size_t)s->count + 1, sizeof(*all));
    uint32_t n = 0;
    if (all == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t leaf = 0; leaf < s->remotes.leaf_count; leaf++) {
        for (uint32_t i = 0; i < s->remotes.leaves[leaf].n; i++) {
            struct evidence_record r;
            uint32_t row = s->start[leaf] + i;
            TRY(evidence_record_get(raw_of(s, row), &r, NULL));
            if ((r.cls & RECORD_TWIN) == 0 || (r.cls & RECORD_OUT) == 0) {
                all[n++] = (struct at){r.time_ns, row, leaf, (r.cls & RECORD_INNER) != 0};
            }
        }
    }
    qsort(all, n, sizeof(*all), by_time);
    *ret = TAKE(all);
    *ret_n = n;
    return ST_OK;
}

static enum status flush(struct replay *p)
{
    enum status st = p->batch.n > 0 ? p->feed(p->ctx, &p->batch) : ST_OK;
    p->batch.n = 0;
    return st;
}

static void set_data(const struct evidence_segment *s, const struct evidence_kept *k,
                     struct evidence_data *ret)
{
    const uint8_t *p = s->data.data + k->data_at;
    *ret =
        (struct evidence_data){.ip_options = bytes_of(p, k->ip_options),
                               .tcp_options = bytes_of(p + k->ip_options, k->tcp_options),
                               .payload = bytes_of(p + k->ip_options + k->tcp_options, k->payload)};
}

static enum status put(struct replay *p, const struct at *a)
{
    const struct evidence_kept *k = &p->s->rows[a->row];
    struct obs_batch *b = &p->batch;
    struct evidence_record r;
    struct evidence_hidden hidden;
    struct evidence_data data;
    struct addr remote;
    TRY(evidence_record_get(raw_of(p->s, a->row), &r, NULL));
    bool log = r.type == OBS_LOG;
    if (b->n == OBS_BATCH_MAX || (b->n > 0 && (b->obs[0].type == OBS_LOG) != log)) {
        TRY(flush(p));
    }
    memcpy(remote.b, p->s->remotes.leaves[a->leaf].key, sizeof(remote.b));
    struct evidence_opened opened = {.remote = &remote, .local = &k->local};
    if (!log) {
        evidence_hidden_get(k->hidden, &hidden);
        opened.hidden = &hidden;
    }
    if (!log && (r.flags & RECORD_DATA) != 0) {
        set_data(p->s, k, &data);
        opened.data = &data;
    }
    evidence_rebuild(&r, &opened, &b->obs[b->n], &b->quotes[b->n], &b->logs[b->n]);
    if (!p->begun || a->time_ns != p->time_ns) {
        p->at = *p->number;
    }
    p->begun = true;
    p->time_ns = a->time_ns;
    (*p->number)++;
    b->obs[b->n++].pos = pos_make(p->input, p->at);
    return ST_OK;
}

enum status evidence_replay(const struct evidence_segment *s, unsigned input, uint64_t *number,
                            evidence_replay_do *feed, void *ctx)
{
    CLEANUP(free_ptr) struct at *all = NULL;
    CLEANUP(free_ptr) struct replay *p = calloc(1, sizeof(*p));
    uint32_t n = 0;
    if (p == NULL) {
        return ST_NOMEM;
    }
    if (!s->kept) {
        return ST_MALFORMED;
    }
    *p = (struct replay){.s = s, .feed = feed, .ctx = ctx, .input = input, .number = number};
    TRY(list(s, &all, &n));
    for (uint32_t i = 0; i < n; i++) {
        TRY(put(p, &all[i]));
    }
    return flush(p);
}
