/* exchange/letter.c - what was seen, what is asked, and what it does not show. */
#include "exchange/letter.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/core/text.h"
#include "base/model/kind.h"
#include "exchange/moment.h"
#include "exchange/xarf.h"

enum { LETTER_COLUMNS = 72, NAME_COLUMNS = 80, PORTS_SHOWN = 16, SENTENCE_MAX = 4096 };

/* --- lines -------------------------------------------------------------------- */

/* Words from a column on, folded; later lines stand `indent` in. */
static void put_flow(struct buf *out, size_t column, size_t indent, struct bytes s)
{
    bool first = true;
    while (s.len > 0) {
        const uint8_t *gap = memchr(s.data, ' ', s.len);
        size_t n = gap != NULL ? (size_t)(gap - s.data) : s.len;
        size_t width = text_width(bytes_of(s.data, n));
        if (!first && column + 1 + width > LETTER_COLUMNS) {
            buf_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            buf_byte(out, ' ');
            column++;
        }
        buf_append(out, s.data, n);
        column += width;
        first = false;
        n += gap != NULL;
        s = bytes_of(s.data + n, s.len - n);
    }
    buf_byte(out, '\n');
}

__attribute__((format(printf, 3, 4))) static void line(struct buf *out, size_t indent,
                                                       const char *format, ...)
{
    char text[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* cut to fit */
    va_end(args);
    size_t lead = strspn(text, " ");
    buf_append(out, text, lead);
    put_flow(out, lead, indent, bytes_of(text + lead, strlen(text + lead)));
}

/* Text from an input, in a form that can be read by people. */
static void shown(char *out, size_t size, const char *s)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX);
    text_show(&b, bytes_of(s, strlen(s)), NAME_COLUMNS);
    size_t n = b.len < size - 1 ? b.len : size - 1;
    if (n > 0) {
        memcpy(out, b.data, n);
    }
    out[n] = '\0';
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* --- one finding ---------------------------------------------------------------- */

static void tell_counts(struct buf *out, const struct finding *f)
{
    bool log = (f->flags & FINDING_LOG) != 0;
    const char *least = (f->flags & FINDING_AT_LEAST) != 0 ? "at least " : "";
    char more[256] = "";
    size_t n = 0;
    const struct {
        uint64_t value;
        const char *one, *many;
    } rows[] = {
        {f->attempts, log ? "failed login" : "login tried", log ? "failed logins" : "logins tried"},
        {f->accepted, "let in", "let in"},
        {f->users, "account name", "account names"},
        {f->paths, "thing asked for", "things asked for"},
        {f->targets, "target", "targets"},
        {f->ports, "port", "ports"},
        {f->answered, "answered", "answered"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows) && n < sizeof(more); i++) {
        if (rows[i].value > 0) {
            n += (size_t)snprintf(more + n, sizeof(more) - n, ", %" PRIu64 " %s", rows[i].value,
                                  rows[i].value == 1 ? rows[i].one : rows[i].many);
        }
    }
    const char *unit = log ? "log line" : "packet";
    line(out, 6, "   Seen: %s%" PRIu64 " %s%s%s (%s, %s).", least, f->packets, unit,
         plural(f->packets), more, f->protocol, f->technique);
}

static void tell_ports(struct buf *out, const struct finding *f)
{
    char list[256] = "";
    size_t n = 0;
    for (size_t i = 0; i < f->port_n && i < PORTS_SHOWN; i++) {
        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%u", i > 0 ? ", " : "",
                              (unsigned)f->port_list[i]);
    }
    if (f->port_n > 0) {
        line(out, 6, "   Target port%s: %s%s.", plural(f->port_n), list,
             f->ports > PORTS_SHOWN ? " and more" : "");
    }
}

static void tell_target(struct buf *out, const struct notice_options *opt, const struct finding *f,
                        uint32_t doubts)
{
    char text[ADDR_TEXT_MAX];
    const struct addr *a = notice_target(opt, f);
    if (a != NULL) {
        (void)addr_format(a, text);
        line(out, 6, "   Target: %s.", text);
    } else if (opt->hide_targets) {
        line(out, 6, "   Target: not told here; please ask if you need it.");
    } else if ((doubts >> DOUBT_TARGET & 1) != 0 && (f->flags & FINDING_LOG) != 0) {
        line(out, 6,
             "   Target: our server that wrote the log, which does not name the server's address; "
             "please ask if you need it.");
    } else if ((doubts >> DOUBT_TARGET & 1) != 0) {
        line(out, 6,
             "   Target: a private address of ours; the public one before it is not in "
             "our records; please ask if you need it.");
    }
}

