/* evidence/segment.c - filing observations, and closing segments. */
#include "evidence/segment.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/pages.h"
#include "evidence/commit.h"
#include "evidence/flows.h"
#include "evidence/pairs.h"
#include "evidence/seal.h"

#define SECOND INT64_C(1000000000)
#define DAY    (86400 * SECOND)

enum {
    SPAN_S = 10,
    /* A live sensor that was not told the time for so many spans was not there:
     * one segment stands for them, and says so. */
    MISSED_SPANS = 360,
};

/* A row whose D is still to be computed; its options and payload are the caller's, so
 * they are not kept past his call. */
struct pending {
    uint32_t more, row; /* number of what few rows have; number within the remote */
    struct evidence_salt seed;
    struct evidence_data d;
    bool line;
};

enum { PENDING_MAX = COMMIT_BATCH };

struct evidence_sealer {
    struct evidence_sealer_config c;
    struct evidence_engine engine;
    bool open;
    int64_t from_ns, to_ns; /* of the open segment */
    int64_t newest_ns;      /* of its records */
    struct evidence_clock began;
    uint8_t segid[EVIDENCE_ID_BYTES];
    struct evidence_secret k_seg, k_epoch;
    uint64_t epoch;
    bool has_epoch;
    struct evidence_counters counters;
    struct seal_row *rows;
    struct seal_mores more;
    struct seal_data *row_data;
    uint32_t count, room;
    struct pending pending[PENDING_MAX];
    size_t pending_n;
    uint64_t data_bytes; /* of the open segment, kept or not */
    struct evidence_ends remotes, locals;
    struct evidence_flows flows;
    struct evidence_pairs pairs;
    struct buf data;
};

/* What LOCAL_PRIVATE means, said as networks: each is committed to apart. */
static void spell_out(struct local_nets *l)
{
    static const char *const nets[] = {"10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",
                                       "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
                                       "::1/128",        "fc00::/7",      "fe80::/10"};
    if (l->rule != LOCAL_PRIVATE) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(nets) && l->n < LOCAL_NETS_MAX; i++) {
        status_ignore(prefix_parse(bytes_of(nets[i], strlen(nets[i])), &l->nets[l->n++]));
    }
    l->rule = LOCAL_GIVEN;
}

enum status evidence_sealer_new(const struct evidence_sealer_config *c,
                                struct evidence_sealer **ret)
{
    struct evidence_sealer *s = calloc(1, sizeof(*s));
    uint64_t seed[3];
    if (s == NULL) {
        return ST_NOMEM;
    }
    s->c = *c;
    spell_out(&s->c.nets);
    s->c.span_ns = c->span_ns == 0 ? SPAN_S * SECOND : c->span_ns;
    if (c->records_max < 2 || c->records_max > LIMIT_SEGMENT_RECORDS) {
        s->c.records_max = LIMIT_SEGMENT_RECORDS;
    }
    if (c->data_max == 0 || c->data_max > LIMIT_SEGMENT_DATA) {
        s->c.data_max = LIMIT_SEGMENT_DATA;
    }
    s->data = BUF_INIT(LIMIT_SEALED_BYTES);
    enum status st = evidence_engine_init(&s->engine);
    st = st == ST_OK ? c->random(c->ctx, seed, sizeof(seed)) : st;
    if (st != ST_OK) {
        free(s);
        return st;
    }
    evidence_ends_init(&s->remotes, sizeof(struct seal_remote), seed[0]);
    evidence_ends_init(&s->locals, sizeof(struct seal_local), seed[1]);
    evidence_flows_init(&s->flows, c->idle_ns, seed[2]);
    evidence_pairs_init(&s->pairs, seed[0] ^ ~seed[2]);
    *ret = s;
    return ST_OK;
}

static size_t rows_bytes(const struct evidence_sealer *s)
{
    return s->room * sizeof(*s->rows);
}

void evidence_sealer_free(struct evidence_sealer *s)
{
    if (s == NULL) {
        return;
    }
    evidence_ends_fini(&s->remotes);
    evidence_ends_fini(&s->locals);
    evidence_flows_fini(&s->flows);
    evidence_pairs_fini(&s->pairs);
    pages_free(s->rows, rows_bytes(s));
    pages_free(s->row_data, s->room * sizeof(*s->row_data));
    seal_mores_fini(&s->more);
    buf_fini(&s->data);
    explicit_bzero(s, sizeof(*s));
    free(s);
}

