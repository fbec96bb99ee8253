/* cli/accord_ping.c - trying contact points, with what came of it on the record.
 *
 * A ping is a statement that the other side's contact point answers with another: so
 * it shows that somebody there reads what comes in, and can sign.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/core/timefmt.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "cli/accord_parts.h"
#include "cli/say.h"
#include "exchange/talk/keeping.h"

/* --- reading ---------------------------------------------------------------------- */

struct ping {
    char accord[EXCHANGE_ID_TEXT], to[LEDGER_NAME_MAX + 1];
    size_t lane;
};

static bool read_ping(const struct exchange_statement *s, struct ping *ret)
{
    static const char *const names[] = {"accord", "to", "lane", NULL};
    char lane[32];
    int place = -1;
    if (!exchange_members_known(s->body, names) ||
        !exchange_text_of(s->body, "accord", ret->accord, sizeof(ret->accord)) ||
        !exchange_text_of(s->body, "to", ret->to, sizeof(ret->to)) ||
        !exchange_text_of(s->body, "lane", lane, sizeof(lane)) ||
        (place = accord_word_find(ACCORD_LANES, lane)) < 0) {
        return false;
    }
    ret->lane = (size_t)place;
    return true;
}

static const struct exchange_statement *answer_of(const struct exchange_kept_list *pongs,
                                                  const struct exchange_statement *ping,
                                                  const char *from)
{
    for (size_t i = 0; i < pongs->n; i++) {
        const struct exchange_statement *s = pongs->item[i]->statement;
        if (s->answers && memcmp(&s->previous, &ping->hash, sizeof(ping->hash)) == 0 &&
            strcmp(s->party, from) == 0) {
            return s;
        }
    }
    return NULL;
}

enum status accord_trials(const struct evidence_home *h, const char *id, struct accord_trial **ret,
                          size_t *ret_n, struct fault *why)
{
    CLEANUP(exchange_kept_list_fini) struct exchange_kept_list pings = {0}, pongs = {0};
    TRY(exchange_kept_all(h, ACCORD_PING_TYPE, &pings, why));
    TRY(exchange_kept_all(h, ACCORD_PONG_TYPE, &pongs, why));
    struct accord_trial *list = calloc(pings.n + 1, sizeof(*list));
    size_t n = 0;
    if (list == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < pings.n; i++) {
        const struct exchange_statement *s = pings.item[i]->statement;
        struct ping p;
        if (!read_ping(s, &p) || strcmp(p.accord, id) != 0) {
            continue;
        }
        const struct exchange_statement *pong = answer_of(&pongs, s, p.to);
        struct accord_trial *t = &list[n++];
        *t = (struct accord_trial){.lane = p.lane,
                                   .asked_ns = s->time_ns,
                                   .answered = pong != NULL,
                                   .answered_ns = pong != NULL ? pong->time_ns : 0};
        memcpy(t->from, s->party, sizeof(t->from));
        memcpy(t->to, p.to, sizeof(t->to));
    }
    *ret = list;
    *ret_n = n;
    return ST_OK;
}

/* --- saying ----------------------------------------------------------------------- */

static enum status say_it(const struct evidence_home *home, struct ledger_log *log,
                          const char *type, const struct digest *previous, json_t *body,
                          struct digest *ret, struct fault *why)
{
    CLEANUP(exchange_statement_freep) struct exchange_statement *st = NULL;
    struct exchange_saying s = {.type = type,
                                .party = home->config.name,
                                .time_ns = clock_now_ns(),
                                .previous = previous,
                                .body = body};
    TRY(random_bytes(s.id, sizeof(s.id)));
    TRY(exchange_statement_make(&s, &home->signer, &st, why));
    TRY(exchange_keep(home, log, st, NULL, NULL, why));
    *ret = st->hash;
    return ST_OK;
}

