/* tests/unit/detect/synth.h - observations made up packet by packet or line by
 * line, and a run of the detectors over them.
 */
#pragma once

#include "base/core/timefmt.h"
#include "detect/below.h"
#include "detect/detect.h"
#include "test.h"

#define SYNTH_BEGIN (INT64_C(1700000000) * TIME_SECOND)

struct synth {
    struct observation *obs;
    struct obs_log *logs; /* of the same places */
    struct obs_quote *quotes;
    size_t n, cap;
};

static inline void synth_fini(struct synth *s)
{
    free(s->obs);
    free(s->logs);
    free(s->quotes);
    *s = (struct synth){0};
}

static inline struct observation *synth_add(struct synth *s, int64_t time_ns)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 256;
        s->obs = realloc(s->obs, s->cap * sizeof(*s->obs));
        s->logs = realloc(s->logs, s->cap * sizeof(*s->logs));
        s->quotes = realloc(s->quotes, s->cap * sizeof(*s->quotes));
        if (s->obs == NULL || s->logs == NULL || s->quotes == NULL) {
            abort();
        }
    }
    struct observation *o = &s->obs[s->n];
    *o =
        (struct observation){.time_ns = SYNTH_BEGIN + time_ns, .pos = pos_make(0, s->n * 100 + 24)};
    s->logs[s->n] = (struct obs_log){0};
    s->quotes[s->n] = (struct obs_quote){0};
    s->n++;
    return o;
}

static inline struct observation *synth_packet(struct synth *s, int64_t time_ns, uint8_t proto,
                                               uint32_t src, uint32_t dst)
{
    struct observation *o = synth_add(s, time_ns);
    o->type = OBS_PACKET;
    o->flags = OBS_L4;
    o->proto = proto;
    o->src = addr_from_v4(src);
    o->dst = addr_from_v4(dst);
    o->ttl = 50;
    o->wire_len = 60;
    return o;
}

/* From port 40000 (or `from`) of src to `port` of dst, or back. */
static inline struct observation *synth_tcp(struct synth *s, int64_t time_ns, uint32_t src,
                                            uint32_t dst, uint16_t port, uint8_t flags)
{
    struct observation *o = synth_packet(s, time_ns, PROTO_TCP, src, dst);
    o->src_port = 40000;
    o->dst_port = port;
    o->tcp_flags = flags;
    o->window = 64240;
    o->icmp_code = 5;
    o->seq = (uint32_t)s->n * 7919;
    return o;
}

static inline struct observation *synth_tcp_back(struct synth *s, int64_t time_ns, uint32_t src,
                                                 uint32_t dst, uint16_t port, uint8_t flags)
{
    struct observation *o = synth_tcp(s, time_ns, src, dst, 40000, flags);
    o->src_port = port;
    return o;
}

static inline struct observation *synth_udp(struct synth *s, int64_t time_ns, uint32_t src,
                                            uint32_t dst, uint16_t port)
{
    struct observation *o = synth_packet(s, time_ns, PROTO_UDP, src, dst);
    o->src_port = 40000;
    o->dst_port = port;
    o->payload_len = 20;
    return o;
}

static inline struct observation *synth_echo(struct synth *s, int64_t time_ns, uint32_t src,
                                             uint32_t dst)
{
    struct observation *o = synth_packet(s, time_ns, PROTO_ICMP, src, dst);
    o->tcp_flags = 8;
    return o;
}

/* A line of sshd; fill in more of *ret. */
static inline struct obs_log *synth_line(struct synth *s, int64_t time_ns, uint32_t src,
                                         uint32_t process, enum log_outcome outcome)
{
    struct observation *o = synth_add(s, time_ns);
    o->type = OBS_LOG;
    o->src = addr_from_v4(src);
    o->src_port = (uint16_t)(10000 + process);
    struct obs_log *l = &s->logs[s->n - 1];
    *l = (struct obs_log){.service = LOG_SSH,
                          .outcome = outcome,
                          .repeat = 1,
                          .session = process,
                          .tally = outcome == LOG_REFUSED ? LOG_TALLY_SSHD : LOG_TALLY_NONE,
                          .host = BYTES_LITERAL("server"),
                          .user = BYTES_LITERAL("root"),
                          .method = BYTES_LITERAL("password")};
    return l;
}

/* A run of the detectors; free with synth_run_fini. */
struct synth_run {
    struct definition_set set;
    struct detect *detect;
    struct remark_list remarks;
    const struct finding_list *findings;
    struct summary summary;
    size_t batch;        /* set before: observations of a batch; 0: as many as fit */
    size_t memory_bytes; /* set before */
    bool explain;        /* set before */
    uint64_t seed;       /* set before */
};

static inline void synth_run_fini(struct synth_run *r)
{
    detect_free(r->detect);
    r->detect = NULL;
}

static inline enum status synth_feed(struct synth_run *r, const struct synth *s, size_t from,
                                     size_t n)
{
    static struct obs_batch batch;
    batch.n = n;
    for (size_t i = 0; i < n; i++) {
        batch.obs[i] = s->obs[from + i];
        if (batch.obs[i].type == OBS_LOG) {
            batch.logs[i] = s->logs[from + i];
            batch.obs[i].log = &batch.logs[i];
        } else if ((batch.obs[i].flags & OBS_QUOTED) != 0) {
            batch.quotes[i] = s->quotes[from + i];
            batch.obs[i].quote = &batch.quotes[i];
        }
    }
    return detect_feed(r->detect, &batch);
}

static inline enum status synth_run_try(struct synth_run *r, const struct synth *s)
{
    struct detect_options opt = {.definitions = &r->set,
                                 .seed = r->seed,
                                 .memory_bytes = r->memory_bytes,
                                 .explain = r->explain};
    size_t step = r->batch ? r->batch : OBS_BATCH_MAX;
    TRY(detect_new(&opt, &r->detect));
    for (size_t i = 0; i < s->n; i += step) {
        TRY(synth_feed(r, s, i, s->n - i < step ? s->n - i : step));
    }
    return detect_finish(r->detect, &r->remarks, &r->findings, &r->summary);
}

static inline void synth_run(struct synth_run *r, const char *set, const struct synth *s)
{
    static const struct finding_list none;
    CHECK_INT(definition_set_builtin(set, &r->set), ST_OK);
    enum status st = synth_run_try(r, s);
    CHECK_INT(st, ST_OK);
    if (st != ST_OK) {
        r->findings = &none;
    }
}

/* How many findings of a definition ("zeek.scan.port/1"), or of a kind. */
static inline size_t synth_count(const struct synth_run *r, const char *name, bool below)
{
    size_t n = 0;
    for (size_t i = 0; i < r->findings->n; i++) {
        const struct finding *f = r->findings->items[i];
        n += (strcmp(f->definition, name) == 0 || strcmp(f->kind, name) == 0) &&
             ((f->flags & FINDING_BELOW) != 0) == below;
    }
    return n;
}

static inline const struct finding *synth_find(const struct synth_run *r, const char *name)
{
    for (size_t i = 0; i < r->findings->n; i++) {
        const struct finding *f = r->findings->items[i];
        if (strcmp(f->definition, name) == 0 || strcmp(f->kind, name) == 0) {
            return f;
        }
    }
    return NULL;
}
