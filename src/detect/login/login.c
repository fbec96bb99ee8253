/* detect/login/login.c - guessing of passwords, as captures show it.
 *
 * An event is all that one initiator does at one service, connections that
 * say nothing of logins included: so tshark counts the same packets.
 */
#include "detect/login/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "base/model/login.h"
#include "detect/login/asked.h"
#include "detect/login/conns.h"
#include "detect/login/dialog.h"
#include "detect/roster.h"
#include "detect/textset.h"

enum { SIZE_CLASSES = 40 }; /* by powers of two */

struct guesses {
    struct roster_item item;
    uint64_t packets, bytes, connections;
    uint64_t failed, accepted;
    /* SSH: failed connections with a single answer. They are guesses if what
     * was asked differs in length, as passwords do. */
    uint64_t single;
    uint16_t single_least, single_most;
    uint32_t sizes[SIZE_CLASSES]; /* of failed connections that are known by shape */
    uint64_t before_entry;        /* failures since the login before that one */
    uint64_t failed_at_login;     /* when a login was let in last */
    uint64_t entries;
    struct extent entered;
    unsigned ports; /* bits, by the service's list */
    bool inner;
    struct text_set targets, users, entered_targets, entered_users;
};

struct service {
    struct login *login; /* whose it is */
    enum login_service which;
    const struct definition *guess; /* NULL: not searched for */
    struct roster *roster;
};

struct login {
    struct login_options opt;
    const struct definition *access;
    struct service services[LOGIN_SERVICES];
    struct asked *asked;
    struct conns *conns; /* NULL: no definition asks for anything */
    struct login_stats stats;
    uint64_t ports[1024]; /* bits: ports of services that are searched for */
};

static bool by_shape(enum login_service s)
{
    return s == LOGIN_SSH || s == LOGIN_RDP;
}

static void guesses_fini(void *item)
{
    struct guesses *g = item;
    text_set_fini(&g->targets);
    text_set_fini(&g->users);
    text_set_fini(&g->entered_targets);
    text_set_fini(&g->entered_users);
}

static size_t held_bytes(const struct guesses *g)
{
    return text_set_bytes(&g->targets) + text_set_bytes(&g->users) +
           text_set_bytes(&g->entered_targets) + text_set_bytes(&g->entered_users);
}

/* --- judging ---------------------------------------------------------------- */

static uint64_t failures(const struct guesses *g)
{
    return g->failed + (g->single_most > g->single_least ? g->single : 0);
}

/* Of the failed connections, those of the two neighbouring classes of size
 * that have most: within a factor of four at most. */
static uint64_t alike(const struct guesses *g)
{
    uint64_t best = 0;
    for (size_t i = 0; i + 1 < SIZE_CLASSES; i++) {
        uint64_t two = (uint64_t)g->sizes[i] + g->sizes[i + 1];
        best = two > best ? two : best;
    }
    return best;
}

static void add_targets(struct finding *f, const struct text_set *targets)
{
    f->targets = targets->n;
    for (uint32_t i = 0; i < targets->cap; i++) { /* the lowest, in order */
        const struct text_slot *slot = &targets->slots[i];
        if (!text_slot_used(slot)) {
            continue;
        }
        struct addr a = addr_from_v6(text_set_text(targets, slot).data);
        size_t at = f->target_n;
        while (at > 0 && addr_compare(&a, &f->target_sample[at - 1]) < 0) {
            at--;
        }
        if (at == FINDING_SAMPLE_MAX) {
            continue;
        }
        f->target_n += f->target_n < FINDING_SAMPLE_MAX;
        memmove(f->target_sample + at + 1, f->target_sample + at,
                (f->target_n - at - 1) * sizeof(a));
        f->target_sample[at] = a;
    }
    if (f->targets == 1) {
        f->has_victim = true;
        f->victim = f->target_sample[0];
    }
}

static void add_ports(struct finding *f, const struct guesses *g, enum login_service s)
{
    const uint16_t *ports = login_service_ports(s);
    for (size_t i = 0; ports[i] != 0; i++) { /* ascending there */
        if (g->ports >> i & 1) {
            f->port_list[f->port_n++] = ports[i];
        }
    }
    f->ports = f->port_n;
}

static struct finding *begin(const struct service *s, const struct guesses *g,
                             const struct definition *d)
{
    struct finding *f = finding_list_begin(s->login->opt.findings, d);
    if (f == NULL) {
        return NULL;
    }
    finding_words(f, "password", login_service_name(s->which));
    f->flags = g->inner ? FINDING_INNER : 0;
    f->has_initiator = true;
    f->initiator = g->item.who;
    f->authentic = AUTHENTIC_TWO_WAY;
    f->sessions = g->connections;
    f->accepted = g->accepted;
    f->attempts = failures(g) + g->accepted;
    add_ports(f, g, s->which);
    return f;
}

