/* base/core/aes128.c - AES-128 by AES-NI, or by OpenSSL. */
#include "base/core/aes128.h"

/* Deprecated in OpenSSL 3, not gone: EVP takes longer to take a key than to
 * use it a hundred times. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/aes.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

_Static_assert(sizeof(struct aes128) >= 11 * 16 + sizeof(int), "room for the round keys");

#if defined(__x86_64__)
#define AES_NI __attribute__((target("aes,sse2")))

/* FIPS 197, 5.2: each word is the one four back, xor the one before it. */
AES_NI static inline __m128i next_key(__m128i k, __m128i assist)
{
    assist = _mm_shuffle_epi32(assist, 0xff);
    k = _mm_xor_si128(k, _mm_slli_si128(k, 4));
    k = _mm_xor_si128(k, _mm_slli_si128(k, 8));
    return _mm_xor_si128(k, assist);
}

AES_NI static void ni_init(struct aes128 *key, const uint8_t raw[16])
{
    __m128i k = _mm_loadu_si128((const __m128i *)raw);
    __m128i *to = (__m128i *)key->round;
    _mm_storeu_si128(to, k);
#define ROUND(i, rcon)                                                                             \
    k = next_key(k, _mm_aeskeygenassist_si128(k, rcon));                                           \
    _mm_storeu_si128(to + (i), k)
    ROUND(1, 0x01);
    ROUND(2, 0x02);
    ROUND(3, 0x04);
    ROUND(4, 0x08);
    ROUND(5, 0x10);
    ROUND(6, 0x20);
    ROUND(7, 0x40);
    ROUND(8, 0x80);
    ROUND(9, 0x1b);
    ROUND(10, 0x36);
#undef ROUND
}

AES_NI static void ni_encrypt(const struct aes128 *key, const uint8_t *in, uint8_t *out,
                              size_t blocks)
{
    const __m128i *k = (const __m128i *)key->round;
    size_t i = 0;
    for (; i + 4 <= blocks; i += 4) {
        __m128i b[4];
        for (size_t j = 0; j < 4; j++) {
            b[j] = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(in + 16 * (i + j))),
                                 _mm_loadu_si128(k));
        }
        for (int r = 1; r < 10; r++) {
            __m128i rk = _mm_loadu_si128(k + r);
            for (size_t j = 0; j < 4; j++) {
                b[j] = _mm_aesenc_si128(b[j], rk);
            }
        }
        for (size_t j = 0; j < 4; j++) {
            b[j] = _mm_aesenclast_si128(b[j], _mm_loadu_si128(k + 10));
            _mm_storeu_si128((__m128i *)(out + 16 * (i + j)), b[j]);
        }
    }
    for (; i < blocks; i++) {
        __m128i b =
            _mm_xor_si128(_mm_loadu_si128((const __m128i *)(in + 16 * i)), _mm_loadu_si128(k));
        for (int r = 1; r < 10; r++) {
            b = _mm_aesenc_si128(b, _mm_loadu_si128(k + r));
        }
        b = _mm_aesenclast_si128(b, _mm_loadu_si128(k + 10));
        _mm_storeu_si128((__m128i *)(out + 16 * i), b);
    }
}

static bool has_aes_ni(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_AES) != 0;
}

static bool check(void)
{
    uint8_t key[16], in[5 * 16], got[5 * 16], want[5 * 16];
    for (unsigned t = 0; t < 16; t++) {
        for (unsigned i = 0; i < sizeof(in); i++) {
            in[i] = (uint8_t)(i * 11 + t * 31);
            key[i % 16] = (uint8_t)(i * t + 3);
        }
        struct aes128 a, b;
        aes128_init(&a, key, true);
        aes128_init(&b, key, false);
        aes128_encrypt(&a, in, got, 5);
        aes128_encrypt(&b, in, want, 5);
        if (memcmp(got, want, sizeof(want)) != 0) {
            return false;
        }
    }
    return true;
}
#endif

bool aes128_fast(void)
{
#if defined(__x86_64__)
    return has_aes_ni() && check();
#else
    return false;
#endif
}

void aes128_init(struct aes128 *k, const uint8_t key[AES128_BYTES], bool fast)
{
    k->ni = fast;
#if defined(__x86_64__)
    if (fast) {
        ni_init(k, key);
        return;
    }
#endif
    AES_KEY a;
    (void)AES_set_encrypt_key(key, 128, &a); /* fails only for another key length */
    memcpy(k->round, a.rd_key, sizeof(k->round));
    k->rounds = a.rounds;
    explicit_bzero(&a, sizeof(a));
}

void aes128_encrypt(const struct aes128 *k, const uint8_t *in, uint8_t *out, size_t blocks)
{
#if defined(__x86_64__)
    if (k->ni) {
        ni_encrypt(k, in, out, blocks);
        return;
    }
#endif
    AES_KEY a = {.rounds = k->rounds};
    memcpy(a.rd_key, k->round, sizeof(k->round));
    for (size_t i = 0; i < blocks; i++) {
        AES_encrypt(in + 16 * i, out + 16 * i, &a);
    }
    explicit_bzero(&a, sizeof(a));
}

void aes128_decrypt(const uint8_t key[AES128_BYTES], const uint8_t in[16], uint8_t out[16])
{
    AES_KEY a;
    (void)AES_set_decrypt_key(key, 128, &a); /* fails only for another key length */
    AES_decrypt(in, out, &a);
    explicit_bzero(&a, sizeof(a));
}

void aes128_fini(struct aes128 *k)
{
    explicit_bzero(k, sizeof(*k));
}
