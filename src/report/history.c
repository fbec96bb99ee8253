/* report/history.c - what was said about a party or a network, in the order of time. */
#include "report/history.h"

#include <stdio.h>
#include <string.h>

#include "base/core/timefmt.h"

enum { LINE_BYTES = 16384 };

void report_history_network(const struct history_query *q, char out[PREFIX_TEXT_MAX])
{
    out[0] = '\0';
    if (q->network != NULL) {
        (void)prefix_format(q->network, out); /* its length is not needed */
    }
}

void report_history_title(const struct history_query *q, char *out, size_t size)
{
    char net[PREFIX_TEXT_MAX];
    report_history_network(q, net);
    /* What is longer is cut: names and networks have their limits. */
    (void)snprintf(out, size, "History of %s%s%s", q->party != NULL ? q->party : "",
                   q->party != NULL && net[0] != '\0' ? " and " : "", net);
}

static void put(struct document *d, const char *name, struct buf *line)
{
    buf_byte(line, '\0');
    if (line->failed != ST_OK) {
        d->out->failed = line->failed;
        return;
    }
    document_row(d, name, (const char *)line->data);
}

static void time_of(int64_t ns, char out[EXCHANGE_TIME_TEXT])
{
    exchange_time_text(ns, out);
    out[10] = ' ';
    out[16] = '\0';
}

/* --- what was said ---------------------------------------------------------------------- */

static void put_claims(struct buf *b, const struct case_said *n)
{
    for (size_t i = 0; i < n->claim_n && i < 4; i++) {
        const struct case_claim *c = &n->claim[i];
        char who[ADDR_TEXT_MAX], first[EXCHANGE_TIME_TEXT], last[EXCHANGE_TIME_TEXT];
        (void)addr_format(&c->remote[0], who); /* its length is not needed */
        time_of(c->first_ns, first);
        time_of(c->last_ns, last);
        buf_printf(b, "%s %s from %s", i == 0 ? ":" : ";", c->definition, who);
        if (c->remote_n > 1) {
            buf_printf(b, " and %zu more", c->remote_n - 1);
        }
        buf_printf(b, ", %s to %s", first, last);
    }
    if (n->claim_n > 4) {
        buf_printf(b, "; and %zu more", n->claim_n - 4);
    }
}

static void put_words(struct buf *b, enum case_words list, uint32_t bits)
{
    const char *gap = "";
    for (size_t i = 0; case_word_at(list, i).name != NULL; i++) {
        if ((bits >> i & 1U) != 0) {
            buf_printf(b, "%s%s", gap, case_word_at(list, i).name);
            gap = ", ";
        }
    }
}

static void put_notice(struct buf *b, const struct history_moment *m)
{
    const struct case_said *s = m->item->said;
    buf_printf(b, "notifies %s", s->to);
    put_claims(b, s);
    buf_str(b, ". Asked: ");
    put_words(b, CASE_LIST_REQUESTS, s->event.requests);
    buf_str(b, m->repeats ? ". It says nothing that was not said before." : "");
}

static void put_denials(struct buf *b, uint32_t denials)
{
    const char *gap = ": ";
    for (size_t i = 0; accord_word_at(ACCORD_DENIALS, i).name != NULL; i++) {
        if ((denials >> i & 1U) != 0) {
            buf_printf(b, "%s%s", gap, accord_word_at(ACCORD_DENIALS, i).name);
            gap = ", ";
        }
    }
}

static void put_answer(struct buf *b, const struct case_said *s)
{
    buf_str(b, case_word_at(CASE_LIST_ANSWERS, s->event.word).says);
    if (s->event.word == CASE_DISPUTED) {
        put_denials(b, s->denials);
    }
    if (s->event.word == CASE_DECLINED) {
        buf_printf(b, ": %s", accord_word_at(ACCORD_GROUNDS, s->ground).name);
    }
    static const char *const about[] = {"what was seen", "where it came from"};
    const enum case_opinion said[] = {s->observation, s->attribution};
    for (size_t i = 0; i < 2; i++) {
        if (said[i] != CASE_NOT_SAID) {
            buf_printf(b, "; of %s it %s", about[i],
                       case_word_at(CASE_LIST_OPINIONS, said[i]).says);
        }
    }
}

static void put_outcome(struct buf *b, const struct case_said *s)
{
    char when[EXCHANGE_TIME_TEXT];
    buf_printf(b, "says what followed: %s", case_word_at(CASE_LIST_OUTCOMES, s->event.word).says);
    if (s->has_since) {
        time_of(s->since_ns, when);
        buf_printf(b, " (later than %s", when);
        if (s->has_looked) {
            char to[EXCHANGE_TIME_TEXT];
            time_of(s->looked_to_ns, to);
            buf_printf(b, "; records to %s", to);
        }
        buf_byte(b, ')');
    }
}

