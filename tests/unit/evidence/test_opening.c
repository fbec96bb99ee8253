/* tests/unit/evidence/test_opening.c - what is shown holds, and nothing else does. */
#include "evidence/opening.h"

#include "evidence/sealing.h"

static struct evidence_engine engine;

static void set_up(void)
{
    engine = an_engine();
    CHECK(engine.sha != NULL);
}

static uint8_t everything(void *ctx, uint32_t row, const struct evidence_kept *kept)
{
    (void)ctx;
    (void)row;
    (void)kept;
    return OPEN_LINK | OPEN_HIDDEN | OPEN_DATA | OPEN_LOCAL;
}

static uint8_t anything(void *ctx, uint32_t row, const struct evidence_kept *kept)
{
    (void)row;
    (void)kept;
    return (uint8_t)some(ctx);
}

/* Random runs in n rows. */
static size_t random_runs(uint64_t *seed, uint32_t n, struct evidence_run *runs, size_t max)
{
    size_t count = 0;
    uint32_t at = some(seed) % n;
    if (some(seed) % 3 == 0) {
        runs[0] = (struct evidence_run){0, n};
        return 1;
    }
    while (count < max && at < n) {
        uint32_t len = 1 + some(seed) % 7;
        runs[count++] = (struct evidence_run){at, len < n - at ? len : n - at};
        at += len + 1 + some(seed) % 9;
    }
    return count;
}

static void check_row(const struct evidence_segment *g, const struct evidence_leaf *l,
                      const struct evidence_shown *s, const struct evidence_row *r)
{
    uint32_t base = g->start[l - g->remotes.leaves];
    const struct evidence_kept *k = &g->rows[base + r->number];
    uint8_t raw[RECORD_BYTES], hidden[RECORD_HIDDEN_BYTES];
    evidence_record_put(&r->record, raw);
    CHECK(memcmp(raw, g->records + (size_t)(base + r->number) * RECORD_BYTES, RECORD_BYTES) == 0);
    if ((r->opened & OPEN_LOCAL) != 0) {
        CHECK(addr_equal(&s->tokens[r->token].local, &k->local));
    }
    if ((r->opened & OPEN_HIDDEN) != 0 && r->record.type != OBS_LOG) {
        evidence_hidden_put(&r->hidden, hidden);
        CHECK(memcmp(hidden, k->hidden, sizeof(hidden)) == 0);
    }
    if ((r->opened & OPEN_DATA) != 0) {
        const uint8_t *p = g->data.data + k->data_at + k->ip_options + k->tcp_options;
        CHECK(bytes_equal(r->data.payload, bytes_of(p, k->payload)));
    }
}

static void what_is_cut_holds(void)
{
    struct sealed s;
    uint64_t seed = 1;
    for (int round = 0; round < 400; round++) {
        sealed_make(&s, (uint64_t)round, 1 + some(&seed) % 200, 1 + some(&seed) % 5);
        const struct evidence_segment *g = s.s[0];
        const struct evidence_leaf *l = &g->remotes.leaves[some(&seed) % g->remotes.leaf_count];
        struct evidence_run runs[64];
        struct evidence_wish w = {.runs = runs,
                                  .run_count = random_runs(&seed, l->n, runs, 64),
                                  .kr = some(&seed) % 3 == 0,
                                  .what = some(&seed) % 2 ? everything : anything,
                                  .ctx = &seed};
        struct buf out = BUF_INIT(1 << 24);
        struct evidence_shown shown;
        struct fault why = {.field = ""};
        struct addr remote;
        memcpy(remote.b, l->key, 16);
        CHECK(evidence_opening_cut(&engine, g, &remote, &w, &out) == ST_OK);
        enum status st =
            evidence_opening_check(&engine, &g->header, l, buf_bytes(&out), &shown, &why);
        CHECK(st == ST_OK);
        if (st != ST_OK) {
            printf("# round %d: %s at %llu\n", round, why.field, (unsigned long long)why.offset);
        } else {
            for (uint32_t i = 0; i < shown.row_count; i++) {
                check_row(g, l, &shown, &shown.rows[i]);
            }
            evidence_shown_fini(&shown);
        }
        buf_fini(&out);
        sealed_fini(&s);
    }
}

