/* detect/peer/zeek_guess.c - Zeek's policies protocols/ssh and protocols/ftp
 * detect-bruteforcing.
 *
 * SSH: connections of one client whose every login failed; a connection counts
 * once, however many logins it tried. Zeek infers the outcome from the lengths
 * of encrypted packets; here it is read from the server's log. FTP: replies
 * 5xx to USER and PASS. Both are counted within epochs that do not overlap,
 * the first of which begins with the first packet or line.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/core/hash.h"
#include "base/core/timefmt.h"
#include "detect/peer/keyed.h"
#include "detect/peer/rules.h"

enum { FTP_PORT = 21 };

struct login { /* an SSH connection; key: client, server's name and process */
    struct keyed_item item;
    bool failed, entered;
    int64_t last_ns;
    uint64_t last_pos;
    struct extent when; /* of the lines that tell of failures */
    uint64_t lines;
};

struct control { /* an FTP connection; key: client, server, port */
    struct keyed_item item;
    bool asked; /* USER or PASS was the last command */
    bool has_client, has_server;
    uint32_t client_next, server_next; /* sequence numbers */
};

struct failures { /* key: client, nobody, epoch */
    struct keyed_item item;
    uint64_t n, lines;
    struct extent when;
};

struct bans { /* key: client */
    struct keyed_item item;
    struct finding *finding;
};

/* One of the two services. */
struct service {
    const struct definition *rule;
    const char *name, *counter;
    bool log;
    bool begun;
    int64_t begin_ns;
    struct keyed open, failures, bans;
};

struct zeek_guess {
    struct service ssh, ftp;
    struct finding_list *findings;
    struct below *below;
    uint64_t seed;
    int64_t clock_ns;
};

/* --- judging ---------------------------------------------------------------- */

static void fill(const struct service *s, const struct failures *x, struct finding *f)
{
    finding_words(f, "password", s->name);
    f->flags |= s->log ? FINDING_LOG : 0;
    f->has_initiator = true;
    f->initiator = x->item.key.a;
    f->authentic = AUTHENTIC_TWO_WAY; /* a login is tried inside a TCP connection */
    f->when = x->when;
}

static enum status judge(struct zeek_guess *z, struct service *s, const struct failures *x)
{
    int64_t threshold = s->rule->params[ZEEK_GUESSES];
    if (x->n < (uint64_t)threshold) {
        if (z->below == NULL || !below_is_near(x->n, threshold)) {
            return ST_OK;
        }
        struct finding f = {0};
        (void)definition_full_name(s->rule, f.definition);
        memcpy(f.kind, s->rule->kind, sizeof(s->rule->kind));
        fill(s, x, &f);
        f.packets = x->lines;
        f.attempts = x->n;
        finding_decide(&f, s->counter, x->n, threshold);
        return below_offer(z->below, &f);
    }
    struct keyed_key key = {.a = x->item.key.a};
    void *item;
    bool is_new;
    TRY(keyed_touch(&s->bans, &key, &item, &is_new));
    struct bans *b = item;
    if (b->finding == NULL) {
        b->finding = finding_list_begin(z->findings, s->rule);
        if (b->finding == NULL) {
            return ST_NOMEM;
        }
        fill(s, x, b->finding);
    }
    struct finding *f = b->finding;
    extent_join(&f->when, &x->when);
    f->packets += x->lines;
    f->attempts += x->n;
    if (x->n > f->counted) { /* the fullest epoch is told */
        finding_decide(f, s->counter, x->n, threshold);
    }
    return ST_OK;
}

static enum status judge_all(struct zeek_guess *z, struct service *s)
{
    struct failures *x;
    for (size_t i = 0; (x = keyed_next(&s->failures, &i)) != NULL;) {
        TRY(judge(z, s, x));
    }
    keyed_clear(&s->failures);
    return ST_OK;
}

/* --- counting --------------------------------------------------------------- */

static void begin(struct service *s, int64_t time_ns)
{
    if (!s->begun) {
        s->begun = true;
        s->begin_ns = time_ns;
    }
}

/* A failure at an instant, told by lines (or packets) of an extent. */
static enum status count(struct service *s, const struct addr *client, int64_t time_ns,
                         const struct extent *when, uint64_t lines)
{
    int64_t epoch_ns = s->rule->params[PARAM_IDLE_S] * TIME_SECOND;
    int64_t since = time_ns > s->begin_ns ? time_abs_diff(time_ns, s->begin_ns) : 0;
    struct keyed_key key = {.a = *client, .n = (uint64_t)(since / epoch_ns)};
    void *item;
    bool is_new;
    TRY(keyed_touch(&s->failures, &key, &item, &is_new));
    struct failures *x = item;
    if (is_new) {
        x->when = *when;
    }
    extent_join(&x->when, when);
    x->n++;
    x->lines += lines;
    return ST_OK;
}

