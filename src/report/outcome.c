/* report/outcome.c - an outcome for people and for programs. */
#include "report/outcome.h"

#include <stdio.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/timefmt.h"

enum { LINE_BYTES = 8192 };

static enum case_outcome sum_of(const struct outcome_view *v)
{
    enum case_outcome words[LIMIT_OUTCOME_REMOTES];
    for (size_t i = 0; i < v->n; i++) {
        words[i] = v->after[i].word;
    }
    return case_outcome_sum(words, v->n);
}

/* --- for people -------------------------------------------------------------------------- */

static void put_row(struct document *d, const char *name, struct buf *line)
{
    buf_byte(line, '\0');
    if (line->failed != ST_OK) {
        d->out->failed = line->failed;
        return;
    }
    document_row(d, name, (const char *)line->data);
}

static void put_span(struct buf *b, int64_t first_ns, int64_t last_ns)
{
    char first[EXCHANGE_TIME_TEXT], last[EXCHANGE_TIME_TEXT];
    exchange_time_text(first_ns, first);
    exchange_time_text(last_ns, last);
    if (strcmp(first, last) == 0) {
        buf_printf(b, "at %s", first);
    } else {
        buf_printf(b, "from %s to %s", first, last);
    }
}

static void put_count(struct buf *b, uint64_t n, const char *what)
{
    buf_printf(b, "%llu %s%s", (unsigned long long)n, what, n == 1 ? "" : "s");
}

static void tell_acts(struct document *d, const struct case_after *a)
{
    for (size_t i = 0; i < a->deed_n; i++) {
        CLEANUP(buf_fini) struct buf line = BUF_INIT(LINE_BYTES);
        const struct case_deed *x = &a->deed[i];
        put_count(&line, x->n, "finding");
        buf_str(&line, ", ");
        put_span(&line, x->first_ns, x->last_ns);
        buf_str(&line, x->same ? "; an act of the case" : "; no act of the case");
        put_row(d, x->kind, &line);
    }
    if (a->straddles) {
        document_row(d, "", "It had begun before: it is the same event, which did not end there.");
    }
}

static void tell_records(struct document *d, const struct outcome_view *v, size_t i)
{
    const struct case_trace *t = &v->trace[i];
    CLEANUP(buf_fini) struct buf line = BUF_INIT(LINE_BYTES);
    if (t->later_records == 0) {
        document_row(d, "its records", "none");
        return;
    }
    put_count(&line, t->later_records, "record");
    buf_str(&line, " that bear this address, ");
    put_span(&line, t->later_first_ns, t->later_last_ns);
    buf_printf(&line, "; %llu to targets of the act", (unsigned long long)t->again);
    buf_printf(&line, "; %llu later than the notice", (unsigned long long)t->after[0]);
    if (v->has_answer) {
        buf_printf(&line, ", %llu than the answer", (unsigned long long)t->after[1]);
    }
    put_row(d, "its records", &line);
}

static void tell_cover(struct document *d, const struct case_trace *t)
{
    CLEANUP(buf_fini) struct buf line = BUF_INIT(LINE_BYTES);
    if (t->then_targets == 0) {
        document_row(d, "its targets",
                     "are not known here: records of the act itself, given too, would tell them");
        return;
    }
    put_count(&line, t->then_targets, "target");
    buf_printf(&line, "%s in the act; to those, from anybody else and later: ",
               t->then_more ? " and more" : "");
    if (t->others == 0) {
        buf_str(&line, "nothing");
    } else {
        put_count(&line, t->others, "record");
        buf_str(&line, ", ");
        put_span(&line, t->others_first_ns, t->others_last_ns);
    }
    put_row(d, "its targets", &line);
}

