/* report/memo.c - the rungs from network to role.
 *
 * Confidence is a word about the basis: how many families of sources speak, how
 * far their dates are from the event, and whether the network is of a kind about
 * which sources often differ. No likelihood is given, since none is computed.
 */
#include "report/memo.h"

#include <inttypes.h>
#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "report/act.h"
#include "report/layout.h"

enum {
    INSIDE = 2, /* columns */
    SAYS = 4,
    NAME_COLUMNS = 60,
    /* Of networks that a four years old table names, one in six to ten has
     * another AS today. */
    NEAR_DAYS = 31,
    YEAR_DAYS = 366,
    MANY_FAMILIES = 3,
};

struct memo {
    struct layout l;
    struct buf say;
    const struct origin *o;
    const struct origin_sources *sources;
};

static void end_line(struct memo *m, unsigned first, unsigned rest, enum tone tone)
{
    layout_open(&m->l, first, rest);
    layout_bytes(&m->l, tone, buf_bytes(&m->say));
    layout_close(&m->l);
    if (m->say.failed != ST_OK) {
        m->l.out->failed = m->say.failed;
    }
    buf_clear(&m->say);
}

static void line(struct memo *m, const char *text)
{
    buf_str(&m->say, text);
    end_line(m, SAYS, SAYS, TONE_PLAIN);
}

static void show(struct memo *m, const char *s)
{
    text_show(&m->say, bytes_of(s, strlen(s)), NAME_COLUMNS);
}

/* --- sources ------------------------------------------------------------------------- */

static void days(struct buf *out, int64_t n)
{
    bool years = n >= 2 * (int64_t)YEAR_DAYS;
    text_count(out, (uint64_t)(years ? n / 365 : n));
    buf_str(out, years ? " years" : n == 1 ? " day" : " days");
}

/* "data of 2022-10-29, 4 years before the event". */
static void tell_date(struct buf *out, const struct origin_source *s, int64_t event_ns)
{
    char date[TIME_TEXT_MAX];
    int64_t gap;
    if (!origin_gap_days(s, event_ns, &gap)) {
        buf_str(out, "undated");
        return;
    }
    (void)time_format(s->date_ns, date);
    buf_printf(out, "%s%.10s, ",
               s->date == ORIGIN_DATE_BUILD    ? "built "
               : s->date == ORIGIN_DATE_PINNED ? "by your word of "
                                               : "data of ",
               date);
    if (gap == 0) {
        buf_str(out, "the day of the event");
        return;
    }
    days(out, gap < 0 ? -gap : gap);
    buf_str(out, gap < 0 ? " after the event" : " before the event");
}

static void tell_from(struct memo *m, const struct origin_source *s)
{
    show(m, s->name);
    buf_printf(&m->say, " (%s, ",
               s->family == ORIGIN_FAMILY_UNKNOWN ? "origin of its data unknown"
                                                  : origin_family_name(s->family));
    tell_date(&m->say, s, m->o->event_ns);
    buf_str(&m->say, ")");
}

static void tell_range(struct memo *m, const struct addr *first, const struct addr *last)
{
    buf_str(&m->say, ", for ");
    act_addr(&m->say, first);
    if (addr_equal(first, last)) {
        buf_str(&m->say, " alone");
        return;
    }
    buf_str(&m->say, " to ");
    act_addr(&m->say, last);
}

