/* tests/unit/evidence/sealing.h - streams to seal, and what comes out of them. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/commit.h"
#include "evidence/flows.h"
#include "evidence/opening.h"
#include "evidence/rebuild.h"
#include "evidence/segment.h"
#include "test.h"

#define SECOND_NS INT64_C(1000000000)
#define START_NS  (INT64_C(1795415021) * SECOND_NS)

/* Small and repeatable. */
static inline uint32_t some(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* An item and everything that it points at. */
struct made {
    struct observation o;
    struct obs_quote quote;
    struct obs_log log;
    struct evidence_item item;
    uint8_t payload[256], ip_options[40], tcp_options[40];
    char line[128];
};

/* Points it at itself; call again after moving it. */
static inline const struct evidence_item *made_item(struct made *m)
{
    m->item.obs = &m->o;
    m->o.payload = m->o.captured_len > 0 ? m->payload : NULL;
    m->item.ip_options.data = m->ip_options;
    m->item.tcp_options.data = m->tcp_options;
    m->item.line.data = (const uint8_t *)m->line;
    if (m->o.type == OBS_LOG) {
        m->o.log = &m->log;
    } else {
        m->o.quote = (m->o.flags & OBS_QUOTED) != 0 ? &m->quote : NULL;
    }
    return &m->item;
}

static inline void made_packet(struct made *m, struct addr src, struct addr dst, int64_t time_ns)
{
    *m = (struct made){.o = {.time_ns = time_ns,
                             .src = src,
                             .dst = dst,
                             .type = OBS_PACKET,
                             .proto = PROTO_TCP,
                             .flags = OBS_L4 | (addr_is_v4(&src) ? 0 : OBS_V6),
                             .tcp_flags = TCP_SYN,
                             .icmp_code = 5,
                             .ttl = 60,
                             .wire_len = 60}};
}

static inline struct addr local4(uint32_t n)
{
    return addr_from_v4(0xc6336400U + n % 256); /* 198.51.100.0/24 */
}

static inline struct addr local6(uint32_t n)
{
    struct addr a = {{0x20, 0x01, 0x0d, 0xb8, 0, 1}};
    store_be32(a.b + 12, n % 1000);
    return a;
}

static inline struct addr remote4(uint32_t n)
{
    return addr_from_v4(0x0b000000U + n);
}

static inline struct addr remote6(uint32_t n)
{
    struct addr a = {{0x2a, 0x00, 0x12, 0x34}};
    store_be32(a.b + 8, n * 2654435761U);
    store_be32(a.b + 12, n);
    return a;
}

static inline struct local_nets sample_nets(void)
{
    struct local_nets l = {.rule = LOCAL_GIVEN};
    CHECK(prefix_parse(BYTES_LITERAL("198.51.100.0/24"), &l.nets[l.n++]) == ST_OK);
    CHECK(prefix_parse(BYTES_LITERAL("2001:db8:1::/48"), &l.nets[l.n++]) == ST_OK);
    return l;
}

static inline void random_log(struct made *m, uint64_t *seed)
{
    m->o.type = OBS_LOG;
    m->o.flags &= OBS_V6;
    m->o.dst = some(seed) % 2 == 0 ? (struct addr){{0}} : local4(some(seed));
    m->o.wire_len = 0;
    m->o.ttl = 0;
    m->o.tcp_flags = 0;
    m->o.icmp_code = 0;
    m->log = (struct obs_log){.service = LOG_SSH,
                              .outcome = (enum log_outcome)(some(seed) % 5),
                              .repeat = 1 + some(seed) % 3,
                              .session = some(seed),
                              .tally = (uint16_t)(some(seed) % 4) & 3,
                              .weak = some(seed) & 1};
    if (some(seed) % 2 == 0) {
        m->log = (struct obs_log){
            .service = LOG_WEB, .repeat = 1, .status = (uint16_t)(100 + some(seed) % 500)};
    }
    m->item.line.len = (size_t)snprintf(m->line, sizeof(m->line), "line %u of a log", some(seed));
}

static inline void random_quote(struct made *m, uint64_t *seed)
{
    m->o.proto = (m->o.flags & OBS_V6) != 0 ? PROTO_ICMPV6 : PROTO_ICMP;
    m->o.flags |= OBS_QUOTED;
    m->o.tcp_flags = (m->o.flags & OBS_V6) != 0 ? 1 : 3;
    m->o.icmp_code = (uint8_t)(some(seed) % 4);
    m->quote = (struct obs_quote){.src = m->o.dst,
                                  .dst = m->o.src,
                                  .src_port = (uint16_t)some(seed),
                                  .dst_port = 53,
                                  .proto = PROTO_UDP,
                                  .has_ports = some(seed) % 4 != 0};
    if (some(seed) % 3 == 0) {
        m->o.src = remote4(some(seed) % 100); /* a router on the way */
    }
}

/* Anything that a reader may give. */
static inline void random_item(struct made *m, uint64_t *seed, uint32_t remotes, int64_t time_ns)
{
    bool v6 = some(seed) % 4 == 0;
    struct addr in = v6 ? local6(some(seed)) : local4(some(seed));
    struct addr out = v6 ? remote6(some(seed) % remotes) : remote4(some(seed) % remotes);
    if (some(seed) % 16 == 0) { /* movement inside, or transit */
        bool inside = some(seed) % 2 == 0;
        out = inside ? (v6 ? local6(some(seed)) : local4(some(seed))) : out;
        in = inside ? in : v6 ? remote6(some(seed) % remotes) : remote4(some(seed) % remotes);
    }
    if (some(seed) % 32 == 0 && !v6) {
        in = addr_from_v4(some(seed) % 2 == 0 ? 0xffffffffU : 0xe0000001U);
    }
    bool outbound = some(seed) % 3 == 0;
    made_packet(m, outbound ? in : out, outbound ? out : in, time_ns);
    m->o.src_port = (uint16_t)some(seed);
    m->o.dst_port = (uint16_t)some(seed);
    m->o.seq = some(seed);
    m->o.ack = some(seed);
    m->o.window = (uint16_t)some(seed);
    m->o.ip_id = (uint16_t)some(seed);
    m->o.tcp_flags = (uint8_t)(some(seed) % 3 == 0 ? TCP_SYN : some(seed));
    m->o.ttl = (uint8_t)some(seed);
    m->o.wire_len = some(seed) % 20 == 0 ? some(seed) : some(seed) % 2000;
    m->item.vlan = some(seed) % 4096;
    m->item.ifindex = some(seed) % 4;
    m->item.ip_options.len = some(seed) % 8 == 0 ? some(seed) % 40 : 0;
    m->item.tcp_options.len = some(seed) % 2 == 0 ? some(seed) % 40 : 0;
    m->o.captured_len = (uint16_t)(some(seed) % 2 == 0 ? some(seed) % 256 : 0);
    m->o.payload_len = m->o.captured_len + (some(seed) % 30 == 0 ? some(seed) : 0);
    for (size_t i = 0; i < sizeof(m->payload); i++) {
        m->payload[i] = (uint8_t)some(seed);
        m->tcp_options[i % 40] = (uint8_t)some(seed);
    }
    uint32_t kind = some(seed) % 16;
    if (kind == 0) {
        random_log(m, seed);
        m->o.captured_len = 0;
        m->o.payload_len = 0;
        m->item.ip_options.len = 0;
        m->item.tcp_options.len = 0;
    } else if (kind == 1) {
        random_quote(m, seed);
    } else if (kind == 2) {
        m->o.type = OBS_FLOW;
        m->item.packets = some(seed) % 2 == 0 ? UINT64_C(1) << 40 : some(seed);
        m->item.octets = (uint64_t)some(seed) << 20;
        m->item.duration_ns = (int64_t)some(seed) * 1000;
    } else if (kind < 6) {
        m->o.proto = PROTO_UDP;
        m->o.tcp_flags = 0;
        m->o.icmp_code = 0;
    } else if (kind == 6) {
        m->o.flags |= OBS_FRAGMENT | OBS_LATER;
        m->o.flags &= (uint16_t)~OBS_L4;
        m->o.frag_units = (uint16_t)(some(seed) % 8192);
    }
}

/* Where sealed segments end up. */
enum { SEGMENTS_MAX = 4096 };

struct sealed {
    struct evidence_segment *s[SEGMENTS_MAX];
    size_t n;
    uint64_t seed;
    struct evidence_secret k_epoch;
    struct evidence_opening_key opening;
    struct evidence_sealer *sealer;
};

static inline enum status sealed_random(void *ctx, void *ret, size_t n)
{
    struct sealed *s = ctx;
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)ret)[i] = (uint8_t)some(&s->seed);
    }
    return ST_OK;
}

