/* detect/peer/snort.c - the port_scan inspector of Snort 3.
 *
 * Two trackers for a packet, one of the host that scans and one of the host
 * that is scanned, each by protocol. A tracker's window begins with the first
 * probe after the window before, and all counters begin anew with it. `nets`
 * and `ports` are how often the other host or the port was another than that
 * of the probe before: not how many there were. That is Snort's rule, and so
 * it is counted here. It alerts once for each window.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "detect/peer/keyed.h"
#include "detect/peer/rules.h"

enum shape { SHAPE_PORTS = 1, SHAPE_DECOY, SHAPE_SWEEP, SHAPE_DIST, SHAPE_COUNT };
enum proto { P_TCP, P_UDP, P_IP, P_ICMP, P_COUNT };

struct levels { /* `scans` of 0: no alert without refusals */
    uint16_t scans, rejects, nets, ports;
};

/* lua/snort_defaults.lua: default_low_port_scan, _med_ and _hi_. */
/* clang-format off */
static const struct levels levels[3][P_COUNT][SHAPE_COUNT] = {
    { /* low */
        [P_TCP] = {{0}, {0, 5, 25, 5}, {0, 15, 50, 30}, {0, 5, 5, 15}, {0, 15, 50, 15}},
        [P_UDP] = {{0}, {0, 5, 25, 5}, {0, 15, 50, 30}, {0, 5, 5, 15}, {0, 15, 50, 15}},
        [P_IP] = {{0}, {0, 10, 10, 50}, {0, 40, 50, 25}, {0, 10, 10, 10}, {0, 15, 25, 50}},
        [P_ICMP] = {[SHAPE_SWEEP] = {0, 5, 5, 5}},
    },
    { /* medium */
        [P_TCP] = {{0}, {200, 10, 60, 15}, {200, 30, 120, 60}, {30, 7, 7, 10}, {200, 30, 120, 30}},
        [P_UDP] = {{0}, {200, 10, 60, 15}, {200, 30, 120, 60}, {30, 5, 5, 20}, {200, 30, 120, 30}},
        [P_IP] = {{0}, {200, 10, 10, 50}, {200, 40, 50, 25}, {30, 10, 10, 10}, {200, 15, 25, 50}},
        [P_ICMP] = {[SHAPE_SWEEP] = {20, 5, 5, 5}},
    },
    { /* high */
        [P_TCP] = {{0}, {200, 5, 100, 10}, {200, 7, 200, 60}, {30, 3, 3, 10}, {200, 5, 200, 10}},
        [P_UDP] = {{0}, {200, 3, 100, 10}, {200, 7, 200, 60}, {30, 3, 3, 10}, {200, 3, 200, 10}},
        [P_IP] = {{0}, {200, 3, 3, 10}, {200, 7, 15, 5}, {30, 3, 3, 7}, {200, 3, 11, 10}},
        [P_ICMP] = {[SHAPE_SWEEP] = {10, 3, 3, 5}},
    },
};
/* clang-format on */

struct tracker { /* key: host, nobody, protocol << 1 | whether it scans */
    struct keyed_item item;
    bool alerted, has_last;
    int64_t window_s; /* its last second */
    uint32_t scans, rejects, nets, ports;
    struct addr last_host, other; /* other: the first of the window */
    uint16_t last_port;
    uint64_t packets;
    struct extent when;
};

enum session_state { SESSION_ASKED, SESSION_ANSWERED, SESSION_OPEN, SESSION_CLOSED };

struct session { /* key: client, server, protocol and ports */
    struct keyed_item item;
    uint8_t state; /* enum session_state */
    int64_t last_ns;
};

struct alert { /* key: who scans, who is scanned (or nobody), protocol, shape, filtered */
    struct keyed_item item;
    struct finding *finding;
};

struct snort_scan {
    const struct definition *rules[SHAPE_COUNT]; /* NULL: not looked for */
    const struct levels (*levels)[SHAPE_COUNT];
    int64_t window_s;
    struct finding_list *findings;
    struct below *below;
    int64_t clock_ns;
    struct keyed trackers, sessions, alerts;
};

