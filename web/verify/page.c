/* page.c - what the page calls of the module: the verifier, and a check of itself. */
#include <openssl/aes.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"
#include "ledger/key.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

/* Room for a file; the caller's, to free. NULL without memory. */
EXPORT(page_alloc) void *page_alloc(size_t n)
{
    return malloc(n > 0 ? n : 1);
}

EXPORT(page_free) void page_free(void *p)
{
    free(p);
}

static bool hashes(void)
{
    struct digest d;
    char text[DIGEST_TEXT_MAX];
    if (digest_sha256(bytes_of("abc", 3), &d) != ST_OK) { /* FIPS 180-4, examples */
        return false;
    }
    digest_format(&d, text);
    return strcmp(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0;
}

static bool encrypts(void)
{
    uint8_t key[16], text[16], cipher[16], back[16]; /* FIPS 197, C.1 */
    static const uint8_t want[16] = {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                     0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
    AES_KEY k;
    for (unsigned i = 0; i < 16; i++) {
        key[i] = (uint8_t)i;
        text[i] = (uint8_t)(i * 0x11);
    }
    (void)AES_set_encrypt_key(key, 128, &k);
    AES_encrypt(text, cipher, &k);
    (void)AES_set_decrypt_key(key, 128, &k);
    AES_decrypt(cipher, back, &k);
    return memcmp(cipher, want, 16) == 0 && memcmp(back, text, 16) == 0;
}

/* RFC 8032, 7.1, test 1: an empty message; and a changed one is refused. */
static bool checks_signatures(void)
{
    static const uint8_t sig[LEDGER_SIGNATURE_BYTES] = {
        0xe5, 0x56, 0x43, 0x00, 0xc3, 0x60, 0xac, 0x72, 0x90, 0x86, 0xe2, 0xcc, 0x80,
        0x6e, 0x82, 0x8a, 0x84, 0x87, 0x7f, 0x1e, 0xb8, 0xe5, 0xd9, 0x74, 0xd8, 0x73,
        0xe0, 0x65, 0x22, 0x49, 0x01, 0x55, 0x5f, 0xb8, 0x82, 0x15, 0x90, 0xa3, 0x3b,
        0xac, 0xc6, 0x1e, 0x39, 0x70, 0x1c, 0xf9, 0xb4, 0x6b, 0xd2, 0x5b, 0xf5, 0xf0,
        0x59, 0x5b, 0xbe, 0x24, 0x65, 0x51, 0x41, 0x43, 0x8e, 0x7a, 0x10, 0x0b};
    struct ledger_key k = {
        .type = LEDGER_KEY_SIGN,
        .pub = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a}};
    static const uint8_t some = 0;
    return ledger_ed25519_check(&k, bytes_of(&some, 0), sig) == ST_OK &&
           ledger_ed25519_check(&k, bytes_of(&some, 1), sig) == ST_MISMATCH;
}

/* 0: hashes, ciphers and signatures work in this browser as they must. */
EXPORT(page_self_check) int page_self_check(void)
{
    return !hashes() ? 1 : !encrypts() ? 2 : !checks_signatures() ? 3 : 0;
}
