/* detect/guess/guess.c - guessing of passwords, from an SSH server's log.
 *
 * What counts is an attempt, not a line: sshd writes one to four lines for
 * each. Keys are not guessed: a client offers all that it has, so a session
 * has at most one attempt by keys, and none once a login is let in; and a
 * login by key is no success of guessing.
 */
#include "detect/guess/guess.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "base/core/touch.h"
#include "detect/guess/sessions.h"
#include "detect/roster.h"
#include "detect/textset.h"

struct told {
    struct extent when;
    uint64_t lines; /* a line that stands for several counts as these */
};

struct guesser {
    struct roster_item item;
    struct told failed; /* by lines "Failed ..." about a password */
    struct told any;    /* by every line that tells of an attempt */
    struct told entered;
    uint64_t attempts, accepted;
    uint64_t before_entry;      /* attempts since the login before that one */
    uint64_t earlier;           /* logins let in before the first of those */
    uint64_t attempts_at_login; /* when a login was let in last */
    struct flows flows, entered_flows;
    struct text_set users, hosts; /* of attempts */
    uint64_t host_number;         /* of the last attempt; 0: none yet */
    struct text_set entered_users, entered_hosts;
};

struct guess {
    struct guess_options opt;
    const struct definition *bruteforce, *spray, *access;
    struct roster *roster;
    struct sessions sessions;
    struct text_run host; /* of the last attempt */
    struct guess_stats stats;
};

static void guesser_fini(void *item)
{
    struct guesser *g = item;
    text_set_fini(&g->users);
    text_set_fini(&g->hosts);
    text_set_fini(&g->entered_users);
    text_set_fini(&g->entered_hosts);
}

static size_t held_bytes(const struct guesser *g)
{
    return text_set_bytes(&g->users) + text_set_bytes(&g->hosts) +
           text_set_bytes(&g->entered_users) + text_set_bytes(&g->entered_hosts);
}

static void tell(struct told *t, const struct observation *o, uint32_t lines)
{
    if (t->lines == 0) {
        t->when = extent_of(o->time_ns, o->pos);
    } else {
        extent_add(&t->when, o->time_ns, o->pos);
    }
    t->lines += lines;
}

/* --- judging ---------------------------------------------------------------- */

/* Where the lines "Failed" tell of most attempts they are the event, so that
 * grep finds the same; else it is every line that tells of one. */
static const struct told *telling(const struct guesser *g)
{
    return g->failed.lines * 2 >= g->attempts ? &g->failed : &g->any;
}

static uint64_t most_of_one_user(const struct guesser *g)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < g->users.cap; i++) {
        most = g->users.slots[i].count > most ? g->users.slots[i].count : most;
    }
    return most;
}

static void describe(const struct guesser *r, const struct told *t, struct finding *f)
{
    finding_words(f, "password", "ssh");
    f->flags = FINDING_LOG;
    f->has_initiator = true;
    f->initiator = r->item.who;
    f->authentic = AUTHENTIC_TWO_WAY; /* a login is tried inside a TCP connection */
    f->when = t->when;
    f->packets = t->lines;
    f->attempts = r->attempts;
    f->refused = r->failed.lines;
    f->accepted = r->accepted;
    f->users = r->users.n;
    f->flows = r->flows;
    flows_within(&f->flows, f->when.first_ns, f->when.last_ns);
}

static enum status begin(struct guess *g, const struct definition *d, const struct guesser *r,
                         const struct told *t, struct finding **ret)
{
    struct finding *f = finding_list_begin(g->opt.findings, d);
    if (f == NULL) {
        return ST_NOMEM;
    }
    describe(r, t, f);
    *ret = f;
    return ST_OK;
}

