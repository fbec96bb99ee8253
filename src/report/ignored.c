/* report/ignored.c - the third question: the background, counted. */
#include <stdlib.h>

#include "report/terminal.h"

enum { KINDS_SHOWN = 6 };

static void tell_tally(struct screen *s, const struct group_tally *t)
{
    bool one = t->remotes == 1 && t->example->has_initiator;
    buf_str(&s->say, "• ");
    if (one) {
        act_addr(&s->say, &t->example->initiator);
    } else {
        act_count(&s->say, t->remotes, "remote", "remotes");
    }
    buf_printf(&s->say, ": %s", kind_title(t->example));
    if (t->findings > t->remotes) {
        buf_str(&s->say, ", ");
        act_count(&s->say, t->findings, "finding", "findings");
    }
    layout_open(&s->l, INDENT, INDENT + 2);
    screen_flow(s, TONE_PLAIN);
    buf_printf(&s->say, "(%s)", t->example->definition);
    screen_flow(s, TONE_FAINT);
    layout_close(&s->l);
}

static void tell_ignored_findings(struct screen *s)
{
    CLEANUP(free_ptr) struct group_tally *t = malloc((s->groups.n + 1) * sizeof(*t));
    if (t == NULL) {
        s->l.out->failed = ST_NOMEM;
        return;
    }
    size_t from = s->shown > s->groups.to_do ? s->shown : s->groups.to_do;
    size_t n = groups_tally(&s->groups, from, s->groups.n, t);
    for (size_t i = 0; i < n && i < KINDS_SHOWN; i++) {
        tell_tally(s, &t[i]);
    }
    if (n > KINDS_SHOWN) {
        buf_str(&s->say, "• ");
        act_count(&s->say, n - KINDS_SHOWN, "kind more", "kinds more");
        screen_say(s, INDENT, INDENT + 2, TONE_FAINT);
    }
    s->anything |= n > 0;
}

static void item(struct screen *s)
{
    buf_str(&s->say, "• ");
    s->anything = true;
}

/* Whose scans are not judged by our own methods is not taken out by them. */
static bool judged(const struct screen *s)
{
    static const enum method scans[] = {METHOD_SCAN_HORIZONTAL, METHOD_SCAN_VERTICAL,
                                        METHOD_SCAN_BLOCK};
    bool any = s->v->definitions == NULL;
    for (size_t i = 0; i < ARRAY_LEN(scans) && !any; i++) {
        any = definition_find(s->v->definitions, scans[i]) != NULL;
    }
    return any;
}

static void tell_failed(struct screen *s, const struct summary_logins *l, const char *where)
{
    if (l->background_attempts == 0) {
        return;
    }
    item(s);
    act_count(&s->say, l->background_attempts, "failed login", "failed logins");
    buf_str(&s->say, " of ");
    act_count(&s->say, l->background_guessers, "address", "addresses");
    buf_printf(&s->say, " %s, below every threshold", where);
    screen_say(s, INDENT, INDENT + 2, TONE_PLAIN);
}

static void tell_background(struct screen *s)
{
    const struct summary *b = s->v->summary;
    struct buf *say = &s->say;
    if (b->background_initiators > 0) {
        item(s);
        act_count(say, b->background_initiators, "address", "addresses");
        buf_str(say, " asked for something in vain");
        buf_str(say, judged(s) ? ", below every threshold (" : ", in a finding or not (");
        act_count(say, b->background_packets, "packet)", "packets)");
        screen_say(s, INDENT, INDENT + 2, TONE_PLAIN);
    }
    tell_failed(s, &b->logins_log, "in the logs");
    tell_failed(s, &b->logins_seen, "in the captures");
    if (b->background_missing > 0) {
        item(s);
        act_count(say, b->background_missing, "web request", "web requests");
        buf_str(say, " of ");
        act_count(say, b->background_probers, "address", "addresses");
        buf_str(say, " for what is not there, below every threshold");
        screen_say(s, INDENT, INDENT + 2, TONE_PLAIN);
    }
    if (b->strays > 0) {
        item(s);
        act_count(say, b->strays, "stray answer", "stray answers");
        buf_str(say, " to what was not seen to be asked");
        screen_say(s, INDENT, INDENT + 2, TONE_PLAIN);
    }
}

static void tell_allowed(struct screen *s)
{
    uint64_t n = 0;
    const struct finding *first = NULL;
    bool several = false;
    for (size_t i = 0; i < s->v->finding_n; i++) {
        const struct finding *f = s->v->findings[i].finding;
        if ((f->flags & (FINDING_ALLOWED | FINDING_BELOW)) == FINDING_ALLOWED) {
            first = first != NULL ? first : f;
            several |= !addr_equal(&first->initiator, &f->initiator);
            n++;
        }
    }
    if (n == 0) {
        return;
    }
    item(s);
    act_count(&s->say, n, "finding", "findings");
    buf_str(&s->say, " of your own, on the allow-list: ");
    act_addr(&s->say, &first->initiator);
    buf_str(&s->say, several ? " and others" : "");
    screen_say(s, INDENT, INDENT + 2, TONE_PLAIN);
}

void ignored_tell(struct screen *s)
{
    screen_heading(s, "What can be ignored?");
    if (s->opt->all) {
        for (size_t i = s->shown; i < s->groups.n; i++) {
            detail_group(s, &s->groups.groups[i]);
        }
        s->anything = s->shown < s->groups.n;
    } else {
        tell_ignored_findings(s);
    }
    tell_allowed(s);
    tell_background(s);
    if (!s->anything) {
        layout_line(&s->l, INDENT, TONE_PLAIN, "Nothing else was found.");
    } else if (!s->opt->all && !s->l.html) {
        layout_line(&s->l, INDENT, TONE_FAINT, "See more: --all, --remote ADDRESS, --kind NAME");
    }
}