static enum status add_guessing(const struct service *s, const struct guesses *g)
{
    static const char *const counters[LOGIN_SERVICES] = {
        [LOGIN_SSH] = "connections that look like failed logins",
        [LOGIN_RDP] = "short connections of similar size",
    };
    struct finding *f = begin(s, g, s->guess);
    if (f == NULL) {
        return ST_NOMEM;
    }
    f->when = g->item.when;
    f->packets = g->packets;
    f->bytes = g->bytes;
    f->users = g->users.n;
    add_targets(f, &g->targets);
    TRY(text_set_top(&g->users, 0, FINDING_TEXTS_MAX, &s->login->opt.findings->arena, f->texts,
                     &f->text_n));
    const char *counter = counters[s->which] ? counters[s->which] : "failed logins";
    finding_decide(f, counter, by_shape(s->which) ? alike(g) : failures(g),
                   s->guess->params[GUESS_ATTEMPTS]);
    return finding_identify(f);
}

static enum status add_access(const struct service *s, const struct guesses *g)
{
    struct finding *f = begin(s, g, s->login->access);
    if (f == NULL) {
        return ST_NOMEM;
    }
    f->when = g->entered;
    f->packets = g->entries;
    f->accepted = g->entries;
    f->users = g->entered_users.n;
    add_targets(f, &g->entered_targets);
    TRY(text_set_top(&g->entered_users, 0, FINDING_TEXTS_MAX, &s->login->opt.findings->arena,
                     f->texts, &f->text_n));
    finding_decide(f, "failed logins before one was let in", g->before_entry,
                   s->login->access->params[GUESS_ATTEMPTS]);
    return finding_identify(f);
}

static bool is_bruteforce(const struct service *s, const struct guesses *g)
{
    uint64_t failed = failures(g);
    uint64_t least = (uint64_t)s->guess->params[GUESS_ATTEMPTS];
    if (failed < least || failed <= g->accepted) {
        return false;
    }
    uint64_t percent = (uint64_t)s->guess->params[GUESS_SIMILAR_PERCENT];
    return !by_shape(s->which) || (alike(g) >= least && alike(g) * 100 >= failed * percent);
}

static enum status judge(const struct service *s, const struct guesses *g)
{
    if (g->entries > 0) {
        TRY(add_access(s, g));
    }
    if (is_bruteforce(s, g)) {
        return add_guessing(s, g);
    }
    uint64_t failed = failures(g);
    s->login->stats.background_remotes += failed > 0;
    s->login->stats.background_attempts += failed;
    return ST_OK;
}

static enum status ended(void *ctx, void *item)
{
    enum status st = judge(ctx, item);
    guesses_fini(item);
    return st;
}

/* --- feeding ---------------------------------------------------------------- */

static inline unsigned has_port(const struct login *l, uint16_t port)
{
    return (unsigned)(l->ports[port >> 6] >> (port & 63)) & 1u;
}

static enum login_service service_of(const struct login *l, uint16_t port, unsigned *ret_bit)
{
    for (unsigned s = 0; s < LOGIN_SERVICES; s++) {
        const uint16_t *ports = login_service_ports((enum login_service)s);
        for (unsigned i = 0; l->services[s].roster != NULL && ports[i] != 0; i++) {
            if (ports[i] == port) {
                *ret_bit = i;
                return (enum login_service)s;
            }
        }
    }
    return LOGIN_SERVICES;
}

static enum status add_addr(const struct login *l, struct text_set *set, const struct addr *a)
{
    struct text_slot *slot;
    return text_set_add(set, l->opt.seed, bytes_of(a->b, sizeof(a->b)), 1, &slot);
}

static enum status count_failed(struct login *l, struct guesses *g, const struct dialog *d,
                                uint32_t n)
{
    l->stats.refused += n;
    if (dialog_one_answer(d)) {
        g->single_least =
            g->single == 0 || d->ssh_request < g->single_least ? d->ssh_request : g->single_least;
        g->single_most = d->ssh_request > g->single_most ? d->ssh_request : g->single_most;
        g->single += n;
    } else {
        g->failed += n;
    }
    if (by_shape(d->service)) {
        uint64_t bytes = d->client.bytes + d->server.bytes;
        unsigned size = 0;
        while (bytes >> size > 1 && size < SIZE_CLASSES - 1) {
            size++;
        }
        g->sizes[size] += n;
    }
    struct text_slot *slot;
    return d->user_known
               ? text_set_add(&g->users, l->opt.seed, bytes_of(d->user, d->user_len), n, &slot)
               : ST_OK;
}

