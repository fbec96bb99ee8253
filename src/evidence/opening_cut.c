/* evidence/opening_cut.c - writing an opening from a sealed segment. */
#include "evidence/opening.h"

#include <stdlib.h>
#include <string.h>

struct cut {
    const struct evidence_engine *e;
    const struct evidence_segment *s;
    const struct evidence_wish *wish;
    const struct evidence_leaf *leaf;
    uint32_t base; /* of the remote's first record in the segment */
    uint8_t wide;
    struct evidence_remote_keys keys; /* without kr and kc */
    uint8_t *what;                    /* of each shown row */
    uint32_t *number;                 /* of each shown row */
    uint32_t shown;
    uint32_t *token; /* of each shown row */
    uint32_t *first; /* of each token: a shown row that has it */
    bool *known;     /* of each token: is its address opened? */
    uint32_t tokens;
};

static void cut_fini(struct cut *c)
{
    free(c->what);
    free(c->number);
    free(c->token);
    free(c->first);
    free(c->known);
    explicit_bzero(c, sizeof(*c));
}

static const struct evidence_kept *kept_of(const struct cut *c, uint32_t i)
{
    return &c->s->rows[c->base + c->number[i]];
}

static const uint8_t *record_of(const struct cut *c, uint32_t i)
{
    return c->s->records + (size_t)(c->base + c->number[i]) * RECORD_BYTES;
}

static bool has_data(const uint8_t *raw)
{
    return raw[0] == OBS_LOG || (load_be16(raw + 2) & RECORD_DATA) != 0;
}

static enum status take_rows(struct cut *c)
{
    uint64_t sum = 0, end = 0;
    for (size_t i = 0; i < c->wish->run_count; i++) {
        const struct evidence_run *r = &c->wish->runs[i];
        if (r->count == 0 || (i > 0 && r->first <= end) ||
            r->first + (uint64_t)r->count > c->leaf->n) {
            return ST_MALFORMED;
        }
        end = r->first + (uint64_t)r->count;
        sum += r->count;
    }
    size_t n = (size_t)sum;
    c->what = calloc(n + 1, 1);
    c->number = calloc(n + 1, sizeof(*c->number));
    c->token = calloc(n + 1, sizeof(*c->token));
    c->first = calloc(n + 1, sizeof(*c->first));
    c->known = calloc(n + 1, sizeof(*c->known));
    if (c->what == NULL || c->number == NULL || c->token == NULL || c->first == NULL ||
        c->known == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < c->wish->run_count; i++) {
        for (uint32_t k = 0; k < c->wish->runs[i].count; k++) {
            c->number[c->shown++] = c->wish->runs[i].first + k;
        }
    }
    return n > 0 ? ST_OK : ST_MALFORMED;
}

/* What is opened of each row, and which seeds can stand for whole columns. */
static void decide(struct cut *c)
{
    bool all = c->shown == c->leaf->n, a = true, x = true, d = true, any_d = false;
    for (uint32_t i = 0; i < c->shown; i++) {
        uint8_t w =
            c->wish->what != NULL ? c->wish->what(c->wish->ctx, c->number[i], kept_of(c, i)) : 0;
        bool data = has_data(record_of(c, i));
        w |= c->wish->kr ? OPEN_LINK | OPEN_LOCAL : 0;
        w |= (w & OPEN_LOCAL) != 0 ? OPEN_LINK : 0;
        w |= (w & OPEN_DATA) != 0 ? OPEN_HIDDEN : 0;
        w = data ? w : (uint8_t)(w & ~OPEN_DATA);
        c->what[i] = w & (OPEN_LINK | OPEN_HIDDEN | OPEN_DATA | OPEN_LOCAL);
        a = a && (w & OPEN_LINK) != 0;
        x = x && (w & OPEN_HIDDEN) != 0;
        d = d && (!data || (w & OPEN_DATA) != 0);
        any_d = any_d || data;
    }
    c->wide = (uint8_t)((c->wish->kr ? WIDE_KR : 0) | (all && a ? WIDE_SEED_A : 0) |
                        (all && x ? WIDE_SEED_X : 0) | (all && d && any_d ? WIDE_SEED_D : 0));
}

