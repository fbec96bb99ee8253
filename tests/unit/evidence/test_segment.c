/* tests/unit/evidence/test_segment.c - sealing streams: spans, chains, boxes, limits. */
#include "evidence/segment.h"

#include "base/os/file.h"
#include "evidence/commit.h"
#include "evidence/opening.h"
#include "evidence/rest/about.h"
#include "evidence/sealing.h"
#include "ledger/tree.h"

/* Sum of records, and that every header follows the one before it. */
static uint64_t check_chain(const struct sealed *s)
{
    uint64_t records = 0;
    struct evidence_engine e = an_engine();
    for (size_t i = 0; i < s->n; i++) {
        struct evidence_segment *g = s->s[i];
        struct evidence_header h;
        struct fault why = {0};
        CHECK(evidence_header_parse(buf_bytes(&g->text), &h, &why) == ST_OK);
        CHECK(memcmp(&h.root, &g->header.root, sizeof(h.root)) == 0);
        CHECK(evidence_entry_check(&e, buf_bytes(&g->entry), buf_bytes(&g->text), &g->entry_salt,
                                   &why) == ST_OK);
        if (i > 0) {
            CHECK(evidence_header_follows(&s->s[i - 1]->header, &s->s[i - 1]->hash, &h, &why) ==
                  ST_OK);
        } else {
            CHECK(evidence_header_first(&h));
        }
        records += h.records;
    }
    return records;
}

static void add_at(struct sealed *s, int64_t time_ns, uint32_t remote)
{
    struct made m;
    made_packet(&m, remote4(remote), local4(1), time_ns);
    CHECK(evidence_sealer_add(s->sealer, made_item(&m)) == ST_OK);
}

static void start(struct sealed *s, const struct evidence_sealer_config *c)
{
    CHECK(evidence_sealer_new(c, &s->sealer) == ST_OK);
}

static void spans_close_and_empty_ones_in_a_file_are_one(void)
{
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_FILE, 1);
    start(&s, &c);
    add_at(&s, START_NS, 1);
    add_at(&s, START_NS + 9 * SECOND_NS, 2);
    add_at(&s, START_NS + 10 * SECOND_NS, 3); /* the next span */
    add_at(&s, START_NS + 12 * SECOND_NS, 3);
    add_at(&s, START_NS + 95 * SECOND_NS, 4); /* seven empty ones between */
    add_at(&s, START_NS + 3 * SECOND_NS, 5);  /* late */
    CHECK(evidence_sealer_end(s.sealer, 0, END_CLOSED) == ST_OK);
    CHECK_INT(s.n, 4);
    CHECK_INT(check_chain(&s), 6);
    CHECK_INT(s.s[0]->header.records, 2);
    CHECK_INT(s.s[2]->header.records, 0);
    CHECK_INT(s.s[2]->header.to_ns - s.s[2]->header.from_ns, 70 * SECOND_NS);
    CHECK_INT(s.s[3]->header.from_ns, START_NS + 90 * SECOND_NS);
    CHECK_INT(s.s[3]->header.counters.late, 1);
    CHECK_INT(s.s[3]->header.counters.packets, 2);
    CHECK_STR(evidence_header_no_absence(&s.s[0]->header, false), "a file proves no absence");
    sealed_fini(&s);
}

static void a_live_sensor_seals_each_empty_span(void)
{
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_LIVE, 2);
    start(&s, &c);
    CHECK(evidence_sealer_tick(s.sealer, START_NS) == ST_OK);
    CHECK(evidence_sealer_tick(s.sealer, START_NS + 35 * SECOND_NS) == ST_OK);
    CHECK_INT(s.n, 3);
    add_at(&s, START_NS + 36 * SECOND_NS, 1);
    CHECK(evidence_sealer_end(s.sealer, START_NS + 37 * SECOND_NS, END_CLOSED) == ST_OK);
    CHECK_INT(s.n, 4);
    CHECK_INT(s.s[3]->header.to_ns, START_NS + 37 * SECOND_NS); /* no promise past its end */
    CHECK_INT(check_chain(&s), 1);
    CHECK(evidence_header_no_absence(&s.s[1]->header, true) == NULL);
    sealed_fini(&s);
}

