/* cli/analyze.c - from files to findings and a report of them. */
#include "cli/analyze.h"

#include <limits.h>

#include "base/os/clock.h"
#include "cli/again.h"
#include "cli/analysis.h"
#include "cli/homing.h"
#include "cli/output.h"
#include "cli/say.h"
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

int analyze_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(analysis_freep) struct analysis *a = analysis_new(self->name);
    CLEANUP(evidence_home_freep) struct evidence_home *home = NULL;
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
    if (!analysis_open(a, argv, n) || !analysis_run(a)) {
        return EXIT_COULD_NOT;
    }
    if (a->settings.form == FORM_TERMINAL && !anything_read(a)) {
        return EXIT_COULD_NOT; /* the complaints say it all: no report could */
    }
    const struct view v = view_of(a);
    bool stored = !stores || storing_findings(home, &v, clock_now_ns());
    return show(&a->settings, &v) && stored && !a->partial ? EXIT_DONE : EXIT_COULD_NOT;
}
