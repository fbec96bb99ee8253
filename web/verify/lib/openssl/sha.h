/* web/verify/lib/openssl/sha.h - SHA-256 block by block, as the page has it; see lib/digest.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct SHA256state_st {
    uint32_t h[8];
    uint64_t length; /* bytes so far */
    unsigned num;    /* ... of them in data */
    uint8_t data[64];
} SHA256_CTX;

unsigned char *SHA256(const unsigned char *data, size_t n, unsigned char *md);
void SHA256_Transform(SHA256_CTX *c, const unsigned char *block);
