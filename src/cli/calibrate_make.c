/* cli/calibrate_make.c - exhibit calibrate new|commit|reveal. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "base/os/random.h"
#include "cli/calibrate_parts.h"
#include "cli/say.h"

/* --- new -------------------------------------------------------------------------- */

/* The list of a folder, with the hash of each capture. */
static bool read_list(const struct calibrate_job *job, json_t **ret)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_STATEMENT_BYTES);
    char path[PATH_MAX];
    struct fault why = {0};
    (void)snprintf(path, sizeof(path), "%s/scenarios.json", job->scenarios);
    enum status st = file_read(path, &file, &why);
    st = st != ST_OK ? st : calibrate_list_read(buf_bytes(&file), ret, &why);
    for (size_t i = 0; st == ST_OK && i < json_array_size(*ret); i++) {
        CLEANUP(buf_fini) struct buf capture = BUF_INIT(LIMIT_CALIBRATE_CAPTURE_BYTES);
        json_t *o = json_array_get(*ret, i);
        struct digest hash;
        (void)snprintf(path, sizeof(path), "%s/%s.pcap", job->scenarios,
                       json_string_value(json_object_get(o, "id")));
        st = file_read(path, &capture, &why);
        st = st != ST_OK ? st : digest_sha256(buf_bytes(&capture), &hash);
        st = st != ST_OK ? st : calibrate_list_capture(o, &hash);
    }
    if (st != ST_OK) {
        say_fault(path, st, &why);
    }
    return st == ST_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Ourselves and --with, in order. False: said. */
static bool name_parties(const struct calibrate_job *job, const struct accord_loaded *l,
                         const char **names)
{
    const struct accord_version *now = accord_standing_now(l->standing);
    const struct accord *a = now->accord;
    names[0] = l->home->config.name;
    for (size_t i = 0; i <= job->with_n; i++) {
        names[i] = i > 0 ? job->with[i - 1] : names[0];
        if (accord_party_find(a, names[i]) == NULL ||
            accord_left(l->standing, now, names[i]) != NULL) {
            say("calibrate new: %s is no party of accord %.8s", names[i], a->id);
            return false;
        }
    }
    qsort((void *)names, job->with_n + 1, sizeof(*names), by_name);
    for (size_t i = 0; i < job->with_n; i++) {
        if (strcmp(names[i], names[i + 1]) == 0) {
            say("calibrate new: %s is named twice", names[i]);
            return false;
        }
    }
    return true;
}

static bool say_round(const struct calibrate_job *job, struct calibrate_desk *d, json_t *scenarios)
{
    CLEANUP(canon_freep) json_t *body = NULL;
    CLEANUP(exchange_statement_freep) struct exchange_statement *s = NULL;
    CLEANUP(free_ptr) struct calibrate_round *r = NULL;
    const struct accord_version *v = accord_standing_now(d->accord.standing);
    struct evidence_home *home = d->accord.home;
    const char *names[LIMIT_CALIBRATE_PARTIES];
    char id[EXCHANGE_ID_TEXT];
    struct fault why = {0};
    struct exchange_saying saying = {.type = CALIBRATE_ROUND_TYPE,
                                     .party = home->config.name,
                                     .time_ns = clock_now_ns(),
                                     .previous = &v->item->statement->hash};
    if (!name_parties(job, &d->accord, names)) {
        return false;
    }
    enum status st = random_bytes(saying.id, sizeof(saying.id));
    exchange_hex_text(saying.id, sizeof(saying.id), id);
    body = calibrate_round_body(id, v->accord->id, names, job->with_n + 1, scenarios);
    saying.body = body;
    st = st != ST_OK ? st : body == NULL ? ST_NOMEM : ST_OK;
    st = st != ST_OK ? st : exchange_statement_make(&saying, &home->signer, &s, &why);
    st = st != ST_OK ? st : calibrate_round_read(s, &r, &why);
    st = st != ST_OK ? st : exchange_keep(home, d->log, s, NULL, NULL, &why);
    st = st != ST_OK ? st : exchange_kept_get(home, &s->hash, &d->round, &why);
    if (st != ST_OK) {
        say_fault("the round", st, &why);
    }
    return st == ST_OK;
}

/* A file may bring an accord that the home has not: it is worked on as the home has it. */
static int open_accord(const struct calibrate_job *job, struct calibrate_desk *d)
{
    CLEANUP(accord_loaded_fini) struct accord_loaded first = {.home = NULL};
    const struct accord_job a = {.home = job->home, .passphrase_file = job->passphrase_file};
    int failed = accord_load(&a, job->accord, &first);
    failed =
        failed != 0 ? failed : accord_load(&a, first.standing->version[0].accord->id, &d->accord);
    if (failed != 0) {
        return failed;
    }
    if (d->accord.standing->state != ACCORD_IN_FORCE) {
        say("accord %.8s is not in force: all have to sign it first (exhibit accord sign)",
            d->accord.standing->version[0].accord->id);
        return ACCORD_COULD_NOT;
    }
    return accord_open(&a, &d->accord.home, &d->log) ? ACCORD_DONE : ACCORD_COULD_NOT;
}

