/* tests/unit/evidence/test_trie.c - one root, one answer to each query. */
#include "evidence/trie.h"

#include "evidence/sealing.h"
#include "evidence/trie_node.h"

enum { KEYS_MAX = 80 };

static struct evidence_engine engine;

static int by_key(const void *a, const void *b)
{
    return memcmp(((const struct evidence_leaf *)a)->key, ((const struct evidence_leaf *)b)->key,
                  16);
}

/* Keys that share long beginnings, and some that do not. */
static void random_key(uint64_t *seed, uint8_t key[16])
{
    struct addr a;
    switch (some(seed) % 4) {
    case 0:
        a = remote4(some(seed) % 64); /* neighbours */
        break;
    case 1:
        a = addr_from_v4(some(seed) << 1);
        break;
    case 2:
        a = remote6(some(seed) % 16);
        break;
    default:
        for (size_t i = 0; i < 16; i++) {
            a.b[i] = (uint8_t)(some(seed) % 2 ? 0 : some(seed));
        }
    }
    memcpy(key, a.b, 16);
}

/* At most n different keys, sorted. */
static struct evidence_leaf *random_leaves(uint64_t *seed, size_t *n)
{
    struct evidence_leaf *l = calloc(*n + 1, sizeof(*l));
    size_t count = 0;
    for (size_t i = 0; i < *n; i++) {
        random_key(seed, l[i].key);
        l[i].n = 1 + some(seed) % 5;
        l[i].records.b[0] = (uint8_t)some(seed);
        l[i].salt.b[0] = (uint8_t)some(seed);
    }
    qsort(l, *n, sizeof(*l), by_key);
    for (size_t i = 0; i < *n; i++) {
        if (count == 0 || memcmp(l[count - 1].key, l[i].key, 16) != 0) {
            l[count++] = l[i];
        }
    }
    *n = count;
    return l;
}

static uint32_t sum_of(const struct evidence_trie *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->leaf_count; i++) {
        n += t->leaves[i].n;
    }
    return n;
}

static struct prefix random_query(uint64_t *seed, const struct evidence_trie *t)
{
    struct addr a;
    random_key(seed, a.b);
    if (t->leaf_count > 0 && some(seed) % 2 == 0) {
        memcpy(a.b, t->leaves[some(seed) % t->leaf_count].key, 16);
        a.b[15] ^= some(seed) % 3 == 0 ? 1 : 0;
    }
    return prefix_of(&a, some(seed) % 2 == 0 ? 128 : (uint8_t)(some(seed) % 129));
}

/* What a list says. */
static uint32_t naive(const struct evidence_trie *t, const struct prefix *q, uint32_t *keys)
{
    uint32_t n = 0;
    *keys = 0;
    for (uint32_t i = 0; i < t->leaf_count; i++) {
        struct addr a;
        memcpy(a.b, t->leaves[i].key, 16);
        if (prefix_contains(q, &a)) {
            n += t->leaves[i].n;
            (*keys)++;
        }
    }
    return n;
}

static void hide_all(struct evidence_trie *t)
{
    for (uint32_t i = 0; i < t->node_count; i++) {
        t->nodes[i].shown = false;
    }
}

static enum status read_back(const struct evidence_trie *t, const struct buf *proof,
                             uint64_t records, uint32_t remotes, struct evidence_trie *ret)
{
    struct digest top, want;
    TRY(evidence_trie_get(&engine, t->kind, buf_bytes(proof), records, remotes, ret, NULL));
    evidence_trie_top(ret, &top);
    evidence_trie_top(t, &want);
    if (memcmp(&top, &want, sizeof(top)) != 0) {
        evidence_trie_fini(ret);
        return ST_MISMATCH;
    }
    return ST_OK;
}

