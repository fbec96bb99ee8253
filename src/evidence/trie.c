/* evidence/trie.c - building in one pass, hashing level by level, walking. */
#include "evidence/trie.h"

#include "evidence/trie_node.h"

enum { BATCH = 64, SLOT = 2 * SHA256X_BLOCK };

bool trie_bit(const uint8_t key[16], unsigned i)
{
    return (key[i / 8] >> (7 - i % 8) & 1) != 0;
}

unsigned trie_common(const uint8_t a[16], const uint8_t b[16])
{
    for (unsigned i = 0; i < 16; i++) {
        if (a[i] != b[i]) {
            return i * 8 + (unsigned)__builtin_clz((unsigned)(a[i] ^ b[i])) - 24;
        }
    }
    return TRIE_BITS;
}

void trie_cut(uint8_t key[16], unsigned plen)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned have = plen > i * 8 ? plen - i * 8 : 0;
        key[i] &= have >= 8 ? 0xff : (uint8_t)(0xff00U >> have);
    }
}

static size_t put_leaf(const struct evidence_trie *t, const struct evidence_leaf *l, uint8_t *slot)
{
    memcpy(slot + 1, l->key, 16);
    if (t->kind == TRIE_FLOWS) {
        slot[0] = TAG_FLOW;
        memcpy(slot + 17, l->salt.b, 16);
        return 33;
    }
    slot[0] = TAG_REMOTE;
    store_be32(slot + 17, l->n);
    memcpy(slot + 21, l->kc.b, 32);
    memcpy(slot + 53, l->records.b, 32);
    return 85;
}

static size_t put_inner(const struct evidence_trie *t, const struct evidence_node *n, uint8_t *slot)
{
    const struct evidence_node *l = &t->nodes[n->child[0]], *r = &t->nodes[n->child[1]];
    bool flows = t->kind == TRIE_FLOWS;
    slot[0] = flows ? TAG_FLOW_INNER : TAG_INNER;
    slot[1] = n->plen;
    memcpy(slot + 2, n->key, 16);
    size_t at = 18;
    if (!flows) {
        store_be32(slot + 18, l->n);
        store_be32(slot + 22, r->n);
        at = 26;
    }
    memcpy(slot + at, l->hash.b, 32);
    memcpy(slot + at + 32, r->hash.b, 32);
    return at + 64;
}

/* Slots of one length, and whose hashes they are. */
struct batch {
    const struct evidence_engine *e;
    uint8_t slots[BATCH * SLOT];
    struct evidence_node *of[BATCH];
    size_t n, blocks;
};

static void flush(struct batch *b)
{
    struct digest d[BATCH];
    sha256x_many(b->e->sha, b->slots, b->blocks, b->n, d);
    for (size_t i = 0; i < b->n; i++) {
        b->of[i]->hash = d[i];
    }
    b->n = 0;
}

static void hash_node(struct batch *b, const struct evidence_trie *t, struct evidence_node *n)
{
    uint8_t *slot = b->slots + b->n * b->blocks * SHA256X_BLOCK;
    size_t len =
        n->kind == NODE_LEAF ? put_leaf(t, &t->leaves[n->leaf], slot) : put_inner(t, n, slot);
    sha256x_pad(slot, len);
    b->of[b->n++] = n;
    if (b->n == BATCH) {
        flush(b);
    }
}

/* Heights of nodes, children first; order[] is filled by height. */
static void by_height(const struct evidence_trie *t, uint8_t *height, uint32_t *order,
                      uint32_t end[TRIE_BITS + 1])
{
    uint32_t at[TRIE_BITS + 1] = {0};
    for (uint32_t i = t->node_count; i-- > 0;) {
        const struct evidence_node *n = &t->nodes[i];
        height[i] = 0;
        if (n->kind == NODE_INNER) {
            uint8_t l = height[n->child[0]], r = height[n->child[1]];
            height[i] = (uint8_t)(1 + (l > r ? l : r));
        }
        at[height[i]]++;
    }
    uint32_t sum = 0;
    for (size_t h = 0; h <= TRIE_BITS; h++) {
        uint32_t count = at[h];
        at[h] = sum;
        sum += count;
        end[h] = sum;
    }
    for (uint32_t i = 0; i < t->node_count; i++) {
        order[at[height[i]]++] = i;
    }
}