/* Of how many: by a log, whose lines are logins. */
static void tell_flow_share(struct buf *out, const struct finding *f)
{
    bool access = strncmp(f->kind, "access.", strlen("access.")) == 0;
    uint64_t all = access ? f->accepted : f->attempts;
    if ((f->flags & FINDING_LOG) != 0 && f->flows.n > 0 && all > f->flows.n) {
        line(out, 6, "   Source ports (%zu of %" PRIu64 " %s shown):", f->flows.n, all,
             access ? "logins" : "failed logins");
    }
}

static void tell_flows(struct buf *out, const struct finding *f)
{
    tell_flow_share(out, f);
    for (size_t i = 0; i < f->flows.n; i++) {
        const struct flow *x = &f->flows.items[i];
        char at[TIME_TEXT_MAX];
        char to[32] = "";
        moment_format(f, x->time_ns, at);
        if (x->target_port != 0) {
            (void)snprintf(to, sizeof(to), " to port %u", (unsigned)x->target_port);
        }
        line(out, 6, "   Source port: %u%s at %s.", (unsigned)x->source_port, to, at);
    }
}

static void tell_state(struct buf *out, const struct finding *f)
{
    if (f->authentic == AUTHENTIC_TWO_WAY) {
        line(out, 6,
             "   Connection: two-way proven: the sender could read what was sent to the "
             "address, so it was not forged from elsewhere.");
    } else {
        line(out, 6,
             "   Connection: one-way only: nothing shows that answers reached the address, "
             "which may be forged.");
    }
}

static void tell_doubts(struct buf *out, uint32_t bits)
{
    for (unsigned d = 0; d < DOUBT_COUNT; d++) {
        if ((bits >> d & 1) != 0 && d != DOUBT_ONE_WAY && d != DOUBT_TARGET) {
            line(out, 6, "   Please note: %s.", notice_doubt_text((enum notice_doubt)d));
        }
    }
}

static void tell_finding(struct buf *out, const struct notice_options *opt,
                         const struct notice_item *x, size_t number)
{
    const struct finding *f = x->finding;
    char who[ADDR_TEXT_MAX];
    char title[SENTENCE_MAX / 4];
    char first[TIME_TEXT_MAX];
    char last[TIME_TEXT_MAX];
    (void)addr_format(&f->remote, who);
    shown(title, sizeof(title), kind_title(f));
    moment_format(f, f->when.first_ns, first);
    moment_format(f, f->when.last_ns, last);
    line(out, 4, "%zu. %s: %s", number, who, title);
    line(out, 6, "   From %s to %s.", first, last);
    tell_counts(out, f);
    tell_ports(out, f);
    tell_target(out, opt, f, x->doubts);
    tell_flows(out, f);
    tell_state(out, f);
    tell_doubts(out, x->doubts);
    line(out, 6, "   An innocent explanation: %s", kind_advise(f).innocent);
    line(out, 6, "   Our finding %s, by %s%s.", f->id, f->definition,
         xarf_can_say(f) ? "" : " (without an attachment: the form wants a source port)");
    buf_byte(out, '\n');
}

/* --- the rest ------------------------------------------------------------------- */

/* What the reader of a log took for granted; true: for all of the times. */
static bool tell_assumed(struct buf *out, const struct notice_set *s, const struct notice *n)
{
    const struct notice_item *dated = NULL;
    bool years = false;
    size_t of = 0;
    for (size_t i = 0; i < n->n; i++) {
        const struct notice_item *x = &s->items[n->first + i];
        if (x->year_assumed) {
            years |= x->year == 0 || (dated != NULL && x->year != dated->year);
            dated = x;
        }
        of += x->zone_assumed;
    }
    char taken[48] = "UTC was"; /* more than any of its texts */
    if (years) {
        (void)snprintf(taken, sizeof(taken), "UTC and the latest years were");
    } else if (dated != NULL) {
        (void)snprintf(taken, sizeof(taken), "UTC and %d were", dated->year);
    }
    if (of > 0) {
        line(out, 0, "%s names no time zone%s: %s assumed. Times may be off by whole hours.",
             of == n->n ? "The log" : "A log of some of these", dated != NULL ? " and no year" : "",
             taken);
    }
    return of > 0 && of == n->n;
}

/* Were the findings told by others, of logs? */
static bool is_retold(const struct notice_options *opt, const struct notice_set *s,
                      const struct notice *n)
{
    bool log = false;
    for (size_t i = 0; i < n->n; i++) {
        log |= (s->items[n->first + i].finding->flags & FINDING_LOG) != 0;
    }
    return opt->retold && log;
}

