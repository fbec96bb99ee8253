/* evidence/opening_check.c - reading an opening; nothing in it is believed.
 *
 * First everything is taken in, bounded by the bytes that are there. Then the
 * records are put together from what was opened, and their tree must have the
 * leaf's root: what was changed anywhere is another record.
 */
#include "evidence/opening.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/pages.h"
#include "evidence/ends.h"

/* While a row is read: what its record will be made of. */
struct cell {
    struct evidence_salt salt_a, salt_x, salt_d;
    struct digest data; /* D, where it is not opened */
};

struct check {
    const struct evidence_engine *e;
    const struct evidence_header *h;
    const struct evidence_leaf *leaf;
    struct evidence_shown *s;
    struct cursor c;
    struct fault *why;
    struct evidence_run *runs;
    uint32_t run_count;
    struct evidence_salt kr, seed_a, seed_x, seed_d;
    uint8_t *records;
    struct cell *cells;
};

static void check_fini(struct check *k)
{
    free(k->runs);
    free(k->records);
    free(k->cells);
}

static enum status refuse(struct check *k, enum status st, const char *what)
{
    return fault_at(k->why, k->c.failed ? ST_SHORT : st, k->c.pos, what);
}

static void take(struct check *k, void *to, size_t n)
{
    struct bytes b = cursor_take(&k->c, n);
    if (b.len > 0) {
        memcpy(to, b.data, n);
    }
}

/* The least that a row can take: what, clear fields, P or a link, hidden. */
enum { ROW_LEAST = 1 + OPENING_CLEAR_BYTES + 4, RUN_BYTES = 8 };

static enum status read_runs(struct check *k)
{
    uint64_t end = 0, sum = 0;
    k->run_count = cursor_be32(&k->c);
    if (k->c.failed || k->run_count == 0 || k->run_count > cursor_left(&k->c) / RUN_BYTES) {
        return refuse(k, ST_MALFORMED, "count of runs");
    }
    k->runs = malloc(k->run_count * sizeof(*k->runs));
    if (k->runs == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < k->run_count; i++) {
        struct evidence_run r = {.first = cursor_be32(&k->c), .count = cursor_be32(&k->c)};
        bool apart = i == 0 || r.first > end;
        end = (uint64_t)r.first + r.count;
        if (r.count == 0 || !apart || end > k->leaf->n) {
            return refuse(k, ST_MALFORMED, "run of rows");
        }
        sum += r.count;
        k->runs[i] = r;
    }
    if (sum > cursor_left(&k->c) / ROW_LEAST) {
        return refuse(k, ST_SHORT, "rows");
    }
    k->s->row_count = (uint32_t)sum;
    return ST_OK;
}

static enum status read_wide(struct check *k)
{
    uint8_t w = k->s->wide;
    bool all = k->s->row_count == k->leaf->n;
    if ((w & (WIDE_SEED_A | WIDE_SEED_X | WIDE_SEED_D)) != 0 && !all) {
        return refuse(k, ST_MALFORMED, "a seed would open rows that are not shown");
    }
    if ((w & WIDE_KR) != 0) {
        struct digest kc;
        take(k, k->kr.b, sizeof(k->kr.b));
        evidence_keys_kc(k->e, &k->kr, &kc);
        if (memcmp(&kc, &k->leaf->kc, sizeof(kc)) != 0) {
            return refuse(k, ST_MISMATCH, "kr is not the leaf's");
        }
    }
    if ((w & WIDE_SEED_A) != 0) {
        take(k, k->seed_a.b, sizeof(k->seed_a.b));
    }
    if ((w & WIDE_SEED_X) != 0) {
        take(k, k->seed_x.b, sizeof(k->seed_x.b));
    }
    if ((w & WIDE_SEED_D) != 0) {
        take(k, k->seed_d.b, sizeof(k->seed_d.b));
    }
    return k->c.failed ? refuse(k, ST_SHORT, "seeds") : ST_OK;
}

