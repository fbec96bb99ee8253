/* report/notices.h - notices as the store has them. */
#pragma once

#include "base/core/buf.h"
#include "store/store.h"

/* Failures of memory are the buffer's. ST_MALFORMED: its line is no notice's. */
/* Its line, as it was stored. */
MUST_USE enum status notices_json(struct buf *out, const struct store_notice *n, struct fault *why);
/* Two lines for people. */
MUST_USE enum status notices_terminal(struct buf *out, const struct store_notice *n,
                                      struct fault *why);
/* How many there were. */
void notices_end(struct buf *out, size_t n);
