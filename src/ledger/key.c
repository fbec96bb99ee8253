/* ledger/key.c - keys of signed notes, and Ed25519 by OpenSSL. */
#include "ledger/key.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/core/base64.h"
#include "base/core/limits.h"
#include "base/core/text.h"

static bool is_space(uint32_t c)
{
    /* White_Space of Unicode; tab and the like are controls. */
    return c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool ledger_name_valid(struct bytes name)
{
    if (name.len == 0 || name.len > LEDGER_NAME_MAX) {
        return false;
    }
    while (name.len > 0) {
        uint32_t c = 0;
        size_t n = text_utf8_next(name, &c);
        if (n == 0 || c < 0x20 || c == '+' || is_space(c)) {
            return false;
        }
        name.data += n;
        name.len -= n;
    }
    return true;
}

bool ledger_key_usable(const struct ledger_key *k)
{
    return k->type == LEDGER_KEY_SIGN || k->type == LEDGER_KEY_COSIGN;
}

/* RFC 8032, 5.1.3: y, little-endian, with the sign of x in the last bit. Refused
 * are y >= p = 2^255 - 19 and the y of the eight points of small order. */
static bool point_refused(const uint8_t pub[LEDGER_KEY_BYTES])
{
    /* clang-format off */
    static const uint8_t order8[2][LEDGER_KEY_BYTES] = {
        {0x26,0xe8,0x95,0x8f,0xc2,0xb2,0x27,0xb0,0x45,0xc3,0xf4,0x89,0xf2,0xef,0x98,0xf0,
         0xd5,0xdf,0xac,0x05,0xd3,0xc6,0x33,0x39,0xb1,0x38,0x02,0x88,0x6d,0x53,0xfc,0x05},
        {0xc7,0x17,0x6a,0x70,0x3d,0x4d,0xd8,0x4f,0xba,0x3c,0x0b,0x76,0x0d,0x10,0x67,0x0f,
         0x2a,0x20,0x53,0xfa,0x2c,0x39,0xcc,0xc6,0x4e,0xc7,0xfd,0x77,0x92,0xac,0x03,0x7a},
    };
    /* clang-format on */
    uint8_t y[LEDGER_KEY_BYTES];
    memcpy(y, pub, sizeof(y));
    y[31] &= 0x7f;
    bool low = y[0] <= 1, high = y[31] == 0x7f;
    for (size_t i = 1; i < sizeof(y); i++) {
        low = low && y[i] == 0;
        high = high && (y[i] == 0xff || i == 31);
    }
    high = high && y[0] >= 0xec; /* p - 1 and all above */
    return low || high || memcmp(y, order8[0], sizeof(y)) == 0 ||
           memcmp(y, order8[1], sizeof(y)) == 0;
}

/* SHA-256(name | 0A | type | public bytes)[0:4]. */
static enum status key_id(struct bytes name, struct bytes typed, uint32_t *ret)
{
    uint8_t in[LEDGER_NAME_MAX + 1 + LIMIT_KEY_BYTES];
    struct digest d;
    memcpy(in, name.data, name.len);
    in[name.len] = '\n';
    memcpy(in + name.len + 1, typed.data, typed.len);
    TRY(digest_sha256(bytes_of(in, name.len + 1 + typed.len), &d));
    *ret = load_be32(d.b);
    return ST_OK;
}

/* Signature types that say how their id is made; 02 and 05 make it otherwise. */
static bool id_is_hash(uint8_t type)
{
    return type == LEDGER_KEY_SIGN || type == LEDGER_KEY_COSIGN ||
           type == LEDGER_KEY_COSIGN_MLDSA44;
}

static bool take_hex32(struct bytes s, uint32_t *ret)
{
    uint32_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
            return false;
        }
        v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *ret = v;
    return s.len == 8;
}

static struct bytes until_plus(struct cursor *c)
{
    size_t n = 0;
    while (n < cursor_left(c) && c->in.data[c->pos + n] != '+') {
        n++;
    }
    struct bytes part = cursor_take(c, n);
    cursor_skip(c, 1);
    return part;
}

/* Name, id and typed bytes of either spelling. Base64 may hold a plus. */
static enum status split(struct bytes text, struct bytes *name, uint32_t *id,
                         uint8_t typed[LIMIT_KEY_BYTES], size_t *ret_len, struct fault *why)
{
    struct cursor c = cursor_of(text);
    *name = until_plus(&c);
    struct bytes hex = until_plus(&c);
    if (c.failed || !ledger_name_valid(*name)) {
        return fault_at(why, ST_MALFORMED, 0, "key name");
    }
    if (!take_hex32(hex, id)) {
        return fault_at(why, ST_MALFORMED, name->len + 1, "key id");
    }
    size_t at = c.pos;
    enum status st = base64_decode(cursor_rest(&c), typed, LIMIT_KEY_BYTES, ret_len);
    if (st != ST_OK || *ret_len < 2) {
        return fault_at(why, st == ST_LIMIT ? st : ST_MALFORMED, at, "public key");
    }
    return ST_OK;
}

