/* cli/check.c - a claim, held against inputs. */
#include "cli/check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "base/os/random.h"
#include "cli/analysis.h"
#include "cli/check_claim.h"
#include "cli/check_flows.h"
#include "cli/check_sealed.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/say.h"
#include "report/check.h"

enum {
    OPT_AGAINST = SETTINGS_OWN,
    OPT_COMPLETE,
    OPT_TOLERANCE,
    OPT_ZONE,
    OPT_CLAIMED,
    OPT_DKIM_KEY,
    OPT_SEALED,
    OPT_FLOWS,
    OPT_FLOWS_ZONE,
    OPT_HOME,
    OPT_KEY,
    OPT_PASSPHRASE_FILE,
    OPT_REPLY,
};

enum { EXIT_COULD_NOT = 2, REPORT_MAX_BYTES = INT_MAX, TOLERANCE_S = 10, TOLERANCE_MAX_S = 86400 };

/* clang-format off */
const struct option_spec check_options[] = {
    {"--against", 0, "FILE", "Our records; the files behind it are, too.", OPT_AGAINST, NULL},
    {"--flows", 0, "FILE",
     "Our flow records: Zeek's conn.log, or a table of nfdump or SiLK. May be repeated.", OPT_FLOWS,
     NULL},
    {"--flows-zone", 0, "OFFSET", "The zone of the flows' times that have none: +02:00.",
     OPT_FLOWS_ZONE, NULL},
    {"--sealed", 0, NULL,
     "Our records are what is sealed in our home, around the times of the claim.", OPT_SEALED,
     NULL},
    {"--local", 'l', "CIDR",
     "Our own networks; may be repeated. Without it a fixed rule tells them from the traffic.",
     SETTINGS_LOCAL, NULL},
    {"--complete", 0, NULL,
     "We state that the files hold all that our networks sent and got, from their first to their "
     "last record.",
     OPT_COMPLETE, NULL},
    {"--tolerance", 't', "SECONDS", "How far clocks may be apart: 10.", OPT_TOLERANCE, NULL},
    {"--zone", 0, "OFFSET", "The zone of the claim's times that have none: +02:00.", OPT_ZONE,
     NULL},
    {"--claimed", 0, "TIME",
     "When the claim was made: years that its times lack are not after it.", OPT_CLAIMED, NULL},
    {"--key", 0, "FILE", "With --sealed: the opening key, where it is not in the home.", OPT_KEY,
     NULL},
    HOME_ROW_PASSPHRASE_FILE(OPT_PASSPHRASE_FILE),
    HOME_ROW_DIR(OPT_HOME),
    {"--dkim-key", 0, "FILE",
     "Keys by which the mail's signatures are verified: lines of selector._domainkey.domain and "
     "its TXT record.",
     OPT_DKIM_KEY, NULL},
    {"--reply", 0, NULL, "Only a draft of a reply.", OPT_REPLY, NULL},
    {"--all", 'a', NULL, "Every incident of the claim, in full.", SETTINGS_ALL, NULL},
    {"--definitions", 'd', "SET|FILE",
     "The rules that our own findings are judged by: default, zeek-6.0, snort3, fail2ban, or a "
     "file.",
     SETTINGS_DEFINITIONS, "default zeek-6.0 snort3 fail2ban"},
    {"--memory", 0, "SIZE", "Limit the detectors' memory: 512M, 2G.", SETTINGS_MEMORY, NULL},
    {"--json", 'j', NULL, "JSON Lines: incidents, coverage, and a summary last.", SETTINGS_JSON,
     NULL},
    {"--colour", 0, "WHEN", "auto, always or never.", SETTINGS_COLOUR, "auto always never"},
    SETTINGS_ROWS_LAST,
};
/* clang-format on */

struct check {
    struct analysis *a;
    struct claim_clock clock;
    struct claim_set claims;
    struct dkim_keys *keys;        /* or NULL */
    struct claim_matcher *matcher; /* fed in the reader, which has its own copy */
    struct claim_match *matches;
    struct claim_cover *covers;
    struct claim_answer *answers;
    struct check_sealed *sealed; /* or NULL */
    const struct view_input *inputs;
    const struct finding_list *findings;
    const char *home, *key, *passphrase_file;
    char **files; /* borrowed names */
    size_t file_n;
    char **flows; /* borrowed names */
    size_t flow_n;
    struct claim_clock flow_clock;
    struct view_input *all; /* files, then flows */
    bool complete, reply, from_home;
    int64_t tolerance_ns;
};

