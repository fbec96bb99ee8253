/* cli/accord.c - exhibit accord: options and verbs. */
#include "cli/accord.h"

#include <string.h>

#include "base/core/text.h"
#include "cli/accord_parts.h"
#include "cli/say.h"
#include "cli/verb.h"

enum {
    OPT_WITH = 1,
    OPT_FINGERPRINT,
    OPT_TEMPLATE,
    OPT_TITLE,
    OPT_CONTACT,
    OPT_NETWORK,
    OPT_SENSOR,
    OPT_TLS,
    OPT_DEFINITIONS,
    OPT_SET,
    OPT_WITNESS,
    OPT_QUORUM,
    OPT_CLAUSE,
    OPT_GROUND,
    OPT_TO,
    OPT_LANE,
    OPT_ON,
    OPT_RULES,
    OPT_POLICY,
    OPT_HTML,
    OPT_OUTPUT,
    OPT_PASSPHRASE_FILE,
    OPT_HOME,
    OPT_JSON,
    OPT_VERSION,
};

/* clang-format off */
const struct option_spec accord_options[] = {
    {"--with", 'w', "FILE",
     "A counterpart's key: what its `key show --policy` prints, got by a way that you trust. May "
     "be repeated.", OPT_WITH, NULL},
    {"--fingerprint", 0, "DIGITS",
     "Instead of --with, where a file names the key: its fingerprint, as the counterpart told it "
     "by another way. May be repeated.", OPT_FINGERPRINT, NULL},
    {"--template", 't', "NAME", "new: which public text it follows; norms-13, if not given.",
     OPT_TEMPLATE, "link-2013 dialogue-2015 norms-13 osce-9-13"},
    {"--title", 0, "NAME", "The full name of one's own organisation.", OPT_TITLE, NULL},
    {"--contact", 'c', "LANE:MAIL[,PHONE[,HOURS[,ROLE]]]",
     "One's own contact point for machine, inquiry or leaders; 24/7, if no hours are given. May be "
     "repeated.", OPT_CONTACT, NULL},
    {"--network", 'n', "CIDR", "One's own network. May be repeated.", OPT_NETWORK, NULL},
    {"--sensor", 0, "NAME", "One's own sensor. May be repeated.", OPT_SENSOR, NULL},
    {"--tls", 0, "SHA256", "One's own certificate, by its digest. May be repeated.", OPT_TLS,
     NULL},
    {"--definitions", 'd', "SET|FILE",
     "What counts as an act: default, zeek-6.0, snort3, fail2ban, or a file.", OPT_DEFINITIONS,
     "default zeek-6.0 snort3 fail2ban"},
    {"--set", 's', "NAME=VALUE",
     "A term: receipt_hours, urgent_hours, answer_days, final_days, preserve_days, "
     "retention_days, review_days, tlp, pass_on, denials, grounds. May be repeated.", OPT_SET,
     NULL},
    {"--witness", 0, "KEY", "A witness's public key, which cosigns. May be repeated.",
     OPT_WITNESS, NULL},
    {"--quorum", 0, "N", "How many of the witnesses are needed; all, if not given.", OPT_QUORUM,
     NULL},
    {"--clause", 0, "ID",
     "decline: which clause; propose, amend: add this one (accord show names them).", OPT_CLAUSE,
     NULL},
    {"--ground", 0, "WORD", "decline: why.", OPT_GROUND,
     "political-offence sovereignty ordre-public no-legal-basis privacy"},
    {"--version", 0, "N",
     "sign: this version; needed where we have signed an earlier one.", OPT_VERSION, NULL},
    {"--to", 0, "PARTY", "ping: whom to try.", OPT_TO, NULL},
    {"--lane", 0, "LANE", "ping: machine, inquiry (if not given) or leaders.", OPT_LANE,
     "machine inquiry leaders"},
    {"--on", 0, "FILE",
     "diff: a capture or log; what counts in it under one accord and not under the other. May be "
     "repeated.", OPT_ON, NULL},
    {"--rules", 0, NULL, "show: the definitions alone, as a file for analyze --definitions.",
     OPT_RULES, NULL},
    {"--policy", 0, "PARTY", "show: a policy that trusts this party's key and the witnesses.",
     OPT_POLICY, NULL},
    {"--html", 0, NULL, "show, check, diff: one page, made to be printed.", OPT_HTML, NULL},
    {"--output", 'o', "FILE", "Write to FILE instead of standard output.", OPT_OUTPUT, NULL},
    HOME_ROW_PASSPHRASE_FILE(OPT_PASSPHRASE_FILE),
    HOME_ROW_DIR(OPT_HOME),
    {"--json", 'j', NULL, "Answer in JSON.", OPT_JSON, NULL},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};
/* clang-format on */

struct parsed {
    struct accord_job job;
    unsigned given;
};

static bool take_quorum(struct accord_job *job, const char *value)
{
    uint64_t n = 0;
    if (text_u64(bytes_of(value, strlen(value)), ACCORD_WITNESSES_MAX, &n) != ST_OK || n == 0) {
        say("accord: --quorum %s: not a number from 1 to %d", value, ACCORD_WITNESSES_MAX);
        return false;
    }
    job->quorum = (unsigned)n;
    return true;
}

