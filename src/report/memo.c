/* report/memo.c - the rungs of a ladder as a memo.
 *
 * What is said comes from attribute/ladder; here it gets its place on the page,
 * with the statements that it rests on.
 */
#include "report/memo.h"

#include <inttypes.h>
#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "report/act.h"
#include "report/layout.h"

enum { NAME_COLUMNS = 60, LINE_COLUMNS = 2000, YEAR_DAYS = 366 };

struct memo {
    struct layout *l;
    struct buf say;
    unsigned in; /* where rungs begin */
    const struct origin *o;
    const struct origin_sources *sources;
};

static void end_line(struct memo *m, unsigned first, unsigned rest, enum tone tone)
{
    layout_open(m->l, m->in + first, m->in + rest);
    layout_bytes(m->l, tone, buf_bytes(&m->say));
    layout_close(m->l);
    if (m->say.failed != ST_OK) {
        m->l->out->failed = m->say.failed;
    }
    buf_clear(&m->say);
}

static void show(struct memo *m, const char *s)
{
    text_show(&m->say, bytes_of(s, strlen(s)), NAME_COLUMNS);
}

/* A sentence of the ladder, which may have names from inputs in it. */
static void line(struct memo *m, const char *before, const char *text)
{
    buf_str(&m->say, before);
    text_show(&m->say, bytes_of(text, strlen(text)), LINE_COLUMNS);
    end_line(m, 2, 4, TONE_PLAIN);
}

/* --- sources ------------------------------------------------------------------------- */

static void days(struct buf *out, int64_t n)
{
    bool years = n >= 2 * (int64_t)YEAR_DAYS;
    text_count(out, (uint64_t)(years ? n / 365 : n));
    buf_str(out, years ? " years" : n == 1 ? " day" : " days");
}

