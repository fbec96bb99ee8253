/* ledger/tree.c - RFC 6962 and 9162 tree hashing and proofs. */
#include "ledger/tree.h"

#include <openssl/evp.h>

enum status ledger_tree_leaf(struct bytes entry, struct digest *ret)
{
    static const uint8_t tag = 0x00;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(md, &tag, 1) == 1 &&
                (entry.len == 0 || EVP_DigestUpdate(md, entry.data, entry.len) == 1) &&
                EVP_DigestFinal_ex(md, ret->b, NULL) == 1;
    EVP_MD_CTX_free(md);
    return good ? ST_OK : ST_NOMEM;
}

enum status ledger_tree_node(const struct digest *left, const struct digest *right,
                             struct digest *ret)
{
    uint8_t in[1 + 2 * DIGEST_BYTES] = {0x01};
    memcpy(in + 1, left->b, DIGEST_BYTES);
    memcpy(in + 1 + DIGEST_BYTES, right->b, DIGEST_BYTES);
    return digest_sha256(bytes_of(in, sizeof(in)), ret);
}

enum status ledger_tree_empty(struct digest *ret)
{
    return digest_sha256((struct bytes){0}, ret);
}

static unsigned log2_floor(uint64_t n)
{
    return 63 - (unsigned)__builtin_clzll(n);
}

static enum status from_memory(void *ctx, unsigned level, uint64_t index, struct digest *ret)
{
    const struct digest *leaves = ctx;
    if (level == 0) {
        *ret = leaves[index];
        return ST_OK;
    }
    struct digest l, r;
    TRY(from_memory(ctx, level - 1, 2 * index, &l));
    TRY(from_memory(ctx, level - 1, 2 * index + 1, &r));
    return ledger_tree_node(&l, &r, ret);
}

enum status ledger_tree_root(const struct digest *leaves, size_t n, struct digest *ret)
{
    struct ledger_hashes src = {(void *)(uintptr_t)leaves, from_memory};
    return ledger_tree_root_of(&src, n, ret);
}

/* MTH of the leaves [from, to), where from is a multiple of a power of two that
 * is at least to - from: so whole subtrees, largest first, folded from the right. */
static enum status range(const struct ledger_hashes *src, uint64_t from, uint64_t to,
                         struct digest *ret)
{
    struct digest part[64];
    size_t n = 0;
    while (from < to) {
        unsigned level = log2_floor(to - from);
        TRY(src->get(src->ctx, level, from >> level, &part[n++]));
        from += UINT64_C(1) << level;
    }
    struct digest h = part[--n];
    while (n > 0) {
        TRY(ledger_tree_node(&part[--n], &h, &h));
    }
    *ret = h;
    return ST_OK;
}

enum status ledger_tree_root_of(const struct ledger_hashes *src, uint64_t size, struct digest *ret)
{
    if (size > LEDGER_SIZE_MAX) {
        return ST_LIMIT;
    }
    return size == 0 ? ledger_tree_empty(ret) : range(src, 0, size, ret);
}

/* RFC 6962, 2.1: the left part has the largest power of two below n leaves. */
static uint64_t split(uint64_t n)
{
    return UINT64_C(1) << log2_floor(n - 1);
}

static void turn_round(struct ledger_path *p)
{
    for (size_t i = 0; i < p->n / 2; i++) {
        struct digest h = p->hash[i];
        p->hash[i] = p->hash[p->n - 1 - i];
        p->hash[p->n - 1 - i] = h;
    }
}

/* Both proofs walk down from the root and note the sibling at each step, so
 * they come out upside down. */
enum status ledger_tree_prove(const struct ledger_hashes *src, uint64_t index, uint64_t size,
                              struct ledger_path *ret)
{
    if (size > LEDGER_SIZE_MAX || index >= size) {
        return ST_LIMIT;
    }
    struct ledger_path p = {.n = 0};
    uint64_t from = 0, to = size;
    while (to - from > 1) {
        uint64_t mid = from + split(to - from);
        bool right = index >= mid;
        TRY(range(src, right ? from : mid, right ? mid : to, &p.hash[p.n++]));
        from = right ? mid : from;
        to = right ? to : mid;
    }
    turn_round(&p);
    *ret = p;
    return ST_OK;
}