void evidence_segment_free(struct evidence_segment *s)
{
    if (s == NULL) {
        return;
    }
    evidence_trie_fini(&s->remotes);
    evidence_trie_fini(&s->flows);
    free(s->start);
    free(s->records);
    free(s->rows);
    free(s->kr);
    buf_fini(&s->text);
    buf_fini(&s->entry);
    buf_fini(&s->data);
    explicit_bzero(s, sizeof(*s));
    free(s);
}

void evidence_segment_root(const struct evidence_segment *s, struct evidence_root *ret)
{
    *ret = (struct evidence_root){.remotes = s->header.remotes, .records = s->header.records};
    memcpy(ret->segid, s->header.segid, sizeof(ret->segid));
    evidence_trie_top(&s->remotes, &ret->top);
    evidence_trie_top(&s->flows, &ret->flows);
}

static void read_clock(const struct evidence_sealer *s, struct evidence_clock *ret)
{
    *ret = (struct evidence_clock){.source = "file"};
    if (s->c.clock != NULL) {
        s->c.clock(s->c.ctx, ret);
    }
}

static int64_t end_of_span(const struct evidence_sealer *s, int64_t from)
{
    if (s->c.kind != KIND_LOG) {
        return from + s->c.span_ns;
    }
    int64_t into = from % DAY;
    return from - (into < 0 ? into + DAY : into) + DAY;
}

static enum status open_segment(struct evidence_sealer *s, int64_t from)
{
    uint64_t epoch;
    struct evidence_secret k;
    TRY(s->c.fresh(s->c.ctx, s->c.seq, s->segid, &s->k_seg));
    TRY(s->c.epoch(s->c.ctx, from, &epoch, &k));
    /* Tokens of locals are those of an epoch. */
    if (!s->has_epoch || epoch != s->epoch || s->locals.n > LIMIT_SEALED_LOCALS) {
        evidence_ends_clear(&s->locals);
    }
    s->k_epoch = k;
    s->epoch = epoch;
    s->has_epoch = true;
    explicit_bzero(&k, sizeof(k));
    read_clock(s, &s->began);
    s->from_ns = from;
    s->to_ns = end_of_span(s, from);
    s->newest_ns = from;
    s->counters = (struct evidence_counters){.sampling = 1};
    evidence_pairs_clear(&s->pairs);
    s->data_bytes = 0;
    s->open = true;
    return ST_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_BYTES);
}

static void fill_nets(const struct evidence_sealer *s, struct evidence_header *h)
{
    h->declared = s->c.declared;
    h->net_count = (uint32_t)s->c.nets.n;
    for (size_t i = 0; i < s->c.nets.n; i++) {
        struct evidence_salt salt;
        evidence_keys_net_salt(&s->engine, &s->k_seg, &s->c.nets.nets[i], &salt);
        evidence_keys_net(&s->engine, &salt, &s->c.nets.nets[i], &h->net[i]);
    }
    qsort(h->net, h->net_count, sizeof(h->net[0]), by_bytes);
}

static void put_name(char *to, const char *name, size_t max)
{
    size_t n = strnlen(name, max);
    memcpy(to, name, n);
    to[n] = '\0';
}

static void fill_header(const struct evidence_sealer *s, int64_t to, enum evidence_end end,
                        struct evidence_segment *seg)
{
    struct evidence_header *h = &seg->header;
    struct evidence_clock now;
    read_clock(s, &now);
    *h = (struct evidence_header){
        .seq = s->c.seq,
        .from_ns = s->from_ns,
        .to_ns = to,
        .mono_from_ns = s->began.mono_ns,
        .mono_to_ns = now.mono_ns,
        .clock_steps = now.steps - s->began.steps,
        .clock_bound_ns = now.bound_ns > s->began.bound_ns ? now.bound_ns : s->began.bound_ns,
        .kind = s->c.kind,
        .remotes = s->remotes.n,
        .records = s->count,
        .flows = seg->flows.leaf_count,
        .counters = s->counters,
        .payload = s->c.payload,
        .epoch = s->epoch,
        .definitions = s->c.definitions,
        .program = s->c.program,
        .next = s->c.next,
        .prev = s->c.prev,
        .end = end,
    };
    put_name(h->party, s->c.party, LEDGER_NAME_MAX);
    put_name(h->sensor, s->c.sensor, LEDGER_NAME_MAX);
    put_name(h->clock_source, now.source, HEADER_SOURCE_MAX);
    put_name(h->after, s->c.after != NULL ? s->c.after : "none", HEADER_AFTER_MAX);
    memcpy(h->segid, s->segid, sizeof(h->segid));
    evidence_keys_commit(&s->engine, &s->k_seg, &h->key);
    fill_nets(s, h);
}

