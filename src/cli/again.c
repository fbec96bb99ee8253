/* cli/again.c - old findings, new data.
 *
 * In batches, since lookups want all addresses at once and a store may hold more
 * findings than memory. Nothing is written: the store keeps what was told. */
#include "cli/again.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/limits.h"
#include "base/os/clock.h"
#include "cli/home.h"
#include "cli/kept.h"
#include "cli/locate.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/sourcing.h"
#include "cli/storing.h"
#include "cli/told.h"
#include "report/again.h"
#include "report/origin_json.h"

enum {
    EXIT_DONE = 0,
    EXIT_COULD_NOT = 2,
    BATCH = 8192,
    BATCH_MAX_BYTES = INT_MAX,
    SOURCES_MAX_BYTES = 1 << 20,
};

/* A stored finding that waits for its lookup. */
struct old {
    struct finding finding;
    struct bytes json;
    int64_t run;
};

struct again_run {
    const struct settings *settings;
    const struct evidence_home *home;
    struct store *store;
    struct told_reader reader;
    struct terminal_options terminal;
    struct layout layout;
    struct buf out;
    struct again_totals totals;
    bool partial, warned;

    struct arena arena; /* of one batch */
    struct old *olds;
    struct view_finding *shown;
    size_t n;
    struct origin_sources sources; /* of today */

    int64_t run; /* whose sources these are */
    bool has_run;
    int64_t run_stored_ns;
    struct buf run_definitions, run_sources;
};

static enum status keep(struct again_run *a, const struct told *t)
{
    struct old *old = &a->olds[a->n];
    char *json = arena_text(&a->arena, t->json);
    if (json == NULL) {
        return ST_NOMEM;
    }
    *old = (struct old){
        .finding = *t->shown.finding, .json = bytes_of(json, t->json.len), .run = t->run};
    old->finding.text_n = 0; /* those live no longer than the row */
    a->shown[a->n++] = (struct view_finding){.finding = &old->finding};
    return ST_OK;
}

/* ST_END: there are no more behind them. */
static enum status take_batch(struct again_run *a, struct fault *why)
{
    struct told t;
    a->n = 0;
    arena_fini(&a->arena);
    arena_init(&a->arena, BATCH_MAX_BYTES);
    while (a->n < BATCH) {
        TRY(told_next(&a->reader, &t, why));
        if (t.shown.finding->has_remote) {
            TRY(keep(a, &t));
        }
    }
    return ST_OK;
}

static enum status need_run(struct again_run *a, int64_t run, struct fault *why)
{
    struct store_run found;
    if (a->has_run && a->run == run) {
        return ST_OK;
    }
    buf_clear(&a->run_definitions);
    buf_clear(&a->run_sources);
    TRY(store_run_get(a->store, run, &a->run_definitions, &a->run_sources, &found, why));
    a->run = run;
    a->has_run = true;
    a->run_stored_ns = found.stored_ns;
    return ST_OK;
}

static void tell(struct again_run *a, const struct again *what)
{
    again_count(&a->totals, what->changes);
    if (a->settings->form == FORM_JSON) {
        again_json(&a->out, what);
    } else if (what->changes->n > 0) {
        again_terminal(&a->layout, what);
    }
}

static enum status compare(struct again_run *a, size_t i, struct bytes sources, struct fault *why)
{
    CLEANUP(buf_fini) struct buf now = BUF_INIT(LIMIT_FINDING_LINE_BYTES);
    struct change_list changes;
    struct emit j;
    const struct old *old = &a->olds[i];
    if (a->shown[i].origin == NULL) {
        return ST_OK; /* why was said */
    }
    TRY(need_run(a, old->run, why));
    emit_begin(&j, &now);
    origin_json(&j, a->shown[i].origin, &a->sources);
    TRY(now.failed);
    const struct change_question q = {.told = old->json,
                                      .told_sources = buf_bytes(&a->run_sources),
                                      .now = buf_bytes(&now),
                                      .now_sources = sources};
    TRY(change_find(&q, &a->arena, &changes, why));
    const struct again what = {.finding = &old->finding,
                               .now = a->shown[i].origin,
                               .sources = &a->sources,
                               .stored_ns = a->run_stored_ns,
                               .changes = &changes};
    tell(a, &what);
    return a->out.failed;
}

static void warn(struct again_run *a, const struct reading *reading)
{
    for (size_t i = 0; i < reading->remark_n; i++) {
        const struct remark *r = &reading->remarks[i];
        char sentence[REMARK_SENTENCE_MAX];
        if (!a->warned && !r->partial) { /* those that are were said */
            say("%s", remark_sentence(r, sentence, sizeof(sentence)));
        }
        a->partial |= r->partial;
    }
    a->warned = true;
}

