/* report/check.c - the screen of `check`. */
#include "report/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "base/model/observation.h"
#include "report/act.h"
#include "report/layout.h"
#include "report/signature.h"

enum {
    SENTENCE_MAX_BYTES = 16384,
    SAID_COLUMNS = 60,
    PATH_COLUMNS = 46, /* with "sealed: " and a colon within a row of 80 columns */
    FULL_MAX = 3,
    BRIEF_MAX = 20,
    INPUTS_MAX = 8
};
enum { FINDINGS_MAX = 3, QUOTES_SHOWN = 4, LABEL_COLUMN = 2, TEXT_COLUMN = 23, PORTS_SHOWN = 4 };
enum { CLOCK_AT = 11 }; /* in "2024-05-17 10:05:03" */

/* --- sentences -------------------------------------------------------------------- */

static void shown(struct buf *out, const char *text)
{
    text_show(out, bytes_of(text, strlen(text)), SAID_COLUMNS);
}

static void put_time(struct buf *out, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    (void)time_format_short(ns, text); /* its length is not needed */
    buf_str(out, text);
}

/* "2024-05-17 10:05:03 to 10:06:00 UTC": a date once, where it is the same. */
static void put_range(struct buf *out, int64_t first_ns, int64_t last_ns)
{
    char first[TIME_TEXT_MAX];
    char last[TIME_TEXT_MAX];
    (void)time_format_short(first_ns, first); /* its length is not needed */
    (void)time_format_short(last_ns, last);
    bool same_day = strncmp(first, last, CLOCK_AT) == 0;
    buf_printf(out, "%s to %s UTC", first, same_day ? last + CLOCK_AT : last);
}

static void put_span(struct buf *out, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    (void)time_format_span(ns < 0 ? -ns : ns, text); /* its length is not needed */
    buf_str(out, text);
}

static const char *proto_name(uint8_t proto)
{
    return proto == PROTO_TCP      ? "tcp"
           : proto == PROTO_UDP    ? "udp"
           : proto == PROTO_ICMP   ? "icmp"
           : proto == PROTO_ICMPV6 ? "icmpv6"
           : proto == PROTO_SCTP   ? "sctp"
                                   : NULL;
}

static void put_ports(struct buf *out, const struct claim *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->moment_n; i++) {
        bool again = i > 0 && c->moments[i].source_port == c->moments[i - 1].source_port;
        if (c->moments[i].source_port == 0 || again) {
            continue;
        }
        if (n < PORTS_SHOWN) {
            buf_printf(out, "%s%u", n == 0 ? " ports " : ", ", c->moments[i].source_port);
        }
        n++;
    }
    buf_str(out, n > PORTS_SHOWN ? "..." : "");
}

void check_ends(struct buf *out, const struct claim *c)
{
    act_addr(out, &c->source);
    if (c->source_port != 0) {
        buf_printf(out, " port %u", c->source_port);
    } else {
        put_ports(out, c);
    }
    if (c->has_target) {
        buf_str(out, ", to ");
        act_addr(out, &c->target);
    }
    if (c->target_port != 0) {
        buf_printf(out, "%s port %u%s", c->has_target ? "" : ", to", c->target_port,
                   c->service ? " (taken from the service)" : "");
    }
    if (proto_name(c->proto) != NULL) {
        buf_printf(out, " (%s)", proto_name(c->proto));
    } else if (c->proto != 0) {
        buf_printf(out, " (protocol %u)", c->proto);
    }
}

static void put_assumed(struct buf *out, const struct check_view *v, const struct claim_when *w)
{
    char zone[16] = "UTC";
    if (w->zone_given && !w->zone_assumed) {
        int64_t least = (v->zone_ns < 0 ? -v->zone_ns : v->zone_ns) / TIME_MINUTE;
        (void)snprintf(zone, sizeof(zone), "%c%02d:%02d", v->zone_ns < 0 ? '-' : '+',
                       (int)(least / 60), (int)(least % 60));
    }
    if (w->year_assumed && (w->zone_assumed || w->zone_given)) {
        buf_printf(out, " (zone and year are not said: %s and the latest were taken)", zone);
    } else if (w->year_assumed) {
        buf_str(out, " (the year is not said: the latest was taken)");
    } else if (w->zone_assumed || w->zone_given) {
        buf_printf(out, " (the zone is not said: %s was taken)", zone);
    }
}

