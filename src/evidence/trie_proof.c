/* evidence/trie_proof.c - tries with parts left out, written and read.
 *
 * A node, in preorder:
 *   0  hash32                          a subtree that is not shown
 *   1  key bits, kc32, records32       leaf of a remote; its n is its parent's
 *      key bits, salt16                leaf of a flow
 *   2  plen u8, prefix bits, nL u32    inner node; nR is what is left (flows: no nL)
 * Bits are given from the byte in which the parent's knowledge ends. Nothing can
 * be said twice, so each proof has one spelling; an empty trie has none.
 */
#include "evidence/trie.h"
#include "evidence/trie_node.h"

void evidence_trie_show(struct evidence_trie *t, const struct prefix *query, bool below)
{
    uint32_t at = t->top;
    while (at != TRIE_NONE && t->nodes[at].kind != NODE_HIDDEN) {
        struct evidence_node *n = &t->nodes[at];
        n->shown = true;
        unsigned least = n->plen < query->len ? n->plen : query->len;
        if (trie_common(n->key, query->net.b) < least) {
            return;
        }
        if (n->plen >= query->len) {
            break;
        }
        at = n->child[trie_bit(query->net.b, n->plen)];
    }
    if (!below || at == TRIE_NONE) {
        return;
    }
    uint32_t stack[TRIE_BITS + 2];
    size_t depth = 0;
    stack[depth++] = at;
    while (depth > 0) {
        struct evidence_node *n = &t->nodes[stack[--depth]];
        n->shown = n->kind != NODE_HIDDEN;
        if (n->kind == NODE_INNER) {
            stack[depth++] = n->child[1];
            stack[depth++] = n->child[0];
        }
    }
}

static void put_bits(struct buf *out, const uint8_t key[16], unsigned known, unsigned plen)
{
    unsigned from = known / 8, to = (plen + 7) / 8;
    buf_append(out, key + from, to > from ? to - from : 0);
}

static void put_node(const struct evidence_trie *t, const struct evidence_node *n, unsigned known,
                     struct buf *out)
{
    bool flows = t->kind == TRIE_FLOWS;
    if (!n->shown) {
        buf_byte(out, NODE_HIDDEN);
        buf_append(out, n->hash.b, DIGEST_BYTES);
    } else if (n->kind == NODE_LEAF) {
        const struct evidence_leaf *l = &t->leaves[n->leaf];
        buf_byte(out, NODE_LEAF);
        put_bits(out, l->key, known, TRIE_BITS);
        if (flows) {
            buf_append(out, l->salt.b, sizeof(l->salt.b));
        } else {
            buf_append(out, l->kc.b, DIGEST_BYTES);
            buf_append(out, l->records.b, DIGEST_BYTES);
        }
    } else {
        buf_byte(out, NODE_INNER);
        buf_byte(out, n->plen);
        put_bits(out, n->key, known, n->plen);
        if (!flows) {
            buf_be32(out, t->nodes[n->child[0]].n);
        }
    }
}

void evidence_trie_put(const struct evidence_trie *t, struct buf *out)
{
    struct {
        uint32_t node;
        unsigned known;
    } stack[TRIE_BITS + 2];
    size_t depth = 0;
    if (t->top == TRIE_NONE) {
        return;
    }
    stack[depth++] = (__typeof__(stack[0])){t->top, 0};
    while (depth > 0) {
        const struct evidence_node *n = &t->nodes[stack[--depth].node];
        put_node(t, n, stack[depth].known, out);
        if (n->shown && n->kind == NODE_INNER) {
            unsigned known = n->plen + 1U;
            stack[depth++] = (__typeof__(stack[0])){n->child[1], known};
            stack[depth++] = (__typeof__(stack[0])){n->child[0], known};
        }
    }
}

/* A node that is to be read: what its parent says of it. */
struct wanted {
    uint8_t key[16];
    unsigned known; /* bits of it, the parent's branch included */
    uint32_t n;     /* records below */
    uint32_t parent;
    int side;
};