static void check_fini(struct check *c)
{
    claim_set_fini(&c->claims);
    dkim_keys_free(c->keys);
    check_sealed_free(c->sealed);
    claim_matcher_free(c->matcher);
    free(c->matches);
    free(c->covers);
    free(c->answers);
    free(c->files);
    free(c->flows);
    free(c->all);
    analysis_free(c->a);
}

/* --- options ---------------------------------------------------------------------- */

static bool take_tolerance(struct check *c, const struct option_spec *spec, const char *value)
{
    uint64_t seconds;
    if (text_u64(bytes_of(value, strlen(value)), TOLERANCE_MAX_S, &seconds) != ST_OK) {
        return settings_refuse(&c->a->settings, spec, value, "not a number of seconds, to 86400");
    }
    c->tolerance_ns = (int64_t)seconds * TIME_SECOND;
    return true;
}

static bool take_zone(struct check *c, struct claim_clock *clock, const struct option_spec *spec,
                      const char *value)
{
    size_t n = strlen(value);
    if (n == 0 || claim_zone_read(bytes_of(value, n), &clock->zone_ns) != n) {
        return settings_refuse(&c->a->settings, spec, value,
                               "not a difference from UTC such as +02:00 or -0530");
    }
    clock->has_zone = true;
    clock->zone_given = true;
    return true;
}

static bool take_claimed(struct check *c, const struct option_spec *spec, const char *value)
{
    struct claim_when w;
    if (claim_when_read(bytes_of(value, strlen(value)), &c->clock, &w) != ST_OK) {
        return settings_refuse(&c->a->settings, spec, value, "not a time such as 2024-05-17");
    }
    c->clock.now_ns = w.first_ns;
    return true;
}

static bool take_keys(struct check *c, const char *path)
{
    CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_DKIM_FILE_BYTES);
    struct fault why = {0};
    enum status st = file_read(path, &text, &why);
    dkim_keys_free(TAKE(c->keys));
    st = st == ST_OK ? dkim_keys_read(buf_bytes(&text), &c->keys, &why) : st;
    if (st != ST_OK) {
        say_fault(path, st, &why);
    }
    return st == ST_OK;
}

static bool take(void *ctx, const struct option_spec *spec, const char *value)
{
    struct check *c = ctx;
    switch (spec->id) {
    case OPT_AGAINST:
        c->files[c->file_n++] = (char *)(uintptr_t)value; /* options_parse hands out argv */
        return true;
    case OPT_COMPLETE:
        c->complete = true;
        return true;
    case OPT_TOLERANCE:
        return take_tolerance(c, spec, value);
    case OPT_ZONE:
        return take_zone(c, &c->clock, spec, value);
    case OPT_CLAIMED:
        return take_claimed(c, spec, value);
    case OPT_DKIM_KEY:
        return take_keys(c, value);
    case OPT_FLOWS:
        c->flows[c->flow_n++] = (char *)(uintptr_t)value; /* as above */
        return true;
    case OPT_FLOWS_ZONE:
        return take_zone(c, &c->flow_clock, spec, value);
    case OPT_SEALED:
        c->from_home = true;
        return true;
    case OPT_HOME:
        c->home = value;
        return true;
    case OPT_KEY:
        c->key = value;
        return true;
    case OPT_PASSPHRASE_FILE:
        c->passphrase_file = value;
        return true;
    case OPT_REPLY:
        c->reply = true;
        return true;
    default:
        return settings_take(&c->a->settings, spec, value);
    }
}

/* The first operand is the claim; the others are records. */
static bool take_operands(struct check *c, char **argv, int n)
{
    bool files = c->file_n > 0 || n > 1;
    bool of_home = c->home != NULL || c->key != NULL || c->passphrase_file != NULL;
    const char *wrong =
        n == 0 ? "which claim? (\"-\" is standard input)"
        : !files && !c->from_home && c->flow_n == 0
            ? "against which records? (check CLAIM --against FILE..., --flows FILE, or --sealed)"
        : files && c->from_home    ? "--sealed and --against exclude each other: ask twice"
        : of_home && !c->from_home ? "--home, --key and --passphrase-file are of --sealed"
        : c->flow_clock.has_zone && c->flow_n == 0 ? "--flows-zone is of --flows"
                                                   : NULL;
    for (int i = 1; i < n && wrong == NULL; i++) {
        c->files[c->file_n++] = argv[i];
    }
    bool stdin_twice = false;
    for (size_t i = 0; i < c->file_n && n > 0; i++) {
        stdin_twice |= strcmp(argv[0], "-") == 0 && strcmp(c->files[i], "-") == 0;
    }
    if (stdin_twice) {
        wrong = "standard input can be the claim or records, not both";
    }
    if (wrong == NULL && c->reply && c->a->settings.form == FORM_JSON) {
        wrong = "--reply and --json exclude each other: JSON has the reply in its summary";
    }
    if (wrong != NULL) {
        say("check: %s", wrong);
    }
    return wrong == NULL;
}

