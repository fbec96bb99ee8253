/* base/os/channel.h - typed messages between our own processes.
 *
 * A channel is one end of a pair of stream sockets. A message is a length of
 * four bytes (big-endian, of what follows the type), a type, and the body.
 * The other end may have been taken over by what it read: lengths are checked
 * against the receiver's maximum before anything is kept.
 */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"

/* A signal in between does not end it; ST_SYS with EPIPE when nobody listens
 * any more (and no SIGPIPE). */
MUST_USE enum status channel_send(int fd, uint8_t type, struct bytes body, struct fault *why);

/* Many small messages: they wait in `held`, begun with BUF_INIT(CHANNEL_HELD_MAX),
 * until they are worth waking the other end. The last go with channel_send_held. */
enum { CHANNEL_HELD_MAX = 1 << 16 };
MUST_USE enum status channel_hold(int fd, uint8_t type, struct bytes body, struct buf *held,
                                  struct fault *why);
MUST_USE enum status channel_send_held(int fd, struct buf *held, struct fault *why);

/* Waits for one message and replaces the body's content. ST_END when the other
 * end closed between messages, ST_SHORT inside one, ST_LIMIT for more than
 * body->max. After a failure the channel is of no more use. */
MUST_USE enum status channel_receive(int fd, uint8_t *ret_type, struct buf *body,
                                     struct fault *why);