void check_when(struct buf *out, const struct check_view *v, const struct claim_when *w)
{
    if (!w->known) {
        buf_str(out, "at a time that is not said");
        return;
    }
    if (w->first_ns == w->last_ns) {
        buf_str(out, "at ");
        put_time(out, w->first_ns);
        buf_str(out, " UTC");
    } else {
        buf_str(out, "from ");
        put_range(out, w->first_ns, w->last_ns);
    }
    if (w->precision_ns > TIME_SECOND) {
        buf_str(out, ", to within ");
        put_span(out, w->precision_ns);
    }
    put_assumed(out, v, w);
}

static void put_connections(struct buf *out, const struct claim_match *m)
{
    if (m->connections == 0) {
        return;
    }
    buf_str(out, m->more_connections ? ", in at least " : ", in ");
    act_count(out, m->connections, "connection", "connections");
    if (m->completed == 0 && m->refused == 0) {
        buf_str(out, ", none of them seen to be completed");
        return;
    }
    if (m->completed == 0) {
        buf_str(out, ", none of them completed");
    } else {
        buf_str(out, ", of which ");
        text_count(out, m->completed);
        buf_str(out, " completed");
    }
    if (m->refused > 0) {
        buf_str(out, m->completed == 0 ? ", " : " and ");
        text_count(out, m->refused);
        buf_str(out, " refused");
    }
}

static void put_offset(struct buf *out, const struct claim_match *m)
{
    if (m->has_offset && m->offset_ns != 0) {
        buf_str(out, " The nearest is ");
        put_span(out, m->offset_ns);
        buf_str(out, m->offset_ns < 0 ? " before the claim's time." : " after the claim's time.");
    }
}

static void put_near(struct buf *out, const struct claim_match *m, const struct claim_answer *a)
{
    if (a->why == CLAIM_WHY_OTHER_ZONE) {
        int h = a->zone_half_hours < 0 ? -a->zone_half_hours : a->zone_half_hours;
        buf_printf(out,
                   "Records that fit stand %d h%s %s the claim's time: it may be in the zone "
                   "UTC%s%d%s.",
                   h / 2, h % 2 != 0 ? " 30 min" : "", a->zone_half_hours < 0 ? "before" : "after",
                   a->zone_half_hours < 0 ? "+" : "-", h / 2, h % 2 != 0 ? ":30" : "");
    } else if (m->has_near) {
        buf_str(out, m->near_exact ? "The same ends and source port are in our records "
                                   : "The same ends are in our records ");
        put_span(out, m->near_ns);
        buf_str(out, m->near_ns < 0 ? " before the claim's time." : " after the claim's time.");
    }
}

void check_unread(struct buf *out, const struct claim *c)
{
    static const char *const names[CLAIM_STATED_COUNT] = {
        [CLAIM_STATED_SOURCE_PORT] = "source port",
        [CLAIM_STATED_TARGET_PORT] = "destination port",
        [CLAIM_STATED_PROTOCOL] = "protocol",
        [CLAIM_STATED_TALLY] = "count",
        [CLAIM_STATED_TARGET] = "destination"};
    for (size_t i = 0; i < CLAIM_STATED_COUNT; i++) {
        if (c->unread[i][0] != '\0') {
            buf_str(out, out->len > 0 ? " " : "");
            if (i == CLAIM_STATED_TIME) {
                buf_str(out, "The claim names times that contradict each other; another is: '");
            } else {
                buf_printf(out, "The claim's %s could not be read: '", names[i]);
            }
            shown(out, c->unread[i]);
            buf_str(out, "'.");
        }
    }
}

