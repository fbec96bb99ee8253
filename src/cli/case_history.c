/* cli/case_history.c - exhibit case history: what was said, and what followed. */
#include <stdlib.h>
#include <string.h>

#include "cli/case_parts.h"
#include "cli/output.h"
#include "cli/say.h"
#include "exchange/case/history.h"
#include "report/history.h"

enum { OUT_BYTES = 256 << 20 };

/* A lone address is asked about as itself. */
static bool take_query(const struct case_job *job, struct prefix *net, struct history_query *q)
{
    *q = (struct history_query){.party = job->party};
    if (job->network == NULL && job->party == NULL) {
        say("case history: of whom? (--network CIDR, --party PARTY)");
        return false;
    }
    if (job->network != NULL) {
        if (prefix_parse(bytes_of(job->network, strlen(job->network)), net) != ST_OK) {
            say("case history: --network %s: not an address or network such as 203.0.113.0/24",
                job->network);
            return false;
        }
        q->network = net;
    }
    return true;
}

/* Only what an accord says is agreed. One that is gone says nothing. */
static enum status agreed(const struct case_open *o, unsigned *days)
{
    for (size_t i = 0; i < o->list.n; i++) {
        const struct case_one *c = &o->list.one[i];
        struct case_terms t;
        struct fault why = {0};
        enum status st = case_terms_of(o->home, case_notice(c)->said,
                                       case_other(c, o->home->config.name), &t, &why);
        if (st == ST_NOMEM) {
            return st;
        }
        days[i] = st == ST_OK && t.has_retention ? t.retention_days : 0;
    }
    return ST_OK;
}

static int show(const struct case_job *job, const struct history *h, const struct history_query *q)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    struct document d;
    char title[2 * LEDGER_NAME_MAX + 64];
    report_history_title(q, title, sizeof(title));
    if (job->json) {
        report_history_json(&out, h, q);
    } else {
        document_begin(&d, &out, job->html, title);
        if (!job->html && job->output == NULL) {
            struct terminal_options t = output_terminal(COLOUR_AUTO);
            document_terminal(&d, t.columns, t.colour, t.unicode);
        }
        report_history(&d, h, q);
        document_end(&d);
    }
    if (out.failed != ST_OK || job->output == NULL) {
        return accord_answer(&out, CASE_DONE);
    }
    const struct accord_job as = {.output = job->output};
    return accord_write(&as, buf_bytes(&out));
}

int case_history(const struct case_job *job, char **operands)
{
    CLEANUP(case_open_fini) struct case_open o = {.home = NULL};
    CLEANUP(history_fini) struct history h = {.moment_n = 0};
    struct history_query q;
    struct prefix net;
    struct fault why = {0};
    (void)operands;
    if (!take_query(job, &net, &q) || !home_get(job->home, &o.home)) {
        return CASE_COULD_NOT;
    }
    enum status st = case_all(o.home, &o.list, &why);
    CLEANUP(free_ptr) unsigned *days = calloc(o.list.n + 1, sizeof(*days));
    st = st == ST_OK && days == NULL ? ST_NOMEM : st;
    st = st == ST_OK ? agreed(&o, days) : st;
    st = st == ST_OK ? history_make(&o.list, days, &q, &h) : st;
    return st == ST_OK ? show(job, &h, &q) : case_failed(o.home->path, st, &why);
}
