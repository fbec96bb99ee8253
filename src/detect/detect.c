/* detect/detect.c - the detectors, in the order in which they need each other.
 *
 * The contacts come first: what a packet was to them (a question, an answer,
 * a stray) is what the others go by. When a contact's event ends it is shown
 * to every judge.
 */
#include "detect/detect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "detect/below.h"
#include "detect/contact/contact.h"
#include "detect/flood/amplify.h"
#include "detect/flood/flood.h"
#include "detect/flood/reflect.h"
#include "detect/guess/guess.h"
#include "detect/local/look.h"
#include "detect/login/login.h"
#include "detect/peer/peer.h"
#include "detect/pieces.h"
#include "detect/scan/backscatter.h"
#include "detect/scan/distributed.h"
#include "detect/scan/scan.h"
#include "detect/web/web.h"

struct detect {
    struct detect_options opt;
    struct pieces *pieces;
    struct host_table hosts;
    struct finding_list findings;
    struct contact *contact;
    struct scan *scan;
    size_t scan_fewest; /* pairs */
    const struct definition *backscatter;
    struct distributed *distributed;
    struct flood *flood;
    struct amplify *amplify;
    struct reflect *reflect;
    struct guess *guess;
    struct web *web;
    struct login *login;
    struct peer *peer;   /* NULL: no rule of another tool is in force */
    struct below *below; /* NULL: near misses are not told */
    struct local_look *look;
    struct summary summary;
    uint64_t protocols[256];  /* packets by IP protocol, inner ones included */
    enum status ended_status; /* of the listener, which cannot return one */
};

enum { FINDINGS_MAX_BYTES = 1 << 30 };

static void note(struct detect *d, enum status st)
{
    if (d->ended_status == ST_OK) {
        d->ended_status = st;
    }
}

static void count_background(struct detect *d, const struct contact_ended *e, bool failed)
{
    d->summary.background_initiators += failed;
    d->summary.background_packets += failed ? e->packets : 0;
}

static void event_ended(void *ctx, const struct contact_ended *e)
{
    struct detect *d = ctx;
    if (e->technique == TECH_BACKSCATTER) {
        size_t before = d->findings.n;
        note(d, backscatter_judge(d->backscatter, &d->hosts, &d->findings, e));
        d->summary.strays += d->findings.n == before ? e->packets : 0;
        return;
    }
    note(d, flood_pour(d->flood, e));
    if (e->pair_n == 1) { /* one pair: by far the most */
        count_background(d, e, pair_failed(e->technique, e->slots[0]));
        return;
    }
    struct pair_sums sums = pair_sums_of(e);
    bool found = false;
    if (e->pair_n >= d->scan_fewest) {
        note(d, scan_judge(d->scan, e, &sums, &found));
    }
    if (e->pair_n >= distributed_fewest(d->distributed)) {
        note(d, distributed_pour(d->distributed, e, &sums));
    }
    count_background(d, e, !found && sums.failed > 0);
}

static void mark_hosts(void *ctx)
{
    struct detect *d = ctx;
    flood_mark_hosts(d->flood);
    distributed_mark_hosts(d->distributed);
}

static int64_t idle_ns(const struct definition_set *set, enum method m, int64_t otherwise_s)
{
    const struct definition *def = definition_find(set, m);
    return (def ? def->params[PARAM_IDLE_S] : otherwise_s) * TIME_SECOND;
}

/* One for all scans: definition_set_read sees to it. */
static int64_t scan_idle_ns(const struct definition_set *set)
{
    enum method m = definition_find(set, METHOD_SCAN_HORIZONTAL) ? METHOD_SCAN_HORIZONTAL
                    : definition_find(set, METHOD_SCAN_VERTICAL) ? METHOD_SCAN_VERTICAL
                                                                 : METHOD_SCAN_BLOCK;
    return idle_ns(set, m, 3600);
}

static enum status make_contact(struct detect *d)
{
    const struct definition_set *set = d->opt.definitions;
    const struct definition *h = definition_find(set, METHOD_SCAN_HORIZONTAL);
    struct contact_options opt = {
        .seed = d->opt.seed,
        .scan_idle_ns = scan_idle_ns(set),
        .backscatter_idle_ns = idle_ns(set, METHOD_BACKSCATTER, 300),
        .arp_window_ns = h ? h->params[SCAN_H_ARP_WINDOW_S] * TIME_SECOND : 0,
        .arp_targets =
            h && h->params[SCAN_H_TARGETS] < 65536 ? (uint32_t)h->params[SCAN_H_TARGETS] : 0,
        .memory_bytes = d->opt.memory_bytes / 8 * 3,
        .hosts = &d->hosts,
        .ended = event_ended,
        .mark_hosts = mark_hosts,
        .ctx = d,
    };
    return contact_new(&opt, &d->contact);
}