/* One statement, in a line of its own. */
static void tell_statement(struct memo *m, const struct origin_statement *x)
{
    tell_from(m, &m->sources->items[x->source]);
    buf_str(&m->say, ": ");
    if (x->about == ORIGIN_NETWORK) {
        if (x->has_asn) {
            buf_printf(&m->say, "AS%" PRIu32 " ", x->asn);
        } else {
            buf_str(&m->say, "not announced ");
        }
        show(m, x->text);
    } else if (x->about == ORIGIN_FLAGGED) {
        buf_str(&m->say, origin_flag_name(x->flag));
        if (x->text[0] != '\0') {
            buf_str(&m->say, ", ");
            show(m, x->text);
        }
    } else {
        text_show(&m->say, bytes_of(x->code, strlen(x->code)), 2);
        buf_str(&m->say, x->text[0] != '\0' ? ", " : x->code[0] == '\0' ? "nobody's" : "");
        show(m, x->text);
    }
    if (x->day >= 0) {
        char date[TIME_TEXT_MAX];
        (void)time_format((int64_t)x->day * TIME_DAY, date);
        buf_printf(&m->say, ", since %.10s", date);
    }
    tell_range(m, &x->first, &x->last);
    end_line(m, SAYS, SAYS + 2, TONE_FAINT);
}

/* All statements about any of these; how many there were. */
static size_t tell_statements(struct memo *m, uint32_t abouts)
{
    size_t n = 0;
    for (size_t i = 0; i < m->o->n; i++) {
        const struct origin_statement *x = &m->o->statements[i];
        if ((abouts >> x->about & 1) != 0 && x->source < m->sources->n) {
            tell_statement(m, x);
            n++;
        }
    }
    return n;
}

/* Days from the event to the nearest source that speaks; -1: none is dated. */
static int64_t nearest(const struct memo *m, uint32_t abouts)
{
    int64_t best = -1;
    for (size_t i = 0; i < m->o->n; i++) {
        const struct origin_statement *x = &m->o->statements[i];
        int64_t gap;
        if ((abouts >> x->about & 1) == 0 || x->source >= m->sources->n ||
            m->sources->items[x->source].date == ORIGIN_DATE_BUILD ||
            !origin_gap_days(&m->sources->items[x->source], m->o->event_ns, &gap)) {
            continue;
        }
        gap = gap < 0 ? -gap : gap;
        best = best < 0 || gap < best ? gap : best;
    }
    return best;
}

/* --- confidence ---------------------------------------------------------------------- */

/* Networks about which sources differ up to twice as often as elsewhere. */
static bool in_between(const struct origin *o)
{
    return origin_has(o, ORIGIN_HOSTING) || origin_has(o, ORIGIN_VPN) ||
           origin_has(o, ORIGIN_TOR_EXIT) || origin_has(o, ORIGIN_RELAY) ||
           origin_has(o, ORIGIN_ANONYMOUS_PROXY) || origin_has(o, ORIGIN_RESIDENTIAL_PROXY);
}

static void confidence(struct memo *m, unsigned families, bool dissent, uint32_t abouts)
{
    int64_t gap = nearest(m, abouts);
    bool close = gap >= 0 && gap <= YEAR_DAYS;
    bool high =
        families >= MANY_FAMILIES && gap >= 0 && gap <= NEAR_DAYS && !dissent && !in_between(m->o);
    const char *word = high ? "high" : families >= 2 && close && !dissent ? "moderate" : "low";
    buf_printf(&m->say, "Confidence: %s. It rests on ", word);
    act_count(&m->say, families, "family of sources", "families of sources");
    if (gap < 0) {
        buf_str(&m->say, ", none of a known date");
    } else {
        buf_str(&m->say, ", the nearest ");
        days(&m->say, gap);
        buf_str(&m->say, " from the event");
    }
    buf_str(&m->say, dissent ? "; a source contradicts its own family." : ".");
    end_line(m, SAYS, SAYS, TONE_PLAIN);
}

/* --- rungs --------------------------------------------------------------------------- */

static void rung(struct memo *m, const char *name)
{
    layout_open(&m->l, INSIDE, SAYS);
    layout_text(&m->l, TONE_STRONG, name);
    layout_bytes(&m->l, TONE_PLAIN, buf_bytes(&m->say));
    layout_close(&m->l);
    buf_clear(&m->say);
}

