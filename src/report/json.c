/* report/json.c - JSON Lines: findings, remarks, the summary.
 *
 * Every member is in docs/schemas/analyze.schema.json, and nothing else is.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/model/kind.h"
#include "base/model/observation.h"
#include "base/model/tool.h"
#include "report/origin_json.h"
#include "report/view.h"
#include "report/where.h"

static void line_begin(struct emit *j, struct buf *out, const char *type)
{
    emit_begin(j, out);
    emit_object(j);
    emit_member_str(j, "type", type);
}

static void line_end(struct emit *j)
{
    emit_object_end(j);
    buf_byte(j->out, '\n');
}

static void member_if(struct emit *j, const char *key, uint64_t v)
{
    if (v > 0) {
        emit_member_u64(j, key, v);
    }
}

static void flag_if(struct emit *j, const char *key, bool v)
{
    if (v) {
        emit_member_bool(j, key, true);
    }
}

static void addr_if(struct emit *j, const char *key, bool has, const struct addr *a)
{
    if (has) {
        emit_member_addr(j, key, a);
    }
}

static void addrs(struct emit *j, const char *key, const struct addr *a, size_t n)
{
    emit_key(j, key);
    emit_array(j);
    for (size_t i = 0; i < n; i++) {
        char text[ADDR_TEXT_MAX];
        size_t len = addr_format(&a[i], text);
        emit_text(j, bytes_of(text, len));
    }
    emit_array_end(j);
}

static void ports(struct emit *j, const struct finding *f)
{
    emit_key(j, "port_list");
    emit_array(j);
    for (size_t i = 0; i < f->port_n; i++) {
        emit_u64(j, f->port_list[i]);
    }
    emit_array_end(j);
}

static void tools(struct emit *j, const struct finding *f)
{
    emit_key(j, "tool");
    emit_array(j);
    for (size_t i = 0; i < f->tool_n; i++) {
        enum tool_mark m = (enum tool_mark)f->tools[i].mark;
        unsigned bits = tool_chance_bits(m);
        emit_object(j);
        emit_member_str(j, "name", tool_name(m));
        emit_member_str(j, "formula", tool_formula(m));
        emit_member_u64(j, "matched", f->tools[i].matched);
        emit_member_u64(j, "of", f->tools[i].of);
        emit_key(j, "chance");
        if (bits > 0) {
            emit_double(j, ldexp(1, -(int)bits), 18);
        } else {
            emit_null(j);
        }
        emit_object_end(j);
    }
    emit_array_end(j);
}

/* Where an observation stands. */
static void place(struct emit *j, const struct view *v, const char *key, uint64_t pos)
{
    const struct view_input *in = view_input_at(v, pos);
    if (in != NULL) {
        emit_key(j, key);
        emit_object(j);
        emit_member_str(j, "input", in->name);
        emit_member_u64(j, "offset", pos_offset(pos));
        emit_object_end(j);
    }
}

static void texts(struct emit *j, const struct finding *f)
{
    if (f->text_n == 0) {
        return;
    }
    emit_key(j, f->paths > 0 ? "path_sample" : "user_sample");
    emit_array(j);
    for (size_t i = 0; i < f->text_n; i++) {
        emit_str(j, f->texts[i]);
    }
    emit_array_end(j);
}

static void flows(struct emit *j, const struct finding *f)
{
    if (f->flows.n == 0) {
        return;
    }
    emit_key(j, "flow_sample");
    emit_array(j);
    for (size_t i = 0; i < f->flows.n; i++) {
        emit_object(j);
        emit_member_time(j, "time", f->flows.items[i].time_ns);
        emit_member_u64(j, "source_port", f->flows.items[i].source_port);
        member_if(j, "target_port", f->flows.items[i].target_port);
        emit_object_end(j);
    }
    emit_array_end(j);
}

