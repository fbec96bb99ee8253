/* cli/traces.h - records of the findings that matter most, by reading once more.
 *
 * Detectors keep no records. Who looks at a finding wants to see some, so once all
 * findings are known, the inputs that can be read twice are.
 */
#pragma once

#include "base/model/trace.h"
#include "cli/reader.h"
#include "report/view.h"

/* So many findings; each TRACE_RECORDS at most. */
enum { TRACES_MOST = 200 };

struct traces {
    struct arena arena; /* in the parent: of what was taken */
    struct trace *items;
    size_t n;
    struct tracer *child; /* in the reader */
};

void traces_init(struct traces *t);
void traces_fini(struct traces *t);
/* The watch that fills them; `t` outlives it. */
struct reader_watch traces_watch(struct traces *t);
/* Each finding that has one gets its trace. */
void traces_give(const struct traces *t, struct view_finding *findings, size_t n);