static bool committed(const struct check *k, const struct evidence_salt *salt,
                      const struct prefix *net)
{
    struct digest d;
    evidence_keys_net(k->e, salt, net, &d);
    for (uint32_t i = 0; i < k->h->net_count; i++) {
        if (memcmp(&d, &k->h->net[i], sizeof(d)) == 0) {
            return true;
        }
    }
    return false;
}

static enum status read_nets(struct check *k)
{
    enum { NET_BYTES = EVIDENCE_SALT_BYTES + 17 };
    uint8_t n = cursor_u8(&k->c);
    struct bytes last = {0};
    if (n > LOCAL_NETS_MAX) {
        return refuse(k, ST_MALFORMED, "count of networks");
    }
    for (uint8_t i = 0; i < n; i++) {
        struct bytes b = cursor_take(&k->c, NET_BYTES);
        if (k->c.failed) {
            return refuse(k, ST_SHORT, "network");
        }
        struct evidence_salt salt;
        struct prefix *net = &k->s->nets[i];
        memcpy(salt.b, b.data, sizeof(salt.b));
        net->len = b.data[16];
        memcpy(net->net.b, b.data + 17, 16);
        bool order = last.len == 0 || memcmp(last.data, b.data, NET_BYTES) < 0;
        if (!order || net->len > TRIE_BITS) {
            return refuse(k, ST_MALFORMED, "network");
        }
        struct prefix plain = prefix_of(&net->net, net->len);
        if (!addr_equal(&plain.net, &net->net) || !committed(k, &salt, net)) {
            return refuse(k, ST_MISMATCH, "network is not one of the header's");
        }
        last = b;
    }
    k->s->net_count = n;
    return k->c.failed ? refuse(k, ST_SHORT, "networks") : ST_OK;
}

static enum status read_tokens(struct check *k)
{
    struct evidence_shown *s = k->s;
    s->token_count = cursor_be32(&k->c);
    if (k->c.failed || s->token_count > s->row_count ||
        s->token_count > cursor_left(&k->c) / (1 + DIGEST_BYTES)) {
        return refuse(k, ST_MALFORMED, "count of tokens");
    }
    s->tokens = calloc(s->token_count + 1U, sizeof(*s->tokens));
    if (s->tokens == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < s->token_count; i++) {
        struct evidence_token *t = &s->tokens[i];
        uint8_t known = cursor_u8(&k->c);
        if (known > 1) {
            return refuse(k, ST_MALFORMED, "kind of token");
        }
        t->known = known == 1;
        if (t->known) {
            struct evidence_salt salt = {{0}};
            take(k, salt.b, sizeof(salt.b));
            take(k, t->local.b, sizeof(t->local.b));
            evidence_keys_token(k->e, &salt, &t->local, &t->t);
        } else {
            take(k, t->t.b, sizeof(t->t.b));
        }
    }
    return k->c.failed ? refuse(k, ST_SHORT, "tokens") : ST_OK;
}

static bool has_data(const struct evidence_row *r)
{
    return r->record.type == OBS_LOG || (r->record.flags & RECORD_DATA) != 0;
}

/* Options and payload, or a line, or D alone. */
static enum status read_data(struct check *k, struct evidence_row *r, struct cell *cell)
{
    bool line = r->record.type == OBS_LOG;
    if ((r->opened & OPEN_DATA) == 0) {
        take(k, cell->data.b, DIGEST_BYTES);
        return k->c.failed ? refuse(k, ST_SHORT, "data") : ST_OK;
    }
    if ((k->s->wide & WIDE_SEED_D) == 0) {
        take(k, cell->salt_d.b, sizeof(cell->salt_d.b));
    }
    uint16_t ip = line ? 0 : cursor_be16(&k->c), tcp = line ? 0 : cursor_be16(&k->c);
    uint32_t payload = cursor_be32(&k->c);
    r->data.ip_options = cursor_take(&k->c, ip);
    r->data.tcp_options = cursor_take(&k->c, tcp);
    r->data.payload = cursor_take(&k->c, payload);
    if (k->c.failed) {
        return refuse(k, ST_SHORT, "data");
    }
    uint32_t most = r->record.cap_len < k->h->payload ? r->record.cap_len : k->h->payload;
    if (!line && (payload != most || (uint64_t)ip + tcp + payload == 0)) {
        return refuse(k, ST_MISMATCH, "length of data");
    }
    return ST_OK;
}