/* --- in the reader, and what it says ------------------------------------------------ */

static void feed(void *ctx, const struct obs_batch *batch)
{
    struct check *c = ctx;
    claim_matcher_feed(c->matcher, batch);
}

/* Part 0 is about the claims, those behind it about an input each. */
static bool put(void *ctx, size_t part, struct buf *out)
{
    struct check *c = ctx;
    if (part == 0) {
        claim_matcher_finish(c->matcher);
        claim_matches_put(out, c->matcher);
    } else if (part <= c->file_n) {
        claim_cover_put(out, c->matcher, part - 1);
    }
    return part <= c->file_n;
}

static enum status take_part(void *ctx, size_t part, struct cursor *in)
{
    struct check *c = ctx;
    if (part > c->file_n) {
        return ST_MALFORMED;
    }
    return part == 0 ? claim_matches_get(in, c->matches, c->claims.n)
                     : claim_cover_get(in, &c->covers[part - 1]);
}

static enum status make_matcher(const struct check *c, size_t input_n, struct claim_matcher **ret)
{
    struct claim_matcher_options opt = {.claims = &c->claims,
                                        .locals = &c->a->settings.locals,
                                        .input_n = input_n,
                                        .tolerance_ns = c->tolerance_ns};
    TRY(random_bytes(&opt.seed, sizeof(opt.seed)));
    return claim_matcher_new(&opt, ret);
}

static bool prepare(struct check *c)
{
    enum status st = ST_OK;
    c->matches = calloc(c->claims.n + 1, sizeof(*c->matches));
    c->covers = calloc(c->file_n + c->flow_n + 1, sizeof(*c->covers));
    c->answers = calloc(c->claims.n + 1, sizeof(*c->answers));
    if (c->matches == NULL || c->covers == NULL || c->answers == NULL) {
        st = ST_NOMEM;
    }
    st = st == ST_OK ? make_matcher(c, c->file_n, &c->matcher) : st;
    if (st != ST_OK) {
        say_fault("the claim", st, NULL);
    }
    return st == ST_OK;
}

/* --- answering ---------------------------------------------------------------------- */

static struct terminal_options terminal_of(const struct settings *s)
{
    return output_terminal(s->colour);
}

static int answer(struct check *c, const char *name)
{
    const struct settings *s = &c->a->settings;
    struct claim_bench bench = {.locals =
                                    s->locals.n > 0 ? &s->locals : &c->a->reading.summary.locals,
                                .complete = c->complete,
                                .partial = c->a->partial,
                                .tolerance_ns = c->tolerance_ns,
                                .covers = c->covers,
                                .input_n = c->file_n + c->flow_n};
    for (size_t i = 0; i < c->claims.n; i++) {
        c->answers[i] = claim_judge(&c->claims.items[i], &c->matches[i], &bench);
    }
    struct check_view v = {.name = name,
                           .keys = c->keys != NULL,
                           .claims = &c->claims,
                           .matches = c->matches,
                           .answers = c->answers,
                           .bench = &bench,
                           .inputs = c->inputs,
                           .input_n = c->file_n + c->flow_n,
                           .findings = c->findings,
                           .sealed = c->sealed != NULL,
                           .zone_ns = c->clock.zone_ns,
                           .all = s->all};
    CLEANUP(buf_fini) struct buf out = BUF_INIT(REPORT_MAX_BYTES);
    if (s->form == FORM_JSON) {
        check_json(&out, &v);
    } else if (c->reply) {
        check_reply(&out, &v);
    } else {
        struct terminal_options opt = terminal_of(s);
        check_terminal(&out, &v, &opt);
    }
    if (out.failed != ST_OK) {
        say("the answer: %s", status_text(out.failed));
        return EXIT_COULD_NOT;
    }
    int status = claim_exit(c->answers, c->claims.n);
    return !output_write(buf_bytes(&out)) || c->a->partial ? EXIT_COULD_NOT : status;
}

