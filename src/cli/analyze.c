/* cli/analyze.c - from files to findings and a report of them. */
#include "cli/analyze.h"

#include <limits.h>

#include "base/os/clock.h"
#include "cli/again.h"
#include "cli/analysis.h"
#include "cli/homing.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/seal.h"
#include "cli/storing.h"

enum { EXIT_DONE = 0, EXIT_COULD_NOT = 2, REPORT_MAX_BYTES = INT_MAX };

static struct terminal_options terminal_of(const struct settings *s)
{
    struct terminal_options opt = output_terminal(s->colour);
    opt.all = s->all || s->remote_n > 0;
    opt.explain = s->explain;
    opt.top = (size_t)s->top;
    return opt;
}

static struct view view_of(const struct analysis *a)
{
    const struct settings *s = &a->settings;
    return (struct view){
        .inputs = a->reading.inputs,
        .input_n = a->file_n,
        .findings = a->shown,
        .finding_n = a->shown_n,
        .found = a->found,
        .outside_got_in = a->outside_got_in,
        .remarks = a->reading.remarks,
        .remark_n = a->reading.remark_n,
        .summary = &a->reading.summary,
        .sources = a->located.known ? &a->located.sources : NULL,
        .baselines = {a->located.baselines[0], a->located.baselines[1]},
        .definitions = &s->definitions,
        .filter = {.kind = s->kind,
                   .remote = s->remote_text,
                   .has_since = s->has_since,
                   .has_until = s->has_until,
                   .since_ns = s->since_ns,
                   .until_ns = s->until_ns},
    };
}

static bool show(const struct settings *s, const struct view *v)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(REPORT_MAX_BYTES);
    if (s->form == FORM_JSON) {
        report_json(&out, v);
    } else if (s->form == FORM_CSV) {
        report_csv(&out, v);
    } else {
        struct terminal_options opt = terminal_of(s);
        report_terminal(&out, v, &opt);
    }
    if (out.failed != ST_OK) {
        say("the report: %s", status_text(out.failed));
        return false;
    }
    return output_write(buf_bytes(&out));
}

static bool anything_read(const struct analysis *a)
{
    bool any = false;
    for (size_t i = 0; i < a->file_n; i++) {
        any |= a->reading.inputs[i].format[0] != '\0';
    }
    return any;
}

/* With --seal: what is to be sealed, and into what. */
static bool prepare_seal(struct analysis *a, struct evidence_home *home, struct sealing *s)
{
    struct sealing_options opt = {.home = home, .settings = &a->settings};
    if (!a->settings.seal) {
        return true;
    }
    if (home == NULL) {
        say("%s: --seal: there is no home (exhibit init makes one)", a->settings.command);
        return false;
    }
    a->sealing = s;
    return sealing_begin(s, &opt, a->files, a->file_n);
}

/* The report is the same with it and without: this goes to standard error. */
static bool tell_seal(const struct sealing *s, bool quiet)
{
    bool fine = true;
    for (size_t i = 0; i < s->n; i++) {
        CLEANUP(buf_fini) struct buf line = BUF_INIT(1 << 16);
        seal_sentence(&s->results[i], &line);
        buf_byte(&line, '\0');
        fine = fine && seal_is_fine(&s->results[i]);
        if (line.failed == ST_OK && (!quiet || !seal_is_fine(&s->results[i]))) {
            say("%s: %s", s->inputs[i].name, (const char *)line.data);
        }
    }
    return fine;
}

int analyze_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(analysis_freep) struct analysis *a = analysis_new(self->name);
    CLEANUP(evidence_home_freep) struct evidence_home *home = NULL;
    CLEANUP(sealing_fini) struct sealing seal = {.n = 0};
    int n;
    if (a == NULL || !options_parse(self, argc, argv, settings_take, &a->settings, &n)) {
        return EXIT_COULD_NOT;
    }
    if (a->settings.again) {
        return again_main(&a->settings, n);
    }
    if (!homing_settle(&a->settings, &home)) {
        return EXIT_COULD_NOT;
    }
    bool stores = home != NULL && !a->settings.no_store;
    a->settings.flows = stores; /* what is kept is to serve for notices */
    if (!analysis_open(a, argv, n) || !prepare_seal(a, home, &seal) || !analysis_run(a)) {
        return EXIT_COULD_NOT;
    }
    bool sealed = tell_seal(&seal, a->settings.quiet);
    if (a->settings.form == FORM_TERMINAL && !anything_read(a)) {
        return EXIT_COULD_NOT; /* the complaints say it all: no report could */
    }
    const struct view v = view_of(a);
    bool stored = !stores || storing_findings(home, &v, clock_now_ns());
    return show(&a->settings, &v) && stored && sealed && !a->partial ? EXIT_DONE : EXIT_COULD_NOT;
}