/* Tokens by first use; a token is opened if one of its rows asks for that. */
static enum status number_tokens(struct cut *c)
{
    size_t mask = 1;
    while (mask < 2 * (size_t)c->shown + 1) {
        mask *= 2;
    }
    CLEANUP(free_ptr) uint32_t *slots = calloc(mask, sizeof(*slots));
    if (slots == NULL) {
        return ST_NOMEM;
    }
    mask--;
    for (uint32_t i = 0; i < c->shown; i++) {
        if ((c->what[i] & OPEN_LINK) == 0) {
            continue;
        }
        const struct evidence_kept *k = kept_of(c, i);
        size_t at = (size_t)load_le64(k->tsalt.b) & mask; /* random already */
        while (slots[at] != 0 &&
               !addr_equal(&kept_of(c, c->first[slots[at] - 1])->local, &k->local)) {
            at = (at + 1) & mask;
        }
        if (slots[at] == 0) {
            c->first[c->tokens++] = i;
            slots[at] = c->tokens;
        }
        c->token[i] = slots[at] - 1;
        c->known[c->token[i]] |= (c->what[i] & OPEN_LOCAL) != 0;
    }
    return ST_OK;
}

static void put_salt(struct buf *out, const struct evidence_salt *s)
{
    buf_append(out, s->b, sizeof(s->b));
}

static int by_text(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct evidence_salt) + 17);
}

/* The networks that opened addresses lie in, so that it can be seen. */
static void put_nets(const struct cut *c, struct buf *out)
{
    uint8_t text[LOCAL_NETS_MAX][sizeof(struct evidence_salt) + 17];
    size_t n = 0;
    for (size_t i = 0; i < c->s->nets.n; i++) {
        const struct prefix *net = &c->s->nets.nets[i];
        struct addr remote;
        memcpy(remote.b, c->leaf->key, 16);
        bool used = false, any = false;
        for (uint32_t t = 0; t < c->tokens && !used; t++) {
            any = any || c->known[t];
            used = c->known[t] && prefix_contains(net, &kept_of(c, c->first[t])->local);
        }
        if (!used && !(any && prefix_contains(net, &remote))) {
            continue;
        }
        struct evidence_salt salt;
        evidence_keys_net_salt(c->e, &c->s->key, net, &salt);
        memcpy(text[n], salt.b, sizeof(salt));
        text[n][16] = net->len;
        memcpy(text[n++] + 17, net->net.b, 16);
    }
    qsort(text, n, sizeof(text[0]), by_text);
    buf_byte(out, (uint8_t)n);
    for (size_t i = 0; i < n; i++) {
        buf_append(out, text[i], sizeof(text[i]));
    }
}

static void put_tokens(const struct cut *c, struct buf *out)
{
    buf_be32(out, c->tokens);
    for (uint32_t t = 0; t < c->tokens; t++) {
        const struct evidence_kept *k = kept_of(c, c->first[t]);
        buf_byte(out, c->known[t]);
        if (c->known[t]) {
            put_salt(out, &k->tsalt);
            buf_append(out, k->local.b, 16);
        } else {
            struct digest d;
            evidence_keys_token(c->e, &k->tsalt, &k->local, &d);
            buf_append(out, d.b, DIGEST_BYTES);
        }
    }
}

static void put_head(const struct cut *c, struct buf *out)
{
    buf_byte(out, OPENING_VERSION);
    buf_byte(out, c->wide);
    buf_be32(out, (uint32_t)c->wish->run_count);
    for (size_t i = 0; i < c->wish->run_count; i++) {
        buf_be32(out, c->wish->runs[i].first);
        buf_be32(out, c->wish->runs[i].count);
    }
    if ((c->wide & WIDE_KR) != 0) {
        put_salt(out, &c->s->kr[c->leaf - c->s->remotes.leaves]);
    }
    if ((c->wide & WIDE_SEED_A) != 0) {
        put_salt(out, &c->keys.seed_a);
    }
    if ((c->wide & WIDE_SEED_X) != 0) {
        put_salt(out, &c->keys.seed_x);
    }
    if ((c->wide & WIDE_SEED_D) != 0) {
        put_salt(out, &c->keys.seed_d);
    }
    put_nets(c, out);
    put_tokens(c, out);
}

static void put_row_salt(const struct cut *c, const struct evidence_salt *seed, uint32_t row,
                         struct buf *out)
{
    struct evidence_salt salt;
    evidence_keys_salts(c->e, seed, row, 1, &salt);
    put_salt(out, &salt);
}

