/* exchange/claim/claim.c - sets of claims, and joining what belongs together. */
#include "exchange/claim/claim.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "base/model/observation.h"

void claim_set_fini(struct claim_set *s)
{
    free(s->items);
    free(s->seen);
    *s = (struct claim_set){.n = 0};
}

void claim_copy(char *out, size_t size, struct bytes s)
{
    size_t n = s.len < size - 1 ? s.len : size - 1;
    for (size_t i = 0; i < n; i++) {
        out[i] = s.data[i] != 0 ? (char)s.data[i] : ' ';
    }
    out[n] = '\0';
}

void claim_unread(struct claim *c, enum claim_stated what, struct bytes text)
{
    if (c->unread[what][0] == '\0') {
        claim_copy(c->unread[what], sizeof(c->unread[what]), text);
    }
}

uint32_t claim_unread_bits(const struct claim *c)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < CLAIM_STATED_COUNT; i++) {
        bits |= c->unread[i][0] != '\0' ? UINT32_C(1) << i : 0;
    }
    return bits;
}

void claim_set_quote(struct claim_set *s, struct bytes key, struct bytes text)
{
    if (s->quote_n == CLAIM_QUOTES_MAX) {
        s->more_quotes = true;
        return;
    }
    struct claim_quote *q = &s->quotes[s->quote_n++];
    claim_copy(q->key, sizeof(q->key), key);
    claim_copy(q->text, sizeof(q->text), text);
}

/* --- joining ---------------------------------------------------------------------- */

static bool same_moment(const struct claim_moment *a, const struct claim_moment *b)
{
    return a->time_ns == b->time_ns && a->source_port == b->source_port &&
           a->target_port == b->target_port;
}

static void add_moment(struct claim *c, const struct claim_moment *m)
{
    for (size_t i = 0; i < c->moment_n; i++) {
        if (same_moment(&c->moments[i], m)) {
            return;
        }
    }
    if (c->moment_n == CLAIM_MOMENTS_MAX) {
        c->more_moments = true;
        return;
    }
    c->moments[c->moment_n++] = *m;
}

static void widen(struct claim_when *to, const struct claim_when *w)
{
    if (!w->known) {
        return;
    }
    if (!to->known) {
        *to = *w;
        return;
    }
    to->first_ns = w->first_ns < to->first_ns ? w->first_ns : to->first_ns;
    to->last_ns = w->last_ns > to->last_ns ? w->last_ns : to->last_ns;
    to->precision_ns = w->precision_ns > to->precision_ns ? w->precision_ns : to->precision_ns;
    to->zone_assumed |= w->zone_assumed;
    to->zone_given |= w->zone_given;
    to->year_assumed |= w->year_assumed;
}

void claim_add_moment(struct claim *c, const struct claim_when *w, uint16_t source_port,
                      uint16_t target_port)
{
    if (w->known) {
        struct claim_moment m = {w->first_ns, source_port, target_port};
        add_moment(c, &m);
        widen(&c->when, w);
    }
}

static bool same_target(const struct claim *a, const struct claim *b)
{
    return a->has_target == b->has_target && (!a->has_target || addr_equal(&a->target, &b->target));
}

static bool same_claim(const struct claim *a, const struct claim *b)
{
    return addr_equal(&a->source, &b->source) && same_target(a, b) && a->act == b->act &&
           a->target_port == b->target_port && a->proto == b->proto && a->state == b->state &&
           a->evidence == b->evidence && a->when.zone_assumed == b->when.zone_assumed &&
           claim_unread_bits(a) == claim_unread_bits(b);
}

static uint64_t count_of(const struct claim *c)
{
    return c->count > 0 ? c->count : 1;
}

static void join(struct claim *to, const struct claim *c, bool again)
{
    uint64_t sum;
    if (!again) {
        to->count = __builtin_add_overflow(count_of(to), count_of(c), &sum) ? UINT64_MAX : sum;
    }
    to->source_port = to->source_port == c->source_port ? to->source_port : 0;
    widen(&to->when, &c->when);
    for (size_t i = 0; i < c->moment_n; i++) {
        add_moment(to, &c->moments[i]);
    }
    to->more_moments |= c->more_moments;
}

static bool grow(struct claim_set *s)
{
    if (s->n < s->cap) {
        return true;
    }
    size_t cap = s->cap > 0 ? s->cap * 2 : 8;
    struct claim *p = realloc(s->items, cap * sizeof(*p));
    if (p == NULL) {
        return false;
    }
    s->items = p;
    s->cap = cap;
    return true;
}

