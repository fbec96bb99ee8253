/* cli/accord_make.c - exhibit accord new|propose|amend|decline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/core/timefmt.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "base/os/random.h"
#include "cli/accord_parts.h"
#include "cli/output.h"
#include "cli/say.h"
#include "exchange/accord/draft.h"
#include "exchange/talk/keeping.h"

/* --- saying ------------------------------------------------------------------------ */

int accord_hand_out(const struct accord_job *job, const struct evidence_home *home, const char *id,
                    const struct digest *version, const char *did)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(buf_fini) struct buf json = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(exchange_handed_freep) struct exchange_handed *handed = NULL;
    CLEANUP(accord_standing_freep) struct accord_standing *s = NULL;
    struct fault why = {0};
    enum status st = accord_gather(home, id, &out, &why);
    st = st != ST_OK ? st : exchange_handed_read(buf_bytes(&out), &handed, &why);
    st = st != ST_OK ? st : accord_standing_make(handed, home, NULL, &s, &why);
    if (st != ST_OK) {
        return accord_failed(home->path, st, &why);
    }
    const struct accord_version *about =
        version != NULL ? accord_version_find(s, version) : &s->version[s->newest];
    if (!job->json) {
        accord_tell_next(job, s, about, home->config.name, did);
    }
    if (job->json) {
        struct accord_view v = {.standing = s, .version = about};
        report_accord_json(&json, &v, "accord-standing");
        int status = accord_write(job, buf_bytes(&out));
        return status == ACCORD_DONE ? accord_answer(&json, status) : status;
    }
    return accord_write(job, buf_bytes(&out));
}

/* Our name under a body; kept and in our ledger. */
static bool say_version(struct evidence_home *home, struct ledger_log *log,
                        struct exchange_saying *s, struct digest *ret)
{
    CLEANUP(exchange_statement_freep) struct exchange_statement *st = NULL;
    CLEANUP(free_ptr) struct accord *a = NULL;
    struct fault why = {0};
    s->type = ACCORD_TYPE;
    s->party = home->config.name;
    s->time_ns = s->time_ns > clock_now_ns() ? s->time_ns : clock_now_ns();
    enum status r = exchange_statement_make(s, &home->signer, &st, &why);
    r = r != ST_OK ? r : accord_read(st, &a, &why);
    r = r != ST_OK ? r : exchange_keep(home, log, st, NULL, NULL, &why);
    if (r != ST_OK) {
        say_fault("the accord", r, &why);
        return false;
    }
    *ret = st->hash;
    return true;
}

/* --- new --------------------------------------------------------------------------- */

/* Our own networks, if the home declares some and no others are named. */
static bool put_declared(const struct accord_job *job, const struct evidence_home *home,
                         json_t *party)
{
    bool good = true;
    for (size_t i = 0; i < home->config.local.n && job->network.n == 0 && good; i++) {
        good = accord_draft_network(party, &home->config.local.nets[i]) == ST_OK;
    }
    return good;
}

static bool put_parties(const struct accord_job *job, const struct evidence_home *home,
                        json_t *body)
{
    json_t *self = accord_draft_party(&home->signer.key, &home->next);
    bool good = self != NULL && accord_draft_put_party(body, self) == ST_OK &&
                put_declared(job, home, self);
    for (size_t i = 0; i < job->with.n && good; i++) {
        struct accord_card card;
        if (!accord_card_read(job->with.v[i], &card)) {
            return false;
        }
        if (!card.has_next) {
            say("%s: it promises no next key: should %s change its key, the accord has to be "
                "amended",
                job->with.v[i], card.key.name);
        }
        good = strcmp(card.key.name, home->config.name) != 0 &&
               accord_draft_put_party(
                   body, accord_draft_party(&card.key, card.has_next ? &card.next : NULL)) == ST_OK;
        if (!good) {
            say("%s: this is our own name", job->with.v[i]);
        }
    }
    return good;
}