static enum status sum_counts(struct evidence_trie *t, const uint32_t *order)
{
    for (uint32_t i = 0; i < t->node_count; i++) {
        struct evidence_node *n = &t->nodes[order[i]];
        if (n->kind == NODE_INNER) {
            uint32_t l = t->nodes[n->child[0]].n, r = t->nodes[n->child[1]].n;
            if (l > UINT32_MAX - r) {
                return ST_LIMIT;
            }
            n->n = l + r;
        }
    }
    return ST_OK;
}

/* Children have higher indexes than their parents (trie_node.h). */
enum status trie_hash(const struct evidence_engine *e, struct evidence_trie *t)
{
    uint32_t end[TRIE_BITS + 1];
    CLEANUP(free_ptr) uint8_t *height = malloc(t->node_count + 1);
    CLEANUP(free_ptr) uint32_t *order = malloc((t->node_count + 1) * sizeof(*order));
    CLEANUP(free_ptr) struct batch *b = malloc(sizeof(*b));
    if (height == NULL || order == NULL || b == NULL) {
        return ST_NOMEM;
    }
    b->e = e;
    b->n = 0;
    by_height(t, height, order, end);
    TRY(sum_counts(t, order));
    uint32_t from = 0;
    for (size_t h = 0; h <= TRIE_BITS && from < t->node_count; h++) {
        b->blocks = h == 0 && t->kind == TRIE_FLOWS ? 1 : 2;
        for (uint32_t i = from; i < end[h]; i++) {
            if (t->nodes[order[i]].kind != NODE_HIDDEN) {
                hash_node(b, t, &t->nodes[order[i]]);
            }
        }
        flush(b);
        from = end[h];
    }
    return ST_OK;
}

/* Nodes in the order in which they close while going from left to right: the
 * open ones, from the top down, are `spine`. */
struct builder {
    struct evidence_trie *t;
    uint32_t spine[TRIE_BITS + 1];
    size_t depth;
};

static void add_leaf(struct builder *b, uint32_t i)
{
    struct evidence_trie *t = b->t;
    const uint8_t *key = t->leaves[i].key;
    uint32_t last = TRIE_NONE, leaf = t->node_count++;
    t->nodes[leaf] = (struct evidence_node){
        .kind = NODE_LEAF, .plen = TRIE_BITS, .leaf = i, .n = t->leaves[i].n};
    memcpy(t->nodes[leaf].key, key, 16);
    if (i > 0) {
        unsigned common = trie_common(t->leaves[i - 1].key, key);
        while (b->depth > 0 && t->nodes[b->spine[b->depth - 1]].plen > common) {
            last = b->spine[--b->depth];
        }
        uint32_t inner = t->node_count++;
        struct evidence_node *n = &t->nodes[inner];
        *n = (struct evidence_node){
            .kind = NODE_INNER, .plen = (uint8_t)common, .child = {last, leaf}};
        memcpy(n->key, key, 16);
        trie_cut(n->key, common);
        if (b->depth > 0) {
            t->nodes[b->spine[b->depth - 1]].child[1] = inner;
        }
        b->spine[b->depth++] = inner;
    }
    b->spine[b->depth++] = leaf;
}

/* Preorder, so that parents come first. */
static enum status renumber(struct evidence_trie *t, uint32_t top)
{
    struct evidence_node *to = malloc((t->node_count + 1) * sizeof(*to));
    if (to == NULL) {
        return ST_NOMEM;
    }
    struct {
        uint32_t from, parent;
        int side;
    } stack[TRIE_BITS + 2];
    size_t depth = 0;
    uint32_t count = 0;
    stack[depth++] = (__typeof__(stack[0])){top, TRIE_NONE, 0};
    while (depth > 0) {
        depth--;
        uint32_t from = stack[depth].from, at = count++;
        if (stack[depth].parent != TRIE_NONE) {
            to[stack[depth].parent].child[stack[depth].side] = at;
        }
        to[at] = t->nodes[from];
        if (to[at].kind == NODE_INNER) {
            stack[depth++] = (__typeof__(stack[0])){to[at].child[1], at, 1};
            stack[depth++] = (__typeof__(stack[0])){to[at].child[0], at, 0};
        }
    }
    free(t->nodes);
    t->nodes = to;
    t->top = 0;
    return ST_OK;
}

