/* evidence/keys.h - the keys of a segment, and what is derived from them.
 *
 * K_seg is 32 fresh random bytes per segment, K_epoch per epoch. From them come
 * the pseudonym key, the column seeds and the salts; whoever holds both can open
 * everything, so they are kept sealed to the party's opening key. Formulas:
 * docs/FORMATS.md, "Segments".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/aes128.h"
#include "base/core/hash.h"
#include "base/core/sha256x.h"
#include "base/core/status.h"

/* How this machine hashes and encrypts; asked once. */
struct evidence_engine {
    const struct sha256x *sha;
    bool aes;
};

/* ST_SYS: hashing on this machine gives wrong answers. */
MUST_USE enum status evidence_engine_init(struct evidence_engine *ret);

enum { EVIDENCE_KEY_BYTES = 32, EVIDENCE_SALT_BYTES = 16, EVIDENCE_ID_BYTES = 16 };

struct evidence_secret {
    uint8_t b[EVIDENCE_KEY_BYTES];
};

struct evidence_salt {
    uint8_t b[EVIDENCE_SALT_BYTES];
};

/* First byte of everything hashed; 00 and 01 belong to RFC 6962. */
enum evidence_tag {
    TAG_REMOTE = 0x12,
    TAG_INNER = 0x13,
    TAG_ROOT = 0x14,
    TAG_FLOW = 0x15,
    TAG_FLOW_INNER = 0x16,
    TAG_ENTRY = 0x17,
    TAG_C_A = 0x20,
    TAG_C_X = 0x21,
    TAG_TOKEN = 0x22,
    TAG_C_X_DATA = 0x23,
    TAG_DATA = 0x24,
    TAG_KR = 0x25,
    TAG_KC = 0x26,
    TAG_SEED_AX = 0x27,
    TAG_SEED_D = 0x28,
    TAG_C_X_LINE = 0x29,
    TAG_NET = 0x2a,
    TAG_KEY = 0x2b,
    TAG_FLOW_SALT = 0x2c,
    TAG_TSALT = 0x2d,
    TAG_NET_SALT = 0x2e,
    TAG_ENTRY_SALT = 0x2f,
    TAG_FLOW_KEY = 0x30,
    TAG_REST = 0x31,      /* the key of what is kept at rest */
    TAG_NETWORKS = 0x32,  /* networks that a party declares */
    TAG_STATEMENT = 0x33, /* a statement in a party's ledger */
};

/* H(tag | part | part ...). */
void evidence_hash(const struct evidence_engine *e, uint8_t tag, const struct bytes *parts,
                   size_t n, struct digest *ret);

/* What the records of one remote need. */
struct evidence_remote_keys {
    struct evidence_salt kr; /* of the epoch */
    struct evidence_salt seed_a, seed_x, seed_d;
    struct digest kc; /* commits to kr; public */
};

void evidence_keys_remote(const struct evidence_engine *e, const struct evidence_secret *k_seg,
                          const struct evidence_secret *k_epoch, const struct addr *remote,
                          struct evidence_remote_keys *ret);
void evidence_keys_kc(const struct evidence_engine *e, const struct evidence_salt *kr,
                      struct digest *ret);

/* The salts of n rows of one column, beginning with `row`. */
void evidence_keys_salts(const struct evidence_engine *e, const struct evidence_salt *seed,
                         uint32_t row, size_t n, struct evidence_salt *ret);

void evidence_keys_tsalt(const struct evidence_engine *e, const struct evidence_secret *k_epoch,
                         const struct addr *local, struct evidence_salt *ret);
/* T, which stands for a local address. */
void evidence_keys_token(const struct evidence_engine *e, const struct evidence_salt *tsalt,
                         const struct addr *local, struct digest *ret);

/* The pseudonym, a permutation of all addresses under kr, and back. */
void evidence_keys_pseudonym(const struct evidence_engine *e, const struct evidence_salt *kr,
                             const struct addr *local, uint8_t ret[16]);
void evidence_keys_local(const struct evidence_salt *kr, const uint8_t p[16], struct addr *ret);

/* Public commitments in headers and ledger entries. */
void evidence_keys_commit(const struct evidence_engine *e, const struct evidence_secret *k_seg,
                          struct digest *ret);
void evidence_keys_entry_salt(const struct evidence_engine *e, const struct evidence_secret *k_seg,
                              struct evidence_salt *ret);
void evidence_keys_net_salt(const struct evidence_engine *e, const struct evidence_secret *k_seg,
                            const struct prefix *net, struct evidence_salt *ret);
void evidence_keys_net(const struct evidence_engine *e, const struct evidence_salt *salt,
                       const struct prefix *net, struct digest *ret);

/* Sealed to an opening key: an X25519 sealed box (libsodium's crypto_box_seal)
 * of the key and of what it belongs to, so that one cannot pass for another. */
enum { EVIDENCE_BOX_BYTES = 48 + EVIDENCE_KEY_BYTES + EVIDENCE_ID_BYTES };

struct evidence_box {
    uint8_t b[EVIDENCE_BOX_BYTES];
};

struct evidence_opening_key {
    uint8_t pub[32];
    uint8_t secret[32]; /* zero where only its public half is known */
};

/* From 32 bytes that nobody else knows. */
void evidence_opening_key_make(const uint8_t seed[32], struct evidence_opening_key *ret);
void evidence_opening_key_fini(struct evidence_opening_key *k);
/* `fresh` is 32 random bytes that are used for nothing else, and wiped. */
MUST_USE enum status evidence_box_seal(const struct evidence_secret *k,
                                       const uint8_t id[EVIDENCE_ID_BYTES], const uint8_t pub[32],
                                       uint8_t fresh[32], struct evidence_box *ret);
/* ST_MISMATCH: not for this key, not for this id, or changed. */
MUST_USE enum status evidence_box_open(const struct evidence_box *box,
                                       const uint8_t id[EVIDENCE_ID_BYTES],
                                       const struct evidence_opening_key *key,
                                       struct evidence_secret *ret);
void evidence_secret_fini(struct evidence_secret *k);
