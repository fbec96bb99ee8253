/* evidence/commit.c - commitments and leaves in slots of one and two blocks. */
#include "evidence/commit.h"

#include <string.h>

enum { ONE = SHA256X_BLOCK, TWO = 2 * SHA256X_BLOCK };

void evidence_commit_local(const struct evidence_engine *e, const struct evidence_salt *salts,
                           const struct digest *tokens, size_t n, struct digest *ret)
{
    uint8_t slots[COMMIT_BATCH * ONE];
    for (size_t i = 0; i < n; i++) {
        uint8_t *s = slots + i * ONE;
        s[0] = TAG_C_A;
        memcpy(s + 1, salts[i].b, 16);
        memcpy(s + 17, tokens[i].b, 32);
        sha256x_pad(s, 49);
    }
    sha256x_many(e->sha, slots, 1, n, ret);
}

static size_t fill_x(const struct evidence_x *x, uint8_t *s)
{
    s[0] = x->tag;
    memcpy(s + 1, x->salt.b, 16);
    size_t at = 17;
    if (x->tag != TAG_C_X_LINE) {
        memcpy(s + at, x->hidden, RECORD_HIDDEN_BYTES);
        at += RECORD_HIDDEN_BYTES;
    }
    if (x->tag != TAG_C_X) {
        memcpy(s + at, x->data.b, DIGEST_BYTES);
        at += DIGEST_BYTES;
    }
    sha256x_pad(s, at);
    return at;
}

/* Those with data need two blocks: sorted apart, and put back. */
void evidence_commit_hidden(const struct evidence_engine *e, const struct evidence_x *x, size_t n,
                            struct digest *ret)
{
    uint8_t one[COMMIT_BATCH * ONE], two[COMMIT_BATCH * TWO];
    uint8_t of_one[COMMIT_BATCH], of_two[COMMIT_BATCH];
    struct digest d[COMMIT_BATCH];
    size_t ones = 0, twos = 0;
    for (size_t i = 0; i < n; i++) {
        bool wide = x[i].tag == TAG_C_X_DATA;
        (void)fill_x(&x[i], wide ? two + twos * TWO : one + ones * ONE);
        if (wide) {
            of_two[twos++] = (uint8_t)i;
        } else {
            of_one[ones++] = (uint8_t)i;
        }
    }
    if (ones > 0) {
        sha256x_many(e->sha, one, 1, ones, d);
    }
    for (size_t i = 0; i < ones; i++) {
        ret[of_one[i]] = d[i];
    }
    if (twos > 0) {
        sha256x_many(e->sha, two, 2, twos, d);
    }
    for (size_t i = 0; i < twos; i++) {
        ret[of_two[i]] = d[i];
    }
}

uint8_t evidence_commit_tag(const struct evidence_record *r)
{
    if (r->type == OBS_LOG) {
        return TAG_C_X_LINE;
    }
    return (r->flags & RECORD_DATA) != 0 ? TAG_C_X_DATA : TAG_C_X;
}

enum { DATA_HEAD_BYTES = 1 + EVIDENCE_SALT_BYTES + 4, LINE_HEAD_BYTES = 1 + EVIDENCE_SALT_BYTES };

/* What stands before options and payload; how long it is. */
static size_t data_head(const struct evidence_salt *salt, const struct evidence_data *d, bool line,
                        uint8_t ret[DATA_HEAD_BYTES])
{
    ret[0] = TAG_DATA;
    memcpy(ret + 1, salt->b, EVIDENCE_SALT_BYTES);
    if (line) {
        return LINE_HEAD_BYTES;
    }
    store_be16(ret + 17, (uint16_t)d->ip_options.len);
    store_be16(ret + 19, (uint16_t)d->tcp_options.len);
    return DATA_HEAD_BYTES;
}

void evidence_commit_data(const struct evidence_engine *e, const struct evidence_salt *salt,
                          const struct evidence_data *d, bool line, struct digest *ret)
{
    uint8_t head[DATA_HEAD_BYTES];
    size_t n = data_head(salt, d, line, head);
    struct bytes parts[] = {bytes_of(head, n), d->ip_options, d->tcp_options, d->payload};
    sha256x_parts(e->sha, parts, ARRAY_LEN(parts), ret);
}

/* Longer ones are hashed where they lie, one by one: copying would cost more than
 * the second stream gains. */
enum { DATA_BLOCKS_MAX = 32 };

static size_t data_blocks(const struct evidence_data_job *j)
{
    return sha256x_blocks((j->line ? LINE_HEAD_BYTES : DATA_HEAD_BYTES) + j->d.ip_options.len +
                          j->d.tcp_options.len + j->d.payload.len);
}

