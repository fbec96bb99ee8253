/* report/check.c - the screen of `check`: the incidents of a claim. */
#include "report/check.h"

#include <stdio.h>
#include <string.h>

#include "base/core/text.h"
#include "report/act.h"
#include "report/check_screen.h"
#include "report/check_words.h"

enum { FULL_MAX = 3, BRIEF_MAX = 20, FINDINGS_MAX = 3 };

bool check_finding(const struct check_view *v, size_t claim, const struct finding *f)
{
    const struct claim *c = &v->claims->items[claim];
    bool its = (f->has_initiator && addr_equal(&f->initiator, &c->source)) ||
               (f->has_victim && addr_equal(&f->victim, &c->source));
    return (f->flags & FINDING_BELOW) == 0 && its && c->when.known &&
           f->when.last_ns >= c->when.first_ns - v->bench->tolerance_ns &&
           f->when.first_ns <= c->when.last_ns + v->bench->tolerance_ns;
}

static enum tone tone_of(enum claim_verdict v)
{
    return v == CLAIM_SHOWN                                 ? TONE_BAD
           : v == CLAIM_CONTRADICTED || v == CLAIM_NOT_OURS ? TONE_GOOD
                                                            : TONE_CARE;
}

static void put_act(struct buf *out, const struct claim *c)
{
    buf_str(out, check_act(c));
    if (c->said[0] != '\0') {
        buf_str(out, " (\"");
        check_shown(out, c->said);
        buf_str(out, "\")");
    }
    if (c->count > 1) {
        buf_str(out, ", ");
        text_count(out, c->count);
        buf_str(out, " times");
    }
}

static void tell_ours(struct check_screen *s, const struct claim *c, const struct claim_match *m,
                      const struct claim_answer *a)
{
    static const char *const texts[] = {
        [CLAIM_OURS_GIVEN] = "Yes: in your networks. That it was ours then is your own statement.",
        [CLAIM_OURS_INFERRED] = "It seems so, by the traffic (no --local was given).",
        [CLAIM_OURS_UNLIKELY] = "It seems not, by the traffic: give your networks with --local.",
        [CLAIM_OURS_UNKNOWN] = "The traffic does not tell: give your networks with --local.",
        [CLAIM_OURS_NOT] = "No: it is in none of the networks of --local.",
    };
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
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
    check_row(s, "Ours?", TONE_PLAIN, &b);
}

static void tell_fields(struct check_screen *s, const struct claim *c, const struct claim_answer *a)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
    if (a->lacks == 0) {
        buf_str(&b, "Yes (RFC 6302).");
    } else {
        buf_str(&b, "No. It lacks ");
        check_lacks(&b, c, a->lacks);
        buf_str(&b, " (RFC 6302).");
    }
    check_row(s, "Enough fields?", TONE_PLAIN, &b);
}

static void tell_forging(struct check_screen *s, const struct claim_answer *a)
{
    static const char *const texts[] = {
        [CLAIM_FORGING_EASY] = "Yes: nothing in the claim shows that answers reached "
                               "the sender.",
        [CLAIM_FORGING_HARD] = "Hardly: what it describes needs a completed connection, if "
                               "that is what was seen.",
        [CLAIM_FORGING_UNSAID] = "It does not say whether anything was answered.",
    };
    check_row_text(s, "Could it be forged?", TONE_PLAIN, texts[a->forging]);
}

static void tell_records(struct check_screen *s, const struct claim *c, const struct claim_match *m,
                         const struct claim_answer *a)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
    check_records(&b, c, m, a);
    if (b.len == 0) {
        buf_str(&b, "Nothing that fits.");
    }
    if (m->other > 0) {
        buf_str(&b, " Besides, it sent ");
        act_count(&b, m->other, "packet", "packets");
        buf_str(&b, m->other == 1 ? " then that does not fit." : " then that do not fit.");
    }
    check_row(s, "Our records", TONE_PLAIN, &b);
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

static void tell_findings(struct check_screen *s, size_t claim)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
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
    check_row(s, "Our findings", TONE_PLAIN, &b);
}

static void tell_verdict(struct check_screen *s, const struct claim *c,
                         const struct claim_answer *a)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
    layout_open(&s->l, CHECK_LABEL_COLUMN, CHECK_LABEL_COLUMN);
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

static void tell_head(struct check_screen *s, size_t i)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
    const struct claim *c = &s->v->claims->items[i];
    if (s->v->claims->n > 1) {
        buf_printf(&b, "%zu. ", i + 1);
    }
    check_ends(&b, c);
    buf_str(&b, ": ");
    put_act(&b, c);
    buf_byte(&b, ' ');
    check_when(&b, s->v, &c->when);
    layout_open(&s->l, 0, CHECK_LABEL_COLUMN);
    layout_bytes(&s->l, TONE_STRONG, buf_bytes(&b));
    layout_close(&s->l);
}

static void tell_claim(struct check_screen *s, size_t i, bool full)
{
    const struct claim *c = &s->v->claims->items[i];
    const struct claim_match *m = &s->v->matches[i];
    const struct claim_answer *a = &s->v->answers[i];
    tell_head(s, i);
    tell_verdict(s, c, a);
    if (full) {
        tell_ours(s, c, m, a);
        tell_fields(s, c, a);
        tell_forging(s, a);
        tell_records(s, c, m, a);
        tell_findings(s, i);
        layout_gap(&s->l);
    }
}

/* The worst first would hide the order of the claim; it is kept. */
static void tell_claims(struct check_screen *s)
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
        layout_line(&s->l, CHECK_LABEL_COLUMN, TONE_CARE,
                    "cannot tell - No incident was found that names a single address.");
        layout_gap(&s->l);
    }
}

void check_terminal(struct buf *out, const struct check_view *v, const struct terminal_options *o)
{
    struct check_screen s = {.v = v};
    layout_begin(&s.l, out, o->columns == 0 ? 80 : o->columns, o->colour, o->unicode);
    check_tell_form(&s);
    check_tell_signatures(&s);
    tell_claims(&s);
    check_tell_coverage(&s);
    check_tell_notes(&s);
    layout_gap(&s.l);
    layout_line(&s.l, CHECK_LABEL_COLUMN, TONE_FAINT,
                "Records show packets that carry an address, not who sent them. --reply drafts a "
                "reply; it tells of traffic between the two ends, so it is for whoever holds the "
                "other one, and for nobody else.");
}