static void tell_network(struct memo *m)
{
    const struct origin *o = m->o;
    char net[PREFIX_TEXT_MAX];
    const uint32_t about = 1U << ORIGIN_NETWORK;
    buf_str(&m->say, o->n_as == 1  ? "one origin"
                     : o->n_as > 1 ? "several origins: the sources disagree"
                     : o->has_net  ? "unannounced"
                                   : "unknown");
    if (o->has_net) {
        (void)prefix_format(&o->net, net);
        buf_printf(&m->say, ", %s", net);
    }
    for (size_t i = 0; i < o->n_as; i++) {
        buf_printf(&m->say, "%s AS%" PRIu32 " ", i ? " or" : ",", o->as[i].number);
        show(m, o->as[i].name[0] != '\0' ? o->as[i].name : o->as[i].special);
    }
    rung(m, "Network:");
    if (tell_statements(m, about) == 0) {
        return;
    }
    int64_t gap = nearest(m, about);
    bool close = o->n_as == 1 && gap >= 0 && gap <= NEAR_DAYS;
    buf_printf(&m->say,
               "Confidence: %s. Networks change hands: of those in a table four years old, "
               "about one in ten has another origin today.",
               close ? "moderate" : "low");
    end_line(m, SAYS, SAYS, TONE_PLAIN);
    line(m, "Refuted by a routing table of that hour that shows another origin.");
}

static void country_words(struct memo *m, const struct origin_country *k)
{
    buf_str(&m->say, origin_word_name(k->word));
    const char *gap = ": ";
    for (size_t i = 0; i < k->n; i++) {
        buf_str(&m->say, gap);
        text_show(&m->say, bytes_of(k->values[i].code, strlen(k->values[i].code)), 2);
        buf_str(&m->say, " (");
        act_count(&m->say, (unsigned)__builtin_popcount(k->values[i].families), "family",
                  "families");
        buf_byte(&m->say, ')');
        gap = ", ";
    }
}

static void tell_registered(struct memo *m)
{
    const struct origin_country *k = &m->o->registered;
    const uint32_t about = 1U << ORIGIN_REGISTERED | (k->from_records ? 1U << ORIGIN_RECORDED : 0);
    country_words(m, k);
    rung(m, "Registered country:");
    if (tell_statements(m, about) == 0) {
        return;
    }
    if (k->from_records) {
        line(m, "No registry's delegation is at hand: this is what the network's own record says.");
    }
    confidence(m, k->families, k->dissent, about);
    line(m, "Refuted by a transfer or lease that is dated before the event. It says where the "
            "holder registered, not where a host is.");
}

static void tell_located(struct memo *m)
{
    const struct origin_country *k = &m->o->located;
    const uint32_t measured = 1U << ORIGIN_LOCATED;
    const uint32_t about = measured | 1U << ORIGIN_RECORDED;
    country_words(m, k);
    rung(m, "Located country:");
    if (m->o->registered.from_records && k->from_records) {
        line(m, "The same records as for the registered country: nobody measured it, and whether "
                "the two differ cannot be said.");
    } else {
        (void)tell_statements(m, m->o->registered.from_records ? measured : about);
    }
    if (k->n == 0) {
        return;
    }
    if (k->word == ORIGIN_NO_MEANING) {
        line(m, "The network is anycast or a satellite's: there is no one place.");
        return;
    }
    confidence(m, k->families, k->dissent || k->word == ORIGIN_SPLIT, about);
    if (in_between(m->o)) {
        line(m, "Weakened: in networks of this kind sources differ on every third or fourth "
                "address.");
    }
    line(m, "Address space that is used there; it says nothing about who used it. Refuted by the "
            "operator's statement, or by answers that come too fast for the distance.");
}

