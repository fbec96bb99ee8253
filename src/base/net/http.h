/* base/net/http.h - one question to a server that the user has named (libcurl).
 *
 * http and https only; redirects are not followed; the answer is bounded in size
 * and time. Whatever comes back is anybody's.
 */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

struct http_question {
    const char *url;
    const char *type;   /* of what is sent */
    const char *accept; /* type of the answer; it must come as this */
    struct bytes body;  /* sent by POST */
    uint64_t timeout_ms;
};

enum { HTTP_ERROR_MAX = 256 };

/* The body of an answer with status 200, appended. ST_LIMIT past ret's maximum.
 * Else error says in words what was wrong, and *ret is as it was. */
MUST_USE enum status http_ask(const struct http_question *q, struct buf *ret,
                              char error[HTTP_ERROR_MAX]);
