/* evidence/trie_node.h - what building and reading tries share.
 *
 * Nodes stand in preorder: a parent before its children, the left one first.
 */
#pragma once

#include "evidence/trie.h"

bool trie_bit(const uint8_t key[16], unsigned i);
/* Bits that both begin with. */
unsigned trie_common(const uint8_t a[16], const uint8_t b[16]);
/* Zero the bits past plen. */
void trie_cut(uint8_t key[16], unsigned plen);
/* Counts and hashes of all nodes but hidden ones, from the leaves up. */
MUST_USE enum status trie_hash(const struct evidence_engine *e, struct evidence_trie *t);
