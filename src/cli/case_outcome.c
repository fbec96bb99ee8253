/* cli/case_outcome.c - exhibit case outcome: what followed, by our own later records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/core/timefmt.h"
#include "base/os/random.h"
#include "cli/analysis.h"
#include "cli/case_parts.h"
#include "cli/check_sealed.h"
#include "cli/output.h"
#include "cli/say.h"
#include "exchange/case/history.h"
#include "exchange/case/results.h"
#include "report/outcome.h"

enum { OUT_BYTES = 64 << 20 };

struct outcome {
    const struct case_job *job;
    struct analysis *a;
    struct check_sealed *sealed; /* or NULL */
    struct case_tracer *tracer;  /* fed in the reader, which has its own copy */
    struct case_suspect suspect[LIMIT_OUTCOME_REMOTES];
    struct case_trace trace[LIMIT_OUTCOME_REMOTES];
    struct case_after after[LIMIT_OUTCOME_REMOTES];
    size_t n;
    bool more; /* addresses than are looked for */
    struct case_look *looks;
    size_t input_n;
    const struct view_input *inputs;
    const struct finding_list *findings;
    int64_t mark_ns[CASE_MARKS];
    struct case_looked looked;
    char **names; /* borrowed */
};

static void outcome_free(struct outcome **o)
{
    if (*o != NULL) {
        check_sealed_free((*o)->sealed);
        case_tracer_free((*o)->tracer);
        free((*o)->looks);
        free((*o)->names);
        analysis_free((*o)->a);
        free(*o);
    }
}

/* --- whom we look for ------------------------------------------------------------------ */

/* In its place, ascending. NULL: one too many. */
static struct case_suspect *suspect_of(struct outcome *o, const struct addr *a)
{
    size_t i = 0;
    while (i < o->n && addr_compare(&o->suspect[i].remote, a) < 0) {
        i++;
    }
    if (i < o->n && addr_equal(&o->suspect[i].remote, a)) {
        return &o->suspect[i];
    }
    if (o->n == LIMIT_OUTCOME_REMOTES) {
        o->more = true;
        return NULL;
    }
    memmove(&o->suspect[i + 1], &o->suspect[i], (o->n - i) * sizeof(o->suspect[0]));
    o->n++;
    o->suspect[i] = (struct case_suspect){
        .remote = *a, .network = history_network(a), .first_ns = INT64_MAX, .last_ns = INT64_MIN};
    return &o->suspect[i];
}

static void add_kind(struct case_suspect *s, const char *definition)
{
    char kind[CASE_KIND_MAX];
    (void)snprintf(kind, sizeof(kind), "%s", definition); /* cut: then it is not met */
    kind[strcspn(kind, "/")] = '\0';
    for (size_t i = 0; i < s->kind_n; i++) {
        if (strcmp(s->kind[i], kind) == 0) {
            return;
        }
    }
    if (s->kind_n < CASE_TRACE_KINDS) {
        memcpy(s->kind[s->kind_n++], kind, sizeof(kind));
    }
}

static void find_suspects(struct outcome *o, const struct case_said *notice)
{
    for (size_t i = 0; i < notice->claim_n; i++) {
        const struct case_claim *c = &notice->claim[i];
        for (size_t k = 0; k < c->remote_n; k++) {
            struct case_suspect *s = suspect_of(o, &c->remote[k]);
            if (s == NULL) {
                continue;
            }
            s->first_ns = c->first_ns < s->first_ns ? c->first_ns : s->first_ns;
            s->last_ns = c->last_ns > s->last_ns ? c->last_ns : s->last_ns;
            add_kind(s, c->definition);
        }
    }
}

/* What comes so soon behind the end that a notice tells is the act of that notice: claims
 * end where a method counts last, and two clocks differ. */
#define SAME_ACT_NS (10 * 60 * TIME_SECOND)

static bool find_since(struct outcome *o, const struct case_one *c)
{
    const char *word = o->job->since != NULL ? o->job->since : "event";
    struct case_state s;
    int64_t given = INT64_MIN;
    case_state_at(c, 0, &s);
    o->mark_ns[0] = s.notice->time_ns;
    o->mark_ns[1] = s.answer != NULL ? s.answer->time_ns : INT64_MAX;
    if (strcmp(word, "answer") == 0 && s.answer == NULL) {
        say("case outcome: --since answer: there is no answer in this case");
        return false;
    }
    if (strcmp(word, "event") != 0 && strcmp(word, "notice") != 0 && strcmp(word, "answer") != 0 &&
        time_parse(bytes_of(word, strlen(word)), &given) != ST_OK) {
        say("case outcome: --since %s: event, notice, answer, or a time such as 2026-11-24", word);
        return false;
    }
    given = strcmp(word, "notice") == 0   ? o->mark_ns[0]
            : strcmp(word, "answer") == 0 ? o->mark_ns[1]
                                          : given;
    o->looked.since_ns = INT64_MAX;
    for (size_t i = 0; i < o->n; i++) {
        struct case_suspect *x = &o->suspect[i];
        x->since_ns = given > x->last_ns + SAME_ACT_NS ? given : x->last_ns + SAME_ACT_NS;
        o->looked.since_ns = x->since_ns < o->looked.since_ns ? x->since_ns : o->looked.since_ns;
    }
    return true;
}

