/* cli/case_proof.c - what a notice may say of an exhibit, and whether that holds. */
#include "cli/case_proof.h"

#include "base/core/canon.h"
#include "base/core/emit.h"
#include "base/core/timefmt.h"
#include "cli/say.h"
#include "cli/verify_run.h"
#include "evidence/verify/verify.h"
#include "exchange/case/verdict.h"
#include "exchange/talk/statement.h"
#include "report/proof.h"

enum { HEARD_BYTES = 1 << 20, HEARD_DEPTH = 5 };

void case_proof_fini(struct case_proof *p)
{
    json_decref(p->claims);
    json_decref(p->verdict);
    *p = (struct case_proof){.claims = NULL};
}

/* --- the caged half ---------------------------------------------------------------- */

static void when(struct emit *j, const char *key, int64_t ns)
{
    char text[EXCHANGE_TIME_TEXT];
    exchange_time_text(ns, text);
    emit_member_str(j, key, text);
}

static void claim(struct emit *j, const struct evidence_claim *c, size_t number)
{
    emit_object(j);
    emit_member_u64(j, "claim", number);
    emit_member_str(j, "definition", c->finding.definition);
    when(j, "first", c->finding.when.first_ns);
    when(j, "last", c->finding.when.last_ns);
    emit_key(j, "remotes");
    emit_array(j);
    for (size_t i = 0; i < c->remote_n && i < LIMIT_CASE_REMOTES; i++) {
        char text[ADDR_TEXT_MAX];
        (void)addr_format(&c->remotes[i], text);
        emit_str(j, text);
    }
    emit_array_end(j);
    emit_object_end(j);
}

static void verdict(struct emit *j, const struct evidence_report *r, int64_t now_ns)
{
    emit_object(j);
    when(j, "time", now_ns);
    emit_member_u64(j, "exit_status", (uint64_t)evidence_report_exit(r));
    emit_member_str(j, "grade", evidence_grade_word(r->grade));
    emit_member_str(j, "conclusion", r->conclusion);
    emit_key(j, "claims");
    emit_array(j);
    for (size_t i = 0; i < r->claim_n && i < LIMIT_CASE_CLAIMS; i++) {
        CLEANUP(buf_fini) struct buf sentence = BUF_INIT(4096);
        report_proof_claim(&sentence, r->claims[i].finding);
        emit_object(j);
        emit_member_u64(j, "number", r->claims[i].number);
        emit_member_bool(j, "holds", r->claims[i].holds);
        emit_member_text(j, "sentence", buf_bytes(&sentence));
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_object_end(j);
}

static void tell(const struct evidence_verify *v, struct buf *out)
{
    const struct evidence_claims *c = &v->contents.claims;
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_key(&j, "claims");
    emit_array(&j);
    for (size_t i = 0; v->opened && i < c->n && i <= LIMIT_CASE_CLAIMS; i++) {
        claim(&j, &c->items[i], i + 1);
    }
    emit_array_end(&j);
    emit_key(&j, "verdict");
    verdict(&j, &v->report, v->opt.now_ns);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

/* --- the other half ---------------------------------------------------------------- */

/* What comes back is looked at like any input. */
static bool take(struct bytes heard, struct case_proof *ret)
{
    CLEANUP(canon_freep) json_t *root = NULL;
    if (canon_load(heard, HEARD_DEPTH, &root, NULL) != ST_OK ||
        !json_is_array(json_object_get(root, "claims")) ||
        !case_verdict_valid(json_object_get(root, "verdict"))) {
        return false;
    }
    ret->claims = json_incref(json_object_get(root, "claims"));
    ret->verdict = json_incref(json_object_get(root, "verdict"));
    return true;
}

bool case_prove(const struct case_proving *p, struct case_proof *ret)
{
    CLEANUP(buf_fini) struct buf heard = BUF_INIT(HEARD_BYTES);
    struct verify_job job = {.file = p->name,
                             .policy = p->policy_file != NULL ? p->policy_file : "policy",
                             .file_bytes = p->exhibit,
                             .now_ns = p->now_ns,
                             .tell = tell,
                             .heard = &heard};
    if (p->policy_file == NULL) {
        job.policy_bytes = p->policy;
    }
    int status = verify_run(&job);
    if (heard.len == 0) {
        return false; /* said */
    }
    *ret = (struct case_proof){.status = status};
    if (!take(buf_bytes(&heard), ret)) {
        say("%s: the verifier has said something that it cannot say", p->name);
        return false;
    }
    return true;
}