/* Header, its hash, its entry; and the key, sealed to who may open. */
static enum status sign_off(struct evidence_sealer *s, struct evidence_segment *seg)
{
    struct evidence_root root;
    struct digest entry;
    uint8_t fresh[32];
    evidence_segment_root(seg, &root);
    evidence_root_hash(&s->engine, &root, &seg->header.root);
    seg->text = BUF_INIT(LIMIT_HEADER_BYTES);
    seg->entry = BUF_INIT(LIMIT_HEADER_BYTES);
    evidence_header_write(&seg->header, &seg->text);
    if (seg->text.failed != ST_OK) {
        return seg->text.failed;
    }
    struct bytes text = buf_bytes(&seg->text);
    sha256x_parts(s->engine.sha, &text, 1, &seg->hash);
    evidence_keys_entry_salt(&s->engine, &s->k_seg, &seg->entry_salt);
    evidence_entry_hash(&s->engine, &seg->entry_salt, &seg->hash, &entry);
    evidence_entry_write(&seg->header, &entry, &seg->entry);
    TRY(seg->entry.failed);
    TRY(s->c.random(s->c.ctx, fresh, sizeof(fresh)));
    return evidence_box_seal(&s->k_seg, s->segid, s->c.opening_pub, fresh, &seg->box);
}

/* Hot: many at once, so that setting up the keys of one overlaps with the next. */
static void commit_pending(struct evidence_sealer *s)
{
    struct evidence_data_job jobs[PENDING_MAX];
    for (size_t i = 0; i < s->pending_n; i++) {
        const struct pending *p = &s->pending[i];
        jobs[i] = (struct evidence_data_job){
            .d = p->d, .line = p->line, .ret = &s->more.all[p->more - 1].data};
        evidence_keys_salts(&s->engine, &p->seed, p->row, 1, &jobs[i].salt);
    }
    evidence_commit_data_many(&s->engine, jobs, s->pending_n);
    explicit_bzero(s->pending, s->pending_n * sizeof(s->pending[0]));
    s->pending_n = 0;
}

static enum status fill_segment(struct evidence_sealer *s, int64_t to, enum evidence_end end,
                                struct evidence_segment *seg)
{
    struct seal_input in = {
        .engine = &s->engine,
        .rows = s->rows,
        .more = s->more.all,
        .data = s->row_data,
        .count = s->count,
        .remotes = &s->remotes,
        .locals = &s->locals,
        .keep = s->c.keep,
    };
    uint64_t unseen = s->flows.unseen, lost = s->flows.lost;
    commit_pending(s);
    TRY(seal_rows(&in, seg));
    TRY(evidence_flows_seal(&s->flows, &s->engine, &s->k_seg, &seg->flows));
    fill_header(s, to, end, seg);
    seg->header.flows_unseen = unseen;
    seg->header.flows_lost = lost;
    seg->key = s->k_seg;
    seg->nets = s->c.nets;
    TRY(sign_off(s, seg));
    seg->data = s->data;
    s->data = BUF_INIT(LIMIT_SEALED_BYTES);
    return ST_OK;
}

static enum status close_segment(struct evidence_sealer *s, int64_t to, enum evidence_end end)
{
    struct evidence_segment *seg = calloc(1, sizeof(*seg));
    if (seg == NULL) {
        return ST_NOMEM;
    }
    seg->remotes.top = TRIE_NONE;
    seg->flows.top = TRIE_NONE;
    enum status st = fill_segment(s, to, end, seg);
    if (st != ST_OK) {
        evidence_segment_free(seg);
        return st;
    }
    s->c.prev = seg->hash;
    s->c.seq++;
    s->count = 0;
    s->more.n = 0;
    s->open = false;
    evidence_ends_clear(&s->remotes);
    evidence_secret_fini(&s->k_seg);
    return s->c.closed(s->c.ctx, seg);
}

