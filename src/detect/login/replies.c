/* detect/login/replies.c - answers to logins in protocols that can be read.
 *
 * Only the beginning of each line or frame is kept. What TLS hides is not
 * counted: a client that turns to it leaves nothing that can be read.
 */
#include <string.h>

#include "detect/login/dialog.h"

/* --- lines: FTP, SMTP, Telnet; others in files of their own
 * ----------------------------------------------- */

static bool word_in(const struct dialog_side *s, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= s->have; i++) {
        if (strncasecmp((const char *)s->head + i, word, n) == 0) {
            return true;
        }
    }
    return false;
}

/* The code of a reply's last line (RFC 959, 4.2; RFC 5321, 4.2.1), or 0. */
static unsigned reply_code(const struct dialog_side *s)
{
    unsigned code = 0;
    for (size_t i = 0; i < 3; i++) {
        if (i >= s->have || s->head[i] < '0' || s->head[i] > '9') {
            return 0;
        }
        code = code * 10 + (unsigned)(s->head[i] - '0');
    }
    return s->have == 3 || s->head[3] == ' ' ? code : 0;
}

static void keep_user(struct dialog *d, struct bytes name)
{
    d->user_known = true;
    d->user_len = (uint8_t)(name.len < DIALOG_USER ? name.len : DIALOG_USER);
    memcpy(d->user, name.data, d->user_len);
}

/* RFC 959, 4.1.1 and 5.4: USER, PASS, perhaps ACCT; 530 "not logged in", 230
 * "user logged in". Some servers say 430 "invalid username or password". A 530
 * to any other command, as to a client that looks around first, is no guess. */
static void ftp_line(struct dialog *d, bool from_server, struct dialog_said *said)
{
    const struct dialog_side *s = from_server ? &d->server : &d->client;
    if (!from_server) {
        bool pass = dialog_word_at(s, "PASS ") || (dialog_word_at(s, "PASS") && s->have == 4);
        d->phase = pass ? DIALOG_ASKED : DIALOG_OPEN;
        if (dialog_word_at(s, "USER ")) {
            keep_user(d, bytes_of(s->head + 5, s->have - 5u));
        }
        return;
    }
    unsigned code = reply_code(s);
    if (code == 234) { /* RFC 4217, 4: from here on TLS */
        d->phase = DIALOG_DONE;
        return;
    }
    if (d->phase != DIALOG_ASKED || code < 200 || code / 100 == 3) {
        return;
    }
    said->failed += code == 530 || code == 430;
    said->accepted += code == 230 || code == 232;
    d->phase = DIALOG_OPEN;
}

/* RFC 4954, 6: 535 "authentication credentials invalid", 235 "succeeded". 503 to
 * AUTH, "bad sequence", is what a guesser gets who does not listen to what the
 * server offers; no mail program asks like that. */
static void smtp_line(struct dialog *d, bool from_server, struct dialog_said *said)
{
    if (!from_server) {
        if (dialog_word_at(&d->client, "AUTH ")) {
            d->phase = DIALOG_ASKED;
        } else if (dialog_word_at(&d->client, "STARTTLS")) {
            d->phase = DIALOG_SEALED; /* if the server agrees */
        }
        return;
    }
    unsigned code = reply_code(&d->server);
    said->failed += code == 535 || (code == 503 && d->phase == DIALOG_ASKED);
    said->accepted += code == 235;
    if (code == 235 || (code == 220 && d->phase == DIALOG_SEALED)) {
        d->phase = DIALOG_DONE;
    } else if (code != 0 && code != 334) { /* 334 asks on */
        d->phase = DIALOG_OPEN;
    }
}

/* Telnet has no replies of its own: these are the words of login(1) and of what
 * stands in its place in devices. They count in answer to something that was
 * typed, and only as long as a session cannot have shown much. A password to
 * which the connection is closed without a word was refused, too. */
enum { TELNET_BYTES = 16384 };