static enum status make_peer(struct detect *d)
{
    if (!peer_is_wanted(d->opt.definitions)) {
        return ST_OK;
    }
    struct peer_options opt = {.definitions = d->opt.definitions,
                               .findings = &d->findings,
                               .below = d->below,
                               .memory_bytes = d->opt.memory_bytes / 8,
                               .seed = d->opt.seed};
    return peer_new(&opt, &d->peer);
}

static void detect_freep(struct detect **d)
{
    detect_free(*d);
}

enum status detect_new(const struct detect_options *opt, struct detect **ret)
{
    CLEANUP(detect_freep) struct detect *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return ST_NOMEM;
    }
    d->opt = *opt;
    host_table_init(&d->hosts, opt->seed);
    finding_list_init(&d->findings, FINDINGS_MAX_BYTES);
    d->below = opt->explain ? calloc(1, sizeof(*d->below)) : NULL;
    if (opt->explain && d->below == NULL) {
        return ST_NOMEM;
    }
    struct scan_options scan = {.definitions = opt->definitions,
                                .hosts = &d->hosts,
                                .findings = &d->findings,
                                .below = d->below,
                                .seed = opt->seed};
    struct flood_options flood = {.definitions = opt->definitions,
                                  .hosts = &d->hosts,
                                  .findings = &d->findings,
                                  .seed = opt->seed,
                                  .idle_ns = scan_idle_ns(opt->definitions),
                                  .memory_bytes = opt->memory_bytes / 8};
    struct guess_options guess = {.definitions = opt->definitions,
                                  .findings = &d->findings,
                                  .below = d->below,
                                  .memory_bytes = opt->memory_bytes / 8,
                                  .seed = opt->seed};
    struct web_options web = {.definitions = opt->definitions,
                              .findings = &d->findings,
                              .memory_bytes = opt->memory_bytes / 8,
                              .seed = opt->seed};
    struct login_options login = {.definitions = opt->definitions,
                                  .findings = &d->findings,
                                  .memory_bytes = opt->memory_bytes / 8,
                                  .seed = opt->seed};
    TRY(pieces_new(&d->pieces));
    TRY(make_contact(d));
    TRY(scan_new(&scan, &d->scan));
    d->scan_fewest = scan_fewest(d->scan);
    d->backscatter = definition_find(opt->definitions, METHOD_BACKSCATTER);
    TRY(distributed_new(opt->definitions, &d->hosts, &d->findings, &d->distributed));
    TRY(flood_new(&flood, &d->flood));
    TRY(amplify_new(opt->definitions, &d->findings, opt->seed, &d->amplify));
    TRY(reflect_new(opt->definitions, &d->findings, opt->seed, &d->reflect));
    TRY(guess_new(&guess, &d->guess));
    TRY(web_new(&web, &d->web));
    TRY(login_new(&login, &d->login));
    TRY(make_peer(d));
    TRY(local_look_new(&d->look));
    *ret = TAKE(d);
    return ST_OK;
}

void detect_free(struct detect *d)
{
    if (d == NULL) {
        return;
    }
    local_look_free(d->look);
    pieces_free(d->pieces);
    web_free(d->web);
    login_free(d->login);
    peer_free(d->peer);
    free(d->below);
    guess_free(d->guess);
    amplify_free(d->amplify);
    reflect_free(d->reflect);
    flood_free(d->flood);
    distributed_free(d->distributed);
    scan_free(d->scan);
    contact_free(d->contact);
    finding_list_fini(&d->findings);
    host_table_fini(&d->hosts);
    free(d);
}

