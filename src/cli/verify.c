/* cli/verify.c - the command: options, and the user's own sources. */
#include "cli/verify.h"

#include <string.h>

#include "attribute/spec.h"
#include "base/os/clock.h"
#include "cli/kept.h"
#include "cli/locate.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/sourcing.h"
#include "cli/verify_run.h"

enum { OPT_POLICY = SETTINGS_OWN, OPT_CA, OPT_ATTRIBUTION };

/* clang-format off */
const struct option_spec verify_options[] = {
    {"--policy", 'p', "FILE",
     "Whom to trust: keys of ledgers and witnesses (C2SP tlog-policy). Needed.", OPT_POLICY, NULL},
    {"--ca", 0, "FILE",
     "Certificates (PEM) of timestamp authorities to trust. Without it no timestamp counts.",
     OPT_CA, NULL},
    {"--attribution", 'a', NULL,
     "Look up the remotes again, in the sources of the system and those that are kept "
     "(exhibit source).",
     OPT_ATTRIBUTION, NULL},
    {"--source", 0, "FILE[,as=...]", "The same, in this source too. May be repeated.",
     SETTINGS_SOURCE, NULL},
    {"--home", 0, "DIR",
     "Whose kept sources, instead of those of EXHIBIT_HOME or the user's data folder.",
     SETTINGS_HOME, NULL},
    {"--json", 'j', NULL, "The same as one JSON object.", SETTINGS_JSON, NULL},
    {"--colour", 0, "WHEN", "Colours: auto, always or never.", SETTINGS_COLOUR,
     "auto always never"},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};
/* clang-format on */

struct verify {
    struct verify_job job;
    enum colour colour;
    bool attribution;
    const char *home;
    const char *sources[SETTINGS_SOURCES_MAX];
    size_t source_n;
    struct kept_specs specs; /* these, and what is kept */
};

static void verify_fini(struct verify *v)
{
    kept_specs_fini(&v->specs);
}

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct verify *v = ctx;
    switch (spec->id) {
    case OPT_POLICY:
        v->job.policy = value;
        return true;
    case OPT_CA:
        v->job.ca = value;
        return true;
    case SETTINGS_JSON:
        v->job.json = true;
        return true;
    case SETTINGS_COLOUR:
        return settings_colour("verify", value, &v->colour);
    case OPT_ATTRIBUTION:
        v->attribution = true;
        return true;
    case SETTINGS_HOME:
        v->home = value;
        return true;
    case SETTINGS_SOURCE:
        if (v->source_n == SETTINGS_SOURCES_MAX) {
            say("verify: --source: at most %d", SETTINGS_SOURCES_MAX);
            return false;
        }
        v->sources[v->source_n++] = value;
        return true;
    default:
        return true;
    }
}

static void lists_of(struct verify *v)
{
    for (size_t i = 0; i < v->specs.n; i++) {
        struct attribute_spec spec;
        if (attribute_spec_parse(v->specs.items[i], &spec, NULL) == ST_OK && spec.has_flag) {
            v->job.lists |= 1U << spec.flag;
        }
    }
}

static void tell_remarks(const struct reading *r)
{
    char text[REMARK_SENTENCE_MAX];
    for (size_t i = 0; i < r->remark_n; i++) {
        say("%s", remark_sentence(&r->remarks[i], text, sizeof(text)));
    }
}

static void put_origins(const struct view_finding *views, size_t n, const struct located *l,
                        struct buf *out)
{
    uint32_t have = 0;
    for (size_t i = 0; i < n; i++) {
        have += views[i].origin != NULL;
    }
    buf_be32(out, l->known ? have : 0);
    for (size_t i = 0; l->known && i < n; i++) {
        if (views[i].origin != NULL) {
            origin_put(out, views[i].origin);
        }
    }
    if (l->known && have > 0) {
        origin_sources_put(out, &l->sources);
    }
}

/* Each remote as a finding, as the lookups want it. */
static enum status attribute(void *ctx, const struct verify_remote *remotes, size_t n,
                             struct buf *out)
{
    struct verify *v = ctx;
    struct locate_job job = {
        .specs = v->specs.items, .spec_n = v->specs.n, .now_ns = v->job.now_ns};
    CLEANUP(free_ptr) struct finding *findings = calloc(n + 1, sizeof(*findings));
    CLEANUP(free_ptr) struct view_finding *views = calloc(n + 1, sizeof(*views));
    struct reading reading = {.complete = false};
    struct located located = {.known = false};
    struct fault why = {0};
    if (findings == NULL || views == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        findings[i].has_remote = true;
        findings[i].remote = remotes[i].addr;
        findings[i].when.first_ns = findings[i].when.last_ns = remotes[i].time_ns;
        views[i].finding = &findings[i];
    }
    finding_list_init(&reading.findings, 1);
    enum status st = locate_run(&job, views, n, &reading, &located, &why);
    if (st == ST_OK) {
        put_origins(views, n, &located, out);
        st = out->failed;
    } else {
        say_fault("looking up addresses", st, &why);
    }
    tell_remarks(&reading);
    located_fini(&located);
    reading_fini(&reading);
    return st;
}

int verify_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(verify_fini) struct verify v = {.job = {.now_ns = clock_now_ns()}};
    int n;
    if (!options_parse(self, argc, argv, take, &v, &n)) {
        return VERIFY_COULD_NOT;
    }
    if (n != 1 || v.job.policy == NULL) {
        say("verify: %s",
            n != 1 ? "one FILE is verified at a time" : "whom do you trust? (--policy FILE)");
        return VERIFY_COULD_NOT;
    }
    if (v.attribution || v.source_n > 0) {
        if (!sourcing_check(v.sources, v.source_n) ||
            !kept_specs(v.home, v.sources, v.source_n, &v.specs)) {
            return VERIFY_COULD_NOT;
        }
        lists_of(&v);
        v.job.attribute = attribute;
        v.job.ctx = &v;
    }
    v.job.file = argv[0];
    v.job.terminal = output_terminal(v.colour);
    return verify_run(&v.job);
}