/* Every byte of an opening is bound: none can be changed, left out or added. */
static void every_changed_byte_fails(void)
{
    struct sealed s;
    uint64_t seed = 2;
    unsigned held = 0, tried = 0;
    for (int round = 0; round < 24; round++) {
        sealed_make(&s, (uint64_t)round + 1000, 60, 3);
        const struct evidence_segment *g = s.s[0];
        const struct evidence_leaf *l = &g->remotes.leaves[some(&seed) % g->remotes.leaf_count];
        struct evidence_run runs[64];
        struct evidence_wish w = {.runs = runs,
                                  .run_count = random_runs(&seed, l->n, runs, 64),
                                  .kr = round % 3 == 0,
                                  .what = round % 2 ? everything : anything,
                                  .ctx = &seed};
        struct buf out = BUF_INIT(1 << 24);
        struct evidence_shown shown;
        struct addr remote;
        memcpy(remote.b, l->key, 16);
        CHECK(evidence_opening_cut(&engine, g, &remote, &w, &out) == ST_OK);
        for (size_t i = 0; i < out.len; i++) {
            uint8_t was = out.data[i];
            out.data[i] ^= (uint8_t)(1 << some(&seed) % 8);
            tried++;
            if (evidence_opening_check(&engine, &g->header, l, buf_bytes(&out), &shown, NULL) ==
                ST_OK) {
                held++;
                printf("# round %d: byte %zu of %zu\n", round, i, out.len);
                evidence_shown_fini(&shown);
            }
            out.data[i] = was;
        }
        for (size_t cut = 0; cut < out.len; cut++) {
            held += evidence_opening_check(&engine, &g->header, l, bytes_of(out.data, cut), &shown,
                                           NULL) == ST_OK;
        }
        buf_byte(&out, 0);
        held +=
            evidence_opening_check(&engine, &g->header, l, buf_bytes(&out), &shown, NULL) == ST_OK;
        buf_fini(&out);
        sealed_fini(&s);
    }
    CHECK_INT(held, 0);
    CHECK(tried > 10000);
}

static void records_of_another_remote_are_refused(void)
{
    struct sealed s;
    sealed_make(&s, 3, 100, 4);
    const struct evidence_segment *g = s.s[0];
    unsigned held = 0;
    for (uint32_t i = 0; i < g->remotes.leaf_count; i++) {
        const struct evidence_leaf *l = &g->remotes.leaves[i];
        struct evidence_run run = {0, l->n};
        struct evidence_wish w = {.runs = &run, .run_count = 1, .what = everything};
        struct buf out = BUF_INIT(1 << 24);
        struct evidence_shown shown;
        struct addr remote;
        memcpy(remote.b, l->key, 16);
        CHECK(evidence_opening_cut(&engine, g, &remote, &w, &out) == ST_OK);
        for (uint32_t k = 0; k < g->remotes.leaf_count; k++) {
            if (k != i && evidence_opening_check(&engine, &g->header, &g->remotes.leaves[k],
                                                 buf_bytes(&out), &shown, NULL) == ST_OK) {
                held++;
                evidence_shown_fini(&shown);
            }
        }
        buf_fini(&out);
    }
    CHECK_INT(held, 0);
    sealed_fini(&s);
}

/* A sealer that gives one address by P and another by T. Everything is hashed as
 * it should be, but for what he lies about. */
struct forged {
    struct evidence_header h;
    struct evidence_leaf leaf;
    struct buf opening;
};

enum forgery { HONEST, OTHER_P, TWO_SALTS, OUTSIDE, ONE_P_TWO_T };

