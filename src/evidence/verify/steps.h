/* evidence/verify/steps.h - parts of verify.c, for itself alone. */
#pragma once

#include "evidence/verify/verify.h"

/* A point about the exhibit as a whole; what fails takes the grade with it. */
MUST_USE enum status evidence_verify_point(struct evidence_verify *v, const char *what,
                                           enum evidence_word word, const char *detail,
                                           const char *assumes);
/* One claim, computed again: its report, and its part of the basis. */
MUST_USE enum status evidence_verify_claim(struct evidence_verify *v, size_t i);
/* The last two: what is not shown, and the whole in one line. */
MUST_USE enum status evidence_verify_not_shown(struct evidence_verify *v);
MUST_USE enum status evidence_verify_conclude(struct evidence_verify *v);
/* The checkpoints of each ledger, held against each other. Stamps were read before. */
MUST_USE enum status evidence_verify_history(struct evidence_verify *v);
