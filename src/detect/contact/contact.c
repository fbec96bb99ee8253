/* detect/contact/contact.c - what each packet means for the contacts.
 *
 * A packet asks (a SYN, a first datagram, an echo request ...), answers
 * somebody who asked, answers nobody who asked (backscatter), or belongs to a
 * connection. RFC 9293, 3.10.7 says which answers a closed or listening port
 * gives, and so which probes learn something from them.
 *
 * A batch is gone through in passes: prefetch each packet's record and event,
 * then its place in the set, or the slot to search them by; the last pass does
 * the work. The first passes are only hints.
 */
#include "detect/contact/contact.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "detect/contact/asking.h"
#include "detect/contact/memo.h"
#include "detect/contact/table_hot.h"

enum { CHECK_EVERY = 4096, CLOCK_SAMPLES = 5, SWEEP_LEAST = 1 << 17 };

struct contact {
    struct table table;
    struct memo_cache memo;
    uint64_t fed;      /* observations, up to the batch before */
    uint64_t strays;   /* in this batch, see contact_strays */
    uint64_t others;   /* see contact_others */
    uint64_t sweep_at; /* records at which to sweep */
    int64_t clock[CLOCK_SAMPLES];
    struct asked asked[OBS_BATCH_MAX]; /* technique TECH_NONE: asks nothing by itself */
    struct contact_seen seen[OBS_BATCH_MAX];
    uint64_t src[OBS_BATCH_MAX];
    struct {
        uint64_t src, dst;
    } hashes[OBS_BATCH_MAX]; /* of hosts in the host table, see hash_hosts */
    size_t batch_n;
};

/* --- TCP ---------------------------------------------------------------- */

/* Techniques whose probes a RST answers, besides SYN. */
static const enum technique odd_tcp[] = {TECH_ACK, TECH_MAIMON, TECH_FIN, TECH_NULL, TECH_XMAS};

struct ends {
    uint64_t src, dst;   /* host keys; dst may be HOST_NONE */
    struct asked *asked; /* what it would ask, fetched ahead; or NULL */
};

/* The pair that the packet's sender would ask with it; and, seen as an
 * answer, the pair that its receiver asked. */
static inline uint64_t pair_there(struct ends e, const struct observation *o)
{
    return pair_make((uint32_t)e.dst, o->dst_port);
}

static inline uint64_t pair_back(struct ends e, const struct observation *o)
{
    return pair_make((uint32_t)e.src, o->src_port);
}

/* Set states on the pair that the receiver asked; false when it did not. */
static bool mark_answer(struct contact *c, struct ends e, const struct observation *o,
                        enum technique t, uint16_t port, uint64_t states)
{
    struct table_pair p =
        table_find_pair(&c->table, e.dst, t, pair_make((uint32_t)e.src, port), o->time_ns);
    pair_ref_set(p.ref, states);
    return pair_ref_found(p.ref);
}

static enum status ask(struct contact *c, struct ends e, const struct observation *o,
                       enum technique t, uint16_t port, enum contact_role *role)
{
    *role = t == TECH_BACKSCATTER ? ROLE_UNSOLICITED : ROLE_ASKS;
    if (e.src == HOST_NONE || e.dst == HOST_NONE) {
        return ST_NOMEM;
    }
    if (e.asked != NULL && e.asked->technique == t && pair_port(e.asked->pair) == port) {
        return table_ask(&c->table, e.asked, o);
    }
    return table_ask_now(&c->table, e.src, t, pair_make((uint32_t)e.dst, port), o);
}

static enum status feed_syn_ack(struct contact *c, struct ends e, const struct observation *o,
                                enum contact_role *role)
{
    if (mark_answer(c, e, o, TECH_SYN, o->src_port, PAIR_ANSWERED)) {
        uint64_t key = memo_key(o);
        *memo_slot(&c->memo, key) = (struct memo){.tag = key, .isn = o->seq, .flags = MEMO_ISN};
        *role = ROLE_ANSWERS;
        return ST_OK;
    }
    return ask(c, e, o, TECH_BACKSCATTER, o->dst_port, role);
}

