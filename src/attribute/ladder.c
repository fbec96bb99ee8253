/* attribute/ladder.c - the rungs that the traffic itself tells.
 *
 * Whether the source address is authentic decides how far the ladder goes: an
 * address that was proven two-way leads to a network, one that is impossible or
 * spread as forged ones leads nowhere. A one-way address goes on, since most
 * are not forged, and says at each place what that rests on.
 */
#include "attribute/ladder.h"

#include <inttypes.h>
#include <string.h>

#include "attribute/ladder_parts.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"

enum { SAY_MAX = 1 << 16, SENDERS_LEAST = 18, TTL_KINDS_MANY = 150 };
/* A way that changes does so by a few hops. */
enum { TTL_PACKETS_LEAST = 16, TTL_SPREAD_MANY = 8 };

static const char *take(struct build *b)
{
    const char *s = ladder_text(b->l, &b->say);
    buf_clear(&b->say);
    return s;
}

void build_answer(struct build *b, struct ladder_rung *r)
{
    r->answer = take(b);
}

void build_basis(struct build *b, struct ladder_rung *r)
{
    r->basis = take(b);
}

void build_ask(struct build *b, struct ladder_rung *r)
{
    r->ask = take(b);
}

void build_support(struct build *b, struct ladder_rung *r)
{
    ladder_line(b->l, &r->supports, &b->say);
    buf_clear(&b->say);
}

void build_weaken(struct build *b, struct ladder_rung *r)
{
    ladder_line(b->l, &r->weakens, &b->say);
    buf_clear(&b->say);
}

void build_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
    text_count(out, n);
    buf_printf(out, " %s", n == 1 ? one : many);
}

static void put_addr(struct buf *out, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];
    size_t n = addr_format(a, text);
    buf_append(out, text, n);
}

/* --- packet ---------------------------------------------------------------------------- */

static void two_way(struct build *b, struct ladder_rung *r)
{
    const struct finding *f = b->c->finding;
    bool log = (f->flags & FINDING_LOG) != 0;
    r->confidence = log ? LADDER_MODERATE : LADDER_HIGH;
    buf_str(&b->say, "whoever sent this could read what was sent to the address");
    build_answer(b, r);
    if (log) {
        buf_str(&b->say, "The log is of a server that speaks after a completed handshake.");
        build_support(b, r);
        buf_str(&b->say, "Behind a proxy or load balancer the logged address is that one's.");
        build_weaken(b, r);
        buf_str(&b->say, "a log tells of the handshake, it does not show it");
    } else {
        if (f->sessions > 0) {
            build_count(&b->say, f->sessions, "connection", "connections");
            buf_str(&b->say, " carried data both ways after a completed handshake.");
        } else {
            buf_str(&b->say, "The sender went on with what only the answer could tell it: "
                             "sequence numbers that it acknowledged.");
        }
        build_support(b, r);
        buf_str(&b->say, "both directions are in the capture");
    }
    build_basis(b, r);
    r->refuted = "Complete flow records of the network at that address, without these "
                 "connections; or proof that its route led elsewhere in that hour.";
}

static void one_way(struct build *b, struct ladder_rung *r)
{
    const struct finding *f = b->c->finding;
    r->confidence = LADDER_LOW;
    buf_str(&b->say, "nothing shows that answers reached the address: it may be forged");
    build_answer(b, r);
    buf_str(&b->say, (f->flags & FINDING_ONE_WAY) != 0
                         ? "Nothing from the targets' side is in the capture."
                     : f->answered > 0 ? "What was answered went no further."
                                       : "Nothing that was asked was answered.");
    build_weaken(b, r);
    buf_str(&b->say, "no completed handshake, and nothing else that only the answer could tell");
    build_basis(b, r);
    r->refuted = "Your own upstream's flow records, if these packets came in where that network "
                 "never sends from.";
    r->ask = "The network at that address: did these packets leave it? Your own upstream: at which "
             "interface did they come in?";
}

static void impossible(struct build *b, struct ladder_rung *r)
{
    const struct origin *o = b->c->origin;
    r->confidence = LADDER_HIGH;
    buf_str(&b->say, "no such address can have sent this over the Internet");
    build_answer(b, r);
    if (o != NULL && o->special.present) {
        buf_printf(&b->say, "The address is special-purpose: %s (%s).", o->special.name,
                   o->special.rfc);
        build_support(b, r);
    }
    buf_str(&b->say, "A network of your own that leaks such addresses looks the same.");
    build_weaken(b, r);
    buf_str(&b->say, "a property of the address itself");
    build_basis(b, r);
    r->refuted = "A host of your own with that address.";
}

static void answers_nobody_asked(struct build *b, struct ladder_rung *r)
{
    if (strcmp(b->c->finding->kind, "flood.amplification") == 0) {
        buf_str(&b->say, "The senders are reflectors: they answer somebody who asked in the "
                         "victim's name.");
        build_support(b, r);
    }
    if (strcmp(b->c->finding->kind, "backscatter") == 0) {
        buf_str(&b->say, "These are answers to what nobody here asked: the address is that of a "
                         "victim or a reflector, whose own address somebody else forged here.");
        build_support(b, r);
    }
}