static bool take_version(struct accord_job *job, const char *value)
{
    uint64_t n = 0;
    if (text_u64(bytes_of(value, strlen(value)), ACCORD_VERSION_MAX, &n) != ST_OK || n == 0) {
        say("accord: --version %s: not a number from 1 to %d", value, ACCORD_VERSION_MAX);
        return false;
    }
    job->version = (unsigned)n;
    return true;
}

static struct accord_values *list_of(struct accord_job *job, int id)
{
    switch (id) {
    case OPT_WITH:
        return &job->with;
    case OPT_FINGERPRINT:
        return &job->fingerprint;
    case OPT_CONTACT:
        return &job->contact;
    case OPT_NETWORK:
        return &job->network;
    case OPT_SENSOR:
        return &job->sensor;
    case OPT_TLS:
        return &job->tls;
    case OPT_SET:
        return &job->set;
    case OPT_WITNESS:
        return &job->witness;
    case OPT_ON:
        return &job->on;
    default:
        return NULL;
    }
}

static const char **text_of(struct accord_job *job, int id)
{
    switch (id) {
    case OPT_TEMPLATE:
        return &job->template_name;
    case OPT_TITLE:
        return &job->title;
    case OPT_DEFINITIONS:
        return &job->definitions;
    case OPT_CLAUSE:
        return &job->clause;
    case OPT_GROUND:
        return &job->ground;
    case OPT_TO:
        return &job->to;
    case OPT_LANE:
        return &job->lane;
    case OPT_POLICY:
        return &job->policy;
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
    struct accord_values *list = list_of(&p->job, spec->id);
    if (list != NULL) {
        if (list->n == ACCORD_LIST) {
            say("accord: %s: at most %d of them", spec->name, ACCORD_LIST);
            return false;
        }
        list->v[list->n++] = value;
        return true;
    }
    switch (spec->id) {
    case OPT_QUORUM:
        return take_quorum(&p->job, value);
    case OPT_VERSION:
        return take_version(&p->job, value);
    case OPT_RULES:
        p->job.rules = true;
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

int accord_main(const struct command *self, int argc, char **argv)
{
    static const unsigned common = BIT(OPT_HOME) | BIT(OPT_JSON),
                          keys = BIT(OPT_WITH) | BIT(OPT_FINGERPRINT),
                          writes = BIT(OPT_PASSPHRASE_FILE) | BIT(OPT_OUTPUT) | keys,
                          terms = BIT(OPT_TITLE) | BIT(OPT_CONTACT) | BIT(OPT_NETWORK) |
                                  BIT(OPT_SENSOR) | BIT(OPT_TLS) | BIT(OPT_DEFINITIONS) |
                                  BIT(OPT_SET) | BIT(OPT_WITNESS) | BIT(OPT_QUORUM) |
                                  BIT(OPT_CLAUSE);
    static const struct verb verbs[] = {
        {"new", 0, 0, common | writes | terms | BIT(OPT_TEMPLATE)},
        {"show", 1, 1,
         common | keys | BIT(OPT_HTML) | BIT(OPT_RULES) | BIT(OPT_POLICY) | BIT(OPT_OUTPUT)},
        {"sign", 1, 1, common | writes | BIT(OPT_VERSION)},
        {"check", 1, 1, common | keys | BIT(OPT_HTML) | BIT(OPT_OUTPUT)},
        {"diff", 1, 2, common | keys | BIT(OPT_HTML) | BIT(OPT_ON) | BIT(OPT_OUTPUT)},
        {"propose", 1, 1, common | writes | terms},
        {"decline", 1, 1, common | writes | BIT(OPT_CLAUSE) | BIT(OPT_GROUND)},
        {"amend", 1, 1, common | writes | terms},
        {"leave", 1, 1, common | writes},
        {"ping", 1, 1, common | writes | BIT(OPT_TO) | BIT(OPT_LANE)},
        {"list", 0, 0, common},
        {NULL, 0, 0, 0},
    };
    static int (*const run[])(const struct accord_job *, char **) = {
        accord_new,     accord_show,  accord_sign,  accord_check, accord_diff, accord_propose,
        accord_decline, accord_amend, accord_leave, accord_ping,  accord_list};
    struct parsed p = {.given = 0};
    int n;
    if (!options_parse(self, argc, argv, take, &p, &n)) {
        return ACCORD_COULD_NOT;
    }
    argv[n] = NULL; /* operands stand at the front; there are fewer than argc */
    int which = verb_find(self, verbs, n, argv, p.given);
    if (which >= 0 && p.job.json && p.job.html) {
        say("accord: --json and --html exclude each other");
        return ACCORD_COULD_NOT;
    }
    if (which >= 0 && (verbs[which].options & BIT(OPT_PASSPHRASE_FILE)) != 0 &&
        run[which] != accord_ping && !accord_has_place(&p.job, verbs[which].name)) {
        return ACCORD_COULD_NOT;
    }
    return which < 0 ? ACCORD_COULD_NOT : run[which](&p.job, argv + 1);
}