static enum status empty_span(struct evidence_sealer *s, int64_t from, int64_t to,
                              enum evidence_end end)
{
    TRY(open_segment(s, from));
    return close_segment(s, to, end);
}

/* The open segment ends with its span; then empty spans up to the one that t
 * lies in, which opens. In files neighbouring empty ones are one. */
static enum status roll(struct evidence_sealer *s, int64_t t)
{
    int64_t to = s->to_ns, span = s->c.kind == KIND_LOG ? DAY : s->c.span_ns;
    TRY(close_segment(s, to, END_CLOSED));
    uint64_t empty = ((uint64_t)t - (uint64_t)to) / (uint64_t)span;
    int64_t begin = to + (int64_t)(empty * (uint64_t)span);
    if (s->c.kind == KIND_LIVE && empty <= MISSED_SPANS) {
        for (; to < begin; to += span) {
            TRY(empty_span(s, to, to + span, END_CLOSED));
        }
    } else if (empty > 0) {
        TRY(empty_span(s, to, begin, s->c.kind == KIND_LIVE ? END_CRASH : END_CLOSED));
    }
    return open_segment(s, begin);
}

static enum status reach(struct evidence_sealer *s, int64_t t)
{
    if (!s->open) {
        return open_segment(s, t);
    }
    return t >= s->to_ns ? roll(s, t) : ST_OK;
}

static enum status make_room(struct evidence_sealer *s)
{
    if (s->count < s->room) {
        return ST_OK;
    }
    uint32_t want = s->room == 0 ? 4096 : s->room * 2;
    struct seal_row *rows = s->rows == NULL
                                ? pages_alloc(want * sizeof(*rows))
                                : pages_grow(s->rows, rows_bytes(s), want * sizeof(*rows));
    if (rows == NULL) {
        return ST_NOMEM;
    }
    s->rows = rows;
    if (!s->c.keep) {
        s->room = want;
        return ST_OK;
    }
    size_t have = s->room * sizeof(*s->row_data), bytes = want * sizeof(*s->row_data);
    struct seal_data *data =
        s->row_data == NULL ? pages_alloc(bytes) : pages_grow(s->row_data, have, bytes);
    if (data == NULL) {
        /* Rows are larger than `room` says: only freeing needs their size. */
        pages_free(s->rows, want * sizeof(*rows));
        s->rows = NULL;
        return ST_NOMEM;
    }
    s->row_data = data;
    s->room = want;
    return ST_OK;
}

static struct bytes first_of(struct bytes b, uint32_t n)
{
    return bytes_of(b.data, b.len < n ? b.len : n);
}

/* Options and payload, or the line; what the rule leaves out is not committed. */
static enum status put_data(struct evidence_sealer *s, const struct evidence_item *item,
                            const struct seal_remote *remote, uint32_t at)
{
    struct seal_row *row = &s->rows[at];
    const struct observation *o = item->obs;
    bool line = o->type == OBS_LOG;
    struct evidence_data d = {.payload = item->line};
    if (!line) {
        d = (struct evidence_data){
            .ip_options = first_of(item->ip_options, RECORD_OPTIONS_MAX),
            .tcp_options = first_of(item->tcp_options, RECORD_OPTIONS_MAX),
            .payload = first_of(bytes_of(o->payload, o->captured_len), s->c.payload),
        };
    }
    if (s->c.keep) {
        s->row_data[at] = (struct seal_data){.at = s->data.len};
    }
    bool any = d.ip_options.len + d.tcp_options.len + d.payload.len > 0;
    if (o->type == OBS_FLOW || (!line && !any)) {
        return ST_OK;
    }
    struct seal_more *more;
    TRY(seal_mores_of(&s->more, row, &more));
    s->data_bytes += d.ip_options.len + d.tcp_options.len + d.payload.len;
    if (s->pending_n == PENDING_MAX) {
        commit_pending(s);
    }
    s->pending[s->pending_n++] =
        (struct pending){row->more, row->row, remote->keys.seed_d, d, line};
    if (!line) {
        store_be16(row->clear + 2, load_be16(row->clear + 2) | RECORD_DATA);
    }
    if (s->c.keep) {
        s->row_data[at].ip_options = (uint16_t)d.ip_options.len;
        s->row_data[at].tcp_options = (uint16_t)d.tcp_options.len;
        s->row_data[at].payload = (uint32_t)d.payload.len;
        buf_append(&s->data, d.ip_options.data, d.ip_options.len);
        buf_append(&s->data, d.tcp_options.data, d.tcp_options.len);
        buf_append(&s->data, d.payload.data, d.payload.len);
    }
    return s->data.failed;
}