/* What a packet does to the counters of both hosts. */
struct step {
    enum proto proto;
    struct addr scanner, scanned;
    uint16_t port;
    int scan;        /* +1: a probe; -1: it was a connection */
    bool reject;     /* refused, or unreachable */
    bool no_scanned; /* ICMP: nothing is kept of who is scanned */
};

static const char *proto_name(enum proto p)
{
    static const char *const names[P_COUNT] = {"tcp", "udp", "ip", "icmp"};
    return names[p];
}

/* --- deciding ------------------------------------------------------------- */

struct part { /* of a rule */
    const char *counter;
    uint64_t counted, threshold;
};

/* The counter that came last to its threshold, or is farthest from it. */
static struct part deciding(const struct part *parts, size_t n)
{
    struct part least = parts[0];
    for (size_t i = 1; i < n; i++) {
        if (parts[i].counted * least.threshold < least.counted * parts[i].threshold) {
            least = parts[i];
        }
    }
    return least;
}

static struct part judge_tracker(const struct tracker *t, const struct levels *l, enum shape shape,
                                 bool filtered)
{
    struct part parts[3] = {
        filtered ? (struct part){"probes less connections", t->scans, l->scans}
                 : (struct part){"refusals", t->rejects, l->rejects},
    };
    size_t n = 1;
    if (shape != SHAPE_PORTS) {
        parts[n++] = (struct part){"changes of the other host", t->nets, l->nets};
    }
    if (shape != SHAPE_SWEEP) {
        parts[n++] = (struct part){"changes of port", t->ports, l->ports};
    }
    return deciding(parts, n);
}

/* What a rule asks not to be passed. */
static bool within(const struct tracker *t, const struct levels *l, enum shape shape)
{
    if (shape == SHAPE_PORTS) {
        return t->nets < l->nets;
    }
    return shape != SHAPE_SWEEP || t->ports <= l->ports;
}

/* What a rule asks of the host at the other end. */
static bool other_fits(const struct tracker *scanner, const struct levels *l, enum shape shape,
                       bool filtered)
{
    switch (shape) {
    case SHAPE_PORTS:
        return filtered || scanner->rejects >= l->rejects;
    case SHAPE_DECOY:
        return scanner->ports >= l->ports;
    case SHAPE_DIST:
        return scanner->ports <= l->ports;
    default:
        return true;
    }
}

static const char *technique(enum shape shape, bool filtered)
{
    static const char *const words[SHAPE_COUNT][2] = {
        [SHAPE_PORTS] = {"portscan", "filtered-portscan"},
        [SHAPE_DECOY] = {"decoy-portscan", "filtered-decoy"},
        [SHAPE_SWEEP] = {"portsweep", "filtered-portsweep"},
        [SHAPE_DIST] = {"distributed", "filtered-distributed"},
    };
    return words[shape][filtered];
}

struct hit {
    enum shape shape;
    bool filtered;
    const struct step *step;
    const struct tracker *tracker;
    struct part part;
};

static void describe(const struct hit *h, struct finding *f)
{
    const struct tracker *t = h->tracker;
    bool many = h->shape == SHAPE_DECOY || h->shape == SHAPE_DIST;
    finding_words(f, technique(h->shape, h->filtered), proto_name(h->step->proto));
    f->flags |= many ? FINDING_MANY : 0;
    f->has_initiator = !many;
    f->has_victim = h->shape != SHAPE_SWEEP;
    if (f->has_initiator) {
        f->initiator = h->step->scanner;
    }
    if (f->has_victim) {
        f->victim = h->step->scanned;
        f->target_n = 1;
        f->target_sample[0] = f->victim;
    }
    f->when = t->when;
    f->packets = t->packets;
    f->refused = t->rejects;
    f->targets = h->shape == SHAPE_SWEEP ? t->nets : 1;
    f->ports = t->ports;
    f->pairs = t->scans;
    f->flags |= t->rejects == 0 ? FINDING_ONE_WAY : 0;
    finding_decide(f, h->part.counter, h->part.counted, (int64_t)h->part.threshold);
}