/* Some of its records, for whoever looks at it. */
static void trace(struct emit *j, const struct view *v, const struct trace *t)
{
    if (t == NULL) {
        return;
    }
    emit_key(j, "packet_sample");
    emit_array(j);
    for (size_t i = 0; i < t->n; i++) {
        const struct trace_record *r = &t->records[i];
        emit_object(j);
        emit_member_time(j, "time", r->time_ns);
        emit_member_addr(j, "source", &r->src);
        member_if(j, "source_port", r->src_port);
        addr_if(j, "target", !addr_is_unspecified(&r->dst), &r->dst);
        member_if(j, "target_port", r->dst_port);
        emit_member_str(j, "text", r->text);
        place(j, v, "at", r->pos);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void decided(struct emit *j, const struct finding *f)
{
    emit_key(j, "decided");
    emit_object(j);
    emit_member_str(j, "counter", f->counter);
    emit_member_u64(j, "counted", f->counted);
    emit_member_u64(j, "threshold", f->threshold);
    emit_object_end(j);
}

static void member_double(struct emit *j, const char *key, double v)
{
    emit_key(j, key);
    emit_double(j, v, 6);
}

static void spoof(struct emit *j, const struct attribute_spoof_result *s)
{
    static const char *const verdicts[] = {[SPOOF_CANNOT_TELL] = "cannot-tell",
                                           [SPOOF_CONSISTENT] = "consistent",
                                           [SPOOF_UNLIKE] = "unlike"};
    emit_key(j, "forgery_test");
    emit_object(j);
    emit_member_str(j, "verdict", verdicts[s->verdict]);
    if (s->test != NULL) {
        emit_member_str(j, "test", s->test);
    }
    if (s->space != NULL) {
        emit_member_str(j, "space", s->space);
    }
    emit_member_u64(j, "sources", s->n);
    emit_member_u64(j, "bogon", s->bogon);
    emit_member_u64(j, "unannounced", s->unannounced);
    member_double(j, "impossible_expected", s->impossible_expected);
    member_double(j, "chance_impossible", s->p_impossible);
    member_double(j, "chance_real", s->p_real);
    member_double(j, "chance_spread", s->p_spread);
    member_double(j, "single_share", s->single_share);
    emit_object_end(j);
}

static void who(struct emit *j, const struct finding *f)
{
    emit_member_str(j, "id", f->id);
    emit_member_str(j, "definition", f->definition);
    emit_member_str(j, "kind", f->kind);
    emit_member_str(j, "technique", f->technique);
    emit_member_str(j, "protocol", f->protocol);
    bool one = f->has_initiator && (f->flags & FINDING_MANY) == 0;
    addr_if(j, "initiator", one, &f->initiator);
    emit_member_str(j, "side", view_side(f));
    addr_if(j, "remote", f->has_remote, &f->remote);
    addr_if(j, "victim", f->has_victim, &f->victim);
}

static void when(struct emit *j, const struct view *v, const struct finding *f)
{
    emit_member_time(j, "first", f->when.first_ns);
    emit_member_time(j, "last", f->when.last_ns);
    flag_if(j, "bounds", (f->flags & FINDING_BOUNDS) != 0);
    place(j, v, "first_at", f->when.first_pos);
    place(j, v, "last_at", f->when.last_pos);
}

static void counts(struct emit *j, const struct view *v, const struct view_finding *vf)
{
    const struct finding *f = vf->finding;
    emit_member_u64(j, (f->flags & FINDING_LOG) != 0 ? "lines" : "packets", f->packets);
    member_if(j, "bytes", f->bytes);
    emit_member_u64(j, "targets", f->targets);
    emit_member_u64(j, "ports", f->ports);
    ports(j, f);
    addrs(j, "target_sample", f->target_sample, f->target_n);
    emit_member_u64(j, "answered", f->answered);
    member_if(j, "pairs", f->pairs);
    member_if(j, "refused", f->refused);
    member_if(j, "sessions", f->sessions);
    member_if(j, "sources", f->sources);
    if (f->source_n > 0) {
        addrs(j, "source_sample", f->source_sample, f->source_n);
    }
    member_if(j, "peak", f->peak);
    if (f->ttl_most > 0) {
        emit_key(j, "ttl");
        emit_object(j);
        emit_member_u64(j, "least", f->ttl_least);
        emit_member_u64(j, "most", f->ttl_most);
        member_if(j, "kinds", f->ttl_kinds);
        emit_object_end(j);
    }
    member_if(j, "attempts", f->attempts);
    member_if(j, "accepted", f->accepted);
    member_if(j, "earlier", f->earlier);
    member_if(j, "users", f->users);
    member_if(j, "paths", f->paths);
    member_if(j, "missing", f->missing);
    member_if(j, "served", f->served);
    texts(j, f);
    flows(j, f);
    trace(j, v, vf->trace);
    flag_if(j, "at_least", (f->flags & FINDING_AT_LEAST) != 0);
    decided(j, f);
}

static void ladder(struct emit *j, const struct view *v, const struct view_finding *vf)
{
    struct ladder l;
    view_ladder(vf, v->sources, &l);
    if (l.failed) {
        j->out->failed = ST_NOMEM;
    } else {
        emit_key(j, "ladder");
        ladder_json(j, &l, vf->origin != NULL ? origin_cited(vf->origin) : 0);
    }
    ladder_fini(&l);
}

void report_json_finding(struct buf *out, const struct view *v, const struct view_finding *vf)
{
    const struct finding *f = vf->finding;
    struct kind_advice advice = kind_advise(f);
    struct emit j;
    line_begin(&j, out, (f->flags & FINDING_BELOW) != 0 ? "below" : "finding");
    who(&j, f);
    when(&j, v, f);
    counts(&j, v, vf);
    flag_if(&j, "one_way", (f->flags & FINDING_ONE_WAY) != 0);
    flag_if(&j, "inner", (f->flags & FINDING_INNER) != 0);
    flag_if(&j, "allowed", (f->flags & FINDING_ALLOWED) != 0);
    if ((f->flags & FINDING_PART) != 0) {
        emit_member_str(&j, "part_of", f->part_of);
    }
    tools(&j, f);
    emit_member_str(&j, "authentic", authentic_word(view_authentic(vf)));
    if (vf->tested) {
        spoof(&j, &vf->spoof);
    }
    if (vf->origin != NULL) {
        emit_key(&j, "origin");
        origin_json(&j, vf->origin, v->sources);
    }
    ladder(&j, v, vf);
    emit_member_str(&j, "question", kind_question_name(advice.question));
    emit_member_str(&j, "innocent_explanation", advice.innocent);
    emit_member_str(&j, "next_step", advice.step);
    line_end(&j);
}

static void remark_line(struct buf *out, const struct view *v, const struct remark *r)
{
    char sentence[REMARK_SENTENCE_MAX];
    struct emit j;
    line_begin(&j, out, "remark");
    emit_member_str(&j, "code", remark_name(r->code));
    emit_member_str(&j, "text", remark_sentence(r, sentence, sizeof(sentence)));
    if (r->input < v->input_n) {
        emit_member_str(&j, "input", v->inputs[r->input].name);
        emit_member_u64(&j, "offset", r->offset);
    }
    emit_member_u64(&j, "count", r->count);
    member_if(&j, "value", r->value);
    emit_member_bool(&j, "partial", r->partial);
    line_end(&j);
}

/* --- the summary ------------------------------------------------------------ */

static void inputs(struct emit *j, const struct view *v)
{
    emit_key(j, "inputs");
    emit_array(j);
    for (size_t i = 0; i < v->input_n; i++) {
        const struct view_input *in = &v->inputs[i];
        emit_object(j);
        emit_member_str(j, "name", in->name);
        emit_member_str(j, "format", in->format != NULL ? in->format : "unknown");
        emit_member_u64(j, "records", in->records);
        if (in->has_time) {
            emit_member_time(j, "first", in->first_ns);
        }
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void totals(struct emit *j, const struct summary *s)
{
    emit_member_u64(j, "packets", s->packets);
    emit_member_u64(j, "lines", s->lines);
    emit_member_u64(j, "bytes", s->wire_bytes);
    emit_key(j, "protocols");
    emit_object(j);
    emit_member_u64(j, "tcp", s->tcp);
    emit_member_u64(j, "udp", s->udp);
    emit_member_u64(j, "icmp", s->icmp);
    emit_member_u64(j, "arp", s->arp);
    emit_member_u64(j, "other", s->other);
    emit_object_end(j);
    if (s->has_time) {
        emit_member_time(j, "first", s->first_ns);
        emit_member_time(j, "last", s->last_ns);
    }
    member_if(j, "early", s->early);
    member_if(j, "lost", s->lost);
    emit_key(j, "connections");
    emit_object(j);
    emit_member_u64(j, "two_way", s->two_way);
    emit_member_u64(j, "one_way", s->one_way);
    emit_object_end(j);
}

static void locals(struct emit *j, const struct local_nets *l)
{
    emit_key(j, "local");
    emit_object(j);
    emit_member_str(j, "rule", local_rule_name(l->rule));
    emit_key(j, "networks");
    emit_array(j);
    for (size_t i = 0; i < l->n; i++) {
        char text[PREFIX_TEXT_MAX];
        size_t len = prefix_format(&l->nets[i], text);
        emit_text(j, bytes_of(text, len));
    }
    emit_array_end(j);
    emit_object_end(j);
}

static void logins(struct emit *j, const char *key, const struct summary_logins *l)
{
    emit_key(j, key);
    emit_object(j);
    emit_member_u64(j, "refused", l->refused);
    emit_member_u64(j, "accepted", l->accepted);
    emit_member_u64(j, "background_guessers", l->background_guessers);
    emit_member_u64(j, "background_attempts", l->background_attempts);
    emit_object_end(j);
}

static void background(struct emit *j, const struct summary *s)
{
    emit_key(j, "background");
    emit_object(j);
    emit_member_u64(j, "initiators", s->background_initiators);
    emit_member_u64(j, "packets", s->background_packets);
    emit_member_u64(j, "strays", s->strays);
    emit_member_u64(j, "probers", s->background_probers);
    emit_member_u64(j, "missing", s->background_missing);
    emit_object_end(j);
    emit_key(j, "logins");
    emit_object(j);
    logins(j, "log", &s->logins_log);
    logins(j, "capture", &s->logins_seen);
    emit_object_end(j);
    emit_member_u64(j, "requests", s->requests);
}

static int by_kind(const void *a, const void *b)
{
    const struct finding *const *x = a;
    const struct finding *const *y = b;
    return strcmp((*x)->kind, (*y)->kind);
}

/* The findings that count, by kind: `{"scan.vertical": 3}`. */
static void kinds(struct emit *j, const struct finding **sorted, size_t n)
{
    emit_key(j, "kinds");
    emit_object(j);
    for (size_t i = 0; i < n;) {
        size_t k = i;
        while (k < n && strcmp(sorted[i]->kind, sorted[k]->kind) == 0) {
            k++;
        }
        emit_member_u64(j, sorted[i]->kind, k - i);
        i = k;
    }
    emit_object_end(j);
}

static void found(struct emit *j, const struct view *v)
{
    CLEANUP(free_ptr)
    const struct finding **sorted = calloc(v->finding_n + 1, sizeof(*sorted));
    if (sorted == NULL) {
        j->out->failed = ST_NOMEM;
        return;
    }
    size_t n = 0;
    uint64_t allowed = 0;
    uint64_t below = 0;
    for (size_t i = 0; i < v->finding_n; i++) {
        const struct finding *f = v->findings[i].finding;
        if (view_counts(f)) {
            sorted[n++] = f;
        }
        below += (f->flags & FINDING_BELOW) != 0;
        allowed += (f->flags & (FINDING_BELOW | FINDING_ALLOWED)) == FINDING_ALLOWED;
    }
    qsort(sorted, n, sizeof(struct finding *), by_kind);
    emit_member_u64(j, "findings", n);
    kinds(j, sorted, n);
    emit_member_u64(j, "allowed", allowed);
    emit_member_u64(j, "below", below);
}

static void filter(struct emit *j, const struct view *v)
{
    const struct view_filter *f = &v->filter;
    if (f->kind == NULL && f->remote == NULL && !f->has_since && !f->has_until) {
        return;
    }
    emit_key(j, "selected");
    emit_object(j);
    if (f->kind != NULL) {
        emit_member_str(j, "kind", f->kind);
    }
    if (f->remote != NULL) {
        emit_member_str(j, "remote", f->remote);
    }
    if (f->has_since) {
        emit_member_time(j, "since", f->since_ns);
    }
    if (f->has_until) {
        emit_member_time(j, "until", f->until_ns);
    }
    emit_member_u64(j, "outside_got_in", v->outside_got_in);
    emit_object_end(j);
}

static void definitions(struct emit *j, const struct definition_set *set)
{
    char hash[DIGEST_TEXT_MAX];
    if (set == NULL) {
        return;
    }
    digest_format(&set->hash, hash);
    emit_key(j, "definitions");
    emit_object(j);
    emit_member_str(j, "set", set->name);
    emit_member_str(j, "sha256", hash);
    emit_object_end(j);
}

static void where(struct emit *j, const struct view *v)
{
    struct where w;
    enum status st;
    for (unsigned v6 = 0; v6 < 2; v6++) {
        if (where_make(v, v6 == 1, &w, &st)) {
            emit_key(j, v6 == 1 ? "where_ipv6" : "where");
            where_json(j, &w, v->baselines[v6]);
        } else if (st != ST_OK) {
            j->out->failed = st;
        }
    }
}

static void summary_line(struct buf *out, const struct view *v)
{
    struct emit j;
    line_begin(&j, out, "summary");
    if (v->version != NULL) {
        emit_member_str(&j, "version", v->version);
    }
    inputs(&j, v);
    totals(&j, v->summary);
    locals(&j, &v->summary->locals);
    found(&j, v);
    filter(&j, v);
    where(&j, v);
    background(&j, v->summary);
    definitions(&j, v->definitions);
    emit_key(&j, "sources");
    origin_json_sources(&j, v->sources);
    line_end(&j);
}

void report_json(struct buf *out, const struct view *v)
{
    for (size_t i = 0; i < v->finding_n; i++) {
        report_json_finding(out, v, &v->findings[i]);
    }
    for (size_t i = 0; i < v->remark_n; i++) {
        remark_line(out, v, &v->remarks[i]);
    }
    summary_line(out, v);
}