int calibrate_new(const struct calibrate_job *job, char **operands)
{
    CLEANUP(calibrate_desk_fini) struct calibrate_desk d = {.self = 0};
    CLEANUP(canon_freep) json_t *scenarios = NULL;
    (void)operands;
    if (job->accord == NULL || job->with_n == 0 || job->scenarios == NULL) {
        say("calibrate new: --accord FILE|ID, --with PARTY and --scenarios DIR are needed");
        return ACCORD_COULD_NOT;
    }
    if (!read_list(job, &scenarios)) {
        return ACCORD_COULD_NOT;
    }
    int failed = open_accord(job, &d);
    if (failed != 0) {
        return failed;
    }
    return say_round(job, &d, scenarios) && calibrate_refold(&d) ? calibrate_hand_out(job, &d)
                                                                 : ACCORD_COULD_NOT;
}

/* --- commit ----------------------------------------------------------------------- */

/* The first who has revealed, NULL when nobody has. */
static const char *revealed(const struct calibrate_fold *f, size_t self)
{
    for (size_t i = 0; i < f->terms->party_n; i++) {
        if (i != self && f->seat[i].reveal != NULL) {
            return f->terms->party[i];
        }
    }
    return NULL;
}

/* What the home keeps behind our commitment: the opening, and what it says. */
static enum status own_opening(const struct calibrate_desk *d, json_t **ret,
                               struct calibrate_judgements *judged, struct fault *why)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_STATEMENT_BYTES);
    const struct calibrate_fold *f = d->fold;
    struct digest hash;
    const json_t *body = f->seat[d->self].commitment->statement->body;
    if (!exchange_hex_of(body, "commitment", hash.b, sizeof(hash.b))) {
        return fault_at(why, ST_MALFORMED, 0, "commitment");
    }
    enum status st = exchange_file_get(d->accord.home, &hash, &text, why);
    if (st == ST_END) {
        return fault_at(why, ST_DENIED, 0, "what we have committed to: this home does not have it");
    }
    TRY(st);
    TRY(canon_read(buf_bytes(&text), EXCHANGE_DEPTH, ret, why));
    return calibrate_opening_read(*ret, f->terms, &f->round->hash, f->terms->party[d->self], judged,
                                  why);
}

static bool same_judgements(const struct calibrate_round *r, const struct calibrate_judgements *a,
                            const struct calibrate_judgements *b)
{
    bool same = memcmp(&a->definitions.hash, &b->definitions.hash, sizeof(struct digest)) == 0;
    for (size_t i = 0; i < r->scenario_n; i++) {
        const struct calibrate_judgement *x = &a->list[i], *y = &b->list[i];
        same = same && x->verdict == y->verdict && x->needs == y->needs && x->answer == y->answer;
    }
    return same;
}

/* Once more: what the machine stopped in is finished; nothing else is said. */
static int commit_again(const struct calibrate_job *job, struct calibrate_desk *d,
                        const struct calibrate_judgements *given)
{
    CLEANUP(canon_freep) json_t *opening = NULL;
    CLEANUP(free_ptr) struct calibrate_judgements *old = calloc(1, sizeof(*old));
    struct fault why = {0};
    enum status st = old != NULL ? own_opening(d, &opening, old, &why) : ST_NOMEM;
    st = st != ST_OK
             ? st
             : exchange_keep(d->accord.home, d->log, d->fold->seat[d->self].commitment->statement,
                             NULL, NULL, &why);
    if (st != ST_OK) {
        return accord_failed(d->accord.home->path, st, &why);
    }
    if (given != NULL && !same_judgements(d->fold->terms, given, old)) {
        say("calibrate commit: we have committed to other judgements; a commitment is not changed");
        return ACCORD_FAILS;
    }
    return calibrate_refold(d) ? calibrate_hand_out(job, d) : ACCORD_COULD_NOT;
}

static int commit_first(const struct calibrate_job *job, struct calibrate_desk *d,
                        const struct calibrate_judgements *given)
{
    CLEANUP(buf_fini) struct buf opening = BUF_INIT(LIMIT_STATEMENT_BYTES);
    CLEANUP(canon_freep) json_t *body = NULL;
    const struct calibrate_round *r = d->fold->terms;
    uint8_t salt[CALIBRATE_SALT_BYTES];
    struct digest hash;
    struct fault why = {0};
    const char *early = revealed(d->fold, d->self);
    if (early != NULL) {
        say("calibrate commit: %s has revealed already: it is too late to commit", early);
        return ACCORD_FAILS;
    }
    enum status st = random_bytes(salt, sizeof(salt));
    st = st != ST_OK ? st
                     : calibrate_opening_write(r, &d->round->statement->hash, r->party[d->self],
                                               salt, given, &opening);
    st = st != ST_OK ? st : exchange_file_keep(d->accord.home, buf_bytes(&opening), &hash, &why);
    if (st != ST_OK) {
        return accord_failed(d->accord.home->path, st, &why);
    }
    body = calibrate_commit_body(r->id, &hash);
    struct digest round = d->round->statement->hash;
    return calibrate_say(d, CALIBRATE_COMMIT_TYPE, &round, body) ? calibrate_hand_out(job, d)
                                                                 : ACCORD_COULD_NOT;
}