/* --- reading ----------------------------------------------------------------------------- */

static bool make_tracer(struct outcome *o)
{
    struct case_tracer_options opt = {.suspects = o->suspect,
                                      .n = o->n,
                                      .input_n = o->input_n,
                                      .mark_ns = {o->mark_ns[0], o->mark_ns[1]}};
    enum status st = random_bytes(&opt.seed, sizeof(opt.seed));
    o->looks = calloc(o->input_n + 1, sizeof(*o->looks));
    st = st == ST_OK && o->looks == NULL ? ST_NOMEM : st;
    st = st == ST_OK ? case_tracer_new(&opt, &o->tracer) : st;
    if (st != ST_OK) {
        say_fault("case outcome", st, NULL);
    }
    return st == ST_OK;
}

static void feed(void *ctx, const struct obs_batch *batch)
{
    struct outcome *o = ctx;
    case_tracer_feed(o->tracer, batch);
}

/* First the addresses, then the inputs. */
static bool put(void *ctx, size_t part, struct buf *out)
{
    struct outcome *o = ctx;
    struct case_trace t;
    if (part >= o->n + o->input_n) {
        return false;
    }
    if (part >= o->n) {
        case_look_put(out, case_tracer_look(o->tracer, part - o->n));
        return true;
    }
    enum status st = case_tracer_trace(o->tracer, part, &t);
    if (st == ST_OK) {
        st = case_trace_put(out, &t);
    }
    out->failed = st; /* an empty part is refused by whoever takes it */
    return true;
}

static enum status take(void *ctx, size_t part, struct cursor *in)
{
    struct outcome *o = ctx;
    if (part >= o->n + o->input_n) {
        return ST_MALFORMED;
    }
    return part < o->n ? case_trace_get(in, &o->trace[part])
                       : case_look_get(in, &o->looks[part - o->n]);
}

static bool set_definitions(struct outcome *o)
{
    static const struct option_spec spec = {"--definitions",      'd', "SET|FILE", "",
                                            SETTINGS_DEFINITIONS, NULL};
    return o->job->definitions == NULL ||
           settings_take(&o->a->settings, &spec, o->job->definitions);
}

static bool read_files(struct outcome *o)
{
    struct reader_watch watch = {.feed = feed, .put = put, .take = take, .ctx = o};
    o->a->watch = &watch;
    o->a->unlocated = true;
    o->a->settings.quiet = true;
    bool good =
        analysis_open(o->a, o->names, (int)o->input_n) && make_tracer(o) && analysis_run(o->a);
    o->a->watch = NULL;
    o->inputs = o->a->reading.inputs;
    o->findings = &o->a->reading.findings;
    if (good && !o->a->reading.complete) {
        say("case outcome: the records were not read to their end: nothing is said of them");
        return false;
    }
    return good;
}

static bool read_sealed(struct outcome *o)
{
    int64_t from = INT64_MAX;
    for (size_t i = 0; i < o->n; i++) {
        from = o->suspect[i].first_ns < from ? o->suspect[i].first_ns : from;
    }
    if (!settings_check(&o->a->settings) ||
        !check_sealed_open_times(o->job->home, o->job->key, o->job->passphrase_file, from,
                                 INT64_MAX, &o->sealed)) {
        return false;
    }
    o->input_n = check_sealed_inputs(o->sealed, &o->inputs);
    if (!make_tracer(o) || !check_sealed_replay(o->sealed, &o->a->settings, feed, o,
                                                &o->a->reading.summary, &o->findings)) {
        return false;
    }
    enum status st = ST_OK;
    for (size_t i = 0; i < o->n && st == ST_OK; i++) {
        st = case_tracer_trace(o->tracer, i, &o->trace[i]);
    }
    for (size_t i = 0; i < o->input_n; i++) {
        o->looks[i] = *case_tracer_look(o->tracer, i);
    }
    if (st != ST_OK) {
        say_fault("case outcome", st, NULL);
    }
    return st == ST_OK;
}

/* --- judging ------------------------------------------------------------------------------- */

static void judge(struct outcome *o)
{
    struct case_bench bench = {.findings = o->findings, .looks = o->looks, .look_n = o->input_n};
    struct case_looked *l = &o->looked;
    l->sealed = o->sealed != NULL;
    for (size_t i = 0; i < o->input_n; i++) {
        const struct case_look *k = &o->looks[i];
        if (k->records > 0) {
            l->from_ns = l->records == 0 || k->first_ns < l->from_ns ? k->first_ns : l->from_ns;
            l->to_ns = l->records == 0 || k->last_ns > l->to_ns ? k->last_ns : l->to_ns;
            l->records += k->records;
        }
    }
    for (size_t i = 0; i < o->n; i++) {
        /* No command seals live, so nothing is proven absent here. */
        case_after_judge(&o->suspect[i], &o->trace[i], &bench, false, &o->after[i]);
    }
}

