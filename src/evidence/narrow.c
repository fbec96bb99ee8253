/* evidence/narrow.c - an opening read a second time, for its salts, and written anew. */
#include "evidence/narrow.h"

#include <stdlib.h>
#include <string.h>

/* Where the salts of a row stand, or that they follow from a seed. */
struct cell {
    struct evidence_salt salt_a, salt_x, salt_d;
    struct digest data; /* D, where it is not opened */
    uint8_t open;       /* of the new opening */
    bool keep;
};

struct token {
    struct evidence_salt salt; /* where it is known */
    uint32_t number;           /* in the new opening, plus one; 0: not used yet */
    bool known;                /* still */
};

struct narrow {
    const struct evidence_engine *e;
    const struct evidence_shown *s;
    const struct evidence_narrow *wish;
    struct cursor c; /* over what was checked: it does not fail */
    struct evidence_salt kr, seed_a, seed_x, seed_d;
    struct bytes nets; /* as they were written */
    struct cell *cells;
    struct token *tokens;
    uint32_t *order; /* tokens by first use */
    uint32_t kept, token_n;
    uint8_t wide;
};

enum { NET_BYTES = EVIDENCE_SALT_BYTES + 17 };

static void narrow_fini(struct narrow *n)
{
    free(n->cells);
    free(n->tokens);
    free(n->order);
    explicit_bzero(n, sizeof(*n));
}

static void take(struct narrow *n, void *to, size_t len)
{
    struct bytes b = cursor_take(&n->c, len);
    if (b.len > 0) {
        memcpy(to, b.data, len);
    }
}

static bool has_data(const struct evidence_row *r)
{
    return r->record.type == OBS_LOG || (r->record.flags & RECORD_DATA) != 0;
}

/* --- reading ------------------------------------------------------------------------------- */

static void read_head(struct narrow *n)
{
    cursor_skip(&n->c, 2); /* version, wide */
    cursor_skip(&n->c, (size_t)cursor_be32(&n->c) * 8);
    struct {
        uint8_t wide;
        struct evidence_salt *to;
    } seeds[] = {{WIDE_KR, &n->kr},
                 {WIDE_SEED_A, &n->seed_a},
                 {WIDE_SEED_X, &n->seed_x},
                 {WIDE_SEED_D, &n->seed_d}};
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
        if ((n->s->wide & seeds[i].wide) != 0) {
            take(n, seeds[i].to->b, EVIDENCE_SALT_BYTES);
        }
    }
    n->nets = cursor_take(&n->c, (size_t)cursor_u8(&n->c) * NET_BYTES);
    (void)cursor_be32(&n->c); /* as many tokens as shown->token_count */
    for (uint32_t i = 0; i < n->s->token_count; i++) {
        cursor_skip(&n->c, 1);
        if (n->s->tokens[i].known) {
            take(n, n->tokens[i].salt.b, EVIDENCE_SALT_BYTES);
            cursor_skip(&n->c, 16);
        } else {
            cursor_skip(&n->c, DIGEST_BYTES);
        }
    }
}

static void salt_of(struct narrow *n, uint8_t wide, const struct evidence_salt *seed, uint32_t row,
                    struct evidence_salt *ret)
{
    if ((n->s->wide & wide) != 0) {
        evidence_keys_salts(n->e, seed, row, 1, ret);
    } else {
        take(n, ret->b, sizeof(ret->b));
    }
}

static void read_data(struct narrow *n, const struct evidence_row *r, struct cell *cell)
{
    if ((r->opened & OPEN_DATA) == 0) {
        take(n, cell->data.b, DIGEST_BYTES);
        return;
    }
    bool line = r->record.type == OBS_LOG;
    salt_of(n, WIDE_SEED_D, &n->seed_d, r->number, &cell->salt_d);
    cursor_skip(&n->c, (line ? 4U : 8U) + r->data.ip_options.len + r->data.tcp_options.len +
                           r->data.payload.len);
}

