/* report/proof_json.c - the report on an exhibit as one JSON object.
 *
 * Every member is in docs/schemas/verify.schema.json, and nothing else is.
 */
#include "base/core/emit.h"
#include "evidence/exhibit/claim.h"
#include "report/proof.h"

static void points(struct emit *j, const char *key, const struct evidence_points *p)
{
    emit_key(j, key);
    emit_array(j);
    for (size_t i = 0; i < p->n; i++) {
        emit_object(j);
        emit_member_str(j, "what", p->items[i].what);
        emit_member_str(j, "word", evidence_word_text(p->items[i].word));
        emit_member_str(j, "detail", p->items[i].detail);
        emit_member_str(j, "assumes", p->items[i].assumes);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void claim(struct emit *j, const struct evidence_claim_report *c)
{
    const struct finding *f = c->finding;
    CLEANUP(buf_fini) struct buf sentence = BUF_INIT(4096);
    report_proof_claim(&sentence, f);
    emit_object(j);
    emit_member_u64(j, "number", c->number);
    emit_member_bool(j, "holds", c->holds);
    emit_member_bool(j, "said", c->said);
    emit_member_bool(j, "at_least", c->at_least);
    emit_member_str(j, "definition", f->definition);
    emit_member_str(j, "kind", f->kind);
    emit_member_str(j, "technique", f->technique);
    emit_member_str(j, "protocol", f->protocol);
    if (f->has_initiator) {
        emit_member_addr(j, "initiator", &f->initiator);
    }
    if (f->has_remote) {
        emit_member_addr(j, "remote", &f->remote);
    }
    emit_member_time(j, "first", f->when.first_ns);
    emit_member_time(j, "last", f->when.last_ns);
    emit_member_text(j, "sentence", buf_bytes(&sentence));
    emit_key(j, "numbers");
    emit_object(j);
    evidence_claim_numbers(j, f);
    emit_object_end(j);
    points(j, "points", &c->points);
    emit_object_end(j);
    j->out->failed = sentence.failed != ST_OK ? sentence.failed : j->out->failed;
}

static void denials(struct emit *j, const struct evidence_report *r)
{
    emit_key(j, "denials");
    emit_array(j);
    for (size_t i = 0; i < DENIAL_COUNT; i++) {
        emit_object(j);
        emit_member_str(j, "denial", evidence_denial_name((enum evidence_denial)i));
        emit_member_str(j, "word", evidence_met_word(r->denials[i].met));
        emit_member_str(j, "reason", r->denials[i].reason);
        emit_member_str(j, "assumes", r->denials[i].assumes);
        emit_object_end(j);
    }
    emit_array_end(j);
}

void report_proof_json(struct buf *out, const struct evidence_report *r)
{
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "grade", evidence_grade_word(r->grade));
    emit_member_str(&j, "grade_reason", r->grade_reason);
    emit_member_str(&j, "conclusion", r->conclusion);
    emit_member_u64(&j, "exit_status", (uint64_t)evidence_report_exit(r));
    emit_member_bool(&j, "holds", r->holds);
    emit_member_bool(&j, "policy_lacks_key", r->lacks_key);
    emit_key(&j, "claims");
    emit_array(&j);
    for (size_t i = 0; i < r->claim_n; i++) {
        claim(&j, &r->claims[i]);
    }
    emit_array_end(&j);
    points(&j, "points", &r->points);
    denials(&j, r);
    emit_key(&j, "not_shown");
    emit_array(&j);
    for (size_t i = 0; i < r->not_shown_n; i++) {
        emit_str(&j, r->not_shown[i]);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    buf_byte(out, '\n');
}