static int hand_over(const struct accord_job *job, const struct evidence_home *home,
                     const struct digest *hashes, size_t n)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(exchange_handing_fini) struct exchange_handing w = {NULL, NULL, NULL};
    struct fault why = {0};
    enum status st = exchange_handing_init(&w);
    st = st != ST_OK ? st : exchange_hand_keys(home, &w, &why);
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        st = exchange_hand(home, &hashes[i], &w, &why);
    }
    st = st != ST_OK ? st : exchange_handing_write(&w, &out, &why);
    return st == ST_OK ? accord_write(job, buf_bytes(&out)) : accord_failed(home->path, st, &why);
}

static json_t *ping_body(const char *accord, const char *to, const char *lane)
{
    json_t *o = json_object();
    bool good = o != NULL && json_object_set_new(o, "accord", json_string(accord)) == 0 &&
                json_object_set_new(o, "to", json_string(to)) == 0 &&
                json_object_set_new(o, "lane", json_string(lane)) == 0;
    if (!good) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static bool has_lane(const struct accord_party *p, const char *lane)
{
    for (size_t i = 0; i < p->contact_n; i++) {
        if (strcmp(accord_word_at(ACCORD_LANES, p->contact[i].lane).name, lane) == 0) {
            return true;
        }
    }
    return false;
}

/* The same in JSON, when that is asked for. */
static int tell_trial(const struct accord_job *job, const struct exchange_statement *ping,
                      const struct exchange_statement *pong, int status)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 16);
    struct accord_trial t = {.asked_ns = ping->time_ns,
                             .answered = pong != NULL,
                             .answered_ns = pong != NULL ? pong->time_ns : 0};
    struct ping p;
    if (!job->json || status != ACCORD_DONE || !read_ping(ping, &p)) {
        return status;
    }
    t.lane = p.lane;
    memcpy(t.from, ping->party, sizeof(t.from));
    memcpy(t.to, p.to, sizeof(t.to));
    report_accord_trial_json(&out, &t);
    return accord_answer(&out, status);
}

/* What the home keeps under this hash was just put there. */
static int tell_kept(const struct accord_job *job, const struct evidence_home *home,
                     const struct digest *ping, const struct digest *pong, int status)
{
    CLEANUP(exchange_kept_freep) struct exchange_kept *a = NULL, *b = NULL;
    struct fault why = {0};
    enum status st = exchange_kept_get(home, ping, &a, &why);
    st = st == ST_OK && pong != NULL ? exchange_kept_get(home, pong, &b, &why) : st;
    return st == ST_OK ? tell_trial(job, a->statement, b != NULL ? b->statement : NULL, status)
                       : accord_failed(home->path, st, &why);
}

/* Another party that --to names and that has not left; NULL: said. */
static const struct accord_party *whom(const struct accord_job *job, const struct accord_loaded *l,
                                       const struct accord_version *v)
{
    const char *self = l->home != NULL ? l->home->config.name : "";
    const struct accord_party *p = job->to != NULL ? accord_party_find(v->accord, job->to) : NULL;
    CLEANUP(buf_fini) struct buf names = BUF_INIT(1 << 16);
    if (p != NULL && strcmp(p->name, self) != 0 && accord_left(l->standing, v, p->name) == NULL) {
        return p;
    }
    for (size_t i = 0; i < v->accord->party_n; i++) {
        const char *name = v->accord->party[i].name;
        if (strcmp(name, self) != 0 && accord_left(l->standing, v, name) == NULL) {
            buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", name);
        }
    }
    buf_byte(&names, '\0');
    say("accord ping: --to %s: %s; there are %s", job->to != NULL ? job->to : "PARTY",
        job->to == NULL              ? "whom?"
        : p == NULL                  ? "no party of this accord"
        : strcmp(p->name, self) == 0 ? "that is our own name"
                                     : "has left",
        names.failed == ST_OK ? (const char *)names.data : "");
    return NULL;
}