static void answers_are_those_of_a_list(void)
{
    uint64_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        size_t n = round < 10 ? (size_t)round % 4 : some(&seed) % KEYS_MAX;
        enum evidence_trie_kind kind = some(&seed) % 3 == 0 ? TRIE_FLOWS : TRIE_REMOTES;
        struct evidence_leaf *l = random_leaves(&seed, &n);
        struct evidence_trie t;
        CHECK(evidence_trie_build(&engine, kind, l, n, &t) == ST_OK);
        for (int i = 0; i < 10; i++) {
            struct prefix q = random_query(&seed, &t);
            struct buf proof = BUF_INIT(1 << 20);
            struct evidence_trie got;
            struct evidence_answer a;
            uint32_t keys, shown = 0, want = naive(&t, &q, &keys);
            bool below = some(&seed) % 2 == 0;
            hide_all(&t);
            evidence_trie_show(&t, &q, below);
            evidence_trie_put(&t, &proof);
            uint32_t records = kind == TRIE_FLOWS ? 0 : sum_of(&t);
            CHECK(read_back(&t, &proof, records, t.leaf_count, &got) == ST_OK);
            evidence_trie_walk(&got, &q, &a);
            CHECK(a.found == (keys == 0 ? FOUND_ABSENT : keys == 1 ? FOUND_LEAF : FOUND_SUBTREE));
            CHECK(kind == TRIE_FLOWS || a.n == want);
            if (below && keys > 0) {
                CHECK(evidence_trie_whole(&got, a.node, &shown) && shown == keys);
            }
            evidence_trie_fini(&got);
            buf_fini(&proof);
        }
        evidence_trie_fini(&t);
    }
}

static void every_changed_byte_of_a_proof_fails(void)
{
    uint64_t seed = 2;
    int held = 0;
    for (int round = 0; round < 60; round++) {
        size_t n = 1 + some(&seed) % 30;
        enum evidence_trie_kind kind = round % 4 == 0 ? TRIE_FLOWS : TRIE_REMOTES;
        struct evidence_leaf *l = random_leaves(&seed, &n);
        struct evidence_trie t, got;
        CHECK(evidence_trie_build(&engine, kind, l, n, &t) == ST_OK);
        struct prefix q = random_query(&seed, &t);
        struct buf proof = BUF_INIT(1 << 20);
        evidence_trie_show(&t, &q, round % 2 == 0);
        evidence_trie_put(&t, &proof);
        uint32_t records = kind == TRIE_FLOWS ? 0 : sum_of(&t);
        for (size_t i = 0; i < proof.len; i++) {
            for (int bit = 0; bit < 8; bit++) {
                proof.data[i] ^= (uint8_t)(1 << bit);
                if (read_back(&t, &proof, records, t.leaf_count, &got) == ST_OK) {
                    held++;
                    evidence_trie_fini(&got);
                }
                proof.data[i] ^= (uint8_t)(1 << bit);
            }
        }
        size_t len = proof.len;
        for (proof.len = 0; proof.len < len; proof.len++) {
            if (read_back(&t, &proof, records, t.leaf_count, &got) == ST_OK) {
                held++;
                evidence_trie_fini(&got);
            }
        }
        buf_byte(&proof, 0);
        held += read_back(&t, &proof, records, t.leaf_count, &got) == ST_OK;
        proof.len = len;
        if (kind == TRIE_REMOTES) { /* counts are bound */
            held += read_back(&t, &proof, records + 1, t.leaf_count, &got) == ST_OK;
            held += read_back(&t, &proof, records - 1, t.leaf_count, &got) == ST_OK;
            held +=
                read_back(&t, &proof, records + (UINT64_C(1) << 32), t.leaf_count, &got) == ST_OK;
        }
        buf_fini(&proof);
        evidence_trie_fini(&t);
    }
    CHECK_INT(held, 0);
}

/* A sealer that lies: nodes say whatever he likes, and hash to what they say. */
struct lie {
    struct evidence_trie t;
    uint32_t says[2 * KEYS_MAX][2]; /* nL, nR of each node */
};

