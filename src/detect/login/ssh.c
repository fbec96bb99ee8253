/* detect/login/ssh.c - failed logins in SSH, by the sizes of the answers.
 *
 * Until both sides have sent NEWKEYS, SSH is readable (RFC 4253, 4.2, 6 and 7):
 * its packets are counted off. After that each answer of the server in the
 * login phase is a segment of its own. The first is SERVICE_ACCEPT, whose
 * payload has 17 bytes. USERAUTH_FAILURE (RFC 4252, 5.1) has at least 14, and
 * is padded to no less; USERAUTH_SUCCESS has one, and so have the short
 * messages of the connection that follows at most nine: with every cipher
 * they are shorter than SERVICE_ACCEPT. So a segment shorter than the first
 * shows that somebody got in, and a connection closed without one, whose
 * answers are mostly of one size, that nobody did. A key that a client has and
 * the server does not know is answered in the same way: such an answer is no
 * guess of its own, and a connection counts once.
 */
#include <string.h>

#include "detect/login/dialog.h"

enum {
    SSH_NEWKEYS = 21,
    /* RFC 4253, 8; RFC 5656, 4; RFC 4419, 5. What follows these is NEWKEYS. */
    SSH_KEX_INIT = 30,
    SSH_KEX_REPLY = 31,
    SSH_GEX_REPLY = 33,
    SSH_PACKET_MOST = 35000, /* RFC 4253, 6.1 */
    SSH_BANNER_LINES_MOST = 16384,
    /* SERVICE_ACCEPT: 4 + 1 + 17 bytes, padding, at most 64 of a MAC. */
    SSH_ACCEPT_LEAST = 24,
    SSH_ACCEPT_MOST = 160,
    /* Answers of a login that fails: MaxAuthTries is 6, and each may be asked
     * for in two steps. More, or larger ones, are those of a session. */
    SSH_ANSWERS_MOST = 32,
    SSH_ANSWER_MOST = 4096,
    /* A signed request (RFC 4252, 7) has at least 200 bytes of payload, one with
     * a password of up to 60 characters about 100, even where a client pads it
     * to hide its length. Both come with as much besides as SERVICE_ACCEPT. */
    SSH_KEY_LEAST = 160,
};

static uint32_t packet_length(const uint8_t *head)
{
    return load_be32(head);
}

static const struct frame_form packet = {4, SSH_PACKET_MOST, packet_length};

/* The line "SSH-2.0-..." (RFC 4253, 4.2), which others may precede. */
static void read_name(struct dialog_side *s, bool *named, struct bytes *data)
{
    while (data->len > 0 && !*named) {
        uint8_t c = data->data[0];
        *data = bytes_of(data->data + 1, data->len - 1);
        if (c == '\n') {
            *named = s->have >= 4 && memcmp(s->head, "SSH-", 4) == 0;
            s->have = 0;
        } else if (s->have < 4) {
            s->head[s->have++] = c;
        }
    }
    s->lost = s->lost || (!*named && s->bytes > SSH_BANNER_LINES_MOST);
}

/* A packet is complete: true when it was NEWKEYS. */
static bool packet_end(struct dialog_side *s, uint8_t *type)
{
    *type = s->have >= 6 ? s->head[5] : 0;
    s->have = 0;
    return *type == SSH_NEWKEYS;
}

/* True when this side's NEWKEYS has been read. */
static bool read_clear(struct dialog_side *s, bool *named, uint8_t *type, struct bytes *data)
{
    if (!*named) {
        read_name(s, named, data);
    }
    while (*named && frame_take(s, &packet, data)) {
        if (packet_end(s, type)) {
            return true;
        }
    }
    return false;
}

static void answer(struct dialog *d, size_t n, struct dialog_said *said)
{
    uint64_t request = d->client.bytes - d->ssh_sent;
    d->ssh_sent = d->client.bytes;
    if (d->ssh_accept == 0) {
        bool fits = n >= SSH_ACCEPT_LEAST && n <= SSH_ACCEPT_MOST;
        d->phase = fits ? d->phase : DIALOG_DONE;
        d->ssh_accept = (uint16_t)n;
        return;
    }
    if (n < d->ssh_accept) {
        said->accepted++;
        said->by_key = request >= (uint64_t)d->ssh_accept + SSH_KEY_LEAST;
        d->phase = DIALOG_DONE;
        return;
    }
    if (++d->ssh_answers > SSH_ANSWERS_MOST || n > SSH_ANSWER_MOST) {
        d->phase = DIALOG_DONE;
        return;
    }
    if (d->ssh_answers == 1) {
        d->ssh_request = request < UINT16_MAX ? (uint16_t)request : UINT16_MAX;
    }
    if (d->ssh_least == 0 || n < d->ssh_least) {
        d->ssh_least = (uint16_t)n;
        d->ssh_same = 0;
    }
    d->ssh_same += n == d->ssh_least;
}

/* The server's NEWKEYS stands in one segment with its last message of the key
 * exchange, and so beyond what a short capture has of it. */
static bool keys_are_cut_off(const struct dialog *d, uint32_t cut)
{
    const struct dialog_side *s = &d->server;
    uint8_t type = s->have >= 6 ? s->head[5] : s->have < packet.header ? d->ssh_types[1] : 0;
    uint32_t left = s->have >= packet.header ? s->left : 0;
    return cut > left && d->ssh_named_server &&
           (type == SSH_NEWKEYS || type == SSH_GEX_REPLY ||
            (type == SSH_KEX_REPLY && d->ssh_types[0] == SSH_KEX_INIT));
}

static void clear_phase(struct dialog *d, bool from_server, const struct dialog_piece *piece)
{
    struct dialog_side *s = from_server ? &d->server : &d->client;
    bool *named = from_server ? &d->ssh_named_server : &d->ssh_named_client;
    struct bytes data = piece->data;
    s->lost = s->lost || (!*named && (piece->missed > 0 || piece->cut > 0));
    uint8_t *type = &d->ssh_types[from_server];
    bool keys = frame_miss(s, &packet, piece->missed) && packet_end(s, type);
    keys = keys || read_clear(s, named, type, &data);
    keys = keys || (from_server && keys_are_cut_off(d, piece->cut));
    keys = keys || (frame_miss(s, &packet, piece->cut) && packet_end(s, type));
    if (s->lost) {
        d->phase = DIALOG_DONE;
    } else if (keys && from_server) {
        d->phase = DIALOG_SEALED;
    } else if (keys) {
        d->ssh_client_sealed = true;
        d->ssh_asked = data.len > 0;
    }
}

void ssh_read(struct dialog *d, bool from_server, const struct dialog_piece *piece,
              struct dialog_said *said)
{
    bool sealed = from_server ? d->phase == DIALOG_SEALED : d->ssh_client_sealed;
    if (!d->client.opened) {
        d->phase = DIALOG_DONE; /* the beginning was not seen */
    } else if (!sealed) {
        clear_phase(d, from_server, piece);
    } else if (piece->missed > 0) {
        d->phase = DIALOG_DONE; /* the answer that was missed may have been the one */
    } else if (!from_server) {
        d->ssh_asked = true;
    } else if (d->ssh_asked) {
        answer(d, piece->data.len + piece->cut, said);
    }
}

bool ssh_looks_failed(const struct dialog *d)
{
    return d->phase == DIALOG_SEALED && d->ssh_answers > 0 && d->ssh_same * 2 >= d->ssh_answers;
}
