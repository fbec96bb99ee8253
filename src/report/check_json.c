/* report/check_json.c - `check` as JSON Lines. */
#include <string.h>

#include "base/core/emit.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/model/observation.h"
#include "report/check.h"
#include "report/signature.h"

enum { REPLY_MAX_BYTES = 1 << 20, SHOWN_COLUMNS = 400 };

/* Whatever an input wrote, without what eyes or terminals take for something
 * else. */
static void member_shown(struct emit *j, const char *key, const char *text)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(16384);
    text_show(&b, bytes_of(text, strlen(text)), SHOWN_COLUMNS);
    emit_member_text(j, key, buf_bytes(&b));
}

static void member_if(struct emit *j, const char *key, uint64_t v)
{
    if (v != 0) {
        emit_member_u64(j, key, v);
    }
}

static void member_i64(struct emit *j, const char *key, int64_t v)
{
    emit_key(j, key);
    emit_i64(j, v);
}

static void when(struct emit *j, const struct claim_when *w)
{
    if (w->known) {
        emit_member_time(j, "first", w->first_ns);
        emit_member_time(j, "last", w->last_ns);
        emit_member_bool(j, "zone_assumed", w->zone_assumed);
        emit_member_bool(j, "year_assumed", w->year_assumed);
        member_i64(j, "precision_ns", w->precision_ns);
    }
}

