/* base/model/trace.h - some records of a finding, spread evenly over it, so that it
 * can be looked at.
 *
 * A finding counts all of its records; these are few of them. They cross the border
 * of the caged reader as messages.
 */
#pragma once

#include "base/core/addr.h"
#include "base/core/arena.h"
#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "base/model/finding.h"

enum { TRACE_RECORDS = 240, TRACE_TEXT_MAX = 96 };

struct trace_record {
    int64_t time_ns;
    uint64_t pos;
    struct addr src, dst;
    uint16_t src_port, dst_port;
    char text[TRACE_TEXT_MAX]; /* as in the input: escape before showing */
};

struct trace {
    char id[FINDING_ID_MAX];
    size_t n;
    struct trace_record *records;
};

void trace_put(struct buf *out, const struct trace *t);
/* The records are in the arena. */
MUST_USE enum status trace_get(struct cursor *in, struct arena *arena, struct trace *ret);
