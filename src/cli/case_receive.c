/* cli/case_receive.c - exhibit case receive: a file comes in, whole or not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os/clock.h"
#include "base/os/file.h"
#include "cli/case_parts.h"
#include "cli/output.h"
#include "cli/say.h"
#include "exchange/accord/standing.h"
#include "exchange/case/verdict.h"
#include "exchange/talk/known.h"

struct receiving {
    const struct case_job *job;
    const char *place;
    struct evidence_home *home;
    struct ledger_log *log;
    struct exchange_handed *handed;
    struct case_taking t;
    json_t *verdicts; /* by statement: by exhibit */
    char next[9];     /* a case that waits for a receipt; "" */
    int worst;        /* exit status of the exhibits */
    size_t new_n;     /* statements that the home did not have */
};

static void receiving_fini(struct receiving *r)
{
    case_take_fini(&r->t);
    json_decref(r->verdicts);
    exchange_handed_free(r->handed);
    ledger_log_freep(&r->log);
    evidence_home_free(r->home);
}

static int failed(const struct receiving *r, enum status st, const struct fault *why)
{
    return case_failed(r->place, st, why);
}

/* --- whose key --------------------------------------------------------------------- */

/* A key that somebody vouches for now, to begin with; remembered when the file holds. */
static bool vouched(const struct receiving *r, struct exchange_keys *ret)
{
    for (size_t i = 0; i < r->job->with.n; i++) {
        struct accord_card card;
        if (!accord_card_read(r->job->with.v[i], &card)) {
            return false;
        }
        if (strcmp(card.key.name, r->t.other) == 0) {
            exchange_keys_begin(ret, &card.key, card.has_next ? &card.next : NULL);
            return true;
        }
    }
    const struct case_said *s = r->t.names;
    for (size_t i = 0; s != NULL && i < r->job->fingerprint.n; i++) {
        if (exchange_fingerprint_is(&s->key, r->job->fingerprint.v[i])) {
            exchange_keys_begin(ret, &s->key, s->has_next ? &s->next : NULL);
            return true;
        }
    }
    return false;
}

static void ask_for_key(const struct receiving *r)
{
    char finger[EXCHANGE_FINGERPRINT_MAX] = "";
    if (r->t.names != NULL) {
        exchange_fingerprint(&r->t.names->key, finger);
    }
    say("%s: %s%s%s; ask %s by another way, then repeat with %s--with and the file of its key",
        r->place, finger[0] != '\0' ? "only this file says that its sender's key is " : "", finger,
        finger[0] != '\0' ? "" : "this home knows no key of its sender", r->t.other,
        finger[0] != '\0' ? "--fingerprint and these digits, or with " : "");
}

static int find_keys(const struct receiving *r, struct exchange_keys *ret)
{
    struct exchange_keys told;
    struct fault why = {0};
    bool is_told = vouched(r, &told);
    enum status st = case_keys_of(r->home, r->t.other, ret, &why);
    if (st == ST_END && is_told) {
        *ret = told;
        return CASE_DONE;
    }
    if (st == ST_END) {
        ask_for_key(r);
        return CASE_COULD_NOT;
    }
    if (st == ST_OK && is_told && !exchange_keys_have(ret, &told.key[0])) {
        say("%s: the key given for %s is not the one that this home knows", r->place, r->t.other);
        return CASE_FAILS;
    }
    return st == ST_OK ? CASE_DONE : failed(r, st, &why);
}

/* --- exhibits ---------------------------------------------------------------------- */

static bool is_exhibit(struct bytes file)
{
    return file.len >= 4 && memcmp(file.data, "PK\3\4", 4) == 0;
}

static enum status remember(struct receiving *r, const struct digest *statement,
                            const struct digest *exhibit, json_t *verdict)
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(statement, hex);
    r->verdicts = r->verdicts != NULL ? r->verdicts : json_object();
    json_t *of = json_object_get(r->verdicts, hex);
    if (of != NULL) {
        return case_verdict_add(&of, exhibit, verdict);
    }
    TRY(case_verdict_add(&of, exhibit, verdict));
    return json_object_set_new(r->verdicts, hex, of) == 0 ? ST_OK : ST_NOMEM;
}

/* Before the statements: what is not yet new has its verdict. */
static enum status keep_verdicts(const struct receiving *r, struct fault *why)
{
    const char *hex;
    json_t *of;
    json_object_foreach(r->verdicts, hex, of)
    {
        struct digest statement;
        TRY(digest_parse(bytes_of(hex, strlen(hex)), &statement));
        TRY(case_verdicts_keep(r->home, of, &statement, why));
    }
    return ST_OK;
}

/* A notice may say nothing of its exhibits but what they claim. */
static int prove_one(struct receiving *r, const struct exchange_statement *s,
                     const struct case_said *said, size_t i, struct bytes policy)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(case_proof_fini) struct case_proof proof = {.claims = NULL};
    struct fault why = {0};
    enum status st = case_take_file(&r->t, &said->enclosed[i], &file, &why);
    if (st != ST_OK) {
        return failed(r, st, &why);
    }
    bool notice = said->event.kind == CASE_NOTICE;
    if (!notice && !is_exhibit(buf_bytes(&file))) {
        return CASE_DONE; /* evidence of another form: to be read by people */
    }
    const struct case_proving p = {.name = said->enclosed[i].name,
                                   .policy_file = r->job->policy,
                                   .exhibit = buf_bytes(&file),
                                   .policy = policy,
                                   .now_ns = clock_now_ns()};
    if (!case_prove(&p, &proof)) {
        say("%s: what it encloses is no exhibit that can be read: nothing was taken in", r->place);
        return CASE_COULD_NOT;
    }
    st = notice ? case_take_claims(s, i, proof.claims, &why) : ST_OK;
    st = st != ST_OK ? st : remember(r, &s->hash, &said->enclosed[i].hash, proof.verdict);
    r->worst = proof.status > r->worst ? proof.status : r->worst;
    return st == ST_OK ? CASE_DONE : failed(r, st, &why);
}