static void a_sensor_that_slept_claims_nothing_for_that_time(void)
{
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_LIVE, 3);
    start(&s, &c);
    CHECK(evidence_sealer_tick(s.sealer, START_NS) == ST_OK);
    CHECK(evidence_sealer_tick(s.sealer, START_NS + 86400 * SECOND_NS) == ST_OK);
    CHECK_INT(s.n, 2);
    CHECK(evidence_header_no_absence(&s.s[1]->header, false) != NULL);
    CHECK_INT(check_chain(&s), 0);
    sealed_fini(&s);
}

static void a_full_segment_closes_before_its_time(void)
{
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_FILE, 4);
    c.records_max = 10;
    start(&s, &c);
    for (int i = 0; i < 95; i++) {
        add_at(&s, START_NS + i / 3, (uint32_t)i); /* three at each instant */
    }
    CHECK(evidence_sealer_end(s.sealer, 0, END_CLOSED) == ST_OK);
    CHECK_INT(check_chain(&s), 95);
    for (size_t i = 0; i < s.n; i++) {
        CHECK(s.s[i]->header.records <= 10);
    }
    CHECK_INT(s.n, 10);
    sealed_fini(&s);
}

static void logs_close_with_the_day(void)
{
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_LOG, 5);
    int64_t midnight = (START_NS / (86400 * SECOND_NS) + 1) * 86400 * SECOND_NS;
    start(&s, &c);
    add_at(&s, START_NS, 1);
    add_at(&s, midnight - 1, 1);
    add_at(&s, midnight, 1);
    add_at(&s, midnight + 5 * 86400 * SECOND_NS + 7, 1);
    CHECK(evidence_sealer_end(s.sealer, 0, END_CLOSED) == ST_OK);
    CHECK_INT(s.n, 4);
    CHECK_INT(check_chain(&s), 4);
    CHECK_INT(s.s[0]->header.to_ns, midnight);
    CHECK_INT(s.s[2]->header.records, 0);
    CHECK_INT(s.s[2]->header.to_ns - s.s[2]->header.from_ns, 4 * 86400 * SECOND_NS);
    sealed_fini(&s);
}

static void impossible_times_change_nothing(void)
{
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_FILE, 6);
    struct made m;
    start(&s, &c);
    add_at(&s, START_NS, 1);
    made_packet(&m, remote4(1), local4(1), INT64_MAX);
    CHECK(evidence_sealer_add(s.sealer, made_item(&m)) == ST_LIMIT);
    made_packet(&m, remote4(1), local4(1), INT64_MIN);
    CHECK(evidence_sealer_add(s.sealer, made_item(&m)) == ST_LIMIT);
    add_at(&s, INT64_MAX - 3 * 86400 * SECOND_NS, 1);
    add_at(&s, INT64_MIN + 3 * 86400 * SECOND_NS, 1);
    CHECK(evidence_sealer_end(s.sealer, 0, END_CLOSED) == ST_OK);
    CHECK_INT(check_chain(&s), 3);
    CHECK_INT(s.n, 3);
    sealed_fini(&s);
}

static void chains_that_do_not_fit_are_refused(void)
{
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_LIVE, 7);
    struct fault why;
    start(&s, &c);
    CHECK(evidence_sealer_tick(s.sealer, START_NS) == ST_OK);
    CHECK(evidence_sealer_tick(s.sealer, START_NS + 20 * SECOND_NS) == ST_OK);
    const struct evidence_header *a = &s.s[0]->header;
    const struct digest *hash = &s.s[0]->hash;
    struct evidence_header h = s.s[1]->header;
    CHECK(evidence_header_follows(a, hash, &h, &why) == ST_OK);
    h.seq = 0;
    CHECK(evidence_header_follows(a, hash, &h, &why) == ST_MISMATCH);
    CHECK_STR(why.field, "two headers of one number");
    h.seq = 2;
    CHECK(evidence_header_follows(a, hash, &h, &why) == ST_MISMATCH);
    CHECK_STR(why.field, "number is not the next one");
    h = s.s[1]->header;
    h.from_ns--;
    CHECK(evidence_header_follows(a, hash, &h, &why) == ST_MISMATCH);
    CHECK_STR(why.field, "spans overlap");
    h.from_ns += 2;
    CHECK(evidence_header_follows(a, hash, &h, &why) == ST_MISMATCH);
    CHECK_STR(why.field, "gap between spans");
    h = s.s[1]->header;
    h.prev.b[3] ^= 1;
    CHECK(evidence_header_follows(a, hash, &h, &why) == ST_MISMATCH);
    h = s.s[1]->header;
    h.sensor[0]++;
    CHECK(evidence_header_follows(a, hash, &h, &why) == ST_MISMATCH);
    sealed_fini(&s);
}

