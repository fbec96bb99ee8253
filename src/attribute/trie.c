/* attribute/trie.c - building it, and searching many at once. */
#include "attribute/trie.h"

#include <stdlib.h>

#include "attribute/trie_hot.h"
#include "base/core/limits.h"

enum { SLOTS = 1 << STRIDE, MAP_WORDS = 2, LINE_WORDS = 16, GROUP = 32 };

/* --- building ------------------------------------------------------------------ */

struct build {
    const struct attribute_cuts *cuts;
    uint32_t *words;
    size_t n, cap;
    size_t at; /* the run that holds the address looked at */
};

/* Keys are the bits behind the region's, moved to the top. */
static uint128 key_of(const struct build *b, size_t i)
{
    return b->cuts->items[i].first << b->cuts->region.len;
}

static enum status reserve(struct build *b, size_t n)
{
    if (n <= b->cap - b->n) {
        return ST_OK;
    }
    size_t want = b->cap + b->cap / 2 + n;
    if (want > LIMIT_TABLE_WORDS) {
        return ST_LIMIT;
    }
    uint32_t *p = realloc(b->words, want * sizeof(*p));
    if (p == NULL) {
        return ST_NOMEM;
    }
    b->words = p;
    b->cap = want;
    return ST_OK;
}

/* A block that would lie across the end of a cache line begins with the next
 * one: what is read together then mostly comes together. */
static enum status align(struct build *b, size_t n)
{
    size_t left = LINE_WORDS - b->n % LINE_WORDS;
    if (n <= left || left == LINE_WORDS) {
        return ST_OK;
    }
    TRY(reserve(b, left));
    memset(b->words + b->n, 0, left * sizeof(*b->words));
    b->n += left;
    return ST_OK;
}

/* Does a run begin behind `first` and up to `last`? Moves to the run of first. */
static bool is_cut(struct build *b, uint128 first, uint128 last)
{
    while (b->at + 1 < b->cuts->n && key_of(b, b->at + 1) <= first) {
        b->at++;
    }
    return b->at + 1 < b->cuts->n && key_of(b, b->at + 1) <= last;
}

/* The entry for the 2^(128 - depth) keys from `first`. Its depth is bounded by
 * the bits of an address. */
static enum status entry(struct build *b, uint128 first, unsigned depth, uint32_t *ret)
{
    uint128 size = (uint128)1 << (128 - depth);
    if (!is_cut(b, first, first + (size - 1))) {
        *ret = b->cuts->items[b->at].value;
        return ST_OK;
    }
    uint32_t entries[SLOTS];
    uint64_t map = 0;
    size_t n = 0;
    unsigned below = depth + STRIDE < 128 ? depth + STRIDE : 128;
    for (unsigned slot = 0; slot < 1U << (below - depth); slot++) {
        uint32_t e;
        TRY(entry(b, first + ((uint128)slot << (128 - below)), below, &e));
        if (n == 0 || e != entries[n - 1]) {
            map |= UINT64_C(1) << slot;
            entries[n++] = e;
        }
    }
    TRY(align(b, MAP_WORDS + n));
    TRY(reserve(b, MAP_WORDS + n));
    *ret = ATTRIBUTE_TRIE_BLOCK | (uint32_t)b->n;
    memcpy(b->words + b->n, &map, sizeof(map));
    memcpy(b->words + b->n + MAP_WORDS, entries, n * sizeof(*entries));
    b->n += MAP_WORDS + n;
    return ST_OK;
}

static unsigned direct_bits(const struct attribute_region *region)
{
    return region->len == ATTRIBUTE_REGION_V4.len ? ATTRIBUTE_TRIE_BITS4 : ATTRIBUTE_TRIE_BITS6;
}

static enum status build(struct build *b, unsigned bits)
{
    TRY(reserve(b, ((size_t)1 << bits) + ATTRIBUTE_TRIE_TAIL));
    b->n = (size_t)1 << bits;
    for (size_t i = 0; i < (size_t)1 << bits; i++) {
        uint32_t e;
        TRY(entry(b, (uint128)i << (128 - bits), bits, &e));
        b->words[i] = e;
    }
    TRY(reserve(b, ATTRIBUTE_TRIE_TAIL));
    memset(b->words + b->n, 0, ATTRIBUTE_TRIE_TAIL * sizeof(*b->words));
    b->n += ATTRIBUTE_TRIE_TAIL;
    return ST_OK;
}