static void tell_neighbours(struct document *d, const struct case_suspect *s,
                            const struct case_after *a, const struct case_trace *t)
{
    char net[PREFIX_TEXT_MAX];
    (void)prefix_format(&s->network, net); /* its length is not needed */
    for (size_t i = 0; i < a->like_n; i++) {
        CLEANUP(buf_fini) struct buf line = BUF_INIT(LINE_BYTES);
        const struct case_likeness *l = &a->like[i];
        char who[ADDR_TEXT_MAX];
        (void)addr_format(&l->neighbour.address, who); /* as above */
        buf_printf(&line, "seen from a neighbour in %s: %s, ", net, l->finding->kind);
        put_span(&line, l->finding->when.first_ns, l->finding->when.last_ns);
        buf_printf(&line, "; targets in common %llu of its %llu and of %llu then",
                   (unsigned long long)l->neighbour.shared,
                   (unsigned long long)l->neighbour.targets, (unsigned long long)t->then_targets);
        buf_printf(&line, "; ports %llu of its %llu and of %llu then%s",
                   (unsigned long long)l->neighbour.shared_ports,
                   (unsigned long long)l->neighbour.ports, (unsigned long long)t->then_ports,
                   l->mark ? "; the same tool's mark" : "");
        buf_str(&line, l->counts ? ". More than half is common: this is why it is called moved."
                                 : ". That is too little to say that it moved.");
        put_row(d, who, &line);
    }
}

static void tell_one(struct document *d, const struct outcome_view *v, size_t i)
{
    const struct case_after *a = &v->after[i];
    char who[ADDR_TEXT_MAX], line[ADDR_TEXT_MAX + 32];
    (void)addr_format(&v->suspect[i].remote, who); /* its length is not needed */
    (void)snprintf(line, sizeof(line), "%s: %s", who,
                   case_word_at(CASE_LIST_OUTCOMES, a->word).name);
    document_heading(d, line);
    document_text(d, case_basis_text(a->basis));
    tell_acts(d, a);
    tell_records(d, v, i);
    tell_cover(d, &v->trace[i]);
    tell_neighbours(d, &v->suspect[i], a, &v->trace[i]);
}

static void tell_inputs(struct document *d, const struct outcome_view *v)
{
    document_heading(d, "What was looked at");
    for (size_t i = 0; i < v->input_n; i++) {
        CLEANUP(buf_fini) struct buf line = BUF_INIT(LINE_BYTES);
        const struct case_look *l = &v->looks[i];
        if (l->records == 0) {
            buf_str(&line, "nothing so late");
        } else {
            put_count(&line, l->records, "later record");
            buf_str(&line, ", ");
            put_span(&line, l->first_ns, l->last_ns);
            if (l->gap_to_ns - l->gap_from_ns >= TIME_HOUR) {
                buf_str(&line, "; its longest silence ");
                put_span(&line, l->gap_from_ns, l->gap_to_ns);
            }
        }
        put_row(d, v->inputs[i].name, &line);
    }
    if (v->input_n == 0) {
        document_text(d, "Nothing is sealed from that time on.");
    }
    if (v->more) {
        document_text(d, "The case names more addresses than are looked for at once: this is "
                         "about the lowest of them.");
    }
    document_note(d, "Records bear the address that their sender wrote. That nothing is there "
                     "says nothing of what these records do not cover, and no file proves that "
                     "something stopped.");
}

void report_outcome(struct document *d, const struct outcome_view *v)
{
    struct accord_word w = case_word_at(CASE_LIST_OUTCOMES, sum_of(v));
    char line[256], since[EXCHANGE_TIME_TEXT];
    exchange_time_text(v->looked->since_ns, since);
    (void)snprintf(line, sizeof(line), "Case %.8s: %s", v->one->id, w.name);
    document_heading(d, line);
    (void)snprintf(line, sizeof(line), "Of what is later than %s: %s.", since, w.says);
    document_text(d, line);
    for (size_t i = 0; i < v->n; i++) {
        tell_one(d, v, i);
    }
    tell_inputs(d, v);
}

/* --- for programs --------------------------------------------------------------------------- */

static void emit_when(struct emit *j, const char *key, int64_t ns)
{
    char when[EXCHANGE_TIME_TEXT];
    exchange_time_text(ns, when);
    emit_member_str(j, key, when);
}