static void forge(struct forged *f, enum forgery kind, bool kr_open)
{
    struct evidence_secret k_seg = {{1}}, k_epoch = {{2}};
    struct local_nets nets = sample_nets();
    struct addr remote = remote4(5), other = local4(99), outside = remote4(77);
    struct addr local[2] = {local4(7), kind == TWO_SALTS ? local4(7) : local4(8)};
    struct evidence_remote_keys keys;
    struct evidence_salt tsalt[2], salt_a[2], net_salt;
    struct digest token[2], leaves[2];
    uint8_t raw[2 * RECORD_BYTES];
    if (kind == OUTSIDE) {
        local[1] = outside;
    }
    *f = (struct forged){.h = {.from_ns = START_NS, .to_ns = START_NS + 10, .net_count = 1},
                         .opening = BUF_INIT(65536)};
    evidence_keys_net_salt(&engine, &k_seg, &nets.nets[0], &net_salt);
    evidence_keys_net(&engine, &net_salt, &nets.nets[0], &f->h.net[0]);
    evidence_keys_remote(&engine, &k_seg, &k_epoch, &remote, &keys);
    evidence_keys_salts(&engine, &keys.seed_a, 0, 2, salt_a);
    for (size_t i = 0; i < 2; i++) {
        struct evidence_record r = {.type = OBS_PACKET, .time_ns = START_NS, .proto = 6};
        evidence_keys_tsalt(&engine, &k_epoch, &local[i], &tsalt[i]);
        tsalt[i].b[0] ^= kind == TWO_SALTS ? (uint8_t)i : 0;
        evidence_keys_token(&engine, &tsalt[i], &local[i], &token[i]);
        const struct addr *by_p = kind == OTHER_P && i == 1       ? &other
                                  : kind == ONE_P_TWO_T && i == 1 ? &local[0]
                                                                  : &local[i];
        evidence_keys_pseudonym(&engine, &keys.kr, by_p, r.p);
        evidence_commit_local(&engine, &salt_a[i], &token[i], 1, &r.c_a);
        evidence_record_put(&r, raw + i * RECORD_BYTES);
    }
    evidence_commit_leaves(&engine, raw, 2, leaves);
    uint32_t start = 0, width = 2;
    CHECK(evidence_commit_trees(&engine, leaves, &start, &width, 1) == ST_OK);
    f->leaf = (struct evidence_leaf){.n = 2, .kc = keys.kc, .records = leaves[0]};
    memcpy(f->leaf.key, remote.b, 16);
    struct buf *o = &f->opening;
    buf_byte(o, OPENING_VERSION);
    buf_byte(o, kr_open ? WIDE_KR : 0);
    buf_be32(o, 1);
    buf_be32(o, 0);
    buf_be32(o, 2);
    buf_append(o, keys.kr.b, kr_open ? 16 : 0);
    buf_byte(o, 1);
    buf_append(o, net_salt.b, 16);
    buf_byte(o, nets.nets[0].len);
    buf_append(o, nets.nets[0].net.b, 16);
    buf_be32(o, 2);
    for (size_t i = 0; i < 2; i++) {
        buf_byte(o, 1);
        buf_append(o, tsalt[i].b, 16);
        buf_append(o, local[i].b, 16);
    }
    for (uint32_t i = 0; i < 2; i++) {
        uint8_t *r = raw + i * RECORD_BYTES;
        buf_byte(o, OPEN_LINK);
        buf_append(o, r, OPENING_CLEAR_BYTES);
        buf_append(o, r + RECORD_AT_P, kr_open ? 0 : 16);
        buf_append(o, salt_a[i].b, 16);
        buf_be32(o, i);
        buf_append(o, r + RECORD_AT_C_X, DIGEST_BYTES);
    }
}

static void addresses_told_in_two_ways_must_agree(void)
{
    static const struct {
        enum forgery kind;
        bool kr;
        enum status want;
    } cases[] = {
        {HONEST, true, ST_OK},
        {HONEST, false, ST_OK},
        {OTHER_P, true, ST_MISMATCH},
        {TWO_SALTS, true, ST_MISMATCH},
        {TWO_SALTS, false, ST_MISMATCH},
        {OUTSIDE, true, ST_MISMATCH},
        {OUTSIDE, false, ST_MISMATCH},
        {ONE_P_TWO_T, true, ST_MISMATCH},
        {ONE_P_TWO_T, false, ST_MISMATCH},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct forged f;
        struct evidence_shown shown;
        forge(&f, cases[i].kind, cases[i].kr);
        enum status st =
            evidence_opening_check(&engine, &f.h, &f.leaf, buf_bytes(&f.opening), &shown, NULL);
        CHECK_INT(st, cases[i].want);
        if (st == ST_OK) {
            evidence_shown_fini(&shown);
        }
        /* A network that the header does not commit to. */
        f.h.net[0].b[0] ^= 1;
        CHECK(evidence_opening_check(&engine, &f.h, &f.leaf, buf_bytes(&f.opening), &shown, NULL) ==
              ST_MISMATCH);
        buf_fini(&f.opening);
    }
}

/* What an opening may not bring along: a kr that is not committed to, a token
 * that is nobody's. */