void check_records(struct buf *out, const struct claim *c, const struct claim_match *m,
                   const struct claim_answer *a)
{
    if (m->packets == 0 && m->lines == 0) {
        put_near(out, m, a);
        return;
    }
    act_count(out, m->packets > 0 ? m->packets : m->lines, m->packets > 0 ? "packet" : "log line",
              m->packets > 0 ? "packets" : "log lines");
    buf_str(out, m->packets > 0 ? " from it" : " about it");
    if (m->exact > 0 && m->exact < m->packets) {
        buf_printf(out, " (%" PRIu64 " from a source port that the claim names)", m->exact);
    }
    buf_str(out, ", from ");
    put_range(out, m->first_ns, m->last_ns);
    put_connections(out, m);
    buf_byte(out, '.');
    if (m->back > 0 || m->packets > 0) {
        buf_str(out, " The other end sent ");
        act_count(out, m->back, m->packets > 0 ? "packet." : "line.",
                  m->packets > 0 ? "packets." : "lines.");
    }
    if (m->packets > 0 && m->answers == m->packets && a->why != CLAIM_WHY_ANSWERS) {
        buf_str(out, " What it sent are answers to packets that carry the other end's address.");
    }
    if (c->moment_n > 1) {
        buf_printf(out, " Of %zu moments that the claim names, %zu are in our records.",
                   c->moment_n, a->moments_met);
    }
    put_offset(out, m);
}

void check_lacks(struct buf *out, uint32_t lacks)
{
    bool first = true;
    for (unsigned i = 0; i < CLAIM_LACKS_COUNT; i++) {
        if ((lacks >> i & 1) != 0) {
            buf_str(out, first ? "" : ", ");
            buf_str(out, claim_lack_text((enum claim_field)(1U << i)));
            first = false;
        }
    }
}

bool check_finding(const struct check_view *v, size_t claim, const struct finding *f)
{
    const struct claim *c = &v->claims->items[claim];
    bool its = (f->has_initiator && addr_equal(&f->initiator, &c->source)) ||
               (f->has_victim && addr_equal(&f->victim, &c->source));
    return (f->flags & FINDING_BELOW) == 0 && its && c->when.known &&
           f->when.last_ns >= c->when.first_ns - v->bench->tolerance_ns &&
           f->when.first_ns <= c->when.last_ns + v->bench->tolerance_ns;
}

/* --- the screen --------------------------------------------------------------------- */

struct screen {
    struct layout l;
    const struct check_view *v;
};

/* "Ours?    Yes: ..." */
static void row(struct screen *s, const char *label, enum tone tone, const struct buf *text)
{
    layout_open(&s->l, LABEL_COLUMN, TEXT_COLUMN);
    layout_text(&s->l, TONE_FAINT, label);
    while (s->l.at + !s->l.fresh < TEXT_COLUMN) {
        buf_byte(s->l.out, ' ');
        s->l.at++;
    }
    layout_bytes(&s->l, tone, buf_bytes(text));
    layout_close(&s->l);
}

static void row_text(struct screen *s, const char *label, enum tone tone, const char *text)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    buf_str(&b, text);
    row(s, label, tone, &b);
}

static enum tone tone_of(enum claim_verdict v)
{
    return v == CLAIM_SHOWN                                 ? TONE_BAD
           : v == CLAIM_CONTRADICTED || v == CLAIM_NOT_OURS ? TONE_GOOD
                                                            : TONE_CARE;
}

const char *check_act(const struct claim *c)
{
    static const char *const acts[CLAIM_ACT_COUNT] = {
        [CLAIM_ACT_UNSAID] = "something that is not said",
        [CLAIM_ACT_LOGIN] = "login attempts",
        [CLAIM_ACT_SCAN] = "scanning or probing",
        [CLAIM_ACT_WEB] = "web requests",
        [CLAIM_ACT_FLOOD] = "a flood",
        [CLAIM_ACT_HOST] = "a service",
        [CLAIM_ACT_OTHER] = "an act",
    };
    return acts[c->act];
}

static void put_act(struct buf *out, const struct claim *c)
{
    buf_str(out, check_act(c));
    if (c->said[0] != '\0') {
        buf_str(out, " (\"");
        shown(out, c->said);
        buf_str(out, "\")");
    }
    if (c->count > 1) {
        buf_str(out, ", ");
        text_count(out, c->count);
        buf_str(out, " times");
    }
}