/* --- SSH ---------------------------------------------------------------------- */

/* Zeek tells the outcome when the connection ends. */
static enum status end_login(struct service *s, struct login *l)
{
    if (l->failed && !l->entered) {
        TRY(count(s, &l->item.key.a, l->last_ns, &l->when, l->lines));
    }
    l->failed = l->entered = false;
    l->lines = 0;
    return ST_OK;
}

/* Ended long ago: counted, and left behind. LoginGraceTime is two minutes. */
static enum status end_logins(struct zeek_guess *z, int64_t quiet_ns)
{
    struct service *s = &z->ssh;
    struct login *l;
    for (size_t i = 0; (l = keyed_next(&s->open, &i)) != NULL;) {
        if (quiet_ns == 0 || time_abs_diff(z->clock_ns, l->last_ns) > quiet_ns) {
            TRY(end_login(s, l));
        }
    }
    return ST_OK;
}

static void tell(struct login *l, const struct observation *o)
{
    if (!l->failed) {
        l->when = extent_of(o->time_ns, o->pos);
    }
    l->failed = true;
    extent_add(&l->when, o->time_ns, o->pos);
    l->lines += o->log->repeat;
}

static enum status feed_ssh(struct zeek_guess *z, const struct observation *o)
{
    struct service *s = &z->ssh;
    const struct obs_log *l = o->log;
    if (l->service != LOG_SSH || l->outcome == LOG_OTHER) {
        return ST_OK;
    }
    begin(s, o->time_ns);
    uint32_t process = l->session != 0 ? l->session : o->src_port;
    struct keyed_key key = {.a = o->src, .n = hash_bytes(l->host, z->seed) ^ process};
    if ((s->open.n + 1) * 3 > s->open.cap * 2) {
        TRY(end_logins(z, TIME_HOUR));
    }
    void *item;
    bool is_new;
    TRY(keyed_touch(&s->open, &key, &item, &is_new));
    struct login *one = item;
    if (!is_new && time_abs_diff(o->time_ns, one->last_ns) > TIME_HOUR) {
        TRY(end_login(s, one)); /* process ids come again */
    }
    one->last_ns = is_new || o->time_ns > one->last_ns ? o->time_ns : one->last_ns;
    one->entered |= l->outcome == LOG_ACCEPTED;
    if (l->outcome == LOG_REFUSED || (l->outcome == LOG_NO_USER && l->user.data != NULL)) {
        tell(one, o);
    }
    return ST_OK;
}

static bool login_gone(void *ctx, void *item)
{
    const struct zeek_guess *z = ctx;
    const struct login *l = item;
    return time_abs_diff(z->clock_ns, l->last_ns) > TIME_HOUR && !l->failed;
}

/* --- FTP ---------------------------------------------------------------------- */

/* Is this segment the next one of its side? What came before is not read again. */
static bool is_next(const struct observation *o, bool *has, uint32_t *next)
{
    if (*has && (int32_t)(o->seq - *next) < 0) {
        return false;
    }
    *has = true;
    *next = o->seq + o->payload_len;
    return true;
}

static bool asks_login(const struct observation *o)
{
    return o->captured_len >= 5 && (strncasecmp((const char *)o->payload, "USER ", 5) == 0 ||
                                    strncasecmp((const char *)o->payload, "PASS ", 5) == 0);
}

static bool digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Lines of a segment that are replies 5xx; a client sends the next command
 * only after them, so that they begin with a segment. */
static unsigned refusals(const struct observation *o)
{
    unsigned n = 0;
    const uint8_t *p = o->payload;
    for (size_t i = 0; i + 3 < o->captured_len;) {
        n += p[i] == '5' && digit(p[i + 1]) && digit(p[i + 2]) &&
             (p[i + 3] == ' ' || p[i + 3] == '-');
        const uint8_t *end = memchr(p + i, '\n', o->captured_len - i);
        if (end == NULL) {
            break;
        }
        i = (size_t)(end - p) + 1;
    }
    return n;
}