static const struct accord_template *template_of(const struct accord_job *job)
{
    const char *name = job->template_name != NULL ? job->template_name : "norms-13";
    const struct accord_template *t = accord_template_find(name);
    if (t == NULL) {
        say("accord new: --template %s: link-2013, dialogue-2015, norms-13 or osce-9-13", name);
    }
    return t;
}

int accord_new(const struct accord_job *job, char **operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *home = NULL;
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    CLEANUP(canon_freep) json_t *body = NULL;
    CLEANUP(free_ptr) struct definition_set *set = calloc(1, sizeof(*set));
    const struct accord_template *t = template_of(job);
    struct exchange_saying said = {.previous = NULL};
    struct digest hash;
    char hex[EXCHANGE_ID_TEXT];
    (void)operands;
    if (job->with.n == 0) {
        say("accord new: --with FILE: with whom? FILE is what their `exhibit key show --policy` "
            "prints");
        return ACCORD_COULD_NOT;
    }
    if (t == NULL || set == NULL || definition_set_builtin("default", set) != ST_OK ||
        random_bytes(said.id, sizeof(said.id)) != ST_OK || !accord_open(job, &home, &log)) {
        return ACCORD_COULD_NOT;
    }
    body = accord_draft_new(t, said.id, set);
    said.body = body;
    if (body == NULL || !put_parties(job, home, body) ||
        !accord_put_terms(job, body, accord_draft_party_of(body, home->config.name)) ||
        !say_version(home, log, &said, &hash)) {
        return ACCORD_COULD_NOT;
    }
    exchange_hex_text(said.id, sizeof(said.id), hex);
    return accord_hand_out(job, home, hex, &hash, "proposed");
}

/* --- changes ----------------------------------------------------------------------- */

/* The same statement with more cosignatures than we had of that party. */
static enum status keep_proofs(const struct accord_loaded *l, const struct accord_version *ours,
                               const struct accord_version *v, struct fault *why)
{
    const json_t *said = json_array_get(json_object_get(l->handed->root, "statements"),
                                        (size_t)(v->item - l->handed->item));
    const json_t *logged = json_object_get(said, "logged");
    for (size_t i = 0; i < v->accord->party_n; i++) {
        const char *name = v->accord->party[i].name;
        for (size_t k = 0; k < json_array_size(logged) && v->cosigned[i] > ours->cosigned[i]; k++) {
            const json_t *o = json_array_get(logged, k);
            const char *of = json_string_value(json_object_get(o, "party"));
            if (of != NULL && strcmp(of, name) == 0 && strcmp(name, l->home->config.name) != 0) {
                TRY(exchange_kept_show(l->home, &v->item->statement->hash, o, why));
            }
        }
    }
    return ST_OK;
}

static enum status keep_cosigned(const struct accord_loaded *l, struct fault *why)
{
    CLEANUP(exchange_handed_freep) struct exchange_handed *handed = NULL;
    CLEANUP(accord_standing_freep) struct accord_standing *ours = NULL;
    TRY(accord_kept(l->home, l->standing->version[0].accord->id, &handed, &ours, why));
    for (size_t i = 0; i < l->standing->n; i++) {
        const struct accord_version *v = &l->standing->version[i];
        const struct accord_version *had = accord_version_find(ours, &v->item->statement->hash);
        if (had != NULL) {
            TRY(keep_proofs(l, had, v, why));
        }
    }
    return ST_OK;
}

