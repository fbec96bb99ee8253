/* cli/case_proof.h - exhibits that go along with a case, verified in a cage. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/core/cursor.h"

struct case_proof {
    int status;      /* as verify's: 0 every claim holds, 1 one does not, 2 no key to tell */
    json_t *claims;  /* as a notice sums them up, without `exhibit` */
    json_t *verdict; /* exchange/case/verdict.h */
};
void case_proof_fini(struct case_proof *p);

/* `policy_file`, if it is not NULL, else `policy`. False: it is no exhibit, or could not be
 * read; said under `name`. */
struct case_proving {
    const char *name, *policy_file;
    struct bytes exhibit, policy;
    int64_t now_ns;
};
bool case_prove(const struct case_proving *p, struct case_proof *ret);
