/* cli/cut.c - findings of the home's sealed segments, as a file for others. */
#include "cli/cut.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "base/os/random.h"
#include "capture/log_alone.h"
#include "cli/cut_ladder.h"
#include "cli/home.h"
#include "cli/opening.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/sourcing.h"
#include "cli/storing.h"
#include "cli/told.h"
#include "evidence/exhibit/cut_home.h"
#include "evidence/verify/verify.h"

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_COULD_NOT = 2, REMOTES_MAX = 256, ANSWER_MAX = 1 << 16 };

enum {
    OPT_REMOTE = 1,
    OPT_OUTPUT,
    OPT_OPEN,
    OPT_DEFINITIONS,
    OPT_SOURCE,
    OPT_YES,
    OPT_REPLACE,
    OPT_KEY,
    OPT_PASSPHRASE_FILE,
    OPT_HOME,
    OPT_JSON,
};

/* clang-format off */
const struct option_spec cut_options[] = {
    {"--remote", 'r', "ADDRESS",
     "All findings about this address, instead of those with the ids given. May be repeated.",
     OPT_REMOTE, NULL},
    {"--output", 'o', "FILE", "Where to write the exhibit.", OPT_OUTPUT, NULL},
    {"--open", 0, "WHAT",
     "Also open: a local ADDRESS; targets (every local address of the remotes); hidden (sequence "
     "numbers and the like); data (these, options, payload, lines of logs); marks (fields of "
     "tools that tell the targets). May be repeated.",
     OPT_OPEN, "targets hidden data marks"},
    OPENING_ROW_YES(OPT_YES),
    OPENING_ROW_REPLACE(OPT_REPLACE),
    {"--definitions", 'd', "SET|FILE",
     "The rules that the segments were sealed under: default, zeek-6.0, snort3, fail2ban, or a "
     "file.", OPT_DEFINITIONS, "default zeek-6.0 snort3 fail2ban"},
    {"--source", 0, "FILE[,as=...]",
     "One more source for what is said of the remotes, as for locate. May be repeated.",
     OPT_SOURCE, NULL},
    OPENING_ROW_KEY(OPT_KEY),
    HOME_ROW_PASSPHRASE_FILE(OPT_PASSPHRASE_FILE),
    HOME_ROW_DIR(OPT_HOME),
    OPENING_ROW_JSON(OPT_JSON),
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};
/* clang-format on */

struct cut {
    const char *command;
    const char *output, *home, *key, *passphrase_file;
    struct opening opening;
    bool yes, replace, json;
    struct definition_set definitions;
    const char *sources[SETTINGS_SOURCES_MAX];
    size_t source_n;
    struct addr remotes[REMOTES_MAX]; /* ascending, once each, before they are used */
    size_t remote_n;
    struct finding *findings;
    size_t finding_n;
    int64_t from_ns, to_ns;
};

static void cut_fini(struct cut *c)
{
    free(c->findings);
}

/* --- options ---------------------------------------------------------------------------- */

static bool add_remote(struct cut *c, const struct addr *a)
{
    size_t at = 0;
    while (at < c->remote_n && addr_compare(&c->remotes[at], a) < 0) {
        at++;
    }
    if (at < c->remote_n && addr_equal(&c->remotes[at], a)) {
        return true;
    }
    if (c->remote_n == REMOTES_MAX) {
        say("%s: at most %d remotes", c->command, REMOTES_MAX);
        return false;
    }
    memmove(c->remotes + at + 1, c->remotes + at, (c->remote_n - at) * sizeof(*a));
    c->remotes[at] = *a;
    c->remote_n++;
    return true;
}

static bool take_remote(struct cut *c, const char *value)
{
    struct addr a;
    if (addr_parse(bytes_of(value, strlen(value)), &a) != ST_OK) {
        say("%s: --remote %s: not an address", c->command, value);
        return false;
    }
    return add_remote(c, &a);
}

