/* report/proof.c - grade, claims, denials, what is not shown: in this order. */
#include "report/proof.h"

#include <inttypes.h>
#include <string.h>

#include "base/core/text.h"
#include "report/act.h"
#include "report/layout.h"

enum { INSIDE = 2, DEEPER = 4, TEXT_COLUMNS = 1000 };

struct page {
    struct layout l;
    struct buf say;
};

static void say(struct page *p, const char *text)
{
    buf_str(&p->say, text);
}

/* From an input, perhaps. */
static void show(struct page *p, const char *text)
{
    text_show(&p->say, bytes_of(text, strlen(text)), TEXT_COLUMNS);
}

static void end_line(struct page *p, unsigned first, unsigned rest, enum tone tone)
{
    layout_open(&p->l, first, rest);
    layout_bytes(&p->l, tone, buf_bytes(&p->say));
    layout_close(&p->l);
    if (p->say.failed != ST_OK) {
        p->l.out->failed = p->say.failed;
    }
    buf_clear(&p->say);
}

static void title(struct page *p, const char *text)
{
    layout_gap(&p->l);
    layout_line(&p->l, 0, TONE_STRONG, text);
}

static enum tone word_tone(enum evidence_word w)
{
    return w == WORD_HOLDS                            ? TONE_GOOD
           : w == WORD_FAILS || w == WORD_UNKNOWN_KEY ? TONE_BAD
                                                      : TONE_CARE;
}

static void tell_point(struct page *p, const struct evidence_point *x)
{
    say(p, x->what);
    say(p, ": ");
    say(p, evidence_word_text(x->word));
    if (x->detail[0] != '\0') {
        say(p, "; ");
        show(p, x->detail);
    }
    say(p, ".");
    if (strcmp(x->assumes, "nothing") != 0 && x->word != WORD_FAILS) {
        say(p, " Assumes: ");
        show(p, x->assumes);
        say(p, ".");
    }
    bool plain = word_tone(x->word) == TONE_GOOD;
    end_line(p, INSIDE, DEEPER, plain ? TONE_PLAIN : word_tone(x->word));
}

static void tell_points(struct page *p, const struct evidence_points *points)
{
    for (size_t i = 0; i < points->n; i++) {
        tell_point(p, &points->items[i]);
    }
}

/* What no key could tell is neither true nor false: so the exit status, and so the words. */
static const char *headline(const struct evidence_report *r)
{
    return r->lacks_key ? "cannot tell" : evidence_grade_word(r->grade);
}

static void tell_grade(struct page *p, const struct evidence_report *r)
{
    say(p, headline(r));
    say(p, ": ");
    show(p, r->grade_reason);
    say(p, ".");
    end_line(p, 0, INSIDE, r->grade == GRADE_NONE ? TONE_BAD : TONE_STRONG);
    show(p, r->conclusion);
    say(p, ".");
    end_line(p, 0, INSIDE, r->holds ? TONE_STRONG : TONE_BAD);
}

/* Who reads the end of it alone has read what it comes to. */
static void tell_end(struct page *p, const struct evidence_report *r)
{
    layout_gap(&p->l);
    buf_printf(&p->say, "In short: %s; ", headline(r));
    show(p, r->conclusion);
    say(p, ".");
    end_line(p, 0, INSIDE, r->holds ? TONE_STRONG : TONE_BAD);
}

/* "203.0.113.66: Tried 25 ports ..., from 10:00 to 10:05 (scan.vertical/1)" */
void report_proof_claim(struct buf *out, const struct finding *f)
{
    if (f->has_initiator) {
        act_addr(out, &f->initiator);
        buf_str(out, ": ");
    }
    act_tell(out, f, 0);
    buf_str(out, ", ");
    act_time(out, f->when.first_ns, f->when.last_ns, false);
    buf_printf(out, " (%s)", f->definition);
}

static bool needs_key(const struct evidence_claim_report *c)
{
    bool needs = false;
    for (size_t i = 0; i < c->points.n; i++) {
        if (c->points.items[i].word == WORD_FAILS) {
            return false;
        }
        needs = needs || c->points.items[i].word == WORD_UNKNOWN_KEY;
    }
    return needs;
}

static void tell_claim(struct page *p, const struct evidence_claim_report *c)
{
    const struct finding *f = c->finding;
    layout_gap(&p->l);
    buf_printf(&p->say, "Claim %" PRIu32 " %s%s: ", c->number,
               c->holds       ? "holds"
               : c->said      ? "is the cutter's word"
               : needs_key(c) ? "cannot be told"
                              : "does not hold",
               c->holds && c->at_least ? ", as \"at least\"" : "");
    report_proof_claim(&p->say, f);
    say(p, ".");
    end_line(p, 0, INSIDE, c->holds ? TONE_STRONG : c->said ? TONE_CARE : TONE_BAD);
    tell_points(p, &c->points);
}

static enum tone met_tone(enum evidence_met m)
{
    return m == MET ? TONE_GOOD : m == NOT_MET ? TONE_CARE : TONE_PLAIN;
}

static void tell_denials(struct page *p, const struct evidence_report *r)
{
    title(p, "What may be said against it");
    for (size_t i = 0; i < DENIAL_COUNT; i++) {
        const struct evidence_denial_row *row = &r->denials[i];
        buf_printf(&p->say, "%s (\"%s\"): %s", evidence_denial_name((enum evidence_denial)i),
                   evidence_denial_says((enum evidence_denial)i), evidence_met_word(row->met));
        end_line(p, INSIDE, DEEPER, met_tone(row->met));
        show(p, row->reason);
        size_t n = p->say.len;
        say(p, n > 0 && p->say.data[n - 1] == '?' ? "" : ".");
        if (strcmp(row->assumes, "nothing") != 0) {
            say(p, " Assumes: ");
            show(p, row->assumes);
            say(p, ".");
        }
        end_line(p, DEEPER, DEEPER, TONE_PLAIN);
    }
}

void report_proof(struct buf *out, const struct evidence_report *r,
                  const struct terminal_options *opt)
{
    struct page p = {.say = BUF_INIT(1 << 20)};
    layout_begin(&p.l, out, opt->columns, opt->colour, opt->unicode);
    tell_grade(&p, r);
    for (size_t i = 0; i < r->claim_n; i++) {
        tell_claim(&p, &r->claims[i]);
    }
    title(&p, "The exhibit as a whole");
    tell_points(&p, &r->points);
    tell_denials(&p, r);
    title(&p, "Not shown");
    for (size_t i = 0; i < r->not_shown_n; i++) {
        say(&p, "- ");
        show(&p, r->not_shown[i]);
        end_line(&p, INSIDE, DEEPER, TONE_PLAIN);
    }
    tell_end(&p, r);
    buf_fini(&p.say);
}