static bool has_pair(struct table *t, uint64_t host, enum technique tech, uint64_t pair,
                     const struct observation *o)
{
    return pair_ref_found(table_find_pair(t, host, tech, pair, o->time_ns).ref);
}

static enum status feed_rst(struct contact *c, struct ends e, const struct observation *o,
                            enum contact_role *role)
{
    struct table *t = &c->table;
    struct table_pair p = table_find_pair(t, e.dst, TECH_SYN, pair_back(e, o), o->time_ns);
    *role = ROLE_ANSWERS;
    if (pair_ref_found(p.ref)) {
        bool open = (pair_ref_states(p.ref) & (PAIR_ANSWERED | PAIR_SERVER_DATA)) != 0;
        pair_ref_set(p.ref, open ? 0 : PAIR_REFUSED);
        return ST_OK;
    }
    if (has_pair(t, e.src, TECH_SYN, pair_there(e, o), o)) {
        *role = ROLE_DATA; /* the client gives up */
        return ST_OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(odd_tcp); i++) {
        if (mark_answer(c, e, o, odd_tcp[i], o->src_port, PAIR_REFUSED)) {
            return ST_OK;
        }
    }
    if (has_pair(t, e.src, TECH_ACK, pair_there(e, o), o)) {
        *role = ROLE_DATA; /* the end of a connection whose begin was not seen */
        return ST_OK;
    }
    return ask(c, e, o, TECH_BACKSCATTER, o->dst_port, role);
}

/* Payload from one end of a pair; whether both ends have sent some is counted
 * for the whole stream, to tell sensors that see one direction only. */
static void note_payload(struct contact *c, struct table_pair p, uint64_t state)
{
    uint64_t both = PAIR_CLIENT_DATA | PAIR_SERVER_DATA;
    struct contact_stats *s = &c->table.stats;
    uint64_t had = pair_ref_states(p.ref);
    if ((had & state) == 0) {
        bool second = (had & both) != 0;
        s->tcp_pairs_one_way += second ? UINT64_MAX : 1;
        s->tcp_pairs_two_way += second;
        pair_ref_set(p.ref, state);
    }
    if (state == PAIR_CLIENT_DATA && p.event != NULL) {
        p.event->flags |= EVENT_USED;
    }
}

/* Within a connection whose SYN was seen: what this packet adds to its pair. */
static bool feed_known(struct contact *c, struct ends e, const struct observation *o,
                       const struct memo *memo, bool known)
{
    struct table_pair p = table_find_pair(&c->table, e.src, TECH_SYN, pair_there(e, o), o->time_ns);
    if (pair_ref_found(p.ref)) {
        if (o->payload_len > 0) {
            note_payload(c, p, PAIR_CLIENT_DATA);
        }
        bool acknowledges = known && (memo->flags & MEMO_ISN) != 0 && o->ack == memo->isn + 1;
        pair_ref_set(p.ref, acknowledges ? PAIR_COMPLETED : 0);
        return true;
    }
    p = table_find_pair(&c->table, e.dst, TECH_SYN, pair_back(e, o), o->time_ns);
    if (pair_ref_found(p.ref)) {
        pair_ref_set(p.ref, PAIR_ANSWERED);
        if (o->payload_len > 0) {
            note_payload(c, p, PAIR_SERVER_DATA);
        }
        return true;
    }
    return false;
}

/* An answer to a probe with ACK or FIN and ACK, that is no RST: the probe was
 * a packet of a connection. */
static bool answers_older(struct contact *c, struct ends e, const struct observation *o)
{
    static const enum technique asked[] = {TECH_ACK, TECH_MAIMON};
    bool answers = false;
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct table_pair p =
            table_find_pair(&c->table, e.dst, asked[i], pair_back(e, o), o->time_ns);
        if (pair_ref_found(p.ref)) {
            pair_ref_set(p.ref, PAIR_ANSWERED);
            if (o->payload_len > 0) {
                note_payload(c, p, PAIR_SERVER_DATA);
            }
            answers = true;
        }
    }
    return answers;
}