static void telnet_line(struct dialog *d, struct dialog_said *said)
{
    static const char *const refusals[] = {
        "login incorrect",       "login failed",       "login invalid",
        "authentication failed", "access denied",      "bad password",
        "password incorrect",    "incorrect password", "invalid login",
    };
    for (size_t i = 0; d->phase == DIALOG_ASKED && i < sizeof(refusals) / sizeof(refusals[0]);
         i++) {
        if (word_in(&d->server, refusals[i])) {
            said->failed++;
            d->phase = DIALOG_OPEN;
        }
    }
    d->password_typed = false;
}

static void telnet_typed(struct dialog *d)
{
    d->phase = DIALOG_ASKED;
    d->password_typed = d->password_typed || d->password_asked;
    d->password_asked = false;
}

static void line_end(struct dialog *d, bool from_server, struct dialog_said *said)
{
    struct dialog_side *s = from_server ? &d->server : &d->client;
    if (s->have > 0 && s->have < DIALOG_HEAD && s->head[s->have - 1] == '\r') {
        s->have--;
    }
    if (!s->lost && s->have > 0) {
        if (d->service == LOGIN_FTP) {
            ftp_line(d, from_server, said);
        } else if (d->service == LOGIN_SMTP) {
            smtp_line(d, from_server, said);
        } else if (d->service == LOGIN_POP3) {
            pop3_line(d, from_server, said);
        } else if (d->service == LOGIN_IMAP) {
            imap_line(d, from_server, said);
        } else if (d->service == LOGIN_REDIS) {
            redis_line(d, from_server, said);
        } else {
            telnet_line(d, said);
        }
    }
    s->have = 0;
    s->lost = false;
}

static void read_lines(struct dialog *d, bool from_server, const struct dialog_piece *piece,
                       struct dialog_said *said)
{
    struct dialog_side *s = from_server ? &d->server : &d->client;
    struct bytes in = piece->data;
    s->lost = s->lost || piece->missed > 0; /* till the next line */
    while (in.len > 0 && d->phase != DIALOG_DONE) {
        const uint8_t *end = memchr(in.data, '\n', in.len);
        size_t n = end != NULL ? (size_t)(end - in.data) : in.len;
        size_t room = (size_t)DIALOG_HEAD - s->have;
        size_t keep = n < room ? n : room;
        memcpy(s->head + s->have, in.data, keep);
        s->have += (uint8_t)keep;
        if (end == NULL) {
            break;
        }
        in = bytes_of(end + 1, in.len - n - 1);
        line_end(d, from_server, said);
    }
    if (piece->cut > 0) {
        /* A reply nearly always ends with its segment. */
        line_end(d, from_server, said);
    }
}

/* --- frames: SMB, MySQL, PostgreSQL ----------------------------------------- */

enum { FRAME_MOST = 1 << 24 };

/* RFC 1002, 4.3.1; MS-SMB2 2.1: type 0 and 24 bits of length for a message;
 * the others, 0x81 to 0x85, are about the session. */
static uint32_t smb_length(const uint8_t *head)
{
    if (head[0] >= 0x81 && head[0] <= 0x85) {
        return load_be16(head + 2);
    }
    return load_be32(head);
}

enum {
    SMB2_SESSION_SETUP = 1,
    SMB1_SESSION_SETUP = 0x73,
    /* MS-ERREF 2.3.1 */
    STATUS_NO_SUCH_USER = 0x64,
    STATUS_WRONG_PASSWORD = 0x6a,
    STATUS_LOGON_FAILURE = 0x6d,
    STATUS_ACCOUNT_DISABLED = 0x72,
    STATUS_ACCOUNT_LOCKED_OUT = 0x234,
};

static bool smb_refusal(uint32_t status)
{
    uint32_t code = status & 0xffff;
    return status >> 16 == 0xc000 &&
           (code == STATUS_LOGON_FAILURE || code == STATUS_WRONG_PASSWORD ||
            code == STATUS_NO_SUCH_USER || code == STATUS_ACCOUNT_DISABLED ||
            code == STATUS_ACCOUNT_LOCKED_OUT);
}

