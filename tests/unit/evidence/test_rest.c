/* tests/unit/evidence/test_rest.c - segments at rest: back as they were, or refused. */
#include "evidence/rest/rest.h"

#include "base/core/limits.h"
#include "evidence/sealing.h"

static const uint8_t nonce[REST_NONCE_BYTES] = {7, 7, 7};

static void write_segment(const struct evidence_segment *s, struct buf *out)
{
    struct evidence_engine e = an_engine();
    *out = BUF_INIT(LIMIT_REST_BYTES);
    CHECK(evidence_rest_write(&e, s, nonce, out) == ST_OK);
}

static enum status load(struct bytes file, const struct evidence_opening_key *key,
                        struct evidence_segment **ret, struct fault *why)
{
    struct evidence_engine e = an_engine();
    struct evidence_rest r;
    TRY(evidence_rest_read(&e, file, &r, why));
    return evidence_rest_open(&e, &r, key, 99, ret, why);
}

static bool same_buf(const struct buf *a, const struct buf *b)
{
    return bytes_equal(buf_bytes(a), buf_bytes(b));
}

static bool same_row(const struct evidence_segment *a, const struct evidence_segment *b, uint32_t i)
{
    const struct evidence_kept *x = &a->rows[i], *y = &b->rows[i];
    size_t n = (size_t)x->ip_options + x->tcp_options + x->payload;
    return addr_equal(&x->local, &y->local) && memcmp(&x->tsalt, &y->tsalt, 16) == 0 &&
           (a->records[(size_t)i * RECORD_BYTES] == OBS_LOG || /* a line has none */
            memcmp(x->hidden, y->hidden, RECORD_HIDDEN_BYTES) == 0) &&
           x->ip_options == y->ip_options && x->tcp_options == y->tcp_options &&
           x->payload == y->payload &&
           (n == 0 || memcmp(a->data.data + x->data_at, b->data.data + y->data_at, n) == 0);
}

static void check_same(const struct evidence_segment *a, const struct evidence_segment *b)
{
    int bad = 0;
    CHECK(same_buf(&a->text, &b->text) && same_buf(&a->entry, &b->entry));
    CHECK(memcmp(&a->hash, &b->hash, sizeof(a->hash)) == 0);
    CHECK(memcmp(&a->key, &b->key, sizeof(a->key)) == 0);
    CHECK(memcmp(&a->box, &b->box, sizeof(a->box)) == 0);
    CHECK_INT(a->count, b->count);
    CHECK_INT(a->nets.n, b->nets.n);
    CHECK_INT(a->flows.leaf_count, b->flows.leaf_count);
    CHECK_INT(a->remotes.leaf_count, b->remotes.leaf_count);
    CHECK(memcmp(a->records, b->records, (size_t)a->count * RECORD_BYTES) == 0);
    CHECK(memcmp(a->start, b->start, a->remotes.leaf_count * sizeof(*a->start)) == 0);
    CHECK(memcmp(a->kr, b->kr, a->remotes.leaf_count * sizeof(*a->kr)) == 0);
    for (uint32_t i = 0; i < a->count; i++) {
        bad += !same_row(a, b, i);
    }
    CHECK_INT(bad, 0);
}

static uint8_t everything(void *ctx, uint32_t row, const struct evidence_kept *kept)
{
    (void)ctx;
    (void)row;
    (void)kept;
    return OPEN_LINK | OPEN_LOCAL | OPEN_HIDDEN | OPEN_DATA;
}

/* What is cut from it is what would have been cut at once. */
static void check_same_opening(const struct evidence_segment *a, const struct evidence_segment *b)
{
    struct evidence_engine e = an_engine();
    for (uint32_t i = 0; i < a->remotes.leaf_count; i += 7) {
        CLEANUP(buf_fini) struct buf x = BUF_INIT(1 << 24);
        CLEANUP(buf_fini) struct buf y = BUF_INIT(1 << 24);
        struct evidence_run run = {0, a->remotes.leaves[i].n};
        struct evidence_wish wish = {.runs = &run, .run_count = 1, .what = everything};
        struct addr remote;
        memcpy(remote.b, a->remotes.leaves[i].key, 16);
        CHECK(evidence_opening_cut(&e, a, &remote, &wish, &x) == ST_OK);
        CHECK(evidence_opening_cut(&e, b, &remote, &wish, &y) == ST_OK);
        CHECK(same_buf(&x, &y));
    }
}