static bool take_definitions(struct cut *c, const char *value)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_EXHIBIT_JSON_BYTES);
    struct fault why = {0};
    enum status st = definition_set_builtin(value, &c->definitions);
    if (st == ST_END) {
        st = file_read(value, &file, &why);
        st = st != ST_OK ? st : definition_set_read(buf_bytes(&file), &c->definitions, &why);
    }
    if (st != ST_OK) {
        say_fault(value, st, &why);
    }
    return st == ST_OK;
}

static bool take_source(struct cut *c, const char *value)
{
    if (c->source_n == SETTINGS_SOURCES_MAX) {
        say("%s: --source: at most %d", c->command, SETTINGS_SOURCES_MAX);
        return false;
    }
    c->sources[c->source_n++] = value;
    return sourcing_check(&value, 1);
}

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct cut *c = ctx;
    switch (spec->id) {
    case OPT_REMOTE:
        return take_remote(c, value);
    case OPT_OUTPUT:
        c->output = value;
        return true;
    case OPT_OPEN:
        return opening_take(c->command, &c->opening, value);
    case OPT_DEFINITIONS:
        return take_definitions(c, value);
    case OPT_SOURCE:
        return take_source(c, value);
    case OPT_YES:
        c->yes = true;
        return true;
    case OPT_REPLACE:
        c->replace = true;
        return true;
    case OPT_KEY:
        c->key = value;
        return true;
    case OPT_PASSPHRASE_FILE:
        c->passphrase_file = value;
        return true;
    case OPT_HOME:
        c->home = value;
        return true;
    case OPT_JSON:
        c->json = true;
        return true;
    default:
        return true;
    }
}

static bool check(const struct cut *c, int operands)
{
    const char *wrong = NULL;
    if (c->remote_n > 0 && operands > 0) {
        wrong = "either --remote or ids of findings";
    } else if (c->remote_n == 0 && operands == 0) {
        wrong = "about whom? --remote ADDRESS, or ids of findings (exhibit query lists them)";
    } else if (c->opening.cell_n > 0) {
        wrong = "records are opened one by one in an exhibit that is there (exhibit disclose)";
    } else if (operands > STORE_IDS_MAX) {
        wrong = "more findings than one call can name";
    } else if (c->output == NULL) {
        wrong = "--output FILE: where to write the exhibit?";
    }
    if (wrong != NULL) {
        say("%s: %s", c->command, wrong);
    }
    return wrong == NULL && opening_may_write(c->command, c->output, c->replace);
}

/* --- findings by id -------------------------------------------------------------------------- */

static bool add_finding(struct cut *c, const struct finding *f)
{
    struct finding *findings = realloc(c->findings, (c->finding_n + 1) * sizeof(*findings));
    if (findings == NULL) {
        say("not enough memory");
        return false;
    }
    c->findings = findings;
    if (!f->has_remote) {
        say("%s: %s: %s has no one remote; name those to show with --remote", c->command, f->id,
            f->kind);
        return false;
    }
    findings[c->finding_n++] = *f; /* what it points at is not looked at */
    c->from_ns = c->finding_n == 1 || f->when.first_ns < c->from_ns ? f->when.first_ns : c->from_ns;
    c->to_ns = c->finding_n == 1 || f->when.last_ns >= c->to_ns ? f->when.last_ns + 1 : c->to_ns;
    return add_remote(c, &f->remote);
}

static bool find_ids(struct cut *c, const struct evidence_home *home, char **ids, int n)
{
    CLEANUP(store_freep) struct store *s = NULL;
    struct store_query ask = {.id_n = (size_t)n};
    struct told_reader reader;
    struct told told;
    struct fault why = {0};
    for (int i = 0; i < n; i++) {
        size_t len = strlen(ids[i]);
        if (len == 0 || len >= FINDING_ID_MAX || strspn(ids[i], "0123456789abcdef") != len) {
            say("%s: %s: not the id of a finding, nor how one begins", c->command, ids[i]);
            return false;
        }
        ask.ids[i] = ids[i];
    }
    if (!storing_open(home, STORE_READ, &s)) {
        return false;
    }
    if (s == NULL) {
        say("%s: no findings are stored in %s (exhibit analyze does)", c->command, home->path);
        return false;
    }
    bool good = true;
    enum status st = told_open(&reader, s, &ask, &why);
    while (good && st == ST_OK && (st = told_next(&reader, &told, &why)) == ST_OK) {
        good = add_finding(c, told.shown.finding);
    }
    told_fini(&reader);
    if (good && st != ST_END) {
        storing_say(home, st, &why);
        return false;
    }
    if (good && c->finding_n == 0) {
        say("%s: no finding has such an id", c->command);
    }
    return good && c->finding_n > 0;
}

