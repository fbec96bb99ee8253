/* cli/calibrate_tell.c - exhibit calibrate report: judgements side by side, and what makes
 * them differ. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/calibrate_parts.h"
#include "cli/output.h"
#include "cli/say.h"
#include "report/calibrate.h"

enum { OUT_BYTES = 64 << 20 };

/* --- the captures under everybody's definitions ------------------------------------ */

/* Runs of one scenario's capture. */
struct probe {
    const char *path;
    const struct calibrate_scenario *scenario;
    size_t *left;
};

static enum status run_probe(void *ctx, const struct definition_set *set, bool *ret)
{
    struct probe *p = ctx;
    if (*p->left == 0) {
        return ST_LIMIT;
    }
    --*p->left;
    return calibrate_look(p->path, p->scenario, set, ret, NULL) ? ST_OK : ST_SYS;
}

/* Is there a party before this one with the same definitions? */
static int as_before(const struct calibrate_fold *f, size_t party)
{
    for (size_t i = 0; i < party; i++) {
        if (f->seat[i].judged != NULL &&
            memcmp(&f->seat[i].judged->definitions.hash, &f->seat[party].judged->definitions.hash,
                   sizeof(struct digest)) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static enum status look_at_all(const struct calibrate_fold *f, struct probe *p,
                               struct calibrate_seen *row)
{
    for (size_t i = 0; i < f->terms->party_n; i++) {
        if (f->seat[i].judged == NULL) {
            continue;
        }
        int old = as_before(f, i);
        if (old >= 0) {
            row[i] = row[old];
            continue;
        }
        if (*p->left == 0) {
            return ST_LIMIT;
        }
        --*p->left;
        if (!calibrate_look(p->path, p->scenario, &f->seat[i].judged->definitions, &row[i].found,
                            row[i].definition)) {
            return ST_SYS;
        }
        row[i].looked = true;
    }
    return ST_OK;
}

static enum status add_difference(struct calibrate_view *v, size_t scenario, size_t without,
                                  size_t with, const struct calibrate_probe *probe)
{
    struct calibrate_difference *more =
        realloc(v->differences, (v->difference_n + 1) * sizeof(*more));
    if (more == NULL) {
        return ST_NOMEM;
    }
    v->differences = more;
    struct calibrate_difference *d = &more[v->difference_n];
    *d = (struct calibrate_difference){.scenario = scenario, .without = without, .with = with};
    TRY(calibrate_flips_find(&v->fold->seat[without].judged->definitions,
                             &v->fold->seat[with].judged->definitions, probe, &d->flips));
    v->difference_n++;
    return ST_OK;
}

/* Each pair of parties under whose definitions the capture is told otherwise; two with
 * the same definitions are one. */
static enum status compare(struct calibrate_view *v, size_t scenario, struct probe *p)
{
    const struct calibrate_probe probe = {.ctx = p, .found = run_probe};
    const struct calibrate_seen *row = v->seen[scenario];
    size_t n = v->fold->terms->party_n;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            bool both = row[i].looked && row[k].looked && !row[i].found && row[k].found;
            if (both && as_before(v->fold, i) < 0 && as_before(v->fold, k) < 0) {
                TRY(add_difference(v, scenario, i, k, &probe));
            }
        }
    }
    return ST_OK;
}

static bool look(const struct calibrate_job *job, struct calibrate_view *v)
{
    const struct calibrate_round *r = v->fold->terms;
    size_t left = LIMIT_CALIBRATE_RUNS;
    char path[PATH_MAX];
    v->seen = calloc(r->scenario_n, sizeof(*v->seen));
    if (v->seen == NULL) {
        return false;
    }
    for (size_t i = 0; i < r->scenario_n; i++) {
        struct probe p = {.path = path, .scenario = &r->scenario[i], .left = &left};
        if (!calibrate_capture(job, &r->scenario[i], path, sizeof(path))) {
            return false;
        }
        enum status st = look_at_all(v->fold, &p, v->seen[i]);
        st = st != ST_OK ? st : compare(v, i, &p);
        if (st != ST_OK) {
            say_fault(path, st, NULL);
            return false;
        }
    }
    return true;
}

/* --- the report ------------------------------------------------------------------- */

/* 0: all have revealed what they committed to; 1: somebody did otherwise; 2: not yet. To the reader
 * who has still to reveal, that is no breach: nothing keeps him from it. */
static int verdict(const struct calibrate_view *v)
{
    const struct calibrate_fold *f = v->fold;
    int status = f->revealed == f->terms->party_n ? ACCORD_DONE : ACCORD_COULD_NOT;
    for (size_t i = 0; i < f->terms->party_n; i++) {
        const struct calibrate_seat *s = &f->seat[i];
        int64_t since = 0;
        bool proven = false;
        if (s->state == CALIBRATE_MISFIT || s->unready || calibrate_equivocal(s) ||
            (i != v->self && calibrate_withheld(f, i, &since, &proven) && proven)) {
            status = ACCORD_FAILS;
        }
    }
    return status;
}

static void view_fini(struct calibrate_view *v)
{
    free(v->seen);
    free(v->differences);
}

static int tell(const struct calibrate_job *job, const struct calibrate_view *v)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    const struct accord_job a = {.output = job->output};
    int status = verdict(v);
    struct document d;
    if (job->json) {
        report_calibrate_json(&out, v);
    } else {
        document_begin(&d, &out, job->html, "Calibration");
        if (!job->html && job->output == NULL) {
            struct terminal_options t = output_terminal(COLOUR_AUTO);
            document_terminal(&d, t.columns, t.colour, t.unicode);
        }
        report_calibrate(&d, v);
        document_end(&d);
    }
    if (out.failed != ST_OK || job->output == NULL) {
        return accord_answer(&out, status);
    }
    int failed = accord_write(&a, buf_bytes(&out));
    return failed != ACCORD_DONE ? failed : status;
}

int calibrate_report(const struct calibrate_job *job, char **operands)
{
    CLEANUP(calibrate_desk_fini) struct calibrate_desk d = {.self = 0};
    CLEANUP(view_fini) struct calibrate_view v = {.fold = NULL};
    int failed = calibrate_take_in(job, operands, &d);
    if (failed != 0) {
        return failed;
    }
    v.fold = d.fold;
    v.self = d.self;
    /* Who has not shown his own judgements is not shown those of others. */
    v.open = d.fold->seat[d.self].reveal != NULL;
    if (v.open && job->scenarios != NULL && !look(job, &v)) {
        return ACCORD_COULD_NOT;
    }
    return tell(job, &v);
}
