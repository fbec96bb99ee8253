/* fuzz/fuzz_rest.c - segments at rest that somebody changed, or wrote for us.
 *
 * The first byte chooses: 0, the rest is a file; 1, the rest are changes to a
 * good file; 2, changes to a good private half, which is then encrypted as it
 * should be: the opening key's public half is no secret, so anybody could. A
 * change is an offset (u32) and a byte to put there; an odd count of bytes
 * behind them cuts that many off the end.
 *
 * Properties: what opens is the segment that its header says.
 */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "evidence/rest/rest.h"
#include "evidence/rest/rest_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct material {
    struct evidence_engine e;
    struct evidence_opening_key opening;
    struct evidence_secret key;
    struct buf file, private;
    size_t public_len;
};

static enum status count_up(void *ctx, void *ret, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)ret)[i] = (uint8_t)(i + 1);
    }
    return ST_OK;
}

static enum status fresh(void *ctx, uint64_t seq, uint8_t segid[EVIDENCE_ID_BYTES],
                         struct evidence_secret *k)
{
    (void)seq;
    TRY(count_up(ctx, segid, EVIDENCE_ID_BYTES));
    return count_up(ctx, k->b, sizeof(k->b));
}

static enum status epoch(void *ctx, int64_t time_ns, uint64_t *ret, struct evidence_secret *k)
{
    *ret = time_ns < 0 ? 1 : 0;
    return count_up(ctx, k->b, sizeof(k->b));
}

static enum status closed(void *ctx, struct evidence_segment *s)
{
    static const uint8_t nonce[REST_NONCE_BYTES] = {1};
    struct material *m = ctx;
    m->key = s->key;
    enum status st = evidence_rest_write(&m->e, s, nonce, &m->file);
    evidence_segment_free(s);
    return st;
}

static void add(struct evidence_sealer *s, uint32_t i)
{
    static const uint8_t text[] = "payload or a line";
    struct obs_log log = {.service = LOG_SSH, .repeat = 1, .session = i};
    struct observation o = {.time_ns = i,
                            .src = addr_from_v4(i % 3 == 0 ? 0xc6336401U + i : 0x0b000001U),
                            .dst = addr_from_v4(i % 3 == 0 ? 0x0b000002U : 0xc6336405U),
                            .type = i % 5 == 4   ? OBS_LOG
                                    : i % 5 == 3 ? OBS_FLOW
                                                 : OBS_PACKET,
                            .proto = PROTO_TCP,
                            .tcp_flags = TCP_SYN,
                            .wire_len = 60};
    struct evidence_item item = {.obs = &o, .packets = 1, .octets = 60};
    if (o.type == OBS_LOG) {
        o.tcp_flags = 0;
        o.log = &log;
        item.line = bytes_of(text, sizeof(text) - 1);
    } else if (o.type == OBS_PACKET && i % 2 == 0) {
        o.payload = text;
        o.captured_len = o.payload_len = 8;
        item.tcp_options = bytes_of(text, 4);
    }
    enum status st = evidence_sealer_add(s, &item);
    assert(st == ST_OK);
}

static void seal(struct material *m)
{
    struct evidence_sealer *s = NULL;
    struct evidence_sealer_config c = {.party = "a",
                                       .sensor = "file/0",
                                       .kind = KIND_FILE,
                                       .nets = {.rule = LOCAL_GIVEN, .n = 1},
                                       .keep = true,
                                       .payload = HEADER_PAYLOAD_ALL,
                                       .ctx = m,
                                       .random = count_up,
                                       .fresh = fresh,
                                       .epoch = epoch,
                                       .closed = closed};
    enum status st = prefix_parse(BYTES_LITERAL("198.51.100.0/24"), &c.nets.nets[0]);
    memcpy(c.opening_pub, m->opening.pub, sizeof(c.opening_pub));
    st = st == ST_OK ? evidence_sealer_new(&c, &s) : st;
    assert(st == ST_OK);
    for (uint32_t i = 0; i < 20; i++) {
        add(s, i);
    }
    st = evidence_sealer_end(s, 0, END_CLOSED);
    assert(st == ST_OK && m->file.len > 0);
    evidence_sealer_free(s);
}

