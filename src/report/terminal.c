/* report/terminal.c - the first screen: did anyone get in, what needs doing,
 * what can be ignored.
 *
 * However much was found, it stays one screen: blocks are written while there
 * is room for them, and what is left is counted.
 */
#include "report/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/text.h"

enum {
    BLOCKS_LEAST = 3,
    BLOCKS_MOST = 5,  /* that the first screen names */
    BLOCK_LINES = 20, /* that they may take together, at 80 columns */
    INPUTS_SHOWN = 3,
    NETS_SHOWN = 3,
};

void screen_flow(struct screen *s, enum tone tone)
{
    layout_bytes(&s->l, tone, buf_bytes(&s->say));
    if (s->say.failed != ST_OK) {
        s->l.out->failed = s->say.failed;
    }
    buf_clear(&s->say);
}

void screen_say(struct screen *s, unsigned first, unsigned rest, enum tone tone)
{
    layout_open(&s->l, first, rest);
    screen_flow(s, tone);
    layout_close(&s->l);
}

void screen_heading(struct screen *s, const char *text)
{
    layout_gap(&s->l);
    layout_line(&s->l, 0, TONE_STRONG, text);
}

/* --- what was read ---------------------------------------------------------- */

static void tell_inputs(struct screen *s)
{
    const struct view *v = s->v;
    struct buf *say = &s->say;
    for (size_t i = 0; i < v->input_n && i < INPUTS_SHOWN; i++) {
        const struct view_input *in = &v->inputs[i];
        buf_str(say, i ? ", " : "");
        if (strcmp(in->name, "-") == 0) {
            buf_str(say, "standard input");
        } else {
            text_show(say, bytes_of(in->name, strlen(in->name)), INPUT_COLUMNS);
        }
        bool unread = in->format == NULL || in->format[0] == '\0';
        buf_printf(say, " (%s)", unread ? "not read" : in->format);
    }
    if (v->input_n > INPUTS_SHOWN) {
        buf_str(say, " and ");
        act_count(say, v->input_n - INPUTS_SHOWN, "more file", "more files");
    }
    layout_open(&s->l, 0, INDENT);
    screen_flow(s, TONE_STRONG);
    layout_close(&s->l);
}

static void tell_extent(struct screen *s)
{
    const struct summary *sum = s->v->summary;
    struct buf *say = &s->say;
    if (sum->packets > 0 || sum->lines == 0) {
        act_count(say, sum->packets, "packet", "packets");
    }
    if (sum->lines > 0) {
        buf_str(say, sum->packets > 0 ? ", " : "");
        act_count(say, sum->lines, "log line", "log lines");
    }
    if (sum->has_time) {
        buf_str(say, ", ");
        act_time(say, sum->first_ns, sum->last_ns, false);
        buf_str(say, " UTC");
    }
    screen_say(s, 0, INDENT, TONE_FAINT);
}

static void tell_locals(struct screen *s)
{
    const struct local_nets *l = &s->v->summary->locals;
    if (s->v->summary->packets == 0 && l->rule != LOCAL_GIVEN) {
        return; /* a log says whose it is */
    }
    buf_str(&s->say, "Your networks: ");
    for (size_t i = 0; i < l->n && i < NETS_SHOWN; i++) {
        char text[PREFIX_TEXT_MAX];
        (void)prefix_format(&l->nets[i], text);
        buf_printf(&s->say, "%s%s", i ? ", " : "", text);
    }
    if (l->n > NETS_SHOWN) {
        buf_printf(&s->say, " and %zu more", l->n - NETS_SHOWN);
    }
    buf_printf(&s->say, l->n > 0 ? " (%s)" : "%s", local_rule_text(l->rule));
    screen_say(s, 0, INDENT, TONE_FAINT);
}

static void tell_filter(struct screen *s)
{
    const struct view_filter *f = &s->v->filter;
    struct buf *say = &s->say;
    if (!s->filtered) {
        return;
    }
    buf_str(say, "Selected:");
    if (f->kind != NULL) {
        buf_str(say, " kind ");
        text_show(say, bytes_of(f->kind, strlen(f->kind)), INPUT_COLUMNS);
    }
    if (f->remote != NULL) {
        buf_str(say, " remote ");
        text_show(say, bytes_of(f->remote, strlen(f->remote)), INPUT_COLUMNS);
    }
    char text[TIME_TEXT_MAX];
    if (f->has_since) {
        (void)time_format_short(f->since_ns, text);
        buf_printf(say, " since %s", text);
    }
    if (f->has_until) {
        (void)time_format_short(f->until_ns, text);
        buf_printf(say, " until %s", text);
    }
    buf_str(say, "; ");
    text_count(say, s->v->finding_n);
    buf_str(say, " of ");
    act_count(say, s->v->found, "finding", "findings");
    screen_say(s, 0, INDENT, TONE_PLAIN);
}

/* --- did anyone get in? ------------------------------------------------------- */

struct entries {
    uint64_t logins, sessions, unseen;
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
        if (view_counts(f)) {
            bool in = kind_advise(f).question == KIND_GOT_IN;
            e.logins += in && is_access(f);
            e.sessions += in && !is_access(f);
            e.unseen += is_guessing(f) && strcmp(f->protocol, "rdp") == 0;
        }
    }
    return e;
}

