/* tests/unit/evidence/test_hidden.c - nothing public gives a local address away.
 *
 * Scanners write their target into fields of their packets; ICMP errors quote
 * it. Order and time are not hidden, and are not tested away.
 */
#include "evidence/sealing.h"

static struct evidence_engine engine;

enum { PROBES = 256, KEY = 0x5bd1e995 };

enum tool { MASSCAN, ZMAP, MIRAI, UNICORN, SEQUENTIAL, QUOTING, NMAP, TOOLS };

/* The local networks of this test are a whole /8, so that an address has bytes
 * that do not stand there anyway; `turn` chooses another set of targets. */
static uint32_t target_of(enum tool tool, uint32_t i, uint32_t turn)
{
    uint32_t host = tool == SEQUENTIAL ? 0x00345600U + i : ((i + 1) * 2654435761U) >> 8;
    return 0x4d000000U | ((host + turn * 7919U) & 0xffffffU);
}

/* facts/detection.md 2.4: what each tool does with its target. */
static void probe(struct made *m, enum tool tool, uint32_t i, uint32_t turn)
{
    uint32_t dst = target_of(tool, i, turn);
    struct addr scanner = remote4(7 + (uint32_t)tool);
    made_packet(m, scanner, addr_from_v4(dst), START_NS + i * 1000);
    m->o.src_port = 40000;
    m->o.dst_port = (uint16_t)(i % 10 == 0 ? 2323 : 23);
    m->o.seq = i * 2246822519U;
    m->o.ip_id = (uint16_t)(i * 40503U);
    m->o.window = 1024;
    switch (tool) {
    case MASSCAN:
        m->o.seq = (dst * 2654435761U) ^ KEY; /* a cookie of the target */
        m->o.ip_id = (uint16_t)(dst ^ m->o.dst_port ^ m->o.seq);
        break;
    case ZMAP:
        m->o.ip_id = 54321;
        m->o.seq = dst ^ KEY; /* validation depends on the target */
        m->o.src_port = (uint16_t)(32768 + i % 4);
        break;
    case MIRAI:
        m->o.seq = dst;
        break;
    case UNICORN:
        m->o.seq = KEY ^ dst ^ (((uint32_t)m->o.dst_port << 16) + m->o.src_port);
        break;
    case QUOTING: /* the target refuses, and quotes the whole probe */
        m->o.src = addr_from_v4(dst);
        m->o.dst = scanner;
        m->o.proto = PROTO_ICMP;
        m->o.tcp_flags = 3;
        m->o.icmp_code = 3;
        m->o.flags |= OBS_QUOTED;
        m->quote = (struct obs_quote){scanner, addr_from_v4(dst), 40000, 53, PROTO_UDP, true};
        m->o.captured_len = 28;
        m->o.payload_len = 28;
        store_be32(m->payload + 12, addr_v4(&scanner));
        store_be32(m->payload + 16, dst);
        break;
    case NMAP:
        m->item.tcp_options.len = 4;
        store_be32(m->tcp_options, 0x020405b4);
        break;
    default:
        break;
    }
}

static void seal(struct sealed *s, uint32_t turn)
{
    struct evidence_sealer_config c = sealed_config(s, KIND_FILE, 99);
    struct made m;
    c.nets = (struct local_nets){.rule = LOCAL_GIVEN};
    CHECK(prefix_parse(BYTES_LITERAL("77.0.0.0/8"), &c.nets.nets[c.nets.n++]) == ST_OK);
    CHECK(evidence_sealer_new(&c, &s->sealer) == ST_OK);
    for (uint32_t i = 0; i < PROBES; i++) {
        for (int tool = 0; tool < TOOLS; tool++) {
            probe(&m, (enum tool)tool, i, turn);
            CHECK(evidence_sealer_add(s->sealer, made_item(&m)) == ST_OK);
        }
    }
    CHECK(evidence_sealer_end(s->sealer, 0, END_CLOSED) == ST_OK);
    CHECK_INT(s->n, 1);
}

