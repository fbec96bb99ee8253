/* exchange/dkim_key.c - key records (RFC 6376, 3.6.1) and what they verify. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/core/arena.h"
#include "base/core/text.h"
#include "exchange/dkim_parts.h"

enum { RSA_LEAST_BITS = 1024, RSA_MOST_BITS = 8192, ED25519_BYTES = 32 };

struct dkim_keys {
    struct arena arena;
    size_t n;
    struct dkim_key_record items[LIMIT_DKIM_KEYS];
};

/* --- the file ----------------------------------------------------------------------------- */

static struct bytes word_of(struct bytes *s)
{
    size_t n = 0;
    while (n < s->len && s->data[n] != ' ' && s->data[n] != '\t') {
        n++;
    }
    struct bytes word = bytes_of(s->data, n);
    *s = text_trim(bytes_of(s->data + n, s->len - n));
    return word;
}

/* "v=DKIM1; " "p=..." of zone files: the strings, one behind the other (RFC 6376,
 * 3.6.2.2). False: a quote is not closed. */
static bool unquote(struct bytes s, struct buf *out)
{
    if (s.len == 0 || (s.data[0] != '"' && s.data[0] != '(')) {
        buf_append(out, s.data, s.len);
        return true;
    }
    bool inside = false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        if (c == '"') {
            inside = !inside;
        } else if (!inside && c != ' ' && c != '\t' && c != '(' && c != ')') {
            return false;
        } else if (inside && c == '\\' && i + 1 < s.len) {
            buf_byte(out, s.data[++i]);
        } else if (inside) {
            buf_byte(out, c);
        }
    }
    return !inside;
}

/* "300 IN TXT" as dig(1) prints them. */
static struct bytes without_type(struct bytes s)
{
    struct bytes rest = s;
    for (int i = 0; i < 3 && rest.len > 0; i++) {
        struct bytes word = word_of(&rest);
        if (dkim_tag_is(word, "TXT")) {
            return rest;
        }
    }
    return s;
}

static enum status take_line(struct dkim_keys *k, struct bytes line, uint64_t at, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_DKIM_KEY_BYTES);
    struct bytes rest = text_trim(line);
    if (rest.len == 0 || rest.data[0] == '#' || rest.data[0] == ';') {
        return ST_OK;
    }
    struct bytes name = word_of(&rest);
    name.len -= name.len > 1 && name.data[name.len - 1] == '.';
    bool good = memmem(name.data, name.len, "._domainkey.", 12) != NULL &&
                name.len < 2 * DKIM_DOMAIN_MAX && memchr(line.data, 0, line.len) == NULL;
    if (!good || !unquote(without_type(rest), &text)) {
        return fault_at(why, ST_MALFORMED, at, good ? "TXT record" : "selector._domainkey.domain");
    }
    TRY(text.failed);
    if (k->n == LIMIT_DKIM_KEYS) {
        return fault_limit(why, at, "keys", LIMIT_DKIM_KEYS);
    }
    char *n = arena_text(&k->arena, name);
    char *t = arena_text(&k->arena, buf_bytes(&text));
    if (n == NULL || t == NULL) {
        return ST_NOMEM;
    }
    k->items[k->n++] = (struct dkim_key_record){bytes_of(n, name.len), bytes_of(t, text.len)};
    return ST_OK;
}

enum status dkim_keys_read(struct bytes file, struct dkim_keys **ret, struct fault *why)
{
    CLEANUP(dkim_keys_freep) struct dkim_keys *k = calloc(1, sizeof(*k));
    if (k == NULL) {
        return ST_NOMEM;
    }
    arena_init(&k->arena, 4 * (size_t)LIMIT_DKIM_FILE_BYTES);
    if (file.len > LIMIT_DKIM_FILE_BYTES) {
        return fault_limit(why, 0, "key file", LIMIT_DKIM_FILE_BYTES);
    }
    for (size_t at = 0; at < file.len;) {
        const uint8_t *end = memchr(file.data + at, '\n', file.len - at);
        size_t n = end != NULL ? (size_t)(end - file.data) - at : file.len - at;
        size_t used = n + (end != NULL);
        n -= n > 0 && file.data[at + n - 1] == '\r';
        TRY(take_line(k, bytes_of(file.data + at, n), at, why));
        at += used;
    }
    *ret = TAKE(k);
    return ST_OK;
}

void dkim_keys_free(struct dkim_keys *k)
{
    if (k != NULL) {
        arena_fini(&k->arena);
        free(k);
    }
}

const struct dkim_key_record *dkim_keys_find(const struct dkim_keys *k, const char *name,
                                             size_t *at)
{
    while (k != NULL && *at < k->n) {
        const struct dkim_key_record *r = &k->items[(*at)++];
        if (dkim_tag_is(r->name, name)) {
            return r;
        }
    }
    return NULL;
}

/* --- a record ------------------------------------------------------------------------------ */