/* Files that the home has a case against; the networks of the home are its own. */
static int look(struct outcome *o, const struct case_open *open)
{
    find_suspects(o, case_notice(open->one)->said);
    if (!find_since(o, open->one) || !set_definitions(o)) {
        return CASE_COULD_NOT;
    }
    if (open->home->config.local.n > 0) {
        o->a->settings.locals = open->home->config.local;
    }
    if (!(o->job->sealed ? read_sealed(o) : read_files(o))) {
        return CASE_COULD_NOT;
    }
    judge(o);
    return CASE_DONE;
}

/* --- saying --------------------------------------------------------------------------------- */

static int tell(const struct outcome *o, const struct case_open *open)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_BYTES);
    struct document d;
    const struct outcome_view v = {.one = open->one,
                                   .suspect = o->suspect,
                                   .trace = o->trace,
                                   .after = o->after,
                                   .n = o->n,
                                   .more = o->more,
                                   .looked = &o->looked,
                                   .looks = o->looks,
                                   .inputs = o->inputs,
                                   .input_n = o->input_n,
                                   .partial = o->a->partial,
                                   .has_answer = o->mark_ns[1] != INT64_MAX};
    if (o->job->json) {
        report_outcome_json(&out, &v);
    } else {
        struct terminal_options t = output_terminal(COLOUR_AUTO);
        document_begin(&d, &out, false, "Outcome");
        document_terminal(&d, t.columns, t.colour, t.unicode);
        report_outcome(&d, &v);
        document_end(&d);
    }
    return accord_answer(&out, o->a->partial ? CASE_COULD_NOT : CASE_DONE);
}

/* Kept in the home and its ledger; the file for the other side goes to --output. */
static int say_outcome(const struct outcome *o, const char *id)
{
    CLEANUP(case_open_fini) struct case_open open = {.home = NULL};
    CLEANUP(canon_freep) json_t *body = NULL;
    int failed = case_open(o->job, id, true, &open);
    if (failed != CASE_DONE) {
        return failed;
    }
    body = case_draft_head(open.one->id, case_next_number(open.one, open.home->config.name));
    enum status st =
        body == NULL ? ST_NOMEM
                     : case_results_draft(body, &o->looked, o->suspect, o->trace, o->after, o->n);
    st = st == ST_OK && o->job->note != NULL ? case_draft_text(body, "note", o->job->note) : st;
    if (st != ST_OK) {
        return case_failed("case outcome", st, NULL);
    }
    struct case_job quiet = *o->job;
    quiet.json = false;
    if (quiet.output == NULL) {
        return case_keep_it(&open, CASE_OUTCOME, body);
    }
    return case_say_it(&quiet, &open, CASE_OUTCOME, body, "what followed is said");
}

static bool is_asked(const struct case_job *job, size_t files)
{
    const char *wrong = files == 0 && !job->sealed
                            ? "by which records? (case outcome CASE --against FILE..., or --sealed)"
                        : files > 0 && job->sealed
                            ? "--sealed and --against exclude each other: ask twice"
                        : job->key != NULL && !job->sealed ? "--key is of --sealed"
                        : job->output != NULL && strcmp(job->output, "-") == 0
                            ? "--output -: what followed is told on standard output"
                            : NULL;
    if (wrong != NULL) {
        say("case outcome: %s", wrong);
    }
    return wrong == NULL;
}

/* --against and the operands behind the case. */
static bool take_names(struct outcome *o, char **operands)
{
    size_t n = 0;
    while (operands[n + 1] != NULL) {
        n++;
    }
    o->names = calloc(o->job->against.n + n + 1, sizeof(*o->names));
    if (o->names == NULL) {
        say("not enough memory");
        return false;
    }
    for (size_t i = 0; i < o->job->against.n; i++) {
        o->names[o->input_n++] = (char *)(uintptr_t)o->job->against.v[i]; /* of argv */
    }
    for (size_t i = 0; i < n; i++) {
        o->names[o->input_n++] = operands[i + 1];
    }
    return is_asked(o->job, o->input_n);
}

int case_outcome(const struct case_job *job, char **operands)
{
    CLEANUP(outcome_free) struct outcome *o = calloc(1, sizeof(*o));
    CLEANUP(case_open_fini) struct case_open open = {.home = NULL};
    if (o == NULL || (o->a = analysis_new("case outcome")) == NULL) {
        say("not enough memory");
        return CASE_COULD_NOT;
    }
    o->job = job;
    if (!take_names(o, operands)) {
        return CASE_COULD_NOT;
    }
    int failed = case_open(job, operands[0], false, &open);
    if (failed != CASE_DONE || !case_is_side(&open, true, "case outcome")) {
        return failed != CASE_DONE ? failed : CASE_COULD_NOT;
    }
    failed = look(o, &open);
    int told = failed == CASE_DONE ? tell(o, &open) : failed;
    /* What was read in part is told, and not signed. */
    failed = told == CASE_DONE ? say_outcome(o, operands[0]) : told;
    return failed;
}