static enum status feed_ftp(struct zeek_guess *z, const struct observation *o)
{
    struct service *s = &z->ftp;
    begin(s, o->time_ns);
    bool from_client = o->dst_port == FTP_PORT;
    if (o->proto != PROTO_TCP || (o->flags & OBS_L4) == 0 || (o->flags & OBS_LATER) != 0 ||
        (!from_client && o->src_port != FTP_PORT) || o->payload_len == 0 || o->payload == NULL) {
        return ST_OK;
    }
    struct keyed_key key = {.a = from_client ? o->src : o->dst,
                            .b = from_client ? o->dst : o->src,
                            .n = from_client ? o->src_port : o->dst_port};
    void *item;
    bool is_new;
    TRY(keyed_touch(&s->open, &key, &item, &is_new));
    struct control *c = item;
    if (from_client) {
        if (is_next(o, &c->has_client, &c->client_next)) {
            c->asked = asks_login(o);
        }
        return ST_OK;
    }
    if (!is_next(o, &c->has_server, &c->server_next) || !c->asked) {
        return ST_OK;
    }
    struct extent when = extent_of(o->time_ns, o->pos);
    for (unsigned n = refusals(o); n > 0; n--) {
        TRY(count(s, &key.a, o->time_ns, &when, 1));
    }
    return ST_OK;
}

/* --- both ----------------------------------------------------------------------- */

enum status zeek_guess_feed(struct zeek_guess *z, const struct observation *o)
{
    z->clock_ns = o->time_ns > z->clock_ns ? o->time_ns : z->clock_ns;
    if (o->type == OBS_LOG) {
        return z->ssh.rule != NULL ? feed_ssh(z, o) : ST_OK;
    }
    return z->ftp.rule != NULL && o->type == OBS_PACKET ? feed_ftp(z, o) : ST_OK;
}

static enum status identify(struct service *s)
{
    struct bans *b;
    for (size_t i = 0; (b = keyed_next(&s->bans, &i)) != NULL;) {
        TRY(finding_identify(b->finding));
    }
    return ST_OK;
}

enum status zeek_guess_press(struct zeek_guess *z)
{
    TRY(end_logins(z, 0));
    keyed_clear(&z->ssh.open);
    keyed_clear(&z->ftp.open);
    if (z->ssh.rule != NULL) {
        TRY(judge_all(z, &z->ssh));
    }
    return z->ftp.rule != NULL ? judge_all(z, &z->ftp) : ST_OK;
}

enum status zeek_guess_finish(struct zeek_guess *z)
{
    TRY(zeek_guess_press(z));
    TRY(identify(&z->ssh));
    return identify(&z->ftp);
}

size_t zeek_guess_bytes(const struct zeek_guess *z)
{
    return keyed_bytes(&z->ssh.open) + keyed_bytes(&z->ssh.failures) + keyed_bytes(&z->ftp.open) +
           keyed_bytes(&z->ftp.failures);
}

static void service_fini(struct service *s)
{
    keyed_fini(&s->open);
    keyed_fini(&s->failures);
    keyed_fini(&s->bans);
}

void zeek_guess_free(struct zeek_guess *z)
{
    if (z != NULL) {
        service_fini(&z->ssh);
        service_fini(&z->ftp);
        free(z);
    }
}

enum status zeek_guess_new(const struct peer_options *opt, struct zeek_guess **ret)
{
    const struct definition *ssh = definition_find(opt->definitions, METHOD_ZEEK_SSH);
    const struct definition *ftp = definition_find(opt->definitions, METHOD_ZEEK_FTP);
    if (ssh == NULL && ftp == NULL) {
        return ST_OK;
    }
    struct zeek_guess *z = calloc(1, sizeof(*z));
    if (z == NULL) {
        return ST_NOMEM;
    }
    struct keyed failures = {.item_bytes = sizeof(struct failures), .seed = opt->seed};
    struct keyed bans = {.item_bytes = sizeof(struct bans), .seed = opt->seed};
    *z = (struct zeek_guess){
        .ssh = {.rule = ssh,
                .name = "ssh",
                .counter = "connections whose logins all failed, in one epoch",
                .log = true,
                .open = {.item_bytes = sizeof(struct login),
                         .seed = opt->seed,
                         .gone = login_gone,
                         .ctx = z},
                .failures = failures,
                .bans = bans},
        .ftp = {.rule = ftp,
                .name = "ftp",
                .counter = "USER and PASS commands refused, in one epoch",
                .open = {.item_bytes = sizeof(struct control), .seed = opt->seed},
                .failures = failures,
                .bans = bans},
        .findings = opt->findings,
        .below = opt->below,
        .seed = opt->seed,
        .clock_ns = INT64_MIN,
    };
    *ret = z;
    return ST_OK;
}