/* The clear fields, as far as they decide what follows. */
static enum status read_clear(struct check *k, struct evidence_row *r, uint8_t *raw)
{
    uint8_t w = cursor_u8(&k->c);
    take(k, raw, OPENING_CLEAR_BYTES);
    if (k->c.failed) {
        return refuse(k, ST_SHORT, "row");
    }
    r->opened = w;
    r->record.type = raw[0];
    r->record.flags = load_be16(raw + 2);
    r->record.cap_len = load_be16(raw + 21);
    if ((w & ~(OPEN_LINK | OPEN_HIDDEN | OPEN_DATA)) != 0 ||
        ((w & OPEN_DATA) != 0 && ((w & OPEN_HIDDEN) == 0 || !has_data(r)))) {
        return refuse(k, ST_MALFORMED, "what is opened of a row");
    }
    if (((k->s->wide & (WIDE_SEED_A | WIDE_KR)) != 0 && (w & OPEN_LINK) == 0) ||
        ((k->s->wide & WIDE_SEED_X) != 0 && (w & OPEN_HIDDEN) == 0) ||
        ((k->s->wide & WIDE_SEED_D) != 0 && has_data(r) && (w & OPEN_DATA) == 0)) {
        return refuse(k, ST_MALFORMED, "a seed would open more than is shown");
    }
    if (evidence_opening_has_ext(raw[0], r->record.flags)) {
        take(k, raw + RECORD_AT_EXT, RECORD_EXT_BYTES);
    }
    return ST_OK;
}

static enum status read_row(struct check *k, uint32_t i, uint32_t *next_token)
{
    struct evidence_row *r = &k->s->rows[i];
    struct cell *cell = &k->cells[i];
    uint8_t *raw = k->records + (size_t)i * RECORD_BYTES;
    TRY(read_clear(k, r, raw));
    if ((k->s->wide & WIDE_KR) == 0) {
        take(k, raw + RECORD_AT_P, 16);
    }
    if ((r->opened & OPEN_LINK) == 0) {
        take(k, raw + RECORD_AT_C_A, DIGEST_BYTES);
    } else {
        if ((k->s->wide & WIDE_SEED_A) == 0) {
            take(k, cell->salt_a.b, sizeof(cell->salt_a.b));
        }
        r->token = cursor_be32(&k->c);
        if (r->token > *next_token || r->token >= k->s->token_count) {
            return refuse(k, ST_MALFORMED, "tokens come in the order of their first use");
        }
        *next_token += r->token == *next_token;
        r->opened |= k->s->tokens[r->token].known ? OPEN_LOCAL : 0;
    }
    if ((r->opened & OPEN_HIDDEN) == 0) {
        take(k, raw + RECORD_AT_C_X, DIGEST_BYTES);
        return k->c.failed ? refuse(k, ST_SHORT, "row") : ST_OK;
    }
    if ((k->s->wide & WIDE_SEED_X) == 0) {
        take(k, cell->salt_x.b, sizeof(cell->salt_x.b));
    }
    if (r->record.type != OBS_LOG) {
        uint8_t hidden[RECORD_HIDDEN_BYTES] = {0};
        take(k, hidden, sizeof(hidden));
        evidence_hidden_get(hidden, &r->hidden);
    }
    if (has_data(r)) {
        return read_data(k, r, cell);
    }
    return k->c.failed ? refuse(k, ST_SHORT, "row") : ST_OK;
}

