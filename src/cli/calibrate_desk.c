/* cli/calibrate_desk.c - taking in what came, and handing over what is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "cli/calibrate_parts.h"
#include "cli/say.h"
#include "report/calibrate.h"

enum { FILES_MAX = 64, SAID_OF_ONE = 2 };

/* The files of one call. */
struct incoming {
    struct exchange_handed *file[FILES_MAX];
    const char *name[FILES_MAX];
    size_t n;
    const struct exchange_statement *round; /* in one of them; or NULL */
};

static void incoming_fini(struct incoming *in)
{
    for (size_t i = 0; i < in->n; i++) {
        exchange_handed_free(in->file[i]);
    }
}

static void drop_fold(struct calibrate_desk *d)
{
    calibrate_fold_free(d->fold);
    free(d->said);
    exchange_kept_list_fini(&d->kept);
    d->fold = NULL;
    d->said = NULL;
}

void calibrate_desk_fini(struct calibrate_desk *d)
{
    drop_fold(d);
    exchange_kept_free(d->round);
    ledger_log_free(d->log);
    accord_loaded_fini(&d->accord);
}

/* --- what the home has ------------------------------------------------------------ */

static bool is_said(const struct exchange_statement *s)
{
    return strcmp(s->type, CALIBRATE_COMMIT_TYPE) == 0 ||
           strcmp(s->type, CALIBRATE_REVEAL_TYPE) == 0;
}

static bool holds(const struct exchange_kept *k, const char *party)
{
    for (size_t i = 0; i < json_array_size(k->others); i++) {
        const char *name =
            json_string_value(json_object_get(json_array_get(k->others, i), "party"));
        if (name != NULL && strcmp(name, party) == 0) {
            return true;
        }
    }
    return false;
}

static enum status fold(struct calibrate_desk *d, struct fault *why)
{
    CLEANUP(free_ptr) struct calibrate_round *r = NULL;
    const struct exchange_statement *round = d->round->statement;
    size_t n = 0;
    TRY(calibrate_round_read(round, &r, why));
    TRY(exchange_kept_all(d->accord.home, NULL, &d->kept, why));
    d->said = calloc(d->kept.n + 1, sizeof(*d->said));
    if (d->said == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < d->kept.n; i++) {
        const struct exchange_kept *k = d->kept.item[i];
        if (!is_said(k->statement) || calibrate_said_check(r, round, k->statement, NULL) != ST_OK) {
            continue; /* of another round */
        }
        d->said[n].statement = k->statement;
        for (size_t p = 0; p < r->party_n; p++) {
            d->said[n].held[p] = strcmp(r->party[p], d->accord.home->config.name) == 0
                                     ? k->logged
                                     : holds(k, r->party[p]);
        }
        n++;
    }
    return calibrate_fold_make(round, d->said, n, &d->fold, why);
}

bool calibrate_refold(struct calibrate_desk *d)
{
    struct fault why = {0};
    drop_fold(d);
    enum status st = fold(d, &why);
    if (st != ST_OK) {
        say_fault("the round", st, &why);
        return false;
    }
    d->self = (size_t)calibrate_party_place(d->fold->terms, d->accord.home->config.name);
    return true;
}

/* --- taking in -------------------------------------------------------------------- */

static bool take_round(struct incoming *in, const struct exchange_statement *s)
{
    if (in->round != NULL && memcmp(&in->round->hash, &s->hash, sizeof(s->hash)) != 0) {
        say(strcmp(in->round->id, s->id) == 0 && strcmp(in->round->party, s->party) == 0
                ? "%s has said two rounds under one id: none of them is taken in"
                : "%s: the files are of two rounds",
            s->party);
        return false;
    }
    in->round = s;
    return true;
}