/* --- what was done ---------------------------------------------------------------------------- */

static int write_exhibit(const struct cut *c, const struct evidence_cut_told *t,
                         const struct buf *file)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(ANSWER_MAX);
    struct fault why = {0};
    if (!opening_may_write(c->command, c->output, c->replace)) {
        return EXIT_COULD_NOT; /* somebody else has written it meanwhile */
    }
    enum status st = file_write(c->output, buf_bytes(file), 0644, &why);
    if (st != ST_OK) {
        say_fault(c->output, st, &why);
        return EXIT_COULD_NOT;
    }
    struct opening_done done = {
        .type = c->command, .file = c->output, .bytes = file->len, .shown = t};
    if (c->json) {
        opening_json(&done, &out);
    } else {
        opening_text(&done, &out);
    }
    return out.failed == ST_OK && output_write(buf_bytes(&out)) ? EXIT_DONE : EXIT_COULD_NOT;
}

/* --- looking at it first -------------------------------------------------------------------- */

/* Whoever gets it will verify it, and so it is verified before it is written: by the keys
 * that the ledger itself names. Stamps are left to whoever knows their authorities. */
static bool verifies(const struct cut *c, const struct evidence_cut_home *from, struct bytes file)
{
    CLEANUP(ledger_policy_freep) struct ledger_policy *policy = NULL;
    CLEANUP(evidence_verify_fini) struct evidence_verify v = {.engine = NULL};
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY_BYTES);
    struct evidence_contents_fault why = {.member = ""};
    evidence_public_policy(&from->public_, &text);
    enum status st = text.failed;
    st = st == ST_OK ? ledger_policy_parse(buf_bytes(&text), &policy, &why.at) : st;
    struct evidence_verify_options opt = {
        .policy = policy, .lines = capture_line_read, .now_ns = clock_now_ns(), .seed = from->seed};
    st = st == ST_OK ? evidence_verify_open(from->engine, file, &opt, &v, &why) : st;
    st = st == ST_OK ? evidence_verify_close(&v) : st;
    if (st != ST_OK) {
        say_fault("looking at what was cut", st, &why.at);
        return false;
    }
    if (!v.basis.holds) {
        say("%s: nothing was written, because it would not verify: %s", c->command, v.report.wrong);
    }
    return v.basis.holds;
}

/* --- cutting -------------------------------------------------------------------------------------
 */

static int failed(const struct cut *c, const char *what, enum status st, const struct fault *why)
{
    if (st == ST_END) {
        say("%s: %s", c->command, why->field);
        return EXIT_NO;
    }
    say_fault(what, st, why);
    return EXIT_COULD_NOT;
}