/* No SYN was seen: an answer to an odd probe, a connection older than the
 * capture, or an odd probe itself. */
static enum status feed_unknown(struct contact *c, struct ends e, const struct observation *o,
                                enum contact_role *role)
{
    struct table *t = &c->table;
    if (o->payload_len > 0) { /* stray answers went on: somebody had asked */
        struct table_pair stray =
            table_find_pair(t, e.src, TECH_BACKSCATTER, pair_there(e, o), o->time_ns);
        pair_ref_set(stray.ref, PAIR_CLIENT_DATA);
    }
    if (answers_older(c, e, o)) {
        return ST_OK;
    }
    struct table_pair own = table_find_pair(t, e.src, TECH_ACK, pair_there(e, o), o->time_ns);
    if ((pair_ref_states(own.ref) & (PAIR_CLIENT_DATA | PAIR_ANSWERED)) != 0) {
        if (o->payload_len > 0) {
            note_payload(c, own, PAIR_CLIENT_DATA);
        }
        return ST_OK;
    }
    bool closing = (o->tcp_flags & TCP_FIN) != 0 && o->payload_len == 0;
    enum technique tech = closing ? TECH_MAIMON : TECH_ACK;
    TRY(ask(c, e, o, tech, o->dst_port, role));
    if (o->payload_len > 0) {
        *role = ROLE_DATA;
        own = table_find_pair(t, e.src, tech, pair_there(e, o), o->time_ns);
        if (pair_ref_found(own.ref)) {
            note_payload(c, own, PAIR_CLIENT_DATA);
        }
    }
    return ST_OK;
}

static enum status feed_data(struct contact *c, struct ends e, const struct observation *o,
                             enum contact_role *role)
{
    uint32_t done = memo_done(o);
    uint64_t key = memo_key(o);
    struct memo *memo = memo_slot(&c->memo, key);
    bool known = memo->tag == key;
    *role = ROLE_DATA;
    if (known && (memo->flags & done) != 0) {
        return ST_OK;
    }
    bool connected = feed_known(c, e, o, memo, known);
    if (!connected) {
        TRY(feed_unknown(c, e, o, role));
    }
    if (connected || o->payload_len > 0) {
        if (!known) {
            *memo = (struct memo){.tag = key};
        }
        memo->flags |= done;
    }
    return ST_OK;
}

static enum status feed_tcp(struct contact *c, struct ends e, const struct observation *o,
                            enum technique t, enum contact_role *role)
{
    uint8_t f = o->tcp_flags;
    if (t != TECH_NONE && t != TECH_BACKSCATTER) {
        return ask(c, e, o, t, o->dst_port, role);
    }
    if ((f & TCP_RST) != 0) {
        return feed_rst(c, e, o, role);
    }
    if ((f & TCP_SYN) != 0) {
        return feed_syn_ack(c, e, o, role);
    }
    return (f & TCP_ACK) != 0 ? feed_data(c, e, o, role) : ST_OK;
}

/* --- UDP, ICMP and the rest ---------------------------------------------- */

/* Answers come from where services listen and go to where they do not. A
 * stray one is no probe, whoever sent it. */
static bool looks_like_answer(const struct observation *o)
{
    static const uint16_t high[] = {1194, 1434, 1645,  1646,  1701,  1812,  1813,  1900,
                                    3283, 3389, 3478,  3702,  4500,  5060,  5061,  5093,
                                    5353, 5683, 10001, 11211, 27015, 30120, 37810, 51820};
    if (o->dst_port < 1024) {
        return false;
    }
    if (o->src_port < 1024) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(high); i++) {
        if (o->src_port == high[i]) {
            return true;
        }
    }
    return false;
}

static bool to_many(const struct observation *o)
{
    return addr_is_multicast(&o->dst) || addr_is_broadcast(&o->dst);
}