static inline enum status sealed_fresh(void *ctx, uint64_t seq, uint8_t segid[EVIDENCE_ID_BYTES],
                                       struct evidence_secret *k)
{
    (void)seq;
    TRY(sealed_random(ctx, segid, EVIDENCE_ID_BYTES));
    return sealed_random(ctx, k->b, sizeof(k->b));
}

static inline enum status sealed_epoch(void *ctx, int64_t time_ns, uint64_t *ret,
                                       struct evidence_secret *k)
{
    struct sealed *s = ctx;
    *ret = time_ns < 0 ? 0 : (uint64_t)(time_ns / (86400 * SECOND_NS));
    *k = s->k_epoch;
    k->b[0] = (uint8_t)*ret;
    return ST_OK;
}

static inline enum status sealed_closed(void *ctx, struct evidence_segment *seg)
{
    struct sealed *s = ctx;
    if (s->n == SEGMENTS_MAX) {
        evidence_segment_free(seg);
        return ST_LIMIT;
    }
    s->s[s->n++] = seg;
    return ST_OK;
}

static inline struct evidence_sealer_config sealed_config(struct sealed *s, enum evidence_kind kind,
                                                          uint64_t seed)
{
    *s = (struct sealed){.seed = seed};
    uint8_t key[32] = {1};
    evidence_opening_key_make(key, &s->opening);
    CHECK(sealed_random(s, s->k_epoch.b, sizeof(s->k_epoch.b)) == ST_OK);
    struct evidence_sealer_config c = {
        .party = "cert-a.example",
        .sensor = "cert-a.example/border",
        .kind = kind,
        .nets = sample_nets(),
        .declared = true,
        .keep = true,
        .payload = HEADER_PAYLOAD_ALL,
        .idle_ns = 60 * SECOND_NS,
        .ctx = s,
        .random = sealed_random,
        .fresh = sealed_fresh,
        .epoch = sealed_epoch,
        .closed = sealed_closed,
    };
    memcpy(c.opening_pub, s->opening.pub, 32);
    return c;
}

static inline void sealed_fini(struct sealed *s)
{
    evidence_sealer_free(s->sealer);
    s->sealer = NULL;
    for (size_t i = 0; i < s->n; i++) {
        evidence_segment_free(s->s[i]);
    }
    s->n = 0;
}

/* Count random items into one segment. */
static inline void sealed_make(struct sealed *s, uint64_t seed, uint32_t count, uint32_t remotes)
{
    struct evidence_sealer_config c = sealed_config(s, KIND_FILE, seed);
    struct made m;
    CHECK(evidence_sealer_new(&c, &s->sealer) == ST_OK);
    for (uint32_t i = 0; i < count; i++) {
        random_item(&m, &s->seed, remotes, START_NS + i * 1000);
        CHECK(evidence_sealer_add(s->sealer, made_item(&m)) == ST_OK);
    }
    CHECK(evidence_sealer_end(s->sealer, START_NS, END_CLOSED) == ST_OK);
}

static inline struct evidence_engine an_engine(void)
{
    struct evidence_engine e = {.sha = NULL};
    CHECK(evidence_engine_init(&e) == ST_OK);
    return e;
}
