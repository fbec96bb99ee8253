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

static bool same_address(bool has_a, const struct addr *a, bool has_b, const struct addr *b)
{
    return has_a == has_b && (!has_a || memcmp(a, b, sizeof(*a)) == 0);
}

/* Is it about the same act? Kind, who and whom, and times that meet. */
static bool same_act(const struct finding *f, const struct finding *g)
{
    return strcmp(f->kind, g->kind) == 0 && strcmp(f->technique, g->technique) == 0 &&
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

static void tell_text(struct document *d, const struct finding *f, const struct finding *below,
                      const char *under, const char *other)
{
    char who[ADDR_TEXT_MAX], when[TIME_TEXT_MAX], line[1024], why[256] = "";
    name_of(f, who);
    (void)time_format_short(f->when.first_ns, when);
    if (below != NULL) {
        (void)snprintf(why, sizeof(why), "; under the %s one %llu of %llu %s", other,
                       (unsigned long long)below->counted, (unsigned long long)below->threshold,
                       below->counter);
    }
    (void)snprintf(line, sizeof(line),
                   "%s, %s, from %s UTC: counts under the %s accord alone (%llu %s, %llu are "
                   "asked for)%s.",
                   who, f->definition, when, under, (unsigned long long)f->counted, f->counter,
                   (unsigned long long)f->threshold, why);
    document_text(d, line);
}

/* What is in a and has no counterpart in b. */
static size_t tell_one_way(const struct accord_job *job, struct document *d,
                           const struct finding_list *a, const struct finding_list *b,
                           const char *under)
{
    size_t told = 0;
    for (size_t i = 0; i < a->n; i++) {
        const struct finding *f = a->items[i];
        if ((f->flags & FINDING_BELOW) != 0 || counterpart(f, b, false) != NULL) {
            continue;
        }
        const struct finding *below = counterpart(f, b, true);
        told++;
        if (job->json) {
            tell_json(d->out, f, below, under);
        } else {
            tell_text(d, f, below, under, strcmp(under, "old") == 0 ? "new" : "old");
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
                   "%zu findings count under both; %zu under the old accord alone, %zu under the "
                   "new one alone.",
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
    size_t one = tell_one_way(job, &d, &a->reading.findings, &b->reading.findings, "old");
    size_t two = tell_one_way(job, &d, &b->reading.findings, &a->reading.findings, "new");
    sum_up(job, &d, count_both(&a->reading.findings, &b->reading.findings), one, two);
    return a->partial || b->partial ? ACCORD_COULD_NOT : ACCORD_DONE;
}
