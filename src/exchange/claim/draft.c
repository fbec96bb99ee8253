/* exchange/claim/draft.c - the names of what claims say. */
#include "exchange/claim/draft.h"

#include <stdio.h>
#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/model/observation.h"

enum { NAME_MAX_BYTES = 48, VALUE_MAX_BYTES = 512 };

struct name {
    const char *name;
    enum claim_key key;
};

/* clang-format off */
static const struct name names[] = {
    {"ip", CLAIM_KEY_SOURCE}, {"sourceidentifier", CLAIM_KEY_SOURCE}, {"source", CLAIM_KEY_SOURCE},
    {"sourceip", CLAIM_KEY_SOURCE}, {"srcip", CLAIM_KEY_SOURCE}, {"ipsrc", CLAIM_KEY_SOURCE},
    {"src", CLAIM_KEY_SOURCE}, {"saddr", CLAIM_KEY_SOURCE}, {"attackerip", CLAIM_KEY_SOURCE},
    {"attacker", CLAIM_KEY_SOURCE}, {"offender", CLAIM_KEY_SOURCE}, {"ipaddress", CLAIM_KEY_SOURCE},
    {"sourceaddress", CLAIM_KEY_SOURCE}, {"srcaddr", CLAIM_KEY_SOURCE}, {"sa", CLAIM_KEY_SOURCE},
    {"clientip", CLAIM_KEY_SOURCE}, {"remoteip", CLAIM_KEY_SOURCE},
    {"sourceport", CLAIM_KEY_SOURCE_PORT}, {"srcport", CLAIM_KEY_SOURCE_PORT},
    {"sport", CLAIM_KEY_SOURCE_PORT}, {"spt", CLAIM_KEY_SOURCE_PORT},
    {"sp", CLAIM_KEY_SOURCE_PORT}, {"clientport", CLAIM_KEY_SOURCE_PORT},
    {"attackerport", CLAIM_KEY_SOURCE_PORT},
    {"destinationip", CLAIM_KEY_TARGET}, {"dstip", CLAIM_KEY_TARGET}, {"ipdst", CLAIM_KEY_TARGET},
    {"destination", CLAIM_KEY_TARGET}, {"dst", CLAIM_KEY_TARGET}, {"daddr", CLAIM_KEY_TARGET},
    {"target", CLAIM_KEY_TARGET}, {"targetip", CLAIM_KEY_TARGET}, {"victim", CLAIM_KEY_TARGET},
    {"victimip", CLAIM_KEY_TARGET}, {"destinationaddress", CLAIM_KEY_TARGET},
    {"dstaddr", CLAIM_KEY_TARGET}, {"da", CLAIM_KEY_TARGET}, {"destip", CLAIM_KEY_TARGET},
    {"destinationport", CLAIM_KEY_TARGET_PORT}, {"dstport", CLAIM_KEY_TARGET_PORT},
    {"dport", CLAIM_KEY_TARGET_PORT}, {"dpt", CLAIM_KEY_TARGET_PORT}, {"dp", CLAIM_KEY_TARGET_PORT},
    {"targetport", CLAIM_KEY_TARGET_PORT}, {"destport", CLAIM_KEY_TARGET_PORT},
    {"victimport", CLAIM_KEY_TARGET_PORT},
    {"port", CLAIM_KEY_PORT},
    {"timestamp", CLAIM_KEY_TIME}, {"time", CLAIM_KEY_TIME}, {"date", CLAIM_KEY_TIME},
    {"datetime", CLAIM_KEY_TIME}, {"timesource", CLAIM_KEY_TIME}, {"eventtime", CLAIM_KEY_TIME},
    {"arrivaldate", CLAIM_KEY_TIME}, {"feedbacktype", CLAIM_KEY_ACT},
    {"incidents", CLAIM_KEY_TALLY}, {"note", CLAIM_KEY_ACT},
    {"idorigh", CLAIM_KEY_SOURCE}, {"idorigp", CLAIM_KEY_SOURCE_PORT},
    {"idresph", CLAIM_KEY_TARGET}, {"idrespp", CLAIM_KEY_TARGET_PORT},
    {"detecttime", CLAIM_KEY_TIME}, {"observed", CLAIM_KEY_TIME}, {"ts", CLAIM_KEY_TIME},
    {"firstseen", CLAIM_KEY_FIRST}, {"starttime", CLAIM_KEY_FIRST}, {"start", CLAIM_KEY_FIRST},
    {"begin", CLAIM_KEY_FIRST}, {"firstpacketseen", CLAIM_KEY_FIRST}, {"first", CLAIM_KEY_FIRST},
    {"lastseen", CLAIM_KEY_LAST}, {"endtime", CLAIM_KEY_LAST}, {"end", CLAIM_KEY_LAST},
    {"lastpacketseen", CLAIM_KEY_LAST}, {"last", CLAIM_KEY_LAST},
    {"protocol", CLAIM_KEY_PROTO}, {"proto", CLAIM_KEY_PROTO}, {"transport", CLAIM_KEY_PROTO},
    {"layer4protocol", CLAIM_KEY_PROTO}, {"protocoltransport", CLAIM_KEY_PROTO},
    {"type", CLAIM_KEY_ACT}, {"reporttype", CLAIM_KEY_ACT}, {"tag", CLAIM_KEY_ACT},
    {"classification", CLAIM_KEY_ACT}, {"attack", CLAIM_KEY_ACT}, {"incident", CLAIM_KEY_ACT},
    {"infection", CLAIM_KEY_ACT}, {"classificationtype", CLAIM_KEY_ACT},
    {"service", CLAIM_KEY_SERVICE}, {"application", CLAIM_KEY_SERVICE},
    {"attemptcount", CLAIM_KEY_TALLY}, {"packetssent", CLAIM_KEY_TALLY},
    {"totalpackets", CLAIM_KEY_TALLY}, {"totalrequests", CLAIM_KEY_TALLY},
    {"totalprobes", CLAIM_KEY_TALLY}, {"attemptscount", CLAIM_KEY_TALLY},
    {"count", CLAIM_KEY_TALLY}, {"attempts", CLAIM_KEY_TALLY}, {"packets", CLAIM_KEY_TALLY},
    {"hits", CLAIM_KEY_TALLY}, {"eventcount", CLAIM_KEY_TALLY},
    {"connectionstate", CLAIM_KEY_STATE}, {"connstate", CLAIM_KEY_STATE},
    {"reportedfrom", CLAIM_KEY_ACCUSER}, {"reporter", CLAIM_KEY_ACCUSER},
    {"reportid", CLAIM_KEY_REFERENCE}, {"reference", CLAIM_KEY_REFERENCE},
    {"ticket", CLAIM_KEY_REFERENCE}, {"caseid", CLAIM_KEY_REFERENCE},
};
/* clang-format on */