/* One sender's packets have mostly come the same way; forged or not. */
static void distance(struct build *b, struct ladder_rung *r)
{
    const struct finding *f = b->c->finding;
    if (f->ttl_most == 0 || f->sources > 0 || f->packets < TTL_PACKETS_LEAST) {
        return;
    }
    if (f->ttl_least == f->ttl_most) {
        buf_printf(&b->say,
                   "All packets from the second on arrived with TTL %u, as those of one sender "
                   "do; those of one forger do, too.",
                   (unsigned)f->ttl_least);
        build_support(b, r);
    } else if (f->ttl_most - f->ttl_least > TTL_SPREAD_MANY) {
        buf_printf(&b->say,
                   "The packets arrived with TTLs from %u to %u: several hosts sent them, behind "
                   "one address or forging it, or a tool that draws TTLs.",
                   (unsigned)f->ttl_least, (unsigned)f->ttl_most);
        build_weaken(b, r);
    }
}

/* Hosts in many networks are at many distances, packets of one sender have all
 * come the same way. Hosts set out from 32, 64, 128 or 255, and ways have hardly
 * more than 35 hops: that makes 140 values. */
static void distances(struct build *b, struct ladder_rung *r)
{
    const struct finding *f = b->c->finding;
    if (f->ttl_most == 0 || f->sources < SENDERS_LEAST) {
        return;
    }
    if (f->ttl_kinds == 1) {
        buf_printf(&b->say,
                   "All packets arrived with TTL %u, as if they came one way from one "
                   "place; hosts in many networks are at many distances.",
                   (unsigned)f->ttl_least);
        build_weaken(b, r);
    } else if (f->ttl_kinds > TTL_KINDS_MANY) {
        buf_printf(&b->say,
                   "The packets arrived with %u different TTLs from %u to %u: no hosts "
                   "send so, a tool that draws them does.",
                   (unsigned)f->ttl_kinds, (unsigned)f->ttl_least, (unsigned)f->ttl_most);
        build_weaken(b, r);
    } else {
        buf_printf(&b->say, "The packets arrived with %u different TTLs, from %u to %u.",
                   (unsigned)f->ttl_kinds, (unsigned)f->ttl_least, (unsigned)f->ttl_most);
        build_support(b, r);
    }
}

/* Each number with its test and what it takes for granted. */
static void spread_tests(struct build *b, struct ladder_rung *r)
{
    const struct attribute_spoof_result *s = b->c->spoof;
    const char *drawn;
    buf_printf(&b->say, "the senders are random ones: %s", s->space != NULL ? s->space : "");
    drawn = take(b);
    ladder_test(r, "as many impossible senders, or more (exact binomial)",
                "the senders are real hosts", s->p_real);
    if (s->v6) {
        return; /* hardly any random one is possible: nothing is left to compute */
    }
    ladder_test(r, "a share of impossible senders as far off (exact binomial)", drawn,
                s->p_impossible);
    if (s->bins > 1) {
        ladder_test(r, "a spread over /8s as far from even (chi-square)", drawn, s->p_spread);
    }
}

static void senders(struct build *b, struct ladder_rung *r)
{
    const struct attribute_spoof_result *s = b->c->spoof;
    if (s == NULL || s->n < SENDERS_LEAST) { /* fewer tell nothing (spoof.c) */
        return;
    }
    buf_str(&b->say, "Of ");
    build_count(&b->say, s->n, "sender", "senders");
    buf_str(&b->say, s->v6 ? " (their /64s) " : " ");
    text_count(&b->say, s->bogon);
    buf_str(&b->say, " cannot be on the Internet");
    if (s->routes >= 0) {
        buf_str(&b->say, " and ");
        text_count(&b->say, s->unannounced);
        buf_str(&b->say, " are announced by nobody");
    }
    buf_printf(&b->say, "; of random ones it would be %.1f %%.", 100 * s->impossible_expected);
    if (s->verdict == SPOOF_UNLIKE) {
        build_support(b, r);
        buf_str(&b->say, "Senders that came again: a careful forger is not excluded.");
        build_weaken(b, r);
    } else {
        build_weaken(b, r);
    }
    if (s->test != NULL && s->test[0] != '\0') {
        buf_printf(&b->say, "Decided by: %s.", s->test);
        if (s->verdict == SPOOF_UNLIKE) {
            build_support(b, r);
        } else {
            build_weaken(b, r);
        }
    }
    spread_tests(b, r);
}

static void spread_as_forged(struct build *b, struct ladder_rung *r)
{
    r->confidence = LADDER_MODERATE;
    buf_str(&b->say, "the senders' addresses are spread as forged ones are");
    build_answer(b, r);
    buf_str(&b->say, "tests of how the addresses are spread, which are named with their numbers");
    build_basis(b, r);
    r->refuted = "Completed handshakes with many of the senders.";
    r->ask = "Your own upstream: at which interfaces did these packets come in?";
}

