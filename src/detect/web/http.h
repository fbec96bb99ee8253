/* detect/web/http.h - the first line of an HTTP/1 message, in one packet's payload.
 *
 * RFC 9112, 2 to 5. Nothing is put together from several packets: of a message
 * that a packet does not begin, nothing is seen, and a line that goes on in the
 * next packet is known to be cut. Everything returned is borrowed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/model/observation.h"

struct http_request {
    struct bytes method, target;
    struct bytes agent; /* User-Agent, as far as it is in the packet */
    bool cut;           /* the target went on after what was captured */
};

/* May the payload begin an HTTP/1 message? All but a few packets leave here:
 * methods (RFC 9110, 9.1) and "HTTP/1." begin with a capital letter. */
static inline bool http_may_begin(const struct observation *o)
{
    enum { SHORTEST = 12 }; /* "HTTP/1.1 404" */
    return o->proto == PROTO_TCP && o->captured_len >= SHORTEST && o->type == OBS_PACKET &&
           (o->flags & OBS_INNER) == 0 && o->payload[0] >= 'A' && o->payload[0] <= 'Z' &&
           (o->flags & OBS_L4) != 0;
}

bool http_request_read(struct bytes payload, struct http_request *ret);
/* The status code that it begins with, or 0: no response. */
uint16_t http_status_read(struct bytes payload);
