/* base/os/channel.c - whole messages over stream sockets. */
#include "base/os/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_BYTES = 5, SMALL_BYTES = 4096, CHUNK_BYTES = 65536 };

static enum status send_all(int fd, const uint8_t *p, size_t n, struct fault *why)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            return fault_sys(why, errno, "channel");
        }
        p += sent;
        n -= (size_t)sent;
    }
    return ST_OK;
}

enum status channel_send(int fd, uint8_t type, struct bytes body, struct fault *why)
{
    uint8_t small[HEAD_BYTES + SMALL_BYTES];
    if (body.len > UINT32_MAX) {
        return fault_limit(why, 0, "length of a message", UINT32_MAX);
    }
    store_be32(small, (uint32_t)body.len);
    small[4] = type;
    size_t first = body.len < SMALL_BYTES ? body.len : SMALL_BYTES;
    if (first > 0) {
        memcpy(small + HEAD_BYTES, body.data, first);
    }
    TRY(send_all(fd, small, HEAD_BYTES + first, why));
    return body.len > first ? send_all(fd, body.data + first, body.len - first, why) : ST_OK;
}

enum status channel_send_held(int fd, struct buf *held, struct fault *why)
{
    if (held->failed != ST_OK) {
        return fault_at(why, held->failed, held->len, "messages");
    }
    enum status st = send_all(fd, held->data, held->len, why);
    buf_clear(held);
    return st;
}

enum status channel_hold(int fd, uint8_t type, struct bytes body, struct buf *held,
                         struct fault *why)
{
    if (body.len > held->max - HEAD_BYTES) { /* not small: it goes at once, behind those held */
        TRY(channel_send_held(fd, held, why));
        return channel_send(fd, type, body, why);
    }
    if (held->len + HEAD_BYTES + body.len > held->max) {
        TRY(channel_send_held(fd, held, why));
    }
    buf_be32(held, (uint32_t)body.len);
    buf_byte(held, type);
    buf_append(held, body.data, body.len);
    return ST_OK; /* that memory was lacking is told when they are sent */
}

/* Exactly n bytes; *ret_got says how many there were. */
static enum status receive_all(int fd, uint8_t *p, size_t n, size_t *ret_got, struct fault *why)
{
    *ret_got = 0;
    while (*ret_got < n) {
        ssize_t got = read(fd, p + *ret_got, n - *ret_got);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        /* Unread data of ours in a socket that closes shows as a reset. */
        if (got == 0 || (got < 0 && errno == ECONNRESET)) {
            return fault_at(why, ST_SHORT, *ret_got, "message");
        }
        if (got < 0) {
            return fault_sys(why, errno, "channel");
        }
        *ret_got += (size_t)got;
    }
    return ST_OK;
}

enum status channel_receive(int fd, uint8_t *ret_type, struct buf *body, struct fault *why)
{
    uint8_t head[HEAD_BYTES];
    size_t got = 0;
    enum status st = receive_all(fd, head, sizeof(head), &got, why);
    if (st != ST_OK) {
        return st == ST_SHORT && got == 0 ? ST_END : st;
    }
    size_t left = load_be32(head);
    buf_clear(body);
    if (left > body->max) {
        return fault_limit(why, 0, "length of a message", body->max);
    }
    /* Memory follows what has come, not what was announced. */
    while (left > 0) {
        size_t n = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        if (!buf_reserve(body, n)) {
            return fault_at(why, body->failed, body->len, "message");
        }
        TRY(receive_all(fd, body->data + body->len, n, &got, why));
        body->len += n;
        left -= n;
    }
    *ret_type = head[4];
    return ST_OK;
}