static void fill_data(const struct evidence_data_job *j, uint8_t *slot)
{
    const struct bytes parts[] = {j->d.ip_options, j->d.tcp_options, j->d.payload};
    size_t n = data_head(&j->salt, &j->d, j->line, slot);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i].len > 0) {
            memcpy(slot + n, parts[i].data, parts[i].len);
            n += parts[i].len;
        }
    }
    sha256x_pad(slot, n);
}

void evidence_commit_data_many(const struct evidence_engine *e,
                               const struct evidence_data_job *jobs, size_t n)
{
    uint8_t slots[2 * DATA_BLOCKS_MAX * SHA256X_BLOCK];
    const struct evidence_data_job *waiting[DATA_BLOCKS_MAX + 1] = {NULL}; /* for a second */
    for (size_t i = 0; i < n; i++) {
        const struct evidence_data_job *j = &jobs[i];
        size_t blocks = data_blocks(j);
        if (blocks > DATA_BLOCKS_MAX) {
            evidence_commit_data(e, &j->salt, &j->d, j->line, j->ret);
        } else if (waiting[blocks] == NULL) {
            waiting[blocks] = j;
        } else {
            uint8_t *second = slots + blocks * SHA256X_BLOCK;
            fill_data(waiting[blocks], slots);
            fill_data(j, second);
            e->sha->two(slots, second, blocks, waiting[blocks]->ret->b, j->ret->b);
            waiting[blocks] = NULL;
        }
    }
    for (size_t b = 0; b <= DATA_BLOCKS_MAX; b++) {
        const struct evidence_data_job *j = waiting[b];
        if (j != NULL) {
            evidence_commit_data(e, &j->salt, &j->d, j->line, j->ret);
        }
    }
}

/* 00 | record fills two blocks but for the padding: H's ninth byte from the end
 * of the second is the last of the record. */
void evidence_commit_leaves(const struct evidence_engine *e, const uint8_t *records, size_t n,
                            struct digest *ret)
{
    uint8_t slots[COMMIT_BATCH * TWO];
    while (n > 0) {
        size_t now = n < COMMIT_BATCH ? n : COMMIT_BATCH;
        for (size_t i = 0; i < now; i++) {
            uint8_t *s = slots + i * TWO;
            s[0] = 0x00;
            memcpy(s + 1, records + i * RECORD_BYTES, RECORD_BYTES);
            sha256x_pad(s, 1 + RECORD_BYTES);
        }
        sha256x_many(e->sha, slots, 2, now, ret);
        records += now * RECORD_BYTES;
        ret += now;
        n -= now;
    }
}

/* Pairs on their way to their parents. */
struct pairs {
    const struct evidence_engine *e;
    uint8_t slots[COMMIT_BATCH * TWO];
    struct digest *to[COMMIT_BATCH];
    size_t n;
};

static void flush(struct pairs *p)
{
    struct digest d[COMMIT_BATCH];
    sha256x_many(p->e->sha, p->slots, 2, p->n, d);
    for (size_t i = 0; i < p->n; i++) {
        *p->to[i] = d[i];
    }
    p->n = 0;
}

static void add_pair(struct pairs *p, const struct digest *two, struct digest *to)
{
    uint8_t *s = p->slots + p->n * TWO;
    s[0] = 0x01;
    memcpy(s + 1, two, 2 * DIGEST_BYTES);
    sha256x_pad(s, 1 + 2 * DIGEST_BYTES);
    p->to[p->n++] = to;
    if (p->n == COMMIT_BATCH) {
        flush(p);
    }
}

/* One level of one tree. A parent's place was read before it is written: it is
 * never to the right of its left child. RFC 6962, 2.1: what has no partner moves
 * up as it is. */
static uint32_t one_level(struct pairs *p, struct digest *d, uint32_t width)
{
    for (uint32_t i = 0; i + 1 < width; i += 2) {
        add_pair(p, d + i, d + i / 2);
    }
    if (width % 2 != 0) {
        d[width / 2] = d[width - 1];
    }
    return (width + 1) / 2;
}

enum status evidence_commit_trees(const struct evidence_engine *e, struct digest *leaves,
                                  const uint32_t *start, uint32_t *width, size_t trees)
{
    CLEANUP(free_ptr) struct pairs *p = malloc(sizeof(*p));
    CLEANUP(free_ptr) uint32_t *open = malloc((trees + 1) * sizeof(*open));
    if (p == NULL || open == NULL) {
        return ST_NOMEM;
    }
    p->e = e;
    p->n = 0;
    size_t left = 0;
    for (size_t i = 0; i < trees; i++) {
        open[left] = (uint32_t)i;
        left += width[i] > 1;
    }
    while (left > 0) {
        size_t still = 0;
        for (size_t k = 0; k < left; k++) {
            uint32_t i = open[k];
            width[i] = one_level(p, leaves + start[i], width[i]);
            open[still] = i;
            still += width[i] > 1;
        }
        flush(p);
        left = still;
    }
    return ST_OK;
}

