/* evidence/exhibit/crc.c - by tables, and by carry-less multiplication.
 *
 * A message of 64 bytes times x^512, plus the 64 bytes behind it, leaves the same
 * remainder as both in a row: so long ones are folded into their last 16 bytes, which
 * the tables then take like any others (Gopal and others, "Fast CRC Computation for
 * Generic Polynomials Using PCLMULQDQ Instruction", 2009).
 */
#include "evidence/exhibit/crc.h"

#include <stdbool.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { CRC_STEP = 8 };

/* Eight bytes at a time: table k has what a byte does to the sum when k zero bytes
 * follow it. */
struct tables {
    uint32_t t[CRC_STEP][256];
};

static void make_tables(struct tables *x)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t v = i;
        for (int k = 0; k < 8; k++) {
            v = (v & 1) != 0 ? v >> 1 ^ 0xedb88320U : v >> 1;
        }
        x->t[0][i] = v;
    }
    for (size_t i = 0; i < 256; i++) {
        for (size_t k = 1; k < CRC_STEP; k++) {
            uint32_t v = x->t[k - 1][i];
            x->t[k][i] = v >> 8 ^ x->t[0][v & 0xff];
        }
    }
}

static uint32_t go_on(const struct tables *x, uint32_t crc, struct bytes s)
{
    size_t i = 0;
    for (; s.len - i >= CRC_STEP; i += CRC_STEP) {
        uint32_t low = crc ^ load_le32(s.data + i), high = load_le32(s.data + i + 4);
        crc = x->t[7][low & 0xff] ^ x->t[6][low >> 8 & 0xff] ^ x->t[5][low >> 16 & 0xff] ^
              x->t[4][low >> 24] ^ x->t[3][high & 0xff] ^ x->t[2][high >> 8 & 0xff] ^
              x->t[1][high >> 16 & 0xff] ^ x->t[0][high >> 24];
    }
    for (; i < s.len; i++) {
        crc = crc >> 8 ^ x->t[0][(crc ^ s.data[i]) & 0xff];
    }
    return crc;
}

uint32_t evidence_crc32_portable(struct bytes s)
{
    struct tables x;
    make_tables(&x);
    return ~go_on(&x, UINT32_MAX, s);
}

#if defined(__x86_64__)
#define CLMUL __attribute__((target("pclmul,sse4.1")))

enum { FOLD_BYTES = 64, FOLD_LEAST = 4 * FOLD_BYTES };

CLMUL static inline __m128i load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

/* x times the powers that stand in k, plus what is that far behind it. */
CLMUL static inline __m128i fold(__m128i x, __m128i k, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(x, k, 0x00), high = _mm_clmulepi64_si128(x, k, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* All whole blocks of s, in 16 bytes that leave the same remainder. */
CLMUL static void fold_all(struct bytes s, uint8_t ret[16])
{
    /* x^(512+32), x^(512-32) and x^(128+32), x^(128-32), modulo the polynomial; all
     * reflected, one place to the left. */
    const __m128i by_four = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_one = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    __m128i x[4];
    for (size_t k = 0; k < 4; k++) {
        x[k] = load(s.data + 16 * k);
    }
    x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128(-1)); /* the sum begins with all ones */
    for (size_t i = FOLD_BYTES; s.len - i >= FOLD_BYTES; i += FOLD_BYTES) {
        for (size_t k = 0; k < 4; k++) {
            x[k] = fold(x[k], by_four, load(s.data + i + 16 * k));
        }
    }
    for (size_t k = 1; k < 4; k++) {
        x[k] = fold(x[k - 1], by_one, x[k]);
    }
    _mm_storeu_si128((__m128i *)ret, x[3]);
}

uint32_t evidence_crc32(struct bytes s)
{
    if (s.len < FOLD_LEAST || !__builtin_cpu_supports("pclmul") ||
        !__builtin_cpu_supports("sse4.1")) {
        return evidence_crc32_portable(s);
    }
    struct tables x;
    uint8_t last[16];
    make_tables(&x);
    fold_all(s, last);
    uint32_t crc = go_on(&x, 0, bytes_of(last, sizeof(last)));
    size_t over = s.len % FOLD_BYTES;
    return ~go_on(&x, crc, bytes_of(s.data + s.len - over, over));
}
#else
uint32_t evidence_crc32(struct bytes s)
{
    return evidence_crc32_portable(s);
}
#endif
