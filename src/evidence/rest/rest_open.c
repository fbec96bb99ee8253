/* evidence/rest/rest_open.c - the private half, and from it the segment.
 *
 * What is kept is only what cannot be computed: rows are sealed again, and the
 * root says whether they are those that were sealed. The bytes are whatever
 * somebody encrypted to the opening key, whose public half is no secret.
 */
#include <sodium.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/pages.h"
#include "evidence/flows.h"
#include "evidence/opening.h"
#include "evidence/rest/rest.h"
#include "evidence/rest/rest_parts.h"
#include "evidence/seal.h"

struct opening {
    const struct evidence_engine *e;
    const struct evidence_rest *r;
    uint8_t *text; /* the private half */
    size_t text_len;
    struct cursor in;
    struct evidence_segment *s;
    struct evidence_ends remotes, locals;
    struct seal_row *rows;
    struct seal_mores more;
    struct seal_data *data;
};

static void opening_fini(struct opening *o)
{
    if (o->text != NULL) {
        explicit_bzero(o->text, o->text_len);
    }
    free(o->text);
    evidence_ends_fini(&o->remotes);
    evidence_ends_fini(&o->locals);
    free(o->rows);
    seal_mores_fini(&o->more);
    free(o->data);
    evidence_segment_free(o->s);
}

/* n bytes to where they belong; nothing when they are not there. */
static void take_into(struct cursor *c, uint8_t *to, size_t n)
{
    struct bytes b = cursor_take(c, n);
    if (b.data != NULL && b.len > 0) {
        memcpy(to, b.data, b.len);
    }
}

static enum status decrypt(struct opening *o, struct fault *why)
{
    const struct evidence_rest *r = o->r;
    uint8_t key[REST_KEY_BYTES];
    unsigned long long n = 0;
    o->text_len = r->sealed.len - REST_TAG_BYTES;
    o->text = malloc(o->text_len + 1);
    if (o->text == NULL) {
        return ST_NOMEM;
    }
    rest_key(o->e, &o->s->key, key);
    int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(o->text, &n, NULL, r->sealed.data,
                                                        r->sealed.len, r->public_.data,
                                                        r->public_.len, r->nonce.data, key);
    explicit_bzero(key, sizeof(key));
    o->in = cursor_of(bytes_of(o->text, (size_t)n));
    return rc == 0 ? ST_OK
                   : fault_at(why, ST_MISMATCH, r->public_.len, "private half: it was changed");
}

static enum status take_nets(struct opening *o, struct fault *why)
{
    struct local_nets *l = &o->s->nets;
    size_t n = cursor_u8(&o->in);
    if (n != o->r->header.net_count) {
        return fault_at(why, ST_MISMATCH, 0, "networks");
    }
    l->rule = LOCAL_GIVEN;
    for (size_t i = 0; i < n; i++) {
        struct prefix *p = &l->nets[l->n++];
        p->len = cursor_u8(&o->in);
        take_into(&o->in, p->net.b, 16);
        if (o->in.failed || p->len > 128) {
            return fault_at(why, ST_MALFORMED, o->in.pos, "network");
        }
    }
    return ST_OK;
}

/* They must be those that the header commits to. */
static enum status check_nets(const struct opening *o, struct fault *why)
{
    const struct evidence_header *h = &o->r->header;
    for (size_t i = 0; i < o->s->nets.n; i++) {
        struct evidence_salt salt;
        struct digest d;
        bool found = false;
        evidence_keys_net_salt(o->e, &o->s->key, &o->s->nets.nets[i], &salt);
        evidence_keys_net(o->e, &salt, &o->s->nets.nets[i], &d);
        for (size_t k = 0; k < h->net_count; k++) {
            found = found || memcmp(h->net[k].b, d.b, DIGEST_BYTES) == 0;
        }
        if (!found) {
            return fault_at(why, ST_MISMATCH, 0, "networks");
        }
    }
    return ST_OK;
}

static enum status take_locals(struct opening *o, struct fault *why)
{
    uint32_t n = cursor_be32(&o->in), at;
    if (n > o->r->header.records || (uint64_t)n * REST_LOCAL_BYTES > cursor_left(&o->in)) {
        return fault_at(why, ST_MALFORMED, o->in.pos, "local addresses");
    }
    for (uint32_t i = 0; i < n; i++) {
        struct addr a = {{0}};
        bool fresh;
        take_into(&o->in, a.b, 16);
        TRY(evidence_ends_add(&o->locals, &a, &at, &fresh));
        if (!fresh) {
            return fault_at(why, ST_MALFORMED, o->in.pos, "a local address twice");
        }
        struct seal_local *l = evidence_ends_at(&o->locals, at);
        take_into(&o->in, l->tsalt.b, EVIDENCE_SALT_BYTES);
        evidence_keys_token(o->e, &l->tsalt, &l->addr, &l->token);
    }
    return ST_OK;
}