static void tell_ours(struct screen *s, const struct claim *c, const struct claim_match *m,
                      const struct claim_answer *a)
{
    static const char *const texts[] = {
        [CLAIM_OURS_GIVEN] = "Yes: in your networks. That it was ours then is your own statement.",
        [CLAIM_OURS_INFERRED] = "It seems so, by the traffic (no --local was given).",
        [CLAIM_OURS_UNLIKELY] = "It seems not, by the traffic: give your networks with --local.",
        [CLAIM_OURS_UNKNOWN] = "The traffic does not tell: give your networks with --local.",
        [CLAIM_OURS_NOT] = "No: it is in none of the networks of --local.",
    };
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    buf_str(&b, texts[a->ours]);
    if (m->ever > 0) {
        buf_str(&b, " It sent ");
        act_count(&b, m->ever, "packet", "packets");
        buf_str(&b, " in our records.");
    }
    if (addr_is_private(&c->source)) {
        buf_str(&b, " It is a private address: other networks have the same.");
    }
    if (a->ours == CLAIM_OURS_NOT && c->has_target &&
        local_contains(s->v->bench->locals, &c->target)) {
        buf_str(&b, " The other end of the claim is ours: we are the accuser there, or the ends "
                    "are mixed up.");
    }
    row(s, "Ours?", TONE_PLAIN, &b);
}

static void tell_fields(struct screen *s, const struct claim_answer *a)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    if (a->lacks == 0) {
        buf_str(&b, "Yes (RFC 6302).");
    } else {
        buf_str(&b, "No. It lacks ");
        check_lacks(&b, a->lacks);
        buf_str(&b, " (RFC 6302).");
    }
    row(s, "Enough fields?", TONE_PLAIN, &b);
}

static void tell_forging(struct screen *s, const struct claim_answer *a)
{
    static const char *const texts[] = {
        [CLAIM_FORGING_EASY] = "Yes: nothing in the claim shows that answers reached "
                               "the sender.",
        [CLAIM_FORGING_HARD] = "Hardly: what it describes needs a completed connection, if "
                               "that is what was seen.",
        [CLAIM_FORGING_UNSAID] = "It does not say whether anything was answered.",
    };
    row_text(s, "Could it be forged?", TONE_PLAIN, texts[a->forging]);
}

static void tell_records(struct screen *s, const struct claim *c, const struct claim_match *m,
                         const struct claim_answer *a)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    check_records(&b, c, m, a);
    if (b.len == 0) {
        buf_str(&b, "Nothing that fits.");
    }
    if (m->other > 0) {
        buf_str(&b, " Besides, it sent ");
        act_count(&b, m->other, "packet", "packets");
        buf_str(&b, m->other == 1 ? " then that does not fit." : " then that do not fit.");
    }
    row(s, "Our records", TONE_PLAIN, &b);
}

/* Flows have no packets, and sealed lines of logs no text: nothing is found in them. */
static const char *none_found(const struct check_view *v)
{
    size_t searched = 0;
    for (size_t i = 0; i < v->input_n; i++) {
        const struct claim_cover *x = &v->bench->covers[i];
        searched += !x->flows && !(x->log && v->sealed);
    }
    return v->input_n == 0 ? "Not looked for: there are no records"
           : searched == 0 ? "Not looked for: that takes packets, or lines of logs with their text"
           : searched < v->input_n
               ? "None about it at that time; not looked for in flows and sealed lines"
               : "None about it at that time";
}

static void tell_findings(struct screen *s, size_t claim)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    size_t n = 0;
    for (size_t i = 0; i < s->v->findings->n; i++) {
        const struct finding *f = s->v->findings->items[i];
        if (!check_finding(s->v, claim, f)) {
            continue;
        }
        if (n < FINDINGS_MAX) {
            buf_str(&b, n > 0 ? "; " : "");
            buf_printf(&b, "%s, ", f->definition);
            act_time(&b, f->when.first_ns, f->when.last_ns, false);
        }
        n++;
    }
    if (n > FINDINGS_MAX) {
        buf_printf(&b, "; and %zu more", n - FINDINGS_MAX);
    }
    if (n == 0) {
        buf_str(&b, none_found(s->v));
    }
    buf_byte(&b, '.');
    row(s, "Our findings", TONE_PLAIN, &b);
}

