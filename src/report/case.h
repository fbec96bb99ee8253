/* report/case.h - cases as documents, in a line, and in JSON. */
#pragma once

#include <jansson.h>

#include "exchange/case/case.h"
#include "report/document.h"

/* One file that went along, and what verifying it said. */
struct case_exhibit_view {
    const struct case_enclosed *file;
    const char *by;                 /* whose statement names it */
    const json_t *at_receipt, *now; /* exchange/case/verdict.h; NULL: not verified */
};

struct case_view {
    const struct case_one *one;
    const char *self; /* the reader's party */
    int64_t now_ns;
    const struct case_exhibit_view *exhibits;
    size_t exhibit_n;
    uint32_t denials, grounds; /* that the terms of the case allow */
    /* For report_case_received: was this statement not here before? Else NULL. */
    bool (*is_new)(const void *ctx, const struct exchange_statement *s);
    const void *ctx;
};

/* The whole case, to be read and printed. */
void report_case(struct document *d, const struct case_view *v);
/* What has come in: where it stands, what is new, what its exhibits show. */
void report_case_received(struct document *d, const struct case_view *v);
/* One row of a list. */
void report_case_row(struct document *d, const struct case_view *v);
/* What is owed, by whom, until when; "" when nothing is. */
void report_case_owed(struct buf *out, const struct case_view *v);
/* Where it stands, in one clause: "acknowledged", "isp-b.example disputes it". */
void report_case_stands(struct buf *out, const struct case_view *v);
/* One object (docs/schemas/case.schema.json) and a newline; `full`: with statements and
 * exhibits. */
void report_case_json(struct buf *out, const struct case_view *v, bool full);