static void strays_are_refused(void)
{
    enum { TOKENS_AT = 1 + 1 + 4 + 8 + 1 + 33 };
    struct forged f;
    struct evidence_shown shown;
    forge(&f, HONEST, true);
    f.leaf.kc.b[0] ^= 1;
    CHECK(evidence_opening_check(&engine, &f.h, &f.leaf, buf_bytes(&f.opening), &shown, NULL) ==
          ST_MISMATCH);
    buf_fini(&f.opening);
    forge(&f, HONEST, false);
    struct buf more = BUF_INIT(65536);
    CHECK_INT(load_be32(f.opening.data + TOKENS_AT), 2);
    buf_append(&more, f.opening.data, TOKENS_AT);
    buf_be32(&more, 2);
    buf_append(&more, f.opening.data + TOKENS_AT + 4, f.opening.len - TOKENS_AT - 4);
    CHECK(bytes_equal(buf_bytes(&more), buf_bytes(&f.opening)));
    buf_clear(&more);
    buf_append(&more, f.opening.data, TOKENS_AT);
    buf_be32(&more, 3);
    buf_append(&more, f.opening.data + TOKENS_AT + 4, (size_t)2 * 33);
    for (int i = 0; i < 33; i++) {
        buf_byte(&more, 0);
    }
    buf_append(&more, f.opening.data + TOKENS_AT + 70, f.opening.len - TOKENS_AT - 70);
    CHECK(evidence_opening_check(&engine, &f.h, &f.leaf, buf_bytes(&more), &shown, NULL) ==
          ST_MALFORMED);
    buf_fini(&more);
    buf_fini(&f.opening);
}

/* A seed opens the whole column, so it may only stand where all is shown. */
static void seeds_never_open_more_than_is_shown(void)
{
    struct sealed s;
    sealed_make(&s, 4, 50, 1);
    const struct evidence_segment *g = s.s[0];
    const struct evidence_leaf *l = &g->remotes.leaves[0];
    for (uint32_t i = 1; i < g->remotes.leaf_count; i++) {
        l = g->remotes.leaves[i].n > l->n ? &g->remotes.leaves[i] : l;
    }
    struct evidence_run part = {0, l->n - 1}, whole = {0, l->n};
    struct buf out = BUF_INIT(1 << 24);
    struct addr remote;
    memcpy(remote.b, l->key, 16);
    struct evidence_wish w = {.runs = &part, .run_count = 1, .what = everything};
    CHECK(evidence_opening_cut(&engine, g, &remote, &w, &out) == ST_OK);
    CHECK((out.data[1] & (WIDE_SEED_A | WIDE_SEED_X | WIDE_SEED_D)) == 0);
    buf_clear(&out);
    w.runs = &whole;
    CHECK(evidence_opening_cut(&engine, g, &remote, &w, &out) == ST_OK);
    CHECK((out.data[1] & (WIDE_SEED_A | WIDE_SEED_X)) == (WIDE_SEED_A | WIDE_SEED_X));
    buf_fini(&out);
    sealed_fini(&s);
}