/* Everybody gets in by these names: RFC 1635. */
static bool is_anonymous(const struct dialog *d)
{
    struct bytes name = bytes_of(d->user, d->user_len);
    return d->service == LOGIN_FTP && (bytes_equal(name, BYTES_LITERAL("anonymous")) ||
                                       bytes_equal(name, BYTES_LITERAL("ftp")));
}

static enum status count_accepted(struct login *l, struct guesses *g, const struct conn *c,
                                  const struct observation *o, const struct dialog_said *said)
{
    uint32_t n = said->accepted;
    l->stats.accepted += n;
    if (is_anonymous(&c->dialog)) {
        return ST_OK;
    }
    g->accepted += n;
    if (said->by_key) {
        return ST_OK;
    }
    uint64_t since = g->failed - g->failed_at_login;
    g->failed_at_login = g->failed;
    bool late = l->access != NULL && since >= (uint64_t)l->access->params[GUESS_ATTEMPTS];
    if (!late && g->entries == 0) {
        return ST_OK;
    }
    g->before_entry = late && since > g->before_entry ? since : g->before_entry;
    if (g->entries == 0) {
        g->entered = extent_of(o->time_ns, o->pos);
    }
    extent_add(&g->entered, o->time_ns, o->pos);
    g->entries += n;
    TRY(add_addr(l, &g->entered_targets, &c->key.server));
    struct text_slot *slot;
    return c->dialog.user_known
               ? text_set_add(&g->entered_users, l->opt.seed,
                              bytes_of(c->dialog.user, c->dialog.user_len), n, &slot)
               : ST_OK;
}

/* The first packet of a connection that has now been answered: the event gets
 * those that came before, too. */
static enum status join_event(struct login *l, const struct service *s, struct conn *c)
{
    void *item;
    unsigned port_bit = 0;
    (void)service_of(l, c->key.server_port, &port_bit); /* known: it has one */
    TRY(roster_touch(s->roster, &c->key.client, c->when.first_ns, c->when.first_pos, &item));
    struct guesses *g = item;
    extent_join(&g->item.when, &c->when);
    g->packets += c->waiting;
    c->waiting = 0;
    g->connections++;
    g->ports |= 1u << port_bit;
    TRY(add_addr(l, &g->targets, &c->key.server));
    roster_held(s->roster, g, held_bytes(g));
    return ST_OK;
}

static bool ends_in_time(const struct service *s, const struct conn *c)
{
    return time_abs_diff(c->when.last_ns, c->when.first_ns) <=
           s->guess->params[GUESS_MAX_DURATION_S] * TIME_SECOND;
}

static enum status feed_event(struct login *l, const struct service *s, struct conn *c,
                              bool from_server, const struct observation *o)
{
    void *item;
    TRY(roster_touch(s->roster, &c->key.client, o->time_ns, o->pos, &item));
    struct guesses *g = item;
    struct dialog_said said = {0};
    dialog_feed(&c->dialog, from_server, o, &said);
    if (!c->closed && (o->tcp_flags & (TCP_FIN | TCP_RST)) != 0) {
        c->closed = true;
        if (ends_in_time(s, c)) {
            dialog_close(&c->dialog, &said);
        }
    }
    g->packets++;
    g->bytes += o->wire_len;
    g->inner = g->inner || (o->flags & OBS_INNER) != 0;
    if (said.failed > 0) {
        TRY(count_failed(l, g, &c->dialog, said.failed));
    }
    if (said.accepted > 0) {
        TRY(count_accepted(l, g, c, o, &said));
    }
    if (said.failed > 0 || said.accepted > 0) {
        roster_held(s->roster, g, held_bytes(g));
    }
    return ST_OK;
}

static void begin_by(struct conn *c, const struct handshake *h, enum login_service which)
{
    dialog_begin(&c->dialog, which);
    dialog_open(&c->dialog, false, h->client_seq);
    dialog_open(&c->dialog, true, h->server_seq);
    c->client_seq = h->client_seq;
    c->server_seq = h->server_seq;
    c->waiting = h->packets;
    extent_join(&c->when, &h->when);
}

/* A packet on a service's port, seen from its connection. */
struct place {
    struct conn_key key;
    uint64_t hash;
    bool from_server;
};

