/* base/core/sha256x.c - SHA-256 in two interleaved streams (SHA-NI), or by OpenSSL.
 *
 * One stream of SHA instructions waits for itself most of the time; a second
 * one fills the gaps.
 */
#include "base/core/sha256x.h"

/* The one-block functions are deprecated in OpenSSL 3, not gone; the others
 * cost more than the hashing itself for messages of one block. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdbool.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

static const uint32_t start_state[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static void portable_one(uint32_t a[8], const uint8_t *p, size_t blocks)
{
    SHA256_CTX ctx = {.num = 0};
    memcpy(ctx.h, a, sizeof(ctx.h));
    for (size_t i = 0; i < blocks; i++) {
        SHA256_Transform(&ctx, p + i * SHA256X_BLOCK);
    }
    memcpy(a, ctx.h, sizeof(ctx.h));
}

static void put_state(const uint32_t s[8], uint8_t *out)
{
    for (size_t i = 0; i < 8; i++) {
        store_be32(out + 4 * i, s[i]);
    }
}

static void portable_two(const uint8_t *pa, const uint8_t *pb, size_t blocks, uint8_t *da,
                         uint8_t *db)
{
    uint32_t a[8], b[8];
    memcpy(a, start_state, sizeof(a));
    memcpy(b, start_state, sizeof(b));
    portable_one(a, pa, blocks);
    portable_one(b, pb, blocks);
    put_state(a, da);
    put_state(b, db);
}

static const struct sha256x portable = {"OpenSSL", portable_two, portable_one};

#if defined(__x86_64__)

#define SHA_NI __attribute__((target("sha,sse4.1,ssse3")))

static const uint32_t round_keys[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* A stream: the state as the instructions want it (ABEF, CDGH), the last
 * sixteen words of the message, and both as they were. */
struct stream {
    __m128i abef, cdgh, w[4], abef0, cdgh0;
};

#define INLINE static inline __attribute__((always_inline)) SHA_NI

INLINE void load_state(struct stream *s, const uint32_t a[8])
{
    __m128i lo = _mm_loadu_si128((const __m128i *)a);       /* DCBA */
    __m128i hi = _mm_loadu_si128((const __m128i *)(a + 4)); /* HGFE */
    lo = _mm_shuffle_epi32(lo, 0xb1);
    hi = _mm_shuffle_epi32(hi, 0x1b);
    s->abef = _mm_alignr_epi8(lo, hi, 8);
    s->cdgh = _mm_blend_epi16(hi, lo, 0xf0);
}

INLINE void store_state(const struct stream *s, uint32_t a[8])
{
    __m128i feba = _mm_shuffle_epi32(s->abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(s->cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)a, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(a + 4), _mm_alignr_epi8(dchg, feba, 8));
}

INLINE void load_block(struct stream *s, const uint8_t *p)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    for (int i = 0; i < 4; i++) {
        s->w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(p + 16 * i)), swap);
    }
    s->abef0 = s->abef;
    s->cdgh0 = s->cdgh;
}

/* Four rounds, and the message words that are due sixteen rounds later. */
INLINE void four_rounds(struct stream *s, int g)
{
    __m128i m = _mm_add_epi32(s->w[g & 3], _mm_load_si128((const __m128i *)(round_keys + 4 * g)));
    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, m);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(m, 0x0e));
    if (g < 12) {
        __m128i t = _mm_alignr_epi8(s->w[(g + 3) & 3], s->w[(g + 2) & 3], 4);
        t = _mm_add_epi32(_mm_sha256msg1_epu32(s->w[g & 3], s->w[(g + 1) & 3]), t);
        s->w[g & 3] = _mm_sha256msg2_epu32(t, s->w[(g + 3) & 3]);
    }
}

INLINE void end_block(struct stream *s)
{
    s->abef = _mm_add_epi32(s->abef, s->abef0);
    s->cdgh = _mm_add_epi32(s->cdgh, s->cdgh0);
}

INLINE void store_digest(const struct stream *s, uint8_t *out)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i feba = _mm_shuffle_epi32(s->abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(s->cdgh, 0xb1);
    __m128i lo = _mm_blend_epi16(feba, dchg, 0xf0), hi = _mm_alignr_epi8(dchg, feba, 8);
    _mm_storeu_si128((__m128i *)out, _mm_shuffle_epi8(lo, swap));
    _mm_storeu_si128((__m128i *)(out + 16), _mm_shuffle_epi8(hi, swap));
}

