/* cli/report.c - one file for a browser, from inputs or from what the home keeps. */
#include "cli/report.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "base/os/random.h"
#include "cli/analysis.h"
#include "cli/homing.h"
#include "cli/output.h"
#include "cli/report_seal.h"
#include "cli/say.h"
#include "cli/storing.h"
#include "cli/traces.h"
#include "exchange/intake.h"
#include "report/page.h"

enum { OPT_OUTPUT = SETTINGS_OWN, OPT_FROM };
enum { EXIT_DONE = 0, EXIT_COULD_NOT = 2, PAGE_MAX_BYTES = INT_MAX, RETENTION_DAYS = 90 };

/* clang-format off */
const struct option_spec report_options[] = {
    {"--output", 'o', "FILE", "The page; \"-\" is standard output. Needed.", OPT_OUTPUT, NULL},
    {"--from", 'f', "FILE", "Findings as `analyze --json` wrote them, instead of inputs.",
     OPT_FROM, NULL},
    SETTINGS_ROWS_ABOUT,
    SETTINGS_ROWS_INPUT,
    SETTINGS_ROWS_TIME,
    HOME_ROW_DIR(SETTINGS_HOME),
    SETTINGS_ROWS_LAST,
};
/* clang-format on */

struct report {
    struct analysis *a;
    struct evidence_home *home; /* NULL: none */
    const char *output;
    char *from;
    bool stored; /* findings are read, not made */
    struct notice_item *items;
    struct notice_set set;
    struct notice_options writer;
    struct traces traces;
};

static void report_fini(struct report *r)
{
    notice_set_fini(&r->set);
    traces_fini(&r->traces);
    free(r->items);
    analysis_free(r->a);
    evidence_home_free(r->home);
}

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct report *r = ctx;
    switch (spec->id) {
    case OPT_OUTPUT:
        r->output = value;
        return true;
    case OPT_FROM:
        r->from = (char *)(uintptr_t)value; /* options_parse hands out argv */
        return true;
    default:
        return settings_take(&r->a->settings, spec, value);
    }
}

static bool check(const struct report *r, int n)
{
    const char *wrong = r->output == NULL ? "into which file? (-o FILE; \"-\" is standard output)"
                        : r->from != NULL && n > 0 ? "--from takes the place of inputs"
                                                   : NULL;
    if (wrong != NULL) {
        say("report: %s", wrong);
    }
    return wrong == NULL;
}

static bool open_stored(struct report *r)
{
    int fd;
    if (r->home == NULL) {
        say("report: of which files? There is no home that keeps findings (exhibit init makes "
            "one)");
        return false;
    }
    return storing_all_lines(r->home, &fd) && analysis_take(r->a, "the store", fd);
}

static bool open_inputs(struct report *r, char **names, int n)
{
    r->stored = r->from != NULL || n == 0;
    r->a->settings.from = r->stored;
    if (!r->stored) {
        return analysis_open(r->a, names, n);
    }
    intake_begin();
    return r->from != NULL ? analysis_open(r->a, &r->from, 1) : open_stored(r);
}

/* What `request` would write to whom. Who writes is for the reader to fill in. */
static bool make_notices(struct report *r)
{
    struct analysis *a = r->a;
    size_t n = 0;
    struct fault why = {0};
    r->items = calloc(a->shown_n + 1, sizeof(*r->items));
    if (r->items == NULL) {
        say("not enough memory");
        return false;
    }
    for (size_t i = 0; i < a->shown_n; i++) {
        if ((a->shown[i].finding->flags & FINDING_BELOW) == 0) {
            r->items[n++] = (struct notice_item){.finding = a->shown[i].finding,
                                                 .origin = a->shown[i].origin,
                                                 .contact = a->located.contacts[i].contact,
                                                 .query = a->located.contacts[i].query};
        }
    }
    enum status st = notice_set_make(&r->writer, r->items, n, &r->set);
    if (st != ST_OK) {
        say_fault("notices", st, &why);
    }
    return st == ST_OK;
}

static struct view view_of(const struct report *r)
{
    const struct analysis *a = r->a;
    const struct settings *s = &a->settings;
    return (struct view){
        .inputs = a->reading.inputs,
        .input_n = r->stored ? 0 : a->file_n, /* where those stood is not in a file of findings */
        .findings = a->shown,
        .finding_n = a->shown_n,
        .stored = r->stored,
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

static bool write_page(const struct report *r, struct bytes page)
{
    struct fault why = {0};
    if (strcmp(r->output, "-") == 0) {
        return output_write(page);
    }
    enum status st = file_write(r->output, page, 0600, &why); /* it shows one's own addresses */
    if (st != ST_OK) {
        say_fault(r->output, st, &why);
    }
    return st == ST_OK;
}

static bool show(const struct report *r)
{
    traces_give(&r->traces, r->a->shown, r->a->shown_n);
    CLEANUP(buf_fini) struct buf out = BUF_INIT(PAGE_MAX_BYTES);
    CLEANUP(buf_fini) struct buf seal = BUF_INIT(PAGE_MAX_BYTES);
    const struct view v = view_of(r);
    struct page_options opt = {.notices = r->items != NULL ? &r->set : NULL, .writer = &r->writer};
    struct fault why = {0};
    enum status st = random_bytes(&opt.seed, sizeof(opt.seed));
    if (st != ST_OK) {
        say_fault("random numbers", st, &why);
        return false;
    }
    if (r->home != NULL && report_seal_tell(r->home, &seal)) {
        buf_byte(&seal, '\0');
        opt.sealed = seal.failed == ST_OK ? (const char *)seal.data : NULL;
    }
    report_page(&out, &v, &opt);
    if (out.failed != ST_OK) {
        say("the report: %s", status_text(out.failed));
        return false;
    }
    return write_page(r, buf_bytes(&out));
}

int report_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(report_fini)
    struct report r = {.writer = {.org = "(your organisation)",
                                  .mail = "(your address)",
                                  .now_ns = clock_now_ns(),
                                  .retention_ns = RETENTION_DAYS * TIME_DAY}};
    int n;
    r.a = analysis_new(self->name);
    traces_init(&r.traces);
    if (r.traces.items == NULL) {
        say("not enough memory");
        return EXIT_COULD_NOT;
    }
    const struct reader_watch watch = traces_watch(&r.traces);
    if (r.a == NULL || !options_parse(self, argc, argv, take, &r, &n) || !check(&r, n)) {
        return EXIT_COULD_NOT;
    }
    r.a->settings.flows = true;
    r.a->settings.contacts = true;
    r.a->watch = &watch;
    if (!homing_settle(&r.a->settings, &r.home) || !open_inputs(&r, argv, n) ||
        !analysis_run(r.a) || (r.a->located.contacts != NULL && !make_notices(&r)) || !show(&r)) {
        return EXIT_COULD_NOT;
    }
    return r.a->partial ? EXIT_COULD_NOT : EXIT_DONE;
}