static enum status read_rows(struct check *k)
{
    struct evidence_shown *s = k->s;
    uint32_t next_token = 0, i = 0, data = 0;
    s->rows = pages_alloc(s->row_count * sizeof(*s->rows));
    k->cells = calloc(s->row_count, sizeof(*k->cells));
    k->records = calloc(s->row_count, RECORD_BYTES);
    if (s->rows == NULL || k->cells == NULL || k->records == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t r = 0; r < k->run_count; r++) {
        for (uint32_t j = 0; j < k->runs[r].count; j++, i++) {
            s->rows[i].number = k->runs[r].first + j;
            TRY(read_row(k, i, &next_token));
            data += has_data(&s->rows[i]);
        }
    }
    if (next_token != s->token_count) {
        return refuse(k, ST_MALFORMED, "a token that no row has");
    }
    if ((s->wide & WIDE_SEED_D) != 0 && data == 0) {
        return refuse(k, ST_MALFORMED, "a seed without data");
    }
    for (uint32_t t = 0; (s->wide & WIDE_KR) != 0 && t < s->token_count; t++) {
        if (!s->tokens[t].known) {
            return refuse(k, ST_MALFORMED, "kr opens all addresses");
        }
    }
    return ST_OK;
}

/* Salts of a batch of rows, from a seed when there is one (all rows are shown). */
static void salts_from_seeds(struct check *k, uint32_t first, uint32_t n)
{
    struct evidence_salt salt[COMMIT_BATCH];
    struct {
        uint8_t wide;
        const struct evidence_salt *seed;
        size_t at;
    } columns[] = {{WIDE_SEED_A, &k->seed_a, offsetof(struct cell, salt_a)},
                   {WIDE_SEED_X, &k->seed_x, offsetof(struct cell, salt_x)},
                   {WIDE_SEED_D, &k->seed_d, offsetof(struct cell, salt_d)}};
    for (size_t c = 0; c < ARRAY_LEN(columns); c++) {
        if ((k->s->wide & columns[c].wide) == 0) {
            continue;
        }
        evidence_keys_salts(k->e, columns[c].seed, first, n, salt);
        for (uint32_t i = 0; i < n; i++) {
            memcpy((uint8_t *)&k->cells[first + i] + columns[c].at, salt[i].b, sizeof(salt[i].b));
        }
    }
}

/* C_a and, with kr, P of a batch of rows. */
static void put_locals(struct check *k, uint32_t first, uint32_t n)
{
    struct evidence_salt salt[COMMIT_BATCH];
    struct digest token[COMMIT_BATCH], c_a[COMMIT_BATCH];
    uint32_t of[COMMIT_BATCH], count = 0;
    uint8_t p[COMMIT_BATCH * 16];
    for (uint32_t i = first; i < first + n; i++) {
        const struct evidence_row *r = &k->s->rows[i];
        if ((r->opened & OPEN_LINK) != 0) {
            salt[count] = k->cells[i].salt_a;
            token[count] = k->s->tokens[r->token].t;
            memcpy(p + 16 * count, k->s->tokens[r->token].local.b, 16);
            of[count++] = i;
        }
    }
    if (count == 0) {
        return;
    }
    evidence_commit_local(k->e, salt, token, count, c_a);
    bool kr = (k->s->wide & WIDE_KR) != 0;
    if (kr) {
        struct aes128 key;
        aes128_init(&key, k->kr.b, k->e->aes);
        aes128_encrypt(&key, p, p, count);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *raw = k->records + (size_t)of[i] * RECORD_BYTES;
        memcpy(raw + RECORD_AT_C_A, c_a[i].b, DIGEST_BYTES);
        if (kr) {
            memcpy(raw + RECORD_AT_P, p + 16 * i, 16);
        }
    }
}

/* D of a batch of rows, where it is opened. */
static void put_data(struct check *k, uint32_t first, uint32_t n)
{
    struct evidence_data_job jobs[COMMIT_BATCH];
    size_t count = 0;
    for (uint32_t i = first; i < first + n; i++) {
        const struct evidence_row *r = &k->s->rows[i];
        if ((r->opened & OPEN_DATA) != 0) {
            jobs[count++] = (struct evidence_data_job){.salt = k->cells[i].salt_d,
                                                       .d = r->data,
                                                       .line = r->record.type == OBS_LOG,
                                                       .ret = &k->cells[i].data};
        }
    }
    evidence_commit_data_many(k->e, jobs, count);
}

