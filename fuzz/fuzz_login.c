/* fuzz/fuzz_login.c - connections to login services, made of bytes.
 *
 * The input is a script. The first byte chooses a service; then each record
 * has a byte that says who sends what on which of eight connections, one that
 * moves time or the sequence number, one for the length, and the payload.
 * Properties: the same in one batch or many and with any hash seed; numbers of
 * a finding agree with each other and with what was fed; a finding of
 * guessing has more failures than the definition asks; memory is bounded.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "base/model/login.h"
#include "detect/login/login.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONNECTIONS = 8, MEMORY_MOST = 64 << 20 };

struct told {
    struct finding_list findings;
    struct login_stats stats;
    uint64_t packets;
};

struct script {
    struct cursor in;
    uint16_t port;
    int64_t now_ns;
    uint64_t pos;
    uint32_t seq[CONNECTIONS][2];
};

static bool next_packet(struct script *s, struct observation *o)
{
    static const uint8_t flags[] = {TCP_ACK, TCP_SYN, TCP_SYN | TCP_ACK, TCP_FIN | TCP_ACK,
                                    TCP_RST, TCP_ACK, TCP_ACK,           TCP_ACK};
    uint8_t what = cursor_u8(&s->in);
    uint8_t how = cursor_u8(&s->in);
    size_t len = cursor_u8(&s->in);
    if (s->in.failed) {
        return false;
    }
    unsigned c = what & 7;
    bool server = (what & 8) != 0;
    struct bytes text = cursor_take(&s->in, len < cursor_left(&s->in) ? len : cursor_left(&s->in));
    s->now_ns += (how & 0xf0) == 0xf0 ? 3601 * TIME_SECOND : (how >> 4) * 1000000;
    if ((how & 3) == 3) {
        s->seq[c][server] += how; /* a gap, or a step back */
    }
    uint32_t cut = (how & 3) == 2 ? how : 0;
    *o = (struct observation){
        .time_ns = s->now_ns,
        .pos = s->pos++,
        .src = addr_from_v4(server ? 100 : 1 + (c & 1)),
        .dst = addr_from_v4(server ? 1 + (c & 1) : 100),
        .src_port = server ? s->port : (uint16_t)(40000 + c),
        .dst_port = server ? (uint16_t)(40000 + c) : s->port,
        .flags = OBS_L4,
        .type = OBS_PACKET,
        .proto = PROTO_TCP,
        .tcp_flags = flags[what >> 4 & 7],
        .seq = s->seq[c][server],
        .wire_len = (uint32_t)text.len + cut + 54,
        .payload = text.len > 0 ? text.data : NULL,
        .captured_len = (uint16_t)text.len,
        .payload_len = (uint32_t)text.len + cut,
    };
    s->seq[c][server] += o->payload_len + ((o->tcp_flags & (TCP_SYN | TCP_FIN)) != 0);
    return true;
}

/* False without memory, which is no matter here. */
static bool run(const struct definition_set *set, struct bytes in, size_t batch_max, uint64_t seed,
                struct told *t)
{
    static struct obs_batch batch;
    struct script s = {.in = cursor_of(in), .now_ns = 1600000000 * TIME_SECOND};
    struct login_options opt = {.definitions = set, .findings = &t->findings, .seed = seed};
    struct login *l;
    if (login_new(&opt, &l) != ST_OK) {
        return false;
    }
    s.port = *login_service_ports((enum login_service)(cursor_u8(&s.in) % LOGIN_SERVICES));
    enum status st = ST_OK;
    bool more = true;
    while (more && st == ST_OK) {
        batch.n = 0;
        while (batch.n < batch_max && (more = next_packet(&s, &batch.obs[batch.n]))) {
            batch.n++;
        }
        t->packets += batch.n;
        st = login_feed(l, &batch);
    }
    st = st == ST_OK ? login_finish(l) : st;
    t->stats = login_stats(l);
    login_free(l);
    return st == ST_OK;
}

static void check_finding(const struct told *t, const struct finding *f)
{
    assert(f->when.first_ns <= f->when.last_ns);
    assert(f->counted >= f->threshold);
    assert(f->packets <= t->packets);
    assert(f->attempts <= t->stats.refused + t->stats.accepted);
    assert(f->targets == 1 && f->port_n == 1 && f->has_victim);
    assert(strncmp(f->kind, "bruteforce.", 11) != 0 || f->attempts > 2 * f->accepted);
    assert(strncmp(f->kind, "access.", 7) != 0 || f->accepted > 0);
}

static void check_same(const struct told *a, const struct told *b)
{
    assert(a->findings.n == b->findings.n);
    assert(a->stats.refused == b->stats.refused && a->stats.accepted == b->stats.accepted);
    for (size_t i = 0; i < a->findings.n; i++) {
        const struct finding *x = a->findings.items[i];
        const struct finding *y = b->findings.items[i];
        assert(strcmp(x->id, y->id) == 0 && x->packets == y->packets);
        assert(x->attempts == y->attempts && x->users == y->users);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct definition_set set;
    if (set.n == 0 && definition_set_builtin("default", &set) != ST_OK) {
        return 0;
    }
    /* An exact-size copy, so that reading past the end is seen. */
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data, size);
    struct told one = {0};
    struct told many = {0};
    finding_list_init(&one.findings, 1 << 24);
    finding_list_init(&many.findings, 1 << 24);
    if (run(&set, bytes_of(copy, size), 1, 1, &one) &&
        run(&set, bytes_of(copy, size), OBS_BATCH_MAX, 77777, &many)) {
        finding_list_sort(&one.findings);
        finding_list_sort(&many.findings);
        check_same(&one, &many);
        for (size_t i = 0; i < one.findings.n; i++) {
            check_finding(&one, one.findings.items[i]);
        }
        assert(one.stats.peak_bytes < MEMORY_MOST);
    }
    finding_list_fini(&one.findings);
    finding_list_fini(&many.findings);
    free(copy);
    return 0;
}
