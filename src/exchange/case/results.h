/* exchange/case/results.h - the body of an outcome: what was seen of each address. */
#pragma once

#include "exchange/case/outcome.h"
#include "exchange/case/said.h"

/* The members "since", "looked" and "remotes" of a body, into s. */
MUST_USE enum status case_results_read(const json_t *body, struct case_said *s, struct fault *why);

/* What was looked at: `records` later than `since_ns`, the first and the last of them. */
struct case_looked {
    bool sealed; /* what the home had sealed; else files */
    int64_t since_ns, from_ns, to_ns;
    uint64_t records; /* 0: there were none so late */
};

/* Those members, and the word of all, into a new body. */
MUST_USE enum status case_results_draft(json_t *body, const struct case_looked *l,
                                        const struct case_suspect *s, const struct case_trace *t,
                                        const struct case_after *a, size_t n);