/* --- what was said before ------------------------------------------------------------ */

enum { SEEN_LEAST = 256, SEEN_MOST = 1 << 18, PROBES_MAX = 64 };

static uint64_t hash_of(const struct claim *c)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(256);
    buf_append(&b, c->source.b, sizeof(c->source.b));
    buf_append(&b, c->target.b, sizeof(c->target.b));
    buf_be16(&b, c->source_port);
    buf_be16(&b, c->target_port);
    buf_byte(&b, c->proto);
    buf_byte(&b, (uint8_t)c->act);
    buf_byte(&b, (uint8_t)c->state);
    buf_byte(&b, (uint8_t)((c->has_target ? 1 : 0) | (c->evidence ? 2 : 0)));
    buf_be64(&b, c->when.known ? (uint64_t)c->when.first_ns : 0);
    buf_be64(&b, c->when.known ? (uint64_t)c->when.last_ns : 0);
    buf_be64(&b, c->count);
    buf_be32(&b, claim_unread_bits(c));
    uint64_t h = hash_bytes(buf_bytes(&b), 0);
    return h != 0 ? h : 1; /* 0 is an empty place */
}

/* True: it was there. Whoever makes up claims that collide has their own counted
 * too low; searching ends. */
static bool put_seen(uint64_t *seen, size_t cap, uint64_t h)
{
    for (size_t i = 0; i < PROBES_MAX; i++) {
        uint64_t *at = &seen[(h + i) & (cap - 1)];
        if (*at == h) {
            return true;
        }
        if (*at == 0) {
            *at = h;
            return false;
        }
    }
    return true;
}

static enum status grow_seen(struct claim_set *s)
{
    size_t cap = s->seen_cap > 0 ? s->seen_cap * 2 : SEEN_LEAST;
    uint64_t *p = calloc(cap, sizeof(*p));
    if (p == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < s->seen_cap; i++) {
        if (s->seen[i] != 0) {
            (void)put_seen(p, cap, s->seen[i]); /* they differ */
        }
    }
    free(s->seen);
    s->seen = p;
    s->seen_cap = cap;
    return ST_OK;
}

static enum status was_said(struct claim_set *s, const struct claim *c, bool *ret)
{
    if (s->seen_n >= s->seen_cap / 2 && s->seen_cap < SEEN_MOST) {
        TRY(grow_seen(s));
    }
    *ret = put_seen(s->seen, s->seen_cap, hash_of(c));
    s->seen_n += !*ret;
    return ST_OK;
}

enum status claim_set_add(struct claim_set *s, const struct claim *c)
{
    struct claim one = *c;
    bool again;
    TRY(was_said(s, c, &again));
    if (one.moment_n == 0 && one.when.known && one.when.first_ns == one.when.last_ns) {
        claim_add_moment(&one, &one.when, one.source_port, one.target_port);
    }
    for (size_t i = s->n; i > 0; i--) {
        if (same_claim(&s->items[i - 1], &one)) {
            join(&s->items[i - 1], &one, again);
            return ST_OK;
        }
    }
    if (s->n == LIMIT_CLAIMS) {
        s->notes |= CLAIM_NOTE_LIMIT;
        return ST_OK;
    }
    if (!grow(s)) {
        return ST_NOMEM;
    }
    s->items[s->n++] = one;
    return ST_OK;
}

/* --- log lines and what they belong to --------------------------------------------- */

enum { SHIFT_MAX_HALF_HOURS = 28, NEAR_MINUTES = 10 };

/* A line without a zone that came with a report which has one: by how many half
 * hours it must be shifted to stand within the report's time; false: none. */
static bool shift_of(const struct claim_when *report, int64_t time_ns, int64_t *ret)
{
    const int64_t near = NEAR_MINUTES * TIME_MINUTE;
    for (int k = 0; k <= SHIFT_MAX_HALF_HOURS; k++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            int64_t by = sign * k * (TIME_HOUR / 2);
            int64_t t;
            if (!__builtin_add_overflow(time_ns, by, &t) && t >= report->first_ns - near &&
                t <= report->last_ns + near) {
                *ret = by;
                return true;
            }
        }
    }
    return false;
}

static bool belongs(const struct claim *to, const struct claim *e)
{
    bool target = !to->has_target || !e->has_target || addr_equal(&to->target, &e->target);
    bool port = to->target_port == 0 || e->target_port == 0 || to->service || e->service ||
                to->target_port == e->target_port;
    return !to->evidence && addr_equal(&to->source, &e->source) && target && port;
}

