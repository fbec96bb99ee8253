/* evidence/rest/rest_write.c - a kept segment into a file. */
#include <limits.h>
#include <sodium.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/ends.h"
#include "evidence/opening.h"
#include "evidence/rest/rest.h"
#include "evidence/rest/rest_parts.h"

/* Local addresses are written once; rows name them by number. */
struct numbering {
    struct evidence_ends ends;
    uint32_t *of_row;
};

struct numbered {
    struct addr addr;
    struct evidence_salt tsalt;
};

static void numbering_fini(struct numbering *n)
{
    evidence_ends_fini(&n->ends);
    free(n->of_row);
}

static enum status number_locals(const struct evidence_segment *s, struct numbering *n)
{
    /* Whoever writes to the network does not know K_seg. */
    evidence_ends_init(&n->ends, sizeof(struct numbered), load_be64(s->key.b));
    n->of_row = malloc((s->count + 1U) * sizeof(*n->of_row));
    if (n->of_row == NULL) {
        return ST_NOMEM;
    }
    for (uint32_t i = 0; i < s->count; i++) {
        bool fresh;
        TRY(evidence_ends_add(&n->ends, &s->rows[i].local, &n->of_row[i], &fresh));
        if (fresh) {
            struct numbered *l = evidence_ends_at(&n->ends, n->of_row[i]);
            l->tsalt = s->rows[i].tsalt;
        }
    }
    return ST_OK;
}

static void put_tables(const struct evidence_segment *s, const struct numbering *n, struct buf *out)
{
    buf_byte(out, (uint8_t)s->nets.n);
    for (size_t i = 0; i < s->nets.n; i++) {
        buf_byte(out, s->nets.nets[i].len);
        buf_append(out, s->nets.nets[i].net.b, 16);
    }
    buf_be32(out, n->ends.n);
    for (uint32_t i = 0; i < n->ends.n; i++) {
        const struct numbered *l = evidence_ends_at(&n->ends, i);
        buf_append(out, l->addr.b, 16);
        buf_append(out, l->tsalt.b, sizeof(l->tsalt.b));
    }
    for (uint32_t i = 0; i < s->remotes.leaf_count; i++) {
        buf_append(out, s->kr[i].b, sizeof(s->kr[i].b));
    }
    for (uint32_t i = 0; i < s->flows.leaf_count; i++) {
        buf_append(out, s->flows.leaves[i].key, 16);
    }
}

static void put_row(const struct evidence_segment *s, uint32_t i, uint32_t local, struct buf *out)
{
    const uint8_t *raw = s->records + (size_t)i * RECORD_BYTES;
    const struct evidence_kept *k = &s->rows[i];
    uint16_t flags = load_be16(raw + 2);
    buf_append(out, raw, OPENING_CLEAR_BYTES);
    if (evidence_opening_has_ext(raw[0], flags)) {
        buf_append(out, raw + RECORD_AT_EXT, RECORD_EXT_BYTES);
    }
    buf_be32(out, local);
    if (raw[0] != OBS_LOG) {
        buf_append(out, k->hidden, RECORD_HIDDEN_BYTES);
    }
    if (!rest_row_has_data(raw[0], flags)) {
        return;
    }
    if (raw[0] != OBS_LOG) {
        buf_be16(out, k->ip_options);
        buf_be16(out, k->tcp_options);
    }
    buf_be32(out, k->payload);
    size_t n = (size_t)k->ip_options + k->tcp_options + k->payload;
    if (n > 0) {
        buf_append(out, s->data.data + k->data_at, n);
    }
}

static enum status put_private(const struct evidence_segment *s, struct buf *out)
{
    CLEANUP(numbering_fini) struct numbering n = {.of_row = NULL};
    TRY(number_locals(s, &n));
    put_tables(s, &n, out);
    for (uint32_t i = 0; i < s->count; i++) {
        put_row(s, i, n.of_row[i], out);
    }
    return out->failed;
}

static void put_public(const struct evidence_segment *s, uint64_t sealed, struct buf *out)
{
    struct digest flow_top;
    evidence_trie_top(&s->flows, &flow_top);
    buf_append(out, rest_magic, sizeof(rest_magic));
    buf_be32(out, (uint32_t)s->text.len);
    buf_be64(out, sealed);
    buf_append(out, s->text.data, s->text.len);
    buf_append(out, s->entry_salt.b, sizeof(s->entry_salt.b));
    buf_append(out, s->box.b, sizeof(s->box.b));
    buf_append(out, flow_top.b, DIGEST_BYTES);
    for (uint32_t i = 0; i < s->remotes.leaf_count; i++) {
        const struct evidence_leaf *l = &s->remotes.leaves[i];
        buf_append(out, l->key, 16);
        buf_be32(out, l->n);
        buf_append(out, l->kc.b, DIGEST_BYTES);
        buf_append(out, l->records.b, DIGEST_BYTES);
    }
}

static void wipe(struct buf *b)
{
    if (b->data != NULL) {
        explicit_bzero(b->data, b->len);
    }
    buf_fini(b);
}

enum status evidence_rest_write(const struct evidence_engine *e, const struct evidence_segment *s,
                                const uint8_t nonce[REST_NONCE_BYTES], struct buf *out)
{
    CLEANUP(wipe) struct buf private = BUF_INIT(LIMIT_REST_BYTES);
    uint8_t key[REST_KEY_BYTES];
    size_t begin = out->len;
    TRY(put_private(s, &private));
    put_public(s, private.len + REST_TAG_BYTES, out);
    size_t public_len = out->len - begin;
    buf_append(out, nonce, REST_NONCE_BYTES);
    if (!buf_reserve(out, private.len + REST_TAG_BYTES)) {
        return out->failed;
    }
    rest_key(e, &s->key, key);
    unsigned long long n = 0;
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out->data + out->len, &n, private.data,
                                                     private.len, out->data + begin, public_len,
                                                     NULL, nonce, key); /* always 0 */
    explicit_bzero(key, sizeof(key));
    out->len += (size_t)n;
    return out->failed;
}
