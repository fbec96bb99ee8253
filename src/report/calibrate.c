/* report/calibrate.c - a calibration as a document. */
#include "report/calibrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/core/timefmt.h"

enum { LINE_BYTES = 1 << 14 };

/* Say what was written into `line`; empties it. */
static void say_line(struct document *d, struct buf *line,
                     void (*how)(struct document *, const char *))
{
    buf_byte(line, '\0');
    if (line->failed != ST_OK) {
        d->out->failed = line->failed;
        return;
    }
    how(d, (const char *)line->data);
    line->len = 0;
}

/* --- parties ---------------------------------------------------------------------- */

static void party_words(const struct calibrate_view *v, size_t i, struct buf *line)
{
    const struct calibrate_seat *s = &v->fold->seat[i];
    static const char *const states[] = {
        [CALIBRATE_SILENT] = "has not committed",
        [CALIBRATE_COMMITTED] = "has committed, and not revealed",
        [CALIBRATE_REVEALED] = "has committed, and revealed what it had committed to",
        [CALIBRATE_MISFIT] = ("has revealed something else than it had committed to: that counts "
                              "for nothing here"), /* one string: clang asks */
    };
    int64_t since = 0;
    bool proven = false;
    char when[TIME_TEXT_MAX];
    buf_str(line, states[s->state]);
    if (calibrate_withheld(v->fold, i, &since, &proven)) {
        (void)time_format_short(since, when);
        buf_printf(line, "; others' judgements have been out since %s UTC%s", when,
                   proven ? ", and its own ledger holds them" : "");
    }
    if (s->commitment_too != NULL) {
        buf_str(line, "; it has committed to two different things");
    }
    if (s->reveal_too != NULL) {
        buf_str(line, "; it has revealed twice, not the same");
    }
    if (s->unready) {
        buf_str(line, "; it revealed before all had committed");
    }
    buf_byte(line, '.');
}

static void parties(struct document *d, const struct calibrate_view *v)
{
    document_heading(d, "Parties");
    for (size_t i = 0; i < v->fold->terms->party_n; i++) {
        CLEANUP(buf_fini) struct buf line = BUF_INIT(LINE_BYTES);
        party_words(v, i, &line);
        buf_byte(&line, '\0');
        if (line.failed == ST_OK) {
            document_row(d, v->fold->terms->party[i], (const char *)line.data);
        }
    }
}

/* --- agreement -------------------------------------------------------------------- */

static void agreement_row(struct document *d, const struct calibrate_view *v, size_t kind)
{
    struct calibrate_agreement a;
    char line[256];
    calibrate_agree(v->fold, kind, &a);
    if (a.scenarios == 0) {
        return;
    }
    int n = snprintf(line, sizeof(line), "%zu of %zu judged alike; the same answer expected in %zu",
                     a.alike, a.scenarios, a.answers_alike);
    if (v->fold->revealed > 2) {
        n += snprintf(line + n, sizeof(line) - (size_t)n, "; %zu of %zu pairs alike", a.pairs_alike,
                      a.pairs);
    }
    if (a.has_alpha) {
        (void)snprintf(line + n, sizeof(line) - (size_t)n, "; Krippendorff's alpha %.2f", a.alpha);
    }
    document_row(d, kind == CALIBRATE_ALL ? "all" : calibrate_word_at(CALIBRATE_KINDS, kind).name,
                 line);
}

static void agreement(struct document *d, const struct calibrate_view *v)
{
    char note[256];
    document_heading(d, "Agreement");
    agreement_row(d, v, CALIBRATE_ALL);
    for (size_t i = 0; calibrate_word_at(CALIBRATE_KINDS, i).name != NULL; i++) {
        agreement_row(d, v, i);
    }
    (void)snprintf(note, sizeof(note),
                   "Alpha is 1 when all say the same and 0 when they agree no more than chance "
                   "would have it. It is told from %d scenarios on, and where not all say one "
                   "verdict of everything.",
                   CALIBRATE_ALPHA_LEAST);
    document_note(d, note);
}

/* --- differences ------------------------------------------------------------------ */

static void change_words(const struct calibrate_change *c, struct buf *line)
{
    switch (c->how) {
    case CALIBRATE_PARAMETER:
        buf_printf(line, "%s of %s, %" PRId64 " instead of %" PRId64, c->parameter, c->definition,
                   c->with, c->without);
        break;
    case CALIBRATE_ADDED:
        buf_printf(line, "%s, which the other has not", c->definition);
        break;
    case CALIBRATE_OTHER:
        buf_printf(line, "%s, which goes by another rule there", c->definition);
        break;
    }
}

