/* detect/web/web.c - who looks for weak spots on web servers.
 *
 * Links and bookmarks go stale, and pages lose their pictures: one missing
 * thing asked for sixty times is a broken link, and parts of pages that are
 * missing are the site's own doing. A wordlist asks for many things once each.
 */
#include "detect/web/web.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/buf.h"
#include "base/core/hash.h"
#include "base/core/timefmt.h"
#include "base/core/touch.h"
#include "detect/roster.h"
#include "detect/textset.h"
#include "detect/web/connections.h"
#include "detect/web/http.h"
#include "detect/web/prober.h"
#include "detect/web/words.h"

/* One request, wherever it was read. */
struct request {
    struct bytes target; /* never empty */
    struct bytes agent, server;
    uint32_t repeat;
    bool cut;
};

/* Logs and captures may show the same requests: events of their own. */
struct lane {
    struct web *web;
    struct roster *roster;
    bool log;
    struct text_run server; /* of the last request */
};

struct known_agent {
    uint64_t hash;
    struct web_agent what;
};

enum { AGENTS_KNOWN = 1024 };

struct web {
    struct web_options opt;
    const struct definition *probe; /* NULL: not asked for */
    struct lane lines, packets;
    struct web_connections connections;
    struct buf target; /* that an answer is about */
    struct web_words words;
    struct known_agent agents[AGENTS_KNOWN];
    uint64_t events;
    struct web_stats stats;
};

static void prober_fini(void *item)
{
    struct prober *p = item;
    text_set_fini(&p->texts);
    text_set_fini(&p->servers);
}

static enum status ended(void *ctx, void *item)
{
    struct lane *l = ctx;
    struct prober *p = item;
    const struct definition *d = l->web->probe;
    enum status st = ST_OK;
    if (web_judge_meets(d, p)) {
        st = web_judge_add(l->web->opt.findings, d, l->log, p);
    } else {
        l->web->stats.background_remotes += p->missing > 0;
        l->web->stats.background_missing += p->missing;
    }
    prober_fini(p);
    return st;
}

/* --- feeding ---------------------------------------------------------------- */

/* RFC 9110, 15.5: which of the client errors say that what was asked for is
 * not there, or not for everybody. The others tell a client to log in (401,
 * 407) or to slow down (408, 429), or that it left (nginx's 499). */
static bool counts(uint16_t status)
{
    return status >= 400 && status < 500 && status != 401 && status != 407 && status != 408 &&
           status != 429 && status != 499;
}

static enum status suspect(const struct web *w, struct prober *p, struct bytes text)
{
    struct text_slot *slot;
    TRY(text_set_add(&p->texts, w->opt.seed, text, 0, &slot));
    p->suspects += (slot->flags & TEXT_SUSPECT) == 0;
    slot->flags |= TEXT_SUSPECT;
    return ST_OK;
}

/* What is weak counts once for a path, whatever its query. */
static enum status suspect_path(const struct web *w, struct prober *p, struct bytes target)
{
    struct text_slot *slot;
    TRY(text_set_add(&p->texts, w->opt.seed, target, 0, &slot));
    bool weak = (slot->flags & TEXT_WEAK) != 0;
    return weak ? suspect(w, p, web_target_path(target)) : ST_OK;
}

/* What should not be there is: somebody must look. */
static enum status serve(const struct web *w, struct prober *p, struct bytes target)
{
    struct text_slot *slot;
    TRY(text_set_add(&p->texts, w->opt.seed, target, 0, &slot));
    bool telling = (slot->flags & (TEXT_WEAK | TEXT_STRONG)) != 0;
    if (telling && (slot->flags & TEXT_SERVED) == 0) {
        p->served++;
        slot->flags |= TEXT_SERVED;
    }
    return ST_OK;
}

