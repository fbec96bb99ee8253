/* report/verdict.c - the first question: did anyone get in?
 *
 * A "no" is the sentence that is relied on most, so it is said of no more than
 * was looked at: what the definitions in force look for, in inputs that could
 * show it, and of all findings, not of those alone that were selected.
 */
#include <string.h>

#include "base/core/text.h"
#include "report/terminal.h"

struct entries {
    uint64_t logins, sessions; /* selected, and not on the allow-list */
    uint64_t log, seen;        /* of the logins, by what they were told */
    uint64_t allowed;
    uint64_t unseen; /* guessing of which nothing can be told */
};

static bool is_access(const struct finding *f)
{
    return strncmp(f->kind, "access.", 7) == 0;
}

static bool is_guessing(const struct finding *f)
{
    return strncmp(f->kind, "bruteforce.", 11) == 0 || strncmp(f->kind, "spray.", 6) == 0;
}

static struct entries count_entries(const struct view *v)
{
    struct entries e = {0};
    for (size_t i = 0; i < v->finding_n; i++) {
        const struct finding *f = v->findings[i].finding;
        bool in = (f->flags & FINDING_BELOW) == 0 && kind_got_in(f);
        if (in && (f->flags & FINDING_ALLOWED) != 0) {
            e.allowed++;
        } else if (in && is_access(f)) {
            e.logins++;
            e.log += (f->flags & FINDING_LOG) != 0;
            e.seen += (f->flags & FINDING_LOG) == 0;
        } else if (in) {
            e.sessions++;
        } else if (view_counts(f)) {
            e.unseen += is_guessing(f) && strcmp(f->protocol, "rdp") == 0;
        }
    }
    return e;
}

static void tell_login(struct screen *s, const struct finding *f)
{
    act_addr(&s->say, f->has_initiator ? &f->initiator : &f->victim);
    buf_str(&s->say, ": ");
    act_tell(&s->say, f, NAMES_MOST);
    buf_str(&s->say, ", ");
    act_time(&s->say, f->when.first_ns, f->when.last_ns, s->one_day);
    buf_str(&s->say, ".");
    screen_say(s, INDENT, INDENT + 2, TONE_PLAIN);
}

static void tell_logins(struct screen *s)
{
    size_t shown = 0;
    for (size_t i = 0; i < s->groups.n && shown < NAMES_MOST; i++) {
        const struct group *g = &s->groups.groups[i];
        for (size_t k = 0; k < g->n && shown < NAMES_MOST; k++) {
            const struct finding *f = g->items[k].vf->finding;
            if (g->items[k].advice.question == KIND_GOT_IN && is_access(f)) {
                tell_login(s, f);
                shown++;
            }
        }
    }
}

/* Did this group scan, and was something said both ways? */
static bool exchanged(const struct group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        if (g->items[i].advice.question == KIND_GOT_IN && !is_access(g->items[i].vf->finding)) {
            return true;
        }
    }
    return false;
}

static void tell_sessions(struct screen *s, enum tone tone)
{
    size_t n = 0;
    size_t named = 0;
    buf_str(&s->say, "Perhaps: who scanned also exchanged data with a service");
    for (size_t i = 0; i < s->groups.n; i++) {
        const struct group *g = &s->groups.groups[i];
        const struct finding *f = g->items->vf->finding;
        if (!exchanged(g)) {
            continue;
        }
        n++;
        if (named < NAMES_MOST && f->has_initiator && !g->items->by_id) {
            buf_str(&s->say, named++ > 0 ? ", " : ": ");
            act_addr(&s->say, &f->initiator);
        }
    }
    if (n > named) {
        buf_str(&s->say, named > 0 ? " and " : ": ");
        act_count(&s->say, n - named, "more", "more");
    }
    buf_str(&s->say, ".");
    screen_say(s, INDENT, INDENT, tone);
}

/* What the user let pass is never passed over. */
static void tell_allowed(struct screen *s)
{
    const struct view *v = s->v;
    size_t n = 0;
    buf_str(&s->say, "On your allow-list, ");
    for (size_t i = 0; i < v->finding_n; i++) {
        const struct finding *f = v->findings[i].finding;
        bool in = (f->flags & (FINDING_BELOW | FINDING_ALLOWED)) == FINDING_ALLOWED;
        if (in && kind_got_in(f) && n++ == 0) {
            act_addr(&s->say, f->has_initiator ? &f->initiator : &f->victim);
            buf_str(&s->say, ": ");
            act_tell(&s->say, f, NAMES_MOST);
        }
    }
    if (n > 1) {
        buf_str(&s->say, "; and ");
        act_count(&s->say, n - 1, "more", "more");
    }
    buf_str(&s->say, ".");
    screen_say(s, INDENT, INDENT + 2, TONE_CARE);
}