/* Keep what a file brought, so that our version stands on it. */
static bool keep_all(const struct accord_loaded *l, struct ledger_log *log)
{
    const json_t *list = json_object_get(l->handed->root, "statements");
    struct fault why = {0};
    enum status st = ST_OK;
    for (size_t i = 0; i < l->handed->n && st == ST_OK; i++) {
        const struct exchange_item *it = &l->handed->item[i];
        if (strcmp(it->statement->type, ACCORD_TYPE) == 0 ||
            strcmp(it->statement->type, ACCORD_LEAVE_TYPE) == 0) {
            st = exchange_keep(l->home, log, it->statement,
                               json_object_get(json_array_get(list, i), "logged"), NULL, &why);
        }
    }
    for (size_t i = 0; i < l->standing->member_n && st == ST_OK; i++) {
        if (strcmp(l->standing->member[i].keys.key[0].name, l->home->config.name) != 0) {
            st = exchange_keys_keep(l->home, &l->standing->member[i].keys, l->handed, &why);
        }
    }
    st = st != ST_OK ? st : keep_cosigned(l, &why);
    if (st != ST_OK) {
        say_fault(l->home->path, st, &why);
    }
    return st == ST_OK;
}

static bool comes_of(const struct accord_standing *s, const struct digest *hash)
{
    for (int i = s->newest; i >= 0; i = s->version[i].before) {
        if (memcmp(&s->version[i].item->statement->hash, hash, sizeof(*hash)) == 0) {
            return true;
        }
    }
    return false;
}

/* What both know of it has to fit together: nothing is kept that would make what we have
 * unreadable. */
static bool fits_ours(const struct accord_loaded *l, const struct exchange_handed *ours)
{
    CLEANUP(buf_fini) struct buf both = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(exchange_handed_freep) struct exchange_handed *handed = NULL;
    CLEANUP(accord_standing_freep) struct accord_standing *s = NULL;
    struct fault why = {0};
    enum status st = accord_unite(ours, l->handed, &both, &why);
    st = st != ST_OK ? st : exchange_handed_read(buf_bytes(&both), &handed, &why);
    st = st != ST_OK ? st : accord_standing_make(handed, l->home, NULL, &s, &why);
    if (st != ST_OK) {
        say("accord %.8s: the file does not fit what the home has of it: %s",
            l->standing->version[0].accord->id, why.field != NULL ? why.field : status_text(st));
    }
    return st == ST_OK;
}

/* What we have agreed to is changed only by what knows of it. */
static bool stands_on_ours(const struct accord_loaded *l)
{
    CLEANUP(exchange_handed_freep) struct exchange_handed *handed = NULL;
    CLEANUP(accord_standing_freep) struct accord_standing *ours = NULL;
    struct fault why = {0};
    enum status st = accord_kept(l->home, l->standing->version[0].accord->id, &handed, &ours, &why);
    if (st == ST_END) {
        return true;
    }
    if (st != ST_OK) {
        say_fault(l->home->path, st, &why);
        return false;
    }
    if (ours->in_force >= 0 &&
        !comes_of(l->standing, &ours->version[ours->in_force].item->statement->hash)) {
        say("accord %.8s: this does not come of version %u, which is in force here",
            l->standing->version[0].accord->id, ours->version[ours->in_force].accord->version);
        return false;
    }
    return fits_ours(l, handed);
}

/* Are we a party of it, under our own key? */
static bool is_ours(const struct accord_loaded *l, const struct accord *a)
{
    const struct accord_party *p = accord_party_find(a, l->home->config.name);
    if (p == NULL) {
        say("%s is no party of this accord", l->home->config.name);
        return false;
    }
    const struct accord_member *m = accord_member_find(l->standing, p->name);
    bool left = accord_left(l->standing, &l->standing->version[l->standing->newest], p->name);
    if (!m->confirmed || left) {
        say(left ? "%s has left this accord" : "%s: the key that it names as ours is not ours",
            p->name);
        return false;
    }
    return true;
}

int accord_begin(const struct accord_job *job, const char *operand, struct accord_loaded *l,
                 struct ledger_log **log)
{
    int failed = accord_load(job, operand, l);
    if (failed != 0) {
        return failed;
    }
    if (!accord_open(job, &l->home, log)) {
        return ACCORD_COULD_NOT;
    }
    const struct accord *a = l->standing->version[l->standing->newest].accord;
    if (!is_ours(l, a) || !accord_confirmed(l) || !stands_on_ours(l) || !keep_all(l, *log)) {
        return ACCORD_COULD_NOT;
    }
    return ACCORD_DONE;
}