static enum status feed_udp(struct contact *c, struct ends e, const struct observation *o,
                            enum contact_role *role)
{
    if (e.asked->technique == TECH_NONE) {
        return ST_NOMEM;
    }
    /* Whether it was asked before matters only where it may be an answer, or
     * speak to many. */
    bool many = to_many(o);
    bool answer = looks_like_answer(o);
    bool asked_back = table_may_find(&c->table, e.dst, TECH_UDP);
    if ((many || answer || asked_back) &&
        !pair_ref_found(table_asked_pair(&c->table, e.asked, o->time_ns).ref)) {
        if (mark_answer(c, e, o, TECH_UDP, o->src_port, PAIR_ANSWERED)) {
            *role = ROLE_ANSWERS;
            return ST_OK;
        }
        if (many) {
            return ST_OK;
        }
        if (answer) {
            *role = ROLE_UNSOLICITED;
            return ST_OK;
        }
    }
    return ask(c, e, o, TECH_UDP, o->dst_port, role);
}

static enum technique technique_of_quote(const struct obs_quote *q)
{
    switch (q->proto) {
    case PROTO_TCP:
        return TECH_SYN;
    case PROTO_UDP:
        return TECH_UDP;
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        return TECH_ICMP_ECHO;
    case PROTO_SCTP:
        return TECH_SCTP_INIT;
    default:
        return TECH_IP_PROTOCOL;
    }
}

/* An ICMP error speaks of a packet that its receiver is said to have sent. */
static enum status feed_icmp_error(struct contact *c, const struct observation *o,
                                   enum contact_role *role)
{
    const struct obs_quote *q = o->quote;
    struct host_table *hosts = c->table.opt.hosts;
    bool inner = (o->flags & OBS_INNER) != 0;
    uint64_t asker = host_find(hosts, &q->src, inner);
    uint64_t target = host_find(hosts, &q->dst, inner);
    bool unreachable = o->tcp_flags == (o->proto == PROTO_ICMP ? 3 : 1);
    enum technique t = technique_of_quote(q);
    uint16_t port = t == TECH_IP_PROTOCOL ? q->proto : q->dst_port;
    static const enum technique tcp_too[] = {TECH_SYN, TECH_ACK,  TECH_MAIMON,
                                             TECH_FIN, TECH_NULL, TECH_XMAS};
    size_t n = t == TECH_SYN ? ARRAY_LEN(tcp_too) : t == TECH_SCTP_INIT ? 2 : 1;
    for (size_t i = 0; i < n && target != HOST_NONE; i++) {
        enum technique k = t == TECH_SYN ? tcp_too[i] : i == 1 ? TECH_SCTP_COOKIE : t;
        struct table_pair p =
            table_find_pair(&c->table, asker, k, pair_make((uint32_t)target, port), o->time_ns);
        if (pair_ref_found(p.ref)) {
            pair_ref_set(p.ref, unreachable ? PAIR_REFUSED : 0);
            *role = ROLE_ANSWERS;
            return ST_OK;
        }
    }
    struct ends e = {.src = host_intern(hosts, &q->dst, inner),
                     .dst = host_intern(hosts, &q->src, inner),
                     .asked = NULL};
    /* About TCP it is of one kind with the RSTs to the same port. */
    return ask(c, e, o, TECH_BACKSCATTER, q->proto == PROTO_TCP ? q->src_port : 0, role);
}

static enum status feed_icmp(struct contact *c, struct ends e, const struct observation *o,
                             enum technique t, enum contact_role *role)
{
    if (t != TECH_NONE) {
        return ask(c, e, o, t, 0, role);
    }
    if ((o->flags & OBS_QUOTED) != 0) {
        return feed_icmp_error(c, o, role);
    }
    static const struct {
        uint8_t v4, v6;
        enum technique t;
    } replies[] = {
        {0, 129, TECH_ICMP_ECHO}, {14, 255, TECH_ICMP_TIMESTAMP}, {18, 255, TECH_ICMP_MASK}};
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        if (o->tcp_flags == (o->proto == PROTO_ICMP ? replies[i].v4 : replies[i].v6)) {
            if (mark_answer(c, e, o, replies[i].t, 0, PAIR_ANSWERED)) {
                *role = ROLE_ANSWERS;
                return ST_OK;
            }
            return ask(c, e, o, TECH_BACKSCATTER, 0, role);
        }
    }
    return ST_OK;
}