/* RFC 6962, 2.1.2: SUBPROOF, as a loop. `whole` is its last argument. */
enum status ledger_tree_prove_growth(const struct ledger_hashes *src, uint64_t old, uint64_t size,
                                     struct ledger_path *ret)
{
    if (size > LEDGER_SIZE_MAX || old > size) {
        return ST_LIMIT;
    }
    struct ledger_path p = {.n = 0};
    uint64_t from = 0, to = size;
    bool whole = true;
    while (old > 0 && to != old) {
        uint64_t mid = from + split(to - from);
        bool right = old > mid;
        TRY(range(src, right ? from : mid, right ? mid : to, &p.hash[p.n++]));
        whole = whole && !right;
        from = right ? mid : from;
        to = right ? to : mid;
    }
    if (!whole) {
        TRY(range(src, from, to, &p.hash[p.n++]));
    }
    turn_round(&p);
    *ret = p;
    return ST_OK;
}

static bool same(const struct digest *a, const struct digest *b)
{
    return memcmp(a->b, b->b, DIGEST_BYTES) == 0;
}

/* RFC 9162, 2.1.3.2. */
enum status ledger_tree_check(const struct digest *leaf, uint64_t index, uint64_t size,
                              const struct ledger_path *path, const struct digest *root)
{
    if (size > LEDGER_SIZE_MAX || index >= size || path->n > LEDGER_PROOF_MAX) {
        return ST_MISMATCH;
    }
    uint64_t at = index, last = size - 1;
    struct digest h = *leaf;
    for (size_t i = 0; i < path->n; i++) {
        if (last == 0) {
            return ST_MISMATCH;
        }
        if ((at & 1) != 0 || at == last) {
            TRY(ledger_tree_node(&path->hash[i], &h, &h));
            /* An unpaired node moves up until it is a right child. */
            while ((at & 1) == 0 && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            TRY(ledger_tree_node(&h, &path->hash[i], &h));
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && same(&h, root) ? ST_OK : ST_MISMATCH;
}

/* RFC 9162, 2.1.4.2: one walk computes both roots. */
static enum status growth(uint64_t old, const struct digest *old_root, uint64_t size,
                          const struct digest *root, const struct ledger_path *path)
{
    uint64_t at = old - 1, last = size - 1;
    size_t i = 0;
    while ((at & 1) != 0) {
        at >>= 1;
        last >>= 1;
    }
    /* A whole old tree is itself the first hash, and is left out. */
    struct digest a = (old & (old - 1)) == 0 ? *old_root : path->hash[i++];
    struct digest b = a;
    for (; i < path->n; i++) {
        const struct digest *h = &path->hash[i];
        if (last == 0) {
            return ST_MISMATCH;
        }
        if ((at & 1) != 0 || at == last) {
            TRY(ledger_tree_node(h, &a, &a));
            TRY(ledger_tree_node(h, &b, &b));
            while ((at & 1) == 0 && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            TRY(ledger_tree_node(&b, h, &b));
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && same(&a, old_root) && same(&b, root) ? ST_OK : ST_MISMATCH;
}

enum status ledger_tree_check_growth(uint64_t old, const struct digest *old_root, uint64_t size,
                                     const struct digest *root, const struct ledger_path *path)
{
    if (size > LEDGER_SIZE_MAX || old > size || path->n > LEDGER_PROOF_MAX) {
        return ST_MISMATCH;
    }
    if (old == size) {
        return path->n == 0 && same(old_root, root) ? ST_OK : ST_MISMATCH;
    }
    if (old == 0) {
        struct digest none;
        TRY(ledger_tree_empty(&none));
        return path->n == 0 && same(old_root, &none) ? ST_OK : ST_MISMATCH;
    }
    return path->n > 0 ? growth(old, old_root, size, root, path) : ST_MISMATCH;
}