/* Whether something in it is a fragment, too: all is looked at here anyway. */
static bool summarize(struct detect *d, const struct obs_batch *batch)
{
    struct summary *s = &d->summary;
    int64_t first = batch->obs[0].time_ns;
    int64_t last = first;
    if (!s->has_time) {
        s->has_time = true;
        s->first_ns = s->last_ns = first;
    }
    for (size_t i = 0; i < batch->n; i++) {
        int64_t t = batch->obs[i].time_ns;
        first = t < first ? t : first;
        last = t > last ? t : last;
    }
    s->first_ns = first < s->first_ns ? first : s->first_ns;
    s->last_ns = last > s->last_ns ? last : s->last_ns;
    if (batch->obs[0].type == OBS_LOG) {
        s->lines += batch->n;
        return false;
    }
    uint64_t bytes = 0;
    uint64_t inner = 0;
    unsigned flags = 0;
    for (size_t i = 0; i < batch->n; i++) {
        const struct observation *o = &batch->obs[i];
        d->protocols[o->proto]++;
        flags |= o->flags;
        bytes += o->wire_len;
        if (__builtin_expect((o->flags & OBS_INNER) != 0, 0)) {
            inner++;
            bytes -= o->wire_len; /* the outer packet had it already */
        }
    }
    s->packets += batch->n - inner;
    s->wire_bytes += bytes;
    return (flags & OBS_FRAGMENT) != 0;
}

enum status detect_feed(struct detect *d, const struct obs_batch *batch)
{
    if (batch->n == 0) {
        return ST_OK;
    }
    if (__builtin_expect(summarize(d, batch), 0)) {
        TRY(pieces_join(d->pieces, batch, &batch));
    }
    TRY(web_feed(d->web, batch));
    if (d->peer != NULL) {
        TRY(peer_feed(d->peer, batch));
    }
    if (batch->obs[0].type == OBS_LOG) { /* a batch is of one input */
        return guess_feed(d->guess, batch);
    }
    TRY(contact_feed(d->contact, batch));
    if (!local_look_full(d->look)) {
        const struct contact_seen *seen = contact_seen(d->contact);
        for (size_t i = 0; i < batch->n; i++) {
            const struct observation *o = &batch->obs[i];
            if (o->type == OBS_PACKET && (o->flags & OBS_INNER) == 0) {
                local_look_add(d->look, &o->src, &o->dst, seen[i].role == ROLE_ASKS);
            }
        }
    }
    TRY(flood_feed(d->flood, batch, d->contact));
    TRY(amplify_feed(d->amplify, batch, d->contact));
    TRY(reflect_feed(d->reflect, batch, d->contact));
    TRY(login_feed(d->login, batch));
    return d->ended_status;
}

bool detect_knows_locals(const struct detect *d)
{
    return d->opt.locals.n > 0 || local_look_full(d->look);
}

/* Which end is outside, and where the initiator is. */
static void place(const struct local_nets *locals, struct finding *f)
{
    /* A server's log is of its own side; who is not of it came from outside. */
    bool log = (f->flags & FINDING_LOG) != 0;
    bool known = locals->rule != LOCAL_UNKNOWN || log;
    f->flags |= known ? FINDING_LOCAL_KNOWN : 0;
    if (f->has_initiator) {
        bool inside = known && (local_contains(locals, &f->initiator) ||
                                (log && addr_is_private(&f->initiator)));
        f->flags |= inside ? FINDING_INSIDE : 0;
        f->has_remote = true;
        f->remote = f->initiator;
        if (inside && f->has_victim && !local_contains(locals, &f->victim)) {
            f->remote = f->victim;
        }
    } else if (f->has_victim && known && !local_contains(locals, &f->victim)) {
        f->has_remote = true;
        f->remote = f->victim;
    }
}

bool detect_one_way(uint64_t two_way, uint64_t one_way)
{
    return one_way >= 20 && (one_way - 1) / 2 >= two_way; /* more than twice as many */
}

bool detect_needs_answers(const struct finding *f)
{
    if (strcmp(f->kind, "flood.amplification") == 0) {
        return f->answered == 0 &&
               f->sources < 5; /* one's own resolver's answers, as likely as not */
    }
    return strcmp(f->protocol, "udp") == 0 && f->answered == 0 && f->refused == 0 &&
           (strncmp(f->kind, "scan.", 5) == 0 || strcmp(f->kind, "flood.udp") == 0);
}

static void withhold(struct detect *d, struct remark_list *remarks)
{
    size_t kept = 0;
    uint64_t dropped = 0;
    for (size_t i = 0; i < d->findings.n; i++) {
        if (detect_needs_answers(d->findings.items[i])) {
            dropped += (d->findings.items[i]->flags & FINDING_BELOW) == 0;
        } else {
            d->findings.items[kept++] = d->findings.items[i];
        }
    }
    d->findings.n = kept;
    if (dropped > 0) {
        struct remark r = {.code = REMARK_ONE_WAY, .input = UINT32_MAX, .count = dropped};
        (void)snprintf(r.text, sizeof(r.text),
                       "UDP probes and ordinary requests cannot be told apart");
        remark_add(remarks, &r);
    }
}

