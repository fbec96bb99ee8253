/* capture/log_sshd.c - what a message of OpenSSH's server says.
 *
 * The formats are those of OpenSSH 3.x to 10.x: auth_log in auth.c, the
 * connection's name in packet.c (sshpkt_fmt_connection_id), and the calls that
 * carry an address in sshd.c, sshd-session.c, auth-pam.c and kex.c; of
 * Linux-PAM's pam_unix; of rsyslog's "message repeated".
 */
#include "capture/log_sshd.h"

/* What was made of a message; it goes into the observation when all is read. */
struct said {
    struct log_endpoint remote, server;
    struct bytes user, method;
    enum log_outcome outcome;
    enum log_tally tally;
    bool strong;
    uint32_t repeat;
    uint32_t session;
    bool preauth; /* the message ended with " [preauth]" */
};

typedef enum log_found reader(struct log_text m, struct said *ret);

static void take_users_kind(struct bytes *s)
{
    if (!LOG_TAKE(s, "invalid user ")) {
        (void)LOG_TAKE(s, "illegal user "); /* before OpenSSH 3.9 */
    }
}

/* "... from A port P" at the end; what is before it stays in m. */
static enum log_found pop_from(struct log_text *m, struct log_endpoint *ret)
{
    struct log_text t = *m;
    enum log_found found = log_pop_endpoint(&t, ret);
    if (found == LOG_FOUND_NOTHING || !LOG_DROP(&t.s, " from")) {
        return LOG_FOUND_OTHER;
    }
    *m = t;
    return found;
}

static bool drop_protocol(struct log_text *m)
{
    if (!LOG_DROP(&m->s, " ssh2") && !LOG_DROP(&m->s, " ssh1")) {
        return false;
    }
    m->cut = false;
    return true;
}

/* The only "from A port P" that stands before `mark`. Text on both sides is
 * the remote's; when it holds another one, the true one cannot be told. */
static enum log_found only_from(struct log_text *m, const char *mark, size_t n,
                                struct log_endpoint *ret)
{
    struct log_text one = *m;
    enum log_found found = LOG_FOUND_OTHER;
    for (size_t i = log_find(m->s, 0, mark, n); i != SIZE_MAX; i = log_find(m->s, i + 1, mark, n)) {
        struct log_text t = {.s = {m->s.data, i}};
        struct log_endpoint at;
        if (pop_from(&t, &at) != LOG_FOUND_OBSERVATION || at.port == 0) {
            continue;
        }
        if (found == LOG_FOUND_OBSERVATION) {
            return LOG_FOUND_AMBIGUOUS;
        }
        found = LOG_FOUND_OBSERVATION;
        one = t;
        *ret = at;
    }
    *m = one;
    return found;
}

/* "from A port P ssh2: ALGORITHM FINGERPRINT": neither has spaces, so the user
 * name before it can hold what it likes. */
static enum log_found before_key(struct log_text *m, struct log_endpoint *ret)
{
    struct log_text t = *m;
    struct bytes print = log_pop(&t.s);
    struct bytes algorithm = log_pop(&t.s);
    t.cut = false;
    if (print.len == 0 || algorithm.len == 0 || !LOG_DROP(&t.s, " ssh2:")) {
        return LOG_FOUND_OTHER;
    }
    enum log_found found = pop_from(&t, ret);
    *m = found == LOG_FOUND_OTHER ? *m : t;
    return found;
}

/* Only keys, certificates, hosts and Kerberos names are written behind "ssh2:".
 * A certificate's name and a client's host are hostile text, as the user is. */
static bool method_says_more(struct bytes method)
{
    return LOG_IS(method, "publickey") || LOG_IS(method, "hostbased") ||
           LOG_STARTS(method, "gssapi");
}

static enum log_found login_remote(struct log_text *m, struct bytes method,
                                   struct log_endpoint *ret)
{
    if (drop_protocol(m)) {
        return pop_from(m, ret);
    }
    enum log_found found = LOG_FOUND_OTHER;
    if (LOG_IS(method, "publickey")) {
        found = before_key(m, ret);
    }
    if (found == LOG_FOUND_OTHER && method_says_more(method)) {
        found = only_from(m, " ssh2: ", 7, ret);
    }
    if (found == LOG_FOUND_OTHER) { /* protocol 1 wrote "ssh1: ruser NAME" */
        found = only_from(m, " ssh1: ", 7, ret);
    }
    return found == LOG_FOUND_OTHER ? pop_from(m, ret) : found;
}