static void set_up(struct material *m)
{
    static const uint8_t seed[32] = {3};
    struct evidence_rest r;
    struct fault why = {0};
    uint8_t key[REST_KEY_BYTES];
    unsigned long long n = 0;
    enum status st = evidence_engine_init(&m->e);
    assert(st == ST_OK);
    m->file = BUF_INIT(1 << 20);
    m->private = BUF_INIT(1 << 20);
    evidence_opening_key_make(seed, &m->opening);
    seal(m);
    st = evidence_rest_read(&m->e, buf_bytes(&m->file), &r, &why);
    assert(st == ST_OK);
    m->public_len = r.public_.len;
    bool room = buf_reserve(&m->private, r.sealed.len);
    assert(room);
    rest_key(&m->e, &m->key, key);
    int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(m->private.data, &n, NULL, r.sealed.data,
                                                        r.sealed.len, r.public_.data, r.public_.len,
                                                        r.nonce.data, key);
    assert(rc == 0);
    m->private.len = (size_t)n;
}

static void try_open(struct material *m, struct bytes file, bool changed)
{
    struct evidence_rest r;
    struct evidence_segment *s = NULL;
    struct fault why = {0};
    enum status st = evidence_rest_read(&m->e, file, &r, &why);
    if (st == ST_OK) {
        struct prefix all = {.len = 0};
        assert(evidence_rest_count(&r, &all) == r.header.records);
        st = evidence_rest_open(&m->e, &r, &m->opening, 7, &s, &why);
    }
    assert(st == ST_OK || why.field != NULL || st == ST_NOMEM);
    assert(st != ST_OK || !changed); /* nothing else gives that root */
    assert(st != ST_OK || s->count == r.header.records);
    evidence_segment_free(s);
}

/* On a copy of exact size; *changed: it is not what it was. */
static uint8_t *edited(const struct buf *from, struct bytes edits, size_t *ret_len, bool *changed)
{
    size_t len = from->len, cut = edits.len % 5;
    uint8_t *copy = malloc(len);
    assert(copy != NULL);
    memcpy(copy, from->data, len);
    for (size_t i = 0; i + 5 <= edits.len; i += 5) {
        copy[load_be32(edits.data + i) % len] = edits.data[i + 4];
    }
    *changed = cut > 0 || memcmp(copy, from->data, len) != 0;
    *ret_len = len - cut;
    uint8_t *exact = realloc(copy, len - cut);
    return exact != NULL ? exact : copy;
}

/* A private half of anybody's making. */
static void open_private(struct material *m, struct bytes edits)
{
    static const uint8_t nonce[REST_NONCE_BYTES] = {9};
    uint8_t key[REST_KEY_BYTES];
    size_t len;
    bool changed;
    uint8_t *text = edited(&m->private, edits, &len, &changed);
    size_t all = m->public_len + REST_NONCE_BYTES + len + REST_TAG_BYTES;
    uint8_t *file = malloc(all);
    unsigned long long n = 0;
    assert(file != NULL);
    memcpy(file, m->file.data, m->public_len);
    store_be64(file + 12, len + REST_TAG_BYTES);
    memcpy(file + m->public_len, nonce, sizeof(nonce));
    rest_key(&m->e, &m->key, key);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(file + m->public_len + REST_NONCE_BYTES, &n,
                                                     text, len, file, m->public_len, NULL, nonce,
                                                     key); /* always 0 */
    try_open(m, bytes_of(file, all), changed);
    free(text);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct material m;
    if (m.file.len == 0) {
        set_up(&m);
    }
    if (size == 0 || data[0] == 0) {
        uint8_t *copy = malloc(size);
        assert(copy != NULL || size == 0);
        if (size > 1) {
            memcpy(copy, data + 1, size - 1);
        }
        try_open(&m, bytes_of(copy, size > 1 ? size - 1 : 0), true);
        free(copy);
    } else if (data[0] == 1) {
        size_t len;
        bool changed;
        uint8_t *file = edited(&m.file, bytes_of(data + 1, size - 1), &len, &changed);
        try_open(&m, bytes_of(file, len), changed);
        free(file);
    } else {
        open_private(&m, bytes_of(data + 1, size - 1));
    }
    return 0;
}