static void tell_role(struct memo *m)
{
    const char *gap = "";
    if (m->o->flags == 0) {
        buf_str(&m->say, "no flag, which means unknown: of known attackers more than half carry "
                         "none");
    }
    for (unsigned i = 0; i < ORIGIN_FLAG_COUNT; i++) {
        if ((m->o->flags >> i & 1) != 0) {
            bool stale = (m->o->stale >> i & 1) != 0;
            buf_printf(&m->say, "%s%s%s", gap, origin_flag_name((enum origin_flag)i),
                       stale ? " (an old list)" : "");
            gap = ", ";
        }
    }
    rung(m, "Role of the host:");
    (void)tell_statements(m, 1U << ORIGIN_FLAGGED);
    if (m->o->stale != 0) {
        line(m, "Such lists change within days: one that is far from the event says little.");
    }
}

static void tell_question(struct memo *m)
{
    char time[TIME_TEXT_MAX];
    (void)time_format_short(m->o->event_ns, time);
    buf_str(&m->say, "the operator");
    if (m->o->n_as > 0) {
        buf_printf(&m->say, " of AS%" PRIu32, m->o->as[0].number);
    }
    buf_str(&m->say, ": who had ");
    act_addr(&m->say, &m->o->looked_up);
    buf_printf(&m->say,
               " at %s UTC, and who steered that host? Many may share it: name the source "
               "port, the destination and the protocol, too.",
               time);
    rung(m, "Only they can tell:");
    buf_str(&m->say, "an address is not a machine, a machine is not a person, a person is not a "
                     "state.");
    rung(m, "The program stops here:");
}

static void tell_head(struct memo *m)
{
    const struct origin *o = m->o;
    act_addr(&m->say, &o->addr);
    layout_open(&m->l, 0, 0);
    layout_bytes(&m->l, TONE_STRONG, buf_bytes(&m->say));
    buf_clear(&m->say);
    layout_close(&m->l);
    if (o->wrap != ORIGIN_WRAP_NONE) {
        buf_printf(&m->say, "It carries an IPv4 address inside (%s), which is looked up: ",
                   origin_wrap_name(o->wrap));
        act_addr(&m->say, &o->looked_up);
        buf_byte(&m->say, '.');
        end_line(m, INSIDE, INSIDE, TONE_PLAIN);
    }
    buf_str(&m->say, "It ");
    act_origin(&m->say, o, "seems to be in");
    buf_byte(&m->say, '.');
    end_line(m, INSIDE, INSIDE, TONE_PLAIN);
}

void memo_tell(struct buf *out, const struct origin *o, const struct origin_sources *sources,
               const struct terminal_options *options)
{
    struct memo m = {.say = BUF_INIT(out->max), .o = o, .sources = sources};
    layout_begin(&m.l, out, options->columns, options->colour, options->unicode);
    tell_head(&m);
    if (o->special.bogon) {
        buf_str(&m.say, "No source on the Internet has such an address, so none is asked about it: "
                        "it is forged, misrouted, or of your own network.");
        end_line(&m, INSIDE, INSIDE, TONE_PLAIN);
    } else {
        tell_network(&m);
        tell_registered(&m);
        tell_located(&m);
        tell_role(&m);
        tell_question(&m);
    }
    if (o->damaged > 0) {
        line(&m, "A source's record for this address is broken and was not used.");
    }
    layout_gap(&m.l);
    buf_fini(&m.say);
}

void memo_sources(struct buf *out, const struct origin_sources *sources,
                  const struct terminal_options *options)
{
    struct memo m = {.say = BUF_INIT(out->max), .sources = sources};
    layout_begin(&m.l, out, options->columns, options->colour, options->unicode);
    for (size_t i = 0; i < sources->n; i++) {
        const struct origin_source *s = &sources->items[i];
        char hex[DIGEST_TEXT_MAX] = "not read";
        if (s->digested) {
            digest_format(&s->digest, hex);
        }
        show(&m, s->name);
        buf_printf(&m.say, ": %s, SHA-256 %.16s%s", origin_format_name(s->format), hex,
                   s->credit[0] != '\0' ? ", " : "");
        text_show(&m.say, bytes_of(s->credit, strlen(s->credit)), ORIGIN_CREDIT_MAX);
        end_line(&m, 0, INSIDE, TONE_FAINT);
    }
    buf_fini(&m.say);
}