static enum status one_tree(const struct evidence_engine *e, struct digest *leaves, uint32_t n,
                            struct digest *ret)
{
    uint32_t start = 0, width = n;
    TRY(evidence_commit_trees(e, leaves, &start, &width, 1));
    *ret = leaves[0];
    return ST_OK;
}

static void node(const struct evidence_engine *e, const struct digest *l, const struct digest *r,
                 struct digest *ret)
{
    static const uint8_t tag = 0x01;
    struct bytes parts[] = {bytes_of(&tag, 1), bytes_of(l->b, 32), bytes_of(r->b, 32)};
    sha256x_parts(e->sha, parts, ARRAY_LEN(parts), ret);
}

/* Going down a tree of which only some rows are shown. */
struct descent {
    const struct evidence_engine *e;
    const struct digest *leaves; /* proving: of all rows */
    struct digest *shown;        /* checking: of those shown, the next one first */
    const struct evidence_run *runs;
    size_t count;
    struct buf *out;
    struct cursor in;
};

/* Of [from, to): how many are shown. Only the first run that ends past `from`
 * and those behind it matter; walks go from left to right. */
static uint32_t shown_in(const struct descent *d, uint32_t from, uint32_t to)
{
    size_t lo = 0, hi = d->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (d->runs[mid].first + d->runs[mid].count <= from) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    uint32_t sum = 0;
    for (size_t i = lo; i < d->count && d->runs[i].first < to; i++) {
        uint32_t a = d->runs[i].first > from ? d->runs[i].first : from;
        uint32_t end = d->runs[i].first + d->runs[i].count;
        sum += (end < to ? end : to) - a;
        if (sum > 0 && end < to) {
            break; /* some, and not all: that is all that is asked */
        }
    }
    return sum;
}

static uint32_t split(uint32_t n)
{
    return UINT32_C(1) << (31 - __builtin_clz(n - 1));
}

static enum status prove(struct descent *d, uint32_t from, uint32_t to)
{
    uint32_t some = shown_in(d, from, to);
    if (some == to - from) {
        return ST_OK;
    }
    if (some == 0) {
        CLEANUP(free_ptr) struct digest *copy = malloc((to - from) * sizeof(*copy));
        struct digest root;
        if (copy == NULL) {
            return ST_NOMEM;
        }
        memcpy(copy, d->leaves + from, (to - from) * sizeof(*copy));
        TRY(one_tree(d->e, copy, to - from, &root));
        buf_append(d->out, root.b, sizeof(root.b));
        return ST_OK;
    }
    uint32_t mid = from + split(to - from);
    TRY(prove(d, from, mid));
    return prove(d, mid, to);
}

enum status evidence_commit_prove(const struct evidence_engine *e, const struct digest *leaves,
                                  uint32_t n, const struct evidence_run *runs, size_t count,
                                  struct buf *out)
{
    struct descent d = {.e = e, .leaves = leaves, .runs = runs, .count = count, .out = out};
    TRY(prove(&d, 0, n));
    return out->failed;
}

static enum status root_of(struct descent *d, uint32_t from, uint32_t to, struct digest *ret)
{
    uint32_t some = shown_in(d, from, to);
    if (some == to - from) {
        TRY(one_tree(d->e, d->shown, some, ret));
        d->shown += some;
        return ST_OK;
    }
    if (some == 0) {
        struct bytes b = cursor_take(&d->in, DIGEST_BYTES);
        if (d->in.failed) {
            return ST_MISMATCH;
        }
        memcpy(ret->b, b.data, DIGEST_BYTES);
        return ST_OK;
    }
    struct digest l, r;
    uint32_t mid = from + split(to - from);
    TRY(root_of(d, from, mid, &l));
    TRY(root_of(d, mid, to, &r));
    node(d->e, &l, &r, ret);
    return ST_OK;
}

enum status evidence_commit_root(const struct evidence_engine *e, struct digest *shown, uint32_t n,
                                 const struct evidence_run *runs, size_t count, struct bytes hashes,
                                 struct digest *ret)
{
    struct descent d = {
        .e = e, .shown = shown, .runs = runs, .count = count, .in = cursor_of(hashes)};
    struct digest root;
    TRY(root_of(&d, 0, n, &root));
    if (cursor_left(&d.in) != 0) {
        return ST_MISMATCH;
    }
    *ret = root;
    return ST_OK;
}