static enum status look_up(struct again_run *a, struct located *located, struct fault *why)
{
    struct reading reading = {.remark_n = 0};
    CLEANUP(kept_specs_fini) struct kept_specs specs = {.n = 0};
    if (!kept_specs(a->settings->home, a->settings->sources, a->settings->source_n, &specs)) {
        return fault_at(why, ST_DENIED, 0, "kept sources");
    }
    const struct locate_job job = {
        .specs = specs.items, .spec_n = specs.n, .now_ns = clock_now_ns()};
    enum status st = locate_run(&job, a->shown, a->n, &reading, located, why);
    warn(a, &reading);
    reading_fini(&reading);
    if (st == ST_OK && located->known) {
        a->sources = located->sources;
        a->totals.sources = &a->sources;
    }
    return st;
}

static enum status tell_batch(struct again_run *a, struct fault *why)
{
    CLEANUP(buf_fini) struct buf sources = BUF_INIT(SOURCES_MAX_BYTES);
    struct located located;
    struct emit j;
    enum status st = look_up(a, &located, why);
    emit_begin(&j, &sources);
    origin_json_sources(&j, &a->sources);
    st = st == ST_OK ? sources.failed : st;
    for (size_t i = 0; i < a->n && st == ST_OK; i++) {
        st = compare(a, i, buf_bytes(&sources), why);
    }
    located_fini(&located);
    return st;
}

static bool pass_on(struct again_run *a)
{
    bool well = output_write(buf_bytes(&a->out));
    a->out.len = 0;
    return well;
}

static enum status run(struct again_run *a, bool *ret_written, struct fault *why)
{
    enum status st = ST_OK;
    while (st == ST_OK && *ret_written) {
        st = take_batch(a, why);
        if (st != ST_OK && st != ST_END) {
            return st;
        }
        if (a->n > 0) {
            TRY(tell_batch(a, why));
            *ret_written = pass_on(a);
        }
    }
    return ST_OK;
}

static void tell_end(struct again_run *a)
{
    if (a->settings->form == FORM_JSON) {
        again_json_end(&a->out, &a->totals);
    } else {
        again_terminal_end(&a->layout, &a->totals);
    }
}

static int answer(struct again_run *a)
{
    struct store_query ask = {.limit = a->settings->top};
    struct fault why = {0};
    bool written = true;
    a->olds = calloc(BATCH, sizeof(*a->olds));
    a->shown = calloc(BATCH, sizeof(*a->shown));
    if (a->olds == NULL || a->shown == NULL) {
        say("not enough memory");
        return EXIT_COULD_NOT;
    }
    layout_begin(&a->layout, &a->out, a->terminal.columns, a->terminal.colour, a->terminal.unicode);
    told_ask(a->settings, &ask);
    enum status st = told_open(&a->reader, a->store, &ask, &why);
    st = st == ST_OK ? run(a, &written, &why) : st;
    if (st != ST_OK) {
        storing_say(a->home, st, &why);
        return EXIT_COULD_NOT;
    }
    tell_end(a);
    return written && a->out.failed == ST_OK && pass_on(a) && !a->partial ? EXIT_DONE
                                                                          : EXIT_COULD_NOT;
}

static void again_fini(struct again_run *a)
{
    told_fini(&a->reader);
    arena_fini(&a->arena);
    free(a->olds);
    free(a->shown);
    buf_fini(&a->out);
    buf_fini(&a->run_definitions);
    buf_fini(&a->run_sources);
}

static bool check(const struct settings *s, int operands)
{
    const char *wrong = operands > 0          ? "--again reads no files"
                        : s->form == FORM_CSV ? "--again has no --csv"
                        : s->no_store         ? "--again asks the store: no --no-store with it"
                                              : NULL;
    if (wrong != NULL) {
        say("%s: %s", s->command, wrong);
    }
    return wrong == NULL && sourcing_check(s->sources, s->source_n);
}

int again_main(const struct settings *s, int operands)
{
    CLEANUP(evidence_home_freep) struct evidence_home *home = NULL;
    CLEANUP(store_freep) struct store *store = NULL;
    if (!check(s, operands) || !home_get(s->home, &home) ||
        !storing_open(home, STORE_READ, &store)) {
        return EXIT_COULD_NOT;
    }
    if (store == NULL) {
        say("%s: nothing was stored in %s yet", s->command, home->path);
        return EXIT_DONE;
    }
    CLEANUP(again_fini)
    struct again_run a = {.settings = s,
                          .home = home,
                          .store = store,
                          .terminal = output_terminal(s->colour),
                          .out = BUF_INIT(INT_MAX),
                          .run_definitions = BUF_INIT(SOURCES_MAX_BYTES),
                          .run_sources = BUF_INIT(SOURCES_MAX_BYTES)};
    return answer(&a);
}
