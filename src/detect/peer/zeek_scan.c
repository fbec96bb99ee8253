/* detect/peer/zeek_scan.c - Zeek's policy misc/scan, as it shipped up to 6.0.
 *
 * A TCP connection fails when its SYN is refused, when nothing answers within
 * five seconds (tcp_attempt_delay), or when the initiator resets it after the
 * SYN-ACK without any payload. Distinct hosts per scanner and port, and ports
 * per scanner and host, are counted within epochs that do not overlap: at an
 * epoch's end every count begins anew (SumStats, non-cluster). Here the first
 * epoch begins with the first packet.
 */
#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "detect/peer/keyed.h"
#include "detect/peer/rules.h"

enum { INACTIVE_MINUTES = 5 }; /* tcp_inactivity_timeout */
#define ATTEMPT_DELAY (5 * TIME_SECOND)

enum conn_state { CONN_ASKED, CONN_ANSWERED, CONN_DONE };

struct conn { /* key: initiator, target, ports */
    struct keyed_item item;
    uint8_t state; /* enum conn_state */
    uint32_t syns;
    int64_t syn_ns;
    uint64_t pos;
};

struct waiting { /* for an answer to its SYN */
    struct keyed_key conn;
    int64_t syn_ns;
};

enum { BY_PORT = 1, BY_VICTIM = 2 };

struct tallied { /* key: scanner, victim or nobody, what << 16 | port */
    struct keyed_item item;
    uint32_t distinct;
    uint64_t packets, refused, answered;
    struct extent when;
    struct finding *finding; /* of this epoch's, once crossed */
};

struct met { /* key: scanner, victim, port */
    struct keyed_item item;
};

struct crossed { /* key: as of the tallied */
    struct keyed_item item;
    struct finding *finding;
};

struct zeek_scan {
    const struct definition *by_port, *by_victim;
    struct finding_list *findings;
    struct below *below;
    int64_t epoch_ns;
    bool begun;
    int64_t clock_ns, epoch_begin_ns;
    struct keyed conns, tallied, met, crossed;
    struct waiting *queue; /* a ring, by time of SYN */
    size_t queue_cap, queue_at, queue_n;
};

/* --- an epoch's end ------------------------------------------------------- */

static const struct definition *rule_of(const struct zeek_scan *z, const struct tallied *t)
{
    return t->item.key.n >> 16 == BY_PORT ? z->by_port : z->by_victim;
}

static int64_t threshold_of(const struct zeek_scan *z, const struct tallied *t)
{
    return t->item.key.n >> 16 == BY_PORT ? z->by_port->params[ZEEK_TARGETS]
                                          : z->by_victim->params[ZEEK_PORTS];
}

static void decide(const struct zeek_scan *z, const struct tallied *t, struct finding *f)
{
    bool by_port = t->item.key.n >> 16 == BY_PORT;
    finding_decide(f,
                   by_port ? "hosts that refused or did not answer, in one epoch"
                           : "ports that refused or did not answer, in one epoch",
                   t->distinct, threshold_of(z, t));
    f->targets = by_port ? t->distinct : 1;
    f->ports = by_port ? 1 : t->distinct;
    f->pairs = t->distinct;
}

static void describe(const struct tallied *t, struct finding *f)
{
    finding_words(f, "syn", "tcp");
    f->has_initiator = true;
    f->initiator = t->item.key.a;
    f->when = t->when;
    if (t->item.key.n >> 16 == BY_PORT) {
        f->port_n = 1;
        f->port_list[0] = (uint16_t)t->item.key.n;
    } else {
        f->has_victim = true;
        f->victim = t->item.key.b;
        f->target_n = 1;
        f->target_sample[0] = t->item.key.b;
    }
}

static enum status offer(struct zeek_scan *z, const struct tallied *t)
{
    struct finding f = {0};
    const struct definition *d = rule_of(z, t);
    (void)definition_full_name(d, f.definition);
    memcpy(f.kind, d->kind, sizeof(d->kind));
    describe(t, &f);
    f.packets = t->packets;
    f.refused = t->refused;
    f.answered = t->answered;
    decide(z, t, &f);
    return below_offer(z->below, &f);
}