enum status attribute_trie_build(const struct attribute_cuts *cuts, uint32_t **ret, size_t *ret_n)
{
    struct build b = {.cuts = cuts};
    enum status st = build(&b, direct_bits(&cuts->region));
    if (st != ST_OK) {
        free(b.words);
        return st;
    }
    *ret = b.words;
    *ret_n = b.n;
    return ST_OK;
}

bool attribute_trie_check(const struct attribute_trie *t, const struct attribute_region *region)
{
    return t->n >= ((size_t)1 << direct_bits(region)) + ATTRIBUTE_TRIE_TAIL &&
           t->n <= LIMIT_TABLE_WORDS;
}

/* --- searching ----------------------------------------------------------------- */

/* An entry may lie: asking for any address is no fault. */
HOT void ask_for(const struct attribute_trie *t, uint32_t e)
{
    uintptr_t at = e & ~ATTRIBUTE_TRIE_BLOCK & (0 - (e >> 31));
    __builtin_prefetch((const void *)((uintptr_t)t->words + at * sizeof(*t->words)));
}

HOT void group4(const struct attribute_trie *t, const uint32_t *a, size_t n, uint32_t *e)
{
    uint32_t further = 0;
    for (size_t i = 0; i < n; i++) {
        e[i] = t->words[a[i] >> 14];
        ask_for(t, e[i]);
    }
    for (size_t i = 0; i < n; i++) {
        e[i] = step_if(t, e[i], a[i] >> 8 & 63);
        ask_for(t, e[i]);
    }
    for (size_t i = 0; i < n; i++) {
        e[i] = step_if(t, e[i], a[i] >> 2 & 63);
        further |= e[i];
    }
    for (size_t i = 0; is_block(further) && i < n; i++) { /* rare: beyond a /30 */
        if (is_block(e[i])) {
            e[i] = step(t, e[i], a[i] << 4 & 63);
            e[i] = is_block(e[i]) ? 0 : e[i];
        }
    }
}

HOT void batch4(const struct attribute_trie *t, const uint32_t *a, size_t n, uint32_t *ret)
{
    for (size_t i = 0; i < n; i += GROUP) {
        for (size_t k = i + GROUP; k < n && k < i + 2 * GROUP; k++) {
            __builtin_prefetch(t->words + (a[k] >> 14));
        }
        group4(t, a + i, n - i < GROUP ? n - i : GROUP, ret + i);
    }
}

HOT void batch6(const struct attribute_trie *t, const struct addr *a, size_t n, uint32_t *ret)
{
    enum { AHEAD = 5 }; /* steps taken together: up to a /50 */
    for (size_t i = 0; i < n; i += GROUP) {
        uint128 key[GROUP];
        uint32_t *e = ret + i;
        size_t m = n - i < GROUP ? n - i : GROUP;
        for (size_t k = 0; k < m; k++) {
            key[k] = key6(&a[i + k]);
            e[k] = direct6(t, key[k]);
            ask_for(t, e[k]);
        }
        for (unsigned from = ATTRIBUTE_TRIE_BITS6; from < ATTRIBUTE_TRIE_BITS6 + AHEAD * STRIDE;
             from += STRIDE) {
            for (size_t k = 0; k < m; k++) {
                e[k] = step_if(t, e[k], (uint64_t)(key[k] >> (122 - from)) & 63);
                ask_for(t, e[k]);
            }
        }
        for (size_t k = 0; k < m; k++) {
            e[k] = follow6(t, e[k], key[k], ATTRIBUTE_TRIE_BITS6 + AHEAD * STRIDE);
        }
    }
}

TWICE(attribute_trie_, uint32_t, return, (t, a), find4, const struct attribute_trie *t, uint32_t a)
TWICE(attribute_trie_, uint32_t, return, (t, a), find6, const struct attribute_trie *t,
      const struct addr *a)
TWICE(attribute_trie_, void, , (t, a, n, ret), batch4, const struct attribute_trie *t,
      const uint32_t *a, size_t n, uint32_t *ret)
TWICE(attribute_trie_, void, , (t, a, n, ret), batch6, const struct attribute_trie *t,
      const struct addr *a, size_t n, uint32_t *ret)