/* A packet without SYN, whose connection is not here or may be a new one. A
 * handshake is complete with what the initiator sends to an answer, even if he
 * resets it: he has read it. What was there before the capture is known by its
 * payload. */
static enum status conn_begin(struct login *l, const struct place *p, const struct observation *o,
                              struct conn **c)
{
    struct handshake h = {0};
    unsigned port_bit = 0;
    enum login_service which = service_of(l, p->key.server_port, &port_bit);
    if (!p->from_server) {
        h = asked_find(l->asked, &p->key);
    }
    bool complete = h.asked && h.answered;
    bool new = complete &&
               (*c == NULL || h.client_seq != (*c)->client_seq || h.server_seq != (*c)->server_seq);
    if (*c == NULL && (complete || o->payload_len > 0)) {
        TRY(conns_add(l->conns, &p->key, p->hash, o, c));
        dialog_begin(&(*c)->dialog, which);
    } else if (new) {
        **c = (struct conn){.key = p->key, .hash = p->hash, .when = extent_of(o->time_ns, o->pos)};
    }
    if (new) {
        begin_by(*c, &h, which);
    }
    if (*c != NULL && !p->from_server) {
        (*c)->again = false;
    }
    return ST_OK;
}

/* The connection that a packet is of; NULL in *ret when it is of none so far. */
static enum status conn_of(struct login *l, const struct place *p, const struct observation *o,
                           struct conn **ret)
{
    struct conn *c = conns_find(l->conns, &p->key, p->hash);
    if ((o->tcp_flags & TCP_SYN) != 0) {
        bool answer = (o->tcp_flags & TCP_ACK) != 0;
        bool same = c != NULL && o->seq == (p->from_server ? c->server_seq : c->client_seq);
        if (!same && answer == p->from_server && (o->tcp_flags & TCP_RST) == 0) {
            asked_add(l->asked, p->from_server, o);
        }
        if (c != NULL && !same) {
            c->again = true;
            c = NULL;
        }
    } else if (c == NULL || (c->again && !p->from_server)) {
        TRY(conn_begin(l, p, o, &c));
    }
    if (c != NULL) {
        extent_add(&c->when, o->time_ns, o->pos);
    }
    *ret = c;
    return ST_OK;
}

static bool now_answered(const struct conn *c, bool from_server, const struct observation *o)
{
    const struct dialog *d = &c->dialog;
    return (d->client.opened && d->server.opened) ||
           (o->payload_len > 0 && (from_server ? d->client.bytes : d->server.bytes) > 0);
}

/* Of two services' ports the lower is the server's. */
static struct place place_of(const struct login *l, const struct observation *o)
{
    struct place p = {.key = {o->src, o->dst, o->src_port, o->dst_port}};
    p.from_server = has_port(l, o->src_port) != 0 &&
                    (has_port(l, o->dst_port) == 0 || o->src_port < o->dst_port);
    if (p.from_server) {
        p.key = (struct conn_key){o->dst, o->src, o->dst_port, o->src_port};
    }
    p.hash = conn_key_hash(&p.key, l->opt.seed);
    return p;
}

static enum status feed_one(struct login *l, const struct place *p, const struct observation *o)
{
    struct conn *c;
    TRY(conn_of(l, p, o, &c));
    if (c == NULL) {
        return ST_OK;
    }
    const struct service *s = &l->services[c->dialog.service];
    if (!c->answered && now_answered(c, p->from_server, o)) {
        c->answered = true;
        TRY(join_event(l, s, c));
    }
    if (c->answered) {
        return feed_event(l, s, c, p->from_server, o);
    }
    struct dialog_said said = {0};
    dialog_feed(&c->dialog, p->from_server, o, &said);
    c->waiting++;
    return ST_OK;
}

/* Is it of a service's port, and to be looked at? Hot: every packet is asked, and
 * the answers have no order, so nothing here branches. */
static inline bool concerns(const struct login *l, const struct observation *o)
{
    unsigned service = has_port(l, o->dst_port) | has_port(l, o->src_port);
    /* Whoever sends a tunnel's packets can make up both sides inside. */
    bool plain = (o->flags & (OBS_L4 | OBS_LATER | OBS_BAD | OBS_INNER)) == OBS_L4;
    return (service & (o->proto == PROTO_TCP) & (o->type == OBS_PACKET) & plain &
            (o->src_port != o->dst_port)) != 0;
}