static void tell_verdict(struct screen *s, const struct claim *c, const struct claim_answer *a)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    layout_open(&s->l, LABEL_COLUMN, LABEL_COLUMN);
    layout_text(&s->l, tone_of(a->verdict), claim_verdict_word(a->verdict));
    layout_text(&s->l, TONE_PLAIN, "-");
    if (a->why == CLAIM_WHY_UNREADABLE) {
        check_unread(&b, c);
        layout_bytes(&s->l, TONE_PLAIN, buf_bytes(&b));
    } else {
        layout_text(&s->l, TONE_PLAIN, claim_why_text(a->why));
    }
    layout_close(&s->l);
}

static void tell_head(struct screen *s, size_t i)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    const struct claim *c = &s->v->claims->items[i];
    if (s->v->claims->n > 1) {
        buf_printf(&b, "%zu. ", i + 1);
    }
    check_ends(&b, c);
    buf_str(&b, ": ");
    put_act(&b, c);
    buf_byte(&b, ' ');
    check_when(&b, s->v, &c->when);
    layout_open(&s->l, 0, LABEL_COLUMN);
    layout_bytes(&s->l, TONE_STRONG, buf_bytes(&b));
    layout_close(&s->l);
}

static void tell_claim(struct screen *s, size_t i, bool full)
{
    const struct claim *c = &s->v->claims->items[i];
    const struct claim_match *m = &s->v->matches[i];
    const struct claim_answer *a = &s->v->answers[i];
    tell_head(s, i);
    tell_verdict(s, c, a);
    if (full) {
        tell_ours(s, c, m, a);
        tell_fields(s, a);
        tell_forging(s, a);
        tell_records(s, c, m, a);
        tell_findings(s, i);
        layout_gap(&s->l);
    }
}

/* --- coverage ------------------------------------------------------------------------- */

static void put_directions(struct buf *out, const struct claim_cover *x)
{
    uint64_t sent = claim_cover_out(x);
    buf_str(out, x->log                  ? ""
                 : sent > 0 && x->in > 0 ? ", both directions"
                 : sent > 0              ? ", only what was sent"
                 : x->in > 0             ? ", only what came in"
                                         : ", nothing of those networks");
}

/* Of a long path the end tells files apart. */
static void put_name(struct buf *out, const char *name)
{
    static const char sealed[] = "sealed: ";
    if (strncmp(name, sealed, sizeof(sealed) - 1) == 0) {
        buf_str(out, sealed);
        name += sizeof(sealed) - 1;
    }
    struct bytes path = bytes_of(name, strlen(name));
    size_t columns = text_width(path);
    buf_str(out, columns > PATH_COLUMNS ? "…" : "");
    for (; columns > PATH_COLUMNS; columns--) {
        uint32_t cp;
        size_t n = text_utf8_next(path, &cp);
        n = n > 0 ? n : 1;
        path = bytes_of(path.data + n, path.len - n);
    }
    text_show(out, path, PATH_COLUMNS);
}

static void tell_input(struct screen *s, size_t i)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    const struct claim_cover *x = &s->v->bench->covers[i];
    put_name(&b, s->v->inputs[i].name);
    buf_str(&b, ": ");
    if (!x->has_time) {
        buf_str(&b, "nothing was read of it");
    } else {
        put_range(&b, x->first_ns, x->last_ns);
        buf_str(&b, ", ");
        act_count(&b, x->records,
                  x->log     ? "line"
                  : x->flows ? "flow"
                             : "packet",
                  x->log     ? "lines"
                  : x->flows ? "flows"
                             : "packets");
        put_directions(&b, x);
        if (x->silence_n > 0) {
            buf_printf(&b, ", %s%zu times silent for over 10 min",
                       x->more_silences ? "more than " : "", x->silence_n);
        }
    }
    if (s->v->claims->n == 1 && s->v->claims->items[0].when.known && x->has_time) {
        buf_printf(&b, "; %s",
                   claim_covers_text(claim_covers_of(&s->v->claims->items[0], x, s->v->bench)));
    }
    buf_byte(&b, '.');
    row(s, i == 0 ? "Coverage" : "", TONE_PLAIN, &b);
}