static void difference(struct document *d, const struct calibrate_view *v, size_t i)
{
    CLEANUP(buf_fini) struct buf line = BUF_INIT(LINE_BYTES);
    const struct calibrate_difference *x = &v->differences[i];
    const struct calibrate_round *r = v->fold->terms;
    buf_printf(&line,
               "In %s.pcap, %s is found under the definitions of %s, and nothing under "
               "those of %s. ",
               r->scenario[x->scenario].id, v->seen[x->scenario][x->with].definition,
               r->party[x->with], r->party[x->without]);
    buf_str(&line, x->flips.n == 0   ? "No single difference makes that; several do together."
                   : !x->flips.alone ? "It takes each of these: "
                   : x->flips.n == 1 ? "It flips with "
                                     : "It flips with each of these alone: ");
    for (size_t k = 0; k < x->flips.n; k++) {
        buf_str(&line, k > 0 ? "; " : "");
        change_words(&x->flips.list[k], &line);
    }
    buf_str(&line, x->flips.n > 0 ? "." : "");
    say_line(d, &line, document_text);
}

/* The definitions say the same of it, and the parties do not. */
static bool of_judgement(const struct calibrate_view *v, size_t u)
{
    bool first = true, found = false;
    for (size_t i = 0; i < v->fold->terms->party_n; i++) {
        const struct calibrate_seen *s = &v->seen[u][i];
        if (s->looked && !first && s->found != found) {
            return false;
        }
        found = s->looked ? s->found : found;
        first = first && !s->looked;
    }
    return !calibrate_alike(v->fold, u);
}

static void differences(struct document *d, const struct calibrate_view *v)
{
    CLEANUP(buf_fini) struct buf line = BUF_INIT(LINE_BYTES);
    size_t n = 0;
    document_heading(d, "What makes the difference");
    if (v->seen == NULL) {
        document_text(d, "The captures were not looked at (--scenarios DIR).");
        return;
    }
    for (size_t i = 0; i < v->difference_n; i++) {
        difference(d, v, i);
    }
    for (size_t u = 0; u < v->fold->terms->scenario_n; u++) {
        if (of_judgement(v, u)) {
            buf_printf(&line, "%s%s", n++ > 0 ? ", " : "", v->fold->terms->scenario[u].id);
        }
    }
    if (n > 0) {
        buf_str(&line, ": the definitions of all say the same of these captures, and the parties "
                       "do not. No parameter makes the difference.");
        say_line(d, &line, document_text);
    } else if (v->difference_n == 0) {
        document_text(d, "Nothing: the definitions of all say the same of every capture.");
    }
}

/* --- scenarios -------------------------------------------------------------------- */

static void judgement_row(struct document *d, const struct calibrate_view *v, size_t u, size_t i)
{
    const struct calibrate_judgement *j = &v->fold->seat[i].judged->list[u];
    const struct calibrate_seen *seen = v->seen != NULL ? &v->seen[u][i] : NULL;
    char line[512];
    int n =
        snprintf(line, sizeof(line), "%s", calibrate_word_at(CALIBRATE_VERDICTS, j->verdict).says);
    if (j->verdict == CALIBRATE_NEEDS_MORE) {
        n += snprintf(line + n, sizeof(line) - (size_t)n, ": %s",
                      calibrate_word_at(CALIBRATE_NEEDS, j->needs).says);
    }
    n += snprintf(line + n, sizeof(line) - (size_t)n, "; expects %s",
                  calibrate_word_at(CALIBRATE_ANSWERS, j->answer).name);
    if (seen != NULL && seen->looked) {
        (void)snprintf(line + n, sizeof(line) - (size_t)n, " (its definitions find %s)",
                       seen->found ? seen->definition : "nothing");
    }
    document_row(d, v->fold->terms->party[i], line);
}

static void scenario(struct document *d, const struct calibrate_view *v, size_t u)
{
    CLEANUP(buf_fini) struct buf line = BUF_INIT(LINE_BYTES);
    const struct calibrate_scenario *s = &v->fold->terms->scenario[u];
    buf_printf(&line, "%s (%s)%s", s->id, calibrate_word_at(CALIBRATE_KINDS, s->kind).name,
               v->fold->revealed < 2         ? ""
               : calibrate_alike(v->fold, u) ? ": judged alike"
                                             : ": judged differently");
    say_line(d, &line, document_heading);
    document_quote(d, s->text);
    for (size_t i = 0; i < v->fold->terms->party_n; i++) {
        if (v->fold->seat[i].judged != NULL) {
            judgement_row(d, v, u, i);
        }
    }
}

void report_calibrate(struct document *d, const struct calibrate_view *v)
{
    char line[256];
    (void)snprintf(line, sizeof(line),
                   "Calibration %s under accord %.8s: %zu scenarios, judged by %zu parties under "
                   "their own definitions. It compares judgements; no party gets a mark.",
                   v->fold->terms->id, v->fold->terms->accord, v->fold->terms->scenario_n,
                   v->fold->terms->party_n);
    document_text(d, line);
    parties(d, v);
    if (!v->open) {
        document_heading(d, "Judgements");
        document_text(d, "Those of others are shown when we have revealed our own (exhibit "
                         "calibrate reveal).");
        return;
    }
    if (v->fold->revealed >= 2) {
        agreement(d, v);
        differences(d, v);
    }
    for (size_t u = 0; u < v->fold->terms->scenario_n; u++) {
        scenario(d, v, u);
    }
}