/* Our own entry says what key we have now. */
static bool refresh_self(const struct evidence_home *home, json_t *body)
{
    CLEANUP(canon_freep) json_t *fresh = accord_draft_party(&home->signer.key, &home->next);
    json_t *self = accord_draft_party_of(body, home->config.name);
    return fresh != NULL && self != NULL && json_object_update(self, fresh) == 0;
}

/* Who has left is left out: a version that names it could not come into force. */
static void drop_left(const struct accord_standing *s, const struct accord_version *base,
                      json_t *body)
{
    for (size_t i = 0; i < base->accord->party_n; i++) {
        const char *name = base->accord->party[i].name;
        if (accord_left(s, base, name) != NULL) {
            accord_draft_drop_party(body, name);
            say("version %u leaves out %s, which has left", base->accord->version + 1, name);
        }
    }
}

/* One that was a party once comes back by the key that is known of it. */
static bool may_join(const struct accord_standing *s, const struct accord_version *base,
                     const struct ledger_key *key)
{
    const struct accord_member *m = accord_member_find(s, key->name);
    if (accord_left(s, base, key->name) != NULL) {
        say("%s has left: amend without it first; when that is in force, amend once more --with "
            "its key",
            key->name);
        return false;
    }
    if (m != NULL && !exchange_keys_has(&m->keys, key)) {
        say("%s was a party under another key, and nothing here shows how it became this one: "
            "agree on a new accord with it (accord new)",
            key->name);
        return false;
    }
    return true;
}

static bool add_parties(const struct accord_job *job, const struct accord_standing *s,
                        const struct accord_version *base, json_t *body)
{
    for (size_t i = 0; i < job->with.n; i++) {
        struct accord_card card;
        if (!accord_card_read(job->with.v[i], &card)) {
            return false;
        }
        if (accord_draft_party_of(body, card.key.name) != NULL) {
            continue;
        }
        if (!may_join(s, base, &card.key)) {
            return false;
        }
        if (accord_draft_put_party(
                body, accord_draft_party(&card.key, card.has_next ? &card.next : NULL)) != ST_OK) {
            say("%s: %s", job->with.v[i], status_text(ST_NOMEM));
            return false;
        }
    }
    return true;
}

/* A file holds so many statements; each party has to be able to leave. */
static bool has_room(const struct accord_loaded *l)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(exchange_handed_freep) struct exchange_handed *handed = NULL;
    const char *id = l->standing->version[0].accord->id;
    struct fault why = {0};
    enum status st = accord_gather(l->home, id, &file, &why);
    st = st != ST_OK ? st : exchange_handed_read(buf_bytes(&file), &handed, &why);
    if (st != ST_OK) {
        say_fault(l->home->path, st, &why);
        return false;
    }
    if (handed->n + LIMIT_ACCORD_PARTIES < LIMIT_HANDED_STATEMENTS) {
        return true;
    }
    say("accord %.8s: it has been changed %zu times, which is as often as it can be: agree on a "
        "new "
        "one",
        id, handed->n - 1);
    return false;
}

/* Of two versions that we propose in the place of one, the later counts: so it is later,
 * though times are whole seconds. */
static bool after_our_last(const struct accord_loaded *l, const struct accord_version *base,
                           int64_t *ret)
{
    CLEANUP(exchange_handed_freep) struct exchange_handed *handed = NULL;
    CLEANUP(accord_standing_freep) struct accord_standing *s = NULL;
    struct fault why = {0};
    enum status st = accord_kept(l->home, base->accord->id, &handed, &s, &why);
    if (st != ST_OK) {
        say_fault(l->home->path, st, &why);
        return false;
    }
    for (size_t i = 0; i < s->n; i++) {
        const struct exchange_statement *was = s->version[i].item->statement;
        if (s->version[i].accord->version == base->accord->version + 1 &&
            strcmp(was->party, l->home->config.name) == 0 && was->time_ns >= *ret) {
            *ret = was->time_ns + TIME_SECOND;
        }
    }
    return true;
}