static void read_row(struct narrow *n, uint32_t i)
{
    const struct evidence_row *r = &n->s->rows[i];
    struct cell *cell = &n->cells[i];
    bool ext = evidence_opening_has_ext(r->record.type, r->record.flags);
    cursor_skip(&n->c, 1 + OPENING_CLEAR_BYTES + (ext ? RECORD_EXT_BYTES : 0U));
    cursor_skip(&n->c, (n->s->wide & WIDE_KR) != 0 ? 0 : 16);
    if ((r->opened & OPEN_LINK) != 0) {
        salt_of(n, WIDE_SEED_A, &n->seed_a, r->number, &cell->salt_a);
        cursor_skip(&n->c, 4);
    } else {
        cursor_skip(&n->c, DIGEST_BYTES);
    }
    if ((r->opened & OPEN_HIDDEN) == 0) {
        cursor_skip(&n->c, DIGEST_BYTES);
        return;
    }
    salt_of(n, WIDE_SEED_X, &n->seed_x, r->number, &cell->salt_x);
    cursor_skip(&n->c, r->record.type == OBS_LOG ? 0 : RECORD_HIDDEN_BYTES);
    if (has_data(r)) {
        read_data(n, r, cell);
    }
}

/* --- deciding -------------------------------------------------------------------------------- */

static void decide_row(struct narrow *n, uint32_t i)
{
    const struct evidence_row *r = &n->s->rows[i];
    struct cell *cell = &n->cells[i];
    uint8_t open = n->wish->what(n->wish->ctx, n->s, r) & r->opened;
    cell->keep = n->wish->keep == NULL || n->wish->keep(n->wish->ctx, n->s, r);
    open = (open & OPEN_LINK) != 0 ? open : (uint8_t)(open & ~OPEN_LOCAL);
    open = (open & OPEN_HIDDEN) != 0 ? open : (uint8_t)(open & ~OPEN_DATA);
    cell->open = cell->keep ? open : 0;
    n->kept += cell->keep;
    if ((cell->open & OPEN_LINK) != 0) {
        struct token *t = &n->tokens[r->token];
        t->known |= (open & OPEN_LOCAL) != 0;
        if (t->number == 0) {
            n->order[n->token_n] = r->token;
            t->number = ++n->token_n;
        }
    }
}

/* kr and seeds stay while they open nothing that is to be closed. */
static void decide_wide(struct narrow *n)
{
    bool all = n->kept == n->s->n, kr = n->wish->kr, a = all, x = all, d = all, any = false;
    for (uint32_t i = 0; i < n->s->row_count; i++) {
        const struct cell *cell = &n->cells[i];
        if (!cell->keep) {
            continue;
        }
        bool link = (cell->open & OPEN_LINK) != 0, data = has_data(&n->s->rows[i]);
        kr = kr && link && n->tokens[n->s->rows[i].token].known;
        a = a && link;
        x = x && (cell->open & OPEN_HIDDEN) != 0;
        d = d && (!data || (cell->open & OPEN_DATA) != 0);
        any = any || data;
    }
    n->wide = n->s->wide & (uint8_t)((kr ? WIDE_KR : 0) | (a ? WIDE_SEED_A : 0) |
                                     (x ? WIDE_SEED_X : 0) | (d && any ? WIDE_SEED_D : 0));
}

/* --- writing -----------------------------------------------------------------------------------
 */

static size_t find_runs(const struct narrow *n, struct evidence_run *runs)
{
    size_t count = 0;
    for (uint32_t i = 0; i < n->s->row_count; i++) {
        uint32_t number = n->s->rows[i].number;
        if (!n->cells[i].keep) {
            continue;
        }
        if (count > 0 && runs[count - 1].first + runs[count - 1].count == number) {
            runs[count - 1].count++;
        } else {
            runs[count++] = (struct evidence_run){number, 1};
        }
    }
    return count;
}

