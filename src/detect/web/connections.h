/* detect/web/connections.h - which response answers which request, in captures.
 *
 * A response begins at the sequence number that the request acknowledges (RFC
 * 9293, 3.4): what a client has read when it asks is all that the server had
 * sent. So no byte stream need be put together. Where a client asks again
 * before it is answered (pipelining), both statuses stay unknown.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/model/observation.h"

struct web_connection {
    struct addr client, server;
    uint16_t client_port, server_port;
    bool waiting;       /* for the response to its last request */
    uint16_t len;       /* the caller's: that request's target is at `at` */
    uint32_t at;        /* of the texts of the event */
    uint32_t next_seq;  /* of the client, behind that request */
    uint32_t reply_seq; /* where the response begins */
    uint64_t event;     /* the caller's too */
    uint32_t chain, newer, older;
};

struct web_connections {
    struct web_connection *items;
    uint32_t *heads; /* chains by hash; as many as items, a power of two */
    uint32_t n, cap;
    uint32_t newest, oldest; /* by last request */
    uint64_t seed;
    uint64_t forgotten; /* waiting ones that had to make room */
};

void web_connections_init(struct web_connections *t, uint64_t seed);
void web_connections_fini(struct web_connections *t);
/* The connection of a packet that begins with a request, now waiting for the
 * response; *ret is NULL when it was sent before (a retransmission). It lives
 * until the next call. */
MUST_USE enum status web_connections_request(struct web_connections *t, const struct observation *o,
                                             struct web_connection **ret);
/* The connection whose request this packet begins to answer, no longer
 * waiting, or NULL. With `interim` (RFC 9110, 15.2) the response is yet to come. */
struct web_connection *web_connections_response(struct web_connections *t,
                                                const struct observation *o, bool interim);
size_t web_connections_bytes(const struct web_connections *t);
