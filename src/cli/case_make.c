/* cli/case_make.c - exhibit case new|ack|withdraw|file: what we say of a case. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "base/os/random.h"
#include "cli/case_parts.h"
#include "cli/say.h"
#include "evidence/home/public.h"
#include "exchange/accord/standing.h"
#include "exchange/case/verdict.h"
#include "exchange/talk/known.h"

/* --- exhibits ---------------------------------------------------------------------- */

bool case_policy(const struct case_job *job, const struct evidence_home *h, const char *party,
                 struct buf *ret)
{
    CLEANUP(evidence_public_fini) struct evidence_public own = {.signer = NULL};
    CLEANUP(free_ptr) struct exchange_keys *k = calloc(1, sizeof(*k));
    struct fault why = {0};
    if (job->policy != NULL) {
        return true; /* read by its name */
    }
    enum status st = k == NULL ? ST_NOMEM : ST_OK;
    if (st == ST_OK && strcmp(party, h->config.name) == 0) {
        st = evidence_public_read(&h->party, "log/", &own, &why);
        if (st == ST_OK) {
            evidence_public_policy(&own, ret);
        }
    } else if (st == ST_OK) {
        st = case_keys_of(h, party, k, &why);
        if (st == ST_OK) {
            case_policy_write(k, ret);
        }
    }
    if (st != ST_OK) {
        say_fault(party, st, &why);
    }
    return st == ST_OK;
}

/* The last component, with what has no place in a name put aside. */
static void name_of(const char *path, char out[EXCHANGE_FILE_NAME_MAX])
{
    const char *slash = strrchr(path, '/');
    (void)snprintf(out, EXCHANGE_FILE_NAME_MAX, "%s", slash != NULL ? slash + 1 : path);
    for (char *c = out; *c != '\0'; c++) {
        char one[2] = {*c, '\0'};
        if (!exchange_file_name_valid(one) && (c == out || (*c != '.' && *c != '-'))) {
            *c = '_';
        }
    }
}

int case_enclose(const struct case_job *job, struct case_open *o, const char *path,
                 struct case_file *ret)
{
    const struct evidence_home *h = o->home;
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(buf_fini) struct buf policy = BUF_INIT(LIMIT_POLICY_BYTES);
    struct fault why = {0};
    enum status st = file_read(path, &file, &why);
    if (st != ST_OK) {
        return case_failed(path, st, &why);
    }
    if (!case_policy(job, h, h->config.name, &policy)) {
        return CASE_COULD_NOT;
    }
    const struct case_proving p = {.name = path,
                                   .policy_file = job->policy,
                                   .exhibit = buf_bytes(&file),
                                   .policy = buf_bytes(&policy),
                                   .now_ns = clock_now_ns()};
    *ret = (struct case_file){.size_bytes = file.len};
    if (!case_prove(&p, &ret->proof)) {
        return CASE_COULD_NOT;
    }
    name_of(path, ret->name);
    st = exchange_file_keep(h, buf_bytes(&file), &ret->hash, &why);
    st = st != ST_OK ? st : case_verdict_add(&o->verdicts, &ret->hash, ret->proof.verdict);
    return st == ST_OK ? CASE_DONE : case_failed(h->path, st, &why);
}

/* Whoever accuses with what does not hold is not helped to. */
static int enclose_one(const struct case_job *job, struct case_open *o, const char *path,
                       json_t *body)
{
    struct case_file f = {.size_bytes = 0};
    int failed = case_enclose(job, o, path, &f);
    if (failed == CASE_DONE && f.proof.status != 0) {
        const char *why = json_string_value(json_object_get(f.proof.verdict, "conclusion"));
        say("%s: %s%s", path, why,
            f.proof.status == 2 ? " (--policy FILE: whose exhibit is it?)" : "");
        failed = f.proof.status;
    }
    if (failed == CASE_DONE && json_array_size(f.proof.claims) > LIMIT_CASE_CLAIMS) {
        say("%s: more than %d claims: cut fewer into one exhibit", path, LIMIT_CASE_CLAIMS);
        failed = CASE_COULD_NOT;
    }
    if (failed == CASE_DONE && (case_draft_enclose(body, f.name, &f.hash, f.size_bytes) != ST_OK ||
                                case_draft_claims(body, f.proof.claims) != ST_OK)) {
        failed = case_failed(path, ST_NOMEM, NULL);
    }
    case_proof_fini(&f.proof);
    return failed;
}

