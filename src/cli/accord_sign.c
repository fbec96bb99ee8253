/* cli/accord_sign.c - exhibit accord sign|leave: what is signed, and what it changes.
 *
 * Once we have signed a version, another's newer one is signed only by its number: who
 * takes in an answer to his own proposal does not agree to something else with it.
 */
#include <stdio.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "cli/accord_parts.h"
#include "cli/say.h"
#include "exchange/accord/differ.h"
#include "exchange/talk/keeping.h"

bool accord_signed_by(const struct accord_version *v, const char *name)
{
    const struct accord_party *p = accord_party_find(v->accord, name);
    return p != NULL && v->signed_by[p - v->accord->party];
}

/* The version that --version names, or the newest. Of two under one number the one that
 * we have not signed, and of two by one party the later. NULL: said. */
static const struct accord_version *version_asked(const struct accord_job *job,
                                                  const struct accord_standing *s, const char *self)
{
    const struct accord_version *found = NULL;
    size_t open = 0;
    if (job->version == 0) {
        return &s->version[s->newest];
    }
    for (size_t i = 0; i < s->n; i++) {
        const struct accord_version *v = &s->version[i];
        bool had = accord_signed_by(v, self);
        if (v->accord->version == job->version && (found == NULL || !had)) {
            bool again = found != NULL &&
                         strcmp(v->item->statement->party, found->item->statement->party) == 0;
            found = v;
            open += had || (again && open > 0) ? 0 : 1;
        }
    }
    if (found == NULL || open > 1) {
        say("accord sign --version %u: %s", job->version,
            found == NULL ? "there is no such version"
                          : "there are two of them that are not signed: propose one that all sign");
        return NULL;
    }
    return found;
}

const struct accord_version *accord_signed_last(const struct accord_standing *s,
                                                const struct accord_version *v, const char *name)
{
    const struct accord_version *best = NULL;
    for (size_t i = 0; i < s->n; i++) {
        const struct accord_version *x = &s->version[i];
        if (x != v && accord_signed_by(x, name) &&
            (best == NULL || x->accord->version > best->accord->version)) {
            best = x;
        }
    }
    return best;
}

static void say_differences(const struct accord_differences *list)
{
    for (size_t i = 0; i < list->n; i++) {
        CLEANUP(buf_fini) struct buf line = BUF_INIT(1 << 16);
        const char *text = list->list[i].says;
        text_show(&line, bytes_of(text, strlen(text)), 1000);
        buf_byte(&line, '\0');
        if (line.failed == ST_OK) {
            say("  %s", (const char *)line.data);
        }
    }
}

static bool say_against(const struct accord_version *old, const struct accord_version *v,
                        const char *what)
{
    CLEANUP(accord_differences_fini) struct accord_differences list = {.n = 0};
    enum status st = accord_differ(old->accord, v->accord, &list);
    if (st != ST_OK) {
        say_fault("the accord", st, NULL);
        return false;
    }
    say("version %u by %s against version %u, which %s:%s", v->accord->version,
        v->item->statement->party, old->accord->version, what,
        list.n == 0 ? " the same terms" : "");
    say_differences(&list);
    return true;
}

/* Say what signing this version would change. Not 0: it is not to be signed unless it is
 * named. What we have signed is what the home knows of, whatever a file shows of it. */
static int before_signing(const struct accord_job *job, const char *operand,
                          const struct evidence_home *home, const struct accord_version *theirs)
{
    CLEANUP(exchange_handed_freep) struct exchange_handed *handed = NULL;
    CLEANUP(accord_standing_freep) struct accord_standing *s = NULL;
    struct fault why = {0};
    enum status st = accord_kept(home, theirs->accord->id, &handed, &s, &why);
    if (st != ST_OK) {
        return accord_failed(home->path, st, &why);
    }
    const struct accord_version *v = accord_version_find(s, &theirs->item->statement->hash);
    const struct accord_version *last = accord_signed_last(s, v, home->config.name);
    const struct accord_version *now = s->in_force >= 0 ? &s->version[s->in_force] : NULL;
    bool named = job->version != 0;
    if (last == NULL || (named && job->json)) {
        return ACCORD_DONE;
    }
    if (!say_against(last, v, last == now ? "is in force" : "we have signed") ||
        (now != NULL && now != last && now != v && !say_against(now, v, "is in force"))) {
        return ACCORD_COULD_NOT;
    }
    if (named) {
        return ACCORD_DONE;
    }
    say("taken in, and version %u is not signed; to sign it: exhibit accord sign --version %u %s",
        v->accord->version, v->accord->version, operand);
    return ACCORD_COULD_NOT;
}

