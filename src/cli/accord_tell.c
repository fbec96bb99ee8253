/* cli/accord_tell.c - exhibit accord show|check|diff|list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/timefmt.h"
#include "base/os/file.h"
#include "cli/accord_parts.h"
#include "cli/output.h"
#include "cli/say.h"
#include "exchange/talk/keeping.h"

enum { OUT_BYTES = 64 << 20 };

/* A document in the form that was asked for. */
static void begin_document(const struct accord_job *job, struct document *d, struct buf *out,
                           const char *title)
{
    document_begin(d, out, job->html, title);
    if (!job->html && job->output == NULL) {
        struct terminal_options t = output_terminal(COLOUR_AUTO);
        document_terminal(d, t.columns, t.colour, t.unicode);
    }
}

static int deliver(const struct accord_job *job, const struct buf *out, int status)
{
    if (out->failed != ST_OK || job->output == NULL) {
        return accord_answer(out, status);
    }
    int failed = accord_write(job, buf_bytes(out));
    return failed != ACCORD_DONE ? failed : status;
}

static struct accord_view view_of(const struct accord_loaded *l)
{
    return (struct accord_view){.standing = l->standing,
                                .version = l->from_home
                                               ? accord_standing_now(l->standing)
                                               : &l->standing->version[l->standing->newest],
                                .self = l->home != NULL ? l->home->config.name : NULL};
}

/* Definitions that hold, as `analyze --definitions` reads them. */
static int show_rules(const struct accord_job *job, const struct accord *a)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    if (!a->has_definitions) {
        say("accord show --rules: this accord has no definitions");
        return ACCORD_FAILS;
    }
    definition_set_write(&a->definitions, &out);
    buf_byte(&out, '\n');
    return deliver(job, &out, ACCORD_DONE);
}

static int show_policy(const struct accord_job *job, const struct accord *a)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    if (accord_party_find(a, job->policy) == NULL) {
        say("accord show --policy %s: no party of this accord", job->policy);
        return ACCORD_COULD_NOT;
    }
    accord_policy_write(a, job->policy, &out);
    return deliver(job, &out, ACCORD_DONE);
}

int accord_show(const struct accord_job *job, char **operands)
{
    CLEANUP(accord_loaded_fini) struct accord_loaded l = {.home = NULL};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    CLEANUP(free_ptr) struct accord_trial *trials = NULL;
    struct fault why = {0};
    struct document d;
    int failed = accord_load(job, operands[0], &l);
    if (failed != 0) {
        return failed;
    }
    struct accord_view v = view_of(&l);
    if (job->rules || job->policy != NULL) {
        return job->rules ? show_rules(job, v.version->accord)
                          : show_policy(job, v.version->accord);
    }
    enum status st = l.home != NULL
                         ? accord_trials(l.home, v.version->accord->id, &trials, &v.trial_n, &why)
                         : ST_OK;
    if (st != ST_OK) {
        return accord_failed(l.home->path, st, &why);
    }
    v.trials = trials;
    if (job->json) {
        report_accord_json(&out, &v, "accord");
    } else {
        begin_document(job, &d, &out, v.version->accord->title);
        report_accord(&d, &v);
        document_end(&d);
    }
    return deliver(job, &out, ACCORD_DONE);
}

/* 0: signed by all with keys that the reader knows, and cosigned by the witnesses that it
 * asks for; 1: not; 2: he cannot tell. */
static int verdict(const struct accord_view *v)
{
    const struct accord_standing *s = v->standing;
    bool known = true, held = true;
    for (size_t i = 0; i < v->version->accord->party_n; i++) {
        known = known && accord_member_find(s, v->version->accord->party[i].name)->confirmed;
        held = held && v->version->signed_by[i] &&
               (accord_witnessed(v->version, i) ||
                accord_left(s, v->version, v->version->accord->party[i].name) != NULL);
    }
    held = held && v->version->complete && !s->contradiction && s->equivocation == NULL &&
           s->state != ACCORD_ENDED;
    return !held ? ACCORD_FAILS : known ? ACCORD_DONE : ACCORD_COULD_NOT;
}

int accord_check(const struct accord_job *job, char **operands)
{
    CLEANUP(accord_loaded_fini) struct accord_loaded l = {.home = NULL};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    struct document d;
    int failed = accord_load(job, operands[0], &l);
    if (failed != 0) {
        return failed;
    }
    struct accord_view v = view_of(&l);
    if (job->json) {
        report_accord_json(&out, &v, "accord-standing");
    } else {
        begin_document(job, &d, &out, v.version->accord->title);
        report_accord_check(&d, &v);
        document_end(&d);
    }
    return deliver(job, &out, verdict(&v));
}

/* --- diff --------------------------------------------------------------------------- */

static void diff_json(const struct accord_differences *list, struct buf *out)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct accord_difference *f = &list->list[i];
        struct emit j;
        emit_begin(&j, out);
        emit_object(&j);
        emit_member_str(&j, "type", "difference");
        emit_member_str(&j, "about", f->about);
        emit_member_str(&j, "what", f->what);
        emit_member_str(&j, "old", f->old);
        emit_member_str(&j, "new", f->now);
        emit_member_str(&j, "text", f->says);
        emit_object_end(&j);
        buf_byte(out, '\n');
    }
}

static int diff_two(const struct accord_job *job, const struct accord *old,
                    const struct accord *now)
{
    CLEANUP(accord_differences_fini) struct accord_differences list = {.n = 0};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    struct document d;
    int status = ACCORD_DONE;
    enum status st = accord_differ(old, now, &list);
    if (st != ST_OK) {
        return accord_failed("accord diff", st, NULL);
    }
    if (job->json) {
        diff_json(&list, &out);
    } else {
        begin_document(job, &d, &out, "What differs");
        report_accord_diff(&d, list.list, list.n);
    }
    if (job->on.n > 0) {
        status = accord_diff_on(job, old, now, &out);
    }
    if (!job->json) {
        document_end(&d);
    }
    return deliver(job, &out, status);
}