/* Of the other side, and new. */
static int prove_all(struct receiving *r)
{
    CLEANUP(buf_fini) struct buf policy = BUF_INIT(LIMIT_POLICY_BYTES);
    if (r->job->policy == NULL) {
        case_policy_write(&r->t.keys, &policy);
    }
    for (size_t i = 0; i < r->handed->n; i++) {
        const struct exchange_statement *s = r->handed->item[i].statement;
        const struct case_one *c = case_take_case(&r->t, i);
        if (strcmp(s->party, r->t.other) != 0 || case_take_known(&r->t, &s->hash) || c == NULL) {
            continue;
        }
        for (size_t k = 0; k < c->n; k++) {
            const struct case_said *said = c->item[k].said;
            for (size_t e = 0; c->item[k].statement == s && e < said->enclosed_n; e++) {
                int bad = prove_one(r, s, said, e, buf_bytes(&policy));
                if (bad != CASE_DONE) {
                    return bad;
                }
            }
        }
    }
    return CASE_DONE;
}

/* --- telling ----------------------------------------------------------------------- */

static bool is_told(const struct receiving *r, const struct case_one *c)
{
    for (size_t i = 0; i < r->handed->n; i++) {
        for (size_t k = 0; k < c->n; k++) {
            if (memcmp(&r->handed->item[i].statement->hash, &c->event[k].hash,
                       sizeof(struct digest)) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool was_new(const void *ctx, const struct exchange_statement *s)
{
    return !case_take_known(ctx, &s->hash);
}

/* Is it a notice to us that nobody has acknowledged? */
static bool wants_receipt(const struct case_view *v)
{
    struct case_state s;
    case_state_at(v->one, v->now_ns, &s);
    return s.phase == CASE_SENT && strcmp(v->one->accused, v->self) == 0;
}

static int say_next(const struct receiving *r, int status)
{
    if (r->next[0] != '\0' && !r->job->json) {
        say("next: exhibit case ack %s -o FILE: it came in (that agrees to nothing)", r->next);
        say("      exhibit case enclosed %s -o FOLDER: its exhibits, for exhibit check and verify",
            r->next);
        say("      exhibit answer %s --help: the answers that there are", r->next);
    }
    return status;
}

/* Each case that the file is about, as it stands now. */
static int tell(struct receiving *r)
{
    struct case_open o = {.home = r->home};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 22);
    struct document d;
    struct fault why = {0};
    enum status st = case_all(r->home, &o.list, &why);
    document_begin(&d, &out, false, "");
    for (size_t i = 0; i < o.list.n && st == ST_OK; i++) {
        struct case_view v;
        o.one = &o.list.one[i];
        if (!is_told(r, o.one)) {
            continue;
        }
        st = case_view_of(&o, clock_now_ns(), &v, &why);
        if (st == ST_OK && r->job->json) {
            report_case_json(&out, &v, true);
        } else if (st == ST_OK) {
            v.is_new = was_new;
            v.ctx = &r->t;
            report_case_received(&d, &v);
            if (wants_receipt(&v)) {
                (void)snprintf(r->next, sizeof(r->next), "%.8s", o.one->id);
            }
        }
        if (st == ST_OK) {
            case_view_fini(&v);
        }
    }
    case_list_fini(&o.list);
    if (st != ST_OK) {
        return failed(r, st, &why);
    }
    if (!r->job->json) {
        say(r->new_n == 0 ? "%s: nothing new: all of it was here already"
                          : "%s: %zu new statement%s, kept and in our ledger",
            r->place, r->new_n, r->new_n == 1 ? "" : "s");
    }
    return say_next(r, accord_answer(&out, r->worst));
}

/* --- all of it --------------------------------------------------------------------- */

static int look(struct receiving *r)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(free_ptr) struct exchange_keys *keys = calloc(1, sizeof(*keys));
    struct fault why = {0};
    enum status st = keys == NULL ? ST_NOMEM : file_read(r->place, &file, &why);
    st = st != ST_OK ? st : exchange_handed_read(buf_bytes(&file), &r->handed, &why);
    st = st != ST_OK ? st : case_take_open(r->home, r->handed, clock_now_ns(), &r->t, &why);
    if (st != ST_OK) {
        return failed(r, st, &why);
    }
    int bad = find_keys(r, keys);
    if (bad != CASE_DONE) {
        return bad;
    }
    st = case_take_check(&r->t, keys, &why);
    return st == ST_OK ? prove_all(r) : failed(r, st, &why);
}

int case_receive(const struct case_job *job, char **operands)
{
    CLEANUP(receiving_fini) struct receiving r = {.job = job, .place = operands[0]};
    const struct accord_job as = {.home = job->home, .passphrase_file = job->passphrase_file};
    struct fault why = {0};
    if (!home_get(job->home, &r.home)) {
        return CASE_COULD_NOT;
    }
    int bad = look(&r); /* before the key is asked for */
    if (bad != CASE_DONE) {
        return bad;
    }
    if (!accord_open(&as, &r.home, &r.log)) {
        return CASE_COULD_NOT;
    }
    enum status st = keep_verdicts(&r, &why);
    st = st != ST_OK ? st : case_take_keep(&r.t, r.log, &r.new_n, &why);
    return st == ST_OK ? tell(&r) : failed(&r, st, &why);
}