static void put_salt(struct buf *out, const struct evidence_salt *s)
{
    buf_append(out, s->b, sizeof(s->b));
}

/* Is the network still needed to see that an opened address is local? */
static bool net_is_used(const struct narrow *n, const struct prefix *net)
{
    bool any = false;
    for (uint32_t t = 0; t < n->token_n; t++) {
        const struct token *token = &n->tokens[n->order[t]];
        if (token->known && prefix_contains(net, &n->s->tokens[n->order[t]].local)) {
            return true;
        }
        any = any || token->known;
    }
    return any && prefix_contains(net, &n->s->remote);
}

static void put_nets(const struct narrow *n, struct buf *out)
{
    size_t count = 0, at = out->len;
    buf_byte(out, 0);
    for (size_t i = 0; i < n->s->net_count; i++) {
        if (net_is_used(n, &n->s->nets[i])) {
            buf_append(out, n->nets.data + i * NET_BYTES, NET_BYTES);
            count++;
        }
    }
    if (out->failed == ST_OK) {
        out->data[at] = (uint8_t)count;
    }
}

static void put_head(const struct narrow *n, const struct evidence_run *runs, size_t count,
                     struct buf *out)
{
    buf_byte(out, OPENING_VERSION);
    buf_byte(out, n->wide);
    buf_be32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        buf_be32(out, runs[i].first);
        buf_be32(out, runs[i].count);
    }
    if ((n->wide & WIDE_KR) != 0) {
        put_salt(out, &n->kr);
    }
    if ((n->wide & WIDE_SEED_A) != 0) {
        put_salt(out, &n->seed_a);
    }
    if ((n->wide & WIDE_SEED_X) != 0) {
        put_salt(out, &n->seed_x);
    }
    if ((n->wide & WIDE_SEED_D) != 0) {
        put_salt(out, &n->seed_d);
    }
    put_nets(n, out);
    buf_be32(out, n->token_n);
    for (uint32_t i = 0; i < n->token_n; i++) {
        const struct token *t = &n->tokens[n->order[i]];
        const struct evidence_token *was = &n->s->tokens[n->order[i]];
        buf_byte(out, t->known);
        if (t->known) {
            put_salt(out, &t->salt);
            buf_append(out, was->local.b, 16);
        } else {
            buf_append(out, was->t.b, DIGEST_BYTES);
        }
    }
}

static void put_data(const struct narrow *n, uint32_t i, struct buf *out)
{
    const struct evidence_row *r = &n->s->rows[i];
    const struct cell *cell = &n->cells[i];
    bool line = r->record.type == OBS_LOG;
    if ((cell->open & OPEN_DATA) == 0) {
        struct digest d = cell->data;
        if ((r->opened & OPEN_DATA) != 0) {
            evidence_commit_data(n->e, &cell->salt_d, &r->data, line, &d);
        }
        buf_append(out, d.b, DIGEST_BYTES);
        return;
    }
    if ((n->wide & WIDE_SEED_D) == 0) {
        put_salt(out, &cell->salt_d);
    }
    if (!line) {
        buf_be16(out, (uint16_t)r->data.ip_options.len);
        buf_be16(out, (uint16_t)r->data.tcp_options.len);
    }
    buf_be32(out, (uint32_t)r->data.payload.len);
    buf_append(out, r->data.ip_options.data, r->data.ip_options.len);
    buf_append(out, r->data.tcp_options.data, r->data.tcp_options.len);
    buf_append(out, r->data.payload.data, r->data.payload.len);
}