static enum status tell(struct snort_scan *s, const struct hit *h)
{
    bool sweep = h->shape == SHAPE_SWEEP;
    bool many = h->shape == SHAPE_DECOY || h->shape == SHAPE_DIST;
    static const struct addr nobody;
    struct keyed_key key = {.a = many ? nobody : h->step->scanner,
                            .b = sweep ? nobody : h->step->scanned,
                            .n = (uint64_t)h->step->proto << 8 | (unsigned)h->shape << 1 |
                                 h->filtered};
    void *item;
    bool is_new;
    TRY(keyed_touch(&s->alerts, &key, &item, &is_new));
    struct alert *a = item;
    if (a->finding != NULL) { /* the alert of a window after */
        extent_join(&a->finding->when, &h->tracker->when);
        a->finding->packets += h->tracker->packets;
        return ST_OK;
    }
    a->finding = finding_list_begin(s->findings, s->rules[h->shape]);
    if (a->finding == NULL) {
        return ST_NOMEM;
    }
    describe(h, a->finding);
    return finding_identify(a->finding);
}

static enum status try_shape(struct snort_scan *s, const struct step *step, enum shape shape,
                             struct tracker *scanner, struct tracker *scanned, bool *ret_hit)
{
    struct tracker *t = shape == SHAPE_SWEEP ? scanner : scanned;
    const struct levels *l = &s->levels[step->proto][shape];
    if (s->rules[shape] == NULL || t == NULL || t->alerted || l->rejects == 0 ||
        !within(t, l, shape)) {
        return ST_OK;
    }
    for (unsigned filtered = 0; filtered < 2; filtered++) {
        struct part p = judge_tracker(t, l, shape, filtered);
        if ((filtered && l->scans == 0) || p.counted < p.threshold ||
            !other_fits(scanner, l, shape, filtered)) {
            continue;
        }
        struct hit h = {shape, filtered, step, t, p};
        t->alerted = *ret_hit = true;
        return tell(s, &h);
    }
    return ST_OK;
}

static enum status evaluate(struct snort_scan *s, const struct step *step, struct tracker *scanner,
                            struct tracker *scanned)
{
    static const enum shape tcp_order[] = {SHAPE_PORTS, SHAPE_DECOY, SHAPE_SWEEP, SHAPE_DIST};
    bool hit = false;
    for (size_t i = 0; i < ARRAY_LEN(tcp_order) && !hit; i++) {
        TRY(try_shape(s, step, tcp_order[i], scanner, scanned, &hit));
    }
    return ST_OK;
}

/* --- trackers ------------------------------------------------------------- */

/* A window without an alert is over. */
static enum status miss(struct snort_scan *s, const struct tracker *t)
{
    bool scans = (t->item.key.n & 1) != 0;
    enum shape shape = scans ? SHAPE_SWEEP : SHAPE_PORTS;
    enum proto proto = (enum proto)(t->item.key.n >> 1);
    const struct levels *l = &s->levels[proto][shape];
    if (s->below == NULL || s->rules[shape] == NULL || t->packets == 0 || t->alerted ||
        l->rejects == 0 || !within(t, l, shape)) {
        return ST_OK;
    }
    struct step step = {.proto = proto,
                        .scanner = scans ? t->item.key.a : t->other,
                        .scanned = scans ? t->other : t->item.key.a};
    struct hit h = {shape, false, &step, t, judge_tracker(t, l, shape, false)};
    struct part filtered = judge_tracker(t, l, shape, true);
    if (l->scans > 0 && filtered.counted * h.part.threshold > h.part.counted * filtered.threshold) {
        h.filtered = true;
        h.part = filtered;
    }
    if (!below_is_near(h.part.counted, (int64_t)h.part.threshold)) {
        return ST_OK;
    }
    struct finding f = {0};
    (void)definition_full_name(s->rules[shape], f.definition);
    memcpy(f.kind, s->rules[shape]->kind, sizeof(s->rules[shape]->kind));
    describe(&h, &f);
    return below_offer(s->below, &f);
}