static void emit_deeds(struct emit *j, const struct case_after *a)
{
    emit_key(j, "acts");
    emit_array(j);
    for (size_t i = 0; i < a->deed_n; i++) {
        emit_object(j);
        emit_member_str(j, "kind", a->deed[i].kind);
        emit_member_bool(j, "same", a->deed[i].same);
        emit_member_u64(j, "findings", a->deed[i].n);
        emit_when(j, "first", a->deed[i].first_ns);
        emit_when(j, "last", a->deed[i].last_ns);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void emit_trace(struct emit *j, const struct case_trace *t)
{
    emit_member_u64(j, "records", t->later_records);
    if (t->later_records > 0) {
        emit_when(j, "first", t->later_first_ns);
        emit_when(j, "last", t->later_last_ns);
    }
    emit_member_u64(j, "again", t->again);
    emit_member_u64(j, "after_notice", t->after[0]);
    emit_member_u64(j, "after_answer", t->after[1]);
    emit_key(j, "act");
    emit_object(j);
    emit_member_u64(j, "records", t->then_records);
    emit_member_u64(j, "targets", t->then_targets);
    emit_member_bool(j, "more_targets", t->then_more);
    emit_member_u64(j, "ports", t->then_ports);
    emit_object_end(j);
    emit_key(j, "others");
    emit_object(j);
    emit_member_u64(j, "records", t->others);
    if (t->others > 0) {
        emit_when(j, "first", t->others_first_ns);
        emit_when(j, "last", t->others_last_ns);
    }
    emit_object_end(j);
}

static void emit_neighbours(struct emit *j, const struct case_after *a)
{
    emit_key(j, "neighbours");
    emit_array(j);
    for (size_t i = 0; i < a->like_n; i++) {
        const struct case_likeness *l = &a->like[i];
        emit_object(j);
        emit_member_addr(j, "address", &l->neighbour.address);
        emit_member_str(j, "kind", l->finding->kind);
        emit_when(j, "first", l->finding->when.first_ns);
        emit_when(j, "last", l->finding->when.last_ns);
        emit_member_u64(j, "targets", l->neighbour.targets);
        emit_member_u64(j, "common_targets", l->neighbour.shared);
        emit_member_u64(j, "ports", l->neighbour.ports);
        emit_member_u64(j, "common_ports", l->neighbour.shared_ports);
        emit_member_bool(j, "same_mark", l->mark);
        emit_member_bool(j, "counts", l->counts);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void emit_one(struct emit *j, const struct outcome_view *v, size_t i)
{
    const struct case_after *a = &v->after[i];
    char net[PREFIX_TEXT_MAX];
    (void)prefix_format(&v->suspect[i].network, net); /* its length is not needed */
    emit_object(j);
    emit_member_addr(j, "address", &v->suspect[i].remote);
    emit_member_str(j, "network", net);
    emit_when(j, "since", v->suspect[i].since_ns);
    emit_member_str(j, "outcome", case_word_at(CASE_LIST_OUTCOMES, a->word).name);
    emit_member_str(j, "basis", case_basis_word(a->basis));
    emit_member_u64(j, "findings", a->findings);
    emit_member_bool(j, "same_event", a->straddles);
    emit_deeds(j, a);
    emit_trace(j, &v->trace[i]);
    emit_neighbours(j, a);
    emit_object_end(j);
}

static void emit_inputs(struct emit *j, const struct outcome_view *v)
{
    emit_key(j, "inputs");
    emit_array(j);
    for (size_t i = 0; i < v->input_n; i++) {
        const struct case_look *l = &v->looks[i];
        emit_object(j);
        emit_member_str(j, "name", v->inputs[i].name);
        emit_member_u64(j, "records", l->records);
        if (l->records > 0) {
            emit_when(j, "first", l->first_ns);
            emit_when(j, "last", l->last_ns);
            emit_when(j, "silent_from", l->gap_from_ns);
            emit_when(j, "silent_to", l->gap_to_ns);
        }
        emit_object_end(j);
    }
    emit_array_end(j);
}

void report_outcome_json(struct buf *out, const struct outcome_view *v)
{
    struct emit j;
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "outcome");
    emit_member_str(&j, "case", v->one->id);
    emit_member_str(&j, "outcome", case_word_at(CASE_LIST_OUTCOMES, sum_of(v)).name);
    emit_when(&j, "since", v->looked->since_ns);
    emit_member_str(&j, "how", v->looked->sealed ? "sealed" : "files");
    emit_member_bool(&j, "partial", v->partial);
    emit_member_bool(&j, "more_remotes", v->more);
    emit_inputs(&j, v);
    emit_key(&j, "remotes");
    emit_array(&j);
    for (size_t i = 0; i < v->n; i++) {
        emit_one(&j, v, i);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    buf_byte(out, '\n');
}
