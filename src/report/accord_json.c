/* report/accord_json.c - where an accord stands, as one JSON object. */
#include <stdio.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/core/emit.h"
#include "exchange/accord/remarks.h"
#include "report/accord.h"

static void emit_when(struct emit *j, const char *key, int64_t ns)
{
    char when[EXCHANGE_TIME_TEXT];
    exchange_time_text(ns, when);
    emit_member_str(j, key, when);
}

static void emit_party(struct emit *j, const struct accord_view *v, size_t i)
{
    const struct accord_party *p = &v->version->accord->party[i];
    const struct accord_member *m = accord_member_find(v->standing, p->name);
    const struct accord_leave *left = accord_left(v->standing, v->version, p->name);
    char finger[EXCHANGE_FINGERPRINT_MAX];
    exchange_fingerprint(&p->key, finger);
    emit_object(j);
    emit_member_str(j, "name", p->name);
    emit_member_str(j, "fingerprint", finger);
    emit_member_bool(j, "confirmed", m->confirmed);
    emit_member_u64(j, "keys", m->keys.n);
    emit_member_bool(j, "signed", v->version->signed_by[i]);
    emit_member_bool(j, "in_ledger", v->version->in_ledger[i]);
    emit_member_u64(j, "cosigned", v->version->cosigned[i]);
    emit_member_bool(j, "witnessed", accord_witnessed(v->version, i));
    emit_member_bool(j, "left", left != NULL);
    if (left != NULL) {
        emit_when(j, "left_time", left->time_ns);
    }
    emit_object_end(j);
}

static void emit_trial(struct emit *j, const struct accord_trial *t, bool alone)
{
    emit_object(j);
    if (alone) {
        emit_member_str(j, "type", "trial");
    }
    emit_member_str(j, "from", t->from);
    emit_member_str(j, "to", t->to);
    emit_member_str(j, "lane", accord_word_at(ACCORD_LANES, t->lane).name);
    emit_when(j, "asked", t->asked_ns);
    if (t->answered) {
        emit_when(j, "answered", t->answered_ns);
    }
    emit_object_end(j);
}

static void emit_remarks(struct emit *j, const struct accord_view *v)
{
    struct accord_remark list[ACCORD_REMARKS_MAX];
    size_t n = accord_remarks(v->version->accord, v->version->signed_by, list);
    emit_key(j, "remarks");
    emit_array(j);
    for (size_t i = 0; i < n; i++) {
        emit_text(j, bytes_of(list[i].text, strlen(list[i].text)));
    }
    emit_array_end(j);
}

static void emit_body(struct emit *j, const struct accord_view *v)
{
    CLEANUP(buf_fini) struct buf body = BUF_INIT(LIMIT_STATEMENT_BYTES);
    enum status st = canon_write(v->version->item->statement->body, &body);
    if (st != ST_OK) {
        j->out->failed = st;
        return;
    }
    emit_key(j, "body");
    emit_raw(j, buf_bytes(&body));
}

void report_accord_json(struct buf *out, const struct accord_view *v, const char *type)
{
    const struct accord_standing *s = v->standing;
    char hash[DIGEST_TEXT_MAX];
    struct emit j;
    digest_format(&v->version->item->statement->hash, hash);
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", type);
    emit_member_str(&j, "accord", v->version->accord->id);
    emit_member_u64(&j, "version", v->version->accord->version);
    emit_member_str(&j, "hash", hash);
    emit_member_str(&j, "title", v->version->accord->title);
    emit_member_str(&j, "state", accord_state_word(s->state));
    emit_member_bool(&j, "in_force", s->in_force >= 0 && &s->version[s->in_force] == v->version);
    emit_member_bool(&j, "contradiction", s->contradiction);
    emit_member_bool(&j, "equivocation", s->equivocation != NULL);
    emit_member_str(&j, "by", v->version->item->statement->party);
    emit_when(&j, "time", v->version->item->statement->time_ns);
    emit_key(&j, "parties");
    emit_array(&j);
    for (size_t i = 0; i < v->version->accord->party_n; i++) {
        emit_party(&j, v, i);
    }
    emit_array_end(&j);
    emit_remarks(&j, v);
    emit_key(&j, "trials");
    emit_array(&j);
    for (size_t i = 0; i < v->trial_n; i++) {
        emit_trial(&j, &v->trials[i], false);
    }
    emit_array_end(&j);
    if (strcmp(type, "accord") == 0) {
        emit_body(&j, v);
    }
    emit_object_end(&j);
    buf_byte(out, '\n');
}

void report_accord_trial_json(struct buf *out, const struct accord_trial *t)
{
    struct emit j;
    emit_begin(&j, out);
    emit_trial(&j, t, true);
    buf_byte(out, '\n');
}
