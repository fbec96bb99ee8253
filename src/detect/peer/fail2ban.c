/* detect/peer/fail2ban.c - the sshd jail of fail2ban, filter mode "normal".
 *
 * The manual says: maxretry failures within findtime. Since 0.10.6 the program
 * does not forget failures one by one: when a ticket is older than findtime,
 * its count is scaled to findtime by its rate so far (FailTicket.adjustTime),
 * which is what is done here. An address is told once, with its first ban.
 */
#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "detect/peer/keyed.h"
#include "detect/peer/rules.h"

struct ticket { /* key: address */
    struct keyed_item item;
    bool open, banned;
    int64_t first_s, last_s; /* of the ticket: first moves when it is scaled */
    uint64_t retry, most;    /* most: of all tickets */
    uint64_t lines;
    struct extent when; /* of all lines */
};

struct fail2ban {
    const struct definition *rule;
    struct finding_list *findings;
    struct below *below;
    struct keyed tickets;
    int64_t clock_s;
};

static void begin(const struct fail2ban *b, const struct ticket *t, struct finding *f)
{
    finding_words(f, "password", "ssh");
    f->flags |= FINDING_LOG;
    f->has_initiator = true;
    f->initiator = t->item.key.a;
    f->authentic = AUTHENTIC_TWO_WAY; /* a login is tried inside a TCP connection */
    f->when = t->when;
    f->packets = t->lines;
    f->attempts = t->lines;
    finding_decide(f, "failures within findtime", t->most, b->rule->params[FAIL2BAN_RETRY]);
}

static enum status judge(struct fail2ban *b, const struct ticket *t)
{
    if (t->banned) {
        struct finding *f = finding_list_begin(b->findings, b->rule);
        if (f == NULL) {
            return ST_NOMEM;
        }
        begin(b, t, f);
        return finding_identify(f);
    }
    if (b->below == NULL || !below_is_near(t->most, b->rule->params[FAIL2BAN_RETRY])) {
        return ST_OK;
    }
    struct finding f = {0};
    begin(b, t, &f);
    (void)definition_full_name(b->rule, f.definition);
    memcpy(f.kind, b->rule->kind, sizeof(b->rule->kind));
    return below_offer(b->below, &f);
}

/* n * times / by, to the nearest, halves to the even: Python's round(). */
static uint64_t scale(uint64_t n, uint64_t times, uint64_t by)
{
    uint64_t q = n * times / by;
    uint64_t twice = n * times % by * 2;
    return q + (twice > by || (twice == by && (q & 1) != 0));
}

/* Lines that the filter's regular expressions match as failures. It takes
 * those of PAM modules as hints only, and does not know "message repeated". */
static bool is_failure(const struct obs_log *l)
{
    if (l->service != LOG_SSH || l->repeat > 1) {
        return false;
    }
    if (l->outcome == LOG_NO_USER) {
        return true;
    }
    return l->outcome == LOG_REFUSED && l->tally != LOG_TALLY_MODULE &&
           !bytes_equal(l->method, BYTES_LITERAL("pam")) &&
           !bytes_equal(l->method, BYTES_LITERAL("publickey"));
}

static void fail(const struct fail2ban *b, struct ticket *t, int64_t now_s)
{
    int64_t find_s = b->rule->params[PARAM_IDLE_S];
    if (t->open && t->last_s <= b->clock_s - find_s) {
        t->open = false; /* FailManager.cleanup */
    }
    if (!t->open) {
        t->open = true;
        t->first_s = t->last_s = now_s;
        t->retry = 0;
    }
    if (now_s > t->last_s) {
        if (t->first_s < now_s - find_s) {
            t->retry = scale(t->retry, (uint64_t)find_s, (uint64_t)(now_s - t->first_s));
            t->first_s = now_s - find_s;
        }
        t->last_s = now_s;
    }
    t->retry++;
    t->most = t->retry > t->most ? t->retry : t->most;
    if (t->retry >= (uint64_t)b->rule->params[FAIL2BAN_RETRY]) {
        t->banned = true;
        t->open = false;
    }
}

static int64_t seconds_of(int64_t ns)
{
    return ns / TIME_SECOND - (ns % TIME_SECOND < 0);
}

enum status fail2ban_feed(struct fail2ban *b, const struct observation *o)
{
    if (o->type != OBS_LOG || !is_failure(o->log)) {
        return ST_OK;
    }
    int64_t now_s = seconds_of(o->time_ns);
    b->clock_s = now_s > b->clock_s ? now_s : b->clock_s;
    struct keyed_key key = {.a = o->src};
    void *item;
    bool is_new;
    TRY(keyed_touch(&b->tickets, &key, &item, &is_new));
    struct ticket *t = item;
    if (is_new) {
        t->when = extent_of(o->time_ns, o->pos);
    }
    extent_add(&t->when, o->time_ns, o->pos);
    t->lines++;
    fail(b, t, now_s);
    return ST_OK;
}

enum status fail2ban_finish(struct fail2ban *b)
{
    struct ticket *t;
    for (size_t i = 0; (t = keyed_next(&b->tickets, &i)) != NULL;) {
        TRY(judge(b, t));
    }
    keyed_clear(&b->tickets);
    return ST_OK;
}

enum status fail2ban_press(struct fail2ban *b)
{
    return fail2ban_finish(b);
}

size_t fail2ban_bytes(const struct fail2ban *b)
{
    return keyed_bytes(&b->tickets);
}

void fail2ban_free(struct fail2ban *b)
{
    if (b != NULL) {
        keyed_fini(&b->tickets);
        free(b);
    }
}

enum status fail2ban_new(const struct peer_options *opt, struct fail2ban **ret)
{
    const struct definition *rule = definition_find(opt->definitions, METHOD_FAIL2BAN_SSHD);
    if (rule == NULL) {
        return ST_OK;
    }
    struct fail2ban *b = calloc(1, sizeof(*b));
    if (b == NULL) {
        return ST_NOMEM;
    }
    *b = (struct fail2ban){
        .rule = rule,
        .findings = opt->findings,
        .below = opt->below,
        .tickets = {.item_bytes = sizeof(struct ticket), .seed = opt->seed},
        .clock_s = INT64_MIN / 2,
    };
    *ret = b;
    return ST_OK;
}
