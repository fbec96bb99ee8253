/* web/verify/lib/openssl/aes.h - AES-128 on single blocks, as the page has it; see lib/aes.c. */
#pragma once

#include <stdint.h>

typedef struct aes_key_st {
    uint32_t rd_key[44]; /* columns, the first byte on top */
    int rounds;
} AES_KEY;

int AES_set_encrypt_key(const unsigned char *key, int bits, AES_KEY *ret);
int AES_set_decrypt_key(const unsigned char *key, int bits, AES_KEY *ret);
void AES_encrypt(const unsigned char *in, unsigned char *out, const AES_KEY *k);
void AES_decrypt(const unsigned char *in, unsigned char *out, const AES_KEY *k);
