/* tests/interop/segment_dump.c - a seeded stream and what it was sealed to, as JSON.
 *
 * Read by segment_vectors.py, which seals it again on its own.
 */
#include <stdio.h>

#include "unit/evidence/sealing.h"

int test_failures;

static void hex(const char *name, const void *data, size_t n)
{
    printf("\"%s\":\"", name);
    for (size_t i = 0; i < n; i++) {
        printf("%02x", ((const uint8_t *)data)[i]);
    }
    printf("\",");
}

static void number(const char *name, long long v)
{
    printf("\"%s\":%lld,", name, v);
}

static void print_item(const struct made *m)
{
    const struct observation *o = &m->o;
    bool quoted = (o->flags & OBS_QUOTED) != 0;
    printf("{\"what\":\"item\",");
    hex("src", o->src.b, 16);
    hex("dst", o->dst.b, 16);
    hex("payload", m->payload, o->captured_len);
    hex("ip_options", m->ip_options, m->item.ip_options.len);
    hex("tcp_options", m->tcp_options, m->item.tcp_options.len);
    hex("line", m->line, m->item.line.len);
    hex("quote_src", m->quote.src.b, 16);
    hex("quote_dst", m->quote.dst.b, 16);
    number("quoted", quoted);
    number("quote_sport", m->quote.src_port);
    number("quote_dport", m->quote.dst_port);
    number("quote_proto", m->quote.proto);
    number("quote_ports", m->quote.has_ports);
    number("type", o->type);
    number("time", o->time_ns);
    number("sport", o->src_port);
    number("dport", o->dst_port);
    number("v6", (o->flags & OBS_V6) != 0);
    number("flags", o->flags);
    number("proto", o->proto);
    number("tcp_flags", o->tcp_flags);
    number("icmp_code", o->icmp_code);
    number("ttl", o->ttl);
    number("seq", o->seq);
    number("ack", o->ack);
    number("window", o->window);
    number("ip_id", o->ip_id);
    number("frag", o->frag_units);
    number("wire", o->wire_len);
    number("payload_len", o->payload_len);
    number("vlan", m->item.vlan);
    number("ifindex", m->item.ifindex);
    number("packets", (long long)m->item.packets);
    number("octets", (long long)m->item.octets);
    number("duration", m->item.duration_ns);
    number("web", m->log.service == LOG_WEB);
    number("service", m->log.service);
    number("outcome", m->log.outcome);
    number("status", m->log.status);
    number("repeat", m->log.repeat);
    number("session", m->log.session);
    number("tally", m->log.tally);
    number("weak", m->log.weak);
    printf("\"end\":0}\n");
}

static uint8_t some_cells(void *ctx, uint32_t row, const struct evidence_kept *kept)
{
    (void)kept;
    uint32_t *mode = ctx;
    return *mode == 0   ? 0
           : *mode == 1 ? OPEN_LINK | OPEN_HIDDEN | OPEN_DATA | OPEN_LOCAL
                        : (uint8_t)(row * 7 + *mode);
}

static void print_remote(const struct evidence_engine *e, struct evidence_segment *g, uint32_t i)
{
    const struct evidence_leaf *l = &g->remotes.leaves[i];
    struct buf out = BUF_INIT(1 << 26), proof = BUF_INIT(1 << 20);
    struct addr a;
    memcpy(a.b, l->key, 16);
    struct prefix q = prefix_of(&a, 128);
    uint32_t mode = i % 4;
    struct evidence_run run = {mode == 2 ? l->n / 3 : 0, mode == 2 ? 1 + l->n / 4 : l->n};
    struct evidence_wish w = {
        .runs = &run, .run_count = 1, .kr = i % 3 == 1, .what = some_cells, .ctx = &mode};
    CHECK(evidence_opening_cut(e, g, &a, &w, &out) == ST_OK);
    for (uint32_t k = 0; k < g->remotes.node_count; k++) {
        g->remotes.nodes[k].shown = false;
    }
    evidence_trie_show(&g->remotes, &q, false);
    evidence_trie_put(&g->remotes, &proof);
    printf("{\"what\":\"remote\",");
    hex("key", l->key, 16);
    hex("records", g->records + (size_t)g->start[i] * RECORD_BYTES, (size_t)l->n * RECORD_BYTES);
    hex("proof", proof.data, proof.len);
    hex("opening", out.data, out.len);
    printf("\"end\":0}\n");
    buf_fini(&out);
    buf_fini(&proof);
}

static void print_segment(const struct evidence_engine *e, const struct sealed *s,
                          struct evidence_segment *g)
{
    struct evidence_root root;
    evidence_segment_root(g, &root);
    struct evidence_secret k_epoch = s->k_epoch;
    k_epoch.b[0] = (uint8_t)g->header.epoch;
    printf("{\"what\":\"segment\",");
    hex("k_seg", g->key.b, 32);
    hex("k_epoch", k_epoch.b, 32);
    hex("segid", g->header.segid, 16);
    hex("header", g->text.data, g->text.len);
    hex("entry", g->entry.data, g->entry.len);
    hex("box", g->box.b, sizeof(g->box.b));
    hex("opening_secret", s->opening.secret, 32);
    hex("flows", root.flows.b, 32);
    number("idle", 60 * SECOND_NS);
    printf("\"end\":0}\n");
    for (uint32_t i = 0; i < g->remotes.leaf_count; i++) {
        print_remote(e, g, i);
    }
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 200;
    struct evidence_engine e = an_engine();
    struct sealed s;
    struct evidence_sealer_config c = sealed_config(&s, KIND_FILE, seed);
    c.payload = seed % 3 == 0 ? 0 : seed % 3 == 1 ? 100 : HEADER_PAYLOAD_ALL;
    c.records_max = 150;
    CHECK(evidence_sealer_new(&c, &s.sealer) == ST_OK);
    for (uint32_t i = 0; i < count; i++) {
        static struct made m;
        int64_t t = START_NS + i * SECOND_NS / 4 + (i == 77 ? 40 * SECOND_NS : 0);
        random_item(&m, &s.seed, 1 + (uint32_t)(seed % 50), t);
        print_item(&m);
        CHECK(evidence_sealer_add(s.sealer, made_item(&m)) == ST_OK);
    }
    CHECK(evidence_sealer_end(s.sealer, 0, END_CLOSED) == ST_OK);
    for (size_t i = 0; i < s.n; i++) {
        print_segment(&e, &s, s.s[i]);
    }
    sealed_fini(&s);
    return test_failures != 0;
}