static bool say_next(struct accord_loaded *l, struct ledger_log *log,
                     const struct accord_version *base, json_t *body, struct digest *ret)
{
    struct exchange_saying s = {.previous = &base->item->statement->hash, .body = body};
    return has_room(l) && after_our_last(l, base, &s.time_ns) &&
           random_bytes(s.id, sizeof(s.id)) == ST_OK && say_version(l->home, log, &s, ret);
}

static int change(const struct accord_job *job, const char *operand, bool in_force)
{
    CLEANUP(accord_loaded_fini) struct accord_loaded l = {.home = NULL};
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    struct digest hash;
    CLEANUP(canon_freep) json_t *body = NULL;
    int failed = accord_begin(job, operand, &l, &log);
    if (failed != 0) {
        return failed;
    }
    if (!accord_has_not_ended(l.standing)) {
        return ACCORD_FAILS;
    }
    if (in_force != (l.standing->state == ACCORD_IN_FORCE)) {
        say(in_force ? "%s: it is not in force: accord propose changes a proposal"
                     : "%s: it is in force: accord amend changes it",
            operand);
        return ACCORD_COULD_NOT;
    }
    const struct accord_version *base =
        in_force ? accord_standing_now(l.standing) : &l.standing->version[l.standing->newest];
    body = accord_draft_copy(base->item->statement->body);
    if (body != NULL) {
        drop_left(l.standing, base, body);
    }
    if (body == NULL || !refresh_self(l.home, body) || !add_parties(job, l.standing, base, body) ||
        !accord_put_terms(job, body, accord_draft_party_of(body, l.home->config.name)) ||
        !say_next(&l, log, base, body, &hash)) {
        return ACCORD_COULD_NOT;
    }
    return accord_hand_out(job, l.home, base->accord->id, &hash, "proposed");
}

int accord_propose(const struct accord_job *job, char **operands)
{
    return change(job, operands[0], false);
}

int accord_amend(const struct accord_job *job, char **operands)
{
    return change(job, operands[0], true);
}

int accord_decline(const struct accord_job *job, char **operands)
{
    CLEANUP(accord_loaded_fini) struct accord_loaded l = {.home = NULL};
    CLEANUP(ledger_log_freep) struct ledger_log *log = NULL;
    struct digest hash;
    CLEANUP(canon_freep) json_t *body = NULL;
    const struct accord_clause *c = job->clause != NULL ? accord_clause_find(job->clause) : NULL;
    if (c == NULL || job->ground == NULL || accord_word_find(ACCORD_GROUNDS, job->ground) < 0) {
        say(c == NULL ? "accord decline: --clause ID: which clause? (accord show --json names them)"
                      : "accord decline: --ground: political-offence, sovereignty, ordre-public, "
                        "no-legal-basis or privacy");
        return ACCORD_COULD_NOT;
    }
    int failed = accord_begin(job, operands[0], &l, &log);
    if (failed != 0) {
        return failed;
    }
    const struct accord_version *base = &l.standing->version[l.standing->newest];
    body = accord_draft_copy(base->item->statement->body);
    enum status st = body != NULL && refresh_self(l.home, body)
                         ? accord_draft_decline(body, c, l.home->config.name, job->ground)
                         : ST_NOMEM;
    if (st != ST_OK) {
        say("accord decline: %s: %s", c->id,
            st == ST_END ? "this accord has no such clause" : status_text(st));
        return ACCORD_COULD_NOT;
    }
    return say_next(&l, log, base, body, &hash)
               ? accord_hand_out(job, l.home, base->accord->id, &hash, "declined")
               : ACCORD_COULD_NOT;
}
