/* exchange/case/words.h - the closed lists of cases: what can be asked and answered.
 *
 * Lanes, denials, grounds and marks for passing on are those of accords
 * (exchange/accord/words.h), whether or not there is one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange/accord/words.h"

/* What a notice asks for; a set. */
enum case_request {
    CASE_INFORM, /* nothing: it tells */
    CASE_PRESERVE,
    CASE_IDENTIFY,
    CASE_STOP,
    CASE_EXPLAIN,
    CASE_REQUESTS
};

/* Receipt is no answer: it has a statement of its own. */
enum case_answer {
    CASE_INVESTIGATING,
    CASE_CONFIRMED,
    CASE_ACTED,
    CASE_DISPUTED, /* names denials */
    CASE_DECLINED, /* names a ground */
    CASE_FORWARDED,
    CASE_NOT_ON_OUR_NETWORK,
    CASE_PAST_RETENTION,
    CASE_CANNOT_SAY,
    CASE_ANSWERS
};

/* Said of the observation (what was seen) and of the attribution (whence it came)
 * apart from each other. */
enum case_opinion { CASE_NOT_SAID, CASE_AGREE, CASE_DISAGREE, CASE_CANNOT_TELL, CASE_OPINIONS };

/* Why the accuser takes a notice back. */
enum case_reason { CASE_WRONG, CASE_SETTLED, CASE_REPEATED, CASE_IN_ERROR, CASE_REASONS };

/* What the accuser's own later records show. */
enum case_outcome {
    CASE_STOPPED, /* live segments cover the time, and prove that it is absent */
    CASE_WENT_ON, /* records prove it */
    CASE_MOVED,   /* ... from another address of its network */
    CASE_NOT_SEEN,
    CASE_NOT_COVERED,
    CASE_OUTCOMES
};

/* Fields of the form for requests (Convention on Cybercrime, Article 29 (2), and the
 * templates of its committee). */
enum { CASE_FORM_FIELDS = 14 };

enum case_words {
    CASE_LIST_REQUESTS,
    CASE_LIST_ANSWERS,
    CASE_LIST_OPINIONS,
    CASE_LIST_REASONS,
    CASE_LIST_OUTCOMES,
    CASE_LIST_FORM, /* what a request across borders is asked for, in free text */
    CASE_LISTS
};

/* Its name is NULL past the last. */
struct accord_word case_word_at(enum case_words list, size_t i);
/* Its place in the list, or -1. */
int case_word_find(enum case_words list, const char *name);

/* What a denial is about: made-up records are no word on whose address it is. */
enum case_opinion_about { CASE_ABOUT_OBSERVATION, CASE_ABOUT_ATTRIBUTION, CASE_ABOUT_NEITHER };
enum case_opinion_about case_denial_about(size_t denial);

/* What an answer says of the observation (0) and the attribution (1) by itself, if its
 * party says nothing else. `denials` counts for CASE_DISPUTED. */
enum case_opinion case_answer_implies(enum case_answer a, uint32_t denials, int about);