/* Where an item belongs, and the hashes of its ends there. */
struct filing {
    struct evidence_place at[2];
    uint32_t remote[2], local[2];
    size_t n;
};

static void file_under(const struct evidence_sealer *s, const struct evidence_item *item,
                       struct filing *f)
{
    f->n = evidence_record_places(&s->c.nets, item, f->at);
    for (size_t i = 0; i < f->n; i++) {
        f->remote[i] = evidence_ends_hash(&s->remotes, &f->at[i].remote);
        f->local[i] = evidence_ends_hash(&s->locals, &f->at[i].local);
    }
}

static enum status add_ends(struct evidence_sealer *s, const struct filing *f, size_t which,
                            struct seal_row *row)
{
    const struct evidence_place *p = &f->at[which];
    bool fresh;
    TRY(evidence_ends_add_hashed(&s->remotes, &p->remote, f->remote[which], &row->remote, &fresh));
    struct seal_remote *r = evidence_ends_at(&s->remotes, row->remote);
    if (fresh) {
        evidence_keys_remote(&s->engine, &s->k_seg, &s->k_epoch, &p->remote, &r->keys);
    }
    row->row = r->n++;
    TRY(evidence_ends_add_hashed(&s->locals, &p->local, f->local[which], &row->local, &fresh));
    if (fresh) {
        struct seal_local *l = evidence_ends_at(&s->locals, row->local);
        evidence_keys_tsalt(&s->engine, &s->k_epoch, &p->local, &l->tsalt);
        evidence_keys_token(&s->engine, &l->tsalt, &p->local, &l->token);
    }
    return ST_OK;
}

static bool has_ext(const struct evidence_record *r)
{
    static const uint8_t none[RECORD_EXT_BYTES];
    return memcmp(r->ext, none, sizeof(none)) != 0;
}

static enum status add_row(struct evidence_sealer *s, const struct evidence_item *item,
                           const struct filing *f, size_t which)
{
    const struct evidence_place *p = &f->at[which];
    struct evidence_record r;
    struct evidence_hidden h;
    TRY(make_room(s));
    struct seal_row *row = &s->rows[s->count];
    TRY(add_ends(s, f, which, row));
    evidence_record_clear(item, p, &r);
    if (r.time_ns < s->from_ns) {
        r.flags |= RECORD_LATE;
        s->counters.late++;
    }
    evidence_record_put_clear(&r, row->clear);
    row->more = 0;
    if (has_ext(&r)) {
        struct seal_more *more;
        TRY(seal_mores_of(&s->more, row, &more));
        memcpy(more->ext, r.ext, sizeof(more->ext));
    }
    evidence_record_hidden(item, &h);
    evidence_hidden_put(&h, row->hidden);
    TRY(put_data(s, item, evidence_ends_at(&s->remotes, row->remote), s->count));
    TRY(evidence_flows_add(&s->flows, &s->engine, item->obs, p));
    s->count++;
    return ST_OK;
}

/* What an item may add to the segment's data, at most. */
static uint64_t data_of(const struct evidence_sealer *s, const struct evidence_item *item)
{
    uint64_t payload = item->obs->type == OBS_LOG ? item->line.len : item->obs->captured_len;
    payload = item->obs->type != OBS_LOG && payload > s->c.payload ? s->c.payload : payload;
    return item->ip_options.len + item->tcp_options.len + payload;
}

static bool is_full(const struct evidence_sealer *s, const struct evidence_item *item, size_t n)
{
    uint64_t left = s->c.data_max > s->data_bytes ? s->c.data_max - s->data_bytes : 0;
    return s->count + n > s->c.records_max || (s->count > 0 && n * data_of(s, item) > left);
}

