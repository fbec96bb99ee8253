/* exchange/claim/match.c - which records fit a claim, and when. */
#include "exchange/claim/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "exchange/claim/match_parts.h"

#define HALF_HOUR (TIME_HOUR / 2)
/* A connection's beginning may lie before the moment that a log gives it. */
#define FOLLOW_NS (15 * TIME_MINUTE)

/* Bits of a followed connection. */
enum {
    SEEN_SYN = 1,      /* by the accused */
    SEEN_SYN_BACK = 2, /* by the other end: it asked */
    SEEN_SYNACK = 4,   /* from whom was asked */
    SEEN_DONE = 8,     /* the handshake was completed, or both sent data that was acknowledged */
    SEEN_RST = 16,     /* by whom was asked */
    SEEN_DATA = 32,    /* of the accused */
    SEEN_DATA_BACK = 64,
    SEEN_IN_TIME = 128, /* one of its packets lies within the time */
};

/* --- the accused --------------------------------------------------------------------- */

static const struct claim *claim_at(const struct claim_matcher *m, size_t i)
{
    return &m->opt.claims->items[m->order[i]];
}

static int by_address(const void *a, const void *b, void *ctx)
{
    const struct claim_set *s = ctx;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    int c = addr_compare(&s->items[x].source, &s->items[y].source);
    return c != 0 ? c : (x > y) - (x < y);
}

static uint64_t bloom_bit(const struct addr *a)
{
    return UINT64_C(1) << ((a->b[15] ^ a->b[14] * 7) & 63);
}

/* One's own network that it lies in, else what is usually routed as one. */
static struct prefix net_of(const struct claim_matcher *m, const struct addr *a)
{
    for (size_t i = 0; m->opt.locals != NULL && i < m->opt.locals->n; i++) {
        if (prefix_contains(&m->opt.locals->nets[i], a)) {
            return m->opt.locals->nets[i];
        }
    }
    return prefix_of(a, addr_is_v4(a) ? 120 : 64);
}

static void add_net(struct claim_matcher *m, const struct addr *a)
{
    for (size_t i = 0; i < m->net_n; i++) {
        if (prefix_contains(&m->nets[i], a)) {
            return;
        }
    }
    if (m->net_n < CLAIM_NETS_MAX) {
        m->nets[m->net_n++] = net_of(m, a);
    }
}

static void matcher_freep(struct claim_matcher **m)
{
    claim_matcher_free(*m);
}

enum status claim_matcher_new(const struct claim_matcher_options *opt, struct claim_matcher **ret)
{
    CLEANUP(matcher_freep) struct claim_matcher *m = calloc(1, sizeof(*m));
    size_t n = opt->claims->n;
    if (m == NULL) {
        return ST_NOMEM;
    }
    m->opt = *opt;
    m->matches = calloc(n + 1, sizeof(*m->matches));
    m->covers = calloc(opt->input_n + 1, sizeof(*m->covers));
    m->order = calloc(n + 1, sizeof(*m->order));
    m->connections = calloc(2 * LIMIT_CLAIM_CONNECTIONS, sizeof(*m->connections));
    if (m->matches == NULL || m->covers == NULL || m->order == NULL || m->connections == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        m->order[i] = (uint32_t)i;
        m->bloom |= bloom_bit(&opt->claims->items[i].source);
        add_net(m, &opt->claims->items[i].source);
    }
    qsort_r(m->order, n, sizeof(*m->order), by_address, (void *)(uintptr_t)opt->claims);
    *ret = TAKE(m);
    return ST_OK;
}

void claim_matcher_free(struct claim_matcher *m)
{
    if (m != NULL) {
        free(m->matches);
        free(m->covers);
        free(m->order);
        free(m->connections);
        free(m);
    }
}

const struct claim_match *claim_matcher_match(const struct claim_matcher *m, size_t claim)
{
    return &m->matches[claim];
}

const struct claim_cover *claim_matcher_cover(const struct claim_matcher *m, size_t input)
{
    return &m->covers[input];
}

/* --- coverage ------------------------------------------------------------------------- */

enum claim_class claim_class_of(uint8_t proto)
{
    return proto == PROTO_TCP                             ? CLAIM_TCP
           : proto == PROTO_UDP                           ? CLAIM_UDP
           : proto == PROTO_ICMP || proto == PROTO_ICMPV6 ? CLAIM_ICMP
                                                          : CLAIM_OTHER;
}