/* The answer to SESSION_SETUP; a guest or null session is no login. */
static void smb_frame(const struct dialog_side *s, struct dialog_said *said)
{
    const uint8_t *h = s->head + 4;
    uint32_t status;
    bool guest;
    if (s->have >= 4 + 64 && memcmp(h, "\xfeSMB", 4) == 0) { /* MS-SMB2 2.2.1.2, 2.2.6 */
        if (load_le16(h + 12) != SMB2_SESSION_SETUP || (h[16] & 1) == 0) {
            return;
        }
        status = load_le32(h + 8);
        guest = s->have < 4 + 68 || (load_le16(h + 66) & 3) != 0;
    } else if (s->have >= 4 + 32 && memcmp(h, "\xffSMB", 4) == 0) { /* MS-CIFS 2.2.3.1, 2.2.4.53 */
        if (h[4] != SMB1_SESSION_SETUP || (h[9] & 0x80) == 0) {
            return;
        }
        status = load_le32(h + 5);
        guest = s->have < 4 + 39 || (h[37] & 1) != 0;
    } else {
        return;
    }
    said->failed += smb_refusal(status);
    said->accepted += status == 0 && !guest;
}

/* MySQL's client/server protocol: 3 bytes of length, one of sequence. */
static uint32_t mysql_length(const uint8_t *head)
{
    return load_le16(head) | (uint32_t)head[2] << 16;
}

enum {
    MYSQL_OK = 0x00,
    MYSQL_ERR = 0xff,
    MYSQL_SWITCH = 0xfe, /* another way to log in is asked for */
    MYSQL_MORE = 0x01,
    ER_ACCESS_DENIED = 1045,
    ER_ACCESS_DENIED_NO_PASSWORD = 1698,
    MYSQL_CLIENT_SSL = 0x0800,
    MYSQL_SSL_REQUEST_BYTES = 32,
};

static void mysql_frame(struct dialog *d, bool from_server, struct dialog_said *said)
{
    const struct dialog_side *s = from_server ? &d->server : &d->client;
    if (!from_server) {
        bool tls = mysql_length(s->head) == MYSQL_SSL_REQUEST_BYTES && s->have >= 6 &&
                   (load_le16(s->head + 4) & MYSQL_CLIENT_SSL) != 0;
        d->phase = tls ? DIALOG_DONE : DIALOG_ASKED;
        return;
    }
    if (d->phase != DIALOG_ASKED || s->have < 5 || s->head[4] == MYSQL_SWITCH ||
        s->head[4] == MYSQL_MORE) {
        return;
    }
    unsigned error = s->head[4] == MYSQL_ERR && s->have >= 7 ? load_le16(s->head + 5) : 0;
    said->failed += error == ER_ACCESS_DENIED || error == ER_ACCESS_DENIED_NO_PASSWORD;
    said->accepted += s->head[4] == MYSQL_OK;
    d->phase = DIALOG_DONE;
}

/* PostgreSQL, 55.7: a type, and a length that counts itself. */
static uint32_t postgres_length(const uint8_t *head)
{
    uint32_t n = load_be32(head + 1);
    return n >= 4 ? n - 4 : UINT32_MAX;
}

/* SQLSTATE in the field C of an ErrorResponse (55.8): 28P01 is a password that
 * is wrong, 28000 an account that may not log in. */
static bool postgres_refusal(const struct dialog_side *s)
{
    for (size_t at = 5; at < s->have;) {
        const uint8_t *end = memchr(s->head + at, 0, s->have - at);
        size_t n = end != NULL ? (size_t)(end - (s->head + at)) : (size_t)s->have - at;
        if (n >= 6 && s->head[at] == 'C') {
            return memcmp(s->head + at + 1, "28P01", 5) == 0 ||
                   memcmp(s->head + at + 1, "28000", 5) == 0;
        }
        at += n + 1;
    }
    return false;
}