static bool lane_is_there(const struct accord_party *p, const char *lane)
{
    CLEANUP(buf_fini) struct buf there = BUF_INIT(4096);
    bool known = accord_word_find(ACCORD_LANES, lane) >= 0;
    if (known && has_lane(p, lane)) {
        return true;
    }
    for (size_t i = 0; accord_word_at(ACCORD_LANES, i).name != NULL; i++) {
        const char *word = accord_word_at(ACCORD_LANES, i).name;
        if (!known || has_lane(p, word)) {
            buf_printf(&there, "%s%s", there.len > 0 ? ", " : "", word);
        }
    }
    buf_byte(&there, '\0');
    const char *words = there.failed == ST_OK ? (const char *)there.data : "";
    if (!known) {
        say("accord ping: --lane %s: there is no such lane, but %s", lane, words);
    } else if (*words == '\0') {
        say("accord ping: %s names no contact point", p->name);
    } else {
        say("accord ping: %s names no contact point for %s; it names one for %s (--lane)", p->name,
            lane, words);
    }
    return false;
}

static int ping_out(const struct accord_job *job, const char *operand)
{
    CLEANUP(accord_loaded_fini) struct accord_loaded l = {.home = NULL};
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    CLEANUP(canon_freep) json_t *body = NULL;
    struct fault why = {0};
    struct digest hash;
    const char *lane = job->lane != NULL ? job->lane : "inquiry";
    int failed = accord_load(job, operand, &l);
    if (failed != 0) {
        return failed;
    }
    if (!accord_has_not_ended(l.standing)) {
        return ACCORD_FAILS;
    }
    const struct accord_version *v = accord_standing_now(l.standing);
    const struct accord_party *p = whom(job, &l, v);
    if (p == NULL || !lane_is_there(p, lane)) {
        return ACCORD_COULD_NOT;
    }
    if (!accord_open(job, &l.home, &log)) {
        return ACCORD_COULD_NOT;
    }
    body = ping_body(v->accord->id, p->name, lane);
    enum status st = body != NULL ? say_it(l.home, log, ACCORD_PING_TYPE, &v->item->statement->hash,
                                           body, &hash, &why)
                                  : ST_NOMEM;
    if (st != ST_OK) {
        return accord_failed(l.home->path, st, &why);
    }
    for (size_t i = 0; i < p->contact_n && !job->json; i++) {
        if (strcmp(accord_word_at(ACCORD_LANES, p->contact[i].lane).name, lane) == 0) {
            say("send the file to %s; the answer comes as a file, too", p->contact[i].mail);
        }
    }
    return tell_kept(job, l.home, &hash, NULL, hand_over(job, l.home, &hash, 1));
}

/* --- taking in -------------------------------------------------------------------- */

/* One statement of a counterpart, checked with the keys of the accord and kept. */
static enum status take(const struct evidence_home *home, struct ledger_log *log,
                        const struct exchange_handed *h, size_t i, const char *accord,
                        struct fault *why)
{
    struct exchange_keys k;
    const struct exchange_item *it = &h->item[i];
    const json_t *list = json_object_get(h->root, "statements");
    enum status st = accord_keys_of(home, it->statement->party, accord, &k, why);
    if (st == ST_END) {
        return fault_at(why, ST_DENIED, 0, "no accord in force with this party");
    }
    TRY(st);
    TRY(exchange_keys_follow_all(&k, h->keys, h->keys_n, why));
    TRY(exchange_item_check(it, &k, true, why));
    TRY(exchange_statement_expect(it->statement, it->statement->type, clock_now_ns(), why));
    TRY(exchange_keep(home, log, it->statement, json_object_get(json_array_get(list, i), "logged"),
                      NULL, why));
    return exchange_keys_keep(home, &k, h, why);
}

