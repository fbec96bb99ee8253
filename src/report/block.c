/* report/block.c - one remote on the first screen: who, what, the next step. */
#include <string.h>

#include "report/terminal.h"

enum { FINDINGS_MOST = 2 }; /* of one remote */

/* Who proved once that it could read answers did so for all it did. */
static enum authentic strongest(const struct group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        if (!g->items[i].by_id && view_authentic(g->items[i].vf) == AUTHENTIC_TWO_WAY) {
            return AUTHENTIC_TWO_WAY;
        }
    }
    return view_authentic(g->items->vf);
}

static void tell_who(struct screen *s, const struct finding *f)
{
    bool amplified = strcmp(f->kind, "flood.amplification") == 0;
    if (f->has_initiator && (f->flags & FINDING_MANY) == 0) {
        act_addr(&s->say, &f->initiator);
    } else if (amplified && f->answered > 0 && f->sources == 1 && f->source_n == 1) {
        act_addr(&s->say, &f->source_sample[0]); /* one's own server, mostly */
    } else if (f->sources > 0) {
        act_count(&s->say, f->sources, amplified ? "reflector" : "sender",
                  amplified ? "reflectors" : "senders");
    } else if (f->has_victim) {
        act_addr(&s->say, &f->victim);
    } else {
        buf_str(&s->say, "Somebody");
    }
    screen_flow(s, TONE_STRONG);
}

/* Of forged senders no country means anything. */
static void tell_origin(struct screen *s, const struct group *g)
{
    const struct view_finding *vf = g->items->vf;
    const struct finding *f = vf->finding;
    if (view_authentic(vf) == AUTHENTIC_SPOOF_CONSISTENT) {
        layout_text(&s->l, TONE_PLAIN, "look forged: where they come from cannot be said.");
        return;
    }
    bool ours = (f->flags & FINDING_INSIDE) != 0 && addr_equal(&f->remote, &f->initiator);
    if (vf->origin == NULL || ours) {
        return;
    }
    /* Looked up is the remote: the victim, where the sender is inside or many. */
    if (f->has_initiator && addr_equal(&f->remote, &f->initiator)) {
        act_origin(&s->say, vf->origin, "seems to come from");
    } else if (f->has_initiator) {
        buf_str(&s->say, "against ");
        act_addr(&s->say, &f->remote);
        buf_str(&s->say, ", which ");
        act_origin(&s->say, vf->origin, "seems to be in");
    } else if (f->sources == 0 && f->has_victim) { /* it is who was named */
        act_origin(&s->say, vf->origin, "seems to be in");
    } else {
        return; /* where the victim is says nothing of the senders */
    }
    buf_str(&s->say, ".");
    screen_flow(s, TONE_PLAIN);
}

/* What the word in brackets means is said where it comes first. */
static void tell_authentic(struct screen *s, const struct group *g, bool yours)
{
    enum authentic a = strongest(g);
    bool told = a != AUTHENTIC_ONE_WAY || view_authentic_told(g->items->vf);
    if (!told && !yours) {
        return;
    }
    buf_printf(&s->say, "(%s%s", yours ? "yours" : "", yours && told ? ", " : "");
    buf_str(&s->say, told ? act_authentic(a) : "");
    if (told && a == AUTHENTIC_ONE_WAY) {
        buf_str(&s->say, ", may be forged"); /* each time: a country may follow */
    } else if (told && a == AUTHENTIC_TWO_WAY && !s->glossed) {
        buf_str(&s->say, ": it could read answers");
        s->glossed = true;
    }
    buf_str(&s->say, ")");
    screen_flow(s, TONE_FAINT);
}

/* "192.0.2.23 (two-way proven) seems to come from ..." */
void block_head(struct screen *s, const struct group *g)
{
    const struct finding *f = g->items->vf->finding;
    bool yours = (f->flags & FINDING_LOCAL_KNOWN) != 0 && (f->flags & FINDING_INSIDE) != 0;
    bool relevant = f->has_initiator || (f->flags & FINDING_MANY) != 0;
    layout_open(&s->l, INDENT, INDENT + 2);
    layout_text(&s->l, TONE_PLAIN, "•");
    tell_who(s, f);
    if (relevant && strcmp(f->kind, "backscatter") != 0 &&
        strcmp(f->kind, "flood.amplification") != 0) {
        tell_authentic(s, g, yours);
    }
    tell_origin(s, g);
    layout_close(&s->l);
}

void block_act(struct screen *s, const struct finding *f)
{
    layout_open(&s->l, INDENT + 2, INDENT + 2);
    act_tell(&s->say, f, NAMES_MOST);
    buf_str(&s->say, ", ");
    act_time(&s->say, f->when.first_ns, f->when.last_ns, s->one_day);
    buf_str(&s->say, ".");
    screen_flow(s, TONE_PLAIN);
    layout_text(&s->l, TONE_FAINT, f->definition);
    layout_close(&s->l);
}

static void tell_rest_of(struct screen *s, const struct group *g, size_t shown)
{
    if (g->n <= shown) {
        return;
    }
    bool parts = (g->items[g->n - 1].vf->finding->flags & FINDING_PART) != 0;
    buf_str(&s->say, "and ");
    act_count(&s->say, g->n - shown, "more finding", "more findings");
    buf_str(&s->say, parts ? " that are part of it" : " of the same remote");
    screen_say(s, INDENT + 2, INDENT + 2, TONE_FAINT);
}

static void tell_step(struct screen *s, const struct group *g)
{
    const char *step = g->items->advice.step;
    layout_open(&s->l, INDENT + 2, INDENT + 5);
    layout_text(&s->l, TONE_STRONG, "→");
    layout_text(&s->l, TONE_STRONG, step == s->last_step ? "The same as above." : step);
    layout_close(&s->l);
    s->last_step = step;
}

void block_group(struct screen *s, const struct group *g)
{
    block_head(s, g);
    size_t n = 0;
    while (n < g->n && n < FINDINGS_MOST &&
           (n == 0 || (g->items[n].vf->finding->flags & FINDING_PART) == 0)) {
        block_act(s, g->items[n++].vf->finding);
    }
    tell_rest_of(s, g, n);
    if (s->filtered) {
        buf_printf(&s->say, "Innocent explanation: %s", g->items->advice.innocent);
        screen_say(s, INDENT + 2, INDENT + 2, TONE_FAINT);
    }
    tell_step(s, g);
}
