/* report/again.c - from, to, and by which source. */
#include "report/again.h"

#include <stdio.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/text.h"
#include "report/origin_json.h"

enum { NAME_COLUMNS = 60, SAYS_COLUMNS = 120, SENTENCE_MAX_BYTES = 1 << 16 };
/* Fewer are read one by one. */
enum { GROUPS_FROM = 4, GROUPS_TOLD = 10, GROUP_COLUMNS = 60 };

static void show(struct buf *out, const char *s, size_t columns)
{
    text_show(out, bytes_of(s, strlen(s)), columns);
}

/* --- for people ------------------------------------------------------------------------- */

static void flow(struct layout *l, struct buf *say, unsigned first, unsigned rest, enum tone tone)
{
    layout_open(l, first, rest);
    layout_bytes(l, tone, buf_bytes(say));
    layout_close(l);
    if (say->failed != ST_OK) {
        l->out->failed = say->failed;
    }
    buf_clear(say);
}

static const char *title(const char *what)
{
    return strcmp(what, "as") == 0 ? "AS" : what;
}

static void tell_side(struct buf *say, const struct change_side *s)
{
    if (s->says != NULL) {
        show(say, s->says, SAYS_COLUMNS);
    } else {
        buf_str(say, s->used ? "nothing" : "not used");
    }
}

/* "libloc (2022-10-29): DE → nothing"; the same file may say otherwise of a
 * finding that ended at another time. */
static void tell_source(struct buf *say, const struct change_by *by)
{
    const char *was = by->was.date != NULL ? by->was.date : "no date";
    const char *now = by->now.date != NULL ? by->now.date : "no date";
    show(say, by->source, NAME_COLUMNS);
    if (!by->was.used || !by->now.used || strcmp(was, now) == 0) {
        buf_printf(say, " (%s): ", by->now.used ? now : was);
    } else {
        buf_printf(say, " (%s → %s): ", was, now);
    }
    tell_side(say, &by->was);
    buf_str(say, " → ");
    tell_side(say, &by->now);
}

void again_terminal(struct layout *l, const struct again *a)
{
    CLEANUP(buf_fini) struct buf say = BUF_INIT(SENTENCE_MAX_BYTES);
    const struct finding *f = a->finding;
    char stored[TIME_TEXT_MAX];
    (void)time_format_short(a->stored_ns, stored);
    layout_open(l, INDENT, INDENT + 2);
    layout_text(l, TONE_PLAIN, "•");
    act_addr(&say, &f->remote);
    layout_bytes(l, TONE_STRONG, buf_bytes(&say));
    buf_clear(&say);
    layout_text(l, TONE_PLAIN, f->definition);
    act_time(&say, f->when.first_ns, f->when.last_ns, false);
    buf_printf(&say, ", stored %s", stored);
    layout_bytes(l, TONE_PLAIN, buf_bytes(&say));
    layout_close(l);
    buf_clear(&say);
    for (size_t i = 0; i < a->changes->n; i++) {
        const struct change *c = &a->changes->items[i];
        buf_printf(&say, "%s: ", title(c->what));
        show(&say, c->was, SAYS_COLUMNS);
        buf_str(&say, " → ");
        show(&say, c->now, SAYS_COLUMNS);
        flow(l, &say, INDENT + 2, INDENT + 4, TONE_STRONG);
        for (size_t k = 0; k < c->by_n; k++) {
            tell_source(&say, &c->by[k]);
            flow(l, &say, INDENT + 4, INDENT + 6, TONE_PLAIN);
        }
        if (c->by_n == 0) {
            layout_line(l, INDENT + 4, TONE_PLAIN,
                        "No source says otherwise: it is judged otherwise.");
        }
    }
    buf_printf(&say, "id %s", f->id);
    flow(l, &say, INDENT + 2, INDENT + 2, TONE_FAINT);
    layout_gap(l);
}

static void count_one(struct again_totals *t, const char *text)
{
    for (size_t i = 0; i < t->group_n; i++) {
        if (strcmp(t->groups[i].text, text) == 0) {
            t->groups[i].n++;
            return;
        }
    }
    if (t->group_n == AGAIN_GROUPS_MAX) {
        t->others++;
        return;
    }
    struct again_group *g = &t->groups[t->group_n++];
    (void)snprintf(g->text, sizeof(g->text), "%s", text); /* of the same size */
    g->n = 1;
}

void again_count(struct again_totals *t, const struct change_list *changes)
{
    t->findings++;
    t->changed += changes->n > 0;
    for (size_t i = 0; i < changes->n; i++) {
        const struct change *c = &changes->items[i];
        CLEANUP(buf_fini) struct buf say = BUF_INIT(SENTENCE_MAX_BYTES);
        char text[sizeof(t->groups[0].text)];
        buf_printf(&say, "%s: ", title(c->what));
        show(&say, c->was, GROUP_COLUMNS);
        buf_str(&say, " → ");
        show(&say, c->now, GROUP_COLUMNS);
        origin_text(text, sizeof(text), buf_bytes(&say));
        count_one(t, text);
    }
}