/* A header is text with one spelling: another byte is another header or none. */
static void every_changed_byte_of_a_header_breaks_its_entry(void)
{
    struct sealed s;
    struct evidence_engine e = an_engine();
    sealed_make(&s, 8, 50, 5);
    struct evidence_segment *g = s.s[0];
    int held = 0;
    for (size_t i = 0; i < g->text.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            g->text.data[i] ^= (uint8_t)(1 << bit);
            held += evidence_entry_check(&e, buf_bytes(&g->entry), buf_bytes(&g->text),
                                         &g->entry_salt, NULL) == ST_OK;
            g->text.data[i] ^= (uint8_t)(1 << bit);
        }
    }
    for (size_t i = 0; i < g->entry.len; i++) {
        g->entry.data[i] ^= 1;
        held += evidence_entry_check(&e, buf_bytes(&g->entry), buf_bytes(&g->text), &g->entry_salt,
                                     NULL) == ST_OK;
        g->entry.data[i] ^= 1;
    }
    for (size_t cut = 0; cut < g->text.len; cut++) {
        struct evidence_header h;
        held += evidence_header_parse(bytes_of(g->text.data, cut), &h, NULL) == ST_OK;
    }
    CHECK_INT(held, 0);
    sealed_fini(&s);
}

static void keys_come_back_only_with_the_opening_key(void)
{
    struct sealed s;
    struct evidence_secret k;
    struct evidence_opening_key other;
    uint8_t seed[32] = {2};
    sealed_make(&s, 9, 5, 2);
    struct evidence_segment *g = s.s[0];
    CHECK(evidence_box_open(&g->box, g->header.segid, &s.opening, &k) == ST_OK);
    CHECK(memcmp(&k, &g->key, sizeof(k)) == 0);
    evidence_opening_key_make(seed, &other);
    CHECK(evidence_box_open(&g->box, g->header.segid, &other, &k) == ST_MISMATCH);
    int held = 0;
    for (size_t i = 0; i < sizeof(g->box.b); i++) {
        g->box.b[i] ^= 1;
        held += evidence_box_open(&g->box, g->header.segid, &s.opening, &k) == ST_OK;
        g->box.b[i] ^= 1;
    }
    uint8_t id[EVIDENCE_ID_BYTES] = {0};
    held += evidence_box_open(&g->box, id, &s.opening, &k) == ST_OK;
    CHECK_INT(held, 0);
    sealed_fini(&s);
}

/* Record trees are those of the ledger's own implementation. */
static void record_trees_are_rfc_6962(void)
{
    struct sealed s;
    sealed_make(&s, 10, 3000, 40);
    const struct evidence_segment *g = s.s[0];
    struct digest *leaf = malloc(g->count * sizeof(*leaf));
    for (uint32_t i = 0; i < g->remotes.leaf_count; i++) {
        const struct evidence_leaf *l = &g->remotes.leaves[i];
        struct digest root;
        for (uint32_t k = 0; k < l->n; k++) {
            const uint8_t *raw = g->records + (size_t)(g->start[i] + k) * RECORD_BYTES;
            CHECK(ledger_tree_leaf(bytes_of(raw, RECORD_BYTES), &leaf[k]) == ST_OK);
        }
        struct digest want = l->records;
        /* Level by level, as RFC 9162 says of the same tree. */
        uint32_t n = l->n;
        while (n > 1) {
            for (uint32_t k = 0; k < n / 2; k++) {
                CHECK(ledger_tree_node(&leaf[2 * k], &leaf[2 * k + 1], &leaf[k]) == ST_OK);
            }
            leaf[n / 2] = leaf[n - 1];
            n = (n + 1) / 2;
        }
        root = leaf[0];
        CHECK(memcmp(&root, &want, sizeof(root)) == 0);
    }
    free(leaf);
    sealed_fini(&s);
}