static enum status feed_status(const struct web *w, struct prober *p, const struct request *q,
                               uint16_t status)
{
    struct bytes target = q->target;
    uint32_t repeat = q->repeat;
    if (status == 0) {
        return ST_OK;
    }
    struct bytes path = web_target_path(target);
    p->known += repeat;
    p->missing += status >= 400 && status < 500 ? repeat : 0;
    p->refused += counts(status) ? repeat : 0;
    bool asked = path.len > 0 && path.data[0] == '/' && !web_path_is_part(path);
    if (asked && counts(status)) {
        struct text_slot *slot;
        TRY(text_set_add(&p->texts, w->opt.seed, path, 0, &slot));
        p->absent += (slot->flags & TEXT_ABSENT) == 0;
        slot->flags |= TEXT_ABSENT;
    }
    if (status >= 400) {
        return suspect_path(w, p, target);
    }
    return p->telling && status >= 200 && status < 300 ? serve(w, p, target) : ST_OK;
}

/* Many remotes share few agents. */
static struct web_agent look_up_agent(struct web *w, struct bytes agent, uint64_t hash)
{
    struct known_agent *known = &w->agents[(hash >> 1) % AGENTS_KNOWN];
    if (known->hash != hash) {
        *known = (struct known_agent){hash, web_words_agent(&w->words, agent)};
    }
    return known->what;
}

static void feed_agent(struct web *w, struct prober *p, const struct request *q)
{
    uint64_t hash = q->agent.len > 0 ? hash_bytes(q->agent, w->opt.seed) | 1 : 0;
    if (hash != p->agent_hash) {
        p->agent_hash = hash;
        p->agent = look_up_agent(w, q->agent, hash);
    }
    if (p->agent.mark == 0) {
        return;
    }
    for (size_t i = 0; i < FINDING_TOOLS_MAX; i++) {
        if (p->marks[i] == 0 || p->marks[i] == p->agent.mark) {
            p->marks[i] = p->agent.mark;
            p->marked[i] += q->repeat;
            break;
        }
    }
}

/* A target for the first time: what is it? */
static void classify(const struct web *w, struct prober *p, struct bytes target,
                     struct text_slot *slot)
{
    if ((slot->flags & TEXT_TARGET) != 0) {
        return;
    }
    enum web_word word = web_words_target(&w->words, target);
    p->targets++;
    slot->flags |= TEXT_TARGET;
    slot->flags = (uint16_t)(slot->flags | (word == WEB_STRONG ? TEXT_STRONG
                                            : word == WEB_WEAK ? TEXT_WEAK
                                                               : 0));
}

static enum status feed_target(struct web *w, struct prober *p, const struct request *q)
{
    struct text_slot *slot;
    TRY(text_set_add(&p->texts, w->opt.seed, q->target, q->repeat, &slot));
    classify(w, p, q->target, slot);
    p->telling = (slot->flags & (TEXT_WEAK | TEXT_STRONG)) != 0;
    if ((slot->flags & TEXT_STRONG) != 0 || p->agent.attack) {
        return suspect(w, p, q->target);
    }
    /* Who calls itself a scanner need not be told that nothing is there. */
    return p->agent.mark != 0 ? suspect_path(w, p, q->target) : ST_OK;
}

static enum status feed_request(struct lane *l, const struct observation *o,
                                const struct request *q, struct prober **ret)
{
    struct web *w = l->web;
    void *item;
    TRY(roster_touch(l->roster, &o->src, o->time_ns, o->pos, &item));
    struct prober *p = item;
    p->event = p->event != 0 ? p->event : ++w->events;
    p->requests += q->repeat;
    w->stats.requests += q->repeat;
    p->cut = p->cut || q->cut;
    feed_agent(w, p, q);
    TRY(feed_target(w, p, q));
    uint64_t server = text_run_number(&l->server, q->server);
    if (server != p->server_number) {
        struct text_slot *slot;
        TRY(text_set_add(&p->servers, w->opt.seed, q->server, 0, &slot));
        p->server_number = server;
    }
    *ret = p;
    return ST_OK;
}