static bool read_files(char **operands, struct incoming *in, const char **ret_id)
{
    for (size_t i = 0; operands[i] != NULL; i++) {
        bool there = false;
        if (accord_load_file(operands[i], &in->file[in->n], &there) != ACCORD_DONE) {
            return false;
        }
        if (!there) {
            *ret_id = operands[i];
            continue;
        }
        in->name[in->n++] = operands[i];
        for (size_t k = 0; k < in->file[in->n - 1]->n; k++) {
            const struct exchange_statement *s = in->file[in->n - 1]->item[k].statement;
            if (strcmp(s->type, CALIBRATE_ROUND_TYPE) == 0 && !take_round(in, s)) {
                return false;
            }
        }
    }
    return true;
}

/* The round that the home keeps under these first digits; two under one id would be two
 * of the same party: neither is worked on. */
static int find_round(const char *home_option, const char *id, struct exchange_kept **ret)
{
    CLEANUP(evidence_home_freep) struct evidence_home *home = NULL;
    CLEANUP(exchange_kept_list_fini) struct exchange_kept_list all = {0};
    struct fault why = {0};
    size_t n = 0;
    if (!home_get(home_option, &home)) {
        return ACCORD_COULD_NOT;
    }
    enum status st = exchange_kept_all(home, CALIBRATE_ROUND_TYPE, &all, &why);
    for (size_t i = 0; i < all.n && st == ST_OK; i++) {
        if (strncmp(all.item[i]->statement->id, id, strlen(id)) == 0) {
            exchange_kept_free(*ret);
            *ret = TAKE(all.item[i]);
            n++;
        }
    }
    if (st != ST_OK) {
        return accord_failed(home->path, st, &why);
    }
    if (n != 1) {
        say(n == 0 ? "%s: neither a file nor a calibration of this home"
                   : "%s: several calibrations of this home begin so",
            id);
        return ACCORD_COULD_NOT;
    }
    return ACCORD_DONE;
}

/* Ledgers that hold it, as far as that is proven: others than the round's parties, and
 * what cannot be checked, are left out. */