static enum status add_guessing(struct guess *g, const struct guesser *r,
                                const struct definition *d, bool spray)
{
    struct finding *f;
    TRY(begin(g, d, r, telling(r), &f));
    f->targets = r->hosts.n;
    TRY(text_set_top(&r->users, 0, FINDING_TEXTS_MAX, &g->opt.findings->arena, f->texts,
                     &f->text_n));
    if (spray) {
        finding_decide(f, "accounts with few failed logins each", r->users.n,
                       d->params[SPRAY_USERS]);
    } else {
        finding_decide(f, "failed logins", r->attempts, d->params[GUESS_LOG_ATTEMPTS]);
    }
    return finding_identify(f);
}

static enum status add_access(struct guess *g, const struct guesser *r)
{
    const struct definition *d = g->access;
    struct finding *f;
    TRY(begin(g, d, r, &r->entered, &f));
    f->targets = r->entered_hosts.n;
    f->flows = r->entered_flows;
    f->accepted = r->entered.lines;
    f->earlier = r->earlier;
    f->users = r->entered_users.n;
    TRY(text_set_top(&r->entered_users, 0, FINDING_TEXTS_MAX, &g->opt.findings->arena, f->texts,
                     &f->text_n));
    finding_decide(f, "failed logins before one was let in", r->before_entry,
                   d->params[GUESS_LOG_ATTEMPTS]);
    return finding_identify(f);
}

static bool is_spray(const struct guess *g, const struct guesser *r)
{
    return g->spray != NULL && r->users.n >= (uint64_t)g->spray->params[SPRAY_USERS] &&
           most_of_one_user(r) <= (uint64_t)g->spray->params[SPRAY_PER_USER] &&
           r->attempts > r->accepted;
}

static bool is_bruteforce(const struct guess *g, const struct guesser *r)
{
    return g->bruteforce != NULL &&
           r->attempts >= (uint64_t)g->bruteforce->params[GUESS_LOG_ATTEMPTS] &&
           r->attempts > r->accepted;
}

static enum status offer(struct guess *g, const struct definition *d, const struct guesser *r,
                         struct finding *f)
{
    if (!below_is_near(f->counted, (int64_t)f->threshold)) {
        return ST_OK;
    }
    (void)definition_full_name(d, f->definition);
    memcpy(f->kind, d->kind, sizeof(d->kind));
    describe(r, telling(r), f);
    f->targets = r->hosts.n;
    return below_offer(g->opt.below, f);
}

static enum status miss(struct guess *g, const struct guesser *r)
{
    if (r->attempts <= r->accepted) {
        return ST_OK;
    }
    if (g->bruteforce != NULL) {
        struct finding f = {0};
        finding_decide(&f, "failed logins", r->attempts, g->bruteforce->params[GUESS_LOG_ATTEMPTS]);
        TRY(offer(g, g->bruteforce, r, &f));
    }
    if (g->spray != NULL && most_of_one_user(r) <= (uint64_t)g->spray->params[SPRAY_PER_USER]) {
        struct finding f = {0};
        finding_decide(&f, "accounts with few failed logins each", r->users.n,
                       g->spray->params[SPRAY_USERS]);
        return offer(g, g->spray, r, &f);
    }
    return ST_OK;
}

static enum status judge(struct guess *g, const struct guesser *r)
{
    if (r->entered.lines > 0) {
        TRY(add_access(g, r));
    }
    if (is_spray(g, r)) {
        return add_guessing(g, r, g->spray, true);
    }
    if (is_bruteforce(g, r)) {
        return add_guessing(g, r, g->bruteforce, false);
    }
    g->stats.background_remotes += r->attempts > 0;
    g->stats.background_attempts += r->attempts;
    return g->opt.below != NULL ? miss(g, r) : ST_OK;
}

static enum status ended(void *ctx, void *item)
{
    enum status st = judge(ctx, item);
    guesser_fini(item);
    return st;
}

/* --- feeding ---------------------------------------------------------------- */

static bool by_key(struct bytes method)
{
    return bytes_equal(method, BYTES_LITERAL("publickey")) ||
           bytes_equal(method, BYTES_LITERAL("hostbased")) ||
           bytes_begin(method, BYTES_LITERAL("gssapi"));
}

