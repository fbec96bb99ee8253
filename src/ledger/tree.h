/* ledger/tree.h - Merkle trees of RFC 6962 and 9162 (2.1), with their proofs.
 *
 * A tree is not held in memory: whoever makes proofs asks a source for the
 * hashes of whole subtrees, 2^level leaves beginning at index * 2^level.
 * Whoever checks needs nothing but the proof.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/hash.h"
#include "base/core/status.h"

enum {
    /* Sizes are below 2^63: 63 levels, and one more in a proof of growth. */
    LEDGER_PROOF_MAX = 64,
};

#define LEDGER_SIZE_MAX ((uint64_t)INT64_MAX)

struct ledger_path {
    struct digest hash[LEDGER_PROOF_MAX]; /* from the leaf's sibling up */
    size_t n;
};

/* Where the hash of a whole subtree comes from. */
struct ledger_hashes {
    void *ctx;
    enum status (*get)(void *ctx, unsigned level, uint64_t index, struct digest *ret);
};

/* H(00 | entry), H(01 | left | right), H(). */
MUST_USE enum status ledger_tree_leaf(struct bytes entry, struct digest *ret);
MUST_USE enum status ledger_tree_node(const struct digest *left, const struct digest *right,
                                      struct digest *ret);
MUST_USE enum status ledger_tree_empty(struct digest *ret);

/* The root of n leaf hashes in memory. */
MUST_USE enum status ledger_tree_root(const struct digest *leaves, size_t n, struct digest *ret);

/* Root and proofs of the first `size` leaves of a source. ST_LIMIT when index,
 * old and size do not fit together; else only what the source answers. */
MUST_USE enum status ledger_tree_root_of(const struct ledger_hashes *src, uint64_t size,
                                         struct digest *ret);
MUST_USE enum status ledger_tree_prove(const struct ledger_hashes *src, uint64_t index,
                                       uint64_t size, struct ledger_path *ret);
MUST_USE enum status ledger_tree_prove_growth(const struct ledger_hashes *src, uint64_t old,
                                              uint64_t size, struct ledger_path *ret);

/* ST_OK: the proof holds; ST_MISMATCH: it does not, and too long or too short
 * a proof never does. Else memory was short. */
MUST_USE enum status ledger_tree_check(const struct digest *leaf, uint64_t index, uint64_t size,
                                       const struct ledger_path *path, const struct digest *root);
MUST_USE enum status ledger_tree_check_growth(uint64_t old, const struct digest *old_root,
                                              uint64_t size, const struct digest *root,
                                              const struct ledger_path *path);