static void tell_moment(struct document *d, const struct history_moment *m)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LINE_BYTES);
    const struct case_said *s = m->item->said;
    char when[EXCHANGE_TIME_TEXT];
    time_of(m->item->statement->time_ns, when);
    buf_printf(&b, "[%.8s] %s ", m->one->id, m->item->statement->party);
    switch (s->event.kind) {
    case CASE_NOTICE:
        put_notice(&b, m);
        break;
    case CASE_RECEIPT:
        buf_str(&b, "has received the notice");
        break;
    case CASE_ANSWER:
        put_answer(&b, s);
        break;
    case CASE_OUTCOME:
        put_outcome(&b, s);
        break;
    default:
        buf_printf(&b, "takes the notice back: %s",
                   case_word_at(CASE_LIST_REASONS, s->event.word).says);
    }
    put(d, when, &b);
    if (s->note[0] != '\0') {
        document_quote(d, s->note);
    }
}

/* --- pairs ------------------------------------------------------------------------------- */

static void tell_pair(struct document *d, const struct history_pair *p)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LINE_BYTES);
    char net[PREFIX_TEXT_MAX], first[EXCHANGE_TIME_TEXT], last[EXCHANGE_TIME_TEXT];
    (void)prefix_format(&p->network, net); /* its length is not needed */
    time_of(p->item[0]->statement->time_ns, first);
    if (p->clash == HISTORY_OURS_AND_NOT) {
        time_of(p->item[1]->statement->time_ns, last);
        buf_printf(&b,
                   "[%.8s] on %s: not its network; [%.8s] on %s: it acts there. Both are of %s and "
                   "of acts less than a day apart",
                   p->one[0]->id, first, p->one[1]->id, last, net);
    } else {
        char asked[EXCHANGE_TIME_TEXT];
        time_of(p->asked_ns, asked);
        time_of(p->until_ns, last);
        buf_printf(&b,
                   "[%.8s] on %s: no records left. By the accord they are kept for %u days, here "
                   "until %s; its first word in this case is of %s",
                   p->one[0]->id, first, p->days, last, asked);
    }
    buf_str(&b, p->replaced ? ". One of them was replaced by a later answer." : ".");
    put(d, p->one[0]->accused, &b);
}

static void tell_pairs(struct document *d, const struct history *h)
{
    document_heading(d, "Answers that cannot both hold");
    for (size_t i = 0; i < h->pair_n; i++) {
        tell_pair(d, &h->pair[i]);
    }
    if (h->pair_n == 0) {
        document_text(d, "None.");
    }
    if (h->more_pairs) {
        document_text(d, "There may be more than are told here.");
    }
}

/* --- numbers ------------------------------------------------------------------------------ */

static void put_number(struct document *d, const char *name, size_t n, const char *more)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LINE_BYTES);
    buf_printf(&b, "%zu%s", n, more);
    put(d, name, &b);
}

static void tell_tally(struct document *d, const struct history_tally *t)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(LINE_BYTES), days = BUF_INIT(LINE_BYTES);
    char line[2 * LEDGER_NAME_MAX + 64];
    (void)snprintf(line, sizeof(line), "In numbers: %s to %s", t->accuser, t->accused);
    document_heading(d, line);
    buf_printf(&b, "%zu", t->notices);
    if (t->repeated > 0) {
        buf_printf(&b, "; %zu more say nothing new, and are not counted anywhere below",
                   t->repeated);
    }
    put(d, "notices", &b);
    put_number(d, "answered", t->answered, "");
    put_number(d, "no answer on record", t->unanswered, "");
    if (t->has_median) {
        int64_t tenths = t->median_ns / (INT64_C(8640) * 1000000000);
        buf_printf(&days, "%lld.%lld", (long long)(tenths / 10), (long long)(tenths % 10));
        put(d, "median days to answer", &days);
    }
    put_number(d, "acted", t->acted, "");
    put_number(d, "... and it stopped", t->stopped, " (proven by segments sealed live)");
    put_number(d, "... and not seen since", t->not_seen, "");
    put_number(d, "... and it went on", t->went_on, "");
    put_number(d, "... and it moved", t->moved, "");
    put_number(d, "disputed", t->disputed, "");
    put_number(d, "... and upheld", t->upheld, " (the notice was taken back as wrong)");
    put_number(d, "accuser was wrong", t->wrong, " (by its own word)");
    put_number(d, "notices taken back", t->withdrawn, "");
}

void report_history(struct document *d, const struct history *h, const struct history_query *q)
{
    char title[2 * LEDGER_NAME_MAX + 64];
    report_history_title(q, title, sizeof(title));
    document_heading(d, title);
    if (h->moment_n == 0) {
        document_text(d, "Nothing was said about it, as far as this home holds statements.");
        return;
    }
    for (size_t i = 0; i < h->moment_n; i++) {
        tell_moment(d, &h->moment[i]);
    }
    tell_pairs(d, h);
    for (size_t i = 0; i < h->tally_n; i++) {
        tell_tally(d, &h->tally[i]);
    }
    if (h->more_acts) {
        document_text(d, "There are more notices than were compared: some of the last ones may "
                         "repeat others.");
    }
    document_note(d, "Times are UTC, each by the clock of who speaks. The page holds what was "
                     "said and signed, as far as both sides' statements are here; whoever holds "
                     "the same ones makes the same page. Outcomes count only if they are of the "
                     "time behind the answer. An answer is no proof, and an address is no person.");
}
