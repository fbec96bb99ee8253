/* detect/contact/bucket.h - eight slots of a set of pairs, looked at at once.
 *
 * A search that goes from slot to slot ends at a place that no branch
 * predictor can know, which costs as much as the rest of it. So a set is
 * searched by buckets: of one, which slots hold the pair and which are empty,
 * a bit each. Slots are taken from the front of a bucket; a pair stands in its
 * home bucket or, when that was full, in the next with room.
 */
#pragma once

#include <stdbool.h>
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

/* The lower, or upper, halves of four wide slots. */
static inline __m128i halves(__m128i a, __m128i b, bool upper)
{
    __m128 x = _mm_castsi128_ps(a);
    __m128 y = _mm_castsi128_ps(b);
    return _mm_castps_si128(upper ? _mm_shuffle_ps(x, y, 0xdd) : _mm_shuffle_ps(x, y, 0x88));
}

/* A slot is the pair when their upper 48 bits are the same; one in use has a
 * count, and so a lower half that is not 0. */
static inline struct bucket_look bucket_look_wide(const uint64_t *slots, uint64_t pair)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i target = _mm_set1_epi32((int)(uint32_t)(pair >> 32));
    __m128i port = _mm_set1_epi32((int)((uint32_t)pair >> 16));
    __m128i same[2];
    __m128i empty[2];
    for (unsigned i = 0; i < 2; i++) {
        const __m128i *at = (const __m128i *)(const void *)(slots + 4 * (size_t)i);
        __m128i a = _mm_loadu_si128(at);
        __m128i b = _mm_loadu_si128(at + 1);
        __m128i low = halves(a, b, false);
        same[i] = _mm_and_si128(_mm_cmpeq_epi32(halves(a, b, true), target),
                                _mm_cmpeq_epi32(_mm_srli_epi32(low, 16), port));
        empty[i] = _mm_cmpeq_epi32(low, zero);
    }
    unsigned both = (unsigned)_mm_movemask_epi8(
        _mm_packs_epi16(_mm_packs_epi32(same[0], same[1]), _mm_packs_epi32(empty[0], empty[1])));
    return (struct bucket_look){.same = both & 0xff & ~(both >> 8), .empty = both >> 8};
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