struct reader {
    struct evidence_trie *t;
    struct cursor c;
    size_t node_room, leaf_room;
    const char *bad;
    enum status st;
};

static bool refuse(struct reader *r, const char *what)
{
    r->bad = what;
    r->st = r->c.failed ? ST_SHORT : ST_MALFORMED;
    return false;
}

/* Space grows with what was really read, never by what a count claims. */
static bool room(void **p, size_t *have, size_t need, size_t size)
{
    if (need <= *have) {
        return true;
    }
    size_t more = *have == 0 ? 16 : *have * 2;
    void *bigger = realloc(*p, more * size);
    if (bigger == NULL) {
        return false;
    }
    *p = bigger;
    *have = more;
    return true;
}

/* The key of w up to plen bits, into key. */
static bool get_bits(struct reader *r, const struct wanted *w, unsigned plen, uint8_t key[16])
{
    unsigned from = w->known / 8, to = (plen + 7) / 8;
    struct bytes b = cursor_take(&r->c, to > from ? to - from : 0);
    memcpy(key, w->key, 16);
    if (b.len > 0) {
        memcpy(key + from, b.data, b.len);
    }
    uint8_t cut[16];
    memcpy(cut, key, 16);
    trie_cut(cut, plen);
    bool good = !r->c.failed && trie_common(key, w->key) >= w->known && memcmp(cut, key, 16) == 0;
    return good || refuse(r, "bits of a prefix");
}

static bool get_leaf(struct reader *r, const struct wanted *w, struct evidence_node *n)
{
    struct evidence_trie *t = r->t;
    if (!room((void **)&t->leaves, &r->leaf_room, t->leaf_count + 1U, sizeof(*t->leaves))) {
        r->st = ST_NOMEM;
        return false;
    }
    struct evidence_leaf *l = &t->leaves[t->leaf_count];
    *l = (struct evidence_leaf){.n = w->n};
    if (!get_bits(r, w, TRIE_BITS, l->key)) {
        return false;
    }
    bool flows = t->kind == TRIE_FLOWS;
    struct bytes b = cursor_take(&r->c, flows ? EVIDENCE_SALT_BYTES : 2 * DIGEST_BYTES);
    if (r->c.failed) {
        return refuse(r, "leaf");
    }
    memcpy(flows ? l->salt.b : l->kc.b, b.data, flows ? EVIDENCE_SALT_BYTES : DIGEST_BYTES);
    if (!flows) {
        memcpy(l->records.b, b.data + DIGEST_BYTES, DIGEST_BYTES);
    }
    memcpy(n->key, l->key, 16);
    n->plen = TRIE_BITS;
    n->leaf = t->leaf_count++;
    return true;
}

static bool get_inner(struct reader *r, const struct wanted *w, struct evidence_node *n,
                      uint32_t *left)
{
    n->plen = cursor_u8(&r->c);
    if (n->plen >= TRIE_BITS || n->plen < w->known) {
        return refuse(r, "length of a prefix");
    }
    if (!get_bits(r, w, n->plen, n->key)) {
        return false;
    }
    *left = 1;
    if (r->t->kind == TRIE_REMOTES) {
        *left = cursor_be32(&r->c);
        if (r->c.failed || *left == 0 || *left >= w->n) {
            return refuse(r, "count of records");
        }
    }
    return true;
}

