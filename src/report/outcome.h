/* report/outcome.h - what followed an act, by the accuser's own later records. */
#pragma once

#include "exchange/case/case.h"
#include "exchange/case/results.h"
#include "report/document.h"
#include "report/view.h"

struct outcome_view {
    const struct case_one *one;
    const struct case_suspect *suspect; /* all of these: of each address */
    const struct case_trace *trace;
    const struct case_after *after;
    size_t n;
    bool more; /* addresses than were looked for */
    const struct case_looked *looked;
    const struct case_look *looks; /* of each input */
    const struct view_input *inputs;
    size_t input_n;
    bool partial, has_answer;
};

void report_outcome(struct document *d, const struct outcome_view *v);
/* One object (docs/schemas/case.schema.json) and a newline. */
void report_outcome_json(struct buf *out, const struct outcome_view *v);