enum status ledger_key_parse(struct bytes vkey, struct ledger_key *ret, struct fault *why)
{
    struct ledger_key k = {.id = 0};
    uint8_t typed[LIMIT_KEY_BYTES];
    struct bytes name;
    size_t len = 0;
    uint32_t id = 0;
    TRY(split(vkey, &name, &k.id, typed, &len, why));
    memcpy(k.name, name.data, name.len);
    k.type = typed[0];
    if (id_is_hash(k.type)) {
        TRY(key_id(name, bytes_of(typed, len), &id));
        if (id != k.id) {
            return fault_at(why, ST_MALFORMED, name.len + 1, "key id");
        }
    }
    if (ledger_key_usable(&k)) {
        if (len != 1 + LEDGER_KEY_BYTES || point_refused(typed + 1)) {
            return fault_at(why, ST_MALFORMED, name.len + 10, "public key");
        }
        memcpy(k.pub, typed + 1, LEDGER_KEY_BYTES);
    }
    TRY(digest_sha256(bytes_of(typed + 1, len - 1), &k.material));
    *ret = k;
    return ST_OK;
}

static void format(const struct ledger_key *k, const uint8_t bytes[LEDGER_KEY_BYTES],
                   struct buf *out)
{
    uint8_t typed[1 + LEDGER_KEY_BYTES] = {k->type};
    memcpy(typed + 1, bytes, LEDGER_KEY_BYTES);
    buf_printf(out, "%s+%08x+", k->name, k->id);
    base64_append(out, bytes_of(typed, sizeof(typed)));
    explicit_bzero(typed, sizeof(typed));
}

void ledger_key_format(const struct ledger_key *k, struct buf *out)
{
    format(k, k->pub, out);
}

void ledger_signer_format(const struct ledger_signer *s, struct buf *out)
{
    buf_str(out, "PRIVATE+KEY+");
    format(&s->key, s->seed, out);
}

void ledger_signer_fini(struct ledger_signer *s)
{
    explicit_bzero(s->seed, sizeof(s->seed)); /* the rest is public */
}

static enum status public_of(const uint8_t seed[LEDGER_KEY_BYTES], uint8_t ret[LEDGER_KEY_BYTES])
{
    size_t n = LEDGER_KEY_BYTES;
    EVP_PKEY *p = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, LEDGER_KEY_BYTES);
    bool good = p != NULL && EVP_PKEY_get_raw_public_key(p, ret, &n) == 1;
    EVP_PKEY_free(p);
    return good ? ST_OK : ST_NOMEM;
}

enum status ledger_signer_make(struct bytes name, uint8_t type,
                               const uint8_t seed[LEDGER_KEY_BYTES], struct ledger_signer *ret)
{
    CLEANUP(ledger_signer_fini) struct ledger_signer s = {.key.type = type};
    uint8_t typed[1 + LEDGER_KEY_BYTES] = {type};
    if (!ledger_name_valid(name) || !ledger_key_usable(&s.key)) {
        return ST_MALFORMED;
    }
    memcpy(s.key.name, name.data, name.len);
    memcpy(s.seed, seed, LEDGER_KEY_BYTES);
    TRY(public_of(seed, s.key.pub));
    memcpy(typed + 1, s.key.pub, LEDGER_KEY_BYTES);
    TRY(key_id(name, bytes_of(typed, sizeof(typed)), &s.key.id));
    TRY(digest_sha256(bytes_of(s.key.pub, LEDGER_KEY_BYTES), &s.key.material));
    *ret = s;
    return ST_OK;
}

enum status ledger_signer_parse(struct bytes skey, struct ledger_signer *ret, struct fault *why)
{
    static const struct bytes prefix = {(const uint8_t *)"PRIVATE+KEY+", 12};
    uint8_t typed[LIMIT_KEY_BYTES];
    CLEANUP(ledger_signer_fini) struct ledger_signer s = {.key.id = 0};
    struct bytes name;
    size_t len = 0;
    uint32_t id = 0;
    if (!bytes_begin(skey, prefix)) {
        return fault_at(why, ST_MALFORMED, 0, "private key");
    }
    skey = bytes_of(skey.data + prefix.len, skey.len - prefix.len);
    enum status st = split(skey, &name, &id, typed, &len, why);
    if (st == ST_OK) {
        st = len == 1 + LEDGER_KEY_BYTES ? ledger_signer_make(name, typed[0], typed + 1, &s)
                                         : ST_MALFORMED;
        st = st == ST_OK && s.key.id != id ? ST_MALFORMED : st;
        st = st == ST_OK ? st : fault_at(why, st, prefix.len, "private key");
    }
    explicit_bzero(typed, sizeof(typed));
    if (st == ST_OK) {
        *ret = s;
    }
    return st;
}

enum status ledger_ed25519_sign(const struct ledger_signer *s, struct bytes message,
                                uint8_t ret[LEDGER_SIGNATURE_BYTES])
{
    size_t n = LEDGER_SIGNATURE_BYTES;
    EVP_PKEY *p = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, s->seed, LEDGER_KEY_BYTES);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = p != NULL && md != NULL && EVP_DigestSignInit(md, NULL, NULL, NULL, p) == 1 &&
                EVP_DigestSign(md, ret, &n, message.data, message.len) == 1;
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(p);
    return good ? ST_OK : ST_NOMEM;
}

enum status ledger_ed25519_check(const struct ledger_key *k, struct bytes message,
                                 const uint8_t signature[LEDGER_SIGNATURE_BYTES])
{
    EVP_PKEY *p = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, k->pub, LEDGER_KEY_BYTES);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    enum status st = ST_NOMEM;
    if (p != NULL && md != NULL && EVP_DigestVerifyInit(md, NULL, NULL, NULL, p) == 1) {
        int answer =
            EVP_DigestVerify(md, signature, LEDGER_SIGNATURE_BYTES, message.data, message.len);
        st = answer == 1 ? ST_OK : ST_MISMATCH;
    }
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(p);
    return st;
}