void claim_plain_name(char *out, size_t size, struct bytes name)
{
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        c = (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            if (n == size - 1) { /* no name that is known */
                n = 0;
                break;
            }
            out[n++] = (char)c;
        }
    }
    out[n] = '\0';
}

enum claim_key claim_key_of(struct bytes name)
{
    char plain[NAME_MAX_BYTES];
    claim_plain_name(plain, sizeof(plain), name);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(plain, names[i].name) == 0) {
            return names[i].key;
        }
    }
    return CLAIM_KEY_NONE;
}

/* --- values ------------------------------------------------------------------------ */

static bool is_port(struct bytes s, uint16_t *ret)
{
    uint64_t v;
    if (text_u64(s, UINT16_MAX, &v) != ST_OK) {
        return false;
    }
    *ret = (uint16_t)v;
    return true;
}

/* As people write addresses so that no program makes links of them. */
static size_t refang(struct bytes s, char out[ADDR_TEXT_MAX + 8])
{
    size_t n = 0;
    for (size_t i = 0; i < s.len && n < ADDR_TEXT_MAX + 7; i++) {
        bool dot = i + 2 < s.len && s.data[i + 1] == '.' &&
                   ((s.data[i] == '[' && s.data[i + 2] == ']') ||
                    (s.data[i] == '(' && s.data[i + 2] == ')'));
        out[n++] = (char)(dot ? '.' : s.data[i]);
        i += dot ? 2 : 0;
    }
    return n < ADDR_TEXT_MAX + 7 ? n : 0;
}

bool claim_endpoint(struct bytes text, struct addr *ret, uint16_t *ret_port)
{
    char room[ADDR_TEXT_MAX + 8];
    struct bytes s = text_trim(text);
    const uint8_t *blank = s.len > 0 ? memchr(s.data, ' ', s.len) : NULL;
    s.len = blank != NULL ? (size_t)(blank - s.data) : s.len; /* "192.0.2.1 (host.example)" */
    s = bytes_of(room, refang(s, room));
    *ret_port = 0;
    if (s.len == 0) {
        return false;
    }
    if (addr_parse(s, ret) == ST_OK) {
        return true;
    }
    size_t mark = s.len;
    while (mark > 0 && s.data[mark - 1] != ':' && s.data[mark - 1] != '|') {
        mark--;
    }
    if (mark == 0 || !is_port(bytes_of(s.data + mark, s.len - mark), ret_port)) {
        return false;
    }
    struct bytes host = bytes_of(s.data, mark - 1);
    if (host.len > 2 && host.data[0] == '[' && host.data[host.len - 1] == ']') {
        host = bytes_of(host.data + 1, host.len - 2);
    } else if (s.data[mark - 1] == ':' && memchr(host.data, ':', host.len) != NULL) {
        return false; /* an IPv6 address that cannot be, not one with a port */
    }
    return addr_parse(host, ret) == ST_OK;
}