static void tell_outside(struct screen *s)
{
    act_count(&s->say, s->v->outside_got_in, "finding", "findings");
    buf_str(&s->say, " outside the selection ");
    buf_str(&s->say, s->v->outside_got_in == 1 ? "says" : "say");
    buf_str(&s->say, " that somebody may have: ask again without it.");
    screen_say(s, INDENT, INDENT, TONE_CARE);
}

/* --- nothing ------------------------------------------------------------------ */

/* Near the threshold is not far from it, and the reader shall see how near. */
static void tell_counted(struct screen *s, const struct summary_logins *l, enum method method,
                         bool log)
{
    const struct definition_set *set = s->v->definitions;
    const struct definition *d = set != NULL ? definition_find(set, method) : NULL;
    const char *where = log ? "By the logs" : "By the captures";
    if (l->accepted == 0 && l->refused > 0) {
        buf_printf(&s->say, "%s no login %s.", where, log ? "was let in" : "looks let in");
    }
    if (l->accepted > 0) {
        buf_printf(&s->say, "%s ", where);
        act_count(&s->say, l->accepted, log ? "login was let in" : "login looks let in",
                  log ? "logins were let in" : "logins look let in");
    }
    if (l->accepted > 0 && d != NULL) {
        buf_str(&s->say, ", none by password after ");
        text_count(&s->say, (uint64_t)d->params[GUESS_ATTEMPTS]);
        buf_str(&s->say, " failed ones or more");
        if (l->nearest > 0) {
            buf_str(&s->say, " (the most was ");
            text_count(&s->say, l->nearest);
            buf_str(&s->say, ")");
        }
    }
    buf_str(&s->say, l->accepted > 0 ? "." : "");
    screen_flow(s, TONE_PLAIN);
}

/* Do the definitions in force look for it in such inputs? */
static bool looked(const struct view *v, enum method method)
{
    return v->definitions == NULL || definition_find(v->definitions, method) != NULL;
}

static void tell_nothing_seen(struct screen *s)
{
    const struct summary *sum = s->v->summary;
    bool logs = sum->lines > 0 && looked(s->v, METHOD_ACCESS_LOG);
    bool captures = sum->packets > 0 && looked(s->v, METHOD_ACCESS_SHAPE);
    layout_open(&s->l, INDENT, INDENT);
    if (s->v->stored) {
        layout_text(&s->l, TONE_GOOD, "Nothing stored says so.");
        layout_text(&s->l, TONE_FAINT, "That is no more than the inputs could tell.");
    } else if (sum->packets + sum->lines == 0) {
        layout_text(&s->l, TONE_CARE, "Cannot be told:");
        layout_text(&s->l, TONE_PLAIN, "there was no packet, and no log line about a remote.");
    } else if (!logs && !captures) {
        layout_text(&s->l, TONE_CARE, "Not looked for:");
        buf_printf(&s->say, "the definitions in force (%s) do not ask whether a login was let in.",
                   s->v->definitions->name);
        screen_flow(s, TONE_PLAIN);
    } else {
        layout_text(&s->l, TONE_GOOD, "Nothing seen of it.");
        tell_counted(s, &sum->logins_log, METHOD_ACCESS_LOG, true);
        tell_counted(s, &sum->logins_seen, METHOD_ACCESS_SHAPE, false);
        layout_text(&s->l, TONE_FAINT,
                    captures ? "Traffic tells less of that than a server's log does."
                             : "That is all that these files can tell.");
    }
    layout_close(&s->l);
}

void verdict_tell(struct screen *s)
{
    struct entries e = count_entries(s->v);
    uint64_t outside = s->v->outside_got_in;
    screen_heading(s, "Did anyone get in?");
    if (e.logins > 0) {
        layout_line(&s->l, INDENT, TONE_BAD, "Yes, it seems so.");
        tell_logins(s);
    }
    if (e.log > 0 && e.seen > 0) {
        layout_line(&s->l, INDENT, TONE_FAINT, "A log and a capture may tell of the same logins.");
    }
    if (e.logins > NAMES_MOST) {
        layout_line(&s->l, INDENT, TONE_PLAIN,
                    s->l.html ? "And more of this, in the list of findings."
                              : "And more of this: --kind access");
    }
    if (e.sessions > 0) {
        tell_sessions(s, e.logins > 0 ? TONE_PLAIN : TONE_CARE);
    }
    if (e.allowed > 0) {
        tell_allowed(s);
    }
    if (outside > 0) {
        if (e.logins + e.sessions + e.allowed == 0) {
            layout_line(&s->l, INDENT, TONE_PLAIN, "Not by what was selected.");
        }
        tell_outside(s);
    } else if (e.logins + e.sessions + e.allowed == 0) {
        tell_nothing_seen(s);
    }
    if (e.unseen > 0 && e.logins == 0) {
        layout_line(&s->l, INDENT, TONE_CARE,
                    "Passwords were guessed: whether one was right, only the server's log tells.");
    }
}