/* "METHOD for [invalid user ]USER from A port P ssh2[: MORE]": auth_log. */
static enum log_found login(struct log_text m, enum log_outcome outcome, struct said *ret)
{
    ret->method = log_shift(&m.s);
    if (ret->method.len == 0 || !LOG_TAKE(&m.s, "for ")) {
        return LOG_FOUND_OTHER;
    }
    enum log_found found = login_remote(&m, ret->method, &ret->remote);
    take_users_kind(&m.s);
    ret->user = m.s;
    ret->outcome = outcome;
    /* A client asks with "none" which methods there are: no attempt by itself. */
    ret->strong = outcome != LOG_OTHER && !LOG_IS(ret->method, "none");
    if (outcome == LOG_REFUSED) {
        ret->tally = LOG_TALLY_SSHD;
    }
    return found;
}

static enum log_found failed(struct log_text m, struct said *ret)
{
    return login(m, LOG_REFUSED, ret);
}

static enum log_found accepted(struct log_text m, struct said *ret)
{
    return login(m, LOG_ACCEPTED, ret);
}

static enum log_found unfinished(struct log_text m, struct said *ret)
{
    return login(m, LOG_OTHER, ret);
}

/* "Invalid user USER from A[ port P]"; the user may be empty. */
static enum log_found invalid_user(struct log_text m, struct said *ret)
{
    enum log_found found = pop_from(&m, &ret->remote);
    ret->user = m.s;
    ret->outcome = LOG_NO_USER;
    return found;
}

/* "[invalid user |authenticating user |user ]USER A port P": a connection's
 * name. A user is only named before login by the first two. */
static enum log_found connection(struct log_text m, struct said *ret, bool *before_login)
{
    *before_login = LOG_TAKE(&m.s, "invalid user ") || LOG_TAKE(&m.s, "authenticating user ");
    bool named = *before_login || LOG_TAKE(&m.s, "user ");
    enum log_found found = log_pop_endpoint(&m, &ret->remote);
    if (found == LOG_FOUND_NOTHING || (!named && m.s.len > 0)) {
        return LOG_FOUND_OTHER;
    }
    if (named) {
        ret->user = m.s;
    }
    return found;
}

static enum log_found closed(struct log_text m, struct said *ret)
{
    bool before_login;
    enum log_found found = connection(m, ret, &before_login);
    ret->outcome = before_login || ret->preauth ? LOG_CLOSED : LOG_OTHER;
    return found;
}

/* "[... user USER ]A port P: REASON". Reasons that quote the user are as
 * hostile as the name: then only a sole "A port P: " is believed. */
static enum log_found disconnecting(struct log_text m, struct said *ret)
{
    ret->outcome = LOG_CLOSED;
    bool before_login;
    if (LOG_DROP(&m.s, ": Too many authentication failures")) {
        m.cut = false;
        return connection(m, ret, &before_login);
    }
    enum log_found found = LOG_FOUND_OTHER;
    for (size_t i = log_find(m.s, 0, ": ", 2); i != SIZE_MAX; i = log_find(m.s, i + 1, ": ", 2)) {
        struct said here = *ret;
        struct log_text t = {.s = {m.s.data, i}};
        if (connection(t, &here, &before_login) != LOG_FOUND_OBSERVATION || here.remote.port == 0) {
            continue;
        }
        if (found == LOG_FOUND_OBSERVATION) {
            return LOG_FOUND_AMBIGUOUS;
        }
        found = LOG_FOUND_OBSERVATION;
        *ret = here;
    }
    return found;
}

/* "A port P:11: TEXT" or "A: 11: TEXT"; the text is the remote's. */
static enum log_found received_disconnect(struct log_text m, struct said *ret)
{
    enum log_found found = log_shift_endpoint(&m, &ret->remote);
    bool refused = log_ends(m.s, ": Auth fail", 11); /* what libraries say before [preauth] was */
    ret->outcome = ret->preauth || refused ? LOG_CLOSED : LOG_OTHER;
    return found;
}

/* "A port P on B port Q[ ...]": LogLevel VERBOSE. */
static enum log_found connection_from(struct log_text m, struct said *ret)
{
    enum log_found found = log_shift_endpoint(&m, &ret->remote);
    if (found == LOG_FOUND_OBSERVATION && LOG_TAKE(&m.s, " on ")) {
        (void)log_shift_endpoint(&m, &ret->server); /* unknown when it is not there */
    }
    return found;
}

/* "TAG: Connection from [... user USER ]A port P: REASON": the reason is one
 * of a fixed list (ssherr.c) without a colon. */
