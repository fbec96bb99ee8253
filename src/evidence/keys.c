/* evidence/keys.c - derivations by SHA-256 and AES-128, sealed boxes by libsodium. */
#include "evidence/keys.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { PARTS_MAX = 8 };

enum status evidence_engine_init(struct evidence_engine *ret)
{
    const struct sha256x *sha = sha256x_best();
    if (sha == NULL || sodium_init() < 0) {
        return ST_SYS;
    }
    *ret = (struct evidence_engine){.sha = sha, .aes = aes128_fast()};
    return ST_OK;
}

void evidence_hash(const struct evidence_engine *e, uint8_t tag, const struct bytes *parts,
                   size_t n, struct digest *ret)
{
    struct bytes all[PARTS_MAX + 1] = {bytes_of(&tag, 1)};
    assert(n <= PARTS_MAX);
    memcpy(all + 1, parts, n * sizeof(*parts));
    sha256x_parts(e->sha, all, n + 1, ret);
}

/* One slot of one block: tag | a | b. */
static void fill(uint8_t *slot, uint8_t tag, struct bytes a, struct bytes b)
{
    slot[0] = tag;
    memcpy(slot + 1, a.data, a.len);
    if (b.len > 0) {
        memcpy(slot + 1 + a.len, b.data, b.len);
    }
    sha256x_pad(slot, 1 + a.len + b.len);
}

static void one_block(const struct evidence_engine *e, uint8_t tag, struct bytes a, struct bytes b,
                      struct digest *ret)
{
    uint8_t slot[SHA256X_BLOCK];
    fill(slot, tag, a, b);
    sha256x_many(e->sha, slot, 1, 1, ret);
    explicit_bzero(slot, sizeof(slot));
}

static struct bytes of_secret(const struct evidence_secret *k)
{
    return bytes_of(k->b, sizeof(k->b));
}

static struct bytes of_addr(const struct addr *a)
{
    return bytes_of(a->b, sizeof(a->b));
}

static struct bytes of_salt(const struct evidence_salt *s)
{
    return bytes_of(s->b, sizeof(s->b));
}

void evidence_keys_kc(const struct evidence_engine *e, const struct evidence_salt *kr,
                      struct digest *ret)
{
    one_block(e, TAG_KC, of_salt(kr), (struct bytes){0}, ret);
}

void evidence_keys_remote(const struct evidence_engine *e, const struct evidence_secret *k_seg,
                          const struct evidence_secret *k_epoch, const struct addr *remote,
                          struct evidence_remote_keys *ret)
{
    uint8_t slots[2 * SHA256X_BLOCK];
    struct digest d[2];
    fill(slots, TAG_KR, of_secret(k_epoch), of_addr(remote));
    fill(slots + SHA256X_BLOCK, TAG_SEED_AX, of_secret(k_seg), of_addr(remote));
    sha256x_many(e->sha, slots, 1, 2, d); /* two at once cost little more than one */
    memcpy(ret->kr.b, d[0].b, EVIDENCE_SALT_BYTES);
    memcpy(ret->seed_a.b, d[1].b, EVIDENCE_SALT_BYTES);
    memcpy(ret->seed_x.b, d[1].b + EVIDENCE_SALT_BYTES, EVIDENCE_SALT_BYTES);
    fill(slots, TAG_SEED_D, of_secret(k_seg), of_addr(remote));
    fill(slots + SHA256X_BLOCK, TAG_KC, of_salt(&ret->kr), (struct bytes){0});
    sha256x_many(e->sha, slots, 1, 2, d);
    memcpy(ret->seed_d.b, d[0].b, EVIDENCE_SALT_BYTES);
    ret->kc = d[1];
    explicit_bzero(slots, sizeof(slots));
    explicit_bzero(d, sizeof(d));
}

void evidence_keys_salts(const struct evidence_engine *e, const struct evidence_salt *seed,
                         uint32_t row, size_t n, struct evidence_salt *ret)
{
    struct aes128 k;
    aes128_init(&k, seed->b, e->aes);
    memset(ret, 0, n * sizeof(*ret));
    for (size_t i = 0; i < n; i++) {
        store_be32(ret[i].b + 12, row + (uint32_t)i);
    }
    aes128_encrypt(&k, ret->b, ret->b, n);
    aes128_fini(&k);
}

void evidence_keys_tsalt(const struct evidence_engine *e, const struct evidence_secret *k_epoch,
                         const struct addr *local, struct evidence_salt *ret)
{
    struct digest d;
    one_block(e, TAG_TSALT, of_secret(k_epoch), of_addr(local), &d);
    memcpy(ret->b, d.b, sizeof(ret->b));
    explicit_bzero(&d, sizeof(d));
}

