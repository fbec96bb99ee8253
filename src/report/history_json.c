/* report/history_json.c - the same for programs. */
#include <stdio.h>

#include "base/core/canon.h"
#include "base/core/emit.h"
#include "report/history.h"

static void emit_when(struct emit *j, const char *key, int64_t ns)
{
    char when[EXCHANGE_TIME_TEXT];
    exchange_time_text(ns, when);
    emit_member_str(j, key, when);
}

static void emit_digest(struct emit *j, const char *key, const struct digest *d)
{
    char hex[DIGEST_TEXT_MAX];
    digest_format(d, hex);
    emit_member_str(j, key, hex);
}

static void emit_network(struct emit *j, const char *key, const struct prefix *p)
{
    char net[PREFIX_TEXT_MAX];
    (void)prefix_format(p, net); /* its length is not needed */
    emit_member_str(j, key, net);
}

static void emit_body(struct emit *j, const struct exchange_statement *s)
{
    CLEANUP(buf_fini) struct buf body = BUF_INIT(LIMIT_STATEMENT_BYTES);
    enum status st = canon_write(s->body, &body);
    if (st != ST_OK) {
        j->out->failed = st;
        return;
    }
    emit_key(j, "body");
    emit_raw(j, buf_bytes(&body));
}

static void emit_moment(struct emit *j, const struct history_moment *m)
{
    static const char *const kinds[CASE_KINDS] = {"notice", "receipt", "answer", "outcome",
                                                  "withdrawal"};
    emit_object(j);
    emit_member_str(j, "type", "statement");
    emit_when(j, "time", m->item->statement->time_ns);
    emit_member_str(j, "case", m->one->id);
    emit_member_str(j, "kind", kinds[m->item->said->event.kind]);
    emit_member_str(j, "by", m->item->statement->party);
    emit_digest(j, "hash", &m->item->statement->hash);
    emit_member_bool(j, "repeats", m->repeats);
    emit_body(j, m->item->statement);
    emit_object_end(j);
}

static void emit_pair(struct emit *j, const struct history_pair *p)
{
    bool two = p->clash == HISTORY_OURS_AND_NOT;
    emit_object(j);
    emit_member_str(j, "type", "pair");
    emit_member_str(j, "clash", two ? "ours-and-not" : "within-retention");
    emit_member_str(j, "party", p->one[0]->accused);
    emit_network(j, "network", &p->network);
    emit_member_bool(j, "replaced", p->replaced);
    emit_key(j, "answers");
    emit_array(j);
    for (size_t i = 0; i < (two ? 2 : 1); i++) {
        emit_object(j);
        emit_member_str(j, "case", p->one[i]->id);
        emit_digest(j, "hash", &p->item[i]->statement->hash);
        emit_object_end(j);
    }
    emit_array_end(j);
    if (!two) {
        emit_when(j, "asked", p->asked_ns);
        emit_when(j, "kept_until", p->until_ns);
        emit_member_u64(j, "days", p->days);
    }
    emit_object_end(j);
}

static void emit_tally(struct emit *j, const struct history_tally *t)
{
    emit_object(j);
    emit_member_str(j, "type", "numbers");
    emit_member_str(j, "accuser", t->accuser);
    emit_member_str(j, "accused", t->accused);
    emit_member_u64(j, "notices", t->notices);
    emit_member_u64(j, "repeated", t->repeated);
    emit_member_u64(j, "answered", t->answered);
    emit_member_u64(j, "unanswered", t->unanswered);
    if (t->has_median) {
        emit_member_u64(j, "median_answer_s", (uint64_t)(t->median_ns / 1000000000));
    }
    emit_member_u64(j, "acted", t->acted);
    emit_member_u64(j, "acted_and_stopped", t->stopped);
    emit_member_u64(j, "acted_and_not_seen", t->not_seen);
    emit_member_u64(j, "acted_and_went_on", t->went_on);
    emit_member_u64(j, "acted_and_moved", t->moved);
    emit_member_u64(j, "disputed", t->disputed);
    emit_member_u64(j, "disputed_and_upheld", t->upheld);
    emit_member_u64(j, "accuser_was_wrong", t->wrong);
    emit_member_u64(j, "withdrawn", t->withdrawn);
    emit_object_end(j);
}

static void emit_end(struct emit *j, const struct history *h, const struct history_query *q)
{
    emit_object(j);
    emit_member_str(j, "type", "end");
    if (q->party != NULL) {
        emit_member_str(j, "party", q->party);
    }
    if (q->network != NULL) {
        emit_network(j, "network", q->network);
    }
    emit_member_u64(j, "statements", h->moment_n);
    emit_member_u64(j, "pairs", h->pair_n);
    emit_member_bool(j, "more_pairs", h->more_pairs);
    emit_member_bool(j, "more_acts", h->more_acts);
    emit_object_end(j);
}

void report_history_json(struct buf *out, const struct history *h, const struct history_query *q)
{
    struct emit j;
    for (size_t i = 0; i < h->moment_n; i++) {
        emit_begin(&j, out);
        emit_moment(&j, &h->moment[i]);
        buf_byte(out, '\n');
    }
    for (size_t i = 0; i < h->pair_n; i++) {
        emit_begin(&j, out);
        emit_pair(&j, &h->pair[i]);
        buf_byte(out, '\n');
    }
    for (size_t i = 0; i < h->tally_n; i++) {
        emit_begin(&j, out);
        emit_tally(&j, &h->tally[i]);
        buf_byte(out, '\n');
    }
    emit_begin(&j, out);
    emit_end(&j, h, q);
    buf_byte(out, '\n');
}
