/* exchange/claim/match_flow.c - claims held against flows.
 *
 * A flow tells its ends, times and sums, not the order of packets: who began is
 * known when both directions were seen, or when the writer joined them. It counts
 * as within a claim's time when it was open then.
 */
#include <string.h>

#include "base/core/limits.h"
#include "exchange/claim/match_parts.h"

static int64_t magnitude(int64_t v)
{
    return v < 0 ? -v : v;
}

/* One direction of a flow, as a packet of it would look. */
static struct observation packet_of(const struct claim_flow *f, bool back)
{
    bool ports = f->proto == PROTO_TCP || f->proto == PROTO_UDP || f->proto == PROTO_SCTP;
    bool v6 = !addr_is_v4(&f->src);
    bool known = ports && (f->src_port != 0 || f->dst_port != 0);
    return (struct observation){.type = OBS_FLOW,
                                .time_ns = f->first_ns,
                                .pos = f->pos,
                                .proto = f->proto,
                                .flags =
                                    (uint16_t)((known || !ports ? OBS_L4 : 0) | (v6 ? OBS_V6 : 0)),
                                .src = back ? f->dst : f->src,
                                .dst = back ? f->src : f->dst,
                                .src_port = back ? f->dst_port : f->src_port,
                                .dst_port = back ? f->src_port : f->dst_port};
}

/* A part of the packets may lie outside of the time; which, nothing tells. */
static void count(struct claim_matcher *m, uint32_t i, const struct observation *o,
                  const struct claim_flow *f, const struct claim_distance *d, uint64_t packets)
{
    struct claim_match *r = &m->matches[i];
    struct claim_lasting t = {f->first_ns, f->last_ns};
    bool first = r->packets == 0;
    r->packets += packets;
    r->exact += d->exact ? packets : 0;
    r->first_pos = first || f->first_ns < r->first_ns ? o->pos : r->first_pos;
    r->first_ns = first || f->first_ns < r->first_ns ? f->first_ns : r->first_ns;
    r->last_ns = first || f->last_ns > r->last_ns ? f->last_ns : r->last_ns;
    claim_match_offset(r, d);
    r->moments_met |= claim_match_moments(m, &m->opt.claims->items[i], t, o->src_port);
}

static void note_side(struct claim_connection *x, const struct claim_flow *f, bool forth, bool back,
                      uint64_t packets)
{
    struct claim_flow_side *s = &x->sides[forth ? 0 : 1];
    s->first_ns = !s->seen || f->first_ns < s->first_ns ? f->first_ns : s->first_ns;
    s->seen = true;
    s->packets += packets;
    s->tcp_flags |= back ? 0 : f->tcp_flags;
    s->began |= f->joined && !back;
    s->state = f->state > s->state ? f->state : s->state;
}

/* `back`: what the flow's other end sent. */
static void meet(struct claim_matcher *m, uint32_t i, const struct claim_flow *f, bool forth,
                 bool back)
{
    const struct claim *c = &m->opt.claims->items[i];
    struct claim_match *r = &m->matches[i];
    struct observation o = packet_of(f, back);
    uint64_t packets = back ? f->back : f->packets;
    struct claim_lasting t = {f->first_ns, f->last_ns};
    struct claim_distance d = claim_match_distance(c, t, forth ? o.src_port : o.dst_port);
    bool in_time = magnitude(d.ns) <= m->opt.tolerance_ns;
    r->ever += forth ? packets : 0;
    if (packets == 0) {
        return;
    }
    if (!claim_match_fits(c, &o, forth)) {
        if (forth && in_time) {
            claim_match_other(m, c, r, &o);
        }
        return;
    }
    if (!in_time) {
        if (forth && c->when.known) {
            claim_match_elsewhere(m, c, r, &d, t);
        }
        return;
    }
    struct claim_connection *x =
        (o.flags & OBS_L4) != 0 ? claim_match_follow(m, i, &o, forth) : NULL;
    if (x != NULL) {
        note_side(x, f, forth, back, packets);
    }
    if (forth) {
        count(m, i, &o, f, &d, packets);
    } else {
        r->back += packets;
    }
}

static void look(struct claim_matcher *m, const struct addr *a, const struct claim_flow *f,
                 bool forth, bool back)
{
    for (size_t i = claim_match_first(m, a); claim_match_accuses(m, i, a); i++) {
        meet(m, m->order[i], f, forth, back);
    }
}

static void cover(struct claim_matcher *m, const struct claim_flow *f)
{
    struct claim_cover *c = &m->covers[pos_input(f->pos)];
    enum claim_class class = claim_class_of(f->proto);
    bool from = claim_match_in_nets(m, &f->src);
    bool to = claim_match_in_nets(m, &f->dst);
    c->records++;
    c->flows = true;
    claim_match_extend(c, (struct claim_lasting){f->first_ns, f->last_ns});
    c->out[class] += (from ? f->packets : 0) + (to ? f->back : 0);
    c->in += (to ? f->packets : 0) + (from ? f->back : 0);
}