/* --- new --------------------------------------------------------------------------- */

static bool take_requests(const char *text, uint32_t *ret)
{
    *ret = 0;
    while (text != NULL) {
        char word[32];
        size_t n = strcspn(text, ",");
        (void)snprintf(word, sizeof(word), "%.*s", (int)(n < 31 ? n : 31), text);
        int place = case_word_find(CASE_LIST_REQUESTS, word);
        if (place < 0) {
            say("case new: --request %s: inform, preserve, identify, stop or explain", word);
            return false;
        }
        *ret |= UINT32_C(1) << place;
        text = text[n] == ',' ? text + n + 1 : NULL;
    }
    *ret = *ret != 0 ? *ret : UINT32_C(1) << CASE_INFORM;
    return true;
}

static bool take_word(enum accord_list list, const char *option, const char *value, size_t *ret)
{
    int place = accord_word_find(list, value);
    if (place < 0) {
        say("case new: %s %s: there is no such word (exhibit case --help)", option, value);
        return false;
    }
    *ret = (size_t)place;
    return true;
}

/* The other party's key has to be known, or what it says could never be checked. */
static bool know_party(const struct case_job *job, const struct evidence_home *h)
{
    CLEANUP(free_ptr) struct exchange_keys *k = calloc(1, sizeof(*k));
    struct fault why = {0};
    for (size_t i = 0; i < job->with.n; i++) {
        struct accord_card card;
        if (!accord_card_read(job->with.v[i], &card)) {
            return false;
        }
        enum status st = exchange_known_put(h, &card.key, card.has_next ? &card.next : NULL, &why);
        if (st != ST_OK) {
            say_fault(job->with.v[i], st, &why);
            return false;
        }
    }
    enum status st = k == NULL ? ST_NOMEM : case_keys_of(h, job->to, k, &why);
    if (st == ST_END) {
        say("case new: --to %s: this home knows no key of it: sign an accord, or give --with FILE",
            job->to);
    } else if (st != ST_OK) {
        say_fault(job->to, st, &why);
    }
    return st == ST_OK;
}

static bool put_form(const struct case_job *job, json_t *body)
{
    for (size_t i = 0; i < job->set.n; i++) {
        char name[32];
        const char *text = strchr(job->set.v[i], '=');
        size_t n = text != NULL ? (size_t)(text - job->set.v[i]) : sizeof(name);
        (void)snprintf(name, sizeof(name), "%.*s", (int)(n < 31 ? n : 31), job->set.v[i]);
        if (text == NULL || case_draft_form(body, name, text + 1) != ST_OK) {
            say("case new: --set %s: not a field of the form, or no text for it", job->set.v[i]);
            return false;
        }
    }
    return job->note == NULL || case_draft_text(body, "note", job->note) == ST_OK;
}

static bool plan_it(const struct case_job *job, const struct case_terms *terms, struct case_plan *p)
{
    *p = (struct case_plan){.to = job->to, .tlp = terms->tlp, .time_ns = clock_now_ns()};
    return take_requests(job->request, &p->requests) &&
           take_word(ACCORD_LANES, "--lane", job->lane != NULL ? job->lane : "machine", &p->lane) &&
           (job->tlp == NULL || take_word(ACCORD_TLP, "--tlp", job->tlp, &p->tlp));
}

/* A case of ours that says the very same: it is written again, not said twice. */
static const struct case_one *find_same(const struct case_open *o, const json_t *body)
{
    for (size_t i = 0; i < o->list.n; i++) {
        const struct case_one *c = &o->list.one[i];
        struct case_state s;
        case_state_at(c, 0, &s);
        if (s.withdrawal == NULL && strcmp(c->accuser, o->home->config.name) == 0 &&
            case_said_already(c, c->accuser, CASE_NOTICE, body) != NULL) {
            return c;
        }
    }
    return NULL;
}

