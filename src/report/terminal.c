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
    layout_heading(&s->l, text);
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

/* All lines of the logs, whether they say anything of a remote or not. */
static uint64_t lines_of(const struct view *v)
{
    uint64_t n = 0;
    for (size_t i = 0; i < v->input_n; i++) {
        n += v->inputs[i].log ? v->inputs[i].records : 0;
    }
    return n > v->summary->lines ? n : v->summary->lines;
}

static void tell_extent(struct screen *s)
{
    const struct summary *sum = s->v->summary;
    struct buf *say = &s->say;
    uint64_t lines = lines_of(s->v);
    if (sum->packets > 0 || lines == 0) {
        act_count(say, sum->packets, "packet", "packets");
    }
    if (lines > 0) {
        buf_str(say, sum->packets > 0 ? ", " : "");
        act_count(say, lines, "log line", "log lines");
    }
    if (lines > sum->lines) {
        buf_str(say, " (");
        buf_str(say, sum->lines == 0 ? "none" : "");
        if (sum->lines > 0) {
            text_count(say, sum->lines);
        }
        buf_str(say, " about a remote)");
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
    buf_str(&s->say, n > NAMES_MOST ? ", …" : "");
    buf_str(&s->say, s->l.html ? "" : " (--top N, --all)");
    screen_say(s, INDENT, INDENT + 2, TONE_FAINT);
}

/* A page has all that is known of it further below. */
static void link_to(struct screen *s, const struct finding *f)
{
    if (s->l.html) {
        buf_printf(s->l.out, "<p class=\"in4\"><a href=\"#f-%s\">All that is known of it</a></p>\n",
                   f->id);
    }
}

static const char *why_nothing(const struct screen *s, bool read)
{
    if (s->v->stored) {
        return s->groups.n > 0 ? "What is stored came to nothing, as far as can be seen."
                               : "No finding is stored that was asked for.";
    }
    if (!read) {
        return "There was nothing in which an act could be found.";
    }
    if (s->groups.n > 0) {
        return "What was found came to nothing, as far as can be seen.";
    }
    return s->filtered && s->v->found > 0 ? "No act was found in the selection."
                                          : "No act was found that any definition in force names.";
}

void todo_tell(struct screen *s)
{
    /* Who asks for findings wants to see them, whatever they are worth. */
    bool asked = s->filtered || s->opt->top > s->groups.to_do;
    size_t want = asked ? s->groups.n : s->groups.to_do;
    screen_heading(s, "What needs doing?");
    if (s->groups.to_do == 0) {
        layout_open(&s->l, INDENT, INDENT);
        bool read = s->v->stored || s->v->summary->packets + s->v->summary->lines > 0;
        layout_text(&s->l, read ? TONE_GOOD : TONE_CARE, "Nothing.");
        layout_text(&s->l, TONE_PLAIN, why_nothing(s, read));
        layout_close(&s->l);
    }
    size_t from = s->l.lines;
    size_t shown = 0;
    while (shown < want && (s->opt->all || room_left(s, shown, from))) {
        const struct group *g = &s->groups.groups[shown++];
        layout_markup(&s->l, "<div class=\"todo\">\n");
        if (s->opt->all) {
            detail_group(s, g);
        } else {
            block_group(s, g);
            size_t before = s->l.lines;
            if (s->opt->explain) {
                detail_ladder(s, g->items->vf);
            }
            from += s->l.lines - before; /* whoever asks for rungs gets no fewer findings */
        }
        link_to(s, g->items->vf->finding);
        layout_markup(&s->l, "</div>\n");
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

enum status screen_begin(struct screen *s, struct buf *out, const struct view *v,
                         const struct terminal_options *opt)
{
    const struct view_filter *f = &v->filter;
    *s = (struct screen){.v = v,
                         .opt = opt,
                         .filtered =
                             f->kind != NULL || f->remote != NULL || f->has_since || f->has_until,
                         .one_day = within_one_day(v->summary)};
    buf_init(&s->say, 1 << 20);
    layout_begin(&s->l, out, opt->columns, opt->colour, opt->unicode);
    return groups_make(v, &s->groups);
}

void screen_end(struct screen *s)
{
    groups_fini(&s->groups);
    buf_fini(&s->say);
}

void extent_tell(struct screen *s)
{
    if (!s->v->stored) {
        tell_inputs(s);
        tell_extent(s);
        tell_locals(s);
    }
    tell_filter(s);
}

void report_terminal(struct buf *out, const struct view *v, const struct terminal_options *opt)
{
    struct screen s;
    enum status st = screen_begin(&s, out, v, opt);
    if (st != ST_OK) {
        out->failed = st;
        return;
    }
    extent_tell(&s);
    verdict_tell(&s);
    todo_tell(&s);
    ignored_tell(&s);
    ending_tell(&s);
    screen_end(&s);
}
