/* detect/contact/bucket.h - eight slots of a set of pairs, looked at at once.
 *
 * A search that goes from slot to slot ends at a place that no branch
 * predictor can know, which costs as much as the rest of it. So a set is
 * searched by buckets: of one, which slots hold the pair and which are empty,
 * a bit each. Slots are taken from the front of a bucket; a pair stands in its
 * home bucket or, when that was full, in the next with room.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BUCKET_ORDER = 3, BUCKET_SLOTS = 1 << BUCKET_ORDER };

struct bucket_look {
    unsigned same, empty; /* bit i: slot i */
};

#ifdef __SSE2__

/* Narrow slots whose upper bits, from `shift` on, are those of `like`. */
static inline struct bucket_look bucket_look_narrow(const uint32_t *slots, uint32_t like, int shift)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i want = _mm_set1_epi32((int)(like >> shift));
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)slots);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(slots + 4));
    __m128i same = _mm_packs_epi32(_mm_cmpeq_epi32(_mm_srli_epi32(a, shift), want),
                                   _mm_cmpeq_epi32(_mm_srli_epi32(b, shift), want));
    __m128i empty = _mm_packs_epi32(_mm_cmpeq_epi32(a, zero), _mm_cmpeq_epi32(b, zero));
    unsigned both = (unsigned)_mm_movemask_epi8(_mm_packs_epi16(same, empty));
    return (struct bucket_look){.same = both & 0xff & ~(both >> 8), .empty = both >> 8};
}

/* Two wide slots: a lane of ones for each that is `want` but for its lower
 * 16 bits, in the upper half; what is in the lower half says nothing. */
static inline __m128i same_wide(__m128i slots, __m128i want)
{
    __m128i differ = _mm_srli_epi64(_mm_xor_si128(slots, want), 16);
    __m128i equal = _mm_cmpeq_epi32(differ, _mm_setzero_si128());
    return _mm_and_si128(equal, _mm_slli_epi64(equal, 32));
}

/* A slot in use has a count in its lower half. */
static inline __m128i empty_wide(__m128i slots)
{
    return _mm_slli_epi64(_mm_cmpeq_epi32(slots, _mm_setzero_si128()), 32);
}

/* The upper halves of eight lanes as bits. */
static inline unsigned bits_of(const __m128i v[4])
{
    unsigned m = 0;
    for (unsigned i = 0; i < 4; i++) {
        m |= (unsigned)_mm_movemask_pd(_mm_castsi128_pd(v[i])) << (2 * i);
    }
    return m;
}

static inline struct bucket_look bucket_look_wide(const uint64_t *slots, uint64_t pair)
{
    __m128i want = _mm_set1_epi64x((long long)pair);
    __m128i same[4];
    __m128i empty[4];
    for (unsigned i = 0; i < 4; i++) {
        __m128i two = _mm_loadu_si128((const __m128i *)(const void *)(slots + 2 * (size_t)i));
        same[i] = same_wide(two, want);
        empty[i] = empty_wide(two);
    }
    unsigned none = bits_of(empty);
    return (struct bucket_look){.same = bits_of(same) & ~none, .empty = none};
}

#else

static inline struct bucket_look bucket_look_narrow(const uint32_t *slots, uint32_t like, int shift)
{
    struct bucket_look l = {0};
    for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
        l.same |= (unsigned)((slots[i] ^ like) >> shift == 0 && slots[i] != 0) << i;
        l.empty |= (unsigned)(slots[i] == 0) << i;
    }
    return l;
}

static inline struct bucket_look bucket_look_wide(const uint64_t *slots, uint64_t pair)
{
    struct bucket_look l = {0};
    for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
        l.same |= (unsigned)((slots[i] ^ pair) >> 16 == 0 && slots[i] != 0) << i;
        l.empty |= (unsigned)(slots[i] == 0) << i;
    }
    return l;
}

#endif