static enum status feed_sctp(struct contact *c, struct ends e, const struct observation *o,
                             enum contact_role *role)
{
    enum { INIT = 1, INIT_ACK = 2, ABORT = 6, COOKIE_ECHO = 10, COOKIE_ACK = 11 };
    switch (o->tcp_flags) {
    case INIT:
        return ask(c, e, o, TECH_SCTP_INIT, o->dst_port, role);
    case INIT_ACK:
    case COOKIE_ACK:
        (void)mark_answer(c, e, o, TECH_SCTP_INIT, o->src_port, PAIR_ANSWERED); /* or stray */
        return ST_OK;
    case ABORT:
        if (!mark_answer(c, e, o, TECH_SCTP_INIT, o->src_port, PAIR_REFUSED)) {
            (void)mark_answer(c, e, o, TECH_SCTP_COOKIE, o->src_port, PAIR_REFUSED);
        }
        return ST_OK;
    case COOKIE_ECHO: {
        struct table_pair p =
            table_find_pair(&c->table, e.src, TECH_SCTP_INIT, pair_there(e, o), o->time_ns);
        if ((pair_ref_states(p.ref) & PAIR_ANSWERED) != 0) {
            pair_ref_set(p.ref, PAIR_COMPLETED);
            return ST_OK;
        }
        return ask(c, e, o, TECH_SCTP_COOKIE, o->dst_port, role);
    }
    default:
        return ST_OK;
    }
}

static enum status feed_arp(struct contact *c, struct ends e, const struct observation *o,
                            enum contact_role *role)
{
    enum { REQUEST = 1, REPLY = 2 };
    if (o->tcp_flags == REPLY) {
        (void)mark_answer(c, e, o, TECH_ARP, 0, PAIR_ANSWERED); /* or nobody asked */
        return ST_OK;
    }
    /* RFC 5227: announcements ask for oneself, probes come from nobody. */
    if (o->tcp_flags != REQUEST || addr_equal(&o->src, &o->dst) || addr_is_unspecified(&o->src)) {
        return ST_OK;
    }
    return ask(c, e, o, TECH_ARP, 0, role);
}

/* --- dispatch ------------------------------------------------------------ */

static bool is_other_protocol(const struct observation *o)
{
    return o->proto != 254 && o->proto != PROTO_ARP && o->proto != PROTO_TCP &&
           o->proto != PROTO_UDP && o->proto != PROTO_ICMP && o->proto != PROTO_ICMPV6 &&
           o->proto != PROTO_SCTP && (o->flags & (OBS_LATER | OBS_TUNNEL)) == 0 && !to_many(o);
}

static enum status feed_one(struct contact *c, size_t i, const struct observation *o)
{
    enum contact_role role = ROLE_NONE;
    enum status st = ST_OK;
    enum technique t = (enum technique)c->asked[i].technique;
    struct ends e = {.src = c->src[i], .dst = c->seen[i].target, .asked = &c->asked[i]};
    if (o->type != OBS_PACKET || addr_is_unspecified(&o->dst)) {
        c->seen[i].role = ROLE_NONE;
        return ST_OK;
    }
    if ((o->flags & OBS_L4) == 0) {
        if (is_other_protocol(o)) {
            st = ask(c, e, o, TECH_IP_PROTOCOL, o->proto, &role);
        }
    } else if (o->proto == PROTO_TCP) {
        st = feed_tcp(c, e, o, t, &role);
    } else if (o->proto == PROTO_UDP) {
        st = feed_udp(c, e, o, &role);
    } else if (o->proto == PROTO_ARP) {
        st = feed_arp(c, e, o, &role);
    } else if (o->proto == PROTO_SCTP) {
        st = feed_sctp(c, e, o, &role);
    } else {
        st = feed_icmp(c, e, o, t, &role);
    }
    c->seen[i].role = (uint8_t)role;
    return st;
}