static void put_hidden(struct check *k, uint32_t first, uint32_t n)
{
    struct evidence_x x[COMMIT_BATCH];
    struct digest c_x[COMMIT_BATCH];
    uint32_t of[COMMIT_BATCH], count = 0;
    for (uint32_t i = first; i < first + n; i++) {
        const struct evidence_row *r = &k->s->rows[i];
        if ((r->opened & OPEN_HIDDEN) == 0) {
            continue;
        }
        x[count].tag = evidence_commit_tag(&r->record);
        x[count].salt = k->cells[i].salt_x;
        x[count].data = k->cells[i].data;
        evidence_hidden_put(&r->hidden, x[count].hidden);
        of[count++] = i;
    }
    if (count == 0) {
        return;
    }
    evidence_commit_hidden(k->e, x, count, c_x);
    for (uint32_t i = 0; i < count; i++) {
        memcpy(k->records + (size_t)of[i] * RECORD_BYTES + RECORD_AT_C_X, c_x[i].b, DIGEST_BYTES);
    }
}

/* The tree of the records must be the leaf's; what is left are its hashes. */
static enum status check_tree(struct check *k)
{
    uint32_t n = k->s->row_count;
    CLEANUP(free_ptr) struct digest *leaves = malloc(n * sizeof(*leaves));
    struct digest root;
    if (leaves == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < n; i += COMMIT_BATCH) {
        uint32_t now = n - i < COMMIT_BATCH ? n - i : COMMIT_BATCH;
        salts_from_seeds(k, i, now);
        put_locals(k, i, now);
        put_data(k, i, now);
        put_hidden(k, i, now);
    }
    evidence_commit_leaves(k->e, k->records, n, leaves);
    enum status st = evidence_commit_root(k->e, leaves, k->leaf->n, k->runs, k->run_count,
                                          cursor_rest(&k->c), &root);
    if (st == ST_NOMEM) {
        return st;
    }
    if (st != ST_OK || memcmp(&root, &k->leaf->records, sizeof(root)) != 0) {
        return refuse(k, ST_MISMATCH, "records are not the leaf's");
    }
    return ST_OK;
}

static bool in_nets(const struct evidence_shown *s, const struct addr *a)
{
    for (size_t i = 0; i < s->net_count; i++) {
        if (prefix_contains(&s->nets[i], a)) {
            return true;
        }
    }
    return false;
}

static bool to_many(const struct addr *a)
{
    return addr_is_multicast(a) || addr_is_broadcast(a);
}

/* Does an opened address lie where the header and the record's class say? */
static bool place_fits(const struct evidence_shown *s, const struct evidence_row *r)
{
    const struct addr *local = &s->tokens[r->token].local;
    static const struct addr none;
    bool in = in_nets(s, local), remote_in = in_nets(s, &s->remote);
    if (r->record.type == OBS_LOG) {
        return in || addr_equal(local, &none);
    }
    bool quoted = (r->record.flags & RECORD_QUOTED) != 0;
    bool out = (r->record.cls & RECORD_OUT) != 0;
    bool is_destination = out == quoted;
    if ((r->record.cls & RECORD_TWIN) == 0) {
        bool not_ip = addr_equal(local, &none) && addr_equal(&s->remote, &none);
        return (in || (is_destination && to_many(local)) || not_ip) && !remote_in;
    }
    if ((r->record.cls & RECORD_INTERNAL) != 0) {
        return (in || (is_destination && to_many(local))) &&
               (remote_in || (!is_destination && to_many(&s->remote)));
    }
    return !in && !remote_in;
}

static enum status check_rows(struct check *k)
{
    struct evidence_shown *s = k->s;
    for (uint32_t i = 0; i < s->row_count; i++) {
        struct evidence_row *r = &s->rows[i];
        const uint8_t *raw = k->records + (size_t)i * RECORD_BYTES;
        TRY(evidence_record_get(raw, &r->record, k->why));
        bool late = (r->record.flags & RECORD_LATE) != 0;
        if (late != (r->record.time_ns < k->h->from_ns) || r->record.time_ns >= k->h->to_ns) {
            return refuse(k, ST_MISMATCH, "time lies outside the segment");
        }
        if ((r->opened & OPEN_LOCAL) != 0 && !place_fits(s, r)) {
            return refuse(k, ST_MISMATCH, "address is not where the header says");
        }
    }
    return ST_OK;
}

