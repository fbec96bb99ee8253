/* exchange/case/words.c - the words, and what they say to people. */
#include "exchange/case/words.h"

#include <string.h>

#include "base/core/status.h"
#include "evidence/verify/report.h"

static const struct accord_word requests[CASE_REQUESTS] = {
    [CASE_INFORM] = {"inform", "nothing: it is to be known"},
    [CASE_PRESERVE] = {"preserve", "to keep the data that it names from being lost"},
    [CASE_IDENTIFY] = {"identify", "to say, by the law that applies, who used the address"},
    [CASE_STOP] = {"stop", "to end the act"},
    [CASE_EXPLAIN] = {"explain", "to say what it was"},
};

static const struct accord_word answers[CASE_ANSWERS] = {
    [CASE_INVESTIGATING] = {"investigating", "is looking into it"},
    [CASE_CONFIRMED] = {"confirmed", "confirms it"},
    [CASE_ACTED] = {"acted", "has acted"},
    [CASE_DISPUTED] = {"disputed", "disputes it"},
    [CASE_DECLINED] = {"declined", "declines the request"},
    [CASE_FORWARDED] = {"forwarded", "has passed it on"},
    [CASE_NOT_ON_OUR_NETWORK] = {"not-on-our-network", "says that this is not its network"},
    [CASE_PAST_RETENTION] = {"past-retention", "has no records left from that time"},
    [CASE_CANNOT_SAY] = {"cannot-say", "cannot say"},
};

static const struct accord_word opinions[CASE_OPINIONS] = {
    [CASE_NOT_SAID] = {"not-said", "nothing said"},
    [CASE_AGREE] = {"agree", "agrees"},
    [CASE_DISAGREE] = {"disagree", "disagrees"},
    [CASE_CANNOT_TELL] = {"cannot-tell", "cannot tell"},
};

static const struct accord_word reasons[CASE_REASONS] = {
    [CASE_WRONG] = {"wrong", "the notice was wrong"},
    [CASE_SETTLED] = {"settled", "the matter is settled"},
    [CASE_REPEATED] = {"repeated", "another notice says the same"},
    [CASE_IN_ERROR] = {"in-error", "it was not meant to be sent"},
};

static const struct accord_word outcomes[CASE_OUTCOMES] = {
    [CASE_STOPPED] = {"stopped",
                      "it stopped, as far as live segments with proofs of absence cover"},
    [CASE_WENT_ON] = {"went-on", "it went on: records show it"},
    [CASE_MOVED] = {"moved", "the same is seen from a neighbour, another address of that network"},
    [CASE_NOT_SEEN] = {"not-seen", "it is not seen in the files that were looked at"},
    [CASE_NOT_COVERED] = {"not-covered", "no record of ours covers the time"},
};

static const struct accord_word form[CASE_FORM_FIELDS] = {
    {"authority", "the authority that asks"},
    {"officer", "who answers for it there"},
    {"call_back", "where he is reached day and night"},
    {"reference", "its own reference"},
    {"earlier", "earlier references"},
    {"urgency", "why it is urgent"},
    {"legal_basis", "the offence, and the law that it is under"},
    {"summary", "what happened"},
    {"data", "which data is to be kept or told: subscriber, traffic, content; of what time"},
    {"link", "how that data belongs to the offence"},
    {"custodian", "who holds the data"},
    {"necessity", "why it is needed, and how it may be lost"},
    {"assistance", "whether a request for mutual assistance follows, and by when"},
    {"confidential", "what is to be kept from the customer"},
};

struct accord_word case_word_at(enum case_words list, size_t i)
{
    static const struct {
        const struct accord_word *words;
        size_t n;
    } lists[CASE_LISTS] = {
        [CASE_LIST_REQUESTS] = {requests, CASE_REQUESTS},
        [CASE_LIST_ANSWERS] = {answers, CASE_ANSWERS},
        [CASE_LIST_OPINIONS] = {opinions, CASE_OPINIONS},
        [CASE_LIST_REASONS] = {reasons, CASE_REASONS},
        [CASE_LIST_OUTCOMES] = {outcomes, CASE_OUTCOMES},
        [CASE_LIST_FORM] = {form, CASE_FORM_FIELDS},
    };
    return i < lists[list].n ? lists[list].words[i] : (struct accord_word){NULL, NULL};
}

int case_word_find(enum case_words list, const char *name)
{
    for (size_t i = 0;; i++) {
        struct accord_word w = case_word_at(list, i);
        if (w.name == NULL || strcmp(w.name, name) == 0) {
            return w.name == NULL ? -1 : (int)i;
        }
    }
}

enum case_opinion_about case_denial_about(size_t denial)
{
    switch ((enum evidence_denial)denial) {
    case DENIAL_FABRICATED:
    case DENIAL_ALTERED:
    case DENIAL_STAGED:
    case DENIAL_WRONG_TIME:
        return CASE_ABOUT_OBSERVATION;
    case DENIAL_FORGED_SOURCE:
    case DENIAL_NOT_OURS:
        return CASE_ABOUT_ATTRIBUTION;
    default: /* it happened, from there: but it was somebody else, or it is no offence */
        return CASE_ABOUT_NEITHER;
    }
}

static enum case_opinion denied(uint32_t denials, int about)
{
    for (size_t i = 0; i < DENIAL_COUNT; i++) {
        if ((denials >> i & 1) != 0 && (int)case_denial_about(i) == about) {
            return CASE_DISAGREE;
        }
    }
    return CASE_NOT_SAID;
}

enum case_opinion case_answer_implies(enum case_answer a, uint32_t denials, int about)
{
    switch (a) {
    case CASE_CONFIRMED:
        return about == CASE_ABOUT_OBSERVATION ? CASE_AGREE : CASE_NOT_SAID;
    case CASE_DISPUTED:
        return denied(denials, about);
    case CASE_NOT_ON_OUR_NETWORK:
        return about == CASE_ABOUT_ATTRIBUTION ? CASE_DISAGREE : CASE_NOT_SAID;
    case CASE_PAST_RETENTION:
    case CASE_CANNOT_SAY:
        return CASE_CANNOT_TELL;
    default:
        return CASE_NOT_SAID;
    }
}