static enum status cross(struct zeek_scan *z, struct tallied *t)
{
    void *item;
    bool is_new;
    TRY(keyed_touch(&z->crossed, &t->item.key, &item, &is_new));
    struct crossed *c = item;
    if (c->finding == NULL) {
        struct finding *f = finding_list_begin(z->findings, rule_of(z, t));
        if (f == NULL) {
            return ST_NOMEM;
        }
        describe(t, f);
        c->finding = f;
    }
    struct finding *f = c->finding;
    extent_join(&f->when, &t->when);
    f->packets += t->packets;
    f->refused += t->refused;
    f->answered += t->answered;
    if (t->distinct > f->counted) { /* the fullest epoch is told */
        decide(z, t, f);
    }
    t->finding = f;
    return ST_OK;
}

static void sample(struct zeek_scan *z, const struct keyed_key *met)
{
    struct keyed_key key = {.a = met->a, .n = (uint64_t)BY_PORT << 16 | met->n};
    struct tallied *t = keyed_find(&z->tallied, &key);
    if (t != NULL && t->finding != NULL) {
        peer_keep_addr(t->finding->target_sample, &t->finding->target_n, &met->b);
    }
    key = (struct keyed_key){.a = met->a, .b = met->b, .n = (uint64_t)BY_VICTIM << 16};
    t = keyed_find(&z->tallied, &key);
    if (t != NULL && t->finding != NULL) {
        peer_keep_port(t->finding->port_list, &t->finding->port_n, (uint16_t)met->n);
    }
}

static enum status end_epoch(struct zeek_scan *z)
{
    size_t found = 0;
    struct tallied *t;
    for (size_t i = 0; (t = keyed_next(&z->tallied, &i)) != NULL;) {
        if (t->distinct >= (uint64_t)threshold_of(z, t)) {
            TRY(cross(z, t));
            found++;
        } else if (z->below != NULL && below_is_near(t->distinct, threshold_of(z, t))) {
            TRY(offer(z, t));
        }
    }
    struct met *m;
    for (size_t i = 0; found > 0 && (m = keyed_next(&z->met, &i)) != NULL;) {
        sample(z, &m->item.key);
    }
    keyed_clear(&z->tallied);
    keyed_clear(&z->met);
    return ST_OK;
}

/* --- failures ------------------------------------------------------------- */

static enum status tally(struct zeek_scan *z, const struct conn *c, struct keyed_key key,
                         bool fresh)
{
    void *item;
    bool is_new;
    TRY(keyed_touch(&z->tallied, &key, &item, &is_new));
    struct tallied *t = item;
    if (is_new) {
        t->when = extent_of(c->syn_ns, c->pos);
    }
    extent_add(&t->when, c->syn_ns, c->pos);
    t->packets += c->syns;
    t->distinct += fresh;
    t->answered += fresh && c->state == CONN_ANSWERED;
    return ST_OK;
}

static void add_refused(struct zeek_scan *z, struct keyed_key key)
{
    struct tallied *t = keyed_find(&z->tallied, &key);
    if (t != NULL) {
        t->refused++;
    }
}

/* At an instant that is not before the one of the failure told last. */
static enum status fail(struct zeek_scan *z, struct conn *c, int64_t time_ns, bool refused)
{
    int64_t since = time_ns > z->epoch_begin_ns ? time_abs_diff(time_ns, z->epoch_begin_ns) : 0;
    if (since >= z->epoch_ns) {
        TRY(end_epoch(z));
        z->epoch_begin_ns += since / z->epoch_ns * z->epoch_ns;
    }
    const struct keyed_key *k = &c->item.key;
    uint16_t port = (uint16_t)k->n;
    struct keyed_key one = {.a = k->a, .b = k->b, .n = port};
    struct keyed_key by_port = {.a = k->a, .n = (uint64_t)BY_PORT << 16 | port};
    struct keyed_key by_victim = {.a = k->a, .b = k->b, .n = (uint64_t)BY_VICTIM << 16};
    void *item;
    bool fresh;
    TRY(keyed_touch(&z->met, &one, &item, &fresh));
    if (z->by_port != NULL) {
        TRY(tally(z, c, by_port, fresh));
    }
    if (z->by_victim != NULL) {
        TRY(tally(z, c, by_victim, fresh));
    }
    if (refused && fresh) {
        add_refused(z, by_port);
        add_refused(z, by_victim);
    }
    c->state = CONN_DONE;
    return ST_OK;
}

