/* exchange/calibrate/words.h - the closed lists of a calibration.
 *
 * All that a party can say about a scenario is made of these words: acts that records
 * show, and no content of what somebody said.
 */
#pragma once

#include <stddef.h>

#include "exchange/accord/words.h"

enum calibrate_list {
    CALIBRATE_KINDS,    /* of scenarios */
    CALIBRATE_VERDICTS, /* enum calibrate_verdict, in this order */
    CALIBRATE_NEEDS,    /* what has to be known before one can judge */
    CALIBRATE_ANSWERS,  /* that a notice about it should get */
    CALIBRATE_LISTS
};

enum calibrate_verdict { CALIBRATE_COUNTS, CALIBRATE_COUNTS_NOT, CALIBRATE_NEEDS_MORE };

/* Its name is NULL past the last. */
struct accord_word calibrate_word_at(enum calibrate_list list, size_t i);
/* Its place in the list, or -1. */
int calibrate_word_find(enum calibrate_list list, const char *name);
