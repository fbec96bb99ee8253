/* report/reply.c - a draft of an answer to an accuser.
 *
 * It says what our records hold and what they do not cover. Names of files,
 * other traffic and findings stay with us; nothing is admitted, and nobody is
 * called a liar. What only its sender knows stands in brackets, to be filled in.
 */
#include <string.h>
#include <strings.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "report/act.h"
#include "report/check_words.h"
#include "report/layout.h"

enum {
    REPLY_COLUMNS = 72,
    SAID_COLUMNS = 60,
    SUBJECT_COLUMNS = 120,
    SENTENCE_MAX_BYTES = 16384,
    INCIDENTS_MAX = 100
};

static void paragraph(struct layout *l, unsigned indent, const struct buf *text)
{
    layout_open(l, indent, indent);
    layout_bytes(l, TONE_PLAIN, buf_bytes(text));
    layout_close(l);
}

static void line(struct layout *l, unsigned indent, const char *text)
{
    layout_line(l, indent, TONE_PLAIN, text);
}

/* The head of a mail, each in a line of its own. Who may get it is for people to
 * say: the report's word for its sender proves nothing. */
static void head(struct buf *out, const struct check_view *v)
{
    const struct claim_set *c = v->claims;
    const char *subject = NULL;
    for (size_t i = 0; i < c->quote_n && subject == NULL; i++) {
        subject = strcmp(c->quotes[i].key, "Subject") == 0 ? c->quotes[i].text : NULL;
    }
    buf_str(out, "To: [who may have this; the report ");
    if (c->accuser[0] != '\0') {
        buf_str(out, "says that it is from ");
        text_show(out, bytes_of(c->accuser, strlen(c->accuser)), SUBJECT_COLUMNS);
    } else {
        buf_str(out, "does not say from whom it is");
    }
    buf_str(out, "]\nSubject: ");
    if (subject != NULL) {
        buf_str(out, strncasecmp(subject, "re:", 3) == 0 ? "" : "Re: ");
        text_show(out, bytes_of(subject, strlen(subject)), SUBJECT_COLUMNS);
    } else {
        buf_str(out, c->reference[0] != '\0' ? "Your report " : "Your report");
        text_show(out, bytes_of(c->reference, strlen(c->reference)), SUBJECT_COLUMNS);
    }
    buf_str(out, "\n\n[A draft: fill in or take out what stands in brackets, and read the rest.]"
                 "\n\n");
}

static void greet(struct layout *l, const struct check_view *v)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    const char *ref = v->claims->reference;
    buf_str(&b, "Thank you for your report");
    if (ref[0] != '\0') {
        buf_str(&b, " (your reference: ");
        text_show(&b, bytes_of(ref, strlen(ref)), SAID_COLUMNS);
        buf_str(&b, ")");
    }
    buf_str(&b, ". We have held it against our own records. All times are in UTC.");
    paragraph(l, 0, &b);
    layout_gap(l);
}

static const char *answer_of(const struct claim_answer *a)
{
    switch (a->verdict) {
    case CLAIM_SHOWN:
        return "Our records show traffic that fits this report.";
    case CLAIM_NOT_SHOWN:
        return "Our records cover that time, and we find nothing in them that fits this report. We "
               "do not say that they are complete.";
    case CLAIM_CONTRADICTED:
        return "Our records do not agree with this report.";
    case CLAIM_NOT_COVERED:
        return "Our records do not cover this, so we can neither confirm nor deny it.";
    case CLAIM_NOT_OURS:
        return "This address is in none of our networks. Please ask the registry for its holder.";
    case CLAIM_CANNOT_TELL:
    case CLAIM_VERDICT_COUNT:
        break;
    }
    return "From our records and what the report says we cannot tell.";
}

/* Reasons that are about the report, not about how we keep records. */
static bool tells_why(enum claim_why w)
{
    return w == CLAIM_WHY_NO_TIME || w == CLAIM_WHY_UNREADABLE || w == CLAIM_WHY_OTHER_PORTS ||
           w == CLAIM_WHY_WEAK || w == CLAIM_WHY_ANSWERS || w == CLAIM_WHY_REFUSED ||
           w == CLAIM_WHY_UNANSWERED || w == CLAIM_WHY_FEWER || w == CLAIM_WHY_FEW_MOMENTS ||
           w == CLAIM_WHY_OTHER_ZONE || w == CLAIM_WHY_OTHER_TIME || w == CLAIM_WHY_NO_ZONE ||
           w == CLAIM_WHY_NO_YEAR || w == CLAIM_WHY_NOTHING_COMPLETE || w == CLAIM_WHY_SWAPPED;
}

/* Whoever names neither their own end nor a port of the connection would learn with
 * whom our users spoke, and how much. */
static bool tells_records(const struct claim *c, const struct claim_answer *a)
{
    bool ours = a->ours == CLAIM_OURS_GIVEN || a->ours == CLAIM_OURS_INFERRED;
    return ours && c->has_target && a->why != CLAIM_WHY_UNREADABLE;
}

static void incident(struct layout *l, const struct check_view *v, size_t i)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(SENTENCE_MAX_BYTES);
    const struct claim *c = &v->claims->items[i];
    const struct claim_answer *a = &v->answers[i];
    if (v->claims->n > 1) {
        buf_printf(&b, "%zu. ", i + 1);
    }
    buf_printf(&b, "You report %s by ", check_act(c));
    check_ends(&b, c);
    buf_str(&b, ", ");
    check_when(&b, v, &c->when);
    buf_byte(&b, '.');
    paragraph(l, 0, &b);
    line(l, 4, answer_of(a));
    if (tells_why(a->why)) {
        line(l, 4, claim_why_text(a->why));
    }
    buf_clear(&b);
    if (tells_records(c, a) && v->matches[i].packets + v->matches[i].lines > 0) {
        buf_str(&b, "We have ");
    }
    if (a->why == CLAIM_WHY_UNREADABLE) {
        check_unread(&b, c);
    }
    if (tells_records(c, a)) {
        check_records(&b, c, &v->matches[i], a);
    }
    if (b.len > 0) {
        paragraph(l, 4, &b);
    }
    if (a->verdict == CLAIM_SHOWN) {
        line(l, 4, "[What you found and did about it, or will do and by when.]");
    }
    if (a->lacks != 0 && a->verdict != CLAIM_NOT_OURS) {
        buf_clear(&b);
        buf_str(&b, "To look further we would need: ");
        check_lacks(&b, c, a->lacks);
        buf_byte(&b, '.');
        paragraph(l, 4, &b);
    }
    layout_gap(l);
}

void check_reply(struct buf *out, const struct check_view *v)
{
    struct layout l;
    layout_begin(&l, out, REPLY_COLUMNS, false, true);
    head(out, v);
    greet(&l, v);
    for (size_t i = 0; i < v->claims->n && i < INCIDENTS_MAX; i++) {
        incident(&l, v, i);
    }
    if (v->claims->n > INCIDENTS_MAX) {
        line(&l, 0, "The other incidents of the report are answered on request.");
        layout_gap(&l);
    }
    if (v->claims->n == 0) {
        line(&l, 0,
             "We could not find in it which of our addresses it is about. Please send the "
             "address, the source port, the time with its zone, the destination and the "
             "protocol (RFC 6302).");
        layout_gap(&l);
    }
    line(&l, 0,
         "Records show packets that carry an address. They do not show who sent them, or why. "
         "This says what our records hold; it is no admission of anything, and no complaint "
         "about you.");
    layout_gap(&l);
    line(&l, 0, "[Your name, organisation and reference]");
}