static json_t *proven(const struct calibrate_desk *d, const struct calibrate_round *r,
                      const struct exchange_handed *h, size_t i)
{
    const struct exchange_item *it = &h->item[i];
    const json_t *list =
        json_object_get(json_array_get(json_object_get(h->root, "statements"), i), "logged");
    json_t *out = json_array();
    for (size_t k = 0; k < it->logged_n && out != NULL; k++) {
        const struct exchange_logged *l = &it->logged[k];
        const struct accord_member *m = accord_member_find(d->accord.standing, l->party);
        struct exchange_keys keys;
        if (m == NULL || calibrate_party_place(r, l->party) < 0) {
            continue;
        }
        keys = m->keys;
        if (exchange_keys_follow_all(&keys, h->keys, h->keys_n, NULL) == ST_OK &&
            exchange_logged_check(l, &it->statement->hash, &keys, NULL, NULL) == ST_OK &&
            json_array_append(out, json_array_get(list, k)) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

/* Two of one kind prove that a party has said two things: more are not kept. */
static enum status has_room(const struct evidence_home *home, const struct exchange_statement *s,
                            bool *ret, struct fault *why)
{
    CLEANUP(exchange_kept_list_fini) struct exchange_kept_list all = {0};
    const json_t *id = json_object_get(s->body, "calibration");
    size_t others = 0;
    TRY(exchange_kept_all(home, s->type, &all, why));
    *ret = true;
    for (size_t i = 0; i < all.n; i++) {
        const struct exchange_statement *t = all.item[i]->statement;
        if (memcmp(&t->hash, &s->hash, sizeof(t->hash)) == 0) {
            return ST_OK;
        }
        others += strcmp(t->party, s->party) == 0 &&
                          json_equal(json_object_get(t->body, "calibration"), id) == 1
                      ? 1
                      : 0;
    }
    *ret = others < SAID_OF_ONE;
    return ST_OK;
}

static enum status keep_one(struct calibrate_desk *d, const struct calibrate_round *r,
                            const struct exchange_handed *h, size_t i, struct fault *why)
{
    CLEANUP(canon_freep) json_t *logged = NULL;
    const struct exchange_item *it = &h->item[i];
    const struct accord_member *m = accord_member_find(d->accord.standing, it->statement->party);
    struct evidence_home *home = d->accord.home;
    struct exchange_keys keys;
    bool room = true;
    if (m == NULL || !m->confirmed) {
        return fault_at(why, ST_DENIED, 0, "statement by nobody whose key the accord settles");
    }
    keys = m->keys;
    TRY(exchange_keys_follow_all(&keys, h->keys, h->keys_n, why));
    TRY(exchange_item_check(it, &keys, true, why));
    TRY(has_room(home, it->statement, &room, why));
    logged = proven(d, r, h, i);
    if (logged == NULL) {
        return ST_NOMEM;
    }
    if (!room) {
        return ST_OK;
    }
    TRY(exchange_keep(home, d->log, it->statement, logged, NULL, why));
    return strcmp(it->statement->party, home->config.name) == 0
               ? ST_OK
               : exchange_keys_keep(home, &keys, h, why);
}

/* All statements of a type, whatever file they are in. */
static int keep_type(struct calibrate_desk *d, const struct calibrate_round *r,
                     const struct exchange_statement *round, const struct incoming *in,
                     const char *type)
{
    for (size_t f = 0; f < in->n; f++) {
        for (size_t i = 0; i < in->file[f]->n; i++) {
            const struct exchange_statement *s = in->file[f]->item[i].statement;
            struct fault why = {0};
            if (strcmp(s->type, type) != 0) {
                continue;
            }
            enum status st = is_said(s) ? calibrate_said_check(r, round, s, &why) : ST_OK;
            st = st != ST_OK ? st : keep_one(d, r, in->file[f], i, &why);
            if (st != ST_OK) {
                return accord_failed(in->name[f], st, &why);
            }
        }
    }
    return ACCORD_DONE;
}

static bool fits_accord(const struct calibrate_desk *d, const struct calibrate_round *r)
{
    const char *self = d->accord.home->config.name;
    if (calibrate_party_place(r, self) < 0) {
        say("%s is no party of this round", self);
        return false;
    }
    for (size_t i = 0; i < r->party_n; i++) {
        if (accord_member_find(d->accord.standing, r->party[i]) == NULL) {
            say("%s: no party of the accord", r->party[i]);
            return false;
        }
    }
    return true;
}

static int keep_all(struct calibrate_desk *d, const struct incoming *in,
                    const struct exchange_statement *round)
{
    CLEANUP(free_ptr) struct calibrate_round *r = NULL;
    struct fault why = {0};
    enum status st = calibrate_round_read(round, &r, &why);
    if (st != ST_OK) {
        return accord_failed("the round", st, &why);
    }
    if (!fits_accord(d, r)) {
        return ACCORD_COULD_NOT;
    }
    int failed = keep_type(d, r, round, in, CALIBRATE_ROUND_TYPE);
    failed = failed != 0 ? failed : keep_type(d, r, round, in, CALIBRATE_COMMIT_TYPE);
    failed = failed != 0 ? failed : keep_type(d, r, round, in, CALIBRATE_REVEAL_TYPE);
    if (failed != 0 || d->round != NULL) {
        return failed;
    }
    st = exchange_kept_get(d->accord.home, &round->hash, &d->round, &why);
    return st == ST_OK ? ACCORD_DONE : accord_failed("the round", st, &why);
}

/* The accord that the round names, as our home has it; and our ledger open. */
static int open_accord(const struct calibrate_job *job, const struct exchange_statement *round,
                       struct calibrate_desk *d)
{
    const struct accord_job a = {.home = job->home, .passphrase_file = job->passphrase_file};
    const char *id = json_string_value(json_object_get(round->body, "accord"));
    int failed = accord_load(&a, id != NULL ? id : "", &d->accord);
    if (failed != 0) {
        return failed;
    }
    if (d->accord.home == NULL) {
        say("no home: exhibit init");
        return ACCORD_COULD_NOT;
    }
    return accord_open(&a, &d->accord.home, &d->log) ? ACCORD_DONE : ACCORD_COULD_NOT;
}

int calibrate_take_in(const struct calibrate_job *job, char **operands, struct calibrate_desk *d)
{
    CLEANUP(incoming_fini) struct incoming in = {.n = 0};
    const char *id = NULL;
    int failed = ACCORD_DONE;
    if (!read_files(operands, &in, &id)) {
        return ACCORD_COULD_NOT;
    }
    if (id != NULL || in.round == NULL) {
        failed = id != NULL ? find_round(job->home, id, &d->round) : ACCORD_COULD_NOT;
        if (id == NULL) {
            say("%s: no calibration is here", in.name[0]);
        }
    }
    if (failed != 0) {
        return failed;
    }
    if (d->round != NULL && in.round != NULL && !take_round(&in, d->round->statement)) {
        return ACCORD_COULD_NOT;
    }
    const struct exchange_statement *round = d->round != NULL ? d->round->statement : in.round;
    failed = open_accord(job, round, d);
    failed = failed != 0 ? failed : keep_all(d, &in, round);
    return failed != 0 ? failed : calibrate_refold(d) ? ACCORD_DONE : ACCORD_COULD_NOT;
}

/* --- saying ----------------------------------------------------------------------- */

bool calibrate_say(struct calibrate_desk *d, const char *type, const struct digest *previous,
                   json_t *body)
{
    CLEANUP(exchange_statement_freep) struct exchange_statement *s = NULL;
    struct evidence_home *home = d->accord.home;
    struct fault why = {0};
    struct exchange_saying saying = {.type = type,
                                     .party = home->config.name,
                                     .time_ns = clock_now_ns(),
                                     .previous = previous,
                                     .body = body};
    enum status st = body != NULL ? random_bytes(saying.id, sizeof(saying.id)) : ST_NOMEM;
    st = st != ST_OK ? st : exchange_statement_make(&saying, &home->signer, &s, &why);
    st = st != ST_OK ? st : calibrate_said_check(d->fold->terms, d->round->statement, s, &why);
    st = st != ST_OK ? st : exchange_keep(home, d->log, s, NULL, NULL, &why);
    if (st != ST_OK) {
        say_fault(home->path, st, &why);
    }
    return st == ST_OK && calibrate_refold(d);
}

static enum status gather(struct calibrate_desk *d, struct buf *out, struct fault *why)
{
    CLEANUP(exchange_handing_fini) struct exchange_handing w = {NULL, NULL, NULL};
    const struct evidence_home *home = d->accord.home;
    const struct calibrate_round *r = d->fold->terms;
    TRY(exchange_handing_init(&w));
    TRY(exchange_hand_keys(home, &w, why));
    for (size_t i = 0; i < r->party_n; i++) {
        if (i != d->self) {
            TRY(exchange_hand_keys_of(home, r->party[i], &w, why));
        }
    }
    TRY(exchange_hand(home, &d->round->statement->hash, &w, why));
    for (size_t i = 0; i < r->party_n; i++) {
        const struct calibrate_seat *s = &d->fold->seat[i];
        const struct calibrate_said *all[] = {s->commitment, s->commitment_too, s->reveal,
                                              s->reveal_too};
        for (size_t k = 0; k < ARRAY_LEN(all); k++) {
            if (all[k] != NULL) {
                TRY(exchange_hand(home, &all[k]->statement->hash, &w, why));
            }
        }
    }
    return exchange_handing_write(&w, out, why);
}

int calibrate_hand_out(const struct calibrate_job *job, struct calibrate_desk *d)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(buf_fini) struct buf json = BUF_INIT(LIMIT_HANDED_BYTES);
    const struct accord_job a = {.output = job->output};
    struct fault why = {0};
    enum status st = gather(d, &out, &why);
    if (st != ST_OK) {
        return accord_failed(d->accord.home->path, st, &why);
    }
    int status = accord_write(&a, buf_bytes(&out));
    if (status != ACCORD_DONE) {
        return status;
    }
    if (job->json) {
        report_calibrate_state_json(&json, d->fold);
        return accord_answer(&json, status);
    }
    say("calibration %.8s: %zu of %zu have committed, %zu have revealed", d->fold->terms->id,
        d->fold->committed, d->fold->terms->party_n, d->fold->revealed);
    return status;
}