static enum status take_remotes(struct opening *o, struct fault *why)
{
    static const struct evidence_secret unknown; /* K_epoch: kr is kept */
    for (size_t i = 0; i < o->r->header.remotes; i++) {
        const uint8_t *leaf = o->r->leaves.data + i * REST_LEAF_BYTES;
        struct evidence_salt kr = {{0}};
        struct addr a;
        uint32_t at;
        bool fresh;
        take_into(&o->in, kr.b, sizeof(kr.b));
        if (o->in.failed) {
            return fault_at(why, ST_SHORT, o->in.pos, "keys of remotes");
        }
        memcpy(a.b, leaf, 16);
        TRY(evidence_ends_add(&o->remotes, &a, &at, &fresh));
        struct seal_remote *x = evidence_ends_at(&o->remotes, at);
        x->n = load_be32(leaf + 16);
        evidence_keys_remote(o->e, &o->s->key, &unknown, &a, &x->keys);
        x->keys.kr = kr;
        evidence_keys_kc(o->e, &x->keys.kr, &x->keys.kc);
    }
    return ST_OK;
}

static enum status take_flows(struct opening *o, struct fault *why)
{
    uint32_t n = o->r->header.flows;
    if ((uint64_t)n * 16 > cursor_left(&o->in)) {
        return fault_at(why, ST_SHORT, o->in.pos, "flow keys");
    }
    CLEANUP(free_ptr) struct evidence_leaf *leaves = calloc(n + (size_t)1, sizeof(*leaves));
    if (leaves == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct evidence_leaf *l = &leaves[i];
        take_into(&o->in, l->key, 16);
        l->n = 1;
        evidence_flow_salt(o->e, &o->s->key, l->key, &l->salt);
        if (i > 0 && memcmp(leaves[i - 1].key, l->key, 16) >= 0) {
            return fault_at(why, ST_MALFORMED, o->in.pos, "order of flow keys");
        }
    }
    TRY(evidence_trie_build(o->e, TRIE_FLOWS, leaves, n, &o->s->flows));
    leaves = NULL;
    return ST_OK;
}

/* Options and payload into the segment's data, and D beside the row. */
static enum status take_data(struct opening *o, const struct seal_remote *x, struct seal_row *row,
                             struct seal_data *at)
{
    bool line = row->clear[0] == OBS_LOG;
    *at = (struct seal_data){.at = o->s->data.len};
    if (!rest_row_has_data(row->clear[0], load_be16(row->clear + 2))) {
        return ST_OK;
    }
    at->ip_options = line ? 0 : cursor_be16(&o->in);
    at->tcp_options = line ? 0 : cursor_be16(&o->in);
    at->payload = cursor_be32(&o->in);
    struct evidence_data d;
    d.ip_options = cursor_take(&o->in, at->ip_options);
    d.tcp_options = cursor_take(&o->in, at->tcp_options);
    d.payload = cursor_take(&o->in, at->payload);
    if (o->in.failed) {
        return ST_OK; /* seen by take_row */
    }
    struct evidence_salt salt;
    struct seal_more *more;
    TRY(seal_mores_of(&o->more, row, &more));
    evidence_keys_salts(o->e, &x->keys.seed_d, row->row, 1, &salt);
    evidence_commit_data(o->e, &salt, &d, line, &more->data);
    buf_append(&o->s->data, d.ip_options.data, d.ip_options.len);
    buf_append(&o->s->data, d.tcp_options.data, d.tcp_options.len);
    buf_append(&o->s->data, d.payload.data, d.payload.len);
    return o->s->data.failed;
}

static enum status take_row(struct opening *o, uint32_t remote, uint32_t number, uint32_t i,
                            struct fault *why)
{
    struct seal_row *row = &o->rows[i];
    const struct seal_remote *x = evidence_ends_at(&o->remotes, remote);
    size_t begin = o->in.pos;
    uint8_t raw[RECORD_BYTES] = {0};
    take_into(&o->in, raw, OPENING_CLEAR_BYTES);
    memcpy(row->clear, raw, sizeof(row->clear));
    if (evidence_opening_has_ext(raw[0], load_be16(raw + 2))) {
        struct seal_more *more;
        TRY(seal_mores_of(&o->more, row, &more));
        take_into(&o->in, more->ext, RECORD_EXT_BYTES);
        memcpy(raw + RECORD_AT_EXT, more->ext, RECORD_EXT_BYTES);
    }
    row->remote = remote;
    row->row = number;
    row->local = cursor_be32(&o->in);
    if (raw[0] != OBS_LOG) {
        take_into(&o->in, row->hidden, RECORD_HIDDEN_BYTES);
    }
    TRY(take_data(o, x, row, &o->data[i]));
    if (o->in.failed) {
        return fault_at(why, ST_SHORT, begin, "row");
    }
    struct evidence_record record;
    TRY(evidence_record_get(raw, &record, why));
    return row->local < o->locals.n ? ST_OK : fault_at(why, ST_MALFORMED, begin, "local address");
}