static int say_notice(const struct case_job *job, struct case_open *o, json_t *body,
                      const uint8_t *id, int64_t time_ns)
{
    struct fault why = {0};
    char hex[EXCHANGE_ID_TEXT];
    o->one = find_same(o, body);
    if (o->one != NULL) { /* a stop may have kept back what verifying said */
        const struct digest *said = &case_notice(o->one)->statement->hash;
        enum status st = case_verdicts_keep(o->home, o->verdicts, said, &why);
        return st == ST_OK ? case_hand_out(job, o, "said already, written again")
                           : case_failed(o->home->path, st, &why);
    }
    const struct case_saying s = {.kind = CASE_NOTICE, .id = id, .time_ns = time_ns, .body = body};
    struct digest hash;
    enum status st = case_say(o->home, o->log, &s, &hash, &why);
    st = st != ST_OK ? st : case_verdicts_keep(o->home, o->verdicts, &hash, &why);
    if (st != ST_OK) {
        return case_failed("the notice", st, &why);
    }
    exchange_hex_text(id, EXCHANGE_ID_BYTES, hex);
    int failed = case_reopen(o, o->home->config.name, hex);
    return failed != CASE_DONE ? failed : case_hand_out(job, o, "notice written");
}

int case_new(const struct case_job *job, char **operands)
{
    CLEANUP(case_open_fini) struct case_open o = {.home = NULL};
    CLEANUP(canon_freep) json_t *body = NULL;
    const struct accord_job as = {.home = job->home, .passphrase_file = job->passphrase_file};
    struct case_terms terms;
    struct case_plan plan;
    struct fault why = {0};
    uint8_t id[EXCHANGE_ID_BYTES];
    char hex[EXCHANGE_ID_TEXT];
    (void)operands;
    if (job->to == NULL || job->exhibit.n == 0) {
        say(job->to == NULL ? "case new: --to PARTY: who is told?"
                            : "case new: --exhibit FILE: what does it rest on?");
        return CASE_COULD_NOT;
    }
    if (!accord_open(&as, &o.home, &o.log) || !know_party(job, o.home) ||
        random_bytes(id, sizeof(id)) != ST_OK) {
        return CASE_COULD_NOT;
    }
    enum status st = case_terms_now(o.home, job->to, &terms, &why);
    st = st != ST_OK ? st : case_all(o.home, &o.list, &why);
    if (st != ST_OK) {
        return case_failed(o.home->path, st, &why);
    }
    exchange_hex_text(id, sizeof(id), hex);
    body = case_draft_head(hex, 1);
    if (!plan_it(job, &terms, &plan) || body == NULL || !put_form(job, body)) {
        return CASE_COULD_NOT;
    }
    for (size_t i = 0; i < job->exhibit.n; i++) {
        int failed = enclose_one(job, &o, job->exhibit.v[i], body);
        if (failed != CASE_DONE) {
            return failed;
        }
    }
    st = case_draft_notice(body, &plan, &terms, o.home);
    return st == ST_OK ? say_notice(job, &o, body, id, plan.time_ns)
                       : case_failed("the notice", st, &why);
}

/* --- what answers it --------------------------------------------------------------- */

static bool has_room(const struct case_one *c)
{
    if (c->n < LIMIT_HANDED_STATEMENTS) {
        return true;
    }
    say("case %.8s: it has %d statements, as many as it can hold", c->id, LIMIT_HANDED_STATEMENTS);
    return false;
}

