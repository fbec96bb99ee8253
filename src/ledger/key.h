/* ledger/key.h - keys of signed notes (C2SP signed-note, tlog-cosignature).
 *
 * A key is a name, a type and public bytes; its id is only a way to find it.
 * Ed25519 keys sign notes (type 01) or cosign checkpoints (04). Keys of other
 * types (06 is ML-DSA-44) can be listed, but nothing is checked with them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/hash.h"
#include "base/core/status.h"

enum {
    LEDGER_KEY_SIGN = 0x01,
    LEDGER_KEY_COSIGN = 0x04,
    LEDGER_KEY_COSIGN_MLDSA44 = 0x06,
    LEDGER_KEY_BYTES = 32,
    LEDGER_SIGNATURE_BYTES = 64,
    LEDGER_NAME_MAX = 255, /* what an ML-DSA-44 cosignature can bind */
};

struct ledger_key {
    char name[LEDGER_NAME_MAX + 1];
    uint32_t id;
    uint8_t type;
    uint8_t pub[LEDGER_KEY_BYTES]; /* types 01 and 04, else zero */
    struct digest material;        /* of the public bytes: equal means the same key */
};

struct ledger_signer {
    struct ledger_key key;
    uint8_t seed[LEDGER_KEY_BYTES]; /* secret */
};

/* Not empty, no space of Unicode, no plus, no control character. */
bool ledger_name_valid(struct bytes name);

/* "name+hex id+base64(type | public bytes)". Ed25519 points of small order are
 * refused: with such a key one signature can fit many texts. */
MUST_USE enum status ledger_key_parse(struct bytes vkey, struct ledger_key *ret, struct fault *why);
/* Only for types 01 and 04. */
void ledger_key_format(const struct ledger_key *k, struct buf *out);
/* Can signatures be checked with it? */
bool ledger_key_usable(const struct ledger_key *k);

/* A key of type 01 or 04 from 32 bytes that nobody else knows. */
MUST_USE enum status ledger_signer_make(struct bytes name, uint8_t type,
                                        const uint8_t seed[LEDGER_KEY_BYTES],
                                        struct ledger_signer *ret);
/* "PRIVATE+KEY+name+hex id+base64(type | seed)". */
MUST_USE enum status ledger_signer_parse(struct bytes skey, struct ledger_signer *ret,
                                         struct fault *why);
void ledger_signer_format(const struct ledger_signer *s, struct buf *out);
/* Wipes the secret. */
void ledger_signer_fini(struct ledger_signer *s);

/* Plain Ed25519 (RFC 8032) over a message. */
MUST_USE enum status ledger_ed25519_sign(const struct ledger_signer *s, struct bytes message,
                                         uint8_t ret[LEDGER_SIGNATURE_BYTES]);
MUST_USE enum status ledger_ed25519_check(const struct ledger_key *k, struct bytes message,
                                          const uint8_t signature[LEDGER_SIGNATURE_BYTES]);