static int64_t seconds_of(int64_t ns)
{
    return ns / TIME_SECOND - (ns % TIME_SECOND < 0);
}

static enum status begin_window(struct snort_scan *s, struct tracker *t, const struct addr *other,
                                const struct observation *o)
{
    TRY(miss(s, t));
    struct keyed_item item = t->item;
    *t = (struct tracker){.item = item,
                          .window_s = seconds_of(o->time_ns) + s->window_s,
                          .other = *other,
                          .when = extent_of(o->time_ns, o->pos)};
    return ST_OK;
}

/* Only a probe begins a window; a refusal counts in whichever was the last. */
static enum status update(struct snort_scan *s, struct tracker *t, const struct step *step,
                          const struct addr *other, const struct observation *o)
{
    if (step->scan < 0) {
        t->scans -= t->scans > 0;
        return ST_OK;
    }
    if (step->reject) {
        t->rejects++;
        return ST_OK;
    }
    if (t->packets == 0 || seconds_of(o->time_ns) > t->window_s) {
        TRY(begin_window(s, t, other, o));
    }
    extent_add(&t->when, o->time_ns, o->pos);
    t->packets++;
    t->scans++;
    t->nets += !t->has_last || !addr_equal(&t->last_host, other);
    t->ports += t->last_port != step->port; /* it begins as 0 */
    t->has_last = true;
    t->last_host = *other;
    t->last_port = step->port;
    return ST_OK;
}

static enum status take_step(struct snort_scan *s, const struct step *step,
                             const struct observation *o)
{
    void *item;
    bool is_new;
    struct keyed_key there = {.a = step->scanned, .n = (uint64_t)step->proto << 1};
    struct keyed_key here = {.a = step->scanner, .n = (uint64_t)step->proto << 1 | 1};
    if (!step->no_scanned) {
        TRY(keyed_touch(&s->trackers, &there, &item, &is_new));
    }
    TRY(keyed_touch(&s->trackers, &here, &item, &is_new));
    struct tracker *scanner = item;
    struct tracker *scanned = step->no_scanned ? NULL : keyed_find(&s->trackers, &there);
    if (scanned != NULL) {
        TRY(update(s, scanned, step, &step->scanner, o));
    }
    TRY(update(s, scanner, step, &step->scanned, o));
    return evaluate(s, step, scanner, scanned);
}

/* --- sessions: what Snort's stream inspectors know -------------------------- */

static struct keyed_key session_key(const struct observation *o, bool back)
{
    uint64_t client = back ? o->dst_port : o->src_port;
    uint64_t server = back ? o->src_port : o->dst_port;
    return (struct keyed_key){.a = back ? o->dst : o->src,
                              .b = back ? o->src : o->dst,
                              .n = (uint64_t)o->proto << 32 | client << 16 | server};
}

/* stream_tcp and stream_udp: session_timeout. */
static int64_t session_timeout(uint8_t proto)
{
    return (proto == PROTO_TCP ? 180 : 30) * TIME_SECOND;
}

static struct session *session_of(struct snort_scan *s, const struct observation *o, bool back)
{
    struct keyed_key key = session_key(o, back);
    struct session *x = keyed_find(&s->sessions, &key);
    bool live = x != NULL && x->state != SESSION_CLOSED &&
                time_abs_diff(o->time_ns, x->last_ns) <= session_timeout(o->proto);
    if (live) {
        x->last_ns = o->time_ns > x->last_ns ? o->time_ns : x->last_ns;
    }
    return live ? x : NULL;
}

static enum status session_begin(struct snort_scan *s, const struct observation *o)
{
    struct keyed_key key = session_key(o, false);
    void *item;
    bool is_new;
    TRY(keyed_touch(&s->sessions, &key, &item, &is_new));
    struct session *x = item;
    x->state = SESSION_ASKED;
    x->last_ns = o->time_ns;
    return ST_OK;
}

