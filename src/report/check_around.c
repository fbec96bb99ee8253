/* report/check_around.c - the screen of `check`: what stands around the incidents. */
#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "report/act.h"
#include "report/check_screen.h"
#include "report/check_words.h"
#include "report/signature.h"

enum {
    TEXT_COLUMN = 23,
    PATH_COLUMNS = 46, /* with "sealed: " and a colon within a row of 80 columns */
    INPUTS_MAX = 8,
    QUOTES_SHOWN = 4
};

void check_row(struct check_screen *s, const char *label, enum tone tone, const struct buf *text)
{
    layout_open(&s->l, CHECK_LABEL_COLUMN, TEXT_COLUMN);
    layout_text(&s->l, TONE_FAINT, label);
    while (s->l.at + !s->l.fresh < TEXT_COLUMN) {
        buf_byte(s->l.out, ' ');
        s->l.at++;
    }
    layout_bytes(&s->l, tone, buf_bytes(text));
    layout_close(&s->l);
}

void check_row_text(struct check_screen *s, const char *label, enum tone tone, const char *text)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
    buf_str(&b, text);
    check_row(s, label, tone, &b);
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

static void tell_input(struct check_screen *s, size_t i)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
    const struct claim_cover *x = &s->v->bench->covers[i];
    put_name(&b, s->v->inputs[i].name);
    buf_str(&b, ": ");
    if (!x->has_time) {
        buf_str(&b, "nothing was read of it");
    } else {
        check_range(&b, x->first_ns, x->last_ns);
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
    check_row(s, i == 0 ? "Coverage" : "", TONE_PLAIN, &b);
}

void check_tell_coverage(struct check_screen *s)
{
    size_t n = s->v->input_n;
    if (n == 0) {
        check_row_text(s, "Coverage", TONE_CARE, "Nothing of that time is sealed.");
        return;
    }
    size_t most = s->v->all || n <= INPUTS_MAX ? n : INPUTS_MAX;
    for (size_t i = 0; i < most; i++) {
        tell_input(s, i);
    }
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
    if (most < n) {
        buf_printf(&b, "And %zu more files (--all). ", n - most);
    }
    buf_str(&b, s->v->bench->complete ? "They are stated to be complete."
                                      : "They are not stated to be complete (--complete).");
    buf_str(&b, " Margin for clocks (--tolerance): ");
    check_span(&b, s->v->bench->tolerance_ns);
    buf_byte(&b, '.');
    check_row(s, "", TONE_FAINT, &b);
}

/* --- who signed it ---------------------------------------------------------------------- */

void check_tell_signatures(struct check_screen *s)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
    const struct claim_set *c = s->v->claims;
    const struct dkim_signature *best = dkim_best(&c->signatures);
    if (!c->signatures_asked) {
        if (s->v->keys) {
            layout_line(&s->l, CHECK_LABEL_COLUMN, TONE_CARE,
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
            layout_open(&s->l, CHECK_LABEL_COLUMN, CHECK_LABEL_COLUMN + 2);
            layout_bytes(&s->l, one->step == DKIM_HOLDS ? TONE_PLAIN : TONE_CARE, buf_bytes(&b));
            layout_close(&s->l);
        }
    }
    if (best == NULL) {
        layout_line(&s->l, CHECK_LABEL_COLUMN, TONE_CARE,
                    "The mail has no signature (DKIM): anybody may have written it.");
    } else if (c->signatures.n > 1 && !s->v->all) {
        buf_clear(&b);
        buf_printf(&b, "It has %zu more signatures (--all).", c->signatures.n - 1);
        layout_open(&s->l, CHECK_LABEL_COLUMN, CHECK_LABEL_COLUMN);
        layout_bytes(&s->l, TONE_FAINT, buf_bytes(&b));
        layout_close(&s->l);
    }
    if (c->signatures.more > 0) {
        buf_clear(&b);
        act_count(&b, c->signatures.more, "more signature was", "more signatures were");
        buf_printf(&b, " not looked at, and prove%s nothing: only the first %d are.",
                   c->signatures.more == 1 ? "s" : "", DKIM_SIGNATURES_MAX);
        layout_open(&s->l, CHECK_LABEL_COLUMN, CHECK_LABEL_COLUMN);
        layout_bytes(&s->l, TONE_CARE, buf_bytes(&b));
        layout_close(&s->l);
    }
    layout_gap(&s->l);
}

/* --- the claim's own form --------------------------------------------------------------- */

void check_tell_form(struct check_screen *s)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
    const struct claim_set *c = s->v->claims;
    buf_str(&b, "Claim: ");
    check_shown(&b, c->format);
    if (c->accuser[0] != '\0') {
        buf_str(&b, " by \"");
        check_shown(&b, c->accuser);
        buf_str(&b, "\" (as it says)");
    }
    if (c->reference[0] != '\0') {
        buf_str(&b, ", reference \"");
        check_shown(&b, c->reference);
        buf_byte(&b, '"');
    }
    buf_str(&b, ", ");
    act_count(&b, c->n, "incident", "incidents");
    buf_byte(&b, '.');
    layout_open(&s->l, 0, CHECK_LABEL_COLUMN);
    layout_bytes(&s->l, TONE_PLAIN, buf_bytes(&b));
    layout_close(&s->l);
    layout_gap(&s->l);
}

/* Parts that were not read, each with what to do; or what else it says. */
static void tell_quotes(struct check_screen *s, bool parts)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
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
            check_shown(&b, c->quotes[i].key);
            buf_str(&b, " \"");
            check_shown(&b, c->quotes[i].text);
            buf_byte(&b, '"');
        }
        n++;
        layout_open(&s->l, CHECK_LABEL_COLUMN, CHECK_LABEL_COLUMN + 2);
        layout_bytes(&s->l, parts ? TONE_CARE : TONE_FAINT, buf_bytes(&b));
        layout_close(&s->l);
    }
}

void check_tell_notes(struct check_screen *s)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(CHECK_SENTENCE_BYTES);
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
            layout_open(&s->l, CHECK_LABEL_COLUMN, CHECK_LABEL_COLUMN);
            layout_bytes(&s->l, TONE_CARE, buf_bytes(&b));
            layout_close(&s->l);
        }
    }
    tell_quotes(s, true);
    tell_quotes(s, false);
}
