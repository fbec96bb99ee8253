/* cli/answer.c - exhibit answer: to a case of somebody else against us. */
#include <stdlib.h>
#include <string.h>

#include "base/core/canon.h"
#include "base/core/timefmt.h"
#include "cli/case.h"
#include "cli/case_parts.h"
#include "cli/say.h"

enum {
    OPT_RECEIVED = 1,
    OPT_INVESTIGATING,
    OPT_CONFIRMED,
    OPT_ACTED,
    OPT_DISPUTED,
    OPT_DECLINED,
    OPT_FORWARDED,
    OPT_NOT_ON_OUR_NETWORK,
    OPT_PAST_RETENTION,
    OPT_CANNOT_SAY,
    OPT_OBSERVATION,
    OPT_ATTRIBUTION,
    OPT_PRESERVED,
    OPT_EVIDENCE,
    OPT_NOTE,
    OPT_POLICY,
    OPT_OUTPUT,
    OPT_PASSPHRASE_FILE,
    OPT_HOME,
    OPT_JSON,
};

/* clang-format off */
const struct option_spec answer_options[] = {
    {"--received", 0, NULL, "It came in whole; the same as case ack.", OPT_RECEIVED, NULL},
    {"--investigating", 0, NULL, "We are looking into it.", OPT_INVESTIGATING, NULL},
    {"--confirmed", 0, NULL, "It is as the notice says.", OPT_CONFIRMED, NULL},
    {"--acted", 0, NULL, "We have done something about it; --note says what.", OPT_ACTED, NULL},
    {"--disputed", 0, "DENIAL[,DENIAL...]",
     "It is not so, and why: fabricated, altered, picked, staged, forged-source, not-ours, relay, "
     "compromised, benign, not-an-offence, wrong-time, too-late, insufficient.", OPT_DISPUTED,
     "fabricated altered picked staged forged-source not-ours relay compromised benign "
     "not-an-offence wrong-time too-late insufficient"},
    {"--declined", 0, "GROUND", "We do not do what is asked, and on which ground.", OPT_DECLINED,
     "political-offence sovereignty ordre-public no-legal-basis privacy"},
    {"--forwarded", 0, "WHOM", "We have passed it on: to a customer, the national team...",
     OPT_FORWARDED, NULL},
    {"--not-on-our-network", 0, NULL, "The address is not of our network.",
     OPT_NOT_ON_OUR_NETWORK, NULL},
    {"--past-retention", 0, NULL, "Our records do not go back so far.", OPT_PAST_RETENTION, NULL},
    {"--cannot-say", 0, NULL, "We do not know.", OPT_CANNOT_SAY, NULL},
    {"--observation", 0, "WORD",
     "Of what was seen, apart from whose it was: agree, disagree, cannot-tell, not-said. If not "
     "given: what the answer itself says of it.", OPT_OBSERVATION,
     "agree disagree cannot-tell not-said"},
    {"--attribution", 0, "WORD", "Of whence it came: the same words.", OPT_ATTRIBUTION,
     "agree disagree cannot-tell not-said"},
    {"--preserved-until", 0, "TIME", "The data is kept until then.", OPT_PRESERVED, NULL},
    {"--evidence", 'e', "FILE", "An exhibit of our own records. May be repeated.", OPT_EVIDENCE,
     NULL},
    {"--note", 'n', "TEXT", "A word to the other side.", OPT_NOTE, NULL},
    {"--policy", 'p', "FILE", "Whom to trust for --evidence, if it is not our own ledger.",
     OPT_POLICY, NULL},
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
    unsigned answers; /* how many were given */
};

/* The options that are answers, in the order of their words. */
static int answer_of(int id)
{
    static const int ids[CASE_ANSWERS] = {
        OPT_INVESTIGATING, OPT_CONFIRMED,          OPT_ACTED,          OPT_DISPUTED,  OPT_DECLINED,
        OPT_FORWARDED,     OPT_NOT_ON_OUR_NETWORK, OPT_PAST_RETENTION, OPT_CANNOT_SAY};
    for (int i = 0; i < CASE_ANSWERS; i++) {
        if (ids[i] == id) {
            return i;
        }
    }
    return -1;
}