static void weigh(const struct lane *l, struct prober *p)
{
    roster_held(l->roster, p, text_set_bytes(&p->texts) + text_set_bytes(&p->servers));
}

static struct bytes server_key(const struct addr *a, uint16_t port,
                               uint8_t out[PROBER_SERVER_BYTES])
{
    memcpy(out, a->b, sizeof(a->b));
    store_be16(out + sizeof(a->b), port);
    return bytes_of(out, PROBER_SERVER_BYTES);
}

/* Or what came in its place: nothing, or another protocol. */
static bool is_request(const struct obs_log *l)
{
    return l->path.len > 0 && (l->method.len > 0 || l->path.data[0] == '/');
}

/* What lines of many remotes touch lies far apart: it is fetched for all of a
 * batch before the first is fed. Nothing but time depends on this. */
static void look_ahead(const struct web *w, const struct obs_batch *batch)
{
    uint64_t who[OBS_BATCH_MAX];
    uint32_t target[OBS_BATCH_MAX];
    const struct prober *p[OBS_BATCH_MAX];
    for (size_t i = 0; i < batch->n; i++) {
        who[i] = roster_hash(w->lines.roster, &batch->obs[i].src);
        target[i] = text_set_hash(batch->logs[i].path, w->opt.seed);
    }
    for (size_t i = 0; i < batch->n; i++) { /* little but loads: they overlap */
        roster_expect_index(w->lines.roster, who[i]);
    }
    for (size_t i = 0; i < batch->n; i++) {
        p[i] = roster_expect(w->lines.roster, who[i]);
    }
    for (size_t i = 0; i < batch->n; i++) {
        if (p[i] != NULL) {
            touch(&p[i]->marked);
            text_set_touch(&p[i]->texts, target[i]);
        }
    }
    for (size_t i = 0; i < batch->n; i++) {
        if (p[i] != NULL) {
            text_set_touch_text(&p[i]->texts, target[i]);
        }
    }
}

static enum status feed_line(struct web *w, const struct observation *o)
{
    const struct obs_log *l = o->log;
    struct prober *p;
    uint8_t key[PROBER_SERVER_BYTES];
    if (l->service != LOG_WEB || !is_request(l)) {
        return ST_OK;
    }
    struct request q = {.target = l->path, .agent = l->agent, .repeat = l->repeat};
    q.server = l->host.len > 0 ? l->host : server_key(&o->dst, o->dst_port, key);
    TRY(feed_request(&w->lines, o, &q, &p));
    TRY(feed_status(w, p, &q, l->status));
    weigh(&w->lines, p);
    return ST_OK;
}

/* Where the status will be noted once it is known. */
static enum status await(const struct web *w, struct web_connection *c, struct prober *p,
                         struct bytes target)
{
    struct text_slot *slot;
    TRY(text_set_add(&p->texts, w->opt.seed, target, 0, &slot));
    c->event = p->event;
    c->at = slot->at;
    c->len = slot->len;
    return ST_OK;
}

static enum status feed_question(struct web *w, const struct observation *o,
                                 const struct http_request *r)
{
    uint8_t key[PROBER_SERVER_BYTES];
    struct web_connection *c;
    struct prober *p;
    TRY(web_connections_request(&w->connections, o, &c));
    if (c == NULL) {
        return ST_OK;
    }
    struct request q = {.target = r->target,
                        .agent = r->agent,
                        .server = server_key(&o->dst, o->dst_port, key),
                        .repeat = 1,
                        .cut = r->cut};
    TRY(feed_request(&w->packets, o, &q, &p));
    TRY(await(w, c, p, r->target));
    weigh(&w->packets, p);
    return ST_OK;
}