static enum status take_rows(struct opening *o, struct fault *why)
{
    size_t n = (size_t)o->r->header.records + 1;
    o->rows = calloc(n, sizeof(*o->rows));
    o->data = calloc(n, sizeof(*o->data));
    if (o->rows == NULL || o->data == NULL) {
        return ST_NOMEM;
    }
    uint32_t i = 0;
    for (uint32_t k = 0; k < o->remotes.n; k++) {
        uint32_t of_remote = ((const struct seal_remote *)evidence_ends_at(&o->remotes, k))->n;
        for (uint32_t number = 0; number < of_remote; number++) {
            TRY(take_row(o, k, number, i++, why));
        }
    }
    return cursor_left(&o->in) == 0
               ? ST_OK
               : fault_at(why, ST_MALFORMED, o->in.pos, "bytes behind the rows");
}

/* The trie of the rows is the one that the public half shows, and its root is
 * the header's. */
static enum status check_root(const struct opening *o, struct fault *why)
{
    const struct evidence_segment *s = o->s;
    struct evidence_root root;
    struct digest d;
    evidence_segment_root(s, &root);
    evidence_root_hash(o->e, &root, &d);
    if (memcmp(d.b, s->header.root.b, DIGEST_BYTES) != 0 ||
        memcmp(root.flows.b, o->r->flow_top.b, DIGEST_BYTES) != 0) {
        return fault_at(why, ST_MISMATCH, 0, "root: these are not the records that were sealed");
    }
    for (uint32_t i = 0; i < s->remotes.leaf_count; i++) {
        const struct evidence_leaf *l = &s->remotes.leaves[i];
        const uint8_t *shown = o->r->leaves.data + (size_t)i * REST_LEAF_BYTES;
        if (memcmp(shown + 20, l->kc.b, DIGEST_BYTES) != 0 ||
            memcmp(shown + 20 + DIGEST_BYTES, l->records.b, DIGEST_BYTES) != 0) {
            return fault_number(why, ST_MISMATCH, "remote", i, "leaf of a remote");
        }
    }
    return ST_OK;
}

/* What the header says of the keys, and the entry. */
static enum status sign_in(struct opening *o, struct fault *why)
{
    struct evidence_segment *s = o->s;
    struct evidence_salt salt;
    struct digest d;
    evidence_keys_commit(o->e, &s->key, &d);
    evidence_keys_entry_salt(o->e, &s->key, &salt);
    if (memcmp(d.b, s->header.key.b, DIGEST_BYTES) != 0 ||
        memcmp(salt.b, o->r->entry_salt.b, sizeof(salt.b)) != 0) {
        return fault_at(why, ST_MISMATCH, 0, "key of the segment");
    }
    s->entry_salt = salt;
    s->text = BUF_INIT(LIMIT_HEADER_BYTES);
    s->entry = BUF_INIT(LIMIT_HEADER_BYTES);
    buf_append(&s->text, o->r->text.data, o->r->text.len);
    TRY(s->text.failed);
    return evidence_rest_entry(o->e, o->r, &s->entry);
}

static enum status seal_again(struct opening *o, struct fault *why)
{
    struct seal_input in = {
        .engine = o->e,
        .rows = o->rows,
        .more = o->more.all,
        .data = o->data,
        .count = (uint32_t)o->r->header.records,
        .remotes = &o->remotes,
        .locals = &o->locals,
        .keep = true,
    };
    TRY(seal_rows(&in, o->s));
    return check_root(o, why);
}

static enum status begin(struct opening *o, const struct evidence_opening_key *key, uint64_t seed,
                         struct fault *why)
{
    struct evidence_segment *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return ST_NOMEM;
    }
    o->s = s;
    s->remotes.top = TRIE_NONE;
    s->flows.top = TRIE_NONE;
    s->header = o->r->header;
    s->hash = o->r->hash;
    s->box = o->r->box;
    s->data = BUF_INIT(LIMIT_SEALED_BYTES);
    evidence_ends_init(&o->remotes, sizeof(struct seal_remote), seed);
    evidence_ends_init(&o->locals, sizeof(struct seal_local), ~seed);
    enum status st = evidence_box_open(&s->box, s->header.segid, key, &s->key);
    return st == ST_OK ? ST_OK : fault_at(why, st, 0, "key of the segment: another opening key");
}

enum status evidence_rest_open(const struct evidence_engine *e, const struct evidence_rest *r,
                               const struct evidence_opening_key *key, uint64_t seed,
                               struct evidence_segment **ret, struct fault *why)
{
    CLEANUP(opening_fini) struct opening o = {.e = e, .r = r};
    TRY(begin(&o, key, seed, why));
    TRY(sign_in(&o, why));
    TRY(decrypt(&o, why));
    TRY(take_nets(&o, why));
    TRY(check_nets(&o, why));
    TRY(take_locals(&o, why));
    TRY(take_remotes(&o, why));
    TRY(take_flows(&o, why));
    TRY(take_rows(&o, why));
    TRY(seal_again(&o, why));
    *ret = TAKE(o.s);
    return ST_OK;
}