/* *ret_new: it was not said before. */
static int say_once(struct case_open *o, enum case_kind kind, json_t *body, bool *ret_new)
{
    struct fault why = {0};
    *ret_new = case_said_already(o->one, o->home->config.name, kind, body) == NULL;
    if (!*ret_new) {
        return CASE_DONE;
    }
    const struct case_saying s = {.kind = kind,
                                  .previous = &case_notice(o->one)->statement->hash,
                                  .time_ns = clock_now_ns(),
                                  .body = body};
    if (!has_room(o->one)) {
        return CASE_COULD_NOT;
    }
    struct digest hash;
    enum status st = case_say(o->home, o->log, &s, &hash, &why);
    st = st != ST_OK ? st : case_verdicts_keep(o->home, o->verdicts, &hash, &why);
    if (st != ST_OK) {
        return case_failed("the statement", st, &why);
    }
    char id[EXCHANGE_ID_TEXT], accuser[LEDGER_NAME_MAX + 1];
    memcpy(id, o->one->id, sizeof(id));
    (void)snprintf(accuser, sizeof(accuser), "%s", o->one->accuser);
    return case_reopen(o, accuser, id);
}

int case_say_it(const struct case_job *job, struct case_open *o, enum case_kind kind, json_t *body,
                const char *did)
{
    bool fresh = false;
    int failed = say_once(o, kind, body, &fresh);
    return failed != CASE_DONE ? failed
                               : case_hand_out(job, o, fresh ? did : "said already, written again");
}

int case_keep_it(struct case_open *o, enum case_kind kind, json_t *body)
{
    bool fresh = false;
    int failed = say_once(o, kind, body, &fresh);
    if (failed == CASE_DONE) {
        say("case %.8s: %s; exhibit case file %.8s -o FILE writes what the other side is sent",
            o->one->id, fresh ? "signed and kept" : "said already", o->one->id);
    }
    return failed;
}

bool case_is_side(const struct case_open *o, bool accuser, const char *verb)
{
    bool good = strcmp(accuser ? o->one->accuser : o->one->accused, o->home->config.name) == 0;
    if (!good) {
        say("%s: this is a case %s: it is not for us to say that", verb,
            accuser ? "of somebody else against us" : "of our own");
    }
    return good;
}

int case_ack(const struct case_job *job, char **operands)
{
    CLEANUP(case_open_fini) struct case_open o = {.home = NULL};
    CLEANUP(canon_freep) json_t *body = NULL;
    int failed = case_open(job, operands[0], true, &o);
    if (failed != CASE_DONE || !case_is_side(&o, false, "case ack")) {
        return failed != CASE_DONE ? failed : CASE_COULD_NOT;
    }
    body = case_draft_head(o.one->id, case_next_number(o.one, o.home->config.name));
    return body != NULL ? case_say_it(job, &o, CASE_RECEIPT, body, "acknowledged")
                        : case_failed("case ack", ST_NOMEM, NULL);
}

int case_withdraw(const struct case_job *job, char **operands)
{
    CLEANUP(case_open_fini) struct case_open o = {.home = NULL};
    CLEANUP(canon_freep) json_t *body = NULL;
    if (job->reason == NULL || case_word_find(CASE_LIST_REASONS, job->reason) < 0) {
        say("case withdraw: --reason: wrong, settled, repeated or in-error");
        return CASE_COULD_NOT;
    }
    int failed = case_open(job, operands[0], true, &o);
    if (failed != CASE_DONE || !case_is_side(&o, true, "case withdraw")) {
        return failed != CASE_DONE ? failed : CASE_COULD_NOT;
    }
    body = case_draft_head(o.one->id, case_next_number(o.one, o.home->config.name));
    enum status st = body == NULL ? ST_NOMEM : case_draft_text(body, "reason", job->reason);
    st = st == ST_OK && job->note != NULL ? case_draft_text(body, "note", job->note) : st;
    return st == ST_OK ? case_say_it(job, &o, CASE_WITHDRAWAL, body, "taken back")
                       : case_failed("case withdraw", st, NULL);
}

int case_file_again(const struct case_job *job, char **operands)
{
    CLEANUP(case_open_fini) struct case_open o = {.home = NULL};
    int failed = case_open(job, operands[0], true, &o);
    return failed != CASE_DONE ? failed : case_hand_out(job, &o, "written again");
}