static void a_segment_comes_back_as_it_was_sealed(void)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct sealed s;
        struct evidence_segment *back = NULL;
        struct fault why = {0};
        CLEANUP(buf_fini) struct buf file = {0};
        sealed_make(&s, seed, (uint32_t)(seed * 300), (uint32_t)seed * 20);
        write_segment(s.s[0], &file);
        CHECK(load(buf_bytes(&file), &s.opening, &back, &why) == ST_OK);
        if (back != NULL) {
            check_same(s.s[0], back);
            check_same_opening(s.s[0], back);
        }
        evidence_segment_free(back);
        sealed_fini(&s);
    }
}

static void an_empty_span_comes_back_too(void)
{
    struct sealed s;
    struct made m;
    struct evidence_sealer_config c = sealed_config(&s, KIND_FILE, 3);
    CHECK(evidence_sealer_new(&c, &s.sealer) == ST_OK);
    for (int64_t at = 0; at < 100; at += 90) {
        made_packet(&m, remote4(1), local4(1), START_NS + at * SECOND_NS);
        CHECK(evidence_sealer_add(s.sealer, made_item(&m)) == ST_OK);
    }
    CHECK(evidence_sealer_end(s.sealer, 0, END_CLOSED) == ST_OK);
    CHECK_INT(s.n, 3);
    CHECK_INT(s.s[1]->header.records, 0);
    struct evidence_segment *back = NULL;
    struct fault why = {0};
    CLEANUP(buf_fini) struct buf file = {0};
    write_segment(s.s[1], &file);
    CHECK(load(buf_bytes(&file), &s.opening, &back, &why) == ST_OK);
    CHECK(back != NULL && back->count == 0 && back->remotes.top == TRIE_NONE);
    evidence_segment_free(back);
    sealed_fini(&s);
}

/* Opens it; anything that does is said. */
static bool is_refused(struct bytes file, const struct evidence_opening_key *key)
{
    struct evidence_segment *back = NULL;
    struct fault why = {0};
    uint8_t *copy = malloc(file.len + 1);
    CHECK(copy != NULL);
    memcpy(copy, file.data, file.len);
    enum status st = load(bytes_of(copy, file.len), key, &back, &why);
    evidence_segment_free(back);
    free(copy);
    return st != ST_OK && why.field != NULL;
}

static void every_cut_and_every_changed_byte_is_refused(void)
{
    struct sealed s;
    CLEANUP(buf_fini) struct buf file = {0};
    int bad = 0;
    sealed_make(&s, 11, 12, 4);
    write_segment(s.s[0], &file);
    for (size_t n = 0; n < file.len; n++) {
        bad += !is_refused(bytes_of(file.data, n), &s.opening);
        file.data[n] ^= 0x01;
        bad += !is_refused(buf_bytes(&file), &s.opening);
        file.data[n] ^= 0x81;
        bad += !is_refused(buf_bytes(&file), &s.opening);
        file.data[n] ^= 0x80;
    }
    CHECK_INT(bad, 0);
    CHECK(!is_refused(buf_bytes(&file), &s.opening));
    buf_byte(&file, 0);
    CHECK(is_refused(buf_bytes(&file), &s.opening));
    sealed_fini(&s);
}

static void without_the_opening_key_nothing_is_opened(void)
{
    struct sealed s;
    struct evidence_opening_key other;
    CLEANUP(buf_fini) struct buf file = {0};
    uint8_t seed[32] = {2};
    evidence_opening_key_make(seed, &other);
    sealed_make(&s, 12, 50, 9);
    write_segment(s.s[0], &file);
    CHECK(is_refused(buf_bytes(&file), &other));
    memset(other.secret, 0, 32); /* moved away */
    memcpy(other.pub, s.opening.pub, 32);
    CHECK(is_refused(buf_bytes(&file), &other));
    /* No local address, and none of what was hidden, stands there in clear. */
    const struct evidence_segment *g = s.s[0];
    int found = 0;
    for (uint32_t i = 0; i < g->count; i++) {
        const struct evidence_kept *k = &g->rows[i];
        bool zero = addr_is_unspecified(&k->local);
        bool twin = (g->records[(size_t)i * RECORD_BYTES + 1] & RECORD_TWIN) != 0;
        found += !zero && !twin && memmem(file.data, file.len, k->local.b, 16) != NULL;
        found += k->hidden[0] != 0 &&
                 memmem(file.data, file.len, k->hidden, RECORD_HIDDEN_BYTES) != NULL;
        found += memmem(file.data, file.len, k->tsalt.b, 16) != NULL;
    }
    CHECK_INT(found, 0);
    sealed_fini(&s);
}

