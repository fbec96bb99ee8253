/* base/core/hash.c - byte hashing by folded multiplications, SHA-256. */
#include "base/core/hash.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

uint64_t hash_bytes(struct bytes s, uint64_t seed)
{
    /* hash_mix takes the seed in: here it would only cancel that of the first step. */
    uint64_t h = s.len * UINT64_C(0xa0761d6478bd642f);
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        h = hash_mix(load_le64(s.data + i) ^ h, seed);
    }
    uint8_t tail[8] = {0};
    if (i < s.len) {
        memcpy(tail, s.data + i, s.len - i);
    }
    return hash_mix(load_le64(tail) ^ h, ~seed);
}

enum status digest_sha256(struct bytes s, struct digest *ret)
{
    static const uint8_t none = 0;
    unsigned n = 0;
    const void *data = s.len ? s.data : &none;
    return EVP_Digest(data, s.len, ret->b, &n, EVP_sha256(), NULL) == 1 ? ST_OK : ST_NOMEM;
}

struct digest_run {
    EVP_MD_CTX *ctx;
    bool failed;
};

enum status digest_run_new(struct digest_run **ret)
{
    struct digest_run *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return ST_NOMEM;
    }
    r->ctx = EVP_MD_CTX_new();
    if (r->ctx == NULL || EVP_DigestInit_ex(r->ctx, EVP_sha256(), NULL) != 1) {
        digest_run_free(r);
        return ST_NOMEM;
    }
    *ret = r;
    return ST_OK;
}

void digest_run_free(struct digest_run *r)
{
    if (r != NULL) {
        EVP_MD_CTX_free(r->ctx);
        free(r);
    }
}

void digest_run_add(struct digest_run *r, struct bytes s)
{
    r->failed = r->failed || (s.len > 0 && EVP_DigestUpdate(r->ctx, s.data, s.len) != 1);
}

enum status digest_run_now(const struct digest_run *r, struct digest *ret)
{
    unsigned n = 0;
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    if (copy == NULL) {
        return ST_NOMEM;
    }
    bool good = !r->failed && EVP_MD_CTX_copy_ex(copy, r->ctx) == 1 &&
                EVP_DigestFinal_ex(copy, ret->b, &n) == 1;
    EVP_MD_CTX_free(copy);
    return good ? ST_OK : ST_SYS;
}

enum status digest_run_end(struct digest_run *r, struct digest *ret)
{
    unsigned n = 0;
    bool good = !r->failed && EVP_DigestFinal_ex(r->ctx, ret->b, &n) == 1;
    r->failed = true;
    return good ? ST_OK : ST_SYS;
}

void digest_format(const struct digest *d, char out[DIGEST_TEXT_MAX])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof(d->b); i++) {
        out[2 * i] = hex[d->b[i] >> 4];
        out[2 * i + 1] = hex[d->b[i] & 15];
    }
    out[2 * sizeof(d->b)] = '\0';
}

static int nibble(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum status digest_parse(struct bytes hex, struct digest *ret)
{
    struct digest d;
    if (hex.len != 2 * sizeof(d.b)) {
        return ST_MALFORMED;
    }
    for (size_t i = 0; i < sizeof(d.b); i++) {
        int hi = nibble(hex.data[2 * i]);
        int lo = nibble(hex.data[2 * i + 1]);
        if (hi < 0 || lo < 0) {
            return ST_MALFORMED;
        }
        d.b[i] = (uint8_t)(hi << 4 | lo);
    }
    *ret = d;
    return ST_OK;
}