/* --- the two kinds of records ---------------------------------------------------------- */

/* The claim, and files if there are any. */
static bool read_files(struct check *c, const char *claim)
{
    struct reader_watch watch = {.feed = feed, .put = put, .take = take_part, .ctx = c};
    c->inputs = c->a->reading.inputs;
    c->findings = &c->a->reading.findings;
    if (c->file_n == 0) {
        return settings_check(&c->a->settings) &&
               check_claim_read(claim, &c->clock, c->keys, &c->claims) && prepare(c);
    }
    c->a->watch = &watch;
    c->a->unlocated = true;
    bool good = analysis_open(c->a, c->files, (int)c->file_n) &&
                check_claim_read(claim, &c->clock, c->keys, &c->claims) && prepare(c) &&
                analysis_run(c->a);
    c->a->watch = NULL;
    c->inputs = c->a->reading.inputs;
    return good;
}

/* Behind the others, with a matcher of their own; then what fits is joined. */
static bool read_flows(struct check *c)
{
    CLEANUP(free_ptr)
    struct claim_match *found = calloc(c->claims.n + 1, sizeof(*found));
    struct check_flows_job job = {
        .names = c->flows, .n = c->flow_n, .clock = c->flow_clock, .claim_n = c->claims.n};
    c->all = calloc(c->file_n + c->flow_n + 1, sizeof(*c->all));
    if (c->flow_n == 0) {
        return true;
    }
    enum status st =
        found == NULL || c->all == NULL ? ST_NOMEM : make_matcher(c, c->flow_n, &job.matcher);
    if (st != ST_OK) {
        say_fault("flows", st, NULL);
        return false;
    }
    bool good =
        check_flows_read(&job, found, c->covers + c->file_n, c->all + c->file_n, &c->a->partial);
    claim_matcher_free(job.matcher);
    for (size_t i = 0; good && i < c->claims.n; i++) {
        uint64_t pos = found[i].first_pos;
        found[i].first_pos = pos_make(pos_input(pos) + (unsigned)c->file_n, pos_offset(pos));
        claim_match_join(&c->matches[i], &found[i]);
    }
    for (size_t i = 0; i < c->file_n; i++) {
        c->all[i] = c->inputs[i];
    }
    c->inputs = c->all;
    return good;
}

static bool read_sealed(struct check *c, const char *claim)
{
    struct settings *s = &c->a->settings;
    if (!settings_check(s) || !check_claim_read(claim, &c->clock, c->keys, &c->claims) ||
        !check_sealed_open(c->home, c->key, c->passphrase_file, &c->claims, &c->sealed)) {
        return false;
    }
    const struct local_nets *own = check_sealed_networks(c->sealed);
    if (s->locals.n == 0 && own->n > 0) {
        s->locals = *own;
    }
    c->file_n = check_sealed_inputs(c->sealed, &c->inputs);
    if (!prepare(c) ||
        !check_sealed_read(c->sealed, s, c->matcher, &c->a->reading.summary, &c->findings)) {
        return false;
    }
    for (size_t i = 0; i < c->claims.n; i++) {
        c->matches[i] = *claim_matcher_match(c->matcher, i);
    }
    for (size_t i = 0; i < c->file_n; i++) {
        c->covers[i] = *claim_matcher_cover(c->matcher, i);
    }
    return true;
}

int check_main(const struct command *self, int argc, char **argv)
{
    CLEANUP(check_fini)
    struct check c = {.clock = {.now_ns = clock_now_ns()},
                      .tolerance_ns = TOLERANCE_S * TIME_SECOND};
    int n;
    c.a = analysis_new(self->name);
    c.files = calloc((size_t)argc + 1, sizeof(*c.files));
    c.flows = calloc((size_t)argc + 1, sizeof(*c.flows));
    if (c.a == NULL || c.files == NULL || c.flows == NULL ||
        !options_parse(self, argc, argv, take, &c, &n) || !take_operands(&c, argv, n)) {
        return EXIT_COULD_NOT;
    }
    bool read = c.from_home ? read_sealed(&c, argv[0]) : read_files(&c, argv[0]);
    return read && read_flows(&c) ? answer(&c, argv[0]) : EXIT_COULD_NOT;
}
