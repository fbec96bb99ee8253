/* web/verify/lib/openssl/evp.h - what the verifier's page has in place of OpenSSL's digests and
 * keys.
 *
 * Only the calls that the library makes on the way to a verdict, with their
 * names and meaning; see lib/digest.c and lib/host.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct evp_md EVP_MD;
typedef struct evp_md_ctx EVP_MD_CTX;
typedef struct evp_pkey EVP_PKEY;
typedef struct evp_pkey_ctx EVP_PKEY_CTX;
typedef struct engine ENGINE;

enum { EVP_PKEY_ED25519 = 1087 };

const EVP_MD *EVP_sha256(void);
int EVP_Digest(const void *data, size_t n, unsigned char *md, unsigned *size, const EVP_MD *type,
               ENGINE *impl);
EVP_MD_CTX *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(EVP_MD_CTX *c);
int EVP_MD_CTX_copy_ex(EVP_MD_CTX *to, const EVP_MD_CTX *from);
int EVP_DigestInit_ex(EVP_MD_CTX *c, const EVP_MD *type, ENGINE *impl);
int EVP_DigestUpdate(EVP_MD_CTX *c, const void *data, size_t n);
int EVP_DigestFinal_ex(EVP_MD_CTX *c, unsigned char *md, unsigned *size);

EVP_PKEY *EVP_PKEY_new_raw_public_key(int type, ENGINE *impl, const unsigned char *key, size_t n);
void EVP_PKEY_free(EVP_PKEY *p);
int EVP_DigestVerifyInit(EVP_MD_CTX *c, EVP_PKEY_CTX **pctx, const EVP_MD *type, ENGINE *impl,
                         EVP_PKEY *key);
int EVP_DigestVerify(EVP_MD_CTX *c, const unsigned char *sig, size_t sig_n,
                     const unsigned char *data, size_t n);

/* Declared for the code that signs, which the page does not hold. */
EVP_PKEY *EVP_PKEY_new_raw_private_key(int type, ENGINE *impl, const unsigned char *key, size_t n);
int EVP_PKEY_get_raw_public_key(const EVP_PKEY *p, unsigned char *key, size_t *n);
int EVP_DigestSignInit(EVP_MD_CTX *c, EVP_PKEY_CTX **pctx, const EVP_MD *type, ENGINE *impl,
                       EVP_PKEY *key);
int EVP_DigestSign(EVP_MD_CTX *c, unsigned char *sig, size_t *sig_n, const unsigned char *data,
                   size_t n);