static void lying_hash(struct lie *l, uint32_t at)
{
    struct evidence_node *n = &l->t.nodes[at];
    uint8_t in[90];
    struct bytes part = bytes_of(in, 0);
    if (n->kind == NODE_LEAF) {
        const struct evidence_leaf *f = &l->t.leaves[n->leaf];
        memcpy(in, f->key, 16);
        store_be32(in + 16, f->n);
        memcpy(in + 20, f->kc.b, 32);
        memcpy(in + 52, f->records.b, 32);
        part.len = 84;
        evidence_hash(&engine, TAG_REMOTE, &part, 1, &n->hash);
        return;
    }
    lying_hash(l, n->child[0]);
    lying_hash(l, n->child[1]);
    in[0] = n->plen;
    memcpy(in + 1, n->key, 16);
    store_be32(in + 17, l->says[at][0]);
    store_be32(in + 21, l->says[at][1]);
    memcpy(in + 25, l->t.nodes[n->child[0]].hash.b, 32);
    memcpy(in + 57, l->t.nodes[n->child[1]].hash.b, 32);
    part.len = 89;
    evidence_hash(&engine, TAG_INNER, &part, 1, &n->hash);
}

static void tell_a_lie(struct lie *l, uint64_t *seed)
{
    struct evidence_trie *t = &l->t;
    uint32_t at = some(seed) % t->node_count;
    struct evidence_node *n = &t->nodes[at];
    unsigned bit = some(seed) % 128;
    switch (some(seed) % 8) {
    case 0: /* a leaf under another key */
        t->leaves[some(seed) % t->leaf_count].key[bit / 8] ^= (uint8_t)(1 << bit % 8);
        break;
    case 1:
        t->leaves[some(seed) % t->leaf_count].n += 1 + some(seed) % 3;
        break;
    case 2:
        n->key[bit / 8] ^= (uint8_t)(n->kind == NODE_INNER ? 1 << bit % 8 : 0);
        break;
    case 3:
        n->plen = n->kind == NODE_INNER ? (uint8_t)(some(seed) % 128) : n->plen;
        break;
    case 4:
        l->says[at][some(seed) % 2] += some(seed) % 2 ? 1 : UINT32_MAX;
        break;
    case 5: /* the same remote twice, with other records */
        t->leaves[some(seed) % t->leaf_count] = t->leaves[some(seed) % t->leaf_count];
        t->leaves[some(seed) % t->leaf_count].records.b[1]++;
        break;
    case 6: /* a remote without records, counted as such all the way up */
        t->leaves[some(seed) % t->leaf_count].n = 0;
        break;
    default:
        if (n->kind == NODE_INNER) {
            uint32_t c = n->child[0];
            n->child[0] = n->child[1];
            n->child[1] = c;
        }
    }
    for (uint32_t i = 0; i < t->node_count; i++) {
        if (t->nodes[i].kind == NODE_LEAF) {
            memcpy(t->nodes[i].key, t->leaves[t->nodes[i].leaf].key, 16);
            t->nodes[i].n = t->leaves[t->nodes[i].leaf].n;
        }
    }
}

/* Counts that agree with the leaves, whatever those say. */
static uint32_t count_again(struct lie *l, uint32_t at)
{
    const struct evidence_node *n = &l->t.nodes[at];
    if (n->kind == NODE_LEAF) {
        return l->t.leaves[n->leaf].n;
    }
    l->says[at][0] = count_again(l, n->child[0]);
    l->says[at][1] = count_again(l, n->child[1]);
    return l->says[at][0] + l->says[at][1];
}

/* Whatever is accepted has the shape that a trie has, and its leaves are where a
 * walk finds them. */
static unsigned misshapen(const struct evidence_trie *t)
{
    unsigned bad = 0;
    for (uint32_t i = 0; i < t->leaf_count; i++) {
        bad += evidence_trie_find(t, t->leaves[i].key) != &t->leaves[i] || t->leaves[i].n == 0;
    }
    for (uint32_t i = 0; i < t->node_count; i++) {
        uint8_t key[16];
        memcpy(key, t->nodes[i].key, 16);
        trie_cut(key, t->nodes[i].plen);
        bad += t->nodes[i].kind == NODE_INNER && memcmp(key, t->nodes[i].key, 16) != 0;
    }
    return bad;
}