static enum log_found broken_connection(struct log_text m, struct said *ret)
{
    const uint8_t *colon = m.s.len ? memrchr(m.s.data, ':', m.s.len) : NULL;
    bool before_login;
    if (colon == NULL) {
        return LOG_FOUND_OTHER;
    }
    struct log_text t = {.s = {m.s.data, (size_t)(colon - m.s.data)}};
    enum log_found found = connection(t, ret, &before_login);
    ret->outcome = before_login ? LOG_CLOSED : LOG_OTHER;
    return found;
}

/* "[A]:P" at the front of s, and a space behind it. */
static bool bracketed(struct bytes *s, struct log_endpoint *ret)
{
    uint64_t port;
    struct bytes word = log_shift(s);
    const uint8_t *close = word.len ? memrchr(word.data, ']', word.len) : NULL;
    if (close == NULL || word.data[0] != '[') {
        return false;
    }
    size_t n = (size_t)(close - word.data);
    struct bytes tail = log_from(word, n + 1);
    if (!LOG_TAKE(&tail, ":") || !log_number(tail, 65535, &port)) {
        return false;
    }
    ret->port = (uint16_t)port;
    return log_addr(bytes_of(word.data + 1, n - 1), &ret->addr);
}

/* "#N from [A]:P on [B]:Q REASON": MaxStartups and PerSourcePenalties. */
static enum log_found dropped(struct log_text m, struct said *ret)
{
    (void)log_shift(&m.s);
    if (!LOG_TAKE(&m.s, "from ") || !bracketed(&m.s, &ret->remote)) {
        return LOG_FOUND_OTHER;
    }
    if (m.s.len == 0) {
        return LOG_FOUND_OTHER; /* cut */
    }
    struct log_endpoint server;
    if (LOG_TAKE(&m.s, "on ") && bracketed(&m.s, &server) && m.s.len > 0) {
        ret->server = server;
    }
    return LOG_FOUND_OBSERVATION;
}

/* "A port P", or since 9.8 "connection from A to B, pid = N", by the process
 * that listens, about the one that served. */
static enum log_found timeout(struct log_text m, struct said *ret)
{
    ret->outcome = LOG_CLOSED;
    (void)LOG_TAKE(&m.s, "connection from "); /* absent in the older form */
    enum log_found found = log_shift_endpoint(&m, &ret->remote);
    if (found != LOG_FOUND_OBSERVATION || !LOG_TAKE(&m.s, "to ")) {
        return found;
    }
    struct bytes server = log_shift(&m.s);
    uint64_t pid;
    if (LOG_DROP(&server, ",")) {
        (void)log_addr(server, &ret->server.addr); /* else unknown */
    }
    if (!m.cut && LOG_TAKE(&m.s, "pid = ") && log_number(m.s, UINT32_MAX, &pid)) {
        ret->session = (uint32_t)pid;
    }
    return found;
}

/* "TEXT from A[ port P]", where the text says nothing that is used. */
static enum log_found from_at_end(struct log_text m, struct said *ret)
{
    return pop_from(&m, &ret->remote);
}

static enum log_found at_front(struct log_text m, struct said *ret)
{
    return log_shift_endpoint(&m, &ret->remote);
}

static enum log_found attempts_exceeded(struct log_text m, struct said *ret)
{
    ret->outcome = LOG_CLOSED;
    (void)drop_protocol(&m); /* a cut line may end before it */
    enum log_found found = pop_from(&m, &ret->remote);
    take_users_kind(&m.s);
    ret->user = m.s;
    return found;
}

/* Written when root's credentials were right, but root may not log in. */
static enum log_found root_refused(struct log_text m, struct said *ret)
{
    ret->outcome = LOG_REFUSED;
    ret->user = BYTES_LITERAL("root");
    return log_shift_endpoint(&m, &ret->remote);
}

/* "USER from A not allowed because ...": the account exists. The last of them
 * is sshd's own: a name may hold the words, a reason does not. */
static enum log_found not_allowed(struct log_text m, struct said *ret)
{
    static const char words[] = " not allowed because ";
    size_t end = SIZE_MAX;
    size_t next = log_find(m.s, 0, words, sizeof(words) - 1);
    while (next != SIZE_MAX) {
        end = next;
        next = log_find(m.s, end + 1, words, sizeof(words) - 1);
    }
    if (end == SIZE_MAX) {
        return LOG_FOUND_OTHER;
    }
    struct log_text t = {.s = {m.s.data, end}};
    enum log_found found = pop_from(&t, &ret->remote);
    ret->user = t.s;
    ret->outcome = LOG_REFUSED;
    return found;
}