/* --- SYNs that wait for an answer ------------------------------------------- */

static enum status wait(struct zeek_scan *z, const struct conn *c)
{
    if (z->queue_n == z->queue_cap) {
        size_t cap = z->queue_cap ? z->queue_cap * 2 : 256;
        struct waiting *q = calloc(cap, sizeof(*q));
        if (q == NULL) {
            return ST_NOMEM;
        }
        for (size_t i = 0; i < z->queue_n; i++) {
            q[i] = z->queue[(z->queue_at + i) % z->queue_cap];
        }
        free(z->queue);
        z->queue = q;
        z->queue_cap = cap;
        z->queue_at = 0;
    }
    size_t end = (z->queue_at + z->queue_n++) % z->queue_cap;
    z->queue[end] = (struct waiting){.conn = c->item.key, .syn_ns = c->syn_ns};
    return ST_OK;
}

static int64_t due(int64_t syn_ns)
{
    return syn_ns > INT64_MAX - ATTEMPT_DELAY ? INT64_MAX : syn_ns + ATTEMPT_DELAY;
}

/* Those whose time is over by the clock, or all. */
static enum status time_out(struct zeek_scan *z, bool all)
{
    int64_t now_ns = z->clock_ns;
    while (z->queue_n > 0) {
        struct waiting w = z->queue[z->queue_at];
        bool over = now_ns > w.syn_ns && time_abs_diff(now_ns, w.syn_ns) >= ATTEMPT_DELAY;
        if (!over && !all) {
            return ST_OK;
        }
        z->queue_at = (z->queue_at + 1) % z->queue_cap;
        z->queue_n--;
        struct conn *c = keyed_find(&z->conns, &w.conn);
        if (c != NULL && c->state == CONN_ASKED && c->syn_ns == w.syn_ns) {
            TRY(fail(z, c, due(w.syn_ns), false));
        }
    }
    return ST_OK;
}

/* --- packets ----------------------------------------------------------------- */

static struct keyed_key conn_key(const struct observation *o, bool back)
{
    if (back) {
        return (struct keyed_key){
            .a = o->dst, .b = o->src, .n = (uint64_t)o->dst_port << 16 | o->src_port};
    }
    return (struct keyed_key){
        .a = o->src, .b = o->dst, .n = (uint64_t)o->src_port << 16 | o->dst_port};
}

static enum status from_target(struct zeek_scan *z, struct conn *c, const struct observation *o)
{
    bool asked = c->state == CONN_ASKED;
    if ((o->tcp_flags & TCP_RST) != 0 && asked) {
        return fail(z, c, z->clock_ns, true);
    }
    if ((o->tcp_flags & TCP_SYN) != 0 && asked) {
        c->state = CONN_ANSWERED;
    } else if ((o->tcp_flags & (TCP_RST | TCP_FIN)) != 0 || o->payload_len > 0) {
        c->state = CONN_DONE;
    }
    return ST_OK;
}

static enum status from_initiator(struct zeek_scan *z, struct conn *c, const struct observation *o)
{
    if ((o->tcp_flags & TCP_RST) != 0 && c->state == CONN_ANSWERED) {
        return fail(z, c, z->clock_ns, false);
    }
    if ((o->tcp_flags & TCP_SYN) != 0) {
        c->syns++;
    } else if ((o->tcp_flags & (TCP_RST | TCP_FIN)) != 0 || o->payload_len > 0) {
        c->state = CONN_DONE;
    }
    return ST_OK;
}

static enum status ask(struct zeek_scan *z, const struct observation *o)
{
    struct keyed_key key = conn_key(o, false);
    void *item;
    bool is_new;
    TRY(keyed_touch(&z->conns, &key, &item, &is_new));
    struct conn *c = item;
    c->state = CONN_ASKED;
    c->syns = 1;
    c->syn_ns = o->time_ns;
    c->pos = o->pos;
    return wait(z, c);
}

