/* cli/accord_on.c - one capture under two sets of definitions: what counts where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/timefmt.h"
#include "cli/accord_parts.h"
#include "cli/analysis.h"
#include "cli/output.h"
#include "cli/say.h"

/* Findings of one run, those below a threshold among them (to tell why). */
static struct analysis *run(const struct accord_job *job, const struct definition_set *set)
{
    struct analysis *a = analysis_new("accord diff");
    if (a == NULL) {
        return NULL;
    }
    a->unlocated = true;
    a->settings.definitions = *set;
    a->settings.explain = true;
    a->settings.quiet = true;
    if (!analysis_open(a, (char **)(uintptr_t)job->on.v, (int)job->on.n) || !analysis_read(a)) {
        analysis_free(a);
        return NULL;
    }
    return a;
}

/* Some rules tell whom an act was against, others do not: then that decides nothing. */
static bool same_address(bool has_a, const struct addr *a, bool has_b, const struct addr *b)
{
    return !has_a || !has_b || addr_equal(a, b);
}

/* By definitions of one name? Others may call the same technique otherwise. */
static bool same_definition(const struct finding *f, const struct finding *g)
{
    size_t n = strcspn(f->definition, "/");
    return strncmp(f->definition, g->definition, n) == 0 && g->definition[n] == '/';
}

/* Is it about the same act? Kind, who and whom, and times that meet. */
static bool same_act(const struct finding *f, const struct finding *g)
{
    return strcmp(f->kind, g->kind) == 0 && f->has_initiator == g->has_initiator &&
           (!same_definition(f, g) || strcmp(f->technique, g->technique) == 0) &&
           same_address(f->has_initiator, &f->initiator, g->has_initiator, &g->initiator) &&
           same_address(f->has_victim, &f->victim, g->has_victim, &g->victim) &&
           f->when.first_ns <= g->when.last_ns && g->when.first_ns <= f->when.last_ns;
}

static const struct finding *counterpart(const struct finding *f, const struct finding_list *l,
                                         bool below)
{
    for (size_t i = 0; i < l->n; i++) {
        bool is_below = (l->items[i]->flags & FINDING_BELOW) != 0;
        if (is_below == below && same_act(f, l->items[i])) {
            return l->items[i];
        }
    }
    return NULL;
}

static void name_of(const struct finding *f, char out[ADDR_TEXT_MAX])
{
    const struct addr *a = f->has_initiator ? &f->initiator : f->has_victim ? &f->victim : NULL;
    (void)snprintf(out, ADDR_TEXT_MAX, "many");
    if (a != NULL) {
        (void)addr_format(a, out);
    }
}

static void tell_json(struct buf *out, const struct finding *f, const struct finding *below,
                      const char *under)
{
    char who[ADDR_TEXT_MAX];
    struct emit j;
    name_of(f, who);
    emit_begin(&j, out);
    emit_object(&j);
    emit_member_str(&j, "type", "counts-under");
    emit_member_str(&j, "under", under);
    emit_member_str(&j, "definition", f->definition);
    emit_member_str(&j, "address", who);
    emit_member_time(&j, "first", f->when.first_ns);
    emit_member_time(&j, "last", f->when.last_ns);
    emit_member_str(&j, "counter", f->counter);
    emit_member_u64(&j, "counted", f->counted);
    emit_member_u64(&j, "threshold", f->threshold);
    if (below != NULL) {
        emit_member_u64(&j, "other_counted", below->counted);
        emit_member_u64(&j, "other_threshold", below->threshold);
    }
    emit_object_end(&j);
    buf_byte(out, '\n');
}

/* One set of definitions, and what was found by it. */
struct side {
    const char *name; /* "old", "new" */
    const struct definition_set *set;
    const struct finding_list *findings;
};

static const struct definition *by_kind(const struct definition_set *set, const char *kind)
{
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->items[i].kind, kind) == 0) {
            return &set->items[i];
        }
    }
    return NULL;
}