SHA_NI static void ni_two(const uint8_t *pa, const uint8_t *pb, size_t blocks, uint8_t *da,
                          uint8_t *db)
{
    struct stream s, t;
    load_state(&s, start_state);
    t = s;
    for (size_t i = 0; i < blocks; i++) {
        load_block(&s, pa + i * SHA256X_BLOCK);
        load_block(&t, pb + i * SHA256X_BLOCK);
#pragma GCC unroll 16
        for (int g = 0; g < 16; g++) {
            four_rounds(&s, g);
            four_rounds(&t, g);
        }
        end_block(&s);
        end_block(&t);
    }
    store_digest(&s, da);
    store_digest(&t, db);
}

SHA_NI static void ni_one(uint32_t a[8], const uint8_t *p, size_t blocks)
{
    struct stream s;
    load_state(&s, a);
    for (size_t i = 0; i < blocks; i++) {
        load_block(&s, p + i * SHA256X_BLOCK);
#pragma GCC unroll 16
        for (int g = 0; g < 16; g++) {
            four_rounds(&s, g);
        }
        end_block(&s);
    }
    store_state(&s, a);
}

static const struct sha256x two_streams = {"SHA-NI, two streams", ni_two, ni_one};

static bool has_sha_ni(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    bool sse = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_1) != 0 && (c & bit_SSSE3) != 0;
    return sse && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}
#endif

static bool check(const struct sha256x *x)
{
    enum { LONGEST = 3 * SHA256X_BLOCK - 9 };
    uint8_t text[LONGEST], slots[6 * SHA256X_BLOCK];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)(i * i * 7 + i);
    }
    for (size_t n = 0; n < sizeof(text); n++) {
        struct digest want[2], got[3];
        size_t blocks = sha256x_blocks(n);
        for (size_t k = 0; k < 2; k++) {
            memcpy(slots + k * blocks * SHA256X_BLOCK, text + k, n);
            sha256x_pad(slots + k * blocks * SHA256X_BLOCK, n);
            (void)SHA256(text + k, n, want[k].b); /* gives what it was given */
        }
        sha256x_many(x, slots, blocks, 2, got);
        sha256x_many(x, slots, blocks, 1, got + 2);
        if (memcmp(got, want, sizeof(want)) != 0 || memcmp(got + 2, want, sizeof(want[0])) != 0) {
            return false;
        }
    }
    return true;
}

const struct sha256x *sha256x_portable(void)
{
    return &portable;
}

const struct sha256x *sha256x_best(void)
{
#if defined(__x86_64__)
    if (has_sha_ni() && check(&two_streams)) {
        return &two_streams;
    }
#endif
    return check(&portable) ? &portable : NULL; /* NULL: a machine that cannot be trusted */
}

void sha256x_many_to(const struct sha256x *x, const uint8_t *slots, size_t blocks, size_t n,
                     uint8_t *ret, size_t stride)
{
    size_t size = blocks * SHA256X_BLOCK, i = 0;
    for (; i + 2 <= n; i += 2) {
        const uint8_t *p = slots + i * size;
        x->two(p, p + size, blocks, ret + i * stride, ret + (i + 1) * stride);
    }
    if (i < n) {
        uint32_t a[8];
        memcpy(a, start_state, sizeof(a));
        x->one(a, slots + i * size, blocks);
        put_state(a, ret + i * stride);
    }
}

void sha256x_many(const struct sha256x *x, const uint8_t *slots, size_t blocks, size_t n,
                  struct digest *ret)
{
    sha256x_many_to(x, slots, blocks, n, (uint8_t *)ret, sizeof(*ret));
}

/* Whole blocks straight from where they lie; what is over is carried. */
void sha256x_parts(const struct sha256x *x, const struct bytes *parts, size_t n, struct digest *ret)
{
    uint32_t s[8];
    uint8_t carry[2 * SHA256X_BLOCK];
    size_t have = 0;
    uint64_t total = 0;
    memcpy(s, start_state, sizeof(s));
    for (size_t i = 0; i < n; i++) {
        struct bytes p = parts[i];
        total += p.len;
        while (p.len > 0) {
            if (have == 0 && p.len >= SHA256X_BLOCK) {
                size_t blocks = p.len / SHA256X_BLOCK;
                x->one(s, p.data, blocks);
                p = bytes_of(p.data + blocks * SHA256X_BLOCK, p.len % SHA256X_BLOCK);
                continue;
            }
            size_t take = SHA256X_BLOCK - have < p.len ? SHA256X_BLOCK - have : p.len;
            memcpy(carry + have, p.data, take);
            p = bytes_of(p.data + take, p.len - take);
            have += take;
            if (have == SHA256X_BLOCK) {
                x->one(s, carry, 1);
                have = 0;
            }
        }
    }
    sha256x_pad(carry, have);
    size_t blocks = sha256x_blocks(have);
    store_be64(carry + blocks * SHA256X_BLOCK - 8, total * 8);
    x->one(s, carry, blocks);
    put_state(s, ret->b);
}