enum status zeek_scan_feed(struct zeek_scan *z, const struct observation *o)
{
    if (o->type != OBS_PACKET) {
        return ST_OK;
    }
    if (!z->begun) {
        z->begun = true;
        z->clock_ns = z->epoch_begin_ns = o->time_ns;
    }
    z->clock_ns = o->time_ns > z->clock_ns ? o->time_ns : z->clock_ns;
    TRY(time_out(z, false));
    if (o->proto != PROTO_TCP || (o->flags & OBS_L4) == 0 || (o->flags & OBS_LATER) != 0) {
        return ST_OK;
    }
    struct keyed_key there = conn_key(o, false);
    struct conn *c = keyed_find(&z->conns, &there);
    if (c != NULL && c->state != CONN_DONE) {
        return from_initiator(z, c, o);
    }
    struct keyed_key back = conn_key(o, true);
    struct conn *answered = keyed_find(&z->conns, &back);
    if (answered != NULL && answered->state != CONN_DONE) {
        return from_target(z, answered, o);
    }
    bool syn = (o->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
    return syn ? ask(z, o) : ST_OK;
}

/* --- life -------------------------------------------------------------------- */

enum status zeek_scan_finish(struct zeek_scan *z)
{
    TRY(time_out(z, true)); /* Zeek lets every timer run out at its end */
    TRY(end_epoch(z));
    struct crossed *c;
    for (size_t i = 0; (c = keyed_next(&z->crossed, &i)) != NULL;) {
        struct finding *f = c->finding;
        f->flags |= f->answered + f->refused == 0 ? FINDING_ONE_WAY : 0;
        TRY(finding_identify(f));
    }
    return ST_OK;
}

enum status zeek_scan_press(struct zeek_scan *z)
{
    TRY(time_out(z, true));
    TRY(end_epoch(z));
    keyed_clear(&z->conns);
    free(z->queue);
    z->queue = NULL;
    z->queue_cap = z->queue_at = z->queue_n = 0;
    return ST_OK;
}

size_t zeek_scan_bytes(const struct zeek_scan *z)
{
    return keyed_bytes(&z->conns) + keyed_bytes(&z->tallied) + keyed_bytes(&z->met) +
           z->queue_cap * sizeof(*z->queue);
}

static bool conn_gone(void *ctx, void *item)
{
    const struct zeek_scan *z = ctx;
    const struct conn *c = item;
    return c->state == CONN_DONE ||
           (c->state == CONN_ANSWERED &&
            time_abs_diff(z->clock_ns, c->syn_ns) > INACTIVE_MINUTES * TIME_MINUTE);
}

void zeek_scan_free(struct zeek_scan *z)
{
    if (z != NULL) {
        keyed_fini(&z->conns);
        keyed_fini(&z->tallied);
        keyed_fini(&z->met);
        keyed_fini(&z->crossed);
        free(z->queue);
        free(z);
    }
}

/* A threshold of 0 leaves that half of the policy to another definition. */
static const struct definition *rule_with(const struct definition_set *set, size_t param)
{
    for (size_t i = 0; i < set->n; i++) {
        const struct definition *d = &set->items[i];
        if (d->method == METHOD_ZEEK_SCAN && d->params[param] > 0) {
            return d;
        }
    }
    return NULL;
}

enum status zeek_scan_new(const struct peer_options *opt, struct zeek_scan **ret)
{
    const struct definition *by_port = rule_with(opt->definitions, ZEEK_TARGETS);
    const struct definition *by_victim = rule_with(opt->definitions, ZEEK_PORTS);
    const struct definition *any = by_port != NULL ? by_port : by_victim;
    if (any == NULL) {
        return ST_OK;
    }
    struct zeek_scan *z = calloc(1, sizeof(*z));
    if (z == NULL) {
        return ST_NOMEM;
    }
    *z = (struct zeek_scan){
        .by_port = by_port,
        .by_victim = by_victim,
        .findings = opt->findings,
        .below = opt->below,
        .epoch_ns = any->params[PARAM_IDLE_S] * TIME_SECOND,
        .conns = {.item_bytes = sizeof(struct conn), .seed = opt->seed, .gone = conn_gone},
        .tallied = {.item_bytes = sizeof(struct tallied), .seed = opt->seed},
        .met = {.item_bytes = sizeof(struct met), .seed = opt->seed},
        .crossed = {.item_bytes = sizeof(struct crossed), .seed = opt->seed},
    };
    z->conns.ctx = z;
    *ret = z;
    return ST_OK;
}
