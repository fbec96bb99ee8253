/* fuzz/fuzz_detect.c - observations made of bytes, through all detectors.
 *
 * The first byte holds options, then each record of 12 bytes is one
 * observation, or up to 64 that count on (see seeds_captures.py).
 * Properties: findings are sorted, inside the bounds of the input, and add up;
 * they do not depend on the size of batches or the seed of hash tables.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "detect/detect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORD = 12, OBSERVATIONS_MAX = 20000, LITTLE_MEMORY = 4 << 20, MESSAGE_MAX = 64 << 20 };
enum { OPT_EXPLAIN = 1, OPT_LITTLE_MEMORY = 2 };
enum kind { KIND_TCP, KIND_UDP, KIND_ICMP, KIND_ARP, KIND_SCTP, KIND_OTHER, KIND_SSH, KIND_WEB };

/* The input as observations; logs and quotes beside them. */
struct story {
    size_t n;
    struct observation obs[OBSERVATIONS_MAX];
    struct obs_quote quotes[OBSERVATIONS_MAX];
    struct obs_log logs[OBSERVATIONS_MAX];
    int64_t first_ns, last_ns;
    uint64_t packets, inner; /* packets: inner ones too */
    uint64_t lines, events;  /* events: what the lines stand for */
};

static struct story story;

static struct bytes word(unsigned n)
{
    static const char *const words[] = {"root",   "admin", "test", "guest",
                                        "oracle", "pi",    "git",  ""};
    const char *w = words[n % ARRAY_LEN(words)];
    return bytes_of(w, strlen(w));
}

static struct bytes path(unsigned n)
{
    static char paths[256][8];
    char *p = paths[n & 255];
    (void)snprintf(p, sizeof(paths[0]), "/p%u", n & 255);
    return bytes_of(p, strlen(p));
}

static void make_log(struct observation *o, struct obs_log *l, const uint8_t *r, unsigned step)
{
    static const uint16_t statuses[] = {0, 200, 301, 403, 404, 500, 404, 999};
    bool ssh = (r[0] & 7) == KIND_SSH;
    *l = (struct obs_log){
        .service = ssh ? LOG_SSH : LOG_WEB,
        .repeat = ssh ? 1U + r[11] % 7 : 1,
        .session = r[10],
        .host = BYTES_LITERAL("box"),
    };
    if (ssh) {
        l->outcome = (enum log_outcome)(r[6] % (LOG_NO_USER + 1));
        l->tally = r[7] & 1;
        l->weak = r[7] >> 1 & 1;
        l->user = (r[7] & 4) != 0 ? (struct bytes){0} : word(step);
        l->method = BYTES_LITERAL("password");
    } else {
        l->status = statuses[r[6] & 7];
        l->method = BYTES_LITERAL("GET");
        l->path = path(step + r[11]);
        l->agent = BYTES_LITERAL("agent/1");
    }
    o->type = OBS_LOG;
    o->proto = PROTO_TCP;
    o->log = l;
}

static void make_packet(struct observation *o, struct obs_quote *q, const uint8_t *r)
{
    static const uint8_t protos[] = {PROTO_TCP,  PROTO_UDP, PROTO_ICMP, PROTO_ARP,
                                     PROTO_SCTP, PROTO_GRE, PROTO_TCP,  PROTO_TCP};
    o->type = OBS_PACKET;
    o->proto = protos[r[0] & 7];
    o->flags = (uint16_t)(OBS_L4 | (r[7] & (OBS_FRAGMENT | OBS_LATER | OBS_MORE | OBS_DF)) |
                          ((r[7] & 0x40) != 0 ? OBS_INNER : 0));
    if ((o->flags & (OBS_LATER | OBS_MORE)) != 0) {
        o->flags |= OBS_FRAGMENT;
    }
    if ((o->flags & OBS_LATER) != 0) {
        o->flags &= (uint16_t)~OBS_L4;
    }
    o->payload_len = r[11];
    o->wire_len = 54U + r[11];
    o->ttl = 64;
    o->window = 1024;
    o->seq = (uint32_t)r[10] * 65537U;
    o->ip_id = r[10] == 7 ? 54321 : r[10];
    if (o->proto == PROTO_ARP) {
        o->flags = OBS_ARP | OBS_L4;
    } else if (o->proto == PROTO_ICMP && (r[7] & 0x80) != 0 && r[6] == 3) {
        *q = (struct obs_quote){.src = o->dst,
                                .dst = o->src,
                                .src_port = 40000,
                                .dst_port = o->dst_port,
                                .proto = PROTO_UDP,
                                .has_ports = true};
        o->quote = q;
        o->flags |= OBS_QUOTED;
    }
}

static struct addr host(unsigned n, bool v6)
{
    uint8_t raw[16] = {0x20, 0x01, 0x0d, 0xb8};
    store_be32(raw + 12, n);
    return v6 ? addr_from_v6(raw) : addr_from_v4(0x0a000000U + n * 7);
}

/* Steps from 1 microsecond to some half an hour, now and then backwards. */
static int64_t next_time(int64_t now, uint8_t step)
{
    int64_t by = (INT64_C(1) << (step & 31)) * 1000;
    return (step & 0x80) != 0 ? now - by : now + by;
}