bool claim_match_in_nets(const struct claim_matcher *m, const struct addr *a)
{
    for (size_t i = 0; i < m->net_n; i++) {
        if (prefix_contains(&m->nets[i], a)) {
            return true;
        }
    }
    return false;
}

static bool is_ours(const struct claim_matcher *m, const struct addr *a)
{
    bool given = m->opt.locals != NULL && local_contains(m->opt.locals, a);
    return given || claim_match_in_nets(m, a) || addr_is_private(a);
}

/* Does it stand in a tunnel whose end is not ours? Anybody can write any address
 * into what they carry to us. */
static bool is_carried(const struct claim_matcher *m, const struct observation *o, bool forth)
{
    bool inner = (o->flags & OBS_INNER) != 0 && m->outer_pos == o->pos;
    return inner && !is_ours(m, forth ? &m->outer_src : &m->outer_dst);
}

static void add_silence(struct claim_cover *c, int64_t from, int64_t to)
{
    if (c->silence_n == CLAIM_SILENCES_MAX) {
        c->more_silences = true;
        return;
    }
    c->silences[c->silence_n++] = (struct claim_silence){from, to};
}

void claim_match_extend(struct claim_cover *c, struct claim_lasting t)
{
    if (!c->has_time) {
        c->has_time = true;
        c->first_ns = t.first_ns;
        c->last_ns = t.last_ns;
        return;
    }
    if (t.first_ns > c->last_ns && time_abs_diff(t.first_ns, c->last_ns) > CLAIM_SILENCE_NS) {
        add_silence(c, c->last_ns, t.first_ns);
    } else if (t.last_ns < c->first_ns &&
               time_abs_diff(t.last_ns, c->first_ns) > CLAIM_SILENCE_NS) {
        add_silence(c, t.last_ns, c->first_ns);
    }
    c->last_ns = t.last_ns > c->last_ns ? t.last_ns : c->last_ns;
    c->first_ns = t.first_ns < c->first_ns ? t.first_ns : c->first_ns;
}

static void cover(struct claim_matcher *m, const struct observation *o)
{
    struct claim_cover *c = &m->covers[pos_input(o->pos)];
    c->records++;
    c->log |= o->type == OBS_LOG;
    claim_match_extend(c, (struct claim_lasting){o->time_ns, o->time_ns});
    if (o->type != OBS_LOG && o->proto != PROTO_ARP) {
        c->out[claim_class_of(o->proto)] +=
            claim_match_in_nets(m, &o->src) && !is_carried(m, o, true);
        c->in += claim_match_in_nets(m, &o->dst);
    }
}

/* --- time ------------------------------------------------------------------------------ */

/* Of the part of the record that is nearest. */
static int64_t span_distance(const struct claim_when *w, struct claim_lasting l)
{
    int64_t t = w->first_ns < l.first_ns  ? l.first_ns
                : w->first_ns > l.last_ns ? l.last_ns
                                          : w->first_ns;
    int64_t end = w->last_ns;
    if (__builtin_add_overflow(w->last_ns, w->precision_ns, &end)) {
        end = INT64_MAX;
    }
    return t < w->first_ns ? -time_abs_diff(w->first_ns, t) : t > end ? time_abs_diff(t, end) : 0;
}

static int64_t magnitude(int64_t v)
{
    return v < 0 ? -v : v; /* differences of time_abs_diff: never INT64_MIN */
}

static void nearer(struct claim_distance *best, int64_t ns, bool exact)
{
    bool better = exact != best->exact ? exact : magnitude(ns) < magnitude(best->ns);
    if (better) {
        *best = (struct claim_distance){ns, exact};
    }
}

struct claim_distance claim_match_distance(const struct claim *c, struct claim_lasting t,
                                           uint16_t source_port)
{
    struct claim_distance d = {INT64_MAX, false};
    if (!c->when.known) {
        return d;
    }
    bool exact = c->source_port != 0 && c->source_port == source_port;
    if (c->moment_n == 0 || c->more_moments || exact || c->when.first_ns != c->when.last_ns) {
        nearer(&d, span_distance(&c->when, t), exact);
    }
    for (size_t i = 0; i < c->moment_n; i++) {
        struct claim_when w = {.first_ns = c->moments[i].time_ns,
                               .last_ns = c->moments[i].time_ns,
                               .precision_ns = c->when.precision_ns};
        bool port = c->moments[i].source_port != 0 && c->moments[i].source_port == source_port;
        nearer(&d, span_distance(&w, t), port);
    }
    return d;
}