static void tell_logins(struct screen *s)
{
    size_t shown = 0;
    for (size_t i = 0; i < s->groups.n && shown < NAMES_MOST; i++) {
        const struct group *g = &s->groups.groups[i];
        for (size_t k = 0; k < g->n && shown < NAMES_MOST; k++) {
            const struct finding *f = g->items[k].vf->finding;
            if (g->items[k].advice.question != KIND_GOT_IN || !is_access(f)) {
                continue;
            }
            act_addr(&s->say, f->has_initiator ? &f->initiator : &f->victim);
            buf_str(&s->say, ": ");
            act_tell(&s->say, f, NAMES_MOST);
            buf_str(&s->say, ", ");
            act_time(&s->say, f->when.first_ns, f->when.last_ns, s->one_day);
            buf_str(&s->say, ".");
            screen_say(s, INDENT, INDENT + 2, TONE_PLAIN);
            shown++;
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

static void tell_nothing_seen(struct screen *s)
{
    const struct summary *sum = s->v->summary;
    layout_open(&s->l, INDENT, INDENT);
    layout_text(&s->l, TONE_GOOD, "Nothing seen of it.");
    if (sum->lines > 0 && sum->logins_accepted > 0) {
        act_count(&s->say, sum->logins_accepted, "login was let in, but not after guessing.",
                  "logins were let in, none of them after guessing.");
    } else if (sum->logins_refused > 0) {
        buf_str(&s->say, "No login was let in.");
    }
    screen_flow(s, TONE_PLAIN);
    layout_text(&s->l, TONE_FAINT,
                sum->packets > 0 ? "Traffic tells less of that than a server's log does."
                                 : "That is all that these files can tell.");
    layout_close(&s->l);
}

static void tell_got_in(struct screen *s)
{
    struct entries e = count_entries(s->v);
    screen_heading(s, "Did anyone get in?");
    if (e.logins > 0) {
        layout_line(&s->l, INDENT, TONE_BAD, "Yes, it seems so.");
        tell_logins(s);
    }
    if (e.logins > NAMES_MOST) {
        layout_line(&s->l, INDENT, TONE_PLAIN, "And more of this: --kind access");
    }
    if (e.sessions > 0) {
        tell_sessions(s, e.logins > 0 ? TONE_PLAIN : TONE_CARE);
    }
    if (e.logins + e.sessions == 0) {
        tell_nothing_seen(s);
    }
    if (e.unseen > 0 && e.logins == 0) {
        layout_line(&s->l, INDENT, TONE_CARE,
                    "Passwords were guessed: whether one was right, only the server's log tells.");
    }
}

/* --- what needs doing --------------------------------------------------------- */

static bool room_left(const struct screen *s, size_t shown, size_t from_line)
{
    if (s->opt->top > 0) {
        return shown < s->opt->top;
    }
    if (shown < BLOCKS_LEAST) {
        return true;
    }
    size_t used = s->l.lines - from_line;
    return shown < BLOCKS_MOST && used + used / shown <= BLOCK_LINES;
}

static void tell_left_out(struct screen *s, size_t shown, size_t want)
{
    CLEANUP(free_ptr) struct group_tally *t = malloc((want + 1) * sizeof(*t));
    if (t == NULL) {
        s->l.out->failed = ST_NOMEM;
        return;
    }
    if (shown == want) {
        return;
    }
    size_t n = groups_tally(&s->groups, shown, want, t);
    buf_str(&s->say, "and ");
    act_count(&s->say, want - shown, "more that matters less", "more that matter less");
    for (size_t i = 0; i < n && i < NAMES_MOST; i++) {
        buf_str(&s->say, i ? ", " : ": ");
        text_count(&s->say, t[i].remotes);
        buf_printf(&s->say, " %s", t[i].example->definition);
    }
    buf_str(&s->say, n > NAMES_MOST ? ", … (--top N, --all)" : " (--top N, --all)");
    screen_say(s, INDENT, INDENT + 2, TONE_FAINT);
}

static void tell_to_do(struct screen *s)
{
    /* Who asks for findings wants to see them, whatever they are worth. */
    bool asked = s->filtered || s->opt->top > s->groups.to_do;
    size_t want = asked ? s->groups.n : s->groups.to_do;
    screen_heading(s, "What needs doing?");
    if (s->groups.to_do == 0) {
        layout_open(&s->l, INDENT, INDENT);
        layout_text(&s->l, TONE_GOOD, "Nothing.");
        layout_text(&s->l, TONE_PLAIN,
                    s->v->finding_n > 0 ? "What was found came to nothing, as far as can be seen."
                                        : "No act was found that any definition names.");
        layout_close(&s->l);
    }
    size_t from = s->l.lines;
    size_t shown = 0;
    while (shown < want && (s->opt->all || room_left(s, shown, from))) {
        const struct group *g = &s->groups.groups[shown++];
        if (s->opt->all) {
            detail_group(s, g);
        } else {
            block_group(s, g);
        }
    }
    tell_left_out(s, shown, want);
    s->shown = shown;
}

static bool within_one_day(const struct summary *s)
{
    char first[TIME_TEXT_MAX];
    char last[TIME_TEXT_MAX];
    (void)time_format_short(s->first_ns, first);
    (void)time_format_short(s->last_ns, last);
    return s->has_time && strncmp(first, last, 10) == 0;
}

void report_terminal(struct buf *out, const struct view *v, const struct terminal_options *opt)
{
    const struct view_filter *f = &v->filter;
    struct screen s = {.v = v,
                       .opt = opt,
                       .filtered =
                           f->kind != NULL || f->remote != NULL || f->has_since || f->has_until,
                       .one_day = within_one_day(v->summary)};
    buf_init(&s.say, 1 << 20);
    layout_begin(&s.l, out, opt->columns, opt->colour, opt->unicode);
    enum status st = groups_make(v, &s.groups);
    if (st != ST_OK) {
        out->failed = st;
        return;
    }
    tell_inputs(&s);
    tell_extent(&s);
    tell_locals(&s);
    tell_filter(&s);
    tell_got_in(&s);
    tell_to_do(&s);
    ignored_tell(&s);
    ending_tell(&s);
    groups_fini(&s.groups);
    buf_fini(&s.say);
}
