/* attribute/trie_hot.h - the way through a trie, for what must have it inline.
 *
 * A search waits for memory, and the processor goes on with the next ones
 * meanwhile, as far as its window of instructions reaches: each one saved lets
 * more of them wait together. So the search is inlined into its callers, which
 * exist twice: counting bits takes one instruction where the processor has it,
 * and a dozen where not.
 */
#pragma once

#include <string.h>

#include "attribute/trie.h"

enum { STRIDE = 6 };

#define HOT static inline __attribute__((always_inline))

/* The way ends at what is no block, or behind the end: then at nothing. */
HOT bool is_block(uint32_t e)
{
    return (e & ATTRIBUTE_TRIE_BLOCK) != 0;
}

HOT uint32_t step(const struct attribute_trie *t, uint32_t e, unsigned slot)
{
    size_t at = e & ~ATTRIBUTE_TRIE_BLOCK;
    if (at > t->n - ATTRIBUTE_TRIE_TAIL) {
        return 0;
    }
    uint64_t map;
    memcpy(&map, t->words + at, sizeof(map));
    return t->words[at + 1 + (unsigned)__builtin_popcountll(map << (63 - slot))];
}

/* A step, or none, without asking which: whether the way goes on cannot be
 * guessed, and a wrong guess costs more than reading the array's first words
 * for nothing. */
HOT uint32_t step_if(const struct attribute_trie *t, uint32_t e, unsigned slot)
{
    uint32_t on = 0 - (e >> 31); /* all bits of it, when e is a block */
    uint32_t r = step(t, e & on, slot);
    return (r & on) | (e & ~on);
}

HOT uint32_t find4(const struct attribute_trie *t, uint32_t a)
{
    uint32_t e = t->words[a >> 14];
    e = step_if(t, e, a >> 8 & 63);
    e = step_if(t, e, a >> 2 & 63);
    if (is_block(e)) { /* rare: beyond a /30 */
        e = step(t, e, a << 4 & 63);
    }
    return is_block(e) ? 0 : e;
}

/* From bit `from` of the key on. */
HOT uint32_t follow6(const struct attribute_trie *t, uint32_t e, uint128 key, unsigned from)
{
    uint64_t top = (uint64_t)(key >> 64);
    for (; is_block(e) && from + STRIDE <= 64; from += STRIDE) {
        e = step(t, e, top >> (64 - STRIDE - from) & 63);
    }
    for (; is_block(e) && from < 128; from += STRIDE) { /* the last has fewer bits */
        unsigned have = from + STRIDE <= 128 ? STRIDE : 128 - from;
        e = step(t, e, (unsigned)(key >> (128 - have - from)) & ((1U << have) - 1));
    }
    return is_block(e) ? 0 : e;
}

HOT uint128 key6(const struct addr *a)
{
    return attribute_wide(a) << 3;
}

HOT uint32_t direct6(const struct attribute_trie *t, uint128 key)
{
    return t->words[(size_t)(key >> (128 - ATTRIBUTE_TRIE_BITS6))];
}

HOT uint32_t find6(const struct attribute_trie *t, const struct addr *a)
{
    uint128 key = key6(a);
    uint64_t top = (uint64_t)(key >> 64);
    uint32_t e = direct6(t, key);
    e = step_if(t, e, top >> 41 & 63);
    e = step_if(t, e, top >> 35 & 63);
    e = step_if(t, e, top >> 29 & 63);
    e = step_if(t, e, top >> 23 & 63);
    e = step_if(t, e, top >> 17 & 63); /* up to a /50 */
    return follow6(t, e, key, ATTRIBUTE_TRIE_BITS6 + 5 * STRIDE);
}

#if defined(__x86_64__)
#define COUNTS     __attribute__((target("popcnt")))
#define HAS_COUNTS __builtin_cpu_supports("popcnt")
#else
#define COUNTS
#define HAS_COUNTS true
#endif

#define TWICE(prefix, type, give, call, name, ...)                                                 \
    COUNTS static type name##_counting(__VA_ARGS__)                                                \
    {                                                                                              \
        give name call;                                                                            \
    }                                                                                              \
    static __attribute__((noinline)) type name##_without(__VA_ARGS__)                              \
    {                                                                                              \
        give name call;                                                                            \
    }                                                                                              \
    type prefix##name(__VA_ARGS__)                                                                 \
    {                                                                                              \
        if (HAS_COUNTS) {                                                                          \
            give name##_counting call;                                                             \
        } else {                                                                                   \
            give name##_without call;                                                              \
        }                                                                                          \
    }