void evidence_keys_token(const struct evidence_engine *e, const struct evidence_salt *tsalt,
                         const struct addr *local, struct digest *ret)
{
    one_block(e, TAG_TOKEN, of_salt(tsalt), of_addr(local), ret);
}

void evidence_keys_pseudonym(const struct evidence_engine *e, const struct evidence_salt *kr,
                             const struct addr *local, uint8_t ret[16])
{
    struct aes128 k;
    aes128_init(&k, kr->b, e->aes);
    aes128_encrypt(&k, local->b, ret, 1);
    aes128_fini(&k);
}

void evidence_keys_local(const struct evidence_salt *kr, const uint8_t p[16], struct addr *ret)
{
    aes128_decrypt(kr->b, p, ret->b);
}

void evidence_keys_commit(const struct evidence_engine *e, const struct evidence_secret *k_seg,
                          struct digest *ret)
{
    one_block(e, TAG_KEY, of_secret(k_seg), (struct bytes){0}, ret);
}

void evidence_keys_entry_salt(const struct evidence_engine *e, const struct evidence_secret *k_seg,
                              struct evidence_salt *ret)
{
    struct digest d;
    one_block(e, TAG_ENTRY_SALT, of_secret(k_seg), (struct bytes){0}, &d);
    memcpy(ret->b, d.b, sizeof(ret->b));
}

/* len u8 | net16 */
static void put_net(const struct prefix *net, uint8_t out[17])
{
    out[0] = net->len;
    memcpy(out + 1, net->net.b, 16);
}

void evidence_keys_net_salt(const struct evidence_engine *e, const struct evidence_secret *k_seg,
                            const struct prefix *net, struct evidence_salt *ret)
{
    uint8_t n[17];
    struct digest d;
    put_net(net, n);
    one_block(e, TAG_NET_SALT, of_secret(k_seg), bytes_of(n, sizeof(n)), &d);
    memcpy(ret->b, d.b, sizeof(ret->b));
}

void evidence_keys_net(const struct evidence_engine *e, const struct evidence_salt *salt,
                       const struct prefix *net, struct digest *ret)
{
    uint8_t n[17];
    put_net(net, n);
    one_block(e, TAG_NET, of_salt(salt), bytes_of(n, sizeof(n)), ret);
}

void evidence_opening_key_make(const uint8_t seed[32], struct evidence_opening_key *ret)
{
    (void)crypto_box_seed_keypair(ret->pub, ret->secret, seed); /* always 0 */
}

void evidence_opening_key_fini(struct evidence_opening_key *k)
{
    explicit_bzero(k, sizeof(*k));
}

/* crypto_box_seal, with the ephemeral key made from bytes that come in: the
 * nonce is BLAKE2b-192 of both public keys. */
enum status evidence_box_seal(const struct evidence_secret *k, const uint8_t id[EVIDENCE_ID_BYTES],
                              const uint8_t pub[32], uint8_t fresh[32], struct evidence_box *ret)
{
    uint8_t secret[32], nonce[24], keys[64], text[EVIDENCE_KEY_BYTES + EVIDENCE_ID_BYTES];
    struct evidence_box box;
    memcpy(text, k->b, EVIDENCE_KEY_BYTES);
    memcpy(text + EVIDENCE_KEY_BYTES, id, EVIDENCE_ID_BYTES);
    (void)crypto_box_seed_keypair(keys, secret, fresh); /* always 0 */
    memcpy(keys + 32, pub, 32);
    bool good = crypto_generichash(nonce, sizeof(nonce), keys, sizeof(keys), NULL, 0) == 0 &&
                crypto_box_easy(box.b + 32, text, sizeof(text), nonce, pub, secret) == 0;
    memcpy(box.b, keys, 32);
    explicit_bzero(secret, sizeof(secret));
    explicit_bzero(text, sizeof(text));
    explicit_bzero(fresh, 32);
    if (!good) {
        return ST_MALFORMED; /* a public key of small order */
    }
    *ret = box;
    return ST_OK;
}

enum status evidence_box_open(const struct evidence_box *box, const uint8_t id[EVIDENCE_ID_BYTES],
                              const struct evidence_opening_key *key, struct evidence_secret *ret)
{
    uint8_t text[EVIDENCE_KEY_BYTES + EVIDENCE_ID_BYTES];
    bool good = crypto_box_seal_open(text, box->b, sizeof(box->b), key->pub, key->secret) == 0 &&
                sodium_memcmp(text + EVIDENCE_KEY_BYTES, id, EVIDENCE_ID_BYTES) == 0;
    if (good) {
        memcpy(ret->b, text, sizeof(ret->b));
    }
    explicit_bzero(text, sizeof(text));
    return good ? ST_OK : ST_MISMATCH;
}

void evidence_secret_fini(struct evidence_secret *k)
{
    explicit_bzero(k, sizeof(*k));
}