/* "MESSAGE for [illegal user ]USER from A[ via B]": PAM's dialogue failed. */
static enum log_found pam_dialogue(struct log_text m, struct said *ret)
{
    size_t at = log_find(m.s, 0, " for ", 5);
    if (at == SIZE_MAX) {
        return LOG_FOUND_OTHER;
    }
    m.s = log_from(m.s, at + 5);
    struct log_text t = m;
    struct bytes server = log_pop(&t.s);
    if (LOG_DROP(&t.s, " via")) { /* Apple */
        if (!m.cut) {
            (void)log_addr(server, &ret->server.addr); /* else unknown */
        }
        m = (struct log_text){.s = t.s};
    }
    enum log_found found = pop_from(&m, &ret->remote);
    take_users_kind(&m.s);
    ret->user = m.s;
    ret->method = BYTES_LITERAL("keyboard-interactive/pam");
    ret->outcome = LOG_REFUSED;
    ret->tally = LOG_TALLY_PAM;
    return found;
}

/* "...; logname= uid=0 euid=0 tty=ssh ruser= rhost=A  user=USER": what stands
 * before rhost is not the remote's, what stands behind it is. */
static enum log_found pam_remote(struct log_text m, struct said *ret)
{
    size_t at = log_find(m.s, 0, " rhost=", 7);
    if (at == SIZE_MAX) {
        return LOG_FOUND_OTHER;
    }
    struct bytes rest = log_from(m.s, at + 7);
    struct bytes word = log_shift(&rest);
    if (word.len == 0 || (m.cut && rest.len == 0)) {
        return LOG_FOUND_OTHER;
    }
    rest = rest.len > 0 && rest.data[0] == ' ' ? log_from(rest, 1) : rest;
    if (LOG_TAKE(&rest, "user=")) {
        ret->user = rest;
    }
    ret->outcome = LOG_REFUSED;
    return log_addr(word, &ret->remote.addr) ? LOG_FOUND_OBSERVATION : LOG_FOUND_NAME;
}

/* "N more authentication failures; ...": pam_unix counts those after the first. */
static enum log_found pam_more(struct log_text m, struct said *ret)
{
    uint64_t n;
    struct bytes count = log_shift(&m.s);
    if (!log_number(count, UINT32_MAX, &n) || n == 0 ||
        !LOG_STARTS(m.s, "more authentication failure")) {
        return LOG_FOUND_OTHER;
    }
    ret->method = BYTES_LITERAL("pam");
    ret->tally = LOG_TALLY_MODULE;
    if (__builtin_mul_overflow(ret->repeat, (uint32_t)n, &ret->repeat)) {
        ret->repeat = UINT32_MAX;
    }
    return pam_remote(m, ret);
}

/* "MODULE(sshd:auth): authentication failure; ...", behind "pam_". Several
 * modules may report one attempt: only pam_unix, which counts, has a tally. */
static enum log_found pam_module(struct log_text m, struct said *ret)
{
    const uint8_t *call = memchr(m.s.data, '(', m.s.len);
    if (call == NULL) {
        return LOG_FOUND_OTHER;
    }
    struct bytes module = {m.s.data, (size_t)(call - m.s.data)};
    m.s = log_from(m.s, module.len);
    if (!LOG_TAKE(&m.s, "(sshd:auth): authentication failure;")) {
        return LOG_FOUND_OTHER;
    }
    ret->method = BYTES_LITERAL("pam");
    ret->tally = LOG_IS(module, "unix") ? LOG_TALLY_MODULE : LOG_TALLY_NONE;
    return pam_remote(m, ret);
}

/* "refused connect from NAME (A)": tcp wrappers; the name is the remote's. */
static enum log_found wrapped(struct log_text m, struct said *ret)
{
    struct bytes word = log_pop(&m.s);
    if (!LOG_TAKE(&word, "(") || !LOG_DROP(&word, ")")) {
        return LOG_FOUND_OTHER;
    }
    return log_addr(word, &ret->remote.addr) ? LOG_FOUND_OBSERVATION : LOG_FOUND_NAME;
}

#define SHAPE(text, f)                                                                             \
    {                                                                                              \
        text, sizeof(text) - 1, f                                                                  \
    }
