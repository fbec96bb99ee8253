/* detect/login/mailbox.c - answers to logins at mailboxes: POP3 and IMAP.
 *
 * What was refused for another reason than the credentials is no guess.
 */
#include <string.h>

#include "detect/login/dialog.h"

/* What POP3's server is asked; DIALOG_ASKED waits for the answer to credentials. */
enum { POP3_OTHER, POP3_TLS, POP3_MECHANISM };

/* --- POP3: RFC 1939, 5034 ----------------------------------------------------- */

/* RFC 5034, 4: "AUTH PLAIN", perhaps with the credentials behind it. */
static void pop3_auth(struct dialog *d)
{
    const struct dialog_side *s = &d->client;
    const uint8_t *more = memchr(s->head + 5, ' ', s->have - 5u);
    d->step = POP3_MECHANISM;
    d->phase = more != NULL ? DIALOG_ASKED : DIALOG_OPEN;
}

static void pop3_asked(struct dialog *d)
{
    const struct dialog_side *s = &d->client;
    if (d->step == POP3_MECHANISM && d->phase == DIALOG_ASKED) {
        return; /* credentials, in base64: their answer is still awaited */
    }
    bool ahead = d->awaiting; /* RFC 2449, 6.6 */
    d->awaiting = true;
    d->step = POP3_OTHER;
    d->phase = DIALOG_OPEN;
    if (ahead) {
        return; /* the next answer is not its own */
    }
    if (dialog_word_at(s, "PASS ") || dialog_word_at(s, "APOP ")) {
        d->phase = DIALOG_ASKED;
    } else if (dialog_word_at(s, "AUTH ")) {
        pop3_auth(d);
    } else if (dialog_word_at(s, "STLS")) {
        d->step = POP3_TLS;
    }
}

/* RFC 2449, 8.1 and RFC 3206: why else a login is refused. */
static bool pop3_busy(const struct dialog_side *s)
{
    return dialog_word_at(s, "-ERR [SYS/") || dialog_word_at(s, "-ERR [IN-USE]") ||
           dialog_word_at(s, "-ERR [LOGIN-DELAY]");
}

void pop3_line(struct dialog *d, bool from_server, struct dialog_said *said)
{
    const struct dialog_side *s = &d->server;
    if (!from_server) {
        pop3_asked(d);
        return;
    }
    d->awaiting = false;
    bool ok = dialog_word_at(s, "+OK");
    if (!ok && !dialog_word_at(s, "-ERR")) {
        if (d->step == POP3_MECHANISM && s->head[0] == '+') {
            d->phase = DIALOG_ASKED; /* RFC 5034, 4: it wants the credentials */
        }
        return;
    }
    if (d->phase == DIALOG_ASKED) {
        said->accepted += ok;
        said->failed += !ok && !pop3_busy(s);
    }
    d->phase = ok && d->step == POP3_TLS ? DIALOG_DONE : DIALOG_OPEN;
    d->step = POP3_OTHER;
}

/* --- IMAP: RFC 9051 ----------------------------------------------------------- */

/* The line behind its first word and a space; what there is of it. */
static struct bytes behind_word(const struct dialog_side *s)
{
    const uint8_t *space = memchr(s->head, ' ', s->have);
    size_t n = space != NULL ? (size_t)(space - s->head) + 1 : s->have;
    return bytes_of(s->head + n, s->have - n);
}

static bool begins(struct bytes b, const char *word)
{
    size_t n = strlen(word);
    return b.len >= n && strncasecmp((const char *)b.data, word, n) == 0;
}

/* 6.2.2, 6.2.3: "tag LOGIN user password", "tag AUTHENTICATE mechanism"; what
 * follows in lines of its own changes nothing until the tag is answered. */
static void imap_asked(struct dialog *d)
{
    const struct dialog_side *s = &d->client;
    struct bytes rest = behind_word(s);
    bool login = begins(rest, "LOGIN ") || begins(rest, "AUTHENTICATE ");
    size_t tag = (size_t)(rest.data - s->head);
    if ((!login && !begins(rest, "STARTTLS")) || tag > sizeof(d->user)) {
        return;
    }
    d->phase = login ? DIALOG_ASKED : DIALOG_SEALED;
    memcpy(d->user, s->head, tag); /* with the space */
    d->user_len = (uint8_t)tag;
}

/* RFC 5530, 3: codes that do not blame the credentials. */
static bool imap_busy(struct bytes answer)
{
    static const char *const codes[] = {
        "NO [UNAVAILABLE]", "NO [PRIVACYREQUIRED]", "NO [CONTACTADMIN]", "NO [EXPIRED]",
        "NO [INUSE]",       "NO [LIMIT]",           "NO [SERVERBUG]"};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (begins(answer, codes[i])) {
            return true;
        }
    }
    return false;
}

void imap_line(struct dialog *d, bool from_server, struct dialog_said *said)
{
    const struct dialog_side *s = &d->server;
    if (!from_server) {
        imap_asked(d);
        return;
    }
    bool answered = (d->phase == DIALOG_ASKED || d->phase == DIALOG_SEALED) &&
                    s->have > d->user_len && memcmp(s->head, d->user, d->user_len) == 0;
    if (!answered) {
        return;
    }
    struct bytes answer = behind_word(s);
    bool ok = begins(answer, "OK");
    if (d->phase == DIALOG_ASKED) {
        said->accepted += ok;
        said->failed += begins(answer, "NO") && !imap_busy(answer);
        d->phase = DIALOG_OPEN;
    } else {
        d->phase = ok ? DIALOG_DONE : DIALOG_OPEN;
    }
}