/* A record read back and rebuilt is the observation that was sealed. */
static void opened_records_give_the_observations_back(void)
{
    struct local_nets nets = sample_nets();
    uint64_t seed = 6;
    for (int i = 0; i < 20000; i++) {
        struct made m;
        struct evidence_place at[2];
        random_item(&m, &seed, 50, START_NS + i);
        const struct evidence_item *item = made_item(&m);
        size_t n = evidence_record_places(&nets, item, at);
        CHECK(n == 1 || n == 2);
        for (size_t k = 0; k < n; k++) {
            struct evidence_record r, back;
            struct evidence_hidden hidden;
            uint8_t raw[RECORD_BYTES];
            struct observation o;
            struct obs_quote quote;
            struct obs_log log;
            evidence_record_clear(item, &at[k], &r);
            evidence_record_put(&r, raw);
            CHECK(evidence_record_get(raw, &back, NULL) == ST_OK);
            evidence_record_hidden(item, &hidden);
            struct evidence_data data = {item->ip_options, item->tcp_options,
                                         bytes_of(m.o.payload, m.o.captured_len)};
            struct evidence_opened opened = {&at[k].remote, &at[k].local, &hidden, &data};
            evidence_rebuild(&back, &opened, &o, &quote, &log);
            CHECK(o.time_ns == m.o.time_ns && o.type == m.o.type && o.proto == m.o.proto);
            if (m.o.type == OBS_LOG) {
                CHECK(addr_equal(&o.src, &m.o.src) && log.outcome == m.log.outcome &&
                      log.status == m.log.status && log.repeat == m.log.repeat &&
                      log.session == m.log.session && log.weak == m.log.weak &&
                      log.tally == m.log.tally && log.service == m.log.service);
                continue;
            }
            CHECK(o.tcp_flags == m.o.tcp_flags && (o.icmp_code & 15) == (m.o.icmp_code & 15));
            if ((m.o.flags & OBS_QUOTED) != 0) {
                CHECK(addr_equal(&quote.src, &m.quote.src) && addr_equal(&quote.dst, &m.quote.dst));
                CHECK(quote.src_port == m.quote.src_port && quote.dst_port == m.quote.dst_port &&
                      quote.proto == m.quote.proto && quote.has_ports == m.quote.has_ports);
                continue;
            }
            CHECK(addr_equal(&o.src, &m.o.src) && addr_equal(&o.dst, &m.o.dst));
            CHECK(o.src_port == m.o.src_port && o.dst_port == m.o.dst_port);
            if (m.o.type == OBS_PACKET) {
                CHECK(o.flags == m.o.flags && o.ttl == m.o.ttl && o.wire_len == m.o.wire_len &&
                      o.payload_len == m.o.payload_len && o.captured_len == m.o.captured_len);
                CHECK(o.seq == m.o.seq && o.ack == m.o.ack && o.window == m.o.window &&
                      o.ip_id == m.o.ip_id && o.frag_units == m.o.frag_units);
            }
        }
    }
}

static void records_have_one_spelling(void)
{
    uint64_t seed = 7;
    unsigned taken = 0;
    for (int i = 0; i < 200000; i++) {
        uint8_t raw[RECORD_BYTES], again[RECORD_BYTES];
        struct evidence_record r;
        for (size_t k = 0; k < sizeof(raw); k++) {
            raw[k] = (uint8_t)(some(&seed) % 2 ? 0 : some(&seed));
        }
        raw[0] = (uint8_t)(some(&seed) % 5);
        raw[1] &= 15;
        memset(raw + RECORD_AT_EXT, 0, some(&seed) % 2 ? 12 : 0);
        if (evidence_record_get(raw, &r, NULL) == ST_OK) {
            taken++;
            evidence_record_put(&r, again);
            CHECK(memcmp(raw, again, sizeof(raw)) == 0);
            CHECK(raw[0] >= 1 && raw[0] <= 3 && (raw[2] & 0x80) == 0);
        }
    }
    CHECK(taken > 1000);
}

static void failed_allocations_are_told(void)
{
    struct sealed s;
    sealed_make(&s, 5, 200, 2);
    const struct evidence_segment *g = s.s[0];
    const struct evidence_leaf *l = &g->remotes.leaves[0];
    struct evidence_run run = {0, l->n};
    struct evidence_wish w = {.runs = &run, .run_count = 1, .what = everything};
    struct buf out = BUF_INIT(1 << 24);
    struct evidence_shown shown;
    struct addr remote;
    enum status st = ST_NOMEM;
    memcpy(remote.b, l->key, 16);
    for (unsigned i = 1; st != ST_OK && i < 100; i++) {
        buf_fini(&out);
        out = BUF_INIT(1 << 24);
        test_fail_allocation(i);
        st = evidence_opening_cut(&engine, g, &remote, &w, &out);
        test_fail_allocation(0);
        CHECK(st == ST_OK || st == ST_NOMEM);
    }
    st = ST_NOMEM;
    for (unsigned i = 1; st != ST_OK && i < 100; i++) {
        test_fail_allocation(i);
        st = evidence_opening_check(&engine, &g->header, l, buf_bytes(&out), &shown, NULL);
        test_fail_allocation(0);
        CHECK(st == ST_OK || st == ST_NOMEM);
    }
    evidence_shown_fini(&shown);
    buf_fini(&out);
    sealed_fini(&s);
}

TEST_MAIN(TEST(set_up), TEST(what_is_cut_holds), TEST(every_changed_byte_fails),
          TEST(records_of_another_remote_are_refused), TEST(addresses_told_in_two_ways_must_agree),
          TEST(strays_are_refused), TEST(seeds_never_open_more_than_is_shown),
          TEST(opened_records_give_the_observations_back), TEST(records_have_one_spelling),
          TEST(failed_allocations_are_told))