static void keeping_changes_nothing_that_is_sealed(void)
{
    struct sealed a, b;
    struct made m;
    sealed_make(&a, 11, 2000, 300);
    struct evidence_sealer_config c = sealed_config(&b, KIND_FILE, 11);
    c.keep = false;
    start(&b, &c);
    for (uint32_t i = 0; i < 2000; i++) {
        random_item(&m, &b.seed, 300, START_NS + i * 1000);
        CHECK(evidence_sealer_add(b.sealer, made_item(&m)) == ST_OK);
    }
    CHECK(evidence_sealer_end(b.sealer, 0, END_CLOSED) == ST_OK);
    CHECK(memcmp(&a.s[0]->hash, &b.s[0]->hash, sizeof(struct digest)) == 0);
    CHECK(b.s[0]->records == NULL);
    sealed_fini(&a);
    sealed_fini(&b);
}

static enum status vector_fresh(void *ctx, uint64_t seq, uint8_t segid[EVIDENCE_ID_BYTES],
                                struct evidence_secret *k)
{
    (void)ctx;
    (void)seq;
    memset(segid, 3, EVIDENCE_ID_BYTES);
    memset(k->b, 1, sizeof(k->b));
    return ST_OK;
}

static enum status vector_epoch(void *ctx, int64_t time_ns, uint64_t *ret,
                                struct evidence_secret *k)
{
    (void)ctx;
    (void)time_ns;
    *ret = 0;
    memset(k->b, 2, sizeof(k->b));
    return ST_OK;
}

static bool is_hex(const void *data, size_t n, const char *want)
{
    char text[2 * RECORD_BYTES + 1];
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", ((const uint8_t *)data)[i]);
    }
    return strcmp(text, want) == 0;
}

static enum status vector_salt(void *ctx, void *ret, size_t n)
{
    (void)ctx;
    memset(ret, 4, n);
    return ST_OK;
}

/* Everything of a row that can be opened. */
static uint8_t open_all(void *ctx, uint32_t row, const struct evidence_kept *kept)
{
    (void)ctx;
    (void)row;
    (void)kept;
    return OPEN_LINK | OPEN_LOCAL | OPEN_HIDDEN;
}

/* Lines of 48 bytes. */
static void put_hex(struct buf *out, struct bytes s)
{
    for (size_t i = 0; i < s.len; i++) {
        buf_printf(out, "%02x%s", s.data[i], i % 48 == 47 || i + 1 == s.len ? "\n" : "");
    }
}

static void in_the_document(const char *what, const struct buf *text)
{
    CLEANUP(buf_fini) struct buf doc = BUF_INIT(1 << 20);
    char path[4096];
    struct fault why = {0};
    (void)snprintf(path, sizeof(path), "%s/docs/FORMATS.md", getenv("EXHIBIT_SOURCE_ROOT"));
    CHECK(file_read(path, &doc, &why) == ST_OK);
    bool there = memmem(doc.data, doc.len, text->data, text->len) != NULL;
    CHECK(there);
    if (!there) {
        printf("# %s is not in docs/FORMATS.md:\n%.*s\n", what, (int)text->len,
               (const char *)text->data);
    }
}