/* What proofs of one root have been accepted to say. */
struct said {
    struct prefix q;
    struct evidence_answer a;
    struct digest leaf;
    bool any;
};

/* Show random parts; whatever of it is accepted must agree with all before. */
static unsigned listen(struct lie *l, uint64_t *seed, struct said *said, size_t n)
{
    struct evidence_trie *t = &l->t, got;
    struct buf proof = BUF_INIT(1 << 20);
    unsigned accepted = 0, contradictions = 0;
    uint32_t records = l->says[0][0] + l->says[0][1];
    for (int i = 0; i < 12; i++) {
        hide_all(t);
        for (uint32_t k = 0; k < t->node_count; k++) {
            t->nodes[k].shown = i < 2 || some(seed) % 4 != 0;
        }
        /* What children are said to hold is what is written. */
        for (uint32_t k = 0; k < t->node_count; k++) {
            if (t->nodes[k].kind == NODE_INNER) {
                t->nodes[t->nodes[k].child[0]].n = l->says[k][0];
            }
        }
        buf_clear(&proof);
        evidence_trie_put(t, &proof);
        if (read_back(t, &proof, records, UINT32_MAX, &got) != ST_OK) {
            continue;
        }
        accepted++;
        contradictions += misshapen(&got);
        for (size_t k = 0; k < n; k++) {
            struct evidence_answer a;
            evidence_trie_walk(&got, &said[k].q, &a);
            if (a.found == FOUND_HIDDEN) {
                continue;
            }
            struct digest leaf = a.found == FOUND_LEAF ? got.leaves[got.nodes[a.node].leaf].records
                                                       : (struct digest){{0}};
            contradictions += said[k].any && (said[k].a.found != a.found || said[k].a.n != a.n ||
                                              memcmp(&said[k].leaf, &leaf, sizeof(leaf)) != 0);
            said[k] = (struct said){.q = said[k].q, .a = a, .leaf = leaf, .any = true};
        }
        evidence_trie_fini(&got);
    }
    buf_fini(&proof);
    CHECK_INT(contradictions, 0);
    return accepted;
}

/* Answers to different queries: what lies within a prefix is counted by it. */
static unsigned across(const struct said *said, size_t n)
{
    unsigned bad = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            if (said[i].any && said[k].any && said[i].q.len <= said[k].q.len &&
                prefix_contains(&said[i].q, &said[k].q.net)) {
                bad += said[i].a.n < said[k].a.n;
                bad += said[i].a.found == FOUND_ABSENT && said[k].a.found != FOUND_ABSENT;
            }
        }
    }
    return bad;
}

static void liars_cannot_contradict_themselves(void)
{
    uint64_t seed = 3;
    unsigned accepted = 0, rounds = 0, bad = 0;
    for (int round = 0; round < 6000; round++) {
        size_t n = 2 + some(&seed) % 24;
        struct lie l;
        struct evidence_leaf *leaves = random_leaves(&seed, &n);
        CHECK(evidence_trie_build(&engine, TRIE_REMOTES, leaves, n, &l.t) == ST_OK);
        for (uint32_t i = 0; i < l.t.node_count; i++) {
            const struct evidence_node *k = &l.t.nodes[i];
            l.says[i][0] = k->kind == NODE_INNER ? l.t.nodes[k->child[0]].n : k->n;
            l.says[i][1] = k->kind == NODE_INNER ? l.t.nodes[k->child[1]].n : 0;
        }
        for (unsigned k = 1 + some(&seed) % 2; k > 0; k--) {
            tell_a_lie(&l, &seed);
        }
        if (some(&seed) % 2 == 0) {
            (void)count_again(&l, l.t.top); /* a careful liar */
        }
        lying_hash(&l, l.t.top);
        struct said said[24] = {0};
        for (size_t i = 0; i < ARRAY_LEN(said); i++) {
            said[i].q = random_query(&seed, &l.t);
        }
        unsigned some_accepted = listen(&l, &seed, said, ARRAY_LEN(said));
        accepted += some_accepted;
        rounds += some_accepted > 0;
        bad += across(said, ARRAY_LEN(said));
        evidence_trie_fini(&l.t);
    }
    CHECK_INT(bad, 0);
    /* Liars were heard at all, where their lies were not shown. */
    CHECK(rounds > 500 && accepted > 2000);
}