static enum status find_locals(struct detect *d)
{
    struct local_nets *locals = &d->summary.locals;
    *locals = d->opt.locals;
    if (locals->n > 0) {
        locals->rule = LOCAL_GIVEN;
        return ST_OK;
    }
    return local_look_decide(d->look, locals);
}

/* What took part in a flood is in its finding, not in the background. */
static void take_back(uint64_t *count, uint64_t n)
{
    *count -= n < *count ? n : *count;
}

static void sum_up(struct detect *d)
{
    struct summary *s = &d->summary;
    uint64_t initiators;
    uint64_t packets;
    flood_claimed(d->flood, &initiators, &packets);
    take_back(&s->background_initiators, initiators);
    take_back(&s->background_packets, packets);
    s->tcp = d->protocols[PROTO_TCP];
    s->udp = d->protocols[PROTO_UDP];
    s->icmp = d->protocols[PROTO_ICMP] + d->protocols[PROTO_ICMPV6];
    s->arp = d->protocols[PROTO_ARP];
    uint64_t all = 0;
    for (size_t i = 0; i < ARRAY_LEN(d->protocols); i++) {
        all += d->protocols[i];
    }
    s->other = all - s->tcp - s->udp - s->icmp - s->arp;
    struct contact_stats stats = contact_stats(d->contact);
    s->early = stats.early;
    s->lost = stats.lost + flood_lost(d->flood);
    s->peak_bytes = stats.peak_bytes + flood_bytes(d->flood);
    s->two_way = stats.tcp_pairs_two_way;
    s->one_way = stats.tcp_pairs_one_way;
    struct guess_stats guess = guess_stats(d->guess);
    struct web_stats web = web_stats(d->web);
    s->requests = web.requests;
    s->background_probers = web.background_remotes;
    s->background_missing = web.background_missing;
    s->early += web.early;
    s->lost += web.forgotten;
    s->peak_bytes += web.peak_bytes;
    struct login_stats login = login_stats(d->login);
    s->logins_log = (struct summary_logins){.refused = guess.refused,
                                            .accepted = guess.accepted,
                                            .nearest = guess.nearest,
                                            .background_guessers = guess.background_remotes,
                                            .background_attempts = guess.background_attempts};
    s->logins_seen = (struct summary_logins){.refused = login.refused,
                                             .accepted = login.accepted,
                                             .background_guessers = login.background_remotes,
                                             .background_attempts = login.background_attempts};
    s->early += guess.early + login.early;
    s->peak_bytes += guess.peak_bytes + login.peak_bytes;
    if (d->peer != NULL) {
        struct peer_stats peer = peer_stats(d->peer);
        s->early += peer.early;
        s->peak_bytes += peer.peak_bytes;
    }
}

/* What the memory limit cost. */
static void tell_memory(const struct summary *s, struct remark_list *remarks)
{
    struct remark r = {.code = REMARK_MEMORY, .input = UINT32_MAX};
    if (s->early == 0 && s->lost == 0) {
        return;
    }
    (void)snprintf(r.text, sizeof(r.text),
                   "%" PRIu64 " events were ended early, %" PRIu64 " items were not counted",
                   s->early, s->lost);
    remark_add(remarks, &r);
}

enum status detect_finish(struct detect *d, struct remark_list *remarks,
                          const struct finding_list **ret_findings, struct summary *ret_summary)
{
    TRY(contact_finish(d->contact));
    TRY(d->ended_status);
    TRY(distributed_finish(d->distributed));
    TRY(flood_finish(d->flood));
    TRY(amplify_finish(d->amplify));
    TRY(reflect_finish(d->reflect));
    TRY(guess_finish(d->guess));
    TRY(web_finish(d->web));
    TRY(login_finish(d->login));
    if (d->peer != NULL) {
        TRY(peer_finish(d->peer));
    }
    if (d->below != NULL) {
        TRY(below_tell(d->below, &d->findings));
    }
    sum_up(d);
    tell_memory(&d->summary, remarks);
    TRY(find_locals(d));
    if (!d->opt.part && detect_one_way(d->summary.two_way, d->summary.one_way)) {
        withhold(d, remarks);
    }
    for (size_t i = 0; i < d->findings.n; i++) {
        place(&d->summary.locals, d->findings.items[i]);
    }
    finding_list_sort(&d->findings);
    *ret_findings = &d->findings;
    *ret_summary = d->summary;
    return ST_OK;
}