static void tell_clock(struct buf *out, const struct notice_options *opt,
                       const struct notice_set *s, const struct notice *n)
{
    char clock[SENTENCE_MAX / 4];
    buf_str(out, "TIMES\n\n");
    bool all = tell_assumed(out, s, n);
    if (is_retold(opt, s, n)) {
        line(out, 0,
             "Whether the log named a time zone and a year is not known here: where it did "
             "not, UTC and the latest were assumed, and times may be off by whole hours.");
    }
    if (opt->clock != NULL) {
        shown(clock, sizeof(clock), opt->clock);
        line(out, 0, "%sOur clock: %s.",
             all ? "" : "All times are in UTC, as fine as our records are. ", clock);
    } else if (!all) {
        line(out, 0,
             "All times are in UTC, as fine as our records are. How exact the clock behind "
             "them was is not known here: please allow for some seconds.");
    }
    buf_byte(out, '\n');
}

static void tell_asked(struct buf *out)
{
    buf_str(out, "WHAT WE ASK\n\n");
    line(out, 2,
         "- Please find out which machine or customer had these addresses at these times, "
         "and see that it stops.");
    line(out, 2, "- Please keep what your records show of it until that is done.");
    line(out, 2,
         "- Please answer with the reference above in the subject: acted, disputed (with "
         "what your records show instead), not your network, past retention, or forwarded "
         "to whom. Who your customer is we do not ask.");
    buf_byte(out, '\n');
}

static void tell_limits(struct buf *out)
{
    buf_str(out, "WHAT THIS DOES NOT SHOW\n\n");
    line(out, 0,
         "An address is not a machine, and a machine is not a person. The machine may have "
         "been taken over, or have passed on what others sent; the address may be shared "
         "or may have changed hands since. We do not say who did it, or why. If we are in "
         "error, please tell us: we will keep your answer with this notice.");
    buf_byte(out, '\n');
}

static void tell_opening(struct buf *out, const struct notice *n)
{
    char holder[SENTENCE_MAX / 4];
    shown(holder, sizeof(holder), n->holder);
    line(out, 0, "Dear abuse desk%s%s,", holder[0] != '\0' ? " of " : "", holder);
    buf_byte(out, '\n');
    line(out, 0,
         "what is listed below seems to come from %s, for which you are named as the "
         "contact. We would be glad if you looked into it.",
         n->addresses == 1 ? "an address" : "addresses");
    buf_byte(out, '\n');
    buf_printf(out, "Reference: [exhibit:%s]\n\n", n->id);
}

static void tell_enclosures(struct buf *out, const struct notice_options *opt,
                            const struct notice_set *s, const struct notice *n)
{
    char name[ENCLOSURE_NAME_MAX];
    for (size_t i = 0; i < opt->enclosure_n; i++) {
        if (notice_encloses(s, n, &opt->enclosures[i])) {
            enclosure_name(i, name);
            line(out, 0,
                 "%s holds our sealed records of it. Anybody can check them without a network and "
                 "without trust in us: its README.txt says how. It says who knew what when, not "
                 "who did it.",
                 name);
        }
    }
}

void letter_write(struct buf *out, const struct notice_options *opt, const struct notice_set *s,
                  const struct notice *n)
{
    char org[SENTENCE_MAX / 4];
    tell_opening(out, n);
    buf_printf(out, "WHAT WE SAW\n\n");
    for (size_t i = 0; i < n->n && i < LETTER_FINDINGS; i++) {
        tell_finding(out, opt, &s->items[n->first + i], i + 1);
    }
    if (n->n > LETTER_FINDINGS) {
        line(out, 0, "And %zu more: each is in an attachment of its own.", n->n - LETTER_FINDINGS);
        buf_byte(out, '\n');
    }
    tell_clock(out, opt, s, n);
    tell_asked(out);
    tell_limits(out);
    line(out, 0, "The attachments say the same for programs (XARF 4).");
    tell_enclosures(out, opt, s, n);
    shown(org, sizeof(org), opt->org);
    buf_printf(out, "\n-- \n%s\n%s\n", org, opt->mail);
}

void letter_subject(struct buf *out, const struct notice_set *s, const struct notice *n)
{
    const struct finding *f = s->items[n->first].finding;
    char who[ADDR_TEXT_MAX];
    bool same = true;
    for (size_t i = 1; i < n->n; i++) {
        same &= strcmp(kind_title(s->items[n->first + i].finding), kind_title(f)) == 0;
    }
    (void)addr_format(&f->remote, who);
    buf_printf(out, "[exhibit:%s] %s from %s", n->id, same ? kind_title(f) : "scans and attacks",
               who);
    if (n->addresses > 1) {
        buf_printf(out, " and %zu more", n->addresses - 1);
    }
}