/* The first SYN of a handshake, to a service. */
static bool only_asks(const struct login *l, const struct observation *o)
{
    return (o->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN &&
           has_port(l, o->src_port) == 0;
}

/* Half of a telescope's packets are SYNs to these services: while there is no
 * connection at all, they need not be looked at. Of the others, each goes to
 * another place in memory: those of a batch are fetched before the first is
 * looked at. */
enum status login_feed(struct login *l, const struct obs_batch *batch)
{
    struct place places[OBS_BATCH_MAX];
    uint8_t which[OBS_BATCH_MAX];
    size_t n = 0;
    size_t first = 0;
    if (l->conns == NULL) {
        return ST_OK;
    }
    for (size_t i = 0; i < batch->n; i++) {
        which[n] = (uint8_t)i;
        n += concerns(l, &batch->obs[i]);
    }
    while (first < n && conns_empty(l->conns) && only_asks(l, &batch->obs[which[first]])) {
        asked_add(l->asked, false, &batch->obs[which[first++]]);
    }
    for (size_t i = first; i < n; i++) { /* from here on in order */
        places[i] = place_of(l, &batch->obs[which[i]]);
        conns_prefetch_index(l->conns, places[i].hash);
    }
    for (size_t i = first; i < n; i++) {
        conns_prefetch(l->conns, places[i].hash);
    }
    for (size_t i = first; i < n; i++) {
        TRY(feed_one(l, &places[i], &batch->obs[which[i]]));
    }
    return ST_OK;
}

enum status login_finish(struct login *l)
{
    for (unsigned s = 0; s < LOGIN_SERVICES; s++) {
        if (l->services[s].roster != NULL) {
            TRY(roster_finish(l->services[s].roster));
        }
    }
    return ST_OK;
}

struct login_stats login_stats(const struct login *l)
{
    struct login_stats stats = l->stats;
    if (l->conns != NULL) {
        stats.early += conns_early(l->conns);
        stats.peak_bytes += conns_peak_bytes(l->conns) + asked_bytes();
    }
    for (unsigned s = 0; s < LOGIN_SERVICES; s++) {
        if (l->services[s].roster != NULL) {
            stats.early += roster_early(l->services[s].roster);
            stats.peak_bytes += roster_peak_bytes(l->services[s].roster);
        }
    }
    return stats;
}

/* --- making ----------------------------------------------------------------- */

/* A share of the memory for each service, the rest for connections. */
enum { SHARES = 16 };

static enum status add_service(struct login *l, const struct definition *d)
{
    struct service *s = &l->services[login_service_of_kind(d->kind)];
    if (s->roster != NULL) {
        return ST_OK; /* the first definition of a service is in force */
    }
    *s = (struct service){l, login_service_of_kind(d->kind), d, NULL};
    struct roster_options opt = {.item_bytes = sizeof(struct guesses),
                                 .idle_ns = d->params[PARAM_IDLE_S] * TIME_SECOND,
                                 .memory_bytes = l->opt.memory_bytes / SHARES,
                                 .seed = l->opt.seed,
                                 .ended = ended,
                                 .ctx = s};
    TRY(roster_new(&opt, &s->roster));
    const uint16_t *ports = login_service_ports(s->which);
    for (size_t i = 0; ports[i] != 0; i++) {
        l->ports[ports[i] >> 6] |= UINT64_C(1) << (ports[i] & 63);
    }
    if (l->conns == NULL) {
        struct conns_options conns = {opt.idle_ns,
                                      l->opt.memory_bytes / SHARES * (SHARES - LOGIN_SERVICES)};
        TRY(asked_new(l->opt.seed, &l->asked));
        return conns_new(&conns, &l->conns);
    }
    return ST_OK;
}

static void login_freep(struct login **l)
{
    login_free(*l);
}

enum status login_new(const struct login_options *opt, struct login **ret)
{
    CLEANUP(login_freep) struct login *l = calloc(1, sizeof(*l));
    if (l == NULL) {
        return ST_NOMEM;
    }
    l->opt = *opt;
    l->access = definition_find(opt->definitions, METHOD_ACCESS_SHAPE);
    for (size_t i = 0; i < opt->definitions->n; i++) {
        if (opt->definitions->items[i].method == METHOD_GUESS_SHAPE) {
            TRY(add_service(l, &opt->definitions->items[i]));
        }
    }
    *ret = TAKE(l);
    return ST_OK;
}

void login_free(struct login *l)
{
    if (l == NULL) {
        return;
    }
    for (unsigned s = 0; s < LOGIN_SERVICES; s++) {
        if (l->services[s].roster != NULL) {
            roster_each(l->services[s].roster, guesses_fini);
            roster_free(l->services[s].roster);
        }
    }
    conns_free(l->conns);
    asked_free(l->asked);
    free(l);
}
