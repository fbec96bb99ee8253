/* report/detail.c - findings in full: --all. */
#include <inttypes.h>
#include <string.h>

#include "base/core/text.h"
#include "base/model/observation.h"
#include "base/model/tool.h"
#include "report/memo.h"
#include "report/terminal.h"

enum { IN = 4, HANG = 6, NAME_COLUMNS = 60 };

static void line(struct screen *s)
{
    screen_say(s, IN, HANG, TONE_PLAIN);
}

static void number(struct screen *s, const char *name, uint64_t v)
{
    if (v > 0) {
        buf_printf(&s->say, "%s%s ", s->say.len > 0 ? ", " : "", name);
        text_count(&s->say, v);
    }
}

static void numbers(struct screen *s, const struct finding *f)
{
    bool log = (f->flags & FINDING_LOG) != 0;
    number(s, log ? "lines" : "packets", f->packets);
    number(s, "bytes", f->bytes);
    number(s, "targets", f->targets);
    number(s, "ports", f->ports);
    number(s, "pairs", f->pairs);
    number(s, "answered", f->answered);
    number(s, log ? "of them \"Failed\"" : "refused", f->refused);
    number(s, "with data both ways", f->sessions);
    number(s, "sources", f->sources);
    number(s, "in the fullest second", f->peak);
    number(s, log ? "failed or broken-off logins" : "logins tried", f->attempts);
    number(s, "let in", f->accepted);
    number(s, "let in before", f->earlier);
    number(s, "accounts", f->users);
    number(s, "paths", f->paths);
    number(s, "refused or not there", f->missing);
    number(s, "suspicious and given", f->served);
    buf_str(&s->say, (f->flags & FINDING_AT_LEAST) != 0 ? " (at least)" : "");
    line(s);
}

static void decided(struct screen *s, const struct finding *f)
{
    if (f->counter[0] != '\0') {
        buf_printf(&s->say, "Decided by: %s, ", f->counter);
        text_count(&s->say, f->counted);
        buf_str(&s->say, " (the threshold is ");
        text_count(&s->say, f->threshold);
        buf_str(&s->say, ")");
        line(s);
    }
}

static void addrs(struct screen *s, const char *name, const struct addr *a, size_t n, uint64_t of)
{
    if (n == 0) {
        return;
    }
    buf_printf(&s->say, "%s:", name);
    for (size_t i = 0; i < n; i++) {
        buf_byte(&s->say, ' ');
        act_addr(&s->say, &a[i]);
    }
    buf_str(&s->say, n < of ? " …" : "");
    line(s);
}

static void ports(struct screen *s, const struct finding *f)
{
    if (f->port_n == 0) {
        return;
    }
    buf_str(&s->say, "Ports:");
    for (size_t i = 0; i < f->port_n; i++) {
        buf_printf(&s->say, " %u", f->port_list[i]);
    }
    buf_str(&s->say, f->port_n < f->ports ? " …" : "");
    line(s);
}

static void texts(struct screen *s, const struct finding *f)
{
    if (f->text_n == 0) {
        return;
    }
    buf_str(&s->say, f->paths > 0 ? "Paths:" : "Accounts:");
    for (size_t i = 0; i < f->text_n; i++) {
        buf_byte(&s->say, ' ');
        text_show(&s->say, bytes_of(f->texts[i], strlen(f->texts[i])), NAME_COLUMNS);
    }
    buf_str(&s->say, f->text_n < (f->paths > 0 ? f->paths : f->users) ? " …" : "");
    line(s);
}

static void place(struct screen *s, const char *name, uint64_t pos)
{
    const struct view_input *in = view_input_at(s->v, pos);
    if (in != NULL) {
        buf_printf(&s->say, "%s ", name);
        text_show(&s->say, bytes_of(in->name, strlen(in->name)), NAME_COLUMNS);
        buf_printf(&s->say, " offset %" PRIu64, pos_offset(pos));
    }
}

static void places(struct screen *s, const struct finding *f)
{
    char first[TIME_TEXT_MAX];
    char last[TIME_TEXT_MAX];
    (void)time_format(f->when.first_ns, first);
    (void)time_format(f->when.last_ns, last);
    buf_printf(&s->say, "First %s, last %s%s", first, last,
               (f->flags & FINDING_BOUNDS) != 0 ? " (of the whole event)" : "");
    line(s);
    place(s, "Found at", f->when.first_pos);
    place(s, " to", f->when.last_pos);
    if (s->say.len > 0) {
        line(s);
    }
}

