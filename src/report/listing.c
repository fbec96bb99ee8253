/* report/listing.c - one finding after the other, in the order of time. */
#include "report/listing.h"

#include <string.h>

#include "base/core/text.h"

void listing_begin(struct listing *l, struct buf *out, const struct terminal_options *opt)
{
    *l = (struct listing){.screen = {.opt = opt}};
    l->screen.v = &l->view;
    buf_init(&l->screen.say, 1 << 20);
    layout_begin(&l->screen.l, out, opt->columns, opt->colour, opt->unicode);
}

static void tell_place(struct screen *s, const struct finding *f, const char *input)
{
    buf_printf(&s->say, "id %s", f->id);
    if (input[0] != '\0') {
        buf_str(&s->say, ", in ");
        text_show(&s->say, bytes_of(input, strlen(input)), INPUT_COLUMNS);
    }
    buf_str(&s->say, (f->flags & FINDING_ALLOWED) != 0 ? ", on the allow-list" : "");
    screen_say(s, INDENT + 2, INDENT + 2, TONE_FAINT);
}

void listing_add(struct listing *l, const struct view_finding *vf, const char *input)
{
    const struct group_item item = {.vf = vf, .advice = kind_advise(vf->finding)};
    const struct group group = {.items = &item, .n = 1};
    if (l->findings++ > 0) {
        layout_gap(&l->screen.l);
    }
    block_head(&l->screen, &group);
    block_act(&l->screen, vf->finding);
    tell_place(&l->screen, vf->finding, input);
}

void listing_end(struct listing *l)
{
    struct screen *s = &l->screen;
    if (l->findings > 0) {
        layout_gap(&s->l);
    }
    if (l->findings == 0) {
        buf_str(&s->say, "Nothing that is stored was asked for.");
    } else {
        act_count(&s->say, l->findings, "finding", "findings");
        buf_str(&s->say, ". Times are UTC.");
    }
    screen_say(s, 0, 0, TONE_PLAIN);
}

void listing_fini(struct listing *l)
{
    buf_fini(&l->screen.say);
}