static struct step step_of(const struct observation *o, enum proto p, bool back)
{
    return (struct step){.proto = p,
                         .scanner = back ? o->dst : o->src,
                         .scanned = back ? o->src : o->dst,
                         .port = back ? o->src_port : o->dst_port};
}

static enum status tcp_client(struct snort_scan *s, struct session *x, const struct observation *o)
{
    struct step step = step_of(o, P_TCP, false);
    if (x->state == SESSION_ASKED) {
        step.scan = 1; /* a retransmission is a probe too */
        return take_step(s, &step, o);
    }
    if (x->state == SESSION_ANSWERED && (o->tcp_flags & (TCP_RST | TCP_SYN)) == 0) {
        x->state = SESSION_OPEN; /* the handshake is done */
        step.scan = -1;
        return take_step(s, &step, o);
    }
    x->state = (o->tcp_flags & TCP_RST) != 0 ? SESSION_CLOSED : x->state;
    return ST_OK;
}

static enum status tcp_server(struct snort_scan *s, struct session *x, const struct observation *o)
{
    if ((o->tcp_flags & TCP_RST) != 0) {
        bool refuses = x->state != SESSION_OPEN;
        x->state = SESSION_CLOSED;
        struct step step = step_of(o, P_TCP, true);
        step.reject = true;
        return refuses ? take_step(s, &step, o) : ST_OK;
    }
    x->state = x->state == SESSION_ASKED ? SESSION_ANSWERED : x->state;
    return ST_OK;
}