/* What the segment of S9 gives besides: header, entry, opening. */
static void check_texts(const struct evidence_engine *e, const struct evidence_segment *g)
{
    CLEANUP(buf_fini) struct buf hex = BUF_INIT(1 << 16), opening = BUF_INIT(1 << 16);
    const struct addr remote = addr_from_v4(0x0b000001);
    const struct evidence_run run = {.first = 0, .count = 1};
    const struct evidence_wish w = {.runs = &run, .run_count = 1, .kr = true, .what = open_all};
    in_the_document("the header", &g->text);
    in_the_document("its entry", &g->entry);
    put_hex(&hex, bytes_of(g->entry_salt.b, sizeof(g->entry_salt.b)));
    in_the_document("the salt of the entry", &hex);
    CHECK(evidence_opening_cut(e, g, &remote, &w, &opening) == ST_OK);
    buf_clear(&hex);
    put_hex(&hex, buf_bytes(&opening));
    in_the_document("the opening", &hex);
}

static void check_networks(const struct evidence_engine *e)
{
    CLEANUP(buf_fini) struct buf entry = BUF_INIT(1024);
    struct local_nets nets = {.n = 2};
    struct evidence_networks n = {.nets.n = 0};
    CHECK(prefix_parse(BYTES_LITERAL("198.51.100.0/24"), &nets.nets[0]) == ST_OK);
    CHECK(prefix_parse(BYTES_LITERAL("2001:db8::/32"), &nets.nets[1]) == ST_OK);
    evidence_networks_set(&n, &nets);
    memset(n.salt.b, 4, sizeof(n.salt.b));
    CHECK(evidence_networks_entry(e, &n, "cert-a.example", &entry) == ST_OK);
    in_the_document("an entry of networks", &entry);
}

/* docs/FORMATS.md, S9. */
static void the_vector_of_the_document_comes_out(void)
{
    static const char record[] =
        "0100000218ea9872f71b02009c400017065002003c00000000394e98ea11eb2093e4abcbe7181d93"
        "b0b9000000000000000000000000f245206ebfa5ff7004f6100d1eca95200441d750560a875c5a7c"
        "bfd0b4c1125a2d4aa761af61d1f740e1800a6ec5bc7304e4a2946b1955a1942fb533470f20e1";
    static const char root[] = "73b9e468c696f6bf3a08c0191c9394c2789c3f09e49f791add5b8c1d1fa16680";
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_FILE, 1);
    struct made m;
    struct evidence_engine e = an_engine();
    c.fresh = vector_fresh;
    c.epoch = vector_epoch;
    c.random = vector_salt;
    c.sensor = "file/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    c.nets = (struct local_nets){.rule = LOCAL_GIVEN, .n = 1};
    CHECK(prefix_parse(BYTES_LITERAL("198.51.100.0/24"), &c.nets.nets[0]) == ST_OK);
    start(&s, &c);
    made_packet(&m, addr_from_v4(0x0b000001), addr_from_v4(0xc6336407), START_NS);
    m.o.src_port = 40000;
    m.o.dst_port = 23;
    m.o.ttl = 57;
    m.o.seq = 0xc6336407;
    m.o.window = 5840;
    m.o.ip_id = 1;
    CHECK(evidence_sealer_add(s.sealer, made_item(&m)) == ST_OK);
    CHECK(evidence_sealer_end(s.sealer, 0, END_CLOSED) == ST_OK);
    CHECK(is_hex(s.s[0]->records, RECORD_BYTES, record));
    CHECK(is_hex(s.s[0]->header.root.b, DIGEST_BYTES, root));
    check_texts(&e, s.s[0]);
    check_networks(&e);
    sealed_fini(&s);
}

/* Counted both ways: allocation n fails, and all behind it. */
static void every_failed_allocation_is_told(void)
{
    struct made m;
    unsigned failed = 0;
    bool more = true;
    for (unsigned n = 1; more && n < 400; n++) {
        struct sealed s;
        struct evidence_sealer_config c = sealed_config(&s, KIND_FILE, 12);
        uint64_t seed = 5;
        test_fail_allocation(n);
        enum status st = evidence_sealer_new(&c, &s.sealer);
        for (uint32_t i = 0; i < 300 && st == ST_OK; i++) {
            random_item(&m, &seed, 200, START_NS + i * SECOND_NS / 10);
            st = evidence_sealer_add(s.sealer, made_item(&m));
        }
        st = st == ST_OK ? evidence_sealer_end(s.sealer, 0, END_CLOSED) : st;
        more = test_allocation_failed();
        test_fail_allocation(0);
        failed += st != ST_OK;
        /* Memory for connections alone may lack: then absence is not claimed. */
        uint64_t lost = 0;
        for (size_t i = 0; i < s.n; i++) {
            lost += s.s[i]->header.flows_lost;
        }
        CHECK(!more || st == ST_NOMEM || (st == ST_OK && lost > 0));
        sealed_fini(&s);
    }
    CHECK(!more && failed > 10);
}