static void packet(struct build *b)
{
    struct ladder_rung *r = &b->l->rungs[LADDER_PACKET];
    r->present = true;
    if (!b->c->told) {
        r->word = "unknown";
        buf_str(&b->say, "the rule counts what was sent, and does not look at answers");
        build_answer(b, r);
        return;
    }
    r->word = authentic_word(b->c->authentic);
    switch (b->c->authentic) {
    case AUTHENTIC_TWO_WAY:
        two_way(b, r);
        break;
    case AUTHENTIC_IMPOSSIBLE:
        impossible(b, r);
        break;
    case AUTHENTIC_SPOOF_CONSISTENT:
        spread_as_forged(b, r);
        break;
    case AUTHENTIC_ONE_WAY:
        one_way(b, r);
        break;
    }
    answers_nobody_asked(b, r);
    distance(b, r);
    distances(b, r);
    senders(b, r);
}

/* --- address and time --------------------------------------------------------------------- */

static void address_and_time(struct build *b)
{
    const struct finding *f = b->c->finding;
    struct ladder_rung *r = &b->l->rungs[LADDER_TIME];
    char first[TIME_TEXT_MAX];
    char last[TIME_TEXT_MAX];
    bool no_port = (f->flags & FINDING_LOG) != 0 && f->flows.n == 0;
    r->present = true;
    r->word = no_port ? "port-missing" : "clock-uncertain";
    r->confidence = no_port ? LADDER_LOW : LADDER_MODERATE;
    (void)time_format_short(f->when.first_ns, first);
    (void)time_format_short(f->when.last_ns, last);
    if (f->has_initiator && (f->flags & FINDING_MANY) == 0) {
        put_addr(&b->say, &f->initiator);
        buf_str(&b->say, ", ");
    }
    buf_printf(&b->say, "%s to %s UTC", first, last);
    build_answer(b, r);
    if (f->flows.n > 0) {
        buf_printf(&b->say, "Source port %u is known, with its time.",
                   f->flows.items[0].source_port);
        build_support(b, r);
    }
    if (no_port) {
        buf_str(&b->say, "No source port was logged: of many hosts that share an address the one "
                         "cannot be told (RFC 6302).");
        build_weaken(b, r);
    }
    buf_str(&b->say, "the input's own times, in which nothing tells how far its clock was off");
    build_basis(b, r);
    r->refuted = "A clock that was off by more than an address stays with one customer.";
}

/* --- all of it ---------------------------------------------------------------------------- */

static const char stops_last[] =
    "an address is not a machine, a machine is not a person, a person is not a state.";

/* Whose address the ladder is about. The remote need not be who sent: it may be
 * what somebody inside attacked. */
static const char *whose(const struct finding *f)
{
    bool one = f != NULL && f->has_initiator && (f->flags & FINDING_MANY) == 0;
    if (f == NULL) {
        return "address";
    }
    if (one) {
        return f->has_remote && !addr_equal(&f->remote, &f->initiator) ? "target" : "initiator";
    }
    bool victim = f->has_victim && f->has_remote && addr_equal(&f->remote, &f->victim);
    return victim && f->sources == 0 ? "victim" : "senders";
}

static bool is_about(const struct build *b, const char *whom)
{
    return strcmp(b->l->about, whom) == 0;
}

/* Where the traffic alone ends the ladder; NULL: it does not. */
static const char *stops_here(const struct build *b)
{
    const struct attribute_climb *c = b->c;
    if (is_about(b, "senders") && (!c->told || c->authentic != AUTHENTIC_SPOOF_CONSISTENT)) {
        return "many senders, each with a ladder of its own.";
    }
    bool judged = c->finding != NULL && c->told && !is_about(b, "target");
    if (judged && c->authentic == AUTHENTIC_SPOOF_CONSISTENT) {
        return "addresses that may be forged lead to no network.";
    }
    if (judged && c->authentic == AUTHENTIC_IMPOSSIBLE) {
        return "an address that cannot be there leads to no network.";
    }
    if (c->origin == NULL) {
        return "there is no one remote address to ask about.";
    }
    if (c->origin->special.bogon) {
        return "a special-purpose address is of your own network, or forged, or misrouted; no "
               "source knows more.";
    }
    return NULL;
}

void attribute_ladder(const struct attribute_climb *climb, struct ladder *ret)
{
    struct build b = {.c = climb, .l = ret, .say = BUF_INIT(SAY_MAX)};
    ladder_init(ret);
    ret->about = whose(climb->finding);
    if (climb->finding != NULL) {
        if (!is_about(&b, "target")) { /* it sent nothing that is judged here */
            packet(&b);
        }
        address_and_time(&b);
    }
    const char *stops = stops_here(&b);
    if (stops == NULL) {
        build_rungs_of_sources(&b);
        stops = stops_last;
    }
    ret->stops = stops;
    buf_fini(&b.say);
}
