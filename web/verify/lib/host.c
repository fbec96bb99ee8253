/* web/verify/lib/host.c - signatures, which the page asks its host for.
 *
 * Ed25519 is done by a library of the page (see page.ts): the module has no
 * arithmetic of its own for it.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

__attribute__((import_module("host"), import_name("ed25519_verify"))) int
host_ed25519_verify(const uint8_t *key, const uint8_t *sig, const uint8_t *data, size_t n);

struct evp_pkey {
    uint8_t pub[32];
};

/* The context of a digest is not used: the key stands here between the calls. */
static const EVP_PKEY *verifying;

EVP_PKEY *EVP_PKEY_new_raw_public_key(int type, ENGINE *impl, const unsigned char *key, size_t n)
{
    (void)impl;
    EVP_PKEY *p = type == EVP_PKEY_ED25519 && n == sizeof(p->pub) ? malloc(sizeof(*p)) : NULL;
    if (p != NULL) {
        memcpy(p->pub, key, n);
    }
    return p;
}

void EVP_PKEY_free(EVP_PKEY *p)
{
    if (verifying == p) {
        verifying = NULL;
    }
    free(p);
}

int EVP_DigestVerifyInit(EVP_MD_CTX *c, EVP_PKEY_CTX **pctx, const EVP_MD *type, ENGINE *impl,
                         EVP_PKEY *key)
{
    (void)c;
    (void)pctx;
    (void)type;
    (void)impl;
    verifying = key;
    return 1;
}

int EVP_DigestVerify(EVP_MD_CTX *c, const unsigned char *sig, size_t sig_n,
                     const unsigned char *data, size_t n)
{
    (void)c;
    return verifying != NULL && sig_n == 64 &&
           host_ed25519_verify(verifying->pub, sig, data, n) == 1;
}
