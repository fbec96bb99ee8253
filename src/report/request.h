/* report/request.h - what a request would say to whom, what it leaves out and
 * why, and which queries would name the contacts that are missing.
 */
#pragma once

#include "base/core/buf.h"
#include "exchange/notice.h"

struct request_view {
    const struct notice_set *set;
    bool named;   /* who writes is known, so the notices have ids */
    bool written; /* files are there */
};

/* All may fail for memory: out->failed. */
void request_terminal(struct buf *out, const struct request_view *v);
/* JSON Lines (docs/schemas/request.schema.json). */
void request_json(struct buf *out, const struct request_view *v);
/* What the store knows of a notice besides. */
struct request_stored {
    int64_t written_ns;
    const char *reporter; /* their mailbox */
    struct bytes subject;
};
/* The line of one notice; `stored` may be NULL. */
void request_notice_json(struct buf *out, const struct request_view *v, const struct notice *n,
                         const struct request_stored *stored);
/* "exhibit-K3F9....eml" */
enum { REQUEST_NAME_MAX = 32 };
void request_file_name(const struct notice *n, char out[REQUEST_NAME_MAX]);
