/* report/accord.h - accords as documents, in JSON, and what differs between two. */
#pragma once

#include <jansson.h>

#include "exchange/accord/differ.h"
#include "exchange/accord/standing.h"
#include "report/document.h"

/* What came of trying contact points. */
struct accord_trial {
    char from[LEDGER_NAME_MAX + 1], to[LEDGER_NAME_MAX + 1];
    size_t lane;
    int64_t asked_ns;
    bool answered;
    int64_t answered_ns;
};

struct accord_view {
    const struct accord_standing *standing;
    const struct accord_version *version; /* the one that is shown */
    const char *self;                     /* name of the reader's party; NULL: none */
    const struct accord_trial *trials;
    size_t trial_n;
};

void report_accord(struct document *d, const struct accord_view *v);
/* What it is, who signed, who knows whose key; no clauses. */
void report_accord_check(struct document *d, const struct accord_view *v);
void report_accord_json(struct buf *out, const struct accord_view *v, const char *type);
/* One trial alone, in a line. */
void report_accord_trial_json(struct buf *out, const struct accord_trial *t);
void report_accord_diff(struct document *d, const struct accord_difference *list, size_t n);