/* Keys that must all be different. ST_MISMATCH: two are equal. */
static enum status all_different(const uint8_t *keys, size_t stride, uint32_t n)
{
    CLEANUP(free_ptr) uint32_t *order = malloc((n + 1U) * sizeof(*order));
    if (order == NULL) {
        return ST_NOMEM;
    }
    if (n > 0) {
        TRY(evidence_sort_keys(keys, stride, n, order));
    }
    for (uint32_t i = 1; i < n; i++) {
        if (memcmp(keys + order[i - 1] * stride, keys + order[i] * stride, 16) == 0) {
            return ST_MISMATCH;
        }
    }
    return ST_OK;
}

/* One token, one pseudonym, one address, and the other way round: else one target
 * could be shown as two, or two as one. */
static enum status check_tokens(struct check *k)
{
    struct evidence_shown *s = k->s;
    CLEANUP(free_ptr) uint8_t *keys = calloc(s->token_count + 1U, 48);
    if (keys == NULL) {
        return ST_NOMEM;
    }
    uint32_t known = 0, seen = 0;
    uint8_t *p = keys, *locals = keys + 16 * (size_t)s->token_count;
    uint8_t *ts = locals + 16 * (size_t)s->token_count;
    for (uint32_t i = 0; i < s->row_count; i++) {
        const struct evidence_row *r = &s->rows[i];
        if ((r->opened & OPEN_LINK) == 0) {
            continue;
        }
        bool first = r->token == seen; /* by first use */
        if (first) {
            memcpy(p + 16 * seen++, r->record.p, 16);
        } else if (memcmp(p + 16 * (size_t)r->token, r->record.p, 16) != 0) {
            return refuse(k, ST_MISMATCH, "P and C_a disagree");
        }
    }
    for (uint32_t t = 0; t < s->token_count; t++) {
        memcpy(ts + 16 * (size_t)t, s->tokens[t].t.b, 16);
        if (s->tokens[t].known) {
            memcpy(locals + 16 * (size_t)known++, s->tokens[t].local.b, 16);
        }
    }
    enum status st = all_different(p, 16, s->token_count);
    st = st == ST_OK ? all_different(ts, 16, s->token_count) : st;
    st = st == ST_OK ? all_different(locals, 16, known) : st;
    return st == ST_MISMATCH ? refuse(k, st, "P and C_a disagree") : st;
}

static enum status read_all(struct check *k)
{
    uint8_t version = cursor_u8(&k->c);
    k->s->wide = cursor_u8(&k->c);
    if (k->c.failed || version != OPENING_VERSION ||
        (k->s->wide & ~(WIDE_KR | WIDE_SEED_A | WIDE_SEED_X | WIDE_SEED_D)) != 0) {
        return refuse(k, ST_MALFORMED, "opening");
    }
    TRY(read_runs(k));
    TRY(read_wide(k));
    TRY(read_nets(k));
    TRY(read_tokens(k));
    TRY(read_rows(k));
    TRY(check_tree(k));
    TRY(check_rows(k));
    return check_tokens(k);
}

enum status evidence_opening_check(const struct evidence_engine *e, const struct evidence_header *h,
                                   const struct evidence_leaf *leaf, struct bytes opening,
                                   struct evidence_shown *ret, struct fault *why)
{
    struct evidence_shown s = {.n = leaf->n};
    CLEANUP(check_fini)
    struct check k = {.e = e, .h = h, .leaf = leaf, .s = &s, .c = cursor_of(opening), .why = why};
    memcpy(s.remote.b, leaf->key, 16);
    enum status st = read_all(&k);
    if (st != ST_OK) {
        evidence_shown_fini(&s);
        return st;
    }
    *ret = s;
    return ST_OK;
}

void evidence_shown_fini(struct evidence_shown *s)
{
    pages_free(s->rows, s->row_count * sizeof(*s->rows));
    free(s->tokens);
    *s = (struct evidence_shown){.n = 0};
}
