/* cli/case.c - exhibit case: options, verbs, and what they share. */
#include "cli/case.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/timefmt.h"
#include "base/os/clock.h"
#include "base/os/file.h"
#include "cli/case_parts.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/verb.h"
#include "evidence/home/public.h"
#include "exchange/case/verdict.h"

enum {
    OPT_TO = 1,
    OPT_EXHIBIT,
    OPT_REQUEST,
    OPT_LANE,
    OPT_TLP,
    OPT_SET,
    OPT_NOTE,
    OPT_WITH,
    OPT_FINGERPRINT,
    OPT_POLICY,
    OPT_REASON,
    OPT_AT,
    OPT_AGAINST,
    OPT_SEALED,
    OPT_SINCE,
    OPT_DEFINITIONS,
    OPT_KEY,
    OPT_NETWORK,
    OPT_PARTY,
    OPT_DKIM_KEY,
    OPT_LIST,
    OPT_VERIFY,
    OPT_HTML,
    OPT_OUTPUT,
    OPT_PASSPHRASE_FILE,
    OPT_HOME,
    OPT_JSON,
};

/* clang-format off */
const struct option_spec case_options[] = {
    {"--to", 't', "PARTY|ID",
     "new: who is told. reply: which notice or case it answers, if it quotes none.", OPT_TO, NULL},
    {"--exhibit", 'e', "FILE", "new: what it rests on (exhibit cut). May be repeated.",
     OPT_EXHIBIT, NULL},
    {"--request", 'r', "WORD[,WORD...]",
     "new: what is asked for: inform (if nothing is given), preserve, identify, stop, explain.",
     OPT_REQUEST, "inform preserve identify stop explain"},
    {"--lane", 0, "LANE", "new: machine (if none is given), inquiry or leaders.", OPT_LANE,
     "machine inquiry leaders"},
    {"--tlp", 0, "MARK",
     "new: how far it may be passed on, by TLP 2.0; else as the accord says, else AMBER.", OPT_TLP,
     "CLEAR GREEN AMBER AMBER+STRICT RED"},
    {"--set", 's', "NAME=TEXT",
     "new: a field of the form for requests: authority, officer, call_back, reference, earlier, "
     "urgency, legal_basis, summary, data, link, custodian, necessity, assistance, confidential. "
     "May be repeated.", OPT_SET, NULL},
    {"--note", 'n', "TEXT", "new, withdraw, outcome: a word to the other side.", OPT_NOTE, NULL},
    {"--with", 'w', "FILE",
     "new, receive: without an accord: the other party's key, what its `key show --policy` "
     "prints, got by a way that you trust. The home remembers it.", OPT_WITH, NULL},
    {"--fingerprint", 0, "DIGITS",
     "receive: instead of --with: the fingerprint of the key, as the other party told it by "
     "another way.", OPT_FINGERPRINT, NULL},
    {"--policy", 'p', "FILE",
     "new, receive, show: whom to trust for the exhibits (C2SP tlog-policy), if not the keys of "
     "the party that sends them.", OPT_POLICY, NULL},
    {"--reason", 0, "WORD", "withdraw: why.", OPT_REASON, "wrong settled repeated in-error"},
    {"--at", 0, "TIME", "list, show: what is owed and overdue at that time (2026-11-24, or RFC 3339), by what was "
     "said so far.",
     OPT_AT, NULL},
    {"--against", 'a', "FILE",
     "outcome: our later captures or logs, and if they can be had those of the act itself. May be "
     "repeated.", OPT_AGAINST, NULL},
    {"--sealed", 0, NULL, "outcome: instead of files, what is sealed in our home.", OPT_SEALED,
     NULL},
    {"--since", 0, "WHEN",
     "outcome: what counts as later: than the act (event, if nothing is given), the notice, the "
     "answer, or a time.", OPT_SINCE, "event notice answer"},
    {"--definitions", 'd', "SET|FILE",
     "outcome: the rules that later acts are judged by: default, zeek-6.0, snort3, fail2ban, or a "
     "file.", OPT_DEFINITIONS, "default zeek-6.0 snort3 fail2ban"},
    {"--key", 0, "FILE", "outcome --sealed: the opening key, where it is not in the home.",
     OPT_KEY, NULL},
    {"--network", 0, "CIDR", "history: of an address or a network.", OPT_NETWORK, NULL},
    {"--party", 0, "PARTY", "history: of a party.", OPT_PARTY, NULL},
    {"--dkim-key", 0, "FILE",
     "reply: keys by which the mail's signatures are verified: lines of "
     "selector._domainkey.domain and its TXT record.", OPT_DKIM_KEY, NULL},
    {"--list", 0, NULL, "reply: the answers by mail that are kept.", OPT_LIST, NULL},
    {"--verify", 0, NULL, "show: verify the exhibits again, now.", OPT_VERIFY, NULL},
    {"--html", 0, NULL, "show, history: one page, made to be printed.", OPT_HTML, NULL},
    {"--output", 'o', "FILE", "Write to FILE instead of standard output.", OPT_OUTPUT, NULL},
    HOME_ROW_PASSPHRASE_FILE(OPT_PASSPHRASE_FILE),
    HOME_ROW_DIR(OPT_HOME),
    {"--json", 'j', NULL, "Answer in JSON.", OPT_JSON, NULL},
    {"--help", 'h', NULL, "This.", OPTION_HELP, NULL},
    {NULL, 0, NULL, NULL, 0, NULL},
};
/* clang-format on */