/* Does the claim name ports at all? */
static bool names_ports(const struct claim *c)
{
    bool any = c->source_port != 0;
    for (size_t i = 0; i < c->moment_n; i++) {
        any |= c->moments[i].source_port != 0;
    }
    return any;
}

static struct claim_lasting at_once(const struct observation *o)
{
    return (struct claim_lasting){o->time_ns, o->time_ns};
}

/* Records that lie whole half hours off: zones differ by that. Of long spans
 * each record would fit several. */
static void note_slot(const struct claim_matcher *m, const struct claim *c, struct claim_match *r,
                      const struct claim_distance *d, struct claim_lasting t)
{
    int64_t span = time_abs_diff(c->when.last_ns, c->when.first_ns);
    int64_t tolerance = m->opt.tolerance_ns + c->when.precision_ns;
    if (span > HALF_HOUR / 2 || tolerance > HALF_HOUR / 4 || (names_ports(c) && !d->exact)) {
        return;
    }
    int64_t off = d->exact ? d->ns : span_distance(&c->when, t);
    int64_t slot = (off + (off < 0 ? -HALF_HOUR / 2 : HALF_HOUR / 2)) / HALF_HOUR;
    if (slot < -CLAIM_MIDDLE_SLOT || slot > CLAIM_MIDDLE_SLOT || slot == 0) {
        return;
    }
    int64_t left = magnitude(off - slot * HALF_HOUR);
    if (left <= tolerance && r->slots[slot + CLAIM_MIDDLE_SLOT] < UINT32_MAX) {
        r->slots[slot + CLAIM_MIDDLE_SLOT]++;
    }
}

static void note_near(struct claim_match *r, const struct claim_distance *d)
{
    bool better = !r->has_near ||
                  (d->exact != r->near_exact ? d->exact : magnitude(d->ns) < magnitude(r->near_ns));
    if (better) {
        r->has_near = true;
        r->near_exact = d->exact;
        r->near_ns = d->ns;
    }
}

void claim_match_elsewhere(const struct claim_matcher *m, const struct claim *c,
                           struct claim_match *r, const struct claim_distance *d,
                           struct claim_lasting t)
{
    note_near(r, d);
    note_slot(m, c, r, d, t);
}

void claim_match_offset(struct claim_match *r, const struct claim_distance *d)
{
    if (!r->has_offset || magnitude(d->ns) < magnitude(r->offset_ns)) {
        r->has_offset = true;
        r->offset_ns = d->ns;
    }
}

/* --- packets ---------------------------------------------------------------------------- */