static bool same_word(struct bytes s, const char *word)
{
    return s.len == strlen(word) && strncasecmp((const char *)s.data, word, s.len) == 0;
}

uint16_t claim_service_port(struct bytes text)
{
    static const struct {
        const char *name;
        uint16_t port;
    } known[] = {{"ssh", 22},   {"sshd", 22},   {"ftp", 21},   {"telnet", 23},  {"smtp", 25},
                 {"http", 80},  {"https", 443}, {"imap", 143}, {"pop3", 110},   {"rdp", 3389},
                 {"vnc", 5900}, {"sip", 5060},  {"dns", 53},   {"mysql", 3306}, {"smb", 445}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (same_word(text, known[i].name)) {
            return known[i].port;
        }
    }
    return 0;
}

/* --- the draft ---------------------------------------------------------------------- */

static void note_name(struct claim_set *s, enum claim_key key, struct bytes value)
{
    s->notes |= CLAIM_NOTE_NAMES;
    claim_set_quote(s, key == CLAIM_KEY_SOURCE ? BYTES_LITERAL("source") : BYTES_LITERAL("target"),
                    value);
}

static bool set_end(struct claim_set *s, struct claim_draft *d, enum claim_key key, struct bytes v)
{
    struct addr a;
    uint16_t port;
    if (!claim_endpoint(v, &a, &port)) {
        note_name(s, key, v);
        return false;
    }
    if (key == CLAIM_KEY_SOURCE) {
        d->c.source = a;
        d->has_source = true;
        d->c.source_port = port != 0 ? port : d->c.source_port;
    } else {
        d->c.target = a;
        d->c.has_target = true;
        d->c.target_port = port != 0 ? port : d->c.target_port;
    }
    return true;
}

/* Zero is what databases and spreadsheets write where there is no time. */
static bool is_zero_time(struct bytes v)
{
    static const char *const begins[] = {"0000-00-00", "0001-01-01", "1970-01-01", "1899-12-30"};
    bool zero = v.len > 0;
    for (size_t i = 0; i < v.len; i++) {
        zero &= v.data[i] == '0' || v.data[i] == '.';
    }
    for (size_t i = 0; i < ARRAY_LEN(begins); i++) {
        zero |= bytes_begin(v, bytes_of(begins[i], strlen(begins[i])));
    }
    return zero;
}

static void widen(struct claim_when *to, const struct claim_when *w)
{
    if (!to->known) {
        *to = *w;
        return;
    }
    to->first_ns = w->first_ns < to->first_ns ? w->first_ns : to->first_ns;
    to->last_ns = w->last_ns > to->last_ns ? w->last_ns : to->last_ns;
    to->zone_assumed |= w->zone_assumed;
    to->zone_given |= w->zone_given;
    to->year_assumed |= w->year_assumed;
    to->precision_ns = w->precision_ns > to->precision_ns ? w->precision_ns : to->precision_ns;
}

/* Two times for the same, further apart than zones explain: one incident had only
 * one, and what lies between them is not said. */
static bool is_apart(const struct claim_when *a, const struct claim_when *b)
{
    return a->first_ns > b->last_ns
               ? time_abs_diff(a->first_ns, b->last_ns) > TIME_DAY
               : b->first_ns > a->last_ns && time_abs_diff(b->first_ns, a->last_ns) > TIME_DAY;
}

/* Where first and last are named, a third time is that of the report. `v` is the
 * value that came now. */
static void combine(struct claim_draft *d, struct bytes v)
{
    bool both = d->first.known && d->last.known;
    if (both && d->last.last_ns < d->first.first_ns && is_apart(&d->last, &d->first)) {
        claim_unread(&d->c, CLAIM_STATED_TIME, v);
        d->c.when = d->first;
        return;
    }
    struct claim_when w = both ? d->first : d->told;
    const struct claim_when *more[] = {&d->first, &d->last};
    for (size_t i = 0; i < ARRAY_LEN(more); i++) {
        if (more[i]->known) {
            widen(&w, more[i]);
        }
    }
    d->c.when = w;
}

static bool set_time(struct claim_set *s, struct claim_draft *d, const struct claim_clock *clock,
                     enum claim_key key, struct bytes v)
{
    struct claim_when w;
    if (is_zero_time(v)) {
        return true; /* as if it were empty */
    }
    if (claim_when_read(v, clock, &w) != ST_OK) {
        s->notes |= CLAIM_NOTE_TIMES;
        claim_set_quote(s, BYTES_LITERAL("time"), v);
        return false;
    }
    struct claim_when *to = key == CLAIM_KEY_FIRST  ? &d->first
                            : key == CLAIM_KEY_LAST ? &d->last
                                                    : &d->told;
    if (to->known && is_apart(to, &w)) {
        claim_unread(&d->c, CLAIM_STATED_TIME, v);
        return false;
    }
    widen(to, &w);
    combine(d, v);
    return true;
}