/* Bytes that nobody wrote: never accepted for a root that somebody did. */
static void an_empty_trie_says_that_nothing_is_there(void)
{
    struct evidence_trie t, got;
    struct evidence_answer a;
    struct prefix all = {.len = 0};
    struct buf proof = BUF_INIT(64);
    CHECK(evidence_trie_build(&engine, TRIE_REMOTES, NULL, 0, &t) == ST_OK);
    evidence_trie_show(&t, &all, true);
    evidence_trie_put(&t, &proof);
    CHECK_INT(proof.len, 0);
    CHECK(read_back(&t, &proof, 0, 0, &got) == ST_OK);
    evidence_trie_walk(&got, &all, &a);
    CHECK(a.found == FOUND_ABSENT);
    CHECK(read_back(&t, &proof, 1, 1, &got) == ST_MISMATCH);
    CHECK(read_back(&t, &proof, 0, 1, &got) == ST_MISMATCH);
    evidence_trie_fini(&t);
    buf_fini(&proof);
}

static void full_tries_and_twins_in_keys_are_handled(void)
{
    size_t n = 65536;
    struct evidence_leaf *l = calloc(n, sizeof(*l));
    for (size_t i = 0; i < n; i++) {
        struct addr a = remote4((uint32_t)i);
        memcpy(l[i].key, a.b, 16);
        l[i].n = 1;
    }
    struct evidence_trie t;
    struct buf proof = BUF_INIT(1 << 20);
    CHECK(evidence_trie_build(&engine, TRIE_REMOTES, l, n, &t) == ST_OK);
    struct addr a = remote4(777);
    struct prefix q = prefix_of(&a, 128);
    evidence_trie_show(&t, &q, false);
    evidence_trie_put(&t, &proof);
    /* 16 siblings and little else. */
    CHECK(proof.len < 16 * 33 + 16 * 8 + 100);
    buf_fini(&proof);
    evidence_trie_fini(&t);
    l = calloc(2, sizeof(*l));
    CHECK(evidence_trie_build(&engine, TRIE_REMOTES, l, 2, &t) == ST_MALFORMED);
    free(l);
}

static void failed_allocations_are_told(void)
{
    uint64_t seed = 9;
    size_t n = 40;
    struct evidence_trie t = {.top = TRIE_NONE}, got;
    struct buf proof = BUF_INIT(1 << 20);
    struct prefix all = {.len = 0};
    struct evidence_leaf *l = random_leaves(&seed, &n);
    enum status st = ST_NOMEM;
    for (unsigned i = 1; st != ST_OK && i < 50; i++) {
        test_fail_allocation(i);
        st = evidence_trie_build(&engine, TRIE_REMOTES, l, n, &t);
        test_fail_allocation(0);
        CHECK(st == ST_OK || st == ST_NOMEM);
    }
    evidence_trie_show(&t, &all, true);
    evidence_trie_put(&t, &proof);
    st = ST_NOMEM;
    for (unsigned i = 1; st != ST_OK && i < 50; i++) {
        test_fail_allocation(i);
        st = read_back(&t, &proof, sum_of(&t), t.leaf_count, &got);
        test_fail_allocation(0);
        CHECK(st == ST_OK || st == ST_NOMEM);
    }
    evidence_trie_fini(&got);
    evidence_trie_fini(&t);
    buf_fini(&proof);
}

static void set_up(void)
{
    engine = an_engine();
    CHECK(engine.sha != NULL);
}

TEST_MAIN(TEST(set_up), TEST(answers_are_those_of_a_list),
          TEST(every_changed_byte_of_a_proof_fails), TEST(liars_cannot_contradict_themselves),
          TEST(an_empty_trie_says_that_nothing_is_there),
          TEST(full_tries_and_twins_in_keys_are_handled), TEST(failed_allocations_are_told))