struct parsed {
    struct case_job job;
    unsigned given;
};

static struct accord_values *list_of(struct case_job *job, int id)
{
    switch (id) {
    case OPT_EXHIBIT:
        return &job->exhibit;
    case OPT_SET:
        return &job->set;
    case OPT_WITH:
        return &job->with;
    case OPT_FINGERPRINT:
        return &job->fingerprint;
    case OPT_AGAINST:
        return &job->against;
    default:
        return NULL;
    }
}

static const char **text_of(struct case_job *job, int id)
{
    switch (id) {
    case OPT_TO:
        return &job->to;
    case OPT_REQUEST:
        return &job->request;
    case OPT_LANE:
        return &job->lane;
    case OPT_TLP:
        return &job->tlp;
    case OPT_NOTE:
        return &job->note;
    case OPT_POLICY:
        return &job->policy;
    case OPT_REASON:
        return &job->reason;
    case OPT_AT:
        return &job->at;
    case OPT_SINCE:
        return &job->since;
    case OPT_DEFINITIONS:
        return &job->definitions;
    case OPT_KEY:
        return &job->key;
    case OPT_NETWORK:
        return &job->network;
    case OPT_PARTY:
        return &job->party;
    case OPT_DKIM_KEY:
        return &job->dkim_key;
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
            say("case: %s: at most %d of them", spec->name, ACCORD_LIST);
            return false;
        }
        list->v[list->n++] = value;
        return true;
    }
    switch (spec->id) {
    case OPT_SEALED:
        p->job.sealed = true;
        return true;
    case OPT_LIST:
        p->job.list = true;
        return true;
    case OPT_VERIFY:
        p->job.verify = true;
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

int case_main(const struct command *self, int argc, char **argv)
{
    static const unsigned common = BIT(OPT_HOME) | BIT(OPT_JSON),
                          signs = BIT(OPT_PASSPHRASE_FILE) | BIT(OPT_OUTPUT);
    static const struct verb verbs[] = {
        {"new", 0, 0,
         common | signs | BIT(OPT_TO) | BIT(OPT_EXHIBIT) | BIT(OPT_REQUEST) | BIT(OPT_LANE) |
             BIT(OPT_TLP) | BIT(OPT_SET) | BIT(OPT_NOTE) | BIT(OPT_WITH) | BIT(OPT_POLICY)},
        {"receive", 1, 1,
         common | BIT(OPT_PASSPHRASE_FILE) | BIT(OPT_WITH) | BIT(OPT_FINGERPRINT) |
             BIT(OPT_POLICY)},
        {"list", 0, 0, common | BIT(OPT_AT)},
        {"show", 1, 1,
         common | BIT(OPT_AT) | BIT(OPT_VERIFY) | BIT(OPT_POLICY) | BIT(OPT_HTML) |
             BIT(OPT_OUTPUT)},
        {"ack", 1, 1, common | signs},
        {"withdraw", 1, 1, common | signs | BIT(OPT_REASON) | BIT(OPT_NOTE)},
        {"file", 1, 1, common | signs},
        {"enclosed", 1, 1, BIT(OPT_HOME) | BIT(OPT_OUTPUT)},
        {"outcome", 1, ACCORD_LIST,
         common | signs | BIT(OPT_AGAINST) | BIT(OPT_SEALED) | BIT(OPT_SINCE) |
             BIT(OPT_DEFINITIONS) | BIT(OPT_KEY) | BIT(OPT_NOTE)},
        {"history", 0, 0,
         common | BIT(OPT_NETWORK) | BIT(OPT_PARTY) | BIT(OPT_HTML) | BIT(OPT_OUTPUT)},
        {"reply", 0, 1,
         common | BIT(OPT_PASSPHRASE_FILE) | BIT(OPT_TO) | BIT(OPT_DKIM_KEY) | BIT(OPT_LIST)},
        {NULL, 0, 0, 0},
    };
    static int (*const run[])(const struct case_job *, char **) = {
        case_new,        case_receive,  case_list_all, case_show,    case_ack,       case_withdraw,
        case_file_again, case_enclosed, case_outcome,  case_history, case_reply_take};
    struct parsed p = {.given = 0};
    int n;
    if (!options_parse(self, argc, argv, take, &p, &n)) {
        return CASE_COULD_NOT;
    }
    argv[n] = NULL; /* operands stand at the front; there are fewer than argc */
    int which = verb_find(self, verbs, n, argv, p.given);
    if (which >= 0 && p.job.json && p.job.html) {
        say("case: --json and --html exclude each other");
        return CASE_COULD_NOT;
    }
    if (which >= 0 && p.job.json && p.job.output == NULL &&
        (verbs[which].options & signs) == signs && run[which] != case_outcome) {
        say("case %s: --json answers on standard output: --output FILE for the case itself",
            verbs[which].name);
        return CASE_COULD_NOT;
    }
    return which < 0 ? CASE_COULD_NOT : run[which](&p.job, argv + 1);
}

/* --- shared ------------------------------------------------------------------------ */

int case_failed(const char *place, enum status st, const struct fault *why)
{
    say_fault(place, st, why);
    return st == ST_MISMATCH ? CASE_FAILS : CASE_COULD_NOT;
}

void case_open_fini(struct case_open *o)
{
    case_list_fini(&o->list);
    ledger_log_freep(&o->log);
    evidence_home_free(o->home);
    json_decref(o->verdicts);
    *o = (struct case_open){.home = NULL};
}

int case_reopen(struct case_open *o, const char *accuser, const char *id)
{
    struct case_list fresh = {.n = 0};
    struct fault why = {0};
    enum status st = case_all(o->home, &fresh, &why);
    if (st != ST_OK) {
        return case_failed(o->home->path, st, &why);
    }
    o->one = case_find_exact(&fresh, accuser, id);
    case_list_fini(&o->list);
    o->list = fresh;
    return CASE_DONE;
}

int case_open(const struct case_job *job, const char *id, bool writes, struct case_open *o)
{
    struct fault why = {0};
    size_t n = 0;
    *o = (struct case_open){.home = NULL};
    const struct accord_job as = {.home = job->home, .passphrase_file = job->passphrase_file};
    if (writes ? !accord_open(&as, &o->home, &o->log) : !home_get(job->home, &o->home)) {
        return CASE_COULD_NOT;
    }
    enum status st = case_all(o->home, &o->list, &why);
    if (st != ST_OK) {
        return case_failed(o->home->path, st, &why);
    }
    o->one = case_find(&o->list, id, &n);
    if (o->one == NULL) {
        say(n == 0 ? "%s: no case of this home (exhibit case list)"
                   : "%s: several cases of this home begin so (PARTY/ID names the accuser)",
            id);
        return CASE_COULD_NOT;
    }
    return CASE_DONE;
}

bool case_now(const struct case_job *job, int64_t *ret_ns)
{
    *ret_ns = clock_now_ns();
    if (job->at == NULL || time_parse(bytes_of(job->at, strlen(job->at)), ret_ns) == ST_OK) {
        return true;
    }
    say("case: --at %s: not a time such as 2026-11-24 or 2026-11-24T10:00:00Z", job->at);
    return false;
}

enum status case_verdict_add(json_t **verdicts, const struct digest *exhibit, json_t *verdict)
{
    char hex[DIGEST_TEXT_MAX];
    *verdicts = *verdicts != NULL ? *verdicts : json_object();
    digest_format(exhibit, hex);
    return json_object_set(*verdicts, hex, verdict) == 0 ? ST_OK : ST_NOMEM;
}

enum status case_verdicts_keep(const struct evidence_home *h, const json_t *verdicts,
                               const struct digest *statement, struct fault *why)
{
    const char *hex;
    json_t *verdict;
    json_object_foreach((json_t *)(uintptr_t)verdicts, hex, verdict)
    {
        struct digest exhibit;
        TRY(digest_parse(bytes_of(hex, strlen(hex)), &exhibit));
        TRY(case_verdict_keep(h, statement, &exhibit, verdict, why));
    }
    return ST_OK;
}

/* --- views ------------------------------------------------------------------------- */

void case_view_fini(struct case_view *v)
{
    for (size_t i = 0; i < v->exhibit_n; i++) {
        json_decref((json_t *)(uintptr_t)v->exhibits[i].at_receipt);
        json_decref((json_t *)(uintptr_t)v->exhibits[i].now);
    }
    free((void *)(uintptr_t)v->exhibits);
    *v = (struct case_view){.one = NULL};
}

static enum status take_exhibits(const struct case_open *o, struct case_exhibit_view *list,
                                 size_t *n, struct fault *why)
{
    for (size_t i = 0; i < o->one->n; i++) {
        const struct case_item *it = &o->one->item[i];
        for (size_t k = 0; k < it->said->enclosed_n; k++) {
            json_t *verdict = NULL;
            enum status st = case_verdict_get(o->home, &it->statement->hash,
                                              &it->said->enclosed[k].hash, &verdict, why);
            if (st != ST_OK && st != ST_END) {
                return st;
            }
            list[(*n)++] = (struct case_exhibit_view){
                .file = &it->said->enclosed[k], .by = it->statement->party, .at_receipt = verdict};
        }
    }
    return ST_OK;
}

enum status case_view_of(const struct case_open *o, int64_t now_ns, struct case_view *ret,
                         struct fault *why)
{
    struct case_terms terms;
    size_t most = o->one->n * LIMIT_HANDED_ENCLOSED;
    struct case_exhibit_view *list = calloc(most + 1, sizeof(*list));
    if (list == NULL) {
        return ST_NOMEM;
    }
    *ret = (struct case_view){.one = o->one,
                              .self = o->home->config.name,
                              .now_ns = now_ns,
                              .exhibits = list,
                              .denials = UINT32_MAX,
                              .grounds = UINT32_MAX};
    enum status st = take_exhibits(o, list, &ret->exhibit_n, why);
    if (st == ST_OK && case_terms_of(o->home, case_notice(o->one)->said,
                                     case_other(o->one, ret->self), &terms, why) == ST_OK) {
        ret->denials = terms.denials;
        ret->grounds = terms.grounds;
    } /* an accord that is gone forbids nothing */
    if (st != ST_OK) {
        case_view_fini(ret);
    }
    return st;
}

/* --- handing out ------------------------------------------------------------------- */

static int write_out(const struct case_job *job, struct bytes content)
{
    const struct accord_job as = {.output = job->output};
    return accord_write(&as, content);
}

/* What the file is for, and what the other side does with it. */
static void say_next(const struct case_job *job, const struct case_view *v)
{
    const struct case_said *notice = case_notice(v->one)->said;
    bool stranger = !notice->has_accord && strcmp(v->one->accuser, v->self) == 0;
    if (job->output == NULL) {
        return;
    }
    say("next: send %s to %s; there: exhibit case receive %s%s", job->output,
        case_other(v->one, v->self), job->output, stranger ? " --with KEY" : "");
    if (stranger) {
        say("      (KEY: what exhibit key show --policy prints here, sent by another way)");
    }
}

int case_hand_out(const struct case_job *job, struct case_open *o, const char *did)
{
    CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_HANDED_BYTES + 1);
    CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
    struct case_view v;
    struct fault why = {0};
    enum status st = case_hand(o->home, o->log, o->one, false, &out, &why);
    st = st != ST_OK ? st : case_view_of(o, clock_now_ns(), &v, &why);
    if (st != ST_OK) {
        return case_failed(o->home->path, st, &why);
    }
    int status = write_out(job, buf_bytes(&out));
    if (status != CASE_DONE) {
        say("case %.8s: what was said is in the ledger and stands; exhibit case file %.8s -o FILE "
            "writes it",
            o->one->id, o->one->id);
    }
    if (job->json && status == CASE_DONE) {
        report_case_json(&text, &v, false);
        status = accord_answer(&text, status);
    } else if (status == CASE_DONE) {
        report_case_owed(&text, &v);
        say("case %.8s: %s%s%.*s", o->one->id, did, text.len > 0 ? ". " : "", (int)text.len,
            (const char *)text.data);
        say_next(job, &v);
    }
    case_view_fini(&v);
    return status;
}