/* A public key in X.509's form, or RFC 8017's alone: both are met. */
static EVP_PKEY *rsa_of(struct bytes der)
{
    const unsigned char *p = der.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)der.len);
    if (key == NULL) {
        p = der.data;
        key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)der.len);
    }
    if (key != NULL && (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || p != der.data + der.len)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

static enum dkim_step take_key(struct bytes p, struct dkim_key *k)
{
    CLEANUP(buf_fini) struct buf raw = BUF_INIT(LIMIT_DKIM_KEY_BYTES);
    if (p.len == 0) {
        return DKIM_REVOKED;
    }
    if (!dkim_tag_base64(p, &raw) || raw.len == 0) {
        return DKIM_KEY;
    }
    if (k->ed25519) { /* RFC 8463, 4.2: the 32 bytes alone */
        k->pkey = raw.len == ED25519_BYTES
                      ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw.data, raw.len)
                      : NULL;
    } else {
        k->pkey = rsa_of(buf_bytes(&raw));
    }
    if (k->pkey == NULL) {
        return DKIM_KEY;
    }
    k->bits = (unsigned)EVP_PKEY_get_bits(k->pkey);
    return k->ed25519                 ? DKIM_HOLDS
           : k->bits < RSA_LEAST_BITS ? DKIM_KEY_WEAK
           : k->bits > RSA_MOST_BITS  ? DKIM_KEY
                                      : DKIM_HOLDS;
}

static enum dkim_step read_record(struct bytes record, struct dkim_key *k)
{
    struct dkim_tags t;
    if (!dkim_tags_read(record, &t)) {
        return DKIM_KEY;
    }
    const struct bytes *v = dkim_tag_find(&t, "v");
    const struct bytes *type = dkim_tag_find(&t, "k");
    const struct bytes *hashes = dkim_tag_find(&t, "h");
    const struct bytes *service = dkim_tag_find(&t, "s");
    const struct bytes *flags = dkim_tag_find(&t, "t");
    const struct bytes *p = dkim_tag_find(&t, "p");
    bool first = v == NULL || (v == &t.items[0].value && bytes_equal(*v, BYTES_LITERAL("DKIM1")));
    bool fits = type == NULL ? !k->ed25519 : dkim_tag_is(*type, k->ed25519 ? "ed25519" : "rsa");
    bool hash = hashes == NULL || dkim_tag_has(*hashes, "sha256");
    bool mail = service == NULL || dkim_tag_has(*service, "*") || dkim_tag_has(*service, "email");
    if (!first || !fits || !hash || !mail || p == NULL) {
        return DKIM_KEY;
    }
    k->testing = flags != NULL && dkim_tag_has(*flags, "y");
    k->strict = flags != NULL && dkim_tag_has(*flags, "s");
    return take_key(*p, k);
}

void dkim_key_read(struct bytes record, bool ed25519, struct dkim_key *ret)
{
    *ret = (struct dkim_key){.ed25519 = ed25519};
    ret->step = read_record(record, ret);
}

void dkim_key_fini(struct dkim_key *k)
{
    EVP_PKEY_free(k->pkey);
    k->pkey = NULL;
}

bool dkim_key_verify(const struct dkim_key *k, struct bytes headers, const struct digest *hash,
                     struct bytes signature)
{
    struct bytes over = k->ed25519 ? bytes_of(hash->b, sizeof(hash->b)) : headers;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    int good = 0;
    if (md != NULL &&
        EVP_DigestVerifyInit(md, NULL, k->ed25519 ? NULL : EVP_sha256(), NULL, k->pkey) == 1) {
        good = EVP_DigestVerify(md, signature.data, signature.len, over.data, over.len);
    }
    EVP_MD_CTX_free(md);
    ERR_clear_error();
    return good == 1;
}

/* A key that is too short for use is enough to have everything loaded. */
void dkim_begin(void)
{
    static const uint8_t one[ED25519_BYTES] = {9};
    static const uint8_t rsa[] = {0x30, 0x0c, 0x02, 0x05, 0x00, 0xc0, 0x00,
                                  0x00, 0x01, 0x02, 0x03, 0x01, 0x00, 0x01};
    struct dkim_key ed = {
        .ed25519 = true,
        .pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, one, sizeof(one))};
    struct dkim_key weak = {.pkey = rsa_of(bytes_of(rsa, sizeof(rsa)))};
    struct digest hash = {{0}};
    uint8_t signature[64] = {0};
    if (ed.pkey != NULL) {
        (void)dkim_key_verify(&ed, (struct bytes){0}, &hash,
                              bytes_of(signature, 64)); /* it fails */
    }
    if (weak.pkey != NULL) {
        (void)dkim_key_verify(&weak, bytes_of(one, 1), &hash,
                              bytes_of(signature, 4)); /* so does it */
    }
    dkim_key_fini(&ed);
    dkim_key_fini(&weak);
}