static enum status file_item(struct evidence_sealer *s, const struct evidence_item *item,
                             const struct filing *f)
{
    const struct observation *o = item->obs;
    if (o->time_ns > INT64_MAX - 2 * DAY || o->time_ns < INT64_MIN + 2 * DAY) {
        return ST_LIMIT;
    }
    TRY(reach(s, o->time_ns));
    if (__builtin_expect(is_full(s, item, f->n), 0)) {
        /* Full before its time: it ends behind its newest record, and what comes
         * late from before that belongs to the next. */
        int64_t to = s->newest_ns + 1;
        TRY(close_segment(s, to, END_CLOSED));
        TRY(open_segment(s, to));
        TRY(reach(s, o->time_ns));
    }
    if (o->type == OBS_PACKET && (o->flags & OBS_INNER) == 0) {
        s->counters.packets++;
        s->counters.octets += o->wire_len;
    }
    if (s->c.count_pairs) {
        TRY(evidence_pairs_add(&s->pairs, o, &s->counters));
    }
    for (size_t i = 0; i < f->n; i++) {
        TRY(add_row(s, item, f, i));
    }
    s->newest_ns = o->time_ns > s->newest_ns ? o->time_ns : s->newest_ns;
    return ST_OK;
}

enum status evidence_sealer_add(struct evidence_sealer *s, const struct evidence_item *item)
{
    struct filing f;
    file_under(s, item, &f);
    TRY(file_item(s, item, &f));
    commit_pending(s);
    return ST_OK;
}

static enum status file_many(struct evidence_sealer *s, const struct evidence_item *items, size_t n,
                             size_t *ret_done)
{
    enum { AT_ONCE = OBS_BATCH_MAX };
    struct filing f[AT_ONCE];
    while (*ret_done < n) {
        size_t now = n - *ret_done < AT_ONCE ? n - *ret_done : AT_ONCE;
        const struct evidence_item *from = items + *ret_done;
        for (size_t i = 0; i < now; i++) {
            file_under(s, &from[i], &f[i]);
        }
        for (size_t i = 0; i < now; i++) {
            evidence_ends_expect(&s->remotes, f[i].remote[0]);
            evidence_ends_expect(&s->locals, f[i].local[0]);
        }
        for (size_t i = 0; i < now; i++) {
            evidence_ends_fetch(&s->remotes, f[i].remote[0]);
            evidence_ends_fetch(&s->locals, f[i].local[0]);
        }
        for (size_t i = 0; i < now; i++, (*ret_done)++) {
            TRY(file_item(s, &from[i], &f[i]));
        }
    }
    return ST_OK;
}

enum status evidence_sealer_add_many(struct evidence_sealer *s, const struct evidence_item *items,
                                     size_t n, size_t *ret_done)
{
    *ret_done = 0;
    enum status st = file_many(s, items, n, ret_done);
    commit_pending(s);
    return st;
}

enum status evidence_sealer_tick(struct evidence_sealer *s, int64_t now_ns)
{
    if (now_ns > INT64_MAX - 2 * DAY || now_ns < INT64_MIN + 2 * DAY) {
        return ST_LIMIT;
    }
    return reach(s, now_ns);
}

void evidence_sealer_count(struct evidence_sealer *s, const struct evidence_counters *c)
{
    s->counters.drop_interface += c->drop_interface;
    s->counters.drop_kernel += c->drop_kernel;
    s->counters.drop_sensor += c->drop_sensor;
    s->counters.sampling = c->sampling > 0 ? c->sampling : s->counters.sampling;
    s->counters.two_way += c->two_way;
    s->counters.connections += c->connections;
}

enum status evidence_sealer_end(struct evidence_sealer *s, int64_t now_ns, enum evidence_end end)
{
    if (!s->open) {
        return ST_OK;
    }
    if (s->c.kind != KIND_LIVE) {
        return close_segment(s, s->to_ns, end);
    }
    TRY(evidence_sealer_tick(s, now_ns));
    int64_t to = s->newest_ns + (s->count > 0 ? 1 : 0);
    to = now_ns > to ? now_ns : to;
    return to > s->from_ns ? close_segment(s, to, end) : ST_OK;
}