static void put_row(const struct narrow *n, uint32_t i, struct buf *out)
{
    const struct evidence_row *r = &n->s->rows[i];
    const struct cell *cell = &n->cells[i];
    uint8_t raw[RECORD_BYTES], hidden[RECORD_HIDDEN_BYTES];
    evidence_record_put(&r->record, raw);
    buf_byte(out, cell->open & (OPEN_LINK | OPEN_HIDDEN | OPEN_DATA));
    buf_append(out, raw, OPENING_CLEAR_BYTES);
    if (evidence_opening_has_ext(raw[0], r->record.flags)) {
        buf_append(out, raw + RECORD_AT_EXT, RECORD_EXT_BYTES);
    }
    buf_append(out, raw + RECORD_AT_P, (n->wide & WIDE_KR) != 0 ? 0 : 16);
    if ((cell->open & OPEN_LINK) == 0) {
        buf_append(out, raw + RECORD_AT_C_A, DIGEST_BYTES);
    } else {
        buf_append(out, cell->salt_a.b, (n->wide & WIDE_SEED_A) != 0 ? 0 : sizeof(cell->salt_a));
        buf_be32(out, n->tokens[r->token].number - 1);
    }
    if ((cell->open & OPEN_HIDDEN) == 0) {
        buf_append(out, raw + RECORD_AT_C_X, DIGEST_BYTES);
        return;
    }
    buf_append(out, cell->salt_x.b, (n->wide & WIDE_SEED_X) != 0 ? 0 : sizeof(cell->salt_x));
    if (r->record.type != OBS_LOG) {
        evidence_hidden_put(&r->hidden, hidden);
        buf_append(out, hidden, sizeof(hidden));
    }
    if (has_data(r)) {
        put_data(n, i, out);
    }
}

/* The hashes of what is not shown: those that were there, or, where every row was
 * there, those of the rows that are left out. */
static enum status put_hashes(struct narrow *n, const struct evidence_run *runs, size_t count,
                              struct buf *out)
{
    if (n->s->row_count < n->s->n) {
        struct bytes rest = cursor_rest(&n->c);
        buf_append(out, rest.data, rest.len);
        return ST_OK;
    }
    CLEANUP(free_ptr) uint8_t *raw = malloc((size_t)n->s->n * RECORD_BYTES);
    CLEANUP(free_ptr) struct digest *leaves = malloc((size_t)n->s->n * sizeof(*leaves));
    if (raw == NULL || leaves == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < n->s->n; i++) {
        evidence_record_put(&n->s->rows[i].record, raw + (size_t)i * RECORD_BYTES);
    }
    evidence_commit_leaves(n->e, raw, n->s->n, leaves);
    return evidence_commit_prove(n->e, leaves, n->s->n, runs, count, out);
}

enum status evidence_narrow(const struct evidence_engine *e, struct bytes opening,
                            const struct evidence_shown *shown, const struct evidence_narrow *wish,
                            struct buf *out)
{
    CLEANUP(narrow_fini)
    struct narrow n = {.e = e, .s = shown, .wish = wish, .c = cursor_of(opening)};
    CLEANUP(free_ptr) struct evidence_run *runs = calloc(shown->row_count + 1U, sizeof(*runs));
    n.cells = calloc(shown->row_count + 1U, sizeof(*n.cells));
    n.tokens = calloc(shown->token_count + 1U, sizeof(*n.tokens));
    n.order = calloc(shown->token_count + 1U, sizeof(*n.order));
    if (runs == NULL || n.cells == NULL || n.tokens == NULL || n.order == NULL) {
        return ST_NOMEM;
    }
    read_head(&n);
    for (uint32_t i = 0; i < shown->row_count; i++) {
        read_row(&n, i);
        decide_row(&n, i);
    }
    if (n.kept == 0) {
        return ST_END;
    }
    if (n.kept < shown->row_count && shown->row_count < shown->n) {
        return ST_DENIED;
    }
    decide_wide(&n);
    size_t count = find_runs(&n, runs);
    put_head(&n, runs, count, out);
    for (uint32_t i = 0; i < shown->row_count; i++) {
        if (n.cells[i].keep) {
            put_row(&n, i, out);
        }
    }
    TRY(put_hashes(&n, runs, count, out));
    return out->failed;
}
