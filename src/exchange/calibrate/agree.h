/* exchange/calibrate/agree.h - how far judgements agree, in numbers.
 *
 * Of scenarios and of kinds of them, never of a party: nobody gets a mark. Krippendorff's
 * alpha for nominal data (any number of judges, judgements may be missing) corrects for
 * what chance would give; it is said only where it can mean something.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "exchange/calibrate/fold.h"

/* Fewer scenarios than this, and alpha changes its sign with one judgement. */
enum { CALIBRATE_ALPHA_LEAST = 10 };

struct calibrate_agreement {
    size_t scenarios; /* that two parties or more have judged */
    size_t alike;     /* where all of them said the same verdict */
    size_t pairs;     /* of judgements of one scenario by two parties */
    size_t pairs_alike;
    size_t answers_alike; /* scenarios where all expect the same answer */
    bool has_alpha;
    double alpha; /* of verdicts: 1 all alike, 0 as by chance */
};

/* `kind`: of CALIBRATE_KINDS, or CALIBRATE_ALL. */
#define CALIBRATE_ALL SIZE_MAX
void calibrate_agree(const struct calibrate_fold *f, size_t kind, struct calibrate_agreement *ret);

/* Do all that judged this scenario say the same verdict? What is needed is not compared. */
bool calibrate_alike(const struct calibrate_fold *f, size_t scenario);
