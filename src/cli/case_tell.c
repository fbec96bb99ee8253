/* cli/case_tell.c - exhibit case list|show. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os/clock.h"
#include "base/os/file.h"
#include "cli/case_parts.h"
#include "cli/output.h"
#include "cli/say.h"

enum { OUT_BYTES = 64 << 20 };

static void begin(const struct case_job *job, struct document *d, struct buf *out,
                  const char *title)
{
    document_begin(d, out, job->html, title);
    if (!job->html && job->output == NULL) {
        struct terminal_options t = output_terminal(COLOUR_AUTO);
        document_terminal(d, t.columns, t.colour, t.unicode);
    }
}

int case_list_all(const struct case_job *job, char **operands)
{
    CLEANUP(case_open_fini) struct case_open o = {.home = NULL};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    struct document d;
    struct fault why = {0};
    int64_t now = 0;
    (void)operands;
    if (!case_now(job, &now) || !home_get(job->home, &o.home)) {
        return CASE_COULD_NOT;
    }
    enum status st = case_all(o.home, &o.list, &why);
    if (st != ST_OK) {
        return case_failed(o.home->path, st, &why);
    }
    begin(job, &d, &out, "Cases");
    for (size_t i = 0; i < o.list.n; i++) {
        struct case_view v = {.one = &o.list.one[i], .self = o.home->config.name, .now_ns = now};
        if (job->json) {
            report_case_json(&out, &v, false);
        } else {
            report_case_row(&d, &v);
        }
    }
    if (o.list.n == 0 && !job->json) {
        buf_str(&out, "No cases (exhibit case new, case receive)\n");
    }
    return accord_answer(&out, CASE_DONE);
}

/* One file beside the others; a name that is taken is not written over. */
static int write_one(const struct evidence_home *home, const char *folder,
                     const struct case_exhibit_view *e)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_HANDED_BYTES);
    char path[PATH_MAX];
    struct fault why = {0};
    int n = snprintf(path, sizeof(path), "%s/%s", folder, e->file->name);
    enum status st = exchange_file_get(home, &e->file->hash, &file, &why);
    if (st != ST_OK) {
        return case_failed(e->file->name, st == ST_END ? ST_MISMATCH : st, &why);
    }
    if (n < 0 || n >= (int)sizeof(path) || access(path, F_OK) == 0) {
        say("%s/%s: it is there already, and is not written over", folder, e->file->name);
        return CASE_COULD_NOT;
    }
    st = file_write(path, buf_bytes(&file), 0644, &why);
    if (st != ST_OK) {
        return case_failed(path, st, &why);
    }
    say("%s: of %s", path, e->by);
    return CASE_DONE;
}

int case_enclosed(const struct case_job *job, char **operands)
{
    CLEANUP(case_open_fini) struct case_open o = {.home = NULL};
    struct case_view v;
    struct fault why = {0};
    if (job->output == NULL) {
        say("case enclosed: --output FOLDER: where to?");
        return CASE_COULD_NOT;
    }
    int bad = case_open(job, operands[0], false, &o);
    if (bad != CASE_DONE) {
        return bad;
    }
    enum status st = case_view_of(&o, clock_now_ns(), &v, &why);
    if (st != ST_OK) {
        return case_failed(o.home->path, st, &why);
    }
    if (mkdir(job->output, 0777) != 0 && errno != EEXIST) {
        bad = case_failed(job->output, fault_sys(&why, errno, "making the folder"), &why);
    }
    for (size_t i = 0; i < v.exhibit_n && bad == CASE_DONE; i++) {
        bad = write_one(o.home, job->output, &v.exhibits[i]);
    }
    case_view_fini(&v);
    return bad;
}

/* Again, today, by the policy of today. *worst: the exit status. */
static int verify_again(const struct case_job *job, const struct case_open *o,
                        struct case_exhibit_view *e, int *worst)
{
    CLEANUP(buf_fini) struct buf policy = BUF_INIT(LIMIT_POLICY_BYTES);
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_HANDED_BYTES);
    struct case_proof proof = {.claims = NULL};
    struct fault why = {0};
    enum status st = exchange_file_get(o->home, &e->file->hash, &file, &why);
    if (st != ST_OK) {
        return case_failed(e->file->name, st == ST_END ? ST_MISMATCH : st, &why);
    }
    if (!case_policy(job, o->home, e->by, &policy)) {
        return CASE_COULD_NOT;
    }
    const struct case_proving p = {.name = e->file->name,
                                   .policy_file = job->policy,
                                   .exhibit = buf_bytes(&file),
                                   .policy = buf_bytes(&policy),
                                   .now_ns = clock_now_ns()};
    if (!case_prove(&p, &proof)) {
        *worst = CASE_COULD_NOT; /* said; the others can be told */
        return CASE_DONE;
    }
    e->now = json_incref(proof.verdict);
    *worst = proof.status > *worst ? proof.status : *worst;
    case_proof_fini(&proof);
    return CASE_DONE;
}

static int show_view(const struct case_job *job, const struct case_view *v, int status)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    struct document d;
    if (job->json) {
        report_case_json(&out, v, true);
    } else {
        begin(job, &d, &out, "Case");
        report_case(&d, v);
        document_end(&d);
    }
    if (out.failed != ST_OK || job->output == NULL) {
        return accord_answer(&out, status);
    }
    const struct accord_job as = {.output = job->output};
    int bad = accord_write(&as, buf_bytes(&out));
    return bad != CASE_DONE ? bad : status;
}

int case_show(const struct case_job *job, char **operands)
{
    CLEANUP(case_open_fini) struct case_open o = {.home = NULL};
    struct case_view v;
    struct fault why = {0};
    int64_t now = 0;
    int worst = CASE_DONE;
    if (!case_now(job, &now)) {
        return CASE_COULD_NOT;
    }
    int bad = case_open(job, operands[0], false, &o);
    if (bad != CASE_DONE) {
        return bad;
    }
    enum status st = case_view_of(&o, now, &v, &why);
    if (st != ST_OK) {
        return case_failed(o.home->path, st, &why);
    }
    for (size_t i = 0; i < v.exhibit_n && job->verify && bad == CASE_DONE; i++) {
        bad = verify_again(job, &o, (struct case_exhibit_view *)(uintptr_t)&v.exhibits[i], &worst);
    }
    bad = bad != CASE_DONE ? bad : show_view(job, &v, worst);
    case_view_fini(&v);
    return bad;
}
