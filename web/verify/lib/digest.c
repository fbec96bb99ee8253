/* web/verify/lib/digest.c - SHA-256 (FIPS 180-4) where there is no OpenSSL. */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/cursor.h"

struct evp_md_ctx {
    SHA256_CTX sha;
};

static const uint32_t round_key[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* FIPS 180-4, 6.2.2 */
void SHA256_Transform(SHA256_CTX *c, const unsigned char *block)
{
    uint32_t w[64];
    uint32_t s[8];
    for (size_t i = 0; i < 16; i++) {
        w[i] = load_be32(block + 4 * i);
    }
    for (size_t i = 16; i < 64; i++) {
        uint32_t a = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t b = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    memcpy(s, c->h, sizeof(s));
    for (size_t i = 0; i < 64; i++) {
        uint32_t e = s[4];
        uint32_t a = s[0];
        uint32_t t1 = s[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                      ((e & s[5]) ^ (~e & s[6])) + round_key[i] + w[i];
        uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                      ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof(*s));
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (size_t i = 0; i < 8; i++) {
        c->h[i] += s[i];
    }
}

static void sha_begin(SHA256_CTX *c)
{
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    *c = (SHA256_CTX){.num = 0};
    memcpy(c->h, start, sizeof(start));
}

static void sha_add(SHA256_CTX *c, const uint8_t *p, size_t n)
{
    c->length += n;
    while (n > 0) {
        if (c->num == 0 && n >= sizeof(c->data)) {
            SHA256_Transform(c, p);
            p += sizeof(c->data);
            n -= sizeof(c->data);
            continue;
        }
        size_t k = sizeof(c->data) - c->num < n ? sizeof(c->data) - c->num : n;
        memcpy(c->data + c->num, p, k);
        c->num += (unsigned)k;
        p += k;
        n -= k;
        if (c->num == sizeof(c->data)) {
            SHA256_Transform(c, c->data);
            c->num = 0;
        }
    }
}

static void sha_end(SHA256_CTX *c, uint8_t *out)
{
    static const uint8_t pad[64] = {0x80};
    uint8_t bits[8];
    store_be64(bits, c->length * 8);
    sha_add(c, pad, 1 + (119 - c->num) % 64);
    sha_add(c, bits, sizeof(bits));
    for (size_t i = 0; i < 8; i++) {
        store_be32(out + 4 * i, c->h[i]);
    }
}

const EVP_MD *EVP_sha256(void)
{
    return NULL; /* there is no other */
}

int EVP_Digest(const void *data, size_t n, unsigned char *md, unsigned *size, const EVP_MD *type,
               ENGINE *impl)
{
    (void)type;
    (void)impl;
    SHA256_CTX c;
    sha_begin(&c);
    sha_add(&c, data, n);
    sha_end(&c, md);
    if (size != NULL) {
        *size = 32;
    }
    return 1;
}

EVP_MD_CTX *EVP_MD_CTX_new(void)
{
    return calloc(1, sizeof(EVP_MD_CTX));
}

void EVP_MD_CTX_free(EVP_MD_CTX *c)
{
    free(c);
}

int EVP_MD_CTX_copy_ex(EVP_MD_CTX *to, const EVP_MD_CTX *from)
{
    *to = *from; /* it points at nothing */
    return 1;
}

int EVP_DigestInit_ex(EVP_MD_CTX *c, const EVP_MD *type, ENGINE *impl)
{
    (void)type;
    (void)impl;
    sha_begin(&c->sha);
    return 1;
}

int EVP_DigestUpdate(EVP_MD_CTX *c, const void *data, size_t n)
{
    sha_add(&c->sha, data, n);
    return 1;
}

int EVP_DigestFinal_ex(EVP_MD_CTX *c, unsigned char *md, unsigned *size)
{
    sha_end(&c->sha, md);
    if (size != NULL) {
        *size = 32;
    }
    return 1;
}

unsigned char *SHA256(const unsigned char *data, size_t n, unsigned char *md)
{
    (void)EVP_Digest(data, n, md, NULL, NULL, NULL); /* always 1 */
    return md;
}
