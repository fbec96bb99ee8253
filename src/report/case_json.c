/* report/case_json.c - the same of a case in JSON. */
#include <string.h>

#include "base/core/canon.h"
#include "base/core/emit.h"
#include "report/case.h"

static void when(struct emit *j, const char *key, int64_t ns)
{
    char text[EXCHANGE_TIME_TEXT];
    exchange_time_text(ns, text);
    emit_member_str(j, key, text);
}

static void raw(struct emit *j, const char *key, const json_t *v)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_STATEMENT_BYTES);
    enum status st = canon_write(v, &text);
    if (st != ST_OK || text.failed != ST_OK) {
        j->out->failed = st != ST_OK ? st : text.failed;
        return;
    }
    emit_key(j, key);
    emit_raw(j, buf_bytes(&text));
}

static void owed(struct emit *j, const struct case_view *v, const struct case_state *s)
{
    static const char *const what[CASE_DUTIES] = {"receipt", "answer", "final"};
    CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
    if (!s->owes) {
        return;
    }
    report_case_owed(&text, v);
    emit_key(j, "owes");
    emit_object(j);
    emit_member_str(j, "who", v->one->accused);
    emit_member_str(j, "what", what[s->owed]);
    when(j, "until", s->until_ns);
    emit_member_bool(j, "overdue", s->overdue);
    emit_member_text(j, "text", buf_bytes(&text));
    emit_object_end(j);
}

static void flags(struct emit *j, const struct case_state *s)
{
    static const char *const what[CASE_DUTIES] = {"receipt", "answer", "final"};
    emit_key(j, "late");
    emit_array(j);
    for (int i = 0; i < CASE_DUTIES; i++) {
        if (s->late[i]) {
            emit_str(j, what[i]);
        }
    }
    emit_array_end(j);
    emit_key(j, "missing");
    emit_object(j);
    emit_member_u64(j, "accuser", s->missing[CASE_ACCUSER]);
    emit_member_u64(j, "accused", s->missing[CASE_ACCUSED]);
    emit_object_end(j);
    emit_key(j, "contradicted");
    emit_object(j);
    emit_member_bool(j, "accuser", s->two_faced[CASE_ACCUSER]);
    emit_member_bool(j, "accused", s->two_faced[CASE_ACCUSED]);
    emit_object_end(j);
    emit_member_u64(j, "clocks_differ_s", (uint64_t)(s->clocks_ns / 1000000000));
}

static void said(struct emit *j, const struct case_one *c, const struct case_state *s)
{
    if (s->answer != NULL) {
        raw(j, "answer", case_item_of(c, s->answer)->statement->body);
    }
    if (s->outcome != NULL) {
        raw(j, "outcome", case_item_of(c, s->outcome)->statement->body);
    }
    if (s->withdrawal != NULL) {
        raw(j, "withdrawal", case_item_of(c, s->withdrawal)->statement->body);
    }
}

static void statement(struct emit *j, const struct case_view *v, const struct case_item *it)
{
    char hash[DIGEST_TEXT_MAX];
    digest_format(&it->statement->hash, hash);
    emit_object(j);
    emit_member_str(j, "type", it->statement->type);
    emit_member_str(j, "party", it->statement->party);
    emit_member_str(j, "id", it->statement->id);
    emit_member_str(j, "hash", hash);
    when(j, "time", it->statement->time_ns);
    raw(j, "body", it->statement->body);
    emit_key(j, "ledgers");
    emit_array(j);
    if (it->kept != NULL && it->kept->logged) {
        emit_str(j, v->self);
    }
    for (size_t i = 0; it->kept != NULL && i < json_array_size(it->kept->others); i++) {
        const json_t *o = json_array_get(it->kept->others, i);
        emit_str(j, json_string_value(json_object_get(o, "party")));
    }
    emit_array_end(j);
    emit_object_end(j);
}

static void exhibit(struct emit *j, const struct case_exhibit_view *e)
{
    char hash[DIGEST_TEXT_MAX];
    digest_format(&e->file->hash, hash);
    emit_object(j);
    emit_member_str(j, "name", e->file->name);
    emit_member_str(j, "sha256", hash);
    emit_member_u64(j, "bytes", e->file->size_bytes);
    emit_member_str(j, "by", e->by);
    if (e->at_receipt != NULL) {
        raw(j, "at_receipt", e->at_receipt);
    }
    if (e->now != NULL) {
        raw(j, "now", e->now);
    }
    emit_object_end(j);
}

static void lists(struct emit *j, const struct case_view *v)
{
    emit_key(j, "statements");
    emit_array(j);
    for (size_t i = 0; i < v->one->n; i++) {
        statement(j, v, &v->one->item[i]);
    }
    emit_array_end(j);
    emit_key(j, "exhibits");
    emit_array(j);
    for (size_t i = 0; i < v->exhibit_n; i++) {
        exhibit(j, &v->exhibits[i]);
    }
    emit_array_end(j);
}

void report_case_json(struct buf *out, const struct case_view *v, bool full)
{
    const struct case_item *n = case_notice(v->one);
    struct case_state s;
    struct emit j;
    case_state_at(v->one, v->now_ns, &s);
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "case");
    emit_member_str(&j, "case", v->one->id);
    emit_member_str(&j, "accuser", v->one->accuser);
    emit_member_str(&j, "accused", v->one->accused);
    when(&j, "time", n->statement->time_ns);
    when(&j, "at", v->now_ns);
    emit_member_str(&j, "state", case_phase_word(s.phase));
    emit_member_str(&j, "lane", accord_word_at(ACCORD_LANES, n->said->lane).name);
    raw(&j, "request", json_object_get(n->statement->body, "request"));
    raw(&j, "claims", json_object_get(n->statement->body, "claims"));
    owed(&j, v, &s);
    flags(&j, &s);
    said(&j, v->one, &s);
    if (full) {
        lists(&j, v);
    }
    emit_object_end(&j);
    buf_byte(out, '\n');
}
