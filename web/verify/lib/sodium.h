/* web/verify/lib/sodium.h - for sources that also seal to opening keys, which the page never does.
 *
 * Only names: what calls them is dropped when the module is linked.
 */
#pragma once

#include <stddef.h>

enum {
    crypto_box_PUBLICKEYBYTES = 32,
    crypto_box_SECRETKEYBYTES = 32,
    crypto_box_NONCEBYTES = 24,
    crypto_box_MACBYTES = 16,
    crypto_box_SEALBYTES = 48,
};

static inline int sodium_init(void)
{
    return 0;
}
int crypto_box_seed_keypair(unsigned char *pub, unsigned char *secret, const unsigned char *seed);
int crypto_generichash(unsigned char *out, size_t n, const unsigned char *in,
                       unsigned long long in_n, const unsigned char *key, size_t key_n);
int crypto_box_easy(unsigned char *out, const unsigned char *m, unsigned long long n,
                    const unsigned char *nonce, const unsigned char *pub,
                    const unsigned char *secret);
int crypto_box_seal_open(unsigned char *m, const unsigned char *c, unsigned long long n,
                         const unsigned char *pub, const unsigned char *secret);
int sodium_memcmp(const void *a, const void *b, size_t n);
