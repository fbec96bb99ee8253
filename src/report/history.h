/* report/history.h - a history as a document and in JSON. */
#pragma once

#include "exchange/case/history.h"
#include "report/document.h"

void report_history(struct document *d, const struct history *h, const struct history_query *q);
/* JSON Lines: statements, pairs, numbers, and an end (docs/schemas/case.schema.json). */
void report_history_json(struct buf *out, const struct history *h, const struct history_query *q);
/* "History of 203.0.113.0/24", into out. */
void report_history_title(const struct history_query *q, char *out, size_t size);
/* "", or the network. */
void report_history_network(const struct history_query *q, char out[PREFIX_TEXT_MAX]);