/* The most findings first; of as many, the first that was met. */
static const struct again_group *next_group(const struct again_totals *t,
                                            const struct again_group *after)
{
    const struct again_group *best = NULL;
    for (size_t i = 0; i < t->group_n; i++) {
        const struct again_group *g = &t->groups[i];
        bool behind = after == NULL || g->n < after->n || (g->n == after->n && g > after);
        if (behind && (best == NULL || g->n > best->n)) {
            best = g;
        }
    }
    return best;
}

/* Where many changed, what changed most often. */
static void tell_groups(struct layout *l, const struct again_totals *t)
{
    CLEANUP(buf_fini) struct buf say = BUF_INIT(SENTENCE_MAX_BYTES);
    const struct again_group *g = NULL;
    size_t told = 0;
    while (told < GROUPS_TOLD && (g = next_group(t, g)) != NULL) {
        text_count(&say, g->n);
        buf_printf(&say, " %s", g->text);
        flow(l, &say, INDENT, INDENT + 2, TONE_PLAIN);
        told++;
    }
    if (t->group_n > told || t->others > 0) {
        text_count(&say, t->group_n - told);
        buf_printf(&say, "%s other changes", t->others > 0 ? " and more" : "");
        flow(l, &say, INDENT, INDENT + 2, TONE_PLAIN);
    }
}

void again_terminal_end(struct layout *l, const struct again_totals *t)
{
    CLEANUP(buf_fini) struct buf say = BUF_INIT(SENTENCE_MAX_BYTES);
    if (t->findings == 0) {
        buf_str(&say, "No stored finding with a remote was asked for.");
    } else {
        text_count(&say, t->changed);
        buf_str(&say, " of ");
        act_count(&say, t->findings, "finding", "findings");
        buf_str(&say, " would be told with another origin by the sources of today.");
    }
    flow(l, &say, 0, INDENT, TONE_STRONG);
    if (t->changed >= GROUPS_FROM) {
        tell_groups(l, t);
    }
    if (t->changed > 0) {
        layout_line(l, 0, TONE_PLAIN,
                    "What is stored was not changed: it is what was known then. Networks change "
                    "hands, so sources nearer to the event count for more than younger ones.");
    }
}

/* --- as JSON ---------------------------------------------------------------------------- */

static void member_if(struct emit *j, const char *key, const char *s)
{
    emit_key(j, key);
    if (s != NULL) {
        emit_str(j, s);
    } else {
        emit_null(j);
    }
}

static void side(struct emit *j, const char *key, const struct change_side *s)
{
    emit_key(j, key);
    emit_object(j);
    emit_member_bool(j, "used", s->used);
    member_if(j, "says", s->says);
    member_if(j, "date", s->date);
    member_if(j, "sha256", s->sha256);
    emit_object_end(j);
}

static void change(struct emit *j, const struct change *c)
{
    emit_object(j);
    emit_member_str(j, "what", c->what);
    emit_member_str(j, "was", c->was);
    emit_member_str(j, "now", c->now);
    emit_key(j, "by");
    emit_array(j);
    for (size_t i = 0; i < c->by_n; i++) {
        emit_object(j);
        emit_member_str(j, "source", c->by[i].source);
        side(j, "was", &c->by[i].was);
        side(j, "now", &c->by[i].now);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_object_end(j);
}

static void line_begin(struct emit *j, struct buf *out, const char *type)
{
    emit_begin(j, out);
    emit_object(j);
    emit_member_str(j, "type", type);
}

void again_json(struct buf *out, const struct again *a)
{
    const struct finding *f = a->finding;
    struct emit j;
    line_begin(&j, out, "again");
    emit_member_str(&j, "id", f->id);
    emit_member_str(&j, "definition", f->definition);
    emit_member_addr(&j, "remote", &f->remote);
    emit_member_time(&j, "first", f->when.first_ns);
    emit_member_time(&j, "last", f->when.last_ns);
    emit_member_time(&j, "stored", a->stored_ns);
    emit_key(&j, "changes");
    emit_array(&j);
    for (size_t i = 0; i < a->changes->n; i++) {
        change(&j, &a->changes->items[i]);
    }
    emit_array_end(&j);
    emit_key(&j, "origin");
    origin_json(&j, a->now, a->sources);
    emit_object_end(&j);
    buf_byte(out, '\n');
}

void again_json_end(struct buf *out, const struct again_totals *t)
{
    struct emit j;
    line_begin(&j, out, "summary");
    emit_member_u64(&j, "findings", t->findings);
    emit_member_u64(&j, "changed", t->changed);
    emit_key(&j, "sources");
    origin_json_sources(&j, t->sources);
    emit_object_end(&j);
    buf_byte(out, '\n');
}