static const char *date_words(const struct origin_source *s)
{
    return s->date == ORIGIN_UNDATED       ? "undated"
           : s->date == ORIGIN_DATE_BUILD  ? "built "
           : s->date == ORIGIN_DATE_PINNED ? "by your word of "
                                           : "data of ";
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
    buf_printf(out, "%s%.10s, ", date_words(s), date);
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

static void tell_network(struct memo *m, const struct origin_statement *x)
{
    if (x->has_asn) {
        buf_printf(&m->say, "AS%" PRIu32 "%s", x->asn, x->text[0] != '\0' ? " " : "");
        show(m, x->text);
    } else {
        buf_str(&m->say, x->of > 0 ? "announced, by whom cannot be read" : "not announced");
    }
    if (x->of > 0) {
        buf_printf(&m->say, ", seen so by %u of %u peers%s", x->seen, x->of,
                   x->aggregated ? " as one of a set" : "");
    }
}

static void tell_authorized(struct memo *m, const struct origin_statement *x)
{
    if (!x->has_asn) {
        buf_str(&m->say, "this list authorizes nobody for it");
        return;
    }
    struct prefix longest = {x->first, x->max_len};
    buf_printf(&m->say, "AS%" PRIu32 " may announce it, up to /%u%s", x->asn,
               prefix_text_len(&longest), x->expired ? ", but not any more at the event" : "");
}

static void tell_country(struct memo *m, const struct origin_statement *x)
{
    text_show(&m->say, bytes_of(x->code, strlen(x->code)), 2);
    buf_str(&m->say, x->text[0] != '\0' ? ", " : x->code[0] == '\0' ? "nobody's" : "");
    show(m, x->text);
}

/* One statement, in a line of its own. */
static void tell_statement(struct memo *m, const struct origin_statement *x)
{
    tell_from(m, &m->sources->items[x->source]);
    buf_str(&m->say, ": ");
    if (x->about == ORIGIN_NETWORK) {
        tell_network(m, x);
    } else if (x->about == ORIGIN_AUTHORIZED) {
        tell_authorized(m, x);
    } else if (x->about == ORIGIN_FLAGGED) {
        bool more = x->text[0] != '\0' && strcmp(x->text, m->sources->items[x->source].name) != 0;
        buf_str(&m->say, origin_flag_name(x->flag));
        if (more) { /* a list's operator, or just its name */
            buf_str(&m->say, ", ");
            show(m, x->text);
        }
    } else {
        tell_country(m, x);
    }
    if (x->day >= 0) {
        char date[TIME_TEXT_MAX];
        (void)time_format((int64_t)x->day * TIME_DAY, date);
        buf_printf(&m->say, ", since %.10s", date);
    }
    tell_range(m, &x->first, &x->last);
    end_line(m, 2, 4, TONE_FAINT);
}

/* Which statements a rung rests on; each is told once. */
static uint32_t abouts(const struct origin *o, enum ladder_step step)
{
    const uint32_t recorded = 1U << ORIGIN_RECORDED;
    bool by_record = o->registered.from_records;
    switch (step) {
    case LADDER_NETWORK:
        return 1U << ORIGIN_NETWORK | 1U << ORIGIN_AUTHORIZED;
    case LADDER_REGISTERED:
        return 1U << ORIGIN_REGISTERED | (by_record ? recorded : 0);
    case LADDER_LOCATED:
        return 1U << ORIGIN_LOCATED | (by_record ? 0 : recorded);
    case LADDER_ROLE:
        return 1U << ORIGIN_FLAGGED;
    case LADDER_PACKET:
    case LADDER_TIME:
    case LADDER_STEPS:
        break;
    }
    return 0;
}

static void tell_statements(struct memo *m, enum ladder_step step)
{
    for (size_t i = 0; m->o != NULL && m->sources != NULL && i < m->o->n; i++) {
        const struct origin_statement *x = &m->o->statements[i];
        if ((abouts(m->o, step) >> x->about & 1) != 0 && x->source < m->sources->n) {
            tell_statement(m, x);
        }
    }
}

/* --- rungs --------------------------------------------------------------------------- */

static void tell_tests(struct memo *m, const struct ladder_rung *r)
{
    for (size_t i = 0; i < r->test_n; i++) {
        const struct ladder_test *t = &r->tests[i];
        buf_printf(&m->say, "Chance of %s, if %s: %.2g (%s).", t->name, t->given, t->chance,
                   ladder_likelihood(t->chance));
        end_line(m, 2, 4, TONE_PLAIN);
    }
}

static void tell_confidence(struct memo *m, const struct ladder_rung *r)
{
    if (r->confidence != LADDER_NO_CONFIDENCE) {
        buf_printf(&m->say, "Confidence: %s. It rests on ", ladder_confidence_name(r->confidence));
        text_show(&m->say, bytes_of(r->basis, strlen(r->basis)), LINE_COLUMNS);
        buf_byte(&m->say, '.');
        end_line(m, 2, 4, TONE_PLAIN);
    }
}

static void tell_rung(struct memo *m, enum ladder_step step, const struct ladder_rung *r)
{
    layout_markup(m->l, "<li>");
    layout_open(m->l, m->in, m->in + 2);
    buf_printf(&m->say, "%s:", ladder_step_title(step));
    layout_bytes(m->l, TONE_STRONG, buf_bytes(&m->say));
    buf_clear(&m->say);
    buf_str(&m->say, r->word);
    if (r->answer[0] != '\0' && strcmp(r->answer, r->word) != 0) {
        buf_str(&m->say, ": ");
        text_show(&m->say, bytes_of(r->answer, strlen(r->answer)), LINE_COLUMNS);
    }
    layout_bytes(m->l, TONE_PLAIN, buf_bytes(&m->say));
    layout_close(m->l);
    buf_clear(&m->say);
    tell_statements(m, step);
    for (size_t i = 0; i < r->supports.n; i++) {
        line(m, "+ ", r->supports.items[i]);
    }
    for (size_t i = 0; i < r->weakens.n; i++) {
        line(m, "- ", r->weakens.items[i]);
    }
    tell_tests(m, r);
    tell_confidence(m, r);
    if (r->refuted[0] != '\0') {
        line(m, "Would refute it: ", r->refuted);
    }
    if (r->ask[0] != '\0') {
        line(m, "Only they can tell: ", r->ask);
    }
    layout_markup(m->l, "</li>\n");
}

void memo_ladder(struct layout *l, unsigned in, const struct ladder *ladder, const struct origin *o,
                 const struct origin_sources *sources)
{
    struct memo m = {.l = l, .say = BUF_INIT(l->out->max), .in = in, .o = o, .sources = sources};
    if (ladder->failed) {
        l->out->failed = ST_NOMEM;
        return;
    }
    layout_markup(l, "<ol class=\"ladder\">\n");
    for (unsigned i = 0; i < LADDER_STEPS; i++) {
        if (ladder->rungs[i].present) {
            tell_rung(&m, (enum ladder_step)i, &ladder->rungs[i]);
        }
    }
    layout_markup(l, "</ol>\n");
    layout_open(l, in, in + 2);
    layout_text(l, TONE_STRONG, "The program stops here:");
    layout_text(l, TONE_PLAIN, ladder->stops);
    layout_close(l);
    buf_fini(&m.say);
}

/* --- an address alone ------------------------------------------------------------------ */

enum { INSIDE = 2 };

static void tell_head(struct memo *m)
{
    const struct origin *o = m->o;
    act_addr(&m->say, &o->addr);
    layout_open(m->l, 0, 0);
    layout_bytes(m->l, TONE_STRONG, buf_bytes(&m->say));
    buf_clear(&m->say);
    layout_close(m->l);
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
    struct layout l;
    struct ladder ladder;
    struct memo m = {.l = &l, .say = BUF_INIT(out->max), .o = o, .sources = sources};
    const struct attribute_climb climb = {.origin = o, .sources = sources};
    layout_begin(&l, out, options->columns, options->colour, options->unicode);
    attribute_ladder(&climb, &ladder);
    tell_head(&m);
    if (!o->special.bogon) {
        buf_str(&m.say, "No traffic was looked at: whether the address was used, or forged, its "
                        "packets tell.");
        end_line(&m, INSIDE, INSIDE, TONE_PLAIN);
    }
    memo_ladder(&l, INSIDE, &ladder, o, sources);
    if (o->damaged > 0) {
        buf_str(&m.say, "A source's record for this address is broken and was not used.");
        end_line(&m, INSIDE, INSIDE, TONE_PLAIN);
    }
    layout_gap(&l);
    ladder_fini(&ladder);
    buf_fini(&m.say);
}

/* Enough to find the same file again, and to see that it is. */
static void tell_source(struct memo *m, const struct origin_source *s)
{
    char hex[DIGEST_TEXT_MAX];
    char date[TIME_TEXT_MAX] = "";
    digest_format(&s->digest, hex);
    show(m, s->name);
    buf_printf(&m->say, ": %s, %s, ", origin_format_name(s->format),
               s->family == ORIGIN_FAMILY_UNKNOWN ? "origin of its data unknown"
                                                  : origin_family_name(s->family));
    if (s->date != ORIGIN_UNDATED) {
        (void)time_format(s->date_ns, date);
    }
    buf_printf(&m->say, "%s%.10s%s", date_words(s), date, s->credit[0] != '\0' ? "; " : "");
    text_show(&m->say, bytes_of(s->credit, strlen(s->credit)), ORIGIN_CREDIT_MAX);
    end_line(m, 0, INSIDE, TONE_FAINT);
    buf_printf(&m->say, "SHA-256 %s", hex);
    end_line(m, INSIDE, INSIDE, TONE_FAINT);
}

void memo_sources(struct buf *out, const struct origin_sources *sources,
                  const struct terminal_options *options)
{
    struct layout l;
    struct memo m = {.l = &l, .say = BUF_INIT(out->max), .sources = sources};
    layout_begin(&l, out, options->columns, options->colour, options->unicode);
    for (size_t i = 0; i < sources->n; i++) {
        if (sources->items[i].digested) { /* others know nothing of such addresses */
            tell_source(&m, &sources->items[i]);
        }
    }
    buf_fini(&m.say);
}
