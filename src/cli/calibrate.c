/* cli/calibrate.c - exhibit calibrate: options and verbs. */
#include "cli/calibrate.h"

#include <string.h>

#include "cli/calibrate_parts.h"
#include "cli/say.h"
#include "cli/verb.h"

enum {
    OPT_ACCORD = 1,
    OPT_WITH,
    OPT_SCENARIOS,
    OPT_DEFINITIONS,
    OPT_FROM,
    OPT_AUTO,
    OPT_JUDGEMENT,
    OPT_HTML,
    OPT_OUTPUT,
    OPT_PASSPHRASE_FILE,
    OPT_HOME,
    OPT_JSON,
    FILES_MAX = 64,
};

/* clang-format off */
const struct option_spec calibrate_options[] = {
    {"--accord", 'a', "FILE|ID", "new: the accord in force whose words are tried out.",
     OPT_ACCORD, NULL},
    {"--with", 'w', "PARTY", "new: a party of the accord that judges, too. May be repeated.",
     OPT_WITH, NULL},
    {"--scenarios", 's', "DIR",
     "Where the captures are, and for new the list of them, scenarios.json; examples/scenarios of "
     "the sources, say.", OPT_SCENARIOS, NULL},
    {"--definitions", 'd', "SET|FILE",
     "judge: one's own definitions: default (if not given), zeek-6.0, snort3, fail2ban, or a file.",
     OPT_DEFINITIONS, "default zeek-6.0 snort3 fail2ban"},
    {"--from", 'f', "FILE",
     "judge: take judgements from FILE: what judge writes, or lines SCENARIO, VERDICT, ANSWER with "
     "tabs between.", OPT_FROM, NULL},
    {"--auto", 0, NULL,
     "judge: propose what the definitions say of each capture; it can be changed by hand.",
     OPT_AUTO, NULL},
    {"--judgement", 0, "FILE", "commit: the judgements, as judge wrote them.", OPT_JUDGEMENT,
     NULL},
    {"--html", 0, NULL, "report: one page, made to be printed.", OPT_HTML, NULL},
    {"--output", 'o', "FILE", "Write to FILE instead of standard output.", OPT_OUTPUT, NULL},
    HOME_ROW_PASSPHRASE_FILE(OPT_PASSPHRASE_FILE),
    HOME_ROW_DIR(OPT_HOME),
    {"--json", 'j', NULL, "Answer in JSON.", OPT_JSON, NULL},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};
/* clang-format on */

struct parsed {
    struct calibrate_job job;
    unsigned given;
};

static const char **text_of(struct calibrate_job *job, int id)
{
    switch (id) {
    case OPT_ACCORD:
        return &job->accord;
    case OPT_SCENARIOS:
        return &job->scenarios;
    case OPT_DEFINITIONS:
        return &job->definitions;
    case OPT_FROM:
        return &job->from;
    case OPT_JUDGEMENT:
        return &job->judgement;
    case OPT_OUTPUT:
        return &job->output;
    case OPT_PASSPHRASE_FILE:
        return &job->passphrase_file;
    default:
        return &job->home;
    }
}

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct parsed *p = ctx;
    if (spec->id == OPTION_HELP) {
        return true;
    }
    p->given |= 1U << spec->id;
    switch (spec->id) {
    case OPT_WITH:
        if (p->job.with_n == LIMIT_CALIBRATE_PARTIES - 1) {
            say("calibrate: --with: at most %d of them", LIMIT_CALIBRATE_PARTIES - 1);
            return false;
        }
        p->job.with[p->job.with_n++] = value;
        return true;
    case OPT_AUTO:
        p->job.automatic = true;
        return true;
    case OPT_HTML:
        p->job.html = true;
        return true;
    case OPT_JSON:
        p->job.json = true;
        return true;
    default:
        *text_of(&p->job, spec->id) = value;
        return true;
    }
}

#define BIT(id) (1U << (id))

int calibrate_main(const struct command *self, int argc, char **argv)
{
    static const unsigned common = BIT(OPT_HOME) | BIT(OPT_PASSPHRASE_FILE) | BIT(OPT_OUTPUT);
    static const struct verb verbs[] = {
        {"new", 0, 0,
         common | BIT(OPT_ACCORD) | BIT(OPT_WITH) | BIT(OPT_SCENARIOS) | BIT(OPT_JSON)},
        {"judge", 1, FILES_MAX,
         common | BIT(OPT_SCENARIOS) | BIT(OPT_DEFINITIONS) | BIT(OPT_FROM) | BIT(OPT_AUTO)},
        {"commit", 1, FILES_MAX, common | BIT(OPT_JUDGEMENT) | BIT(OPT_JSON)},
        {"reveal", 1, FILES_MAX, common | BIT(OPT_JSON)},
        {"report", 1, FILES_MAX, common | BIT(OPT_SCENARIOS) | BIT(OPT_HTML) | BIT(OPT_JSON)},
        {NULL, 0, 0, 0},
    };
    static int (*const run[])(const struct calibrate_job *, char **) = {
        calibrate_new, calibrate_judge, calibrate_commit, calibrate_reveal, calibrate_report};
    struct parsed p = {.given = 0};
    int n;
    if (!options_parse(self, argc, argv, take, &p, &n)) {
        return ACCORD_COULD_NOT;
    }
    argv[n] = NULL; /* operands stand at the front; there are fewer than argc */
    int which = verb_find(self, verbs, n, argv, p.given);
    if (which < 0) {
        return ACCORD_COULD_NOT;
    }
    if (p.job.json && (p.job.html || (p.job.output == NULL && run[which] != calibrate_report))) {
        say(p.job.html ? "calibrate: --json and --html exclude each other"
                       : "calibrate %s: --json answers on standard output: --output FILE for what "
                         "goes to the others",
            verbs[which].name);
        return ACCORD_COULD_NOT;
    }
    return run[which](&p.job, argv + 1);
}