static void make_story(const uint8_t *data, size_t size)
{
    int64_t now = INT64_C(1700000000000000000);
    story.n = story.packets = story.inner = 0;
    story.lines = story.events = 0;
    for (size_t at = 0; at + RECORD <= size; at += RECORD) {
        const uint8_t *r = data + at;
        unsigned often = 1U + (r[9] & 63);
        for (unsigned k = 0; k < often && story.n < OBSERVATIONS_MAX; k++) {
            struct observation *o = &story.obs[story.n];
            unsigned mode = r[9] >> 6;
            bool v6 = (r[0] & 8) != 0;
            now = next_time(now, r[8]);
            *o = (struct observation){.time_ns = now, .pos = pos_make(0, story.n)};
            o->src = host(r[1] + (mode == 3 ? k << 8 | at / RECORD : 0), v6);
            o->dst = host(0x10000U + r[2] + (mode == 2 ? k + at / RECORD * 64 : 0), v6);
            o->src_port = (r[0] & 16) != 0 ? r[11] : (uint16_t)(40000 + r[5]);
            o->dst_port = (uint16_t)(load_be16(r + 3) + (mode == 1 ? k + at / RECORD * 64 : 0));
            o->tcp_flags = r[6];
            if ((r[0] & 7) >= KIND_SSH) {
                make_log(o, &story.logs[story.n], r, mode == 1 ? k : 0);
            } else {
                make_packet(o, &story.quotes[story.n], r);
            }
            o->flags |= v6 ? OBS_V6 : 0;
            story.lines += o->type == OBS_LOG;
            story.events += o->type == OBS_LOG ? o->log->repeat : 0;
            story.packets += o->type == OBS_PACKET;
            story.inner += (o->flags & OBS_INNER) != 0;
            story.first_ns = story.n == 0 || now < story.first_ns ? now : story.first_ns;
            story.last_ns = story.n == 0 || now > story.last_ns ? now : story.last_ns;
            story.n++;
        }
    }
}

static void feed(struct detect *d, size_t batch_n)
{
    static struct obs_batch batch;
    for (size_t at = 0; at < story.n; at += batch.n) {
        batch.n = 0; /* of one type, as one input gives them */
        while (batch.n < batch_n && at + batch.n < story.n &&
               story.obs[at + batch.n].type == story.obs[at].type) {
            batch.obs[batch.n] = story.obs[at + batch.n];
            batch.n++;
        }
        assert(detect_feed(d, &batch) == ST_OK);
    }
}

static void check_one(const struct finding *f)
{
    assert(f->kind[0] != '\0' && strchr(f->definition, '/') != NULL);
    assert(strlen(f->id) == FINDING_ID_MAX - 1);
    assert(f->when.first_ns <= f->when.last_ns);
    assert(f->when.first_ns >= story.first_ns && f->when.last_ns <= story.last_ns);
    assert(pos_offset(f->when.first_pos) < story.n && pos_offset(f->when.last_pos) < story.n);
    assert((f->flags & FINDING_LOG) != 0 ? f->packets <= story.events
                                         : f->packets <= story.packets);
    assert(f->packets > 0);
    assert(f->targets <= story.n && f->sources <= story.n);
    assert(f->port_n <= FINDING_PORTS_MAX && f->target_n <= FINDING_SAMPLE_MAX);
    assert(f->has_initiator || f->has_victim || (f->flags & FINDING_MANY) != 0);
    for (size_t i = 1; i < f->port_n; i++) {
        assert(f->port_list[i - 1] < f->port_list[i]);
    }
}

/* All findings, as the messages that they would be. */
static void run(const struct detect_options *opt, size_t batch_n, struct buf *out)
{
    struct detect *d = NULL;
    struct remark_list remarks = {0};
    const struct finding_list *found = NULL;
    struct summary sum;
    assert(detect_new(opt, &d) == ST_OK);
    feed(d, batch_n);
    assert(detect_finish(d, &remarks, &found, &sum) == ST_OK);
    assert(sum.packets == story.packets - story.inner && sum.lines == story.lines);
    assert(sum.tcp + sum.udp + sum.icmp + sum.arp + sum.other == story.packets);
    buf_init(out, MESSAGE_MAX);
    for (size_t i = 0; i < found->n; i++) {
        check_one(found->items[i]);
        assert(i == 0 || finding_compare(found->items[i - 1], found->items[i]) <= 0);
        finding_put(out, found->items[i]);
    }
    sum.peak_bytes = 0; /* tables grow by what falls together */
    summary_put(out, &sum);
    assert(out->failed == ST_OK);
    detect_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct definition_set rules;
    uint8_t options = size > 0 ? data[0] : 0;
    const char *name = definition_set_builtin_name(options >> 2 & 3);
    struct detect_options opt = {
        .definitions = &rules,
        .seed = 1,
        .explain = (options & OPT_EXPLAIN) != 0,
        .memory_bytes = (options & OPT_LITTLE_MEMORY) != 0 ? LITTLE_MEMORY : 0,
    };
    assert(definition_set_builtin(name ? name : "default", &rules) == ST_OK);
    make_story(size > 0 ? data + 1 : data, size > 0 ? size - 1 : 0);
    struct buf one, two;
    run(&opt, OBS_BATCH_MAX, &one);
    if (opt.memory_bytes == 0) {
        opt.seed = UINT64_C(0x9e3779b97f4a7c15);
        run(&opt, 7, &two);
        assert(bytes_equal(buf_bytes(&one), buf_bytes(&two)));
        buf_fini(&two);
    }
    buf_fini(&one);
    return 0;
}
