/* report/calibrate_json.c - a calibration as JSON Lines. */
#include <string.h>

#include "base/core/emit.h"
#include "base/core/timefmt.h"
#include "report/calibrate.h"

void report_calibrate_state_json(struct buf *out, const struct calibrate_fold *f)
{
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "calibration");
    emit_member_str(&j, "calibration", f->terms->id);
    emit_member_str(&j, "accord", f->terms->accord);
    emit_member_u64(&j, "parties", f->terms->party_n);
    emit_member_u64(&j, "scenarios", f->terms->scenario_n);
    emit_member_u64(&j, "committed", f->committed);
    emit_member_u64(&j, "revealed", f->revealed);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static void emit_hash(struct emit *j, const char *key, const struct calibrate_said *s)
{
    char hex[DIGEST_TEXT_MAX];
    if (s != NULL) {
        digest_format(&s->statement->hash, hex);
        emit_member_str(j, key, hex);
    }
}

static void party_line(struct buf *out, const struct calibrate_view *v, size_t i)
{
    const struct calibrate_seat *s = &v->fold->seat[i];
    int64_t since = 0;
    bool proven = false;
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "calibration-party");
    emit_member_str(&j, "party", v->fold->terms->party[i]);
    emit_member_str(&j, "state", calibrate_state_word(s->state));
    emit_hash(&j, "commitment", s->commitment);
    emit_hash(&j, "other_commitment", s->commitment_too);
    emit_hash(&j, "reveal", s->reveal);
    emit_hash(&j, "other_reveal", s->reveal_too);
    emit_member_bool(&j, "early", s->unready);
    if (calibrate_withheld(v->fold, i, &since, &proven)) {
        emit_member_time(&j, "withheld_since", since);
        emit_member_bool(&j, "others_reveal_in_its_ledger", proven);
    }
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static void judgement(struct emit *j, const struct calibrate_view *v, size_t scenario, size_t i)
{
    const struct calibrate_judgement *one = &v->fold->seat[i].judged->list[scenario];
    emit_object(j);
    emit_member_str(j, "party", v->fold->terms->party[i]);
    emit_member_str(j, "verdict", calibrate_word_at(CALIBRATE_VERDICTS, one->verdict).name);
    if (one->verdict == CALIBRATE_NEEDS_MORE) {
        emit_member_str(j, "needs", calibrate_word_at(CALIBRATE_NEEDS, one->needs).name);
    }
    emit_member_str(j, "answer", calibrate_word_at(CALIBRATE_ANSWERS, one->answer).name);
    if (v->seen != NULL && v->seen[scenario][i].looked) {
        emit_member_bool(j, "found", v->seen[scenario][i].found);
        if (v->seen[scenario][i].found) {
            emit_member_str(j, "definition", v->seen[scenario][i].definition);
        }
    }
    emit_object_end(j);
}

static void scenario_line(struct buf *out, const struct calibrate_view *v, size_t u)
{
    const struct calibrate_scenario *s = &v->fold->terms->scenario[u];
    char hex[DIGEST_TEXT_MAX];
    struct emit j;
    digest_format(&s->capture, hex);
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "calibration-scenario");
    emit_member_str(&j, "scenario", s->id);
    emit_member_str(&j, "kind", calibrate_word_at(CALIBRATE_KINDS, s->kind).name);
    emit_member_str(&j, "capture", hex);
    emit_key(&j, "judgements");
    emit_array(&j);
    for (size_t i = 0; i < v->fold->terms->party_n; i++) {
        if (v->open && v->fold->seat[i].judged != NULL) {
            judgement(&j, v, u, i);
        }
    }
    emit_array_end(&j);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static void agreement_line(struct buf *out, const struct calibrate_view *v, size_t kind)
{
    struct calibrate_agreement a;
    struct emit j;
    calibrate_agree(v->fold, kind, &a);
    if (a.scenarios == 0) {
        return;
    }
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "calibration-agreement");
    emit_member_str(&j, "kind",
                    kind == CALIBRATE_ALL ? "all" : calibrate_word_at(CALIBRATE_KINDS, kind).name);
    emit_member_u64(&j, "scenarios", a.scenarios);
    emit_member_u64(&j, "alike", a.alike);
    emit_member_u64(&j, "pairs", a.pairs);
    emit_member_u64(&j, "pairs_alike", a.pairs_alike);
    emit_member_u64(&j, "answers_alike", a.answers_alike);
    if (a.has_alpha) {
        emit_key(&j, "alpha");
        emit_double(&j, a.alpha, 3);
    }
    emit_object_end(&j);
    buf_byte(out, '\n');
}

static void change(struct emit *j, const struct calibrate_change *c)
{
    static const char *const how[] = {"parameter", "added", "other"};
    emit_object(j);
    emit_member_str(j, "change", how[c->how]);
    emit_member_str(j, "definition", c->definition);
    if (c->how == CALIBRATE_PARAMETER) {
        emit_member_str(j, "parameter", c->parameter);
        emit_key(j, "without");
        emit_i64(j, c->without);
        emit_key(j, "with");
        emit_i64(j, c->with);
    }
    emit_object_end(j);
}

static void difference_line(struct buf *out, const struct calibrate_view *v, size_t i)
{
    const struct calibrate_difference *d = &v->differences[i];
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "calibration-difference");
    emit_member_str(&j, "scenario", v->fold->terms->scenario[d->scenario].id);
    emit_member_str(&j, "found_under", v->fold->terms->party[d->with]);
    emit_member_str(&j, "not_under", v->fold->terms->party[d->without]);
    emit_member_bool(&j, "each_alone", d->flips.alone);
    emit_key(&j, "changes");
    emit_array(&j);
    for (size_t k = 0; k < d->flips.n; k++) {
        change(&j, &d->flips.list[k]);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

void report_calibrate_json(struct buf *out, const struct calibrate_view *v)
{
    report_calibrate_state_json(out, v->fold);
    for (size_t i = 0; i < v->fold->terms->party_n; i++) {
        party_line(out, v, i);
    }
    for (size_t i = 0; i < v->fold->terms->scenario_n; i++) {
        scenario_line(out, v, i);
    }
    if (!v->open) {
        return;
    }
    agreement_line(out, v, CALIBRATE_ALL);
    for (size_t i = 0; calibrate_word_at(CALIBRATE_KINDS, i).name != NULL; i++) {
        agreement_line(out, v, i);
    }
    for (size_t i = 0; i < v->difference_n; i++) {
        difference_line(out, v, i);
    }
}