static enum status feed_answer(struct web *w, const struct observation *o, uint16_t status)
{
    const struct web_connection *c =
        web_connections_response(&w->connections, o, status < 200 && status != 101);
    struct prober *p = c != NULL ? roster_find(w->packets.roster, &c->client) : NULL;
    if (p == NULL || p->event != c->event) { /* the event has ended since */
        return ST_OK;
    }
    p->two_way = true;
    /* A copy: adding to a set may move its texts. */
    buf_clear(&w->target);
    buf_append(&w->target, p->texts.text + c->at, c->len);
    TRY(w->target.failed);
    struct request q = {.target = buf_bytes(&w->target), .repeat = 1};
    p->telling = true; /* another request may have come since: serve() looks */
    TRY(feed_status(w, p, &q, status));
    weigh(&w->packets, p);
    return ST_OK;
}

static enum status feed_packet(struct web *w, const struct observation *o)
{
    struct http_request r;
    struct bytes payload = bytes_of(o->payload, o->captured_len);
    if (o->payload[0] == 'H' && w->connections.n > 0) {
        uint16_t status = http_status_read(payload);
        if (status != 0) {
            return feed_answer(w, o, status);
        }
    }
    return http_request_read(payload, &r) ? feed_question(w, o, &r) : ST_OK;
}

enum status web_feed(struct web *w, const struct obs_batch *batch)
{
    if (w->probe == NULL || batch->n == 0) {
        return ST_OK;
    }
    bool lines = batch->obs[0].type == OBS_LOG; /* a batch is of one input */
    if (lines && batch->obs[0].log->service == LOG_WEB) {
        look_ahead(w, batch);
    }
    for (size_t i = 0; i < batch->n; i++) {
        const struct observation *o = &batch->obs[i];
        if (lines) {
            TRY(feed_line(w, o));
        } else if (__builtin_expect(http_may_begin(o), 0)) {
            TRY(feed_packet(w, o));
        }
    }
    return ST_OK;
}

enum status web_finish(struct web *w)
{
    if (w->probe == NULL) {
        return ST_OK;
    }
    TRY(roster_finish(w->lines.roster));
    return roster_finish(w->packets.roster);
}

struct web_stats web_stats(const struct web *w)
{
    struct web_stats s = w->stats;
    if (w->probe != NULL) {
        s.early = roster_early(w->lines.roster) + roster_early(w->packets.roster);
        s.forgotten = w->connections.forgotten;
        s.peak_bytes = roster_peak_bytes(w->lines.roster) + roster_peak_bytes(w->packets.roster) +
                       web_connections_bytes(&w->connections);
    }
    return s;
}

static void web_freep(struct web **w)
{
    web_free(*w);
}

static enum status open_lane(struct web *w, struct lane *l, bool log)
{
    struct roster_options opt = {.item_bytes = sizeof(struct prober),
                                 .idle_ns = w->probe->params[PARAM_IDLE_S] * TIME_SECOND,
                                 .memory_bytes = w->opt.memory_bytes / 2, /* there are two */
                                 .seed = w->opt.seed,
                                 .ended = ended,
                                 .ctx = l};
    l->web = w;
    l->log = log;
    return roster_new(&opt, &l->roster);
}

enum status web_new(const struct web_options *opt, struct web **ret)
{
    CLEANUP(web_freep) struct web *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return ST_NOMEM;
    }
    w->opt = *opt;
    w->probe = definition_find(opt->definitions, METHOD_PROBE_WEB);
    buf_init(&w->target, TEXT_SET_TEXT_MAX);
    web_connections_init(&w->connections, opt->seed);
    web_words_init(&w->words);
    if (w->probe != NULL) {
        TRY(open_lane(w, &w->lines, true));
        TRY(open_lane(w, &w->packets, false));
    }
    *ret = TAKE(w);
    return ST_OK;
}

static void close_lane(struct lane *l)
{
    if (l->roster != NULL) {
        roster_each(l->roster, prober_fini);
        roster_free(l->roster);
    }
}

void web_free(struct web *w)
{
    if (w != NULL) {
        close_lane(&w->lines);
        close_lane(&w->packets);
        web_connections_fini(&w->connections);
        buf_fini(&w->target);
        free(w);
    }
}