static int cut_from(const struct cut *c, struct evidence_cut_home *from)
{
    CLEANUP(buf_fini) struct buf file = BUF_INIT(LIMIT_EXHIBIT_BYTES);
    struct evidence_cut_source source;
    struct evidence_cut_told told;
    struct fault why = {0};
    struct evidence_cut_sought sought = {.remotes = c->remotes,
                                         .remote_n = c->remote_n,
                                         .from_ns = c->from_ns,
                                         .to_ns = c->to_ns,
                                         .definitions = &c->definitions.hash};
    enum status st = evidence_cut_home_find(from, &sought, &why);
    if (st != ST_OK) {
        return failed(c, from->home->path, st, &why);
    }
    if (from->others > 0) {
        say("%s: %" PRIu64 " sealed with other rules than \"%s\" passed over (--definitions)",
            c->command, from->others, c->definitions.name);
    }
    if (from->shorter > 0) {
        say("%s: %" PRIu64 " sealed file%s passed over: sealed again when %s had grown", c->command,
            from->shorter, from->shorter == 1 ? "" : "s", from->shorter == 1 ? "it" : "they");
    }
    if (from->copies > 0) {
        say("%s: %" PRIu64 " sealed file%s passed over: the same bytes, packed otherwise",
            c->command, from->copies, from->copies == 1 ? "" : "s");
    }
    if (from->parts > 0) {
        say("%s: a log was sealed in parts, as it grew; each part is counted by itself",
            c->command);
    }
    if (from->item_n == 0) {
        say("%s: no sealed segment has records of %s (exhibit seal, or analyze --seal)", c->command,
            c->remote_n == 1 ? "this remote" : "these remotes");
        return EXIT_NO;
    }
    CLEANUP(buf_fini) struct buf ladder = BUF_INIT(LIMIT_EXHIBIT_JSON_BYTES);
    const struct cut_ladder ask = {.command = c->command,
                                   .home = c->home,
                                   .sources = c->sources,
                                   .source_n = c->source_n,
                                   .remotes = c->remotes,
                                   .remote_n = c->remote_n,
                                   .event_ns = c->finding_n > 0 ? c->from_ns : from->first_ns};
    if (!cut_ladder_write(&ask, &ladder)) {
        return EXIT_COULD_NOT;
    }
    evidence_cut_home_source(from, &source);
    struct evidence_cut_wish wish = {.source = &source,
                                     .definitions = &c->definitions,
                                     .remotes = c->remotes,
                                     .remote_n = c->remote_n,
                                     .findings = c->findings,
                                     .finding_n = c->finding_n,
                                     .kr = c->opening.targets,
                                     .hidden = c->opening.hidden,
                                     .data = c->opening.data,
                                     .marks = c->opening.marks,
                                     .locals = c->opening.locals,
                                     .local_n = c->opening.local_n,
                                     .lines = capture_line_read,
                                     .ladder = buf_bytes(&ladder),
                                     .times = from->times,
                                     .time_n = from->time_n,
                                     .seed = from->seed};
    st = evidence_cut(from->engine, &wish, &file, &told, &why);
    if (st != ST_OK) {
        return failed(c, from->home->path, st, &why);
    }
    return verifies(c, from, buf_bytes(&file)) ? write_exhibit(c, &told, &file) : EXIT_COULD_NOT;
}

static int run(struct cut *c, char **ids, int n)
{
    CLEANUP(evidence_home_freep) struct evidence_home *home = NULL;
    CLEANUP(evidence_opening_key_fini) struct evidence_opening_key key = {.pub = {0}};
    CLEANUP(evidence_cut_home_fini) struct evidence_cut_home from = {.engine = NULL};
    struct evidence_engine engine;
    struct fault why = {0};
    uint64_t seed;
    if (!home_get(c->home, &home) || (n > 0 && !find_ids(c, home, ids, n)) ||
        !opening_agreed(c->command, &c->opening, c->yes) ||
        !home_opening_key(home, c->key, c->passphrase_file, &key)) {
        return EXIT_COULD_NOT;
    }
    enum status st = evidence_engine_init(&engine);
    st = st != ST_OK ? st : random_bytes(&seed, sizeof(seed));
    st = st != ST_OK ? st : evidence_cut_home_open(&engine, home, &key, seed, &from, &why);
    return st == ST_OK ? cut_from(c, &from) : failed(c, home->path, st, &why);
}

int cut_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(cut_fini)
    struct cut c = {.command = self->name, .from_ns = INT64_MIN, .to_ns = INT64_MAX};
    int n;
    if (definition_set_builtin("default", &c.definitions) != ST_OK) {
        say("not enough memory");
        return EXIT_COULD_NOT;
    }
    if (!options_parse(self, argc, argv, take, &c, &n) || !check(&c, n)) {
        return EXIT_COULD_NOT;
    }
    return run(&c, argv, n);
}