static void many_at_once_are_sealed_as_one_by_one(void)
{
    struct sealed a, b;
    static struct made m[100];
    struct evidence_item items[100];
    uint64_t seed = 14;
    struct evidence_sealer_config c = sealed_config(&a, KIND_FILE, 14);
    start(&a, &c);
    c = sealed_config(&b, KIND_FILE, 14);
    start(&b, &c);
    for (uint32_t i = 0; i < 2000; i += 100) {
        size_t done = 0;
        for (uint32_t k = 0; k < 100; k++) {
            random_item(&m[k], &seed, 50, START_NS + (i + k) * SECOND_NS / 50);
            items[k] = *made_item(&m[k]);
            CHECK(evidence_sealer_add(a.sealer, &items[k]) == ST_OK);
        }
        CHECK(evidence_sealer_add_many(b.sealer, items, 100, &done) == ST_OK && done == 100);
    }
    CHECK(evidence_sealer_end(a.sealer, 0, END_CLOSED) == ST_OK);
    CHECK(evidence_sealer_end(b.sealer, 0, END_CLOSED) == ST_OK);
    CHECK(a.n == 4 && a.n == b.n);
    CHECK(memcmp(&a.s[3]->hash, &b.s[3]->hash, sizeof(struct digest)) == 0);
    sealed_fini(&a);
    sealed_fini(&b);
}

static void many_remotes_and_long_runs_of_equal_bytes(void)
{
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_FILE, 13);
    struct made m;
    start(&s, &c);
    for (uint32_t i = 0; i < 65536; i++) {
        made_packet(&m, i % 2 ? remote4(i * 40503U % 65536) : remote6(i), local4(i), START_NS);
        CHECK(evidence_sealer_add(s.sealer, made_item(&m)) == ST_OK);
    }
    CHECK(evidence_sealer_end(s.sealer, 0, END_CLOSED) == ST_OK);
    CHECK_INT(s.s[0]->header.remotes, 65536);
    CHECK_INT(s.s[0]->header.records, 65536);
    sealed_fini(&s);
}

static void both_ways(struct sealed *s, uint32_t i, bool answer, uint32_t payload, int64_t at)
{
    struct made m;
    made_packet(&m, answer ? local4(1) : remote4(1), answer ? remote4(1) : local4(1), at);
    m.o.src_port = (uint16_t)(answer ? 80 : 1000 + i);
    m.o.dst_port = (uint16_t)(answer ? 1000 + i : 80);
    m.o.tcp_flags = TCP_ACK;
    m.o.payload_len = payload;
    CHECK(evidence_sealer_add(s->sealer, made_item(&m)) == ST_OK);
}

/* Of 3000 connections that carry something 1000 do so both ways, however often;
 * what carries nothing does not count, and a new segment begins anew. */
static void two_way_connections_are_counted(void)
{
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_FILE, 3);
    c.count_pairs = true;
    start(&s, &c);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 4000; i++) {
            both_ways(&s, i, false, i < 3000 ? 9 : 0, START_NS + i);
            if (i < 1000 || i >= 3000) {
                both_ways(&s, i, true, i < 1000 ? 7 : 0, START_NS + i);
            }
        }
    }
    both_ways(&s, 1, true, 5, START_NS + 15 * SECOND_NS);
    CHECK(evidence_sealer_end(s.sealer, 0, END_CLOSED) == ST_OK);
    CHECK_INT(s.n, 2);
    CHECK_INT(s.s[0]->header.counters.connections, 3000);
    CHECK_INT(s.s[0]->header.counters.two_way, 1000);
    CHECK_INT(s.s[1]->header.counters.connections, 1);
    CHECK_INT(s.s[1]->header.counters.two_way, 0);
    sealed_fini(&s);
}