/* Of data that is there but not opened: D itself. */
static void put_data(const struct cut *c, uint32_t i, struct buf *out)
{
    const struct evidence_kept *k = kept_of(c, i);
    const uint8_t *raw = record_of(c, i), *p = c->s->data.data + k->data_at;
    size_t len = (size_t)k->ip_options + k->tcp_options + k->payload;
    bool line = raw[0] == OBS_LOG;
    if ((c->what[i] & OPEN_DATA) == 0) {
        struct evidence_salt salt;
        struct digest d;
        struct evidence_data data = {bytes_of(p, k->ip_options),
                                     bytes_of(p + k->ip_options, k->tcp_options),
                                     bytes_of(p + k->ip_options + k->tcp_options, k->payload)};
        evidence_keys_salts(c->e, &c->keys.seed_d, c->number[i], 1, &salt);
        evidence_commit_data(c->e, &salt, &data, line, &d);
        buf_append(out, d.b, DIGEST_BYTES);
        return;
    }
    if ((c->wide & WIDE_SEED_D) == 0) {
        put_row_salt(c, &c->keys.seed_d, c->number[i], out);
    }
    if (!line) {
        buf_be16(out, k->ip_options);
        buf_be16(out, k->tcp_options);
    }
    buf_be32(out, k->payload);
    buf_append(out, p, len);
}

static void put_row(const struct cut *c, uint32_t i, struct buf *out)
{
    const uint8_t *raw = record_of(c, i);
    uint8_t w = c->what[i] & (OPEN_LINK | OPEN_HIDDEN | OPEN_DATA);
    buf_byte(out, w);
    buf_append(out, raw, OPENING_CLEAR_BYTES);
    if (evidence_opening_has_ext(raw[0], load_be16(raw + 2))) {
        buf_append(out, raw + RECORD_AT_EXT, RECORD_EXT_BYTES);
    }
    if ((c->wide & WIDE_KR) == 0) {
        buf_append(out, raw + RECORD_AT_P, 16);
    }
    if ((w & OPEN_LINK) == 0) {
        buf_append(out, raw + RECORD_AT_C_A, DIGEST_BYTES);
    } else {
        if ((c->wide & WIDE_SEED_A) == 0) {
            put_row_salt(c, &c->keys.seed_a, c->number[i], out);
        }
        buf_be32(out, c->token[i]);
    }
    if ((w & OPEN_HIDDEN) == 0) {
        buf_append(out, raw + RECORD_AT_C_X, DIGEST_BYTES);
        return;
    }
    if ((c->wide & WIDE_SEED_X) == 0) {
        put_row_salt(c, &c->keys.seed_x, c->number[i], out);
    }
    if (raw[0] != OBS_LOG) {
        buf_append(out, kept_of(c, i)->hidden, RECORD_HIDDEN_BYTES);
    }
    if (has_data(raw)) {
        put_data(c, i, out);
    }
}

static enum status put_hashes(const struct cut *c, struct buf *out)
{
    CLEANUP(free_ptr) struct digest *leaves = malloc(c->leaf->n * sizeof(*leaves));
    if (leaves == NULL) {
        return ST_NOMEM;
    }
    evidence_commit_leaves(c->e, c->s->records + (size_t)c->base * RECORD_BYTES, c->leaf->n,
                           leaves);
    return evidence_commit_prove(c->e, leaves, c->leaf->n, c->wish->runs, c->wish->run_count, out);
}

enum status evidence_opening_cut(const struct evidence_engine *e, const struct evidence_segment *s,
                                 const struct addr *remote, const struct evidence_wish *wish,
                                 struct buf *out)
{
    static const struct evidence_secret none;
    const struct evidence_leaf *leaf = evidence_trie_find(&s->remotes, remote->b);
    if (leaf == NULL || !s->kept) {
        return ST_END;
    }
    CLEANUP(cut_fini)
    struct cut c = {
        .e = e, .s = s, .wish = wish, .leaf = leaf, .base = s->start[leaf - s->remotes.leaves]};
    TRY(take_rows(&c));
    evidence_keys_remote(e, &s->key, &none, remote, &c.keys);
    decide(&c);
    TRY(number_tokens(&c));
    put_head(&c, out);
    for (uint32_t i = 0; i < c.shown; i++) {
        put_row(&c, i, out);
    }
    return put_hashes(&c, out);
}