static void set_act(struct claim_draft *d, struct bytes v)
{
    enum claim_act act = claim_act_of(v);
    bool better = d->c.act == CLAIM_ACT_UNSAID || d->c.act == CLAIM_ACT_OTHER;
    d->c.act = better ? act : d->c.act;
    if (better && d->c.said[0] == '\0') {
        claim_copy(d->c.said, sizeof(d->c.said), v);
    }
}

static bool set_state(struct claim_draft *d, struct bytes v)
{
    static const struct {
        const char *name;
        enum claim_state state;
    } known[] = {{"two-way-proven", CLAIM_STATE_TWO_WAY},
                 {"established", CLAIM_STATE_TWO_WAY},
                 {"completed", CLAIM_STATE_TWO_WAY},
                 {"one-way-only", CLAIM_STATE_ONE_WAY},
                 {"sf", CLAIM_STATE_TWO_WAY},
                 {"s1", CLAIM_STATE_TWO_WAY},
                 {"s0", CLAIM_STATE_ONE_WAY},
                 {"spoof-consistent", CLAIM_STATE_ONE_WAY},
                 {"syn", CLAIM_STATE_ONE_WAY}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (same_word(v, known[i].name)) {
            d->c.state = known[i].state;
            return true;
        }
    }
    return false;
}

static bool set_service(struct claim_draft *d, struct bytes v)
{
    claim_copy(d->service, sizeof(d->service), v);
    set_act(d, v);
    return true;
}

/* The first one stays: a mail may quote another one behind it. */
static bool set_text(char *to, size_t size, struct bytes v)
{
    if (to[0] == '\0') {
        claim_copy(to, size, v);
    }
    return true;
}

bool claim_draft_set(struct claim_set *s, struct claim_draft *d, const struct claim_clock *clock,
                     enum claim_key key, struct bytes value)
{
    struct bytes v = text_trim(value);
    key = key == CLAIM_KEY_PORT ? d->port : key;
    if (claim_key_is_stated(key)) {
        return claim_state(&d->c, key, v);
    }
    if (v.len == 0 || v.len > VALUE_MAX_BYTES || bytes_equal(v, BYTES_LITERAL("-"))) {
        return v.len <= VALUE_MAX_BYTES; /* "-" is Zeek's for nothing */
    }
    switch (key) {
    case CLAIM_KEY_SOURCE:
    case CLAIM_KEY_TARGET:
        return set_end(s, d, key, v);
    case CLAIM_KEY_TIME:
    case CLAIM_KEY_FIRST:
    case CLAIM_KEY_LAST:
        return set_time(s, d, clock, key, v);
    case CLAIM_KEY_ACT:
        set_act(d, v);
        return true;
    case CLAIM_KEY_SERVICE:
        return set_service(d, v);
    case CLAIM_KEY_STATE:
        return set_state(d, v);
    case CLAIM_KEY_ACCUSER:
        return set_text(s->accuser, sizeof(s->accuser), v);
    case CLAIM_KEY_REFERENCE:
        return set_text(s->reference, sizeof(s->reference), v);
    default:
        return false;
    }
}

void claim_draft_named(struct claim_set *s, struct claim_draft *d, const struct claim_clock *clock,
                       struct bytes name, struct bytes value)
{
    enum claim_key key = claim_key_of(name);
    bool told = key == CLAIM_KEY_SOURCE || key == CLAIM_KEY_TARGET || key == CLAIM_KEY_TIME ||
                key == CLAIM_KEY_FIRST || key == CLAIM_KEY_LAST; /* quoted by themselves */
    if (!claim_draft_set(s, d, clock, key, value) && !told) {
        claim_set_quote(s, name, value);
    }
}

enum status claim_draft_end(struct claim_set *s, struct claim_draft *d)
{
    struct claim *c = &d->c;
    bool has = d->has_source;
    uint16_t usual = claim_service_port(bytes_of(d->service, strlen(d->service)));
    if (c->target_port == 0 && usual != 0) {
        c->target_port = usual;
        c->service = true;
    }
    bool tcp = c->act == CLAIM_ACT_LOGIN || c->act == CLAIM_ACT_WEB;
    c->proto = c->proto == 0 && tcp && usual != 0 ? PROTO_TCP : c->proto;
    c->evidence = d->evidence;
    struct claim_draft old = *d;
    *d = (struct claim_draft){.port = old.port, .evidence = old.evidence};
    return has ? claim_set_add(s, &old.c) : ST_OK;
}
