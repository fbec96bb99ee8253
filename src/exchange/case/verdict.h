/* exchange/case/verdict.h - what verifying an exhibit said when it came in.
 *
 *   talk/verified/<hash>   JSON: what the reader's own program computed, and when
 *
 * By the statement that it went along with, since another's word on the same file may
 * rest on other keys. It is the reader's note to himself: in no statement, and in no file that is
 * handed over. It is written once; verifying again tells anew, and changes nothing.
 */
#pragma once

#include <jansson.h>

#include "evidence/home/home.h"

/* {"claims": [{"holds", "number", "sentence"}], "conclusion", "exit_status", "grade",
 * "time"}; nothing happens if there is one. */
MUST_USE enum status case_verdict_keep(const struct evidence_home *h,
                                       const struct digest *statement, const struct digest *exhibit,
                                       const json_t *verdict, struct fault *why);
/* ST_END: none is kept. */
MUST_USE enum status case_verdict_get(const struct evidence_home *h, const struct digest *statement,
                                      const struct digest *exhibit, json_t **ret,
                                      struct fault *why);
/* Is it of that form? For one that comes out of a caged process. */
bool case_verdict_valid(const json_t *verdict);