/* --- time and memory ------------------------------------------------------ */

/* The stream's time, deaf to single wrong stamps: the median of samples. */
static int64_t stream_clock(const struct contact *c)
{
    int64_t t[CLOCK_SAMPLES];
    memcpy(t, c->clock, sizeof(t));
    for (int i = 1; i < CLOCK_SAMPLES; i++) {
        for (int k = i; k > 0 && t[k] < t[k - 1]; k--) {
            int64_t swap = t[k];
            t[k] = t[k - 1];
            t[k - 1] = swap;
        }
    }
    return t[CLOCK_SAMPLES / 2];
}

static size_t used_bytes(const struct contact *c)
{
    return table_bytes(&c->table) + host_table_bytes(c->table.opt.hosts);
}

static void collect_hosts(struct contact *c)
{
    if (host_collect_begin(c->table.opt.hosts)) {
        table_mark_hosts(&c->table);
        for (size_t i = 0; i < c->batch_n; i++) { /* HOST_NONE has no bit 32 of its own */
            if (c->src[i] != HOST_NONE && c->seen[i].target != HOST_NONE) {
                host_collect_mark(c->table.opt.hosts, c->src[i]);
                host_collect_mark(c->table.opt.hosts, c->seen[i].target);
            }
        }
        if (c->table.opt.mark_hosts != NULL) {
            c->table.opt.mark_hosts(c->table.opt.ctx);
        }
        host_collect_end(c->table.opt.hosts);
    }
}

/* Sweep when records have doubled since the last time; when memory is over
 * its limit sweep harder, and at last let the sets grow no more. All of this
 * depends on the observations alone, not on how they came in. */
static void check(struct contact *c)
{
    struct table *t = &c->table;
    size_t limit = t->opt.memory_bytes;
    size_t used = used_bytes(c);
    if (used > t->stats.peak_bytes) {
        t->stats.peak_bytes = used;
    }
    if (t->records.n >= c->sweep_at) {
        (void)table_sweep(t, stream_clock(c), 1); /* how many is not needed */
        c->sweep_at = t->records.n * 2 < SWEEP_LEAST ? SWEEP_LEAST : t->records.n * 2;
        collect_hosts(c);
        used = used_bytes(c);
    }
    if (limit != 0 && used > limit && !t->no_tails) {
        table_drop_tails(t);
        used = used_bytes(c);
    }
    if (limit == 0 || used <= limit) {
        t->full = false;
        return;
    }
    for (int64_t share = 4; share <= 4096 && used > limit - limit / 8; share *= 4) {
        t->stats.early += table_sweep(t, stream_clock(c), share);
        collect_hosts(c);
        used = used_bytes(c);
    }
    t->full = used > limit;
}

/* Questions whose meaning needs no look at what was before. */
static const bool asks_plainly[TECH_COUNT] = {
    [TECH_SYN] = true,       [TECH_FIN] = true,       [TECH_NULL] = true,
    [TECH_XMAS] = true,      [TECH_ICMP_ECHO] = true, [TECH_ICMP_TIMESTAMP] = true,
    [TECH_ICMP_MASK] = true,
};

static inline bool is_data(const struct observation *o)
{
    return o->proto == PROTO_TCP && (o->flags & OBS_L4) != 0 && o->type == OBS_PACKET &&
           (o->tcp_flags & (TCP_ACK | TCP_SYN | TCP_RST)) == TCP_ACK;
}