static void tools(struct screen *s, const struct finding *f)
{
    for (size_t i = 0; i < f->tool_n; i++) {
        enum tool_mark m = (enum tool_mark)f->tools[i].mark;
        buf_printf(&s->say, "Mark of %s: %s, in ", tool_name(m), tool_formula(m));
        text_count(&s->say, f->tools[i].matched);
        buf_str(&s->say, " of ");
        text_count(&s->say, f->tools[i].of);
        if (m >= TOOL_AGENT) {
            buf_str(&s->say, " requests (weak: anybody can write it there)");
        } else if (tool_chance_bits(m) > 0) {
            buf_printf(&s->say, " packets (by chance one in 2^%u)", tool_chance_bits(m));
        } else {
            buf_str(&s->say, " packets (weak: others send such packets too)");
        }
        line(s);
    }
}

static void forgery(struct screen *s, const struct view_finding *vf)
{
    static const char *const words[] = {
        [SPOOF_CANNOT_TELL] = "cannot tell",
        [SPOOF_CONSISTENT] = "as random ones are spread",
        [SPOOF_UNLIKE] = "not as random ones are spread; a careful forger is not excluded",
    };
    if (vf->tested && (size_t)vf->spoof.verdict < ARRAY_LEN(words)) {
        buf_printf(&s->say, "Senders' addresses: %s", words[vf->spoof.verdict]);
        if (vf->spoof.test != NULL && vf->spoof.test[0] != '\0') {
            buf_printf(&s->say, " (%s)", vf->spoof.test);
        }
        line(s);
    }
}

void detail_origin(struct screen *s, const struct view_finding *vf)
{
    const struct origin *o = vf->origin;
    if (o == NULL || view_authentic(vf) == AUTHENTIC_SPOOF_CONSISTENT) {
        return;
    }
    const struct finding *f = vf->finding;
    bool it = f->has_initiator && addr_equal(&f->remote, &f->initiator);
    bool victim = f->has_victim && addr_equal(&f->remote, &f->victim);
    buf_str(&s->say, it ? "It " : victim ? "The victim, " : "The other side, ");
    if (!it) {
        act_addr(&s->say, &f->remote);
        buf_str(&s->say, ", ");
    }
    act_origin(&s->say, o, it ? "seems to come from" : "seems to be in");
    if (o->has_net) {
        char net[PREFIX_TEXT_MAX];
        (void)prefix_format(&o->net, net);
        buf_printf(&s->say, ", in %s", net);
    }
    buf_byte(&s->say, '.');
    line(s);
}

void detail_ladder(struct screen *s, const struct view_finding *vf)
{
    struct ladder l;
    view_ladder(vf, s->v->sources, &l);
    memo_ladder(&s->l, IN, &l, vf->origin, s->v->sources);
    ladder_fini(&l);
}

void detail_finding(struct screen *s, const struct group_item *it)
{
    const struct view_finding *vf = it->vf;
    const struct finding *f = vf->finding;
    layout_gap(&s->l);
    layout_open(&s->l, 2, HANG);
    layout_text(&s->l, TONE_STRONG, "•");
    if (f->has_initiator && (f->flags & FINDING_MANY) == 0) {
        act_addr(&s->say, &f->initiator);
        layout_bytes(&s->l, TONE_STRONG, buf_bytes(&s->say));
        buf_clear(&s->say);
    }
    layout_text(&s->l, TONE_STRONG, f->definition);
    layout_text(&s->l, TONE_FAINT, f->id);
    layout_close(&s->l);
    act_tell(&s->say, f, FINDING_TEXTS_MAX);
    buf_str(&s->say, ".");
    line(s);
    places(s, f);
    numbers(s, f);
    decided(s, f);
    ports(s, f);
    addrs(s, "Targets", f->target_sample, f->target_n, f->targets);
    if (view_authentic(vf) != AUTHENTIC_SPOOF_CONSISTENT) {
        addrs(s, "Sources", f->source_sample, f->source_n, f->sources);
    }
    texts(s, f);
    tools(s, f);
    if (view_authentic_told(vf)) {
        buf_printf(&s->say, "Address: %s, %s", act_authentic(view_authentic(vf)),
                   act_authentic_meaning(view_authentic(vf)));
        line(s);
    }
    forgery(s, vf);
    if ((f->flags & FINDING_PART) != 0) {
        buf_printf(&s->say, "Part of %s", f->part_of);
        line(s);
    }
    if ((f->flags & FINDING_INNER) != 0) {
        layout_line(&s->l, IN, TONE_PLAIN, "Inside a tunnel.");
    }
    buf_printf(&s->say, "Innocent explanation: %s", it->advice.innocent);
    line(s);
    buf_printf(&s->say, "→ %s", it->advice.step);
    screen_say(s, IN, HANG, TONE_STRONG);
}

void detail_group(struct screen *s, const struct group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        detail_finding(s, &g->items[i]);
    }
    detail_origin(s, g->items->vf);
    detail_ladder(s, g->items->vf);
}
