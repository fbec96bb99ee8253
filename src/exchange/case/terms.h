/* exchange/case/terms.h - until when something is owed, and what may be answered.
 *
 * From the accord in force with the other party; without one, presets that a notice
 * states as such.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "evidence/home/home.h"
#include "exchange/case/said.h"

/* Two years, the most that an accord can set, and the days around them. */
#define CASE_DUE_MOST_NS (INT64_C(732) * 86400 * 1000000000)

struct case_terms {
    bool has_accord, has_retention; /* the accord sets retention_days */
    char accord[EXCHANGE_ID_TEXT];
    struct digest version; /* hash of the statement that is that version */
    unsigned receipt_hours, urgent_hours, answer_days, final_days, preserve_days, retention_days;
    size_t tlp;
    uint32_t denials, grounds; /* that may be named; all, where no accord says which */
};

/* Without an accord: receipt in 24 hours, a first answer in 7 days (8 hours in the lanes
 * of inquiry and leaders), the last in 30 days; data kept for 60 days, known for 90. */
void case_terms_preset(struct case_terms *ret);

/* With this party, today: of the accord in force that names it, else the presets. */
MUST_USE enum status case_terms_now(const struct evidence_home *h, const char *party,
                                    struct case_terms *ret, struct fault *why);
/* Those that a notice follows. ST_DENIED: of an accord, or a version of it, that this
 * home does not have in force; or not between these parties. */
MUST_USE enum status case_terms_of(const struct evidence_home *h, const struct case_said *notice,
                                   const char *party, struct case_terms *ret, struct fault *why);

/* Until when: by the lane, from the time of the notice. */
void case_due(const struct case_terms *t, size_t lane, int64_t time_ns, int64_t due[CASE_DUTIES]);
