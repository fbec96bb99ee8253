/* evidence/trie.h - the canonical compressed binary trie over 16-byte keys.
 *
 * One form serves who seals and who verifies: a trie in which everything is
 * shown, or one read from a proof, in which subtrees are only hashes. A query is
 * answered by walking down by its own bits: a proof gives no directions, so a
 * root has one answer to each query.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/buf.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "evidence/keys.h"

enum evidence_trie_kind { TRIE_REMOTES, TRIE_FLOWS };

/* What a leaf commits to. */
struct evidence_leaf {
    uint8_t key[16];
    uint32_t n;                /* remotes: records, at least one; flows: 1 */
    struct digest kc, records; /* remotes */
    struct evidence_salt salt; /* flows */
};

enum evidence_node_kind { NODE_HIDDEN, NODE_LEAF, NODE_INNER };

struct evidence_node {
    struct digest hash;
    uint8_t key[16]; /* inner: its prefix, zero past plen */
    uint32_t n;      /* records below */
    uint32_t child[2];
    uint32_t leaf;
    uint8_t plen; /* 128 for a leaf */
    uint8_t kind; /* enum evidence_node_kind */
    bool shown;   /* for evidence_trie_put */
};

struct evidence_trie {
    enum evidence_trie_kind kind;
    struct evidence_node *nodes;
    struct evidence_leaf *leaves;
    uint32_t node_count, leaf_count; /* leaves: those shown */
    uint32_t hidden_count;           /* subtrees of which only the hash is known */
    uint32_t top;                    /* TRIE_NONE when there is nothing in it */
};

enum { TRIE_BITS = 128 };
#define TRIE_NONE UINT32_MAX

/* From leaves in strictly ascending order of keys. On ST_OK they are the trie's,
 * which frees them; they come from malloc. */
MUST_USE enum status evidence_trie_build(const struct evidence_engine *e,
                                         enum evidence_trie_kind kind, struct evidence_leaf *leaves,
                                         size_t n, struct evidence_trie *ret);
void evidence_trie_fini(struct evidence_trie *t);
/* 32 zero bytes for an empty one. */
void evidence_trie_top(const struct evidence_trie *t, struct digest *ret);

enum evidence_found {
    FOUND_HIDDEN,  /* the proof does not go so far */
    FOUND_ABSENT,  /* nothing under the queried prefix */
    FOUND_LEAF,    /* exactly one key under it */
    FOUND_SUBTREE, /* several keys */
};

struct evidence_answer {
    enum evidence_found found;
    uint32_t n;    /* records under the prefix; 0 when absent or hidden */
    uint32_t node; /* where the walk ended; TRIE_NONE in an empty trie */
};

/* All keys that begin with the query's bits; a whole key has 128. */
void evidence_trie_walk(const struct evidence_trie *t, const struct prefix *query,
                        struct evidence_answer *ret);
/* Are all leaves below that node there? *ret_keys is then how many. */
bool evidence_trie_whole(const struct evidence_trie *t, uint32_t node, uint32_t *ret_keys);
/* The leaf of a key, or NULL: absent or not shown. */
const struct evidence_leaf *evidence_trie_find(const struct evidence_trie *t,
                                               const uint8_t key[16]);

/* Proofs. First say what is to be shown: the walk of a query, and with `below`
 * everything under it; then write. */
void evidence_trie_show(struct evidence_trie *t, const struct prefix *query, bool below);
void evidence_trie_put(const struct evidence_trie *t, struct buf *out);
/* `records` and `remotes` are what the root says; for flows `records` is 0 and
 * `remotes` the count of flows, or UINT32_MAX where nothing says it. The bytes
 * must be one proof and nothing more. */
MUST_USE enum status evidence_trie_get(const struct evidence_engine *e,
                                       enum evidence_trie_kind kind, struct bytes proof,
                                       uint64_t records, uint32_t remotes,
                                       struct evidence_trie *ret, struct fault *why);

/* root = H(14 | segid | remotes | records | flow root | top). */
struct evidence_root {
    uint8_t segid[EVIDENCE_ID_BYTES];
    uint32_t remotes;
    uint64_t records;
    struct digest flows, top;
};
void evidence_root_hash(const struct evidence_engine *e, const struct evidence_root *r,
                        struct digest *ret);