static void tell_coverage(struct screen *s)
{
    size_t n = s->v->input_n;
    if (n == 0) {
        row_text(s, "Coverage", TONE_CARE, "Nothing of that time is sealed.");
        return;
    }
    size_t most = s->v->all || n <= INPUTS_MAX ? n : INPUTS_MAX;
    for (size_t i = 0; i < most; i++) {
        tell_input(s, i);
    }
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    if (most < n) {
        buf_printf(&b, "And %zu more files (--all). ", n - most);
    }
    buf_str(&b, s->v->bench->complete ? "They are stated to be complete."
                                      : "They are not stated to be complete (--complete).");
    buf_str(&b, " Margin for clocks (--tolerance): ");
    put_span(&b, s->v->bench->tolerance_ns);
    buf_byte(&b, '.');
    row(s, "", TONE_FAINT, &b);
}

/* --- who signed it ---------------------------------------------------------------------- */

static void tell_signatures(struct screen *s)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    const struct claim_set *c = s->v->claims;
    const struct dkim_signature *best = dkim_best(&c->signatures);
    if (!c->signatures_asked) {
        if (s->v->keys) {
            layout_line(&s->l, LABEL_COLUMN, TONE_CARE,
                        "The claim is no mail: there is no signature to verify (DKIM).");
            layout_gap(&s->l);
        }
        return;
    }
    for (size_t i = 0; i < c->signatures.n; i++) {
        const struct dkim_signature *one = &c->signatures.items[i];
        if (s->v->all || one == best) {
            buf_clear(&b);
            signature_tell(&b, one);
            layout_open(&s->l, LABEL_COLUMN, LABEL_COLUMN + 2);
            layout_bytes(&s->l, one->step == DKIM_HOLDS ? TONE_PLAIN : TONE_CARE, buf_bytes(&b));
            layout_close(&s->l);
        }
    }
    if (best == NULL) {
        layout_line(&s->l, LABEL_COLUMN, TONE_CARE,
                    "The mail has no signature (DKIM): anybody may have written it.");
    } else if (c->signatures.n > 1 && !s->v->all) {
        buf_clear(&b);
        buf_printf(&b, "It has %zu more signatures (--all).", c->signatures.n - 1);
        layout_open(&s->l, LABEL_COLUMN, LABEL_COLUMN);
        layout_bytes(&s->l, TONE_FAINT, buf_bytes(&b));
        layout_close(&s->l);
    }
    if (c->signatures.more > 0) {
        buf_clear(&b);
        act_count(&b, c->signatures.more, "more signature was", "more signatures were");
        buf_printf(&b, " not looked at, and prove%s nothing: only the first %d are.",
                   c->signatures.more == 1 ? "s" : "", DKIM_SIGNATURES_MAX);
        layout_open(&s->l, LABEL_COLUMN, LABEL_COLUMN);
        layout_bytes(&s->l, TONE_CARE, buf_bytes(&b));
        layout_close(&s->l);
    }
    layout_gap(&s->l);
}

/* --- the claim's own form --------------------------------------------------------------- */

static void tell_form(struct screen *s)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    const struct claim_set *c = s->v->claims;
    buf_str(&b, "Claim: ");
    shown(&b, c->format);
    if (c->accuser[0] != '\0') {
        buf_str(&b, " by \"");
        shown(&b, c->accuser);
        buf_str(&b, "\" (as it says)");
    }
    if (c->reference[0] != '\0') {
        buf_str(&b, ", reference \"");
        shown(&b, c->reference);
        buf_byte(&b, '"');
    }
    buf_str(&b, ", ");
    act_count(&b, c->n, "incident", "incidents");
    buf_byte(&b, '.');
    layout_open(&s->l, 0, LABEL_COLUMN);
    layout_bytes(&s->l, TONE_PLAIN, buf_bytes(&b));
    layout_close(&s->l);
    layout_gap(&s->l);
}

