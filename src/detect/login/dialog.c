/* detect/login/dialog.c - what a connection to a login service says of logins. */
#include "detect/login/dialog.h"

#include <string.h>

/* A gap larger than any window is no gap: a forged or foreign segment must not
 * make the rest of the connection look old. */
enum { GAP_MOST = 1 << 24 };

/* An RDP client that logs in speaks at least this often: it asks for the
 * connection, opens TLS, ends its handshake and sends its name and proof, or
 * goes through the steps of the older protocol. One that only looks at the
 * certificate speaks three times. MS-RDPBCGR 1.3.1.1, MS-CSSP 3.1.5. */
enum { RDP_TURNS = 4, RDP_LEAST_BYTES = 512 };

void dialog_begin(struct dialog *d, enum login_service service)
{
    *d = (struct dialog){.service = service};
}

void dialog_open(struct dialog *d, bool from_server, uint32_t seq)
{
    struct dialog_side *s = from_server ? &d->server : &d->client;
    s->next = seq + 1;
    s->begun = s->opened = true;
}

static void turn(struct dialog *d, bool from_server)
{
    struct dialog_side *s = from_server ? &d->server : &d->client;
    if (s->turns == 0 || d->server_spoke_last != from_server) {
        s->turns += s->turns < UINT16_MAX;
    }
    d->server_spoke_last = from_server;
}

/* MS-RDPBCGR 2.2.1.1: a TPKT header (RFC 1006, 6), then an X.224 connection
 * request. Without it, this is something else on RDP's port. */
static void rdp_read(struct dialog *d, struct bytes first)
{
    if (first.len < 6 || first.data[0] != 3 || (first.data[5] & 0xf0) != 0xe0) {
        d->phase = DIALOG_DONE;
    }
}

void dialog_feed(struct dialog *d, bool from_server, const struct observation *o,
                 struct dialog_said *said)
{
    struct dialog_side *s = from_server ? &d->server : &d->client;
    uint32_t len = o->payload_len;
    if (len == 0 || (o->tcp_flags & TCP_SYN) != 0) {
        return;
    }
    if (!s->begun) {
        s->begun = true;
        s->next = o->seq;
    }
    int32_t ahead = (int32_t)(o->seq - s->next);
    if (ahead > GAP_MOST || (ahead < 0 && (uint32_t) - (int64_t)ahead >= len)) {
        return; /* foreign, or all of it was read before */
    }
    uint32_t skip = ahead < 0 ? (uint32_t)-ahead : 0;
    uint32_t captured = o->captured_len < len ? o->captured_len : len;
    struct dialog_piece piece = {.missed = ahead > 0 ? (uint32_t)ahead : 0};
    if (captured > skip) {
        piece.data = bytes_of(o->payload + skip, captured - skip);
    }
    piece.cut = len - skip - (uint32_t)piece.data.len;
    s->next = o->seq + len;
    s->bytes += len - skip;
    turn(d, from_server);
    if (d->phase == DIALOG_DONE) {
        return;
    }
    if (d->service == LOGIN_RDP) {
        if (!from_server && s->turns == 1 && s->bytes == len) {
            rdp_read(d, piece.data);
        }
    } else if (d->service == LOGIN_SSH) {
        ssh_read(d, from_server, &piece, said);
    } else {
        replies_read(d, from_server, &piece, said);
    }
}

void dialog_close(const struct dialog *d, struct dialog_said *said)
{
    if (d->service == LOGIN_SSH) {
        said->failed += ssh_looks_failed(d);
    } else if (d->service == LOGIN_TELNET) {
        said->failed += d->password_typed;
    } else if (d->service == LOGIN_RDP) {
        said->failed += d->phase != DIALOG_DONE && d->client.opened &&
                        d->client.turns >= RDP_TURNS && d->client.bytes >= RDP_LEAST_BYTES &&
                        d->server.bytes >= RDP_LEAST_BYTES;
    }
}

bool dialog_one_answer(const struct dialog *d)
{
    return d->service == LOGIN_SSH && d->ssh_answers == 1;
}

bool frame_take(struct dialog_side *s, const struct frame_form *form, struct bytes *data)
{
    while (data->len > 0 && !s->lost) {
        if (s->have < form->header) {
            s->head[s->have++] = data->data[0];
            *data = bytes_of(data->data + 1, data->len - 1);
            if (s->have < form->header) {
                continue;
            }
            s->left = form->length(s->head);
            s->lost = s->left > form->most;
        } else {
            size_t n = s->left < data->len ? s->left : data->len;
            size_t room = (size_t)DIALOG_HEAD - s->have;
            size_t keep = n < room ? n : room;
            memcpy(s->head + s->have, data->data, keep);
            s->have += (uint8_t)keep;
            s->left -= (uint32_t)n;
            *data = bytes_of(data->data + n, data->len - n);
        }
        if (s->left == 0 && !s->lost) {
            return true;
        }
    }
    return false;
}

bool frame_miss(struct dialog_side *s, const struct frame_form *form, uint32_t n)
{
    if (n == 0 || s->lost) {
        return false;
    }
    if (s->have < form->header || n > s->left) {
        s->lost = true;
        return false;
    }
    s->left -= n;
    return s->left == 0;
}