static int answer_ping(const struct accord_job *job, const struct evidence_home *home,
                       struct ledger_log *log, const struct exchange_handed *h, size_t i)
{
    CLEANUP(exchange_kept_list_fini) struct exchange_kept_list pongs = {0};
    CLEANUP(canon_freep) json_t *body = NULL;
    const struct exchange_statement *s = h->item[i].statement;
    struct digest hashes[2] = {s->hash};
    struct ping p;
    struct fault why = {0};
    if (!read_ping(s, &p) || strcmp(p.to, home->config.name) != 0) {
        say("accord ping: this is for somebody else");
        return ACCORD_COULD_NOT;
    }
    enum status st = take(home, log, h, i, p.accord, &why);
    st = st != ST_OK ? st : exchange_kept_all(home, ACCORD_PONG_TYPE, &pongs, &why);
    const struct exchange_statement *old =
        st == ST_OK ? answer_of(&pongs, s, home->config.name) : NULL;
    if (st == ST_OK && old == NULL) { /* once answered, the same answer is handed out */
        body = ping_body(p.accord, s->party, accord_word_at(ACCORD_LANES, p.lane).name);
        st = body != NULL ? say_it(home, log, ACCORD_PONG_TYPE, &s->hash, body, &hashes[1], &why)
                          : ST_NOMEM;
    }
    if (st != ST_OK) {
        return accord_failed("the ping", st, &why);
    }
    hashes[1] = old != NULL ? old->hash : hashes[1];
    if (!job->json) {
        say("%s tried our contact point for %s; hand the answer back", s->party,
            accord_word_at(ACCORD_LANES, p.lane).name);
    }
    return tell_kept(job, home, &hashes[0], &hashes[1], hand_over(job, home, hashes, 2));
}

static int take_pong(const struct accord_job *job, const struct evidence_home *home,
                     struct ledger_log *log, const struct exchange_handed *h, size_t i)
{
    CLEANUP(exchange_kept_freep) struct exchange_kept *asked = NULL;
    const struct exchange_statement *s = h->item[i].statement;
    struct ping p, q;
    struct fault why = {0};
    char span[TIME_TEXT_MAX];
    enum status st = s->answers ? exchange_kept_get(home, &s->previous, &asked, &why) : ST_END;
    if (st != ST_OK && st != ST_END) {
        return accord_failed("the answer", st, &why);
    }
    if (st == ST_END || !read_ping(s, &p) || !read_ping(asked->statement, &q) ||
        strcmp(asked->statement->party, home->config.name) != 0 || strcmp(q.to, s->party) != 0 ||
        strcmp(p.accord, q.accord) != 0) {
        say("accord ping: this answers nothing that we asked");
        return ACCORD_COULD_NOT;
    }
    st = take(home, log, h, i, p.accord, &why);
    if (st != ST_OK) {
        return accord_failed("the answer", st, &why);
    }
    int64_t took = s->time_ns - asked->statement->time_ns;
    (void)time_format_span(took > 0 ? took : 0, span);
    if (job->json) {
        return tell_trial(job, asked->statement, s, ACCORD_DONE);
    }
    say("%s: its contact point for %s answered after %s; kept", s->party,
        accord_word_at(ACCORD_LANES, q.lane).name, span);
    return ACCORD_DONE;
}

int accord_ping(const struct accord_job *job, char **operands)
{
    CLEANUP(exchange_handed_freep) struct exchange_handed *h = NULL;
    CLEANUP(evidence_home_freep) struct evidence_home *home = NULL;
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    bool there = false;
    int failed = accord_load_file(operands[0], &h, &there);
    size_t ping = SIZE_MAX, pong = SIZE_MAX;
    for (size_t i = 0; failed == 0 && there && i < h->n; i++) {
        const char *type = h->item[i].statement->type;
        ping = strcmp(type, ACCORD_PING_TYPE) == 0 ? i : ping;
        pong = strcmp(type, ACCORD_PONG_TYPE) == 0 ? i : pong;
    }
    if (failed != 0) {
        return failed;
    }
    if (pong == SIZE_MAX && !accord_has_place(job, "ping")) {
        return ACCORD_COULD_NOT;
    }
    if (ping == SIZE_MAX && pong == SIZE_MAX) {
        return ping_out(job, operands[0]);
    }
    if (!accord_open(job, &home, &log)) {
        return ACCORD_COULD_NOT;
    }
    return pong != SIZE_MAX ? take_pong(job, home, log, h, pong)
                            : answer_ping(job, home, log, h, ping);
}
