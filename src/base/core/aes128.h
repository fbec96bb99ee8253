/* base/core/aes128.h - AES-128 on single blocks (FIPS 197), with keys that change often.
 *
 * For salts and pseudonyms: a key serves a few blocks, so setting it up must
 * be cheap. Where the processor has no AES instructions it is OpenSSL's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AES128_BYTES = 16 };

struct aes128 {
    uint8_t round[11][16]; /* secret; in whichever form the engine keeps it */
    int rounds;            /* OpenSSL's */
    bool ni;
};

/* Does this processor have the instructions, and are they right? Keep it. */
bool aes128_fast(void);

void aes128_init(struct aes128 *k, const uint8_t key[AES128_BYTES], bool fast);
void aes128_encrypt(const struct aes128 *k, const uint8_t *in, uint8_t *out, size_t blocks);
/* The other way round, from the key itself. */
void aes128_decrypt(const uint8_t key[AES128_BYTES], const uint8_t in[16], uint8_t out[16]);
void aes128_fini(struct aes128 *k);