static void postgres_frame(struct dialog *d, struct dialog_said *said)
{
    const struct dialog_side *s = &d->server;
    if (s->head[0] == 'R') { /* 0 is AuthenticationOk, the others ask on */
        if (s->have >= 9 && load_be32(s->head + 5) == 0) {
            said->accepted++;
            d->phase = DIALOG_DONE;
        }
    } else if (s->head[0] == 'E') {
        said->failed += postgres_refusal(s);
        d->phase = DIALOG_DONE;
    }
}

/* A client may first ask for TLS or GSSAPI, in eight bytes; the answer is one
 * byte without a frame (55.2.11). Only "N" leaves something to read. */
static bool postgres_asks_tls(struct dialog *d, bool from_server, struct bytes *data)
{
    if (!from_server) {
        bool asks =
            data->len == 8 && load_be32(data->data) == 8 && load_be16(data->data + 4) == 1234;
        d->phase = asks ? DIALOG_ASKED : DIALOG_OPEN;
        return true;
    }
    if (d->phase == DIALOG_ASKED && data->len > 0) {
        d->phase = data->data[0] == 'N' ? DIALOG_OPEN : DIALOG_DONE;
        *data = bytes_of(data->data + 1, data->len - 1);
    }
    return d->phase == DIALOG_DONE;
}

static void frame(struct dialog *d, bool from_server, struct dialog_said *said)
{
    struct dialog_side *s = from_server ? &d->server : &d->client;
    if (d->service == LOGIN_SMB) {
        smb_frame(s, said);
    } else if (d->service == LOGIN_MYSQL) {
        mysql_frame(d, from_server, said);
    } else {
        postgres_frame(d, said);
    }
    s->have = 0;
}

static void read_frames(struct dialog *d, bool from_server, const struct dialog_piece *piece,
                        struct dialog_said *said)
{
    static const struct frame_form forms[LOGIN_SERVICES] = {
        [LOGIN_SMB] = {4, FRAME_MOST, smb_length},
        [LOGIN_MYSQL] = {4, FRAME_MOST, mysql_length},
        [LOGIN_POSTGRESQL] = {5, FRAME_MOST, postgres_length},
    };
    const struct frame_form *form = &forms[d->service];
    struct dialog_side *s = from_server ? &d->server : &d->client;
    struct bytes data = piece->data;
    if (d->service == LOGIN_SMB && !from_server) {
        return;
    }
    if (d->service == LOGIN_POSTGRESQL && postgres_asks_tls(d, from_server, &data)) {
        return;
    }
    if (frame_miss(s, form, piece->missed)) {
        frame(d, from_server, said);
    }
    while (d->phase != DIALOG_DONE && frame_take(s, form, &data)) {
        frame(d, from_server, said);
    }
    if (d->phase != DIALOG_DONE && frame_miss(s, form, piece->cut)) {
        frame(d, from_server, said);
    }
}

void replies_read(struct dialog *d, bool from_server, const struct dialog_piece *piece,
                  struct dialog_said *said)
{
    bool frames =
        d->service == LOGIN_SMB || d->service == LOGIN_MYSQL || d->service == LOGIN_POSTGRESQL;
    if (frames) {
        read_frames(d, from_server, piece, said);
    } else if (d->service == LOGIN_TELNET && !from_server) {
        telnet_typed(d);
    } else if (d->service == LOGIN_TELNET && d->server.bytes > TELNET_BYTES) {
        d->password_typed = false;
        d->phase = DIALOG_DONE;
    } else {
        read_lines(d, from_server, piece, said);
    }
    if (d->service == LOGIN_TELNET && from_server && word_in(&d->server, "password:")) {
        d->password_asked = true; /* a prompt is a line without an end */
        d->server.have = 0;
    }
}