static void sharpen(struct claim_set *s, struct claim *to, struct claim *e)
{
    int64_t by = 0;
    bool fits = true;
    if (e->when.known && e->when.zone_assumed && to->when.known && !to->when.zone_assumed) {
        fits = shift_of(&to->when, e->when.last_ns, &by);
        s->notes |= fits && by != 0 ? CLAIM_NOTE_SHIFTED : 0;
        e->when.zone_assumed = false;
        e->when.year_assumed = false;
        e->when.first_ns += by;
        e->when.last_ns += by;
    }
    if (!fits) {
        s->notes |= CLAIM_NOTE_OTHERS;
        return;
    }
    for (size_t i = 0; i < e->moment_n; i++) {
        e->moments[i].time_ns += by;
        add_moment(to, &e->moments[i]);
    }
    to->more_moments |= e->more_moments;
    widen(&to->when, &e->when);
    to->proto = to->proto == 0 ? e->proto : to->proto;
    to->act = to->act == CLAIM_ACT_UNSAID ? e->act : to->act;
    to->count = to->count == 0 ? e->count : to->count;
    for (unsigned i = 0; i < CLAIM_STATED_COUNT; i++) {
        if (e->unread[i][0] != '\0') {
            claim_unread(to, i, bytes_of(e->unread[i], strlen(e->unread[i])));
        }
    }
    if (to->target_port == 0) {
        to->target_port = e->target_port;
        to->service = e->service;
    }
    if (!to->has_target && e->has_target) {
        to->has_target = true;
        to->target = e->target;
    }
}

void claim_set_settle(struct claim_set *s)
{
    size_t reports = 0;
    for (size_t i = 0; i < s->n; i++) {
        reports += !s->items[i].evidence;
    }
    if (reports == 0) {
        return; /* the lines are the claim */
    }
    for (size_t i = 0; i < s->n; i++) {
        struct claim *e = &s->items[i];
        size_t k = 0;
        while (e->evidence && k < s->n && !belongs(&s->items[k], e)) {
            k++;
        }
        if (e->evidence && k < s->n) {
            sharpen(s, &s->items[k], e);
        } else if (e->evidence) {
            s->notes |= CLAIM_NOTE_OTHERS;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!s->items[i].evidence) {
            s->items[kept++] = s->items[i];
        }
    }
    s->n = kept;
}

/* --- words ------------------------------------------------------------------------ */