static uint8_t links(void *ctx, uint32_t row, const struct evidence_kept *kept)
{
    (void)ctx;
    (void)row;
    (void)kept;
    return OPEN_LINK;
}

/* Everything that a reader may be shown without an address being opened. */
static void gather(struct sealed *s, struct buf *out, bool linked)
{
    struct evidence_segment *g = s->s[0];
    struct prefix all = {.len = 0};
    buf_append(out, g->text.data, g->text.len);
    buf_append(out, g->entry.data, g->entry.len);
    buf_append(out, g->box.b, sizeof(g->box.b));
    evidence_trie_show(&g->remotes, &all, true);
    evidence_trie_put(&g->remotes, out);
    evidence_trie_show(&g->flows, &all, true);
    evidence_trie_put(&g->flows, out);
    for (uint32_t i = 0; i < g->remotes.leaf_count; i++) {
        struct evidence_run run = {0, g->remotes.leaves[i].n};
        struct evidence_wish w = {.runs = &run, .run_count = 1, .what = linked ? links : NULL};
        struct addr remote;
        memcpy(remote.b, g->remotes.leaves[i].key, 16);
        CHECK(evidence_opening_cut(&engine, g, &remote, &w, out) == ST_OK);
    }
    CHECK(out->failed == ST_OK);
}

/* An address in any byte, either way round, or under any formula that turns it
 * into four bytes with what is clear. */
static void no_byte_holds_a_target(void)
{
    struct sealed s;
    struct buf out = BUF_INIT(1 << 26);
    engine = an_engine();
    seal(&s, 0);
    gather(&s, &out, false);
    gather(&s, &out, true);
    unsigned found = 0;
    for (int tool = 0; tool < TOOLS; tool++) {
        for (uint32_t i = 0; i < PROBES; i += 4) {
            uint32_t dst = target_of((enum tool)tool, i, 0);
            uint32_t ports = ((i % 10 == 0 ? 2323U : 23U) << 16) + 40000;
            uint32_t forms[] = {dst, __builtin_bswap32(dst), dst ^ KEY, dst ^ ports,
                                dst ^ ports ^ KEY};
            for (size_t f = 0; f < ARRAY_LEN(forms); f++) {
                uint8_t want[4];
                store_be32(want, forms[f]);
                found += memmem(out.data, out.len, want, 4) != NULL;
            }
        }
    }
    /* 2240 words in 450 kB: by chance one in four thousand million fits. */
    CHECK(found <= 1);
    CHECK(out.len > 300000);
    buf_fini(&out);
    sealed_fini(&s);
}

/* Each place of a record against what the formulas of 2.4 make of the target: no
 * place fits more often than by chance. */
static void no_field_follows_a_formula(void)
{
    struct sealed s;
    struct made m;
    engine = an_engine();
    seal(&s, 0);
    const struct evidence_segment *g = s.s[0];
    unsigned worst = 0;
    for (int tool = 0; tool < TOOLS; tool++) {
        uint32_t leaf = 0;
        struct addr scanner = remote4(7 + (uint32_t)tool);
        while (memcmp(g->remotes.leaves[leaf].key, scanner.b, 16) != 0) {
            leaf++;
        }
        const uint8_t *records = g->records + (size_t)g->start[leaf] * RECORD_BYTES;
        for (size_t at = 0; at + 2 <= RECORD_BYTES; at++) {
            unsigned hits[4] = {0};
            for (uint32_t i = 0; i < PROBES; i++) {
                probe(&m, (enum tool)tool, i, 0);
                uint32_t dst = target_of((enum tool)tool, i, 0);
                uint16_t have = load_be16(records + (size_t)i * RECORD_BYTES + at);
                uint16_t forms[4] = {(uint16_t)dst, (uint16_t)(dst ^ m.o.dst_port ^ m.o.seq),
                                     (uint16_t)m.o.seq, (uint16_t)(m.o.seq >> 16)};
                for (size_t f = 0; f < 4; f++) {
                    /* Mirai's seq is the target: form 1 is then the port alone. */
                    hits[f] += have == forms[f] && !(tool == MIRAI && f == 1);
                }
            }
            for (size_t f = 0; f < 4; f++) {
                worst = hits[f] > worst ? hits[f] : worst;
            }
        }
    }
    CHECK(worst <= 4);
    sealed_fini(&s);
}