static void moments(struct emit *j, const struct claim *c, const struct claim_match *m)
{
    emit_key(j, "moments");
    emit_array(j);
    for (size_t i = 0; i < c->moment_n; i++) {
        emit_object(j);
        emit_member_time(j, "time", c->moments[i].time_ns);
        member_if(j, "source_port", c->moments[i].source_port);
        member_if(j, "target_port", c->moments[i].target_port);
        emit_member_bool(j, "met", (m->moments_met >> i & 1) != 0);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void unreadable(struct emit *j, const struct claim *c)
{
    static const char *const fields[CLAIM_STATED_COUNT] = {
        [CLAIM_STATED_SOURCE_PORT] = "source_port",
        [CLAIM_STATED_TARGET_PORT] = "target_port",
        [CLAIM_STATED_PROTOCOL] = "protocol",
        [CLAIM_STATED_TALLY] = "count",
        [CLAIM_STATED_TIME] = "time",
        [CLAIM_STATED_TARGET] = "target"};
    if (claim_unread_bits(c) == 0) {
        return;
    }
    emit_key(j, "unreadable");
    emit_object(j);
    for (size_t i = 0; i < CLAIM_STATED_COUNT; i++) {
        if (c->unread[i][0] != '\0') {
            member_shown(j, fields[i], c->unread[i]);
        }
    }
    emit_object_end(j);
}

static void said(struct emit *j, const struct claim *c)
{
    emit_member_addr(j, "source", &c->source);
    member_if(j, "source_port", c->source_port);
    if (c->has_target) {
        emit_member_addr(j, "target", &c->target);
    }
    member_if(j, "target_port", c->target_port);
    if (c->service) {
        emit_member_bool(j, "target_port_of_service", true);
    }
    member_if(j, "protocol", c->proto);
    emit_member_str(j, "act", claim_act_name(c->act));
    if (c->said[0] != '\0') {
        member_shown(j, "said", c->said);
    }
    member_if(j, "count", c->count);
    unreadable(j, c);
    when(j, &c->when);
}

static void lacks(struct emit *j, uint32_t bits)
{
    static const char *const names[CLAIM_LACKS_COUNT] = {
        "time", "zone", "seconds", "source_port", "target", "target_port", "protocol"};
    emit_key(j, "lacks");
    emit_array(j);
    for (unsigned i = 0; i < CLAIM_LACKS_COUNT; i++) {
        if ((bits >> i & 1) != 0) {
            emit_str(j, names[i]);
        }
    }
    emit_array_end(j);
}

static void records(struct emit *j, const struct claim_match *m)
{
    emit_key(j, "records");
    emit_object(j);
    emit_member_u64(j, "packets", m->packets);
    emit_member_u64(j, "exact", m->exact);
    emit_member_u64(j, "back", m->back);
    emit_member_u64(j, "lines", m->lines);
    emit_member_u64(j, "lines_exact", m->lines_exact);
    emit_member_u64(j, "other", m->other);
    emit_member_u64(j, "ever", m->ever);
    emit_member_u64(j, "answers", m->answers);
    emit_member_u64(j, "without_ports", m->portless);
    emit_member_u64(j, "ports_exchanged", m->swapped);
    emit_member_u64(j, "in_tunnels", m->carried);
    if (m->packets > 0 || m->lines > 0) {
        emit_member_time(j, "first", m->first_ns);
        emit_member_time(j, "last", m->last_ns);
        emit_member_u64(j, "input", pos_input(m->first_pos));
        emit_member_u64(j, "offset", pos_offset(m->first_pos));
        emit_member_u64(j, "connections", m->connections);
        emit_member_u64(j, "completed", m->completed);
        emit_member_u64(j, "refused", m->refused);
        emit_member_bool(j, "at_least", m->more_connections);
    }
    if (m->has_offset) {
        member_i64(j, "clock_offset_ns", m->offset_ns);
    }
    if (m->has_near) {
        member_i64(j, "nearest_ns", m->near_ns);
        emit_member_bool(j, "nearest_exact", m->near_exact);
    }
    emit_object_end(j);
}

static void findings(struct emit *j, const struct check_view *v, size_t claim)
{
    emit_key(j, "findings");
    emit_array(j);
    for (size_t i = 0; i < v->findings->n; i++) {
        const struct finding *f = v->findings->items[i];
        if (check_finding(v, claim, f)) {
            emit_object(j);
            emit_member_str(j, "id", f->id);
            emit_member_str(j, "definition", f->definition);
            emit_object_end(j);
        }
    }
    emit_array_end(j);
}

static void claim_line(struct emit *j, const struct check_view *v, size_t i)
{
    static const char *const forging[] = {[CLAIM_FORGING_EASY] = "easy",
                                          [CLAIM_FORGING_HARD] = "hard",
                                          [CLAIM_FORGING_UNSAID] = "unsaid"};
    const struct claim *c = &v->claims->items[i];
    const struct claim_answer *a = &v->answers[i];
    emit_object(j);
    emit_member_str(j, "type", "claim");
    emit_member_u64(j, "number", i + 1);
    said(j, c);
    moments(j, c, &v->matches[i]);
    emit_member_str(j, "verdict", claim_verdict_word(a->verdict));
    emit_member_str(j, "why", claim_why_word(a->why));
    emit_member_str(j, "ours", claim_ours_word(a->ours));
    lacks(j, a->lacks);
    emit_member_str(j, "forging", forging[a->forging]);
    if (a->has_zone) {
        member_i64(j, "fits_half_hours_off", a->zone_half_hours);
    }
    records(j, &v->matches[i]);
    emit_key(j, "coverage");
    emit_array(j);
    for (size_t k = 0; k < v->input_n; k++) {
        emit_str(j, claim_covers_text(claim_covers_of(c, &v->bench->covers[k], v->bench)));
    }
    emit_array_end(j);
    findings(j, v, i);
    emit_object_end(j);
}

static void silences(struct emit *j, const struct claim_cover *x)
{
    emit_key(j, "silences");
    emit_array(j);
    for (size_t i = 0; i < x->silence_n; i++) {
        emit_object(j);
        emit_member_time(j, "from", x->silences[i].from_ns);
        emit_member_time(j, "to", x->silences[i].to_ns);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_member_bool(j, "more_silences", x->more_silences);
}

static void input_line(struct emit *j, const struct check_view *v, size_t i)
{
    const struct claim_cover *x = &v->bench->covers[i];
    emit_object(j);
    emit_member_str(j, "type", "coverage");
    member_shown(j, "name", v->inputs[i].name);
    emit_member_str(j, "format", v->inputs[i].format);
    emit_member_u64(j, "records", x->records);
    emit_member_bool(j, "log", x->log);
    if (x->flows) {
        emit_member_bool(j, "flows", true);
    }
    if (x->has_time) {
        emit_member_time(j, "first", x->first_ns);
        emit_member_time(j, "last", x->last_ns);
    }
    emit_member_u64(j, "from_networks", claim_cover_out(x));
    emit_member_u64(j, "to_networks", x->in);
    silences(j, x);
    emit_object_end(j);
}

static void notes(struct emit *j, const struct claim_set *s)
{
    emit_key(j, "notes");
    emit_array(j);
    for (unsigned i = 0; i < CLAIM_NOTE_COUNT; i++) {
        if ((s->notes >> i & 1) != 0) {
            emit_str(j, claim_note_text((enum claim_note)(1U << i)));
        }
    }
    emit_array_end(j);
    emit_key(j, "quoted");
    emit_array(j);
    for (size_t i = 0; i < s->quote_n; i++) {
        emit_object(j);
        member_shown(j, "key", s->quotes[i].key);
        member_shown(j, "text", s->quotes[i].text);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void networks(struct emit *j, const struct local_nets *l)
{
    char text[PREFIX_TEXT_MAX];
    emit_key(j, "local");
    emit_object(j);
    emit_member_str(j, "rule", local_rule_name(l->rule));
    emit_key(j, "networks");
    emit_array(j);
    for (size_t i = 0; i < l->n; i++) {
        size_t n = prefix_format(&l->nets[i], text);
        emit_text(j, bytes_of(text, n));
    }
    emit_array_end(j);
    emit_object_end(j);
}

static void signatures(struct emit *j, const struct dkim_report *r)
{
    emit_key(j, "signatures");
    emit_array(j);
    for (size_t i = 0; i < r->n; i++) {
        signature_json(j, &r->items[i]);
    }
    emit_array_end(j);
    emit_member_bool(j, "more_signatures", r->more > 0);
    emit_member_u64(j, "signatures_not_looked_at", r->more);
}

static void summary_line(struct emit *j, const struct check_view *v)
{
    CLEANUP(buf_fini) struct buf reply = BUF_INIT(REPLY_MAX_BYTES);
    check_reply(&reply, v);
    emit_object(j);
    emit_member_str(j, "type", "summary");
    emit_member_str(j, "format", v->claims->format);
    member_shown(j, "accuser", v->claims->accuser);
    member_shown(j, "reference", v->claims->reference);
    emit_member_u64(j, "incidents", v->claims->n);
    emit_member_u64(j, "status", (uint64_t)claim_exit(v->answers, v->claims->n));
    emit_member_bool(j, "complete", v->bench->complete);
    emit_member_bool(j, "partial", v->bench->partial);
    member_i64(j, "tolerance_ns", v->bench->tolerance_ns);
    networks(j, v->bench->locals);
    if (v->claims->signatures_asked) {
        signatures(j, &v->claims->signatures);
    }
    notes(j, v->claims);
    emit_member_text(j, "reply", buf_bytes(&reply));
    emit_object_end(j);
    j->out->failed = j->out->failed == ST_OK ? reply.failed : j->out->failed;
}

void check_json(struct buf *out, const struct check_view *v)
{
    struct emit j;
    for (size_t i = 0; i < v->claims->n; i++) {
        emit_begin(&j, out);
        claim_line(&j, v, i);
        buf_byte(out, '\n');
    }
    for (size_t i = 0; i < v->input_n; i++) {
        emit_begin(&j, out);
        input_line(&j, v, i);
        buf_byte(out, '\n');
    }
    emit_begin(&j, out);
    summary_line(&j, v);
    buf_byte(out, '\n');
}