int accord_sign(const struct accord_job *job, char **operands)
{
    CLEANUP(accord_loaded_fini) struct accord_loaded l = {.home = NULL};
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    CLEANUP(exchange_statement_freep) struct exchange_statement *st = NULL;
    struct fault why = {0};
    int failed = accord_begin(job, operands[0], &l, &log);
    if (failed != 0) {
        return failed;
    }
    const char *self = l.home->config.name;
    const struct accord_version *v = version_asked(job, l.standing, self);
    if (v == NULL) {
        return ACCORD_COULD_NOT;
    }
    if (accord_party_find(v->accord, self) == NULL) {
        say("accord sign: we are no party of version %u", v->accord->version);
        return ACCORD_COULD_NOT;
    }
    bool had = accord_signed_by(v, self) || l.standing->state == ACCORD_ENDED; /* nothing to sign */
    failed = had ? 0 : before_signing(job, operands[0], l.home, v);
    if (failed != 0) {
        return failed;
    }
    enum status r = exchange_statement_read(buf_bytes(&v->item->statement->file), &st, &why);
    r = r == ST_OK && !had ? exchange_statement_sign(st, &l.home->signer, &why) : r;
    r = r == ST_OK && !had ? exchange_keep(l.home, log, st, NULL, NULL, &why) : r;
    if (r != ST_OK) {
        return accord_failed(operands[0], r, &why);
    }
    return accord_hand_out(job, l.home, v->accord->id, &v->item->statement->hash,
                           had ? "taken in" : "signed");
}

bool accord_has_not_ended(const struct accord_standing *s)
{
    if (s->state != ACCORD_ENDED) {
        return true;
    }
    CLEANUP(buf_fini) struct buf who = BUF_INIT(1 << 12);
    const struct accord_version *v = accord_standing_now(s);
    for (size_t i = 0; i < v->accord->party_n; i++) {
        const struct accord_leave *left = accord_left(s, v, v->accord->party[i].name);
        char when[TIME_TEXT_MAX];
        if (left != NULL) {
            (void)time_format_short(left->time_ns, when);
            buf_printf(&who, "%s%s left %s", who.len > 0 ? "; " : "", left->party, when);
        }
    }
    buf_byte(&who, '\0');
    say("accord %.8s has ended (%s): what is agreed from here is a new one (accord new)",
        s->version[0].accord->id, who.failed == ST_OK ? (const char *)who.data : "");
    return false;
}

int accord_leave(const struct accord_job *job, char **operands)
{
    CLEANUP(accord_loaded_fini) struct accord_loaded l = {.home = NULL};
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    CLEANUP(exchange_statement_freep) struct exchange_statement *st = NULL;
    CLEANUP(canon_freep) json_t *body = json_object();
    struct fault why = {0};
    int failed = accord_begin(job, operands[0], &l, &log);
    if (failed != 0) {
        return failed;
    }
    const struct accord_version *v = accord_standing_now(l.standing);
    if (!accord_has_not_ended(l.standing)) {
        return ACCORD_FAILS;
    }
    if (l.standing->in_force < 0) {
        say("%s: it is not in force: there is nothing to leave", operands[0]);
        return ACCORD_COULD_NOT;
    }
    struct exchange_saying s = {.type = ACCORD_LEAVE_TYPE,
                                .party = l.home->config.name,
                                .time_ns = clock_now_ns(),
                                .previous = &v->item->statement->hash,
                                .body = body};
    enum status r = random_bytes(s.id, sizeof(s.id));
    r = r == ST_OK && (body == NULL ||
                       json_object_set_new(body, "accord", json_string(v->accord->id)) != 0)
            ? ST_NOMEM
            : r;
    r = r != ST_OK ? r : exchange_statement_make(&s, &l.home->signer, &st, &why);
    r = r != ST_OK ? r : exchange_keep(l.home, log, st, NULL, NULL, &why);
    if (r != ST_OK) {
        return accord_failed(operands[0], r, &why);
    }
    return accord_hand_out(job, l.home, v->accord->id, &v->item->statement->hash, "left");
}