static inline __attribute__((always_inline)) void look_at(struct contact *c, size_t i,
                                                          const struct observation *o)
{
    struct table *t = &c->table;
    struct asked *a = &c->asked[i];
    enum technique k = may_ask(o);
    uint64_t src;
    uint64_t dst;
    if (__builtin_expect((o->flags & (OBS_V6 | OBS_INNER | OBS_FRAGMENT)) != 0, 0)) {
        bool inner = (o->flags & OBS_INNER) != 0;
        c->others |= (uint64_t)((o->flags & OBS_FRAGMENT) != 0) << i;
        src = host_intern_hashed(t->opt.hosts, &o->src, inner, c->hashes[i].src);
        dst = host_intern_hashed(t->opt.hosts, &o->dst, inner, c->hashes[i].dst);
        k = src == HOST_NONE || dst == HOST_NONE ? TECH_NONE : k;
    } else {
        src = addr_v4(&o->src);
        dst = addr_v4(&o->dst);
    }
    c->src[i] = src;
    c->seen[i] = (struct contact_seen){.target = dst, .technique = (uint8_t)k};
    a->technique = (uint8_t)k;
    a->data = false;
    a->number = 0;
    a->key = record_key(src, k);
    a->pair = pair_make((uint32_t)dst, o->dst_port);
    if (__builtin_expect(asks_plainly[k], 1)) {
        a->marks = tool_marks(o);
        table_look(t, a);
        return;
    }
    if (k == TECH_NONE && is_data(o)) {
        a->data = true;
        a->key = memo_key(o);
        if (memo_is_done(&c->memo, a->key, o)) { /* most of a connection */
            return;
        }
    }
    a->marks = k == TECH_UDP ? tool_marks(o) : 0;
    if (k != TECH_NONE) {
        table_look(t, a);
    }
    table_look_pair(t, dst, k == TECH_UDP ? TECH_UDP : TECH_SYN); /* an answer, perhaps */
    if (k != TECH_UDP) {
        table_look_pair(t, src, TECH_SYN);
    }
}

static void feed_in_full(struct contact *c, size_t i, const struct observation *o)
{
    struct table *t = &c->table;
    struct asked *a = &c->asked[i];
    enum status st;
    if (asks_plainly[a->technique]) {
        c->seen[i].role = ROLE_ASKS;
        st = table_ask(t, a, o);
    } else {
        st = feed_one(c, i, o);
        c->strays |= (uint64_t)(c->seen[i].role == ROLE_UNSOLICITED) << i;
    }
    t->stats.lost += st == ST_NOMEM;
    if (c->seen[i].role == ROLE_ASKS && a->technique != TECH_NONE) {
        c->seen[i].sweeps = table_sweeps(t, a);
    }
    bool sweeps = c->seen[i].role == ROLE_ASKS && c->seen[i].sweeps;
    c->others |= (uint64_t)(!sweeps && c->seen[i].role != ROLE_DATA) << i;
}

static inline void feed_next(struct contact *c, size_t i, const struct observation *o)
{
    const struct asked *a = &c->asked[i];
    bool sweeps;
    if (asks_plainly[a->technique] && table_ask_common(&c->table, a, o, &sweeps)) {
        c->seen[i].role = ROLE_ASKS;
        c->seen[i].sweeps = sweeps;
        c->others |= (uint64_t)!sweeps << i;
        return;
    }
    if (a->data && memo_is_done(&c->memo, a->key, o)) {
        c->seen[i].role = ROLE_DATA;
        return;
    }
    feed_in_full(c, i, o);
}

