/* evidence/selftest.c - one packet sealed, and its keys boxed and opened. */
#include "evidence/selftest.h"

#include <string.h>

#include "evidence/segment.h"

/* FIPS 197, C.1. */
static bool aes_good(bool fast)
{
    /* clang-format off */
    static const uint8_t want[AES128_BYTES] = {
        0x69,0xc4,0xe0,0xd8,0x6a,0x7b,0x04,0x30,0xd8,0xcd,0xb7,0x80,0x70,0xb4,0xc5,0x5a};
    /* clang-format on */
    uint8_t key[AES128_BYTES], block[AES128_BYTES], back[AES128_BYTES];
    struct aes128 k;
    for (int i = 0; i < AES128_BYTES; i++) {
        key[i] = (uint8_t)i;
        block[i] = (uint8_t)(i * 0x11);
    }
    uint8_t out[AES128_BYTES];
    aes128_init(&k, key, fast);
    aes128_encrypt(&k, block, out, 1);
    aes128_fini(&k);
    aes128_decrypt(key, out, back);
    return memcmp(out, want, sizeof(want)) == 0 && memcmp(back, block, sizeof(block)) == 0;
}

static enum status fill(void *ctx, void *ret, size_t n)
{
    (void)ctx;
    memset(ret, 4, n);
    return ST_OK;
}

static enum status fresh(void *ctx, uint64_t seq, uint8_t segid[EVIDENCE_ID_BYTES],
                         struct evidence_secret *k)
{
    (void)ctx;
    (void)seq;
    memset(segid, 3, EVIDENCE_ID_BYTES);
    memset(k->b, 1, sizeof(k->b));
    return ST_OK;
}

static enum status epoch(void *ctx, int64_t time_ns, uint64_t *ret, struct evidence_secret *k)
{
    (void)ctx;
    (void)time_ns;
    *ret = 0;
    memset(k->b, 2, sizeof(k->b));
    return ST_OK;
}

static enum status closed(void *ctx, struct evidence_segment *s)
{
    struct evidence_segment **ret = ctx;
    if (*ret != NULL) {
        evidence_segment_free(s);
        return ST_MISMATCH; /* one packet is in one segment */
    }
    *ret = s;
    return ST_OK;
}

static enum status seal(struct evidence_sealer *sealer)
{
    const struct observation o = {.time_ns = INT64_C(1795415021000000000),
                                  .src = addr_from_v4(0x0b000001),
                                  .dst = addr_from_v4(0xc6336407),
                                  .src_port = 40000,
                                  .dst_port = 23,
                                  .type = OBS_PACKET,
                                  .proto = PROTO_TCP,
                                  .flags = OBS_L4,
                                  .tcp_flags = TCP_SYN,
                                  .icmp_code = 5,
                                  .ttl = 57,
                                  .wire_len = 60,
                                  .seq = 0xc6336407,
                                  .window = 5840,
                                  .ip_id = 1};
    const struct evidence_item item = {.obs = &o};
    TRY(evidence_sealer_add(sealer, &item));
    return evidence_sealer_end(sealer, 0, END_CLOSED);
}

/* The root is of all of it; the box is random inside, so it is opened. */
static enum status judge(const struct evidence_segment *s, const struct evidence_opening_key *key,
                         struct fault *why)
{
    /* clang-format off */
    static const uint8_t root[DIGEST_BYTES] = {
        0x73,0xb9,0xe4,0x68,0xc6,0x96,0xf6,0xbf,0x3a,0x08,0xc0,0x19,0x1c,0x93,0x94,0xc2,
        0x78,0x9c,0x3f,0x09,0xe4,0x9f,0x79,0x1a,0xdd,0x5b,0x8c,0x1d,0x1f,0xa1,0x66,0x80};
    /* clang-format on */
    struct evidence_secret k;
    if (memcmp(s->header.root.b, root, sizeof(root)) != 0) {
        return fault_at(why, ST_MISMATCH, 0, "segment (docs/FORMATS.md, S9)");
    }
    if (evidence_box_open(&s->box, s->header.segid, key, &k) != ST_OK ||
        memcmp(k.b, s->key.b, sizeof(k.b)) != 0) {
        return fault_at(why, ST_MISMATCH, 0, "sealed box (libsodium)");
    }
    return ST_OK;
}

static enum status segment(struct fault *why)
{
    static const uint8_t seed[32] = {5};
    struct evidence_segment *s = NULL;
    struct evidence_sealer *sealer = NULL;
    struct evidence_opening_key key;
    struct evidence_sealer_config c = {.party = "vector",
                                       .sensor = "vector",
                                       .kind = KIND_FILE,
                                       .payload = HEADER_PAYLOAD_ALL,
                                       .ctx = &s,
                                       .random = fill,
                                       .fresh = fresh,
                                       .epoch = epoch,
                                       .closed = closed};
    c.nets = (struct local_nets){.rule = LOCAL_GIVEN, .n = 1};
    TRY(prefix_parse(BYTES_LITERAL("198.51.100.0/24"), &c.nets.nets[0]));
    evidence_opening_key_make(seed, &key);
    memcpy(c.opening_pub, key.pub, sizeof(key.pub));
    TRY(evidence_sealer_new(&c, &sealer));
    enum status st = seal(sealer);
    st = st != ST_OK || s == NULL ? fault_at(why, st == ST_OK ? ST_MISMATCH : st, 0, "segment")
                                  : judge(s, &key, why);
    evidence_sealer_free(sealer);
    evidence_segment_free(s);
    return st;
}

enum status evidence_selftest(const char **ret_how, struct fault *why)
{
    struct evidence_engine e;
    enum status st = evidence_engine_init(&e);
    if (st != ST_OK) {
        return fault_at(why, st, 0, "SHA-256");
    }
    if (!aes_good(false) || (e.aes && !aes_good(true))) {
        return fault_at(why, ST_MISMATCH, 0, "AES-128 (FIPS 197)");
    }
    TRY(segment(why));
    *ret_how = e.sha->name;
    return ST_OK;
}