static void remotes_are_found_without_a_key(void)
{
    struct sealed s;
    struct evidence_engine e = an_engine();
    struct evidence_rest r;
    struct fault why = {0};
    CLEANUP(buf_fini) struct buf file = {0};
    sealed_make(&s, 13, 500, 40);
    write_segment(s.s[0], &file);
    CHECK(evidence_rest_read(&e, buf_bytes(&file), &r, &why) == ST_OK);
    const struct evidence_trie *t = &s.s[0]->remotes;
    int bad = 0;
    for (uint32_t i = 0; i < t->leaf_count; i++) {
        struct prefix one = {.len = 128};
        memcpy(one.net.b, t->leaves[i].key, 16);
        bad += evidence_rest_count(&r, &one) != t->leaves[i].n;
        for (unsigned len = 0; len < 128; len += 9) {
            struct evidence_answer a;
            struct prefix wide = prefix_of(&one.net, (uint8_t)len);
            evidence_trie_walk(t, &wide, &a);
            bad += evidence_rest_count(&r, &wide) != a.n;
        }
        one.net.b[15] ^= 0x55;
        bad += evidence_trie_find(t, one.net.b) == NULL && evidence_rest_count(&r, &one) != 0;
    }
    CHECK_INT(bad, 0);
    sealed_fini(&s);
}

static void a_peek_tells_how_much_it_needs(void)
{
    struct sealed s;
    struct evidence_engine e = an_engine();
    struct evidence_rest whole, r;
    struct fault why = {0};
    uint64_t want = 0;
    int bad = 0;
    CLEANUP(buf_fini) struct buf file = {0};
    sealed_make(&s, 14, 100, 30);
    write_segment(s.s[0], &file);
    CHECK(evidence_rest_read(&e, buf_bytes(&file), &whole, &why) == ST_OK);
    size_t fixed = whole.public_.len - whole.leaves.len;
    for (size_t n = 0; n < file.len; n++) {
        enum status st = evidence_rest_peek(&e, bytes_of(file.data, n), &r, &want, &why);
        bad += st != (n < fixed ? ST_SHORT : ST_OK);
        bad += st == ST_OK && (want != whole.public_.len || r.header.seq != whole.header.seq);
        bad += st == ST_OK && r.leaves.len != (n < want ? 0 : whole.leaves.len);
    }
    CHECK_INT(bad, 0);
    sealed_fini(&s);
}

/* Writing and opening with allocations that fail, one after the other. */
static void failing_allocations_leak_nothing(void)
{
    struct sealed s;
    struct evidence_engine e = an_engine();
    struct evidence_rest r;
    struct fault why = {0};
    sealed_make(&s, 15, 40, 6);
    bool done = false;
    for (unsigned n = 1; !done && n < 500; n++) {
        struct evidence_segment *back = NULL;
        CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_REST_BYTES);
        test_fail_allocation(n);
        enum status st = evidence_rest_write(&e, s.s[0], nonce, &file);
        st = st == ST_OK ? evidence_rest_read(&e, buf_bytes(&file), &r, &why) : st;
        st = st == ST_OK ? evidence_rest_open(&e, &r, &s.opening, 5, &back, &why) : st;
        done = !test_allocation_failed();
        test_fail_allocation(0);
        CHECK(st == (done ? ST_OK : ST_NOMEM));
        evidence_segment_free(back);
    }
    CHECK(done);
    sealed_fini(&s);
}

TEST_MAIN(TEST(a_segment_comes_back_as_it_was_sealed), TEST(an_empty_span_comes_back_too),
          TEST(every_cut_and_every_changed_byte_is_refused),
          TEST(without_the_opening_key_nothing_is_opened), TEST(remotes_are_found_without_a_key),
          TEST(a_peek_tells_how_much_it_needs), TEST(failing_allocations_leak_nothing))