/* Parts that were not read, each with what to do; or what else it says. */
static void tell_quotes(struct screen *s, bool parts)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    const struct claim_set *c = s->v->claims;
    size_t n = 0;
    for (size_t i = 0; i < c->quote_n && (s->v->all || n < QUOTES_SHOWN); i++) {
        if ((strcmp(c->quotes[i].key, CLAIM_QUOTE_PART) == 0) != parts) {
            continue;
        }
        buf_clear(&b);
        if (parts) {
            buf_str(&b, "Not read, and without a part in this answer: ");
            text_show(&b, bytes_of(c->quotes[i].text, strlen(c->quotes[i].text)), CLAIM_TEXT_MAX);
        } else {
            buf_str(&b, n == 0 ? "It also says: " : "");
            shown(&b, c->quotes[i].key);
            buf_str(&b, " \"");
            shown(&b, c->quotes[i].text);
            buf_byte(&b, '"');
        }
        n++;
        layout_open(&s->l, LABEL_COLUMN, LABEL_COLUMN + 2);
        layout_bytes(&s->l, parts ? TONE_CARE : TONE_FAINT, buf_bytes(&b));
        layout_close(&s->l);
    }
}

static void tell_notes(struct screen *s)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    const struct claim_set *c = s->v->claims;
    bool parts = false; /* each is told by itself */
    for (size_t i = 0; i < c->quote_n; i++) {
        parts |= strcmp(c->quotes[i].key, CLAIM_QUOTE_PART) == 0;
    }
    for (unsigned i = 0; i < CLAIM_NOTE_COUNT; i++) {
        bool told = parts && 1U << i == CLAIM_NOTE_UNREAD;
        if ((c->notes >> i & 1) != 0 && !told) {
            buf_clear(&b);
            buf_printf(&b, "Of the claim: %s.", claim_note_text((enum claim_note)(1U << i)));
            layout_open(&s->l, LABEL_COLUMN, LABEL_COLUMN);
            layout_bytes(&s->l, TONE_CARE, buf_bytes(&b));
            layout_close(&s->l);
        }
    }
    tell_quotes(s, true);
    tell_quotes(s, false);
}

/* The worst first would hide the order of the claim; it is kept. */
static void tell_claims(struct screen *s)
{
    size_t n = s->v->claims->n;
    size_t full = s->v->all || n <= FULL_MAX ? n : 1;
    for (size_t i = 0; i < n && (s->v->all || i < BRIEF_MAX); i++) {
        tell_claim(s, i, i < full);
    }
    if (!s->v->all && n > BRIEF_MAX) {
        CLEANUP(buf_fini) struct buf b = BUF_INIT(64);
        buf_printf(&b, "And %zu more (--all).", n - BRIEF_MAX);
        layout_open(&s->l, 0, 0);
        layout_bytes(&s->l, TONE_PLAIN, buf_bytes(&b));
        layout_close(&s->l);
    }
    if (n > full) {
        layout_gap(&s->l);
    }
    if (n == 0) {
        layout_line(&s->l, LABEL_COLUMN, TONE_CARE,
                    "cannot tell - No incident was found that names a single address.");
        layout_gap(&s->l);
    }
}

void check_terminal(struct buf *out, const struct check_view *v, const struct terminal_options *o)
{
    struct screen s = {.v = v};
    layout_begin(&s.l, out, o->columns == 0 ? 80 : o->columns, o->colour, o->unicode);
    tell_form(&s);
    tell_signatures(&s);
    tell_claims(&s);
    tell_coverage(&s);
    tell_notes(&s);
    layout_gap(&s.l);
    layout_line(&s.l, LABEL_COLUMN, TONE_FAINT,
                "Records show packets that carry an address, not who sent them. --reply drafts a "
                "reply; it tells of traffic between the two ends, so it is for whoever holds the "
                "other one, and for nobody else.");
}
