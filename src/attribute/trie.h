/* attribute/trie.h - from the bits of an address to a number, in a few reads.
 *
 * An array of words. First one entry for each value of the leading bits (18 in
 * IPv4, 17 behind 2000::/3); then blocks. A block decides six bits more: a map
 * of 64 bits says at which of its slots the entry differs from the slot before,
 * and the entries that do follow it at once, so that map and entry mostly share
 * a cache line. An entry is a number, or with its top bit set the word at which
 * a block begins.
 *
 * A map that was tampered with gives a wrong number, never a read outside:
 * every block is checked against the end before it is read, and a way has no
 * more steps than an address has bits.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "attribute/cuts.h"

enum {
    ATTRIBUTE_TRIE_BITS4 = 18,
    ATTRIBUTE_TRIE_BITS6 = 17, /* behind the three of 2000::/3 */
    ATTRIBUTE_TRIE_TAIL = 66,  /* words behind the last block: the longest one */
};

#define ATTRIBUTE_TRIE_BLOCK UINT32_C(0x80000000)

struct attribute_trie {
    const uint32_t *words; /* borrowed */
    size_t n;
};

/* The words are the caller's, to free. Values must be below BLOCK. */
MUST_USE enum status attribute_trie_build(const struct attribute_cuts *cuts, uint32_t **ret,
                                          size_t *ret_n);
/* Are there enough words to be one at all? */
bool attribute_trie_check(const struct attribute_trie *t, const struct attribute_region *region);

uint32_t attribute_trie_find4(const struct attribute_trie *t, uint32_t a);
/* Of an address in 2000::/3. */
uint32_t attribute_trie_find6(const struct attribute_trie *t, const struct addr *a);
/* Many at once: memory is asked for before it is needed. */
void attribute_trie_batch4(const struct attribute_trie *t, const uint32_t *a, size_t n,
                           uint32_t *ret);
void attribute_trie_batch6(const struct attribute_trie *t, const struct addr *a, size_t n,
                           uint32_t *ret);