/* Read one node; its children, if any, become wanted. */
static bool get_node(struct reader *r, const struct wanted *w, struct wanted child[2])
{
    struct evidence_trie *t = r->t;
    if (!room((void **)&t->nodes, &r->node_room, t->node_count + 1U, sizeof(*t->nodes))) {
        r->st = ST_NOMEM;
        return false;
    }
    uint32_t at = t->node_count, left = 0;
    struct evidence_node *n = &t->nodes[at];
    *n = (struct evidence_node){.kind = cursor_u8(&r->c), .n = w->n, .shown = true};
    if (n->kind == NODE_HIDDEN) {
        struct bytes b = cursor_take(&r->c, DIGEST_BYTES);
        if (r->c.failed) {
            return refuse(r, "hash");
        }
        memcpy(n->hash.b, b.data, DIGEST_BYTES);
        n->shown = false;
        t->hidden_count++;
    } else if (n->kind == NODE_LEAF) {
        if (!get_leaf(r, w, n)) {
            return false;
        }
    } else if (n->kind != NODE_INNER) {
        return refuse(r, "kind of node");
    } else if (!get_inner(r, w, n, &left)) {
        return false;
    }
    t->node_count++;
    if (w->parent != TRIE_NONE) {
        t->nodes[w->parent].child[w->side] = at;
    }
    for (int side = 0; n->kind == NODE_INNER && side < 2; side++) {
        uint32_t below = side == 0 ? left : t->kind == TRIE_FLOWS ? 1 : w->n - left;
        child[side] =
            (struct wanted){.known = n->plen + 1U, .n = below, .parent = at, .side = side};
        memcpy(child[side].key, n->key, 16);
        child[side].key[n->plen / 8] |= (uint8_t)(side << (7 - n->plen % 8));
    }
    return true;
}

/* Depth is bounded: each level knows at least one bit more. */
static bool get_all(struct reader *r, uint32_t records)
{
    struct wanted stack[TRIE_BITS + 2], child[2];
    size_t depth = 0;
    stack[depth++] = (struct wanted){.n = records, .parent = TRIE_NONE};
    while (depth > 0) {
        struct wanted w = stack[--depth];
        uint32_t before = r->t->node_count;
        if (!get_node(r, &w, child)) {
            return false;
        }
        if (r->t->nodes[before].kind == NODE_INNER) {
            stack[depth++] = child[1];
            stack[depth++] = child[0];
        }
    }
    return cursor_left(&r->c) == 0 || refuse(r, "bytes behind the proof");
}

/* A hidden subtree holds at least one key. */
static bool fits(const struct evidence_trie *t, uint32_t remotes)
{
    if (remotes == UINT32_MAX) {
        return true;
    }
    uint64_t least = (uint64_t)t->leaf_count + t->hidden_count;
    return t->hidden_count == 0 ? least == remotes : least <= remotes;
}

enum status evidence_trie_get(const struct evidence_engine *e, enum evidence_trie_kind kind,
                              struct bytes proof, uint64_t records, uint32_t remotes,
                              struct evidence_trie *ret, struct fault *why)
{
    struct evidence_trie t = {.kind = kind, .top = TRIE_NONE};
    bool flows = kind == TRIE_FLOWS;
    if (records > UINT32_MAX) {
        return fault_at(why, ST_LIMIT, 0, "count of records");
    }
    if (proof.len == 0) {
        bool none = remotes == UINT32_MAX || (remotes == 0 && records == 0);
        if (!none) {
            return fault_at(why, ST_MISMATCH, 0, "nothing shown of what is there");
        }
        *ret = t;
        return ST_OK;
    }
    if (!flows && (records == 0 || remotes == 0)) {
        return fault_at(why, ST_MISMATCH, 0, "something shown where nothing is");
    }
    struct reader r = {.t = &t, .c = cursor_of(proof), .st = ST_OK};
    enum status st = ST_OK;
    if (!get_all(&r, flows ? 1 : (uint32_t)records)) {
        st = fault_at(why, r.st, r.c.pos, r.bad);
    } else if (!fits(&t, remotes)) {
        st = fault_at(why, ST_MISMATCH, 0, "count of keys");
    } else {
        t.top = 0;
        st = trie_hash(e, &t);
    }
    if (st != ST_OK) {
        evidence_trie_fini(&t);
        return st;
    }
    *ret = t;
    return ST_OK;
}