static const struct shape {
    const char *begin;
    uint8_t len;
    reader *read;
} shapes[] = {
    /* By their first letter; within one, the frequent first. */
    SHAPE("Accepted ", accepted),
    SHAPE("Bad protocol version identification ", from_at_end),
    SHAPE("Connection closed by ", closed),
    SHAPE("Connection reset by ", closed),
    SHAPE("Connection from ", connection_from),
    SHAPE("Disconnected from ", closed),
    SHAPE("Disconnecting ", disconnecting),
    SHAPE("Did not receive identification string from ", at_front),
    SHAPE("Failed ", failed),
    SHAPE("Invalid user ", invalid_user),
    SHAPE("Illegal user ", invalid_user),
    SHAPE("Magic value check failed ", from_at_end), /* a patch that hides the handshake */
    SHAPE("PAM ", pam_more),
    SHAPE("PAM: ", pam_dialogue),
    SHAPE("Postponed ", unfinished),
    SHAPE("Partial ", unfinished),
    SHAPE("Received disconnect from ", received_disconnect),
    SHAPE("ROOT LOGIN REFUSED FROM ", root_refused),
    SHAPE("Timeout before authentication for ", timeout),
    SHAPE("Unable to negotiate with ", at_front),
    SHAPE("User ", not_allowed),
    SHAPE("banner exchange: Connection from ", broken_connection),
    SHAPE("drop connection ", dropped),
    SHAPE("maximum authentication attempts exceeded for ", attempts_exceeded),
    SHAPE("pam_", pam_module),
    SHAPE("refused connect from ", wrapped),
    SHAPE("ssh_dispatch_run_fatal: Connection from ", broken_connection),
};

static enum log_found by_shape(struct log_text m, struct said *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        const struct shape *shape = &shapes[i];
        if (m.s.data[0] == (uint8_t)shape->begin[0] && log_take(&m.s, shape->begin, shape->len)) {
            return shape->read(m, ret);
        }
    }
    return LOG_FOUND_OTHER;
}

static void trim(struct log_text *m)
{
    while (m->s.len > 0 && m->s.data[m->s.len - 1] == ' ') {
        m->s.len--;
        m->cut = false; /* the word before the space is whole */
    }
}

/* "message repeated N times: [ MESSAGE]": the first of them had a line of its
 * own, so this one stands for N more. */
static bool take_repeat(struct log_text *m, struct said *ret)
{
    struct bytes s = m->s;
    uint64_t n;
    if (!LOG_TAKE(&s, "message repeated ") || !log_number(log_shift(&s), UINT32_MAX, &n) ||
        n == 0 || !LOG_TAKE(&s, "times: [ ")) {
        return false;
    }
    m->s = s;
    if (LOG_DROP(&m->s, "]")) {
        m->cut = false;
    }
    ret->repeat = (uint32_t)n;
    return true;
}

/* Solaris' "[ID 800047 auth.info] " and sshd's levels. */
static void take_prefixes(struct bytes *s)
{
    if (LOG_STARTS(*s, "[ID ")) {
        const uint8_t *end = memchr(s->data, ']', s->len);
        size_t n = end != NULL ? (size_t)(end - s->data) + 1 : 0;
        *s = log_from(*s, n);
        (void)LOG_TAKE(s, " "); /* always there when something follows */
    }
    if (!LOG_TAKE(s, "error: ")) {
        (void)LOG_TAKE(s, "fatal: "); /* most messages have neither */
    }
}

enum log_found log_sshd_read(struct log_text m, struct observation *o, struct obs_log *l)
{
    struct said said = {.tally = LOG_TALLY_NONE, .repeat = 1, .session = l->session};
    trim(&m);
    take_prefixes(&m.s);
    if (LOG_STARTS(m.s, "message repeated ") && take_repeat(&m, &said)) {
        trim(&m);
        take_prefixes(&m.s);
    }
    if (LOG_DROP(&m.s, " [preauth]")) {
        said.preauth = true;
        m.cut = false;
    }
    enum log_found found = m.s.len > 0 ? by_shape(m, &said) : LOG_FOUND_OTHER;
    if (found != LOG_FOUND_OBSERVATION) {
        return found == LOG_FOUND_NOTHING ? LOG_FOUND_OTHER : found;
    }
    o->src = said.remote.addr;
    o->src_port = said.remote.port;
    o->flags |= addr_is_v4(&o->src) ? 0 : OBS_V6;
    o->dst = said.server.addr;
    o->dst_port = said.server.port;
    l->outcome = said.outcome;
    l->tally = said.tally & 3U;
    l->weak = !said.strong;
    l->repeat = said.repeat;
    l->session = said.session;
    l->user = said.user;
    l->method = said.method;
    return LOG_FOUND_OBSERVATION;
}