int accord_diff(const struct accord_job *job, char **operands)
{
    CLEANUP(accord_loaded_fini) struct accord_loaded a = {.home = NULL}, b = {.home = NULL};
    if (job->html && job->on.n > 0) {
        say("accord diff: --html and --on exclude each other");
        return ACCORD_COULD_NOT;
    }
    int failed = accord_load(job, operands[0], &a);
    if (failed != 0) {
        return failed;
    }
    if (operands[1] != NULL) {
        failed = accord_load(job, operands[1], &b);
        return failed != 0
                   ? failed
                   : diff_two(job, view_of(&a).version->accord, view_of(&b).version->accord);
    }
    const struct accord_version *now = &a.standing->version[a.standing->newest];
    if (now->before < 0) {
        say("%s: it has one version: name another accord to compare it with", operands[0]);
        return ACCORD_COULD_NOT;
    }
    return diff_two(job, a.standing->version[now->before].accord, now->accord);
}

/* --- list --------------------------------------------------------------------------- */

static void list_json(const struct accord_standing *s, struct buf *out)
{
    struct accord_view v = {.standing = s, .version = accord_standing_now(s)};
    report_accord_json(out, &v, "accord-standing");
}

/* A proposal that names one who has left cannot come into force. */
static void list_proposed(const struct accord_standing *s, const struct accord_version *v,
                          struct buf *line)
{
    buf_printf(line, "; version %u is proposed", v->accord->version);
    for (size_t i = 0; i < v->accord->party_n; i++) {
        const char *name = v->accord->party[i].name;
        if (!v->signed_by[i] && accord_left(s, v, name) != NULL) {
            buf_printf(line, ", and names %s, which has left: amend once more", name);
        }
    }
}

static void list_line(const struct accord_standing *s, const char *self, struct document *d)
{
    const struct accord_version *v = accord_standing_now(s);
    CLEANUP(buf_fini) struct buf line = BUF_INIT(1 << 16);
    const struct accord_leave *gone = NULL;
    char name[16];
    buf_printf(&line, "%s, version %u, with",
               s->contradiction ? "contradicted" : accord_state_word(s->state), v->accord->version);
    for (size_t i = 0, n = 0; i < v->accord->party_n; i++) {
        if (strcmp(v->accord->party[i].name, self) != 0) {
            const struct accord_leave *left = accord_left(s, v, v->accord->party[i].name);
            char when[TIME_TEXT_MAX] = "";
            if (left != NULL) {
                (void)time_format_short(left->time_ns, when);
            }
            buf_printf(&line, "%s %s%s%s%s", n++ > 0 ? "," : "", v->accord->party[i].name,
                       left != NULL       ? " (left "
                       : !v->signed_by[i] ? " (not signed"
                                          : "",
                       when, left != NULL || !v->signed_by[i] ? ")" : "");
            gone = left != NULL ? left : gone;
        }
    }
    if (s->in_force >= 0 && s->newest != s->in_force) {
        list_proposed(s, &s->version[s->newest], &line);
    } else if (gone != NULL && s->state == ACCORD_IN_FORCE) {
        buf_printf(&line, "; accord amend leaves out %s", gone->party);
    }
    buf_byte(&line, '\0');
    (void)snprintf(name, sizeof(name), "%.8s", v->accord->id);
    if (line.failed == ST_OK) {
        document_row(d, name, (const char *)line.data);
    }
}

static enum status list_one(const struct accord_job *job, const struct evidence_home *home,
                            const char *id, struct document *d, struct fault *why)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_HANDED_BYTES);
    CLEANUP(exchange_handed_freep) struct exchange_handed *handed = NULL;
    CLEANUP(accord_standing_freep) struct accord_standing *s = NULL;
    TRY(accord_gather(home, id, &file, why));
    TRY(exchange_handed_read(buf_bytes(&file), &handed, why));
    TRY(accord_standing_make(handed, home, NULL, &s, why));
    if (job->json) {
        list_json(s, d->out);
    } else {
        list_line(s, home->config.name, d);
    }
    return ST_OK;
}

int accord_list(const struct accord_job *job, char **operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *home = NULL;
    CLEANUP(exchange_kept_list_fini) struct exchange_kept_list all = {0};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    struct fault why = {0};
    struct document d;
    size_t n = 0;
    int status = ACCORD_DONE;
    (void)operands;
    if (!home_get(job->home, &home)) {
        return ACCORD_COULD_NOT;
    }
    enum status st = exchange_kept_all(home, ACCORD_TYPE, &all, &why);
    begin_document(job, &d, &out, "Accords");
    for (size_t i = 0; i < all.n && st == ST_OK; i++) {
        const struct exchange_statement *s = all.item[i]->statement;
        bool told = s->answers; /* not a first version, or one of two under one id */
        for (size_t k = 0; k < i && !told; k++) {
            told = strcmp(all.item[k]->statement->id, s->id) == 0;
        }
        if (!told) {
            enum status one = list_one(job, home, s->id, &d, &why);
            if (one != ST_OK) { /* the others can be told all the same */
                status = accord_failed(s->id, one, &why);
            }
            n++;
        }
    }
    if (st != ST_OK) {
        return accord_failed(home->path, st, &why);
    }
    if (n == 0 && !job->json) {
        buf_str(&out, "No accords (exhibit accord new)\n");
    }
    return accord_answer(&out, status);
}
