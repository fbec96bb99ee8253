/* cli/locate_main.c - where addresses seem to be, and how sure that is.
 *
 * Addresses on the command line get a memo each, by the sources themselves.
 * Addresses on standard input get a line each, by the compiled table.
 */
#include "cli/locate_main.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/core/timefmt.h"
#include "base/os/clock.h"
#include "cli/kept.h"
#include "cli/locate.h"
#include "cli/locate_lines.h"
#include "cli/locate_table.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/sourcing.h"
#include "report/memo.h"

enum { EXIT_DONE = 0, EXIT_COULD_NOT = 2, OUT_MAX_BYTES = INT_MAX, ADDRESSES_MAX = 65536 };

enum { OPT_SOURCE = 1, OPT_AT, OPT_JSON, OPT_CSV, OPT_ROUTES, OPT_HOME, OPT_COLOUR };

const struct option_spec locate_options[] = {
    {"--source", 0, "FILE[,as=...]",
     "One more source: MaxMind DB, RIR file, routing table, list... May be repeated.", OPT_SOURCE,
     NULL},
    {"--at", 0, "TIME", "When the address was met (RFC 3339); now, if not given.", OPT_AT, NULL},
    {"--json", 'j', NULL, "One JSON object for each address, in a line of its own.", OPT_JSON,
     NULL},
    {"--csv", 0, NULL, "One line for each address.", OPT_CSV, NULL},
    {"--routes", 0, NULL, "With --json: read routing tables for standard input, too (seconds).",
     OPT_ROUTES, NULL},
    {"--home", 0, "DIR", "Where kept sources and the compiled table are.", OPT_HOME, NULL},
    {"--colour", 0, "WHEN", "auto, always or never.", OPT_COLOUR, "auto always never"},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};

struct locate {
    const char *sources[SETTINGS_SOURCES_MAX];
    size_t source_n;
    int64_t now_ns, event_ns;
    bool memo; /* neither JSON nor CSV was asked for */
    bool routes;
    enum line_form form;
    const char *home;
    enum colour colour;
};

/* --- options -------------------------------------------------------------------------- */

static bool take_form(struct locate *l, enum line_form form)
{
    if (!l->memo && l->form != form) {
        say("locate: --json and --csv exclude each other");
        return false;
    }
    l->memo = false;
    l->form = form;
    return true;
}

static bool take_source(struct locate *l, const char *value)
{
    if (l->source_n == SETTINGS_SOURCES_MAX) {
        say("locate: --source: at most %d", SETTINGS_SOURCES_MAX);
        return false;
    }
    l->sources[l->source_n++] = value;
    return true;
}

static bool take_time(struct locate *l, const char *value)
{
    if (time_parse(bytes_of(value, strlen(value)), &l->event_ns) != ST_OK) {
        say("locate: --at %s: not a time such as 2024-05-17T10:05:00Z or 2024-05-17", value);
        return false;
    }
    return true;
}

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct locate *l = ctx;
    switch (spec->id) {
    case OPT_SOURCE:
        return take_source(l, value);
    case OPT_AT:
        return take_time(l, value);
    case OPT_JSON:
        return take_form(l, LINE_JSON);
    case OPT_CSV:
        return take_form(l, LINE_CSV);
    case OPT_ROUTES:
        l->routes = true;
        return true;
    case OPT_HOME:
        l->home = value;
        return true;
    case OPT_COLOUR:
        return settings_colour("locate", value, &l->colour);
    default:
        return spec->id == OPTION_HELP;
    }
}

/* --- memos ------------------------------------------------------------------------------ */

/* The analyst is asked about findings: one stands for each address. */
struct asked {
    struct finding *findings;
    struct view_finding *shown;
    size_t n;
    struct reading reading;
    struct located located;
};

static void asked_fini(struct asked *a)
{
    located_fini(&a->located);
    reading_fini(&a->reading);
    free(a->findings);
    free(a->shown);
}

static bool ask(const struct locate *l, char **addresses, int n, struct asked *a)
{
    bool well = true;
    a->findings = calloc((size_t)n, sizeof(*a->findings));
    a->shown = calloc((size_t)n, sizeof(*a->shown));
    if (a->findings == NULL || a->shown == NULL) {
        say("not enough memory");
        return false;
    }
    for (int i = 0; i < n; i++) {
        struct finding *f = &a->findings[a->n];
        if (addr_parse(bytes_of(addresses[i], strlen(addresses[i])), &f->remote) != ST_OK) {
            say("%s: not an address", addresses[i]);
            well = false;
            continue;
        }
        f->has_remote = true;
        f->when.first_ns = f->when.last_ns = l->event_ns;
        a->shown[a->n++].finding = f;
    }
    return well;
}

