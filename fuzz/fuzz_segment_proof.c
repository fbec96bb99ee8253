/* fuzz/fuzz_segment_proof.c - proofs in tries, and openings.
 *
 * Properties: an accepted proof has one spelling, its walks end, and its counts
 * are what the root says; an opening that anything was changed in never holds.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/opening.h"
#include "evidence/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_trie(const struct evidence_engine *e, enum evidence_trie_kind kind,
                       struct bytes proof, uint32_t records)
{
    struct evidence_trie t;
    struct fault why = {0};
    if (evidence_trie_get(e, kind, proof, records, UINT32_MAX, &t, &why) != ST_OK) {
        assert(why.field != NULL && why.offset <= proof.len);
        return;
    }
    struct buf again = BUF_INIT(proof.len + 1);
    evidence_trie_put(&t, &again);
    assert(bytes_equal(proof, buf_bytes(&again)));
    for (uint8_t len = 0; len <= TRIE_BITS; len++) {
        struct addr a = {{0}};
        struct evidence_answer found;
        memcpy(a.b, proof.data, proof.len < 16 ? proof.len : 16);
        struct prefix q = prefix_of(&a, len);
        evidence_trie_walk(&t, &q, &found);
        assert(kind == TRIE_FLOWS || found.n <= records);
        assert(found.found != FOUND_LEAF || found.n > 0);
    }
    for (uint32_t i = 0; i < t.leaf_count; i++) {
        assert(evidence_trie_find(&t, t.leaves[i].key) == &t.leaves[i]);
    }
    buf_fini(&again);
    evidence_trie_fini(&t);
}

/* A segment that is the same each time. */
static enum status bytes_7(void *ctx, void *ret, size_t n)
{
    (void)ctx;
    memset(ret, 7, n);
    return ST_OK;
}

static enum status fresh(void *ctx, uint64_t seq, uint8_t segid[EVIDENCE_ID_BYTES],
                         struct evidence_secret *k)
{
    (void)seq;
    TRY(bytes_7(ctx, segid, EVIDENCE_ID_BYTES));
    return bytes_7(ctx, k->b, sizeof(k->b));
}

static enum status epoch(void *ctx, int64_t time_ns, uint64_t *ret, struct evidence_secret *k)
{
    (void)time_ns;
    *ret = 0;
    return bytes_7(ctx, k->b, sizeof(k->b));
}

static enum status closed(void *ctx, struct evidence_segment *s)
{
    *(struct evidence_segment **)ctx = s;
    return ST_OK;
}

static struct evidence_segment *make(void)
{
    struct evidence_segment *s = NULL;
    struct evidence_sealer *sealer;
    struct evidence_sealer_config c = {.party = "a",
                                       .sensor = "a/b",
                                       .kind = KIND_FILE,
                                       .keep = true,
                                       .payload = HEADER_PAYLOAD_ALL,
                                       .opening_pub = {9},
                                       .ctx = &s,
                                       .random = bytes_7,
                                       .fresh = fresh,
                                       .epoch = epoch,
                                       .closed = closed};
    c.nets.n = 1;
    assert(prefix_parse(BYTES_LITERAL("198.51.100.0/24"), &c.nets.nets[0]) == ST_OK);
    assert(evidence_sealer_new(&c, &sealer) == ST_OK);
    for (uint32_t i = 0; i < 12; i++) {
        struct observation o = {.type = OBS_PACKET,
                                .time_ns = i,
                                .flags = OBS_L4,
                                .proto = PROTO_TCP,
                                .src = addr_from_v4(0x0b000001 + i / 9),
                                .dst = addr_from_v4(0xc6336400 + i % 5),
                                .payload = (const uint8_t *)"payload",
                                .captured_len = (uint16_t)(i % 8)};
        o.payload_len = o.captured_len;
        struct evidence_item item = {.obs = &o};
        assert(evidence_sealer_add(sealer, &item) == ST_OK);
    }
    assert(evidence_sealer_end(sealer, 0, END_CLOSED) == ST_OK);
    evidence_sealer_free(sealer);
    return s;
}

static uint8_t by_input(void *ctx, uint32_t row, const struct evidence_kept *kept)
{
    (void)kept;
    const struct bytes *b = ctx;
    return b->len == 0 ? 0 : b->data[row % b->len];
}

/* An honest opening, of what the input says, with bytes changed as it says. */
static void check_opening(const struct evidence_engine *e, struct bytes in)
{
    struct evidence_segment *s = make();
    const struct evidence_leaf *l = &s->remotes.leaves[0];
    struct cursor c = cursor_of(in);
    uint8_t kr = cursor_u8(&c), whole = cursor_u8(&c);
    struct bytes what = cursor_take(&c, 12);
    struct evidence_run run = {0, whole % 2 ? l->n : 1 + whole % l->n};
    struct evidence_wish w = {&run, 1, kr % 2 == 1, by_input, &what};
    struct buf out = BUF_INIT(65536);
    struct addr remote = addr_from_v6(l->key);
    struct evidence_shown shown;
    assert(evidence_opening_cut(e, s, &remote, &w, &out) == ST_OK);
    uint8_t *copy = malloc(out.len);
    assert(copy != NULL);
    memcpy(copy, out.data, out.len);
    while (cursor_left(&c) >= 3) {
        uint16_t at = cursor_be16(&c);
        copy[at % out.len] ^= cursor_u8(&c);
    }
    bool same = memcmp(copy, out.data, out.len) == 0;
    enum status st =
        evidence_opening_check(e, &s->header, l, bytes_of(copy, out.len), &shown, NULL);
    assert((st == ST_OK) == same);
    if (st == ST_OK) {
        assert(shown.row_count == run.count);
        evidence_shown_fini(&shown);
    }
    free(copy);
    buf_fini(&out);
    evidence_segment_free(s);
}

static void check_any(const struct evidence_engine *e, struct bytes in)
{
    struct evidence_header h = {.to_ns = INT64_MAX};
    struct evidence_leaf leaf = {.n = 1 + (in.len > 0 ? in.data[0] : 0)};
    struct evidence_shown shown;
    assert(evidence_opening_check(e, &h, &leaf, in, &shown, NULL) != ST_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct evidence_engine e; /* its self-test costs more than a run */
    if (size < 3 || (e.sha == NULL && evidence_engine_init(&e) != ST_OK)) {
        return 0;
    }
    uint8_t *copy = malloc(size - 2); /* of exact size: reads past it are seen */
    assert(copy != NULL);
    memcpy(copy, data + 2, size - 2);
    struct bytes in = bytes_of(copy, size - 2);
    if (data[0] % 4 < 2) {
        check_trie(&e, data[0] % 4 == 0 ? TRIE_REMOTES : TRIE_FLOWS, in, data[1] + 1U);
    } else if (data[0] % 4 == 2) {
        check_opening(&e, in);
    } else {
        check_any(&e, in);
    }
    free(copy);
    return 0;
}