static bool has_word(const char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcasestr(text, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

enum claim_act claim_act_of(struct bytes s)
{
    /* In this order: "scan of web servers" is about the web. */
    static const char *const web[] = {"sql",   "web",    "http",  "nikto",    "apache",
                                      "nginx", "reconn", "crawl", "scraping", "xss"};
    static const char *const login[] = {"login",  "brute", "ssh",  "passw",   "auth",   "ftp",
                                        "telnet", "imap",  "pop3", "dovecot", "postfix"};
    static const char *const flood[] = {"ddos", "flood", "dos-attack", "denial", "amplif"};
    static const char *const scan[] = {"scan", "sweep", "probe", "portsentry"};
    static const char *const host[] = {
        "c2", "command-and-control", "c&c", "malware", "hosting", "open-", "exposed", "accessible"};
    char text[CLAIM_TEXT_MAX];
    claim_copy(text, sizeof(text), s);
    return has_word(text, flood, ARRAY_LEN(flood))   ? CLAIM_ACT_FLOOD
           : has_word(text, web, ARRAY_LEN(web))     ? CLAIM_ACT_WEB
           : has_word(text, login, ARRAY_LEN(login)) ? CLAIM_ACT_LOGIN
           : has_word(text, scan, ARRAY_LEN(scan))   ? CLAIM_ACT_SCAN
           : has_word(text, host, ARRAY_LEN(host))   ? CLAIM_ACT_HOST
           : s.len > 0                               ? CLAIM_ACT_OTHER
                                                     : CLAIM_ACT_UNSAID;
}

const char *claim_act_name(enum claim_act a)
{
    static const char *const names[CLAIM_ACT_COUNT] = {
        [CLAIM_ACT_UNSAID] = "unsaid", [CLAIM_ACT_LOGIN] = "login", [CLAIM_ACT_SCAN] = "scan",
        [CLAIM_ACT_WEB] = "web",       [CLAIM_ACT_FLOOD] = "flood", [CLAIM_ACT_HOST] = "host",
        [CLAIM_ACT_OTHER] = "other"};
    return names[a];
}

const char *claim_note_text(enum claim_note n)
{
    switch (n) {
    case CLAIM_NOTE_CUT:
        return "it ends early: there may have been more";
    case CLAIM_NOTE_UNREAD:
        return "a part of it is of a kind that is not read here: what it holds had no part in this";
    case CLAIM_NOTE_DEEP:
        return "it has parts inside parts past the limit, or too many of them";
    case CLAIM_NOTE_LIMIT:
        return "it names more incidents than are looked at";
    case CLAIM_NOTE_OTHERS:
        return "log lines in it are about something else than the report, and were left out";
    case CLAIM_NOTE_NAMES:
        return "a name or a network stands where an address is needed";
    case CLAIM_NOTE_TIMES:
        return "a time in it cannot be read";
    case CLAIM_NOTE_LONG_LINES:
        return "lines in it are too long, and were left out";
    case CLAIM_NOTE_ENCODING:
        return "a part of it is encoded wrongly";
    case CLAIM_NOTE_SHIFTED:
        return "log lines in it have no time zone, and were set to that of the report's time";
    case CLAIM_NOTE_SEALED:
        return "it is an exhibit: whether its seals hold was not looked at here (exhibit verify)";
    case CLAIM_NOTE_PACKED:
        return "an archive in it is broken, or holds more than is unpacked";
    case CLAIM_NOTE_COUNT:
        break;
    }
    return "";
}

/* An act above the transport needs answers; packets alone do not. */
enum claim_forging claim_forging_of(const struct claim *c)
{
    bool tcp = c->proto == 0 || c->proto == PROTO_TCP;
    if (c->state == CLAIM_STATE_TWO_WAY) {
        return CLAIM_FORGING_HARD;
    }
    if ((c->act == CLAIM_ACT_LOGIN || c->act == CLAIM_ACT_WEB) && tcp) {
        return CLAIM_FORGING_HARD;
    }
    if (c->state == CLAIM_STATE_ONE_WAY || c->act == CLAIM_ACT_SCAN || c->act == CLAIM_ACT_FLOOD ||
        !tcp) {
        return CLAIM_FORGING_EASY;
    }
    return CLAIM_FORGING_UNSAID;
}

static bool ports_said(const struct claim *c, bool source)
{
    bool all = c->moment_n > 0;
    for (size_t i = 0; i < c->moment_n; i++) {
        all &= (source ? c->moments[i].source_port : c->moments[i].target_port) != 0;
    }
    return all;
}

uint32_t claim_lacks(const struct claim *c)
{
    bool ports =
        c->proto == 0 || c->proto == PROTO_TCP || c->proto == PROTO_UDP || c->proto == PROTO_SCTP;
    uint32_t lacks = 0;
    lacks |= !c->when.known ? CLAIM_LACKS_TIME : 0;
    lacks |= c->when.known && c->when.zone_assumed ? CLAIM_LACKS_ZONE : 0;
    lacks |= c->when.known && c->when.precision_ns > TIME_SECOND ? CLAIM_LACKS_SECONDS : 0;
    lacks |= ports && c->source_port == 0 && !ports_said(c, true) ? CLAIM_LACKS_SOURCE_PORT : 0;
    lacks |= !c->has_target && c->act != CLAIM_ACT_HOST ? CLAIM_LACKS_TARGET : 0;
    lacks |= ports && c->act != CLAIM_ACT_HOST && (c->target_port == 0 || c->service) &&
                     !ports_said(c, false)
                 ? CLAIM_LACKS_TARGET_PORT
                 : 0;
    lacks |= c->proto == 0 ? CLAIM_LACKS_PROTOCOL : 0;
    return lacks;
}

const char *claim_lack_text(enum claim_field f)
{
    switch (f) {
    case CLAIM_LACKS_TIME:
        return "the time";
    case CLAIM_LACKS_ZONE:
        return "the time zone";
    case CLAIM_LACKS_SECONDS:
        return "the time to the second";
    case CLAIM_LACKS_SOURCE_PORT:
        return "the source port";
    case CLAIM_LACKS_TARGET:
        return "the destination address";
    case CLAIM_LACKS_TARGET_PORT:
        return "the destination port";
    case CLAIM_LACKS_PROTOCOL:
        return "the transport protocol";
    case CLAIM_LACKS_COUNT:
        break;
    }
    return "";
}