/* Of hosts that are no plain IPv4 addresses; and what they need is fetched. */
static void hash_hosts(struct contact *c, const struct obs_batch *batch)
{
    const struct host_table *hosts = c->table.opt.hosts;
    uint64_t which = 0;
    for (size_t i = 0; i < batch->n; i++) {
        const struct observation *o = &batch->obs[i];
        if ((o->flags & (OBS_V6 | OBS_INNER | OBS_FRAGMENT)) == 0) {
            table_look_ahead(&c->table, addr_v4(&o->src));
            continue;
        }
        bool inner = (o->flags & OBS_INNER) != 0;
        c->hashes[i].src = host_hash(hosts, &o->src, inner);
        c->hashes[i].dst = host_hash(hosts, &o->dst, inner);
        if (hosts->n != 0) {
            host_fetch_index(hosts, c->hashes[i].src);
            host_fetch_index(hosts, c->hashes[i].dst);
            which |= UINT64_C(1) << i;
        }
    }
    for (; which != 0; which &= which - 1) {
        unsigned i = (unsigned)__builtin_ctzll(which);
        host_fetch(hosts, c->hashes[i].src);
        host_fetch(hosts, c->hashes[i].dst);
    }
}

enum status contact_feed(struct contact *c, const struct obs_batch *batch)
{
    struct table *t = &c->table;
    size_t n = batch->n;
    c->batch_n = n;
    c->strays = 0;
    c->others = 0;
    hash_hosts(c, batch);
    for (size_t i = 0; i < n; i++) {
        look_at(c, i, &batch->obs[i]);
    }
    uint64_t elsewhere = 0;
    uint64_t spans = 0;
    for (size_t i = 0; i < n; i++) {
        if (c->asked[i].technique != TECH_NONE) {
            bool has_spans = false;
            elsewhere |= (uint64_t)!table_locate(t, &c->asked[i], &has_spans) << i;
            spans |= (uint64_t)has_spans << i;
        }
    }
    for (uint64_t bits = spans; bits != 0; bits &= bits - 1) {
        table_fetch_detail(t, &c->asked[__builtin_ctzll(bits)]);
    }
    for (; elsewhere != 0; elsewhere &= elsewhere - 1) {
        table_search(t, &c->asked[__builtin_ctzll(elsewhere)]);
    }
    for (uint64_t bits = spans; bits != 0; bits &= bits - 1) {
        table_fetch_spans(t, &c->asked[__builtin_ctzll(bits)]);
    }
    for (uint64_t bits = spans; bits != 0; bits &= bits - 1) {
        table_fetch_span(t, &c->asked[__builtin_ctzll(bits)]);
    }
    /* Every CHECK_EVERY observations, wherever batches begin and end. */
    size_t check_at = (CHECK_EVERY - c->fed % CHECK_EVERY) % CHECK_EVERY;
    for (size_t i = 0; i < n; i++) {
        if (__builtin_expect(i == check_at, 0)) {
            c->clock[(c->fed + i) / CHECK_EVERY % CLOCK_SAMPLES] = batch->obs[i].time_ns;
            check(c);
        }
        feed_next(c, i, &batch->obs[i]);
    }
    c->fed += n;
    return ST_OK;
}

uint64_t contact_strays(const struct contact *c)
{
    return c->strays;
}

uint64_t contact_others(const struct contact *c)
{
    return c->others;
}

const struct contact_seen *contact_seen(const struct contact *c)
{
    return c->seen;
}

enum status contact_finish(struct contact *c)
{
    size_t used = used_bytes(c);
    if (used > c->table.stats.peak_bytes) {
        c->table.stats.peak_bytes = used;
    }
    table_end_all(&c->table);
    return ST_OK;
}

struct contact_stats contact_stats(const struct contact *c)
{
    return c->table.stats;
}

static void contact_freep(struct contact **c)
{
    contact_free(*c);
}

enum status contact_new(const struct contact_options *opt, struct contact **ret)
{
    CLEANUP(contact_freep) struct contact *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return ST_NOMEM;
    }
    TRY(table_init(&c->table, opt));
    c->memo.slots = calloc(MEMO_SLOTS, sizeof(struct memo));
    if (c->memo.slots == NULL) {
        return ST_NOMEM;
    }
    c->sweep_at = SWEEP_LEAST;
    *ret = TAKE(c);
    return ST_OK;
}

void contact_free(struct contact *c)
{
    if (c != NULL) {
        table_fini(&c->table);
        free(c->memo.slots);
        free(c);
    }
}