int calibrate_commit(const struct calibrate_job *job, char **operands)
{
    CLEANUP(calibrate_desk_fini) struct calibrate_desk d = {.self = 0};
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_STATEMENT_BYTES);
    CLEANUP(free_ptr) struct calibrate_judgements *given = calloc(1, sizeof(*given));
    struct fault why = {0};
    int failed = given != NULL ? calibrate_take_in(job, operands, &d) : ACCORD_COULD_NOT;
    if (failed != 0) {
        return failed;
    }
    if (job->judgement != NULL) {
        enum status st = file_read(job->judgement, &file, &why);
        given->definitions.n = 0;
        st = st != ST_OK ? st : calibrate_file_read(buf_bytes(&file), d.fold->terms, given, &why);
        if (st == ST_OK && given->definitions.n == 0) {
            st = fault_at(&why, ST_MALFORMED, 0,
                          "no definitions: judge --from makes this a file "
                          "that commit takes");
        }
        if (st != ST_OK) {
            return accord_failed(job->judgement, st, &why);
        }
    }
    if (d.fold->seat[d.self].commitment != NULL) {
        return commit_again(job, &d, job->judgement != NULL ? given : NULL);
    }
    if (job->judgement == NULL) {
        say("calibrate commit: --judgement FILE: what calibrate judge has written");
        return ACCORD_COULD_NOT;
    }
    return commit_first(job, &d, given);
}

/* --- reveal ----------------------------------------------------------------------- */

/* Has everybody committed, once, and do all hold our commitment? False: said. */
static bool may_reveal(const struct calibrate_desk *d)
{
    const struct calibrate_fold *f = d->fold;
    const struct calibrate_seat *own = &f->seat[d->self];
    for (size_t i = 0; i < f->terms->party_n; i++) {
        const char *name = f->terms->party[i];
        if (f->seat[i].commitment == NULL) {
            say("calibrate reveal: %s %s not committed yet", i == d->self ? "we" : name,
                i == d->self ? "have" : "has");
            return false;
        }
        if (f->seat[i].commitment_too != NULL) {
            say("calibrate reveal: %s has committed to two things: nothing is revealed to it",
                name);
            return false;
        }
        if (i != d->self && !own->commitment->held[i]) {
            say("calibrate reveal: it is not shown that the ledger of %s holds our commitment: "
                "hand it over (calibrate commit), and take in what comes back",
                name);
            return false;
        }
    }
    return true;
}

static bool say_reveal(struct calibrate_desk *d)
{
    CLEANUP(canon_freep) json_t *opening = NULL;
    CLEANUP(canon_freep) json_t *body = NULL;
    CLEANUP(free_ptr) struct calibrate_judgements *own = calloc(1, sizeof(*own));
    const struct calibrate_fold *f = d->fold;
    struct digest seen[LIMIT_CALIBRATE_PARTIES];
    struct fault why = {0};
    enum status st = own != NULL ? own_opening(d, &opening, own, &why) : ST_NOMEM;
    if (st != ST_OK) {
        say_fault(d->accord.home->path, st, &why);
        return false;
    }
    for (size_t i = 0; i < f->terms->party_n; i++) {
        seen[i] = f->seat[i].commitment->statement->hash;
    }
    body = calibrate_reveal_body(f->terms->id, seen, f->terms->party_n, opening);
    return calibrate_say(d, CALIBRATE_REVEAL_TYPE, &seen[d->self], body);
}

int calibrate_reveal(const struct calibrate_job *job, char **operands)
{
    CLEANUP(calibrate_desk_fini) struct calibrate_desk d = {.self = 0};
    struct fault why = {0};
    int failed = calibrate_take_in(job, operands, &d);
    if (failed != 0) {
        return failed;
    }
    const struct calibrate_said *old = d.fold->seat[d.self].reveal;
    if (old != NULL) { /* a stop may have come before the ledger had it */
        enum status st = exchange_keep(d.accord.home, d.log, old->statement, NULL, NULL, &why);
        if (st != ST_OK) {
            return accord_failed(d.accord.home->path, st, &why);
        }
        return calibrate_refold(&d) ? calibrate_hand_out(job, &d) : ACCORD_COULD_NOT;
    }
    if (!may_reveal(&d)) {
        return ACCORD_FAILS;
    }
    return say_reveal(&d) ? calibrate_hand_out(job, &d) : ACCORD_COULD_NOT;
}