/* Kept or not, the same segments: what is sealed does not depend on memory. */
static void much_data_closes_a_segment_before_its_time(void)
{
    struct sealed s[2];
    for (int keep = 0; keep < 2; keep++) {
        struct evidence_sealer_config c = sealed_config(&s[keep], KIND_FILE, 3);
        c.keep = keep != 0;
        c.data_max = 1000;
        start(&s[keep], &c);
        for (uint32_t i = 0; i < 40; i++) {
            struct made m;
            made_packet(&m, remote4(i % 3), local4(1), START_NS + i);
            m.o.captured_len = m.o.payload_len = 90;
            m.item.tcp_options.len = 12;
            CHECK(evidence_sealer_add(s[keep].sealer, made_item(&m)) == ST_OK);
        }
        CHECK(evidence_sealer_end(s[keep].sealer, 0, END_CLOSED) == ST_OK);
        CHECK_INT(s[keep].n, 5); /* nine packets of 102 bytes each */
        CHECK_INT(check_chain(&s[keep]), 40);
    }
    for (size_t i = 0; i < s[0].n && i < s[1].n; i++) {
        CHECK(s[0].s[i]->header.records == (i < 4 ? 9 : 4));
        CHECK(s[0].s[i]->header.to_ns == s[1].s[i]->header.to_ns);
    }
    sealed_fini(&s[0]);
    sealed_fini(&s[1]);
}

/* Lengths that pair up and lengths that stay alone, and some that are too long to pair. */
static void data_hashed_together_is_what_it_is_alone(void)
{
    enum { MANY = COMMIT_BATCH, LONGEST = 3000 };
    struct evidence_engine e = an_engine();
    struct evidence_data_job jobs[MANY];
    struct digest got[MANY], want;
    uint8_t text[LONGEST];
    int bad = 0;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)(i * i * 7 + i / 3);
    }
    for (size_t round = 0; round < 60; round++) {
        size_t n = round % (MANY + 1);
        for (size_t i = 0; i < n; i++) {
            bool line = i % 5 == 0;
            size_t ip = line ? 0 : i % 3, tcp = line ? 0 : i % 41;
            jobs[i] = (struct evidence_data_job){
                .salt = {{(uint8_t)i, (uint8_t)round}},
                .d = {.ip_options = bytes_of(text, ip),
                      .tcp_options = bytes_of(text + 7, tcp),
                      .payload = bytes_of(text + i, (i * 37 + round * round) % (LONGEST - MANY))},
                .line = line,
                .ret = &got[i]};
        }
        evidence_commit_data_many(&e, jobs, n);
        for (size_t i = 0; i < n; i++) {
            evidence_commit_data(&e, &jobs[i].salt, &jobs[i].d, jobs[i].line, &want);
            bad += memcmp(&want, &got[i], sizeof(want)) != 0;
        }
    }
    CHECK_INT(bad, 0);
}

TEST_MAIN(TEST(data_hashed_together_is_what_it_is_alone),
          TEST(spans_close_and_empty_ones_in_a_file_are_one),
          TEST(a_live_sensor_seals_each_empty_span),
          TEST(a_sensor_that_slept_claims_nothing_for_that_time),
          TEST(a_full_segment_closes_before_its_time),
          TEST(much_data_closes_a_segment_before_its_time), TEST(two_way_connections_are_counted),
          TEST(logs_close_with_the_day), TEST(impossible_times_change_nothing),
          TEST(chains_that_do_not_fit_are_refused),
          TEST(every_changed_byte_of_a_header_breaks_its_entry),
          TEST(keys_come_back_only_with_the_opening_key), TEST(record_trees_are_rfc_6962),
          TEST(the_vector_of_the_document_comes_out), TEST(keeping_changes_nothing_that_is_sealed),
          TEST(every_failed_allocation_is_told), TEST(many_at_once_are_sealed_as_one_by_one),
          TEST(many_remotes_and_long_runs_of_equal_bytes))