static bool look_up(const struct locate *l, struct asked *a)
{
    struct fault why = {0};
    CLEANUP(kept_specs_fini) struct kept_specs specs = {.n = 0};
    if (!kept_specs(l->home, l->sources, l->source_n, &specs)) {
        return false;
    }
    const struct locate_job job = {.specs = specs.items, .spec_n = specs.n, .now_ns = l->now_ns};
    enum status st = locate_run(&job, a->shown, a->n, &a->reading, &a->located, &why);
    if (st != ST_OK) {
        say_fault("looking up addresses", st, &why);
        return false;
    }
    bool well = true;
    for (size_t i = 0; i < a->reading.remark_n; i++) {
        const struct remark *r = &a->reading.remarks[i];
        if (!r->partial) { /* those that are were said */
            say("%s", r->text);
        }
        well &= !r->partial;
    }
    return well;
}

static bool show(const struct locate *l, const struct asked *a)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(OUT_MAX_BYTES);
    struct terminal_options opt = output_terminal(l->colour);
    if (!l->memo) {
        buf_str(&out, line_header(l->form));
    }
    for (size_t i = 0; i < a->n; i++) {
        const struct origin *o = a->shown[i].origin;
        if (o != NULL && l->memo) {
            memo_tell(&out, o, &a->located.sources, &opt);
        } else if (o != NULL) {
            line_whole(&out, l->form, o, &a->located.sources);
        }
    }
    if (l->memo && a->located.known) {
        memo_sources(&out, &a->located.sources, &opt);
    }
    if (out.failed != ST_OK) {
        say("the answer: %s", status_text(out.failed));
        return false;
    }
    return output_write(buf_bytes(&out));
}

static int tell_memos(const struct locate *l, char **addresses, int n)
{
    CLEANUP(asked_fini) struct asked a = {.n = 0};
    bool well = ask(l, addresses, n, &a);
    if (a.n == 0) {
        return EXIT_COULD_NOT;
    }
    well &= look_up(l, &a);
    well &= show(l, &a);
    return well ? EXIT_DONE : EXIT_COULD_NOT;
}

/* --- lines ------------------------------------------------------------------------------ */

static int answer_lines(const struct locate *l)
{
    CLEANUP(kept_specs_fini) struct kept_specs specs = {.n = 0};
    if (!kept_specs(l->home, l->sources, l->source_n, &specs)) {
        return EXIT_COULD_NOT;
    }
    const struct locate_table_job job = {
        .specs = specs.items, .spec_n = specs.n, .home = l->home, .now_ns = l->now_ns};
    struct locate_table table;
    if (!locate_table_get(&job, &table)) {
        return EXIT_COULD_NOT;
    }
    const struct locate_lines_job lines = {.table = table.file,
                                           .specs = specs.items,
                                           .spec_n = l->routes ? specs.n : 0,
                                           .now_ns = l->now_ns,
                                           .event_ns = l->event_ns,
                                           .form = l->form};
    bool well = locate_lines_run(&lines) && !table.partial;
    locate_table_fini(&table);
    return well ? EXIT_DONE : EXIT_COULD_NOT;
}

int locate_main(const struct command *self, int argc, char **argv)
{
    struct locate l = {.memo = true, .form = LINE_TEXT, .now_ns = clock_now_ns()};
    int n;
    l.event_ns = l.now_ns;
    if (!options_parse(self, argc, argv, take, &l, &n) || !sourcing_check(l.sources, l.source_n)) {
        return EXIT_COULD_NOT;
    }
    if (l.routes && (l.memo || l.form != LINE_JSON)) {
        say("locate: --routes is for --json");
        return EXIT_COULD_NOT;
    }
    if (n > ADDRESSES_MAX) {
        say("locate: past the limit of %d addresses: standard input has none", ADDRESSES_MAX);
        return EXIT_COULD_NOT;
    }
    return n > 0 ? tell_memos(&l, argv, n) : answer_lines(&l);
}