/* Why the other side does not count it: how near it came, or what it asks instead. */
static void say_why(const struct finding *f, const struct finding *below, const struct side *self,
                    const struct side *other, struct buf *out)
{
    const struct definition *a = by_kind(self->set, f->kind), *b = by_kind(other->set, f->kind);
    if (below != NULL) {
        buf_printf(out, "; under the %s one %llu of %llu", other->name,
                   (unsigned long long)below->counted, (unsigned long long)below->threshold);
        return;
    }
    if (a == NULL || b == NULL || a->method != b->method) {
        buf_printf(out, "; the %s one has no such definition", other->name);
        return;
    }
    for (size_t i = 0, n = 0; method_param_name(a->method, i) != NULL; i++) {
        if (a->params[i] != b->params[i]) {
            buf_printf(out, "%s %s %lld instead of %lld", n++ == 0 ? "; the other one has" : ",",
                       method_param_name(a->method, i), (long long)b->params[i],
                       (long long)a->params[i]);
        }
    }
}

static void tell_text(struct document *d, const struct finding *f, const struct finding *below,
                      const struct side *self, const struct side *other)
{
    CLEANUP(buf_fini) struct buf line = BUF_INIT(4096);
    char who[ADDR_TEXT_MAX], when[TIME_TEXT_MAX];
    name_of(f, who);
    (void)time_format_short(f->when.first_ns, when);
    buf_printf(&line, "%s, %s, from %s UTC: counts under the %s accord alone", who, f->definition,
               when, self->name);
    if (f->threshold > 0) {
        buf_printf(&line, " (%s: %llu of %llu)", f->counter, (unsigned long long)f->counted,
                   (unsigned long long)f->threshold);
    }
    say_why(f, below, self, other, &line);
    buf_str(&line, ".");
    buf_byte(&line, '\0');
    if (line.failed != ST_OK) {
        d->out->failed = line.failed;
        return;
    }
    document_text(d, (const char *)line.data);
}

/* What is in a and has no counterpart in b. */
static size_t tell_one_way(const struct accord_job *job, struct document *d,
                           const struct side *self, const struct side *other)
{
    size_t told = 0;
    for (size_t i = 0; i < self->findings->n; i++) {
        const struct finding *f = self->findings->items[i];
        if ((f->flags & FINDING_BELOW) != 0 || counterpart(f, other->findings, false) != NULL) {
            continue;
        }
        const struct finding *below = counterpart(f, other->findings, true);
        told++;
        if (job->json) {
            tell_json(d->out, f, below, self->name);
        } else {
            tell_text(d, f, below, self, other);
        }
    }
    return told;
}

static size_t count_both(const struct finding_list *a, const struct finding_list *b)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        n += (a->items[i]->flags & FINDING_BELOW) == 0 && counterpart(a->items[i], b, false) != NULL
                 ? 1
                 : 0;
    }
    return n;
}

static void sum_up(const struct accord_job *job, struct document *d, size_t both, size_t one,
                   size_t two)
{
    char line[256];
    struct emit j;
    if (job->json) {
        emit_begin(&j, d->out);
        emit_object(&j);
        emit_member_str(&j, "type", "counts");
        emit_member_u64(&j, "both", both);
        emit_member_u64(&j, "old_alone", one);
        emit_member_u64(&j, "new_alone", two);
        emit_object_end(&j);
        buf_byte(d->out, '\n');
        return;
    }
    (void)snprintf(line, sizeof(line),
                   "Findings under both: %zu; under the old accord alone: %zu; under the new one "
                   "alone: %zu.",
                   both, one, two);
    document_text(d, line);
}

int accord_diff_on(const struct accord_job *job, const struct accord *old, const struct accord *now,
                   struct buf *out)
{
    struct document d;
    if (!old->has_definitions || !now->has_definitions) {
        say("accord diff --on: %s accord has no definitions",
            old->has_definitions ? "the new" : "the old");
        return ACCORD_COULD_NOT;
    }
    CLEANUP(analysis_freep) struct analysis *a = run(job, &old->definitions);
    CLEANUP(analysis_freep) struct analysis *b = a != NULL ? run(job, &now->definitions) : NULL;
    if (a == NULL || b == NULL) {
        return ACCORD_COULD_NOT;
    }
    document_begin(&d, out, false, "");
    if (!job->json) {
        d.l.lines = 1; /* it goes on behind the terms */
        document_heading(&d, "What counts in these files");
    }
    const struct side was = {"old", &old->definitions, &a->reading.findings},
                      is = {"new", &now->definitions, &b->reading.findings};
    size_t one = tell_one_way(job, &d, &was, &is), two = tell_one_way(job, &d, &is, &was);
    sum_up(job, &d, count_both(&a->reading.findings, &b->reading.findings), one, two);
    return a->partial || b->partial ? ACCORD_COULD_NOT : ACCORD_DONE;
}