static bool ascending(const struct evidence_leaf *l, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (memcmp(l[i - 1].key, l[i].key, 16) >= 0) {
            return false;
        }
    }
    return true;
}

enum status evidence_trie_build(const struct evidence_engine *e, enum evidence_trie_kind kind,
                                struct evidence_leaf *leaves, size_t n, struct evidence_trie *ret)
{
    if (n >= UINT32_MAX / 2 || !ascending(leaves, n)) {
        return n >= UINT32_MAX / 2 ? ST_LIMIT : ST_MALFORMED;
    }
    struct evidence_trie t = {
        .kind = kind, .leaves = leaves, .leaf_count = (uint32_t)n, .top = TRIE_NONE};
    t.nodes = malloc((2 * n + 1) * sizeof(*t.nodes));
    if (t.nodes == NULL) {
        return ST_NOMEM;
    }
    struct builder b = {.t = &t, .depth = 0};
    for (size_t i = 0; i < n; i++) {
        add_leaf(&b, (uint32_t)i);
    }
    enum status st = n > 0 ? renumber(&t, b.spine[0]) : ST_OK;
    st = st == ST_OK ? trie_hash(e, &t) : st;
    if (st != ST_OK) {
        free(t.nodes);
        return st;
    }
    *ret = t;
    return ST_OK;
}

void evidence_trie_fini(struct evidence_trie *t)
{
    free(t->nodes);
    free(t->leaves);
    *t = (struct evidence_trie){.top = TRIE_NONE};
}

void evidence_trie_top(const struct evidence_trie *t, struct digest *ret)
{
    *ret = t->top == TRIE_NONE ? (struct digest){{0}} : t->nodes[t->top].hash;
}

/* The walk: only the query's bits choose. A node ends it when it says all about
 * the query that there is to say. */
void evidence_trie_walk(const struct evidence_trie *t, const struct prefix *query,
                        struct evidence_answer *ret)
{
    uint32_t at = t->top;
    *ret = (struct evidence_answer){.found = FOUND_ABSENT, .node = at};
    while (at != TRIE_NONE) {
        const struct evidence_node *n = &t->nodes[at];
        ret->node = at;
        if (n->kind == NODE_HIDDEN) {
            ret->found = FOUND_HIDDEN;
            return;
        }
        unsigned same = trie_common(n->key, query->net.b);
        unsigned least = n->plen < query->len ? n->plen : query->len;
        if (same < least) {
            return; /* absent: everything below begins otherwise */
        }
        if (n->plen >= query->len) {
            ret->found = n->kind == NODE_LEAF ? FOUND_LEAF : FOUND_SUBTREE;
            ret->n = n->n;
            return;
        }
        at = n->child[trie_bit(query->net.b, n->plen)];
    }
}

bool evidence_trie_whole(const struct evidence_trie *t, uint32_t node, uint32_t *ret_keys)
{
    uint32_t stack[TRIE_BITS + 2], keys = 0;
    size_t depth = 0;
    if (node != TRIE_NONE) {
        stack[depth++] = node;
    }
    while (depth > 0) {
        const struct evidence_node *n = &t->nodes[stack[--depth]];
        if (n->kind == NODE_HIDDEN) {
            return false;
        }
        keys += n->kind == NODE_LEAF;
        if (n->kind == NODE_INNER) {
            stack[depth++] = n->child[1];
            stack[depth++] = n->child[0];
        }
    }
    *ret_keys = keys;
    return true;
}

const struct evidence_leaf *evidence_trie_find(const struct evidence_trie *t, const uint8_t key[16])
{
    struct prefix q = {.len = TRIE_BITS};
    struct evidence_answer a;
    memcpy(q.net.b, key, 16);
    evidence_trie_walk(t, &q, &a);
    return a.found == FOUND_LEAF ? &t->leaves[t->nodes[a.node].leaf] : NULL;
}

void evidence_root_hash(const struct evidence_engine *e, const struct evidence_root *r,
                        struct digest *ret)
{
    uint8_t slot[SLOT] = {TAG_ROOT};
    memcpy(slot + 1, r->segid, 16);
    store_be32(slot + 17, r->remotes);
    store_be64(slot + 21, r->records);
    memcpy(slot + 29, r->flows.b, 32);
    memcpy(slot + 61, r->top.b, 32);
    sha256x_pad(slot, 93);
    sha256x_many(e->sha, slot, 2, 1, ret);
}