static const char **text_of(struct case_job *job, int id)
{
    switch (id) {
    case OPT_DISPUTED:
        return &job->reply.denials;
    case OPT_DECLINED:
        return &job->reply.ground;
    case OPT_FORWARDED:
        return &job->reply.forwarded_to;
    case OPT_OBSERVATION:
        return &job->reply.observation;
    case OPT_ATTRIBUTION:
        return &job->reply.attribution;
    case OPT_PRESERVED:
        return &job->reply.preserved;
    case OPT_NOTE:
        return &job->note;
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
    if (spec->id == OPT_EVIDENCE) {
        if (p->job.exhibit.n == LIMIT_HANDED_ENCLOSED) {
            say("answer: --evidence: at most %d files", LIMIT_HANDED_ENCLOSED);
            return false;
        }
        p->job.exhibit.v[p->job.exhibit.n++] = value;
        return true;
    }
    if (spec->id == OPT_RECEIVED || answer_of(spec->id) >= 0) {
        p->job.reply.answer = answer_of(spec->id);
        p->answers++;
    }
    if (value != NULL) {
        *text_of(&p->job, spec->id) = value;
    }
    p->job.json = p->job.json || spec->id == OPT_JSON;
    return true;
}

int answer_main(const struct command *self, int argc, char **argv)
{
    struct parsed p = {.answers = 0};
    int n;
    if (!options_parse(self, argc, argv, take, &p, &n)) {
        return CASE_COULD_NOT;
    }
    argv[n] = NULL; /* operands stand at the front; there are fewer than argc */
    if (n != 1 || p.answers != 1) {
        say(n != 1 ? "answer: one CASE at a time (exhibit case list)"
                   : "answer: one of --investigating, --confirmed, --acted, --disputed, "
                     "--declined, --forwarded, --not-on-our-network, --past-retention, "
                     "--cannot-say, --received");
        return CASE_COULD_NOT;
    }
    if (p.job.json && p.job.output == NULL) {
        say("answer: --json answers on standard output: --output FILE for the case itself");
        return CASE_COULD_NOT;
    }
    return p.job.reply.answer < 0 ? case_ack(&p.job, argv) : case_answer_it(&p.job, argv);
}

/* --- what it says ------------------------------------------------------------------ */

static bool take_denials(const char *text, uint32_t *ret)
{
    *ret = 0;
    while (text != NULL) {
        char word[32];
        size_t n = strcspn(text, ",");
        (void)snprintf(word, sizeof(word), "%.*s", (int)(n < 31 ? n : 31), text);
        int place = accord_word_find(ACCORD_DENIALS, word);
        if (place < 0) {
            say("answer: --disputed %s: no denial (exhibit answer --help has them)", word);
            return false;
        }
        *ret |= UINT32_C(1) << place;
        text = text[n] == ',' ? text + n + 1 : NULL;
    }
    return true;
}

/* With an accord, only what both have signed is a ground. */
static bool agreed(const struct case_open *o, uint32_t denials, int ground)
{
    struct case_terms t;
    struct fault why = {0};
    const char *other = case_other(o->one, o->home->config.name);
    if (case_terms_of(o->home, case_notice(o->one)->said, other, &t, &why) != ST_OK) {
        return true; /* the accord is gone */
    }
    for (size_t i = 0; i < 32; i++) {
        if ((denials >> i & 1) != 0 && (t.denials >> i & 1) == 0) {
            say("answer: --disputed %s: the accord of this case does not have it as a ground",
                accord_word_at(ACCORD_DENIALS, i).name);
            return false;
        }
    }
    if (ground >= 0 && (t.grounds >> ground & 1) == 0) {
        say("answer: --declined %s: the accord of this case does not have it as a ground",
            accord_word_at(ACCORD_GROUNDS, (size_t)ground).name);
        return false;
    }
    return true;
}

/* An opinion that was given, or the one that the answer implies. */
static bool put_opinion(const struct case_reply *r, uint32_t denials, int about, json_t *body)
{
    const char *names[] = {"observation", "attribution"};
    const char *given = about == 0 ? r->observation : r->attribution;
    enum case_opinion implied = case_answer_implies((enum case_answer)r->answer, denials, about);
    if (given != NULL && case_word_find(CASE_LIST_OPINIONS, given) < 0) {
        say("answer: --%s %s: agree, disagree, cannot-tell or not-said", names[about], given);
        return false;
    }
    bool fixed = implied == CASE_DISAGREE || implied == CASE_AGREE;
    const char *word = case_word_at(CASE_LIST_OPINIONS, implied).name;
    if (given != NULL && fixed && strcmp(given, word) != 0) {
        say("answer: --%s %s contradicts the answer itself, which says %s", names[about], given,
            word);
        return false;
    }
    return case_draft_text(body, names[about], given != NULL ? given : word) == ST_OK;
}

static bool put_preserved(const char *text, json_t *body)
{
    char when[EXCHANGE_TIME_TEXT];
    int64_t ns = 0;
    if (text == NULL) {
        return true;
    }
    if (time_parse(bytes_of(text, strlen(text)), &ns) != ST_OK || ns < 0) {
        say("answer: --preserved-until %s: not a time such as 2027-01-31", text);
        return false;
    }
    exchange_time_text(ns, when);
    return case_draft_text(body, "preserved_until", when) == ST_OK;
}

static bool put_answer(const struct case_job *job, const struct case_open *o, json_t *body)
{
    const struct case_reply *r = &job->reply;
    uint32_t denials = 0;
    int ground = r->ground != NULL ? accord_word_find(ACCORD_GROUNDS, r->ground) : -1;
    if (r->ground != NULL && ground < 0) {
        say("answer: --declined %s: political-offence, sovereignty, ordre-public, no-legal-basis "
            "or privacy",
            r->ground);
        return false;
    }
    return take_denials(r->denials, &denials) && agreed(o, denials, ground) &&
           case_draft_text(body, "answer",
                           case_word_at(CASE_LIST_ANSWERS, (size_t)r->answer).name) == ST_OK &&
           put_opinion(r, denials, 0, body) && put_opinion(r, denials, 1, body) &&
           (denials == 0 || case_draft_words(body, "denials", true, denials) == ST_OK) &&
           (ground < 0 || case_draft_text(body, "ground", r->ground) == ST_OK) &&
           (r->forwarded_to == NULL ||
            case_draft_text(body, "forwarded_to", r->forwarded_to) == ST_OK) &&
           put_preserved(r->preserved, body) &&
           (job->note == NULL || case_draft_text(body, "note", job->note) == ST_OK);
}

/* What is sent has to hold by our own policy, as for a notice. */
static int put_evidence(const struct case_job *job, struct case_open *o, json_t *body)
{
    for (size_t i = 0; i < job->exhibit.n; i++) {
        struct case_file f = {.size_bytes = 0};
        int failed = case_enclose(job, o, job->exhibit.v[i], &f);
        if (failed == CASE_DONE && f.proof.status != 0) {
            say("%s: %s", job->exhibit.v[i],
                json_string_value(json_object_get(f.proof.verdict, "conclusion")));
            failed = f.proof.status;
        }
        if (failed == CASE_DONE &&
            case_draft_enclose(body, f.name, &f.hash, f.size_bytes) != ST_OK) {
            failed = case_failed(job->exhibit.v[i], ST_NOMEM, NULL);
        }
        case_proof_fini(&f.proof);
        if (failed != CASE_DONE) {
            return failed;
        }
    }
    return CASE_DONE;
}

int case_answer_it(const struct case_job *job, char **operands)
{
    CLEANUP(case_open_fini) struct case_open o = {.home = NULL};
    CLEANUP(canon_freep) json_t *body = NULL;
    int failed = case_open(job, operands[0], true, &o);
    if (failed != CASE_DONE || !case_is_side(&o, false, "answer")) {
        return failed != CASE_DONE ? failed : CASE_COULD_NOT;
    }
    body = case_draft_head(o.one->id, case_next_number(o.one, o.home->config.name));
    if (body == NULL || !put_answer(job, &o, body)) {
        return CASE_COULD_NOT;
    }
    failed = put_evidence(job, &o, body);
    return failed != CASE_DONE ? failed : case_say_it(job, &o, CASE_ANSWER, body, "answer written");
}
