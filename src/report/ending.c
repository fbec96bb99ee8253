/* report/ending.c - what comes after the three questions: near misses, remarks,
 * and whose data was used.
 */
#include <inttypes.h>
#include <string.h>

#include "base/core/text.h"
#include "report/terminal.h"
#include "report/where.h"

enum { REMARKS_SHOWN = 4, BELOW_SHOWN = 10 };

static void tell_below(struct screen *s)
{
    size_t shown = 0;
    size_t n = 0;
    for (size_t i = 0; i < s->v->finding_n; i++) {
        const struct finding *f = s->v->findings[i].finding;
        if ((f->flags & FINDING_BELOW) == 0) {
            continue;
        }
        if (n++ == 0) {
            screen_heading(s, "Stayed below");
        }
        if (!s->opt->all && shown == BELOW_SHOWN) {
            continue;
        }
        shown++;
        layout_open(&s->l, INDENT, INDENT + 2);
        act_addr(&s->say, f->has_initiator ? &f->initiator : &f->victim);
        screen_flow(s, TONE_STRONG);
        buf_printf(&s->say, "%s: ", f->counter);
        text_count(&s->say, f->counted);
        buf_str(&s->say, ", the threshold is ");
        text_count(&s->say, f->threshold);
        screen_flow(s, TONE_PLAIN);
        layout_text(&s->l, TONE_FAINT, f->definition);
        layout_close(&s->l);
    }
    if (n > shown) {
        act_count(&s->say, n - shown, "more", "more");
        screen_say(s, INDENT, INDENT, TONE_FAINT);
    }
}

static void tell_remark(struct screen *s, const struct remark *r)
{
    char sentence[REMARK_SENTENCE_MAX];
    if (r->input < s->v->input_n) {
        const char *name = s->v->inputs[r->input].name;
        text_show(&s->say, bytes_of(name, strlen(name)), INPUT_COLUMNS);
        if (remark_has_place(r)) {
            buf_printf(&s->say, ", offset %" PRIu64, r->offset);
        }
        buf_str(&s->say, ": ");
    }
    (void)remark_sentence(r, sentence, sizeof(sentence));
    text_show(&s->say, bytes_of(sentence, strlen(sentence)), SIZE_MAX);
    screen_say(s, INDENT, INDENT + 2, r->partial ? TONE_CARE : TONE_FAINT);
}

static void tell_remarks(struct screen *s)
{
    const struct view *v = s->v;
    size_t shown = 0;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < v->remark_n; i++) {
            const struct remark *r = &v->remarks[i];
            if (r->partial != (round == 0) || (!s->opt->all && shown == REMARKS_SHOWN)) {
                continue;
            }
            if (shown == 0) {
                screen_heading(s, r->partial ? "Not everything was read" : "Remarks");
            }
            tell_remark(s, r);
            shown++;
        }
    }
    if (shown < v->remark_n) {
        act_count(&s->say, v->remark_n - shown, "more remark", "more remarks");
        buf_str(&s->say, s->l.html ? "" : ": --all");
        screen_say(s, INDENT, INDENT, TONE_FAINT);
    }
}

static void tell_source(struct buf *say, const struct origin_source *x)
{
    text_show(say, bytes_of(x->name, strlen(x->name)), INPUT_COLUMNS);
    char date[TIME_TEXT_MAX];
    (void)time_format(x->date_ns, date);
    if (x->date == ORIGIN_UNDATED) {
        buf_str(say, ", undated");
    } else {
        buf_printf(say, ", %s%.10s", x->date == ORIGIN_DATE_BUILD ? "not younger than " : "", date);
    }
}

static bool credited_before(const struct origin_sources *from, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(from->items[k].credit, from->items[i].credit) == 0) {
            return true;
        }
    }
    return false;
}

/* Of addresses that belong to nobody no source is asked. */
static bool anything_known(const struct view *v)
{
    bool any = false;
    for (size_t i = 0; i < v->finding_n && !any; i++) {
        const struct origin *o = v->findings[i].origin;
        any = o != NULL && (o->n > 0 || !o->special.present);
    }
    return any;
}

/* Whose data it is, and of when: licences ask for it, and so does honesty. */
static void tell_sources(struct screen *s)
{
    const struct origin_sources *from = s->v->sources;
    if (from == NULL || from->n == 0 || s->groups.n == 0 || !anything_known(s->v)) {
        return;
    }
    buf_str(&s->say, "Addresses are looked up in: ");
    for (size_t i = 0; i < from->n; i++) {
        buf_str(&s->say, i ? "; " : "");
        tell_source(&s->say, &from->items[i]);
    }
    buf_byte(&s->say, '.');
    const char *gap = " Data: ";
    for (size_t i = 0; i < from->n; i++) {
        const char *credit = from->items[i].credit;
        if (credit[0] != '\0' && !credited_before(from, i)) {
            buf_str(&s->say, gap);
            text_show(&s->say, bytes_of(credit, strlen(credit)), ORIGIN_CREDIT_MAX);
            gap = "; ";
        }
    }
    layout_gap(&s->l);
    screen_say(s, 0, 0, TONE_FAINT);
}

void ending_tell(struct screen *s)
{
    if (!s->l.html) { /* a page has them as tables */
        where_tell(s);
    }
    tell_below(s);
    tell_remarks(s);
    tell_sources(s);
}