static bool tells_of_attempt(const struct obs_log *l)
{
    return l->outcome == LOG_REFUSED ||
           ((l->outcome == LOG_NO_USER || l->outcome == LOG_CLOSED) && l->user.data != NULL);
}

static void session_add(struct session *s, const struct obs_log *l)
{
    if (l->weak || l->tally == LOG_TALLY_NONE || by_key(l->method)) {
        s->weak = true;
    } else {
        s->tallies[l->tally] += l->repeat;
    }
}

static enum status feed_attempt(struct guess *g, struct guesser *r, const struct observation *o,
                                uint64_t session)
{
    const struct obs_log *l = o->log;
    struct session *s;
    TRY(sessions_touch(&g->sessions, session, o, &s));
    uint32_t before = session_attempts(s);
    session_add(s, l);
    uint32_t more = session_attempts(s) - before;
    r->attempts += more;
    g->stats.refused += more;
    tell(&r->any, o, l->repeat);
    flows_add(&r->flows, o->time_ns, o->src_port, o->dst_port);
    if (l->outcome == LOG_REFUSED && l->tally == LOG_TALLY_SSHD && !l->weak && !by_key(l->method)) {
        tell(&r->failed, o, l->repeat);
    }
    struct text_slot *slot;
    if (l->user.data != NULL) {
        TRY(text_set_add(&r->users, g->opt.seed, l->user, more, &slot));
    }
    uint64_t host = text_run_number(&g->host, l->host);
    if (host != r->host_number) {
        TRY(text_set_add(&r->hosts, g->opt.seed, l->host, 0, &slot));
        r->host_number = host;
    }
    return ST_OK;
}

/* What only a key's failure told of was the client's search for the right one. */
static enum status forgive_keys(struct guess *g, struct guesser *r, const struct observation *o,
                                uint64_t session)
{
    struct session *s;
    TRY(sessions_touch(&g->sessions, session, o, &s));
    uint32_t before = session_attempts(s);
    s->weak = false;
    uint32_t less = before - session_attempts(s);
    less = less > r->attempts ? (uint32_t)r->attempts : less; /* of an event before */
    r->attempts -= less;
    g->stats.refused -= less;
    return ST_OK;
}

static enum status feed_login(struct guess *g, struct guesser *r, const struct observation *o,
                              uint64_t session)
{
    const struct obs_log *l = o->log;
    TRY(forgive_keys(g, r, o, session));
    r->accepted += l->repeat;
    g->stats.accepted += l->repeat;
    if (by_key(l->method)) {
        return ST_OK;
    }
    uint64_t since = r->attempts - r->attempts_at_login;
    r->attempts_at_login = r->attempts;
    bool late = g->access != NULL && since >= (uint64_t)g->access->params[GUESS_LOG_ATTEMPTS];
    if (!late && r->entered.lines == 0) {
        g->stats.nearest = since > g->stats.nearest ? since : g->stats.nearest;
        return ST_OK;
    }
    r->earlier = r->entered.lines == 0 ? r->accepted - l->repeat : r->earlier;
    r->before_entry = late && since > r->before_entry ? since : r->before_entry;
    tell(&r->entered, o, l->repeat);
    flows_add(&r->entered_flows, o->time_ns, o->src_port, o->dst_port);
    struct text_slot *slot;
    TRY(text_set_add(&r->entered_users, g->opt.seed, l->user, 1, &slot));
    return text_set_add(&r->entered_hosts, g->opt.seed, l->host, 1, &slot);
}

/* What lines of many remotes touch lies far apart: it is fetched for all of a
 * batch before the first is fed. Nothing but time depends on this. */
