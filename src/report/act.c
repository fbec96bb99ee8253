/* report/act.c - one sentence for each kind. */
#include "report/act.h"

#include <inttypes.h>
#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"

enum { NAME_COLUMNS = 40, PORTS_SHOWN = 6, CLOCK_AT = 11 };

void act_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
    text_count(out, n);
    buf_byte(out, ' ');
    buf_str(out, n == 1 ? one : many);
}

void act_addr(struct buf *out, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];
    size_t n = addr_format(a, text);
    buf_append(out, text, n);
}

static bool begins(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void upper(struct buf *out, const char *s)
{
    for (; *s != '\0'; s++) {
        buf_byte(out, (uint8_t)(*s >= 'a' && *s <= 'z' ? *s - 32 : *s));
    }
}

static void victim(struct buf *out, const struct finding *f, const char *before)
{
    if (f->has_victim) {
        buf_str(out, before);
        act_addr(out, &f->victim);
    }
}

/* "100 TCP ports", "TCP ports 22, 80". */
static void ports(struct buf *out, const struct finding *f)
{
    bool few = f->ports <= PORTS_SHOWN && f->port_n == f->ports;
    if (!few) {
        text_count(out, f->ports);
        buf_byte(out, ' ');
    }
    upper(out, f->protocol);
    buf_str(out, f->ports == 1 ? " port" : " ports");
    if (!few) {
        return;
    }
    buf_byte(out, ' ');
    for (size_t i = 0; i < f->port_n; i++) {
        buf_printf(out, "%s%u", i ? ", " : "", f->port_list[i]);
    }
}

static void name(struct buf *out, const char *text)
{
    if (text[0] == '\0') {
        buf_str(out, "an empty name");
    } else {
        text_show(out, bytes_of(text, strlen(text)), NAME_COLUMNS);
    }
}

static void names(struct buf *out, const struct finding *f, size_t most)
{
    size_t n = f->text_n < most ? f->text_n : most;
    for (size_t i = 0; i < n; i++) {
        buf_str(out, i ? ", " : " (");
        name(out, f->texts[i]);
    }
    uint64_t all = f->paths > 0 ? f->paths : f->users;
    buf_str(out, n == 0 ? "" : n < all ? ", …)" : ")");
}

/* What became of a scan's questions. */
static void outcome(struct buf *out, const struct finding *f)
{
    if ((f->flags & FINDING_ONE_WAY) != 0) {
        buf_str(out, "; no answer was seen");
        return;
    }
    buf_str(out, "; ");
    if (f->answered > 0) {
        text_count(out, f->answered);
        buf_str(out, " answered");
    } else {
        buf_str(out, "none answered");
    }
    if (f->refused > 0) {
        buf_str(out, ", ");
        text_count(out, f->refused);
        buf_str(out, " refused");
    }
    if (f->sessions > 0) {
        buf_str(out, ", ");
        text_count(out, f->sessions);
        buf_str(out, " with data both ways");
    }
}

static void technique(struct buf *out, const struct finding *f)
{
    if (strcmp(f->technique, f->protocol) != 0) {
        buf_printf(out, " (%s)", f->technique);
    }
}

static void tell_scan(struct buf *out, const struct finding *f)
{
    bool one = f->has_victim && f->targets == 1;
    if ((f->flags & FINDING_MANY) != 0) {
        act_count(out, f->sources, "address", "addresses");
        buf_str(out, " together asked ");
    } else {
        buf_str(out, "Asked ");
    }
    if (one) {
        act_addr(out, &f->victim);
    } else {
        act_count(out, f->targets, "address", "addresses");
    }
    if (begins(f->protocol, "icmp")) {
        buf_printf(out, " by ICMP (%s)", f->technique);
    } else if (strcmp(f->protocol, "arp") == 0) {
        buf_str(out, " by ARP");
    } else if (strcmp(f->technique, "ip-protocol") == 0) {
        buf_str(out, " for ");
        act_count(out, f->ports, "IP protocol", "IP protocols");
    } else {
        buf_str(out, " for ");
        ports(out, f);
        technique(out, f);
    }
    outcome(out, f);
}

/* A reflection as the reflector sees it. */
static void tell_reflected(struct buf *out, const struct finding *f)
{
    buf_str(out, "Gave ");
    text_count(out, f->packets);
    buf_str(out, " long ");
    upper(out, f->technique);
    buf_str(out, f->packets == 1 ? " answer" : " answers");
    victim(out, f, " to ");
    buf_str(out, " for one question asked again and again, up to ");
    text_count(out, f->peak);
    buf_str(out, " in a second: most likely somebody forges that address");
}

static void tell_flood(struct buf *out, const struct finding *f)
{
    bool amplified = strcmp(f->kind, "flood.amplification") == 0;
    buf_str(out, (f->flags & FINDING_AT_LEAST) != 0 ? "At least " : "");
    text_count(out, f->packets);
    buf_byte(out, ' ');
    if (amplified) {
        upper(out, f->technique);
        buf_str(out, " answers to questions that were not seen");
    } else {
        upper(out, f->technique);
        buf_str(out, f->packets == 1 ? " packet" : " packets");
    }
    victim(out, f, " to ");
    if (!amplified && f->port_n == 1 && f->ports == 1) {
        buf_printf(out, " port %u", f->port_list[0]);
    }
    if ((f->flags & FINDING_MANY) != 0 && f->sources > 0) {
        buf_str(out, " from ");
        act_count(out, f->sources, amplified ? "reflector" : "address",
                  amplified ? "reflectors" : "addresses");
    }
    if (f->peak > 0) {
        buf_str(out, ", up to ");
        text_count(out, f->peak);
        buf_str(out, " in a second");
    }
}

static void tell_backscatter(struct buf *out, const struct finding *f)
{
    buf_str(out, "Sent ");
    act_count(out, f->packets, "answer", "answers");
    buf_str(out, " to ");
    act_count(out, f->targets, "address", "addresses");
    buf_str(out, " that were not seen to ask");
}

/* In a capture, SSH and RDP are encrypted: only the form of an answer shows. */
static bool by_shape(const struct finding *f)
{
    return (f->flags & FINDING_LOG) == 0 &&
           (strcmp(f->protocol, "ssh") == 0 || strcmp(f->protocol, "rdp") == 0);
}

/* A log tells of failures: sshd's lines "Failed", and of clients that left
 * before a password. A capture tells of all that was tried. */
static const char *failed(const struct finding *f, uint64_t n)
{
    bool broken_off = (f->flags & FINDING_LOG) != 0 && f->refused < f->attempts;
    if (n == 1) {
        return broken_off ? "failed or broken-off login" : "failed login";
    }
    return broken_off ? "failed or broken-off logins" : "failed logins";
}

static void tell_tries(struct buf *out, const struct finding *f)
{
    uint64_t n = f->attempts > 0 ? f->attempts : f->packets;
    if ((f->flags & FINDING_LOG) != 0) {
        act_count(out, n, failed(f, 1), failed(f, n));
    } else {
        buf_str(out, "Tried ");
        text_count(out, n);
        buf_printf(out, " %s", f->protocol);
        buf_str(out, n == 1 ? " login" : " logins");
    }
}

static void tell_guessing(struct buf *out, const struct finding *f)
{
    tell_tries(out, f);
    if (f->users > 0) {
        buf_str(out, " for ");
        act_count(out, f->users, "account", "accounts");
    }
    names(out, f, 3);
    victim(out, f, " at ");
    bool seen = !by_shape(f);
    if (strcmp(f->protocol, "rdp") == 0) {
        buf_str(out, "; whether one was let in cannot be seen");
    } else if (f->accepted > 0) {
        buf_str(out, "; ");
        act_count(out, f->accepted, seen ? "login was let in" : "login looks let in",
                  seen ? "logins were let in" : "logins look let in");
    } else if ((f->flags & FINDING_AT_LEAST) == 0) { /* else others may have been */
        buf_str(out, seen ? "; none was let in" : "; none looks let in");
    }
}

static void tell_access(struct buf *out, const struct finding *f, size_t most)
{
    bool log = (f->flags & FINDING_LOG) != 0;
    buf_str(out, log           ? "By the log, let in"
                 : by_shape(f) ? "By the form of its connections, it seems, let in"
                               : "By the capture, let in");
    if (f->accepted > 1) {
        buf_str(out, " ");
        act_count(out, f->accepted, "time", "times");
    }
    for (size_t i = 0; i < f->text_n && i < most; i++) {
        buf_str(out, i ? ", " : " as ");
        name(out, f->texts[i]);
    }
    buf_str(out, " after ");
    act_count(out, f->counted, failed(f, 1), failed(f, f->counted));
    if (f->earlier > 0) {
        buf_str(out, "; it had been let in ");
        act_count(out, f->earlier, "time", "times");
        buf_str(out, " before");
    }
}

static void tell_probe(struct buf *out, const struct finding *f, size_t most)
{
    buf_str(out, "Asked ");
    act_count(out, f->packets, "time", "times");
    buf_str(out, " for ");
    act_count(out, f->paths, "path", "paths");
    names(out, f, most);
    if (f->answered == 0) {
        buf_str(out, "; no answer was seen");
        return;
    }
    buf_str(out, "; ");
    text_count(out, f->missing);
    buf_str(out, f->missing == 1 ? " was refused or not there" : " were refused or not there");
    if (f->served > 0) {
        buf_str(out, ", ");
        text_count(out, f->served);
        buf_str(out, f->served == 1 ? " that is suspicious was given"
                                    : " that are suspicious were given");
    }
}

/* Of another tool's rule what decided is all there is to say. */
static void tell_rule(struct buf *out, const struct finding *f)
{
    buf_str(out, "Met this rule: ");
    text_count(out, f->counted);
    buf_printf(out, " %s (it asks for ", f->counter);
    text_count(out, f->threshold);
    buf_str(out, ")");
    if ((f->flags & FINDING_LOG) != 0) {
        buf_str(out, ", in ");
        act_count(out, f->packets, "line that it counts", "lines that it counts");
    }
    victim(out, f, " at ");
}

void act_tell(struct buf *out, const struct finding *f, size_t most)
{
    if ((f->flags & FINDING_RULE) != 0) {
        tell_rule(out, f);
    } else if (begins(f->kind, "scan.")) {
        tell_scan(out, f);
    } else if (strcmp(f->kind, "flood.amplification") == 0 && f->answered > 0) {
        tell_reflected(out, f);
    } else if (begins(f->kind, "flood.")) {
        tell_flood(out, f);
    } else if (strcmp(f->kind, "backscatter") == 0) {
        tell_backscatter(out, f);
    } else if (begins(f->kind, "bruteforce.") || begins(f->kind, "spray.")) {
        tell_guessing(out, f);
    } else if (begins(f->kind, "access.")) {
        tell_access(out, f, most);
    } else if (strcmp(f->kind, "probe.web") == 0) {
        tell_probe(out, f, most);
    } else {
        tell_rule(out, f);
    }
}

void act_time(struct buf *out, int64_t first_ns, int64_t last_ns, bool one_day)
{
    char first[TIME_TEXT_MAX];
    char last[TIME_TEXT_MAX];
    char span[TIME_TEXT_MAX];
    (void)time_format_short(first_ns, first);
    (void)time_format_short(last_ns, last);
    (void)time_format_span(time_abs_diff(last_ns, first_ns), span);
    const char *from = one_day ? first + CLOCK_AT : first;
    if (strcmp(first, last) == 0) {
        buf_printf(out, "at %s", from);
        return;
    }
    bool same_day = strncmp(first, last, CLOCK_AT) == 0;
    buf_printf(out, "%s to %s (%s)", from, same_day ? last + CLOCK_AT : last, span);
}

/* --- origin ----------------------------------------------------------------- */

static void systems(struct buf *out, const struct origin *o)
{
    for (size_t i = 0; i < o->n_as; i++) {
        const struct origin_as *as = &o->as[i];
        buf_printf(out, "%sAS%" PRIu32, i ? " or " : "", as->number);
        const char *name = as->name[0] != '\0' ? as->name : as->special;
        if (name[0] != '\0') {
            buf_byte(out, ' ');
            text_show(out, bytes_of(name, strlen(name)), NAME_COLUMNS);
        }
    }
    if (o->n_as == 0) {
        buf_str(out, "a network of no known AS");
    } else if (o->n_as > 1) {
        buf_str(out, " (the sources disagree)");
    }
}

static void code(struct buf *out, const char *s)
{
    text_show(out, bytes_of(s, strlen(s)), 2);
}

/* "DE", "DE or NL (the sources disagree)"... */
static void country(struct buf *out, const struct origin_country *c)
{
    switch (c->word) {
    case ORIGIN_AGREED:
        code(out, c->code);
        break;
    case ORIGIN_REGION:
        code(out, c->code);
        buf_str(out, " (a region)");
        break;
    case ORIGIN_NO_MEANING:
        buf_str(out, "no one place");
        break;
    case ORIGIN_SPLIT:
        for (size_t i = 0; i < c->n; i++) {
            buf_str(out, i ? " or " : "");
            code(out, c->values[i].code);
        }
        break;
    default:
        buf_str(out, "an unknown country");
        break;
    }
    if (c->word == ORIGIN_SPLIT || c->dissent) {
        buf_str(out, " (the sources disagree)");
    }
}

static void countries(struct buf *out, const struct origin *o)
{
    if (o->registered.word == ORIGIN_UNKNOWN && o->located.word == ORIGIN_UNKNOWN) {
        buf_str(out, ", country unknown");
        return;
    }
    bool same = o->registered.word == ORIGIN_AGREED && o->located.word == ORIGIN_AGREED &&
                memcmp(o->registered.code, o->located.code, sizeof(o->located.code)) == 0;
    if (same && o->registered.from_records && o->located.from_records) {
        buf_str(out, ", by its registry records in "); /* nobody measured where it is */
        country(out, &o->registered);
        return;
    }
    buf_str(out, same ? ", registered and located in " : ", registered in ");
    country(out, &o->registered);
    if (!same) {
        buf_str(out, ", located in ");
        country(out, &o->located);
    }
}

static void flags(struct buf *out, const struct origin *o)
{
    static const char *const words[ORIGIN_FLAG_COUNT] = {
        [ORIGIN_TOR_EXIT] = "a Tor exit",
        [ORIGIN_ANONYMOUS_PROXY] = "an anonymous proxy",
        [ORIGIN_VPN] = "a VPN",
        [ORIGIN_RELAY] = "a privacy relay",
        [ORIGIN_RESIDENTIAL_PROXY] = "a residential proxy",
        [ORIGIN_HOSTING] = "hosting space",
        [ORIGIN_ANYCAST] = "anycast",
        [ORIGIN_SATELLITE] = "a satellite network",
        [ORIGIN_DROP_LIST] = "on a list of networks to drop",
        [ORIGIN_RESEARCH_SCANNER] = "a known research scanner",
        [ORIGIN_OWN_SCANNER] = "on your allow-list",
    };
    for (unsigned i = 0; i < ORIGIN_FLAG_COUNT; i++) {
        if (!origin_has(o, (enum origin_flag)i)) {
            continue;
        }
        buf_printf(out, ", %s%s", words[i], (o->stale >> i & 1) != 0 ? " (an old list)" : "");
        if (i == ORIGIN_RESEARCH_SCANNER && o->operator_name[0] != '\0') {
            buf_str(out, " of ");
            text_show(out, bytes_of(o->operator_name, strlen(o->operator_name)), NAME_COLUMNS);
        }
    }
}

void act_origin(struct buf *out, const struct origin *o, const char *does)
{
    if (o->special.present && (o->special.bogon || o->n == 0)) {
        buf_printf(out, "has a special-purpose address: %s (%s)", o->special.name, o->special.rfc);
        return;
    }
    buf_printf(out, "%s ", does);
    if (o->n == 0) {
        buf_str(out, "a network that no source here knows");
        return;
    }
    systems(out, o);
    countries(out, o);
    flags(out, o);
}

const char *act_authentic(enum authentic a)
{
    static const char *const words[] = {
        [AUTHENTIC_ONE_WAY] = "one-way only",
        [AUTHENTIC_TWO_WAY] = "two-way proven",
        [AUTHENTIC_SPOOF_CONSISTENT] = "spoof-consistent",
        [AUTHENTIC_IMPOSSIBLE] = "impossible",
    };
    return (size_t)a < ARRAY_LEN(words) ? words[a] : "one-way only";
}

const char *act_authentic_meaning(enum authentic a)
{
    static const char *const words[] = {
        [AUTHENTIC_ONE_WAY] = "nothing shows that answers reached the address: it may be forged",
        [AUTHENTIC_TWO_WAY] = "it could read what was sent to the address",
        [AUTHENTIC_SPOOF_CONSISTENT] = "the senders' addresses are spread as forged ones are",
        [AUTHENTIC_IMPOSSIBLE] = "no such address can have sent this over the Internet",
    };
    return (size_t)a < ARRAY_LEN(words) ? words[a] : words[0];
}