void claim_matcher_flow(struct claim_matcher *m, const struct claim_flow *f)
{
    if (pos_input(f->pos) >= m->opt.input_n) {
        return;
    }
    cover(m, f);
    look(m, &f->src, f, true, false);
    look(m, &f->dst, f, false, false);
    if (f->joined && f->back > 0) {
        look(m, &f->dst, f, true, true);
        look(m, &f->src, f, false, true);
    }
}

/* --- at the end ------------------------------------------------------------------------------- */

/* Who began: by the writer's word; else who came first and, of TCP, sent a SYN.
 * 0: the accused, 1: the other end, -1: that is not known. */
static int beginner(const struct claim_connection *x)
{
    const struct claim_flow_side *own = &x->sides[0];
    const struct claim_flow_side *other = &x->sides[1];
    if (own->began || other->began) {
        return own->began ? 0 : 1;
    }
    if (!own->seen || !other->seen) {
        bool alone =
            own->seen && (own->tcp_flags & TCP_SYN) != 0 && (own->tcp_flags & TCP_ACK) == 0;
        return alone || (own->seen && x->udp) ? 0 : -1;
    }
    return own->first_ns == other->first_ns ? -1 : own->first_ns < other->first_ns ? 0 : 1;
}

static bool is_done(const struct claim_connection *x)
{
    const uint8_t both = TCP_SYN | TCP_ACK;
    bool flags = (x->sides[0].tcp_flags & both) == both && (x->sides[1].tcp_flags & both) == both;
    return x->sides[0].state == CLAIM_FLOW_DONE || x->sides[1].state == CLAIM_FLOW_DONE || flags;
}

static bool is_refused(const struct claim_connection *x, int by)
{
    const struct claim_flow_side *asked = &x->sides[by == 0 ? 1 : 0];
    bool reset =
        asked->seen && (asked->tcp_flags & TCP_RST) != 0 && (asked->tcp_flags & TCP_SYN) == 0;
    return x->sides[0].state == CLAIM_FLOW_REFUSED || x->sides[1].state == CLAIM_FLOW_REFUSED ||
           (by >= 0 && reset);
}

void claim_match_finish_flow(struct claim_match *r, const struct claim_connection *x)
{
    const struct claim_flow_side *own = &x->sides[0];
    const struct claim_flow_side *other = &x->sides[1];
    int by = beginner(x);
    bool done = is_done(x);
    r->asks += by == 0 ? own->packets : 0;
    r->answers += by == 1 ? own->packets : 0;
    r->asked_by += by == 1 ? other->packets : 0;
    if (!x->tcp) {
        return;
    }
    r->connections++;
    r->completed += done;
    r->refused += !done && is_refused(x, by);
    r->begun += by >= 0;
    r->theirs += by == 1;
}

/* --- several kinds of records ----------------------------------------------------------------- */

static void join_times(struct claim_match *to, const struct claim_match *from)
{
    bool has = to->packets + to->lines > 0;
    if (from->packets + from->lines == 0) {
        return;
    }
    to->first_pos = !has || from->first_ns < to->first_ns ? from->first_pos : to->first_pos;
    to->first_ns = !has || from->first_ns < to->first_ns ? from->first_ns : to->first_ns;
    to->last_ns = !has || from->last_ns > to->last_ns ? from->last_ns : to->last_ns;
}

static void join_near(struct claim_match *to, const struct claim_match *from)
{
    bool offset = from->has_offset &&
                  (!to->has_offset || magnitude(from->offset_ns) < magnitude(to->offset_ns));
    to->offset_ns = offset ? from->offset_ns : to->offset_ns;
    to->has_offset |= from->has_offset;
    bool nearer = from->near_exact != to->near_exact
                      ? from->near_exact
                      : magnitude(from->near_ns) < magnitude(to->near_ns);
    if (from->has_near && (!to->has_near || nearer)) {
        to->has_near = true;
        to->near_exact = from->near_exact;
        to->near_ns = from->near_ns;
    }
}

void claim_match_join(struct claim_match *to, const struct claim_match *from)
{
    const uint64_t *more[] = {
        &from->packets,     &from->exact,     &from->back,    &from->lines,    &from->other,
        &from->lines_exact, &from->asks,      &from->answers, &from->asked_by, &from->connections,
        &from->begun,       &from->completed, &from->refused, &from->sending,  &from->theirs,
        &from->ever,        &from->portless,  &from->swapped, &from->carried,  &from->greetings};
    uint64_t *sums[] = {&to->packets,  &to->exact,       &to->back,    &to->lines,
                        &to->other,    &to->lines_exact, &to->asks,    &to->answers,
                        &to->asked_by, &to->connections, &to->begun,   &to->completed,
                        &to->refused,  &to->sending,     &to->theirs,  &to->ever,
                        &to->portless, &to->swapped,     &to->carried, &to->greetings};
    join_times(to, from);
    join_near(to, from);
    for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
        *sums[i] += *more[i];
    }
    to->more_connections |= from->more_connections;
    to->moments_met |= from->moments_met;
    for (size_t i = 0; i < CLAIM_SLOTS; i++) {
        to->slots[i] += from->slots[i];
    }
}