static void look_ahead(const struct guess *g, const struct obs_batch *batch,
                       uint64_t session[OBS_BATCH_MAX])
{
    uint64_t who[OBS_BATCH_MAX];
    uint32_t user[OBS_BATCH_MAX];
    const struct guesser *r[OBS_BATCH_MAX];
    for (size_t i = 0; i < batch->n; i++) {
        who[i] = roster_hash(g->roster, &batch->obs[i].src);
        session[i] = sessions_hash(&g->sessions, &batch->obs[i]);
        user[i] = text_set_hash(batch->logs[i].user, g->opt.seed);
    }
    for (size_t i = 0; i < batch->n; i++) { /* little but loads: they overlap */
        roster_expect_index(g->roster, who[i]);
        sessions_expect(&g->sessions, session[i]);
    }
    for (size_t i = 0; i < batch->n; i++) {
        r[i] = roster_expect(g->roster, who[i]);
    }
    for (size_t i = 0; i < batch->n; i++) {
        if (r[i] != NULL) {
            touch(&r[i]->attempts);
            text_set_touch(&r[i]->users, user[i]);
        }
    }
    for (size_t i = 0; i < batch->n; i++) {
        if (r[i] != NULL) {
            text_set_touch_text(&r[i]->users, user[i]);
        }
    }
}

static enum status feed_one(struct guess *g, const struct observation *o, uint64_t session)
{
    const struct obs_log *l = o->log;
    bool login = l->outcome == LOG_ACCEPTED;
    if (l->service != LOG_SSH || (!login && !tells_of_attempt(l))) {
        return ST_OK;
    }
    void *item;
    TRY(roster_touch(g->roster, &o->src, o->time_ns, o->pos, &item));
    struct guesser *r = item;
    TRY(login ? feed_login(g, r, o, session) : feed_attempt(g, r, o, session));
    roster_held(g->roster, r, held_bytes(r));
    return ST_OK;
}

enum status guess_feed(struct guess *g, const struct obs_batch *batch)
{
    uint64_t session[OBS_BATCH_MAX];
    bool ours = false;
    for (size_t i = 0; i < batch->n; i++) {
        ours = ours || batch->obs[i].log->service == LOG_SSH;
    }
    if (g->roster == NULL || !ours) {
        return ST_OK;
    }
    look_ahead(g, batch, session);
    for (size_t i = 0; i < batch->n; i++) {
        TRY(feed_one(g, &batch->obs[i], session[i]));
    }
    return ST_OK;
}

enum status guess_finish(struct guess *g)
{
    return g->roster != NULL ? roster_finish(g->roster) : ST_OK;
}

struct guess_stats guess_stats(const struct guess *g)
{
    struct guess_stats s = g->stats;
    if (g->roster != NULL) {
        s.early = roster_early(g->roster);
        s.peak_bytes = roster_peak_bytes(g->roster);
    }
    return s;
}

static void guess_freep(struct guess **g)
{
    guess_free(*g);
}

enum status guess_new(const struct guess_options *opt, struct guess **ret)
{
    CLEANUP(guess_freep) struct guess *g = calloc(1, sizeof(*g));
    if (g == NULL) {
        return ST_NOMEM;
    }
    g->opt = *opt;
    g->bruteforce = definition_find(opt->definitions, METHOD_GUESS_LOG);
    g->spray = definition_find(opt->definitions, METHOD_SPRAY_LOG);
    g->access = definition_find(opt->definitions, METHOD_ACCESS_LOG);
    sessions_init(&g->sessions, opt->seed);
    const struct definition *any = g->bruteforce ? g->bruteforce : g->spray ? g->spray : g->access;
    if (any != NULL) {
        struct roster_options roster = {.item_bytes = sizeof(struct guesser),
                                        .idle_ns = any->params[PARAM_IDLE_S] * TIME_SECOND,
                                        .memory_bytes = opt->memory_bytes,
                                        .seed = opt->seed,
                                        .ended = ended,
                                        .ctx = g};
        TRY(roster_new(&roster, &g->roster));
    }
    *ret = TAKE(g);
    return ST_OK;
}

void guess_free(struct guess *g)
{
    if (g == NULL) {
        return;
    }
    if (g->roster != NULL) {
        roster_each(g->roster, guesser_fini);
        roster_free(g->roster);
    }
    sessions_fini(&g->sessions);
    free(g);
}