static bool is_port_proto(uint8_t proto)
{
    return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

/* Is it to the claim's target, of its protocol, with ports that were not
 * recorded: a later fragment, a first one that is too short for them (RFC 1858),
 * a packet that was cut? Later fragments of IPv6 do not tell the protocol. */
static bool lacks_ports(const struct claim *c, const struct observation *o)
{
    bool any = (o->flags & OBS_V6) != 0 && (o->flags & OBS_LATER) != 0;
    bool unread = (o->flags & OBS_L4) == 0 && (any || is_port_proto(o->proto));
    return unread && (!c->has_target || addr_equal(&o->dst, &c->target)) &&
           (c->proto == 0 || c->proto == o->proto || any);
}

/* Would it fit, were source and target port exchanged? */
static bool fits_swapped(const struct claim *c, const struct observation *o)
{
    bool ports = is_port_proto(o->proto) && (o->flags & OBS_L4) != 0;
    bool source = c->source_port == 0 || c->source_port == o->dst_port;
    return ports && c->target_port != 0 && !c->service && c->target_port == o->src_port && source &&
           (!c->has_target || addr_equal(&o->dst, &c->target)) &&
           (c->proto == 0 || c->proto == o->proto);
}

/* Do the ends and the protocol fit? `forth`: the accused sent it. */
bool claim_match_fits(const struct claim *c, const struct observation *o, bool forth)
{
    const struct addr *other = forth ? &o->dst : &o->src;
    uint16_t target_port = forth ? o->dst_port : o->src_port;
    bool ports = is_port_proto(o->proto) && (o->flags & OBS_L4) != 0;
    if ((c->has_target && !addr_equal(other, &c->target)) ||
        (c->proto != 0 && c->proto != o->proto)) {
        return false;
    }
    return c->target_port == 0 || (ports && target_port == c->target_port);
}

struct claim_connection *claim_match_follow(struct claim_matcher *m, uint32_t claim,
                                            const struct observation *o, bool forth)
{
    const struct addr *other = forth ? &o->dst : &o->src;
    uint16_t sp = forth ? o->src_port : o->dst_port;
    uint16_t tp = forth ? o->dst_port : o->src_port;
    size_t mask = 2 * (size_t)LIMIT_CLAIM_CONNECTIONS - 1;
    uint8_t key[24];
    memcpy(key, other->b, sizeof(other->b));
    store_be32(key + 16, claim);
    store_be16(key + 20, sp);
    store_be16(key + 22, tp);
    uint64_t h = hash_bytes(bytes_of(key, sizeof(key)), m->opt.seed);
    for (size_t i = (size_t)h & mask;; i = (i + 1) & mask) {
        struct claim_connection *x = &m->connections[i];
        if (x->used && x->claim == claim && x->source_port == sp && x->target_port == tp &&
            x->udp == (o->proto == PROTO_UDP) && addr_equal(&x->other, other)) {
            return x;
        }
        if (!x->used && m->connection_n == LIMIT_CLAIM_CONNECTIONS) {
            m->matches[claim].more_connections = true;
            return NULL;
        }
        if (!x->used) {
            m->connection_n++;
            *x = (struct claim_connection){.used = true,
                                           .tcp = o->proto == PROTO_TCP,
                                           .udp = o->proto == PROTO_UDP,
                                           .source_port = sp,
                                           .target_port = tp,
                                           .claim = claim,
                                           .other = *other};
            return x;
        }
    }
}

/* Whose SYN came first asks; the other answers. A handshake is done when the
 * SYN-ACK's number is acknowledged (RFC 9293, 3.5); without it, when both have
 * sent data. */
static void track(struct claim_connection *x, const struct observation *o, bool forth)
{
    uint8_t f = o->tcp_flags;
    bool accused_asks = (x->seen & SEEN_SYN_BACK) == 0;
    if (x->udp) { /* whose packet came first */
        bool begins = (x->seen & (SEEN_SYN | SEEN_SYN_BACK)) == 0;
        x->seen |= !begins ? 0 : forth ? SEEN_SYN : SEEN_SYN_BACK;
        return;
    }
    bool asker = forth == accused_asks;
    if ((f & TCP_SYN) != 0 && (f & TCP_ACK) == 0) {
        x->seen |= forth ? SEEN_SYN : (x->seen & SEEN_SYN) == 0 ? SEEN_SYN_BACK : 0;
    } else if ((f & TCP_SYN) != 0) {
        x->seen |= SEEN_SYNACK;
        x->synack_seq = o->seq;
    } else if ((f & TCP_RST) != 0) {
        x->seen |= asker ? 0 : SEEN_RST;
    } else if ((f & TCP_ACK) != 0) {
        bool acknowledged = (x->seen & SEEN_SYNACK) != 0 && asker && o->ack - x->synack_seq != 0 &&
                            o->ack - x->synack_seq < UINT32_C(1) << 31;
        x->seen |= acknowledged ? SEEN_DONE : 0;
        x->seen |= o->payload_len == 0 ? 0 : forth ? SEEN_DATA : SEEN_DATA_BACK;
        if ((x->seen & SEEN_DATA) != 0 && (x->seen & SEEN_DATA_BACK) != 0) {
            x->seen |= SEEN_DONE;
        }
    }
}

/* RFC 792; RFC 4443: errors, and replies to what was asked. */
static bool icmp_answers(const struct observation *o)
{
    uint8_t t = o->tcp_flags;
    return o->proto == PROTO_ICMP     ? t == 0 || t == 3 || t == 4 || t == 11 || t == 12 || t == 14
           : o->proto == PROTO_ICMPV6 ? (t >= 1 && t <= 4) || t == 129
                                      : false;
}

static bool icmp_asks(const struct observation *o)
{
    return (o->proto == PROTO_ICMP && (o->tcp_flags == 8 || o->tcp_flags == 13)) ||
           (o->proto == PROTO_ICMPV6 && o->tcp_flags == 128);
}

static bool asks(const struct observation *o)
{
    uint8_t f = o->tcp_flags;
    return o->proto == PROTO_TCP ? (f & TCP_SYN) != 0 && (f & TCP_ACK) == 0 : !icmp_answers(o);
}

/* Did the other end ask for it? `x` may be NULL: nothing is known of it. */
static bool is_answer(const struct observation *o, const struct claim_connection *x)
{
    uint8_t f = o->tcp_flags;
    return o->proto == PROTO_TCP
               ? (f & TCP_RST) != 0 || ((f & TCP_SYN) != 0 && (f & TCP_ACK) != 0)
               : icmp_answers(o) || (x != NULL && x->udp && (x->seen & SEEN_SYN_BACK) != 0);
}

static void count_forth(struct claim_match *r, const struct observation *o,
                        const struct claim_distance *d, const struct claim_connection *x)
{
    bool answers = is_answer(o, x);
    bool about = (o->flags & OBS_QUOTED) != 0 && addr_equal(&o->quote->src, &o->dst);
    r->packets++;
    r->exact += d->exact;
    r->asks += asks(o) && !answers;
    r->answers += answers;
    r->greetings += (answers && o->proto == PROTO_TCP && (o->tcp_flags & TCP_SYN) != 0) || about;
    if (r->packets == 1 || o->time_ns < r->first_ns) {
        r->first_ns = o->time_ns;
        r->first_pos = o->pos;
    }
    r->last_ns = r->packets == 1 || o->time_ns > r->last_ns ? o->time_ns : r->last_ns;
    claim_match_offset(r, d);
}

/* Each moment that the record may be of. */
uint32_t claim_match_moments(const struct claim_matcher *m, const struct claim *c,
                             struct claim_lasting t, uint16_t source_port)
{
    uint32_t met = 0;
    for (size_t i = 0; i < c->moment_n; i++) {
        const struct claim_moment *x = &c->moments[i];
        struct claim_when w = {
            .first_ns = x->time_ns, .last_ns = x->time_ns, .precision_ns = c->when.precision_ns};
        bool port = x->source_port == 0 || x->source_port == source_port;
        bool near = magnitude(span_distance(&w, t)) <= m->opt.tolerance_ns;
        met |= port && near ? UINT32_C(1) << i : 0;
    }
    return met;
}

/* What does not fit might still be it. */
void claim_match_other(const struct claim_matcher *m, const struct claim *c, struct claim_match *r,
                       const struct observation *o)
{
    if (!c->when.known || magnitude(span_distance(&c->when, at_once(o))) > m->opt.tolerance_ns) {
        return;
    }
    bool portless = lacks_ports(c, o) && (c->target_port != 0 || names_ports(c));
    bool swapped = fits_swapped(c, o);
    r->portless += portless;
    r->swapped += swapped;
    r->other += !portless && !swapped;
}

static void count_back(struct claim_match *r, const struct observation *o, bool first)
{
    bool syn =
        o->proto == PROTO_TCP && (o->tcp_flags & TCP_SYN) != 0 && (o->tcp_flags & TCP_ACK) == 0;
    r->back++;
    r->asked_by += syn || icmp_asks(o) || (o->proto == PROTO_UDP && first);
}

static void meet(struct claim_matcher *m, uint32_t i, const struct observation *o, bool forth)
{
    const struct claim *c = &m->opt.claims->items[i];
    struct claim_match *r = &m->matches[i];
    struct claim_distance d =
        claim_match_distance(c, at_once(o), forth ? o->src_port : o->dst_port);
    bool in_time = magnitude(d.ns) <= m->opt.tolerance_ns;
    if (is_carried(m, o, forth)) {
        r->carried += forth && in_time && claim_match_fits(c, o, forth);
        return;
    }
    r->ever += forth;
    if (!claim_match_fits(c, o, forth)) {
        if (forth) {
            claim_match_other(m, c, r, o);
        }
        return;
    }
    bool followed = (o->proto == PROTO_TCP || o->proto == PROTO_UDP) && (o->flags & OBS_L4) != 0;
    bool close = magnitude(d.ns) <= m->opt.tolerance_ns + FOLLOW_NS;
    struct claim_connection *x = followed && close ? claim_match_follow(m, i, o, forth) : NULL;
    bool first = x != NULL && (x->seen & (SEEN_SYN | SEEN_SYN_BACK)) == 0;
    if (x != NULL) {
        track(x, o, forth);
        x->seen |= in_time ? SEEN_IN_TIME : 0;
    }
    if (!in_time) {
        if (forth && c->when.known) {
            claim_match_elsewhere(m, c, r, &d, at_once(o));
        }
        return;
    }
    if (forth) {
        count_forth(r, o, &d, x);
        r->moments_met |= claim_match_moments(m, c, at_once(o), o->src_port);
    } else {
        count_back(r, o, first);
    }
}

/* --- log lines -------------------------------------------------------------------------- */

/* A server's own log: the accused came to it. It may not know its address. */
static void meet_line(struct claim_matcher *m, uint32_t i, const struct observation *o)
{
    const struct claim *c = &m->opt.claims->items[i];
    struct claim_match *r = &m->matches[i];
    struct claim_distance d = claim_match_distance(c, at_once(o), o->src_port);
    bool named = !addr_is_unspecified(&o->dst);
    enum claim_act act = o->log->service == LOG_WEB ? CLAIM_ACT_WEB : CLAIM_ACT_LOGIN;
    bool other_act = (c->act == CLAIM_ACT_LOGIN || c->act == CLAIM_ACT_WEB) && c->act != act;
    if (other_act || (c->has_target && named && !addr_equal(&c->target, &o->dst)) ||
        (c->target_port != 0 && o->dst_port != 0 && c->target_port != o->dst_port) ||
        magnitude(d.ns) > m->opt.tolerance_ns) {
        return;
    }
    r->lines += o->log->repeat;
    r->lines_exact += d.exact || (named && c->has_target) ? o->log->repeat : 0;
    r->moments_met |= claim_match_moments(m, c, at_once(o), o->src_port);
    if (r->packets == 0) { /* packets say it better */
        bool first = r->lines == o->log->repeat;
        r->first_ns = first || o->time_ns < r->first_ns ? o->time_ns : r->first_ns;
        r->last_ns = first || o->time_ns > r->last_ns ? o->time_ns : r->last_ns;
        r->first_pos = first ? o->pos : r->first_pos;
    }
    claim_match_offset(r, &d);
}

/* --- all of it -------------------------------------------------------------------------- */

/* The first claim, by address, that is not before a. */
size_t claim_match_first(const struct claim_matcher *m, const struct addr *a)
{
    size_t low = 0;
    size_t high = m->opt.claims->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (addr_compare(&claim_at(m, mid)->source, a) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

bool claim_match_accuses(const struct claim_matcher *m, size_t at, const struct addr *a)
{
    return at < m->opt.claims->n && addr_equal(&claim_at(m, at)->source, a);
}

static void look(struct claim_matcher *m, const struct observation *o, bool forth)
{
    const struct addr *a = forth ? &o->src : &o->dst;
    if ((m->bloom & bloom_bit(a)) == 0) {
        return;
    }
    for (size_t i = claim_match_first(m, a); claim_match_accuses(m, i, a); i++) {
        if (o->type == OBS_LOG) {
            meet_line(m, m->order[i], o);
        } else {
            meet(m, m->order[i], o, forth);
        }
    }
}

void claim_matcher_feed(struct claim_matcher *m, const struct obs_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        const struct observation *o = &batch->obs[i];
        if (pos_input(o->pos) >= m->opt.input_n) {
            continue;
        }
        if ((o->flags & OBS_TUNNEL) != 0 && (o->flags & OBS_INNER) == 0) {
            m->outer_pos = o->pos;
            m->outer_src = o->src;
            m->outer_dst = o->dst;
        }
        cover(m, o);
        if (o->proto == PROTO_ARP) {
            continue; /* does not leave the wire */
        }
        look(m, o, true);
        if (o->type != OBS_LOG) {
            look(m, o, false);
        }
    }
}

void claim_matcher_finish(struct claim_matcher *m)
{
    for (size_t i = 0; i < 2 * (size_t)LIMIT_CLAIM_CONNECTIONS; i++) {
        const struct claim_connection *x = &m->connections[i];
        struct claim_match *r = &m->matches[x->claim];
        if (x->used && (x->sides[0].seen || x->sides[1].seen)) {
            claim_match_finish_flow(r, x);
        }
        if (!x->used || x->udp || (x->seen & SEEN_IN_TIME) == 0) {
            continue;
        }
        bool done = (x->seen & SEEN_DONE) != 0;
        r->connections++;
        r->completed += done;
        r->begun += (x->seen & (SEEN_SYN | SEEN_SYN_BACK)) != 0;
        r->theirs += (x->seen & (SEEN_SYN | SEEN_SYN_BACK)) == SEEN_SYN_BACK;
        r->refused += !done && (x->seen & SEEN_RST) != 0;
        r->sending += (x->seen & SEEN_DATA) != 0;
    }
}