/* Other targets, and so other sequence numbers, IP IDs and payloads; the same
 * keys. What is not the output of a keyed function must be equal, byte for byte:
 * then it says nothing of them. */
static void clear_bytes_do_not_depend_on_the_targets(void)
{
    struct sealed a, b;
    engine = an_engine();
    seal(&a, 0);
    seal(&b, 1);
    const struct evidence_segment *x = a.s[0], *y = b.s[0];
    CHECK_INT(x->count, y->count);
    unsigned clear = 0, same = 0;
    for (uint32_t i = 0; i < x->count; i++) {
        const uint8_t *p = x->records + (size_t)i * RECORD_BYTES;
        const uint8_t *q = y->records + (size_t)i * RECORD_BYTES;
        clear += memcmp(p, q, RECORD_AT_P) != 0;
        clear += memcmp(p + RECORD_AT_EXT, q + RECORD_AT_EXT, RECORD_EXT_BYTES) != 0;
        same += memcmp(p + RECORD_AT_P, q + RECORD_AT_P, 16) == 0;
        same += memcmp(p + RECORD_AT_C_A, q + RECORD_AT_C_A, 32) == 0;
    }
    CHECK_INT(clear, 0);
    CHECK_INT(same, 0);
    /* Of the headers only the root and what hashes it differ. */
    CHECK_INT(x->text.len, y->text.len);
    struct evidence_header h = x->header;
    h.root = y->header.root;
    struct buf text = BUF_INIT(1 << 16);
    evidence_header_write(&h, &text);
    CHECK(bytes_equal(buf_bytes(&text), buf_bytes(&y->text)));
    buf_fini(&text);
    sealed_fini(&a);
    sealed_fini(&b);
}

/* Two rows with the same options and payload, or with one target: no equal
 * commitment tells. */
static void equal_contents_do_not_show(void)
{
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_FILE, 5);
    struct made m;
    engine = an_engine();
    CHECK(evidence_sealer_new(&c, &s.sealer) == ST_OK);
    for (uint32_t i = 0; i < 400; i++) {
        made_packet(&m, remote4(i % 2), local4(9), START_NS);
        m.o.captured_len = m.o.payload_len = 8;
        CHECK(evidence_sealer_add(s.sealer, made_item(&m)) == ST_OK);
    }
    CHECK(evidence_sealer_end(s.sealer, 0, END_CLOSED) == ST_OK);
    const struct evidence_segment *g = s.s[0];
    unsigned equal = 0;
    for (uint32_t i = 0; i < g->count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            equal += memcmp(g->records + (size_t)i * RECORD_BYTES + RECORD_AT_C_A,
                            g->records + (size_t)k * RECORD_BYTES + RECORD_AT_C_A, 32) == 0;
            equal += memcmp(g->records + (size_t)i * RECORD_BYTES + RECORD_AT_C_X,
                            g->records + (size_t)k * RECORD_BYTES + RECORD_AT_C_X, 32) == 0;
        }
    }
    CHECK_INT(equal, 0);
    /* One target has another pseudonym with each remote. */
    CHECK(memcmp(g->records + RECORD_AT_P,
                 g->records + (size_t)g->start[1] * RECORD_BYTES + RECORD_AT_P, 16) != 0);
    sealed_fini(&s);
}

TEST_MAIN(TEST(no_byte_holds_a_target), TEST(no_field_follows_a_formula),
          TEST(clear_bytes_do_not_depend_on_the_targets), TEST(equal_contents_do_not_show))