static enum status feed_tcp(struct snort_scan *s, const struct observation *o)
{
    struct session *x = session_of(s, o, false);
    if (x != NULL) {
        return tcp_client(s, x, o);
    }
    x = session_of(s, o, true);
    if (x != NULL) {
        return tcp_server(s, x, o);
    }
    if ((o->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN) {
        struct step step = step_of(o, P_TCP, false);
        step.scan = 1;
        TRY(session_begin(s, o));
        return take_step(s, &step, o);
    }
    if ((o->tcp_flags & TCP_RST) != 0) { /* whose answer it is nobody knows: both ways */
        struct step there = step_of(o, P_TCP, false);
        struct step back = step_of(o, P_TCP, true);
        there.reject = back.reject = true;
        TRY(take_step(s, &there, o));
        return take_step(s, &back, o);
    }
    return ST_OK;
}

static enum status feed_udp(struct snort_scan *s, const struct observation *o)
{
    bool back = session_of(s, o, false) == NULL && session_of(s, o, true) != NULL;
    struct step step = step_of(o, P_UDP, back);
    step.scan = back ? -1 : 1;
    if (!back) {
        TRY(session_begin(s, o));
    }
    return take_step(s, &step, o);
}

static enum proto proto_of(uint8_t proto)
{
    return proto == PROTO_TCP ? P_TCP : proto == PROTO_UDP ? P_UDP : P_IP;
}

/* Destination unreachable: by port or filter it speaks of TCP or UDP, by
 * protocol of IP, else of ICMP itself. Who sends it counts as the scanned. */
static enum status feed_unreachable(struct snort_scan *s, const struct observation *o)
{
    enum { NO_PROTOCOL = 2, NO_PORT = 3, FILTERED = 13 };
    struct step step = step_of(o, P_ICMP, true);
    step.reject = true;
    bool quoted = (o->flags & OBS_QUOTED) != 0 && o->quote != NULL;
    if (quoted && (o->icmp_code == NO_PORT || o->icmp_code == FILTERED) &&
        proto_of(o->quote->proto) != P_IP) {
        step.proto = proto_of(o->quote->proto);
    } else if (o->icmp_code == NO_PROTOCOL) {
        step.proto = P_IP;
    } else if (o->icmp_code == FILTERED) {
        return ST_OK;
    }
    step.no_scanned = step.proto == P_ICMP;
    return take_step(s, &step, o);
}

static enum status feed_icmp(struct snort_scan *s, const struct observation *o)
{
    enum { UNREACHABLE = 3, ECHO = 8, TIMESTAMP = 13, INFORMATION = 15, MASK = 17 };
    if (o->tcp_flags == UNREACHABLE) {
        return feed_unreachable(s, o);
    }
    if (o->tcp_flags != ECHO && o->tcp_flags != TIMESTAMP && o->tcp_flags != INFORMATION &&
        o->tcp_flags != MASK) {
        return ST_OK;
    }
    struct step step = step_of(o, P_ICMP, false);
    step.port = 0;
    step.scan = 1;
    step.no_scanned = true;
    return take_step(s, &step, o);
}

enum status snort_scan_feed(struct snort_scan *s, const struct observation *o)
{
    if (o->type != OBS_PACKET || o->proto == PROTO_ARP || o->proto == PROTO_ICMPV6) {
        return ST_OK;
    }
    s->clock_ns = o->time_ns > s->clock_ns ? o->time_ns : s->clock_ns;
    bool ports = (o->flags & OBS_L4) != 0 && (o->flags & OBS_LATER) == 0;
    switch (o->proto) {
    case PROTO_TCP:
        return ports ? feed_tcp(s, o) : ST_OK;
    case PROTO_UDP:
        return ports ? feed_udp(s, o) : ST_OK;
    case PROTO_ICMP:
        return ports ? feed_icmp(s, o) : ST_OK;
    default:
        break;
    }
    struct step step = step_of(o, P_IP, false);
    step.port = o->proto;
    step.scan = 1;
    return take_step(s, &step, o);
}

/* --- life ------------------------------------------------------------------- */

enum status snort_scan_finish(struct snort_scan *s)
{
    struct tracker *t;
    for (size_t i = 0; (t = keyed_next(&s->trackers, &i)) != NULL;) {
        TRY(miss(s, t));
    }
    keyed_clear(&s->trackers);
    keyed_clear(&s->sessions);
    return ST_OK;
}

enum status snort_scan_press(struct snort_scan *s)
{
    return snort_scan_finish(s);
}

size_t snort_scan_bytes(const struct snort_scan *s)
{
    return keyed_bytes(&s->trackers) + keyed_bytes(&s->sessions);
}

static bool session_gone(void *ctx, void *item)
{
    const struct snort_scan *s = ctx;
    const struct session *x = item;
    uint8_t proto = (uint8_t)(x->item.key.n >> 32);
    return x->state == SESSION_CLOSED ||
           time_abs_diff(s->clock_ns, x->last_ns) > session_timeout(proto);
}

void snort_scan_free(struct snort_scan *s)
{
    if (s != NULL) {
        keyed_fini(&s->trackers);
        keyed_fini(&s->sessions);
        keyed_fini(&s->alerts);
        free(s);
    }
}

enum status snort_scan_new(const struct peer_options *opt, struct snort_scan **ret)
{
    const struct definition *any = definition_find(opt->definitions, METHOD_SNORT_PORTSCAN);
    if (any == NULL) {
        return ST_OK;
    }
    struct snort_scan *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return ST_NOMEM;
    }
    *s = (struct snort_scan){
        .levels = levels[any->params[SNORT_SENSE]],
        .window_s = any->params[PARAM_IDLE_S],
        .findings = opt->findings,
        .below = opt->below,
        .clock_ns = INT64_MIN,
        .trackers = {.item_bytes = sizeof(struct tracker), .seed = opt->seed},
        .sessions = {.item_bytes = sizeof(struct session),
                     .seed = opt->seed,
                     .gone = session_gone,
                     .ctx = s},
        .alerts = {.item_bytes = sizeof(struct alert), .seed = opt->seed},
    };
    for (size_t i = 0; i < opt->definitions->n; i++) {
        const struct definition *d = &opt->definitions->items[i];
        if (d->method == METHOD_SNORT_PORTSCAN) {
            s->rules[d->params[SNORT_SHAPE]] = d;
        }
    }
    *ret = s;
    return ST_OK;
}
