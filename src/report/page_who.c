/* report/page_who.c - who seems to have done most, and where they seem to be. */
#include <inttypes.h>
#include <stdlib.h>

#include "report/page_parts.h"
#include "report/where.h"

enum { WHO_MOST = 10, BAR_WIDTH = 200 };

const struct origin *page_origin(const struct view_finding *vf)
{
    const struct finding *f = vf->finding;
    enum authentic a = view_authentic(vf);
    bool its = f->has_initiator && f->has_remote &&
               (f->flags & (FINDING_MANY | FINDING_INSIDE)) == 0 &&
               addr_equal(&f->remote, &f->initiator);
    return its && a != AUTHENTIC_SPOOF_CONSISTENT && a != AUTHENTIC_IMPOSSIBLE ? vf->origin : NULL;
}

/* --- initiators ------------------------------------------------------------------------ */

/* The words of the rungs: what each is worth, in one row. */
static void rungs(struct page *p, const struct view_finding *vf)
{
    struct ladder l;
    view_ladder(vf, p->v->sources, &l);
    buf_str(p->out, "<td class=\"rungs\">");
    if (l.failed) {
        p->out->failed = ST_NOMEM;
    }
    bool any = false;
    for (unsigned i = 0; i < LADDER_STEPS && !l.failed; i++) {
        const struct ladder_rung *r = &l.rungs[i];
        bool of_another = i > LADDER_TIME && page_origin(vf) == NULL;
        if (!r->present || i == LADDER_TIME || of_another) { /* time: they all say it */
            continue;
        }
        buf_printf(p->out, "%s<span class=\"rung\"><span class=\"faint\">", any ? " " : "");
        page_text(p, ladder_step_title((enum ladder_step)i));
        buf_str(p->out, ":</span> ");
        page_text(p, r->word);
        if (i != LADDER_PACKET && r->answer[0] != '\0' && strcmp(r->answer, r->word) != 0) {
            page_element(p, " <bdi>", r->answer, "</bdi>");
        }
        buf_str(p->out, "</span>");
        any = true;
    }
    buf_str(p->out, "</td>");
    ladder_fini(&l);
}

static void initiator(struct page *p, const struct group *g)
{
    const struct finding *f = g->items->vf->finding;
    bool one = f->has_initiator && (f->flags & FINDING_MANY) == 0;
    buf_str(p->out, "<tr><th scope=\"row\"><a href=\"#f-");
    page_text(p, f->id);
    buf_str(p->out, "\"><bdi>");
    if (one) {
        act_addr(&p->s.say, &f->initiator);
    } else {
        act_count(&p->s.say, f->sources, "sender", "senders");
    }
    page_said(p);
    buf_str(p->out, "</bdi></a></th><td>");
    page_text(p, kind_title(f));
    if (g->n > 1) {
        buf_str(p->out, " and ");
        act_count(&p->s.say, g->n - 1, "finding more", "findings more");
        page_said(p);
    }
    buf_str(p->out, "</td>");
    rungs(p, g->items->vf);
    buf_str(p->out, "</tr>\n");
}

/* --- networks -------------------------------------------------------------------------- */

struct network {
    uint32_t asn;
    const char *name;
    size_t remotes, two_way;
};

static const struct origin_as *as_of(const struct group *g)
{
    const struct origin *o = g->items->by_id ? NULL : page_origin(g->items->vf);
    return o != NULL && o->n_as > 0 ? &o->as[0] : NULL;
}

static bool two_way(const struct group *g)
{
    bool any = false;
    for (size_t i = 0; i < g->n; i++) {
        any |= view_authentic(g->items[i].vf) == AUTHENTIC_TWO_WAY;
    }
    return any;
}

static int by_asn(const void *a, const void *b)
{
    const struct network *x = a;
    const struct network *y = b;
    return (x->asn > y->asn) - (x->asn < y->asn);
}

static int by_remotes(const void *a, const void *b)
{
    const struct network *x = a;
    const struct network *y = b;
    int order = (y->remotes > x->remotes) - (y->remotes < x->remotes);
    return order ? order : by_asn(a, b);
}

static size_t networks(const struct groups *groups, struct network *list)
{
    size_t n = 0;
    size_t kept = 0;
    for (size_t i = 0; i < groups->n; i++) {
        const struct origin_as *as = as_of(&groups->groups[i]);
        if (as != NULL) {
            list[n++] = (struct network){as->number, as->name, 1, two_way(&groups->groups[i])};
        }
    }
    qsort(list, n, sizeof(*list), by_asn);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && list[kept - 1].asn == list[i].asn) {
            list[kept - 1].remotes++;
            list[kept - 1].two_way += list[i].two_way;
        } else {
            list[kept++] = list[i];
        }
    }
    qsort(list, kept, sizeof(*list), by_remotes);
    return kept;
}

static void top_networks(struct page *p)
{
    CLEANUP(free_ptr) struct network *list = calloc(p->s.groups.n + 1, sizeof(*list));
    if (list == NULL) {
        p->out->failed = ST_NOMEM;
        return;
    }
    size_t n = networks(&p->s.groups, list);
    if (n == 0) {
        return;
    }
    buf_str(p->out,
            "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Networks\"><table>\n"
            "<caption>Networks they seem to come from</caption>\n"
            "<thead><tr><th scope=\"col\">Network</th><th scope=\"col\">Remotes</th>"
            "<th scope=\"col\">Of them two-way proven</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < n && i < WHO_MOST; i++) {
        buf_printf(p->out, "<tr><th scope=\"row\">AS%" PRIu32 " <bdi>", list[i].asn);
        page_text(p, list[i].name);
        buf_printf(p->out, "</bdi></th><td class=\"n\">%zu</td><td class=\"n\">%zu</td></tr>\n",
                   list[i].remotes, list[i].two_way);
    }
    buf_str(p->out, "</tbody></table></div>\n");
}

void page_who(struct page *p)
{
    const struct groups *g = &p->s.groups;
    if (g->n == 0) {
        return;
    }
    buf_str(p->out,
            "<section id=\"who\">\n<h2>Who seems to have done it?</h2>\n<div class=\"wide\" "
            "tabindex=\"0\" role=\"group\" aria-label=\"Initiators\">"
            "<table>\n<caption>Those that matter most, with what is known of their address"
            "</caption>\n<thead><tr><th scope=\"col\">Initiator</th>"
            "<th scope=\"col\">What</th><th scope=\"col\">Rungs</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < g->n && i < WHO_MOST; i++) {
        initiator(p, &g->groups[i]);
    }
    buf_str(p->out, "</tbody></table></div>\n");
    top_networks(p);
    buf_str(p->out, "</section>\n");
}

/* --- shares ----------------------------------------------------------------------------- */

static void percent(struct page *p, double share)
{
    if (share < 0.001) {
        buf_str(p->out, "<td class=\"n\">under 0.1 %</td>");
    } else {
        buf_printf(p->out, "<td class=\"n\">%.*f %%</td>", share < 0.1 ? 1 : 0, 100 * share);
    }
}

static void share_row(struct page *p, const struct where_row *r)
{
    buf_str(p->out, "<tr><th scope=\"row\">");
    if (r->code[0] != '\0') {
        page_text(p, r->code);
    } else {
        buf_printf(p->out, "AS%" PRIu32 " ", r->asn);
        page_element(p, "<bdi>", r->name, "</bdi>");
    }
    buf_printf(p->out, "</th><td class=\"n\">%" PRIu64 "</td>", r->n);
    percent(p, r->share);
    percent(p, r->of_all);
    buf_printf(p->out,
               "<td><svg class=\"share\" aria-hidden=\"true\" viewBox=\"0 0 %d 16\">"
               "<rect class=\"of\" width=\"%.1f\" height=\"9\"/>"
               "<rect class=\"base\" y=\"10\" width=\"%.1f\" height=\"5\"/></svg></td></tr>\n",
               BAR_WIDTH, r->share * BAR_WIDTH, r->of_all * BAR_WIDTH);
}

static void shares(struct page *p, const char *caption, const char *what,
                   const struct where_row *rows, size_t n)
{
    if (n == 0) {
        return;
    }
    page_element(p, "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"", caption,
                 "\"><table>\n");
    page_element(p, "<caption>", caption, "</caption>\n<thead><tr>");
    page_element(p, "<th scope=\"col\">", what, "</th>");
    buf_str(p->out,
            "<th scope=\"col\">Remotes</th><th scope=\"col\">Share</th>"
            "<th scope=\"col\">Share of all addresses</th><td></td></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < n; i++) {
        share_row(p, &rows[i]);
    }
    buf_str(p->out, "</tbody></table></div>\n");
}

static void family(struct page *p, bool v6, bool *headed)
{
    struct where w;
    enum status st;
    if (!where_make(p->v, v6, &w, &st)) {
        p->out->failed = st != ST_OK ? st : p->out->failed;
        return;
    }
    if (!*headed) {
        buf_str(p->out, "<section id=\"where\">\n<h2>Where do they seem to be?</h2>\n");
        *headed = true;
    }
    struct buf *say = &p->s.say;
    const char *unit = v6 ? "/48s" : "addresses";
    act_count(say, w.remotes, v6 ? "/48 of IPv6" : "remote with an IPv4 address",
              v6 ? "/48s of IPv6" : "remotes with an IPv4 address");
    buf_printf(say,
               " whose address is not likely forged. A share that is no larger than that of all "
               "%s %s tells nothing. ",
               p->v->baselines[v6]->routed ? "announced" : "located", unit);
    text_count(say, w.remotes - w.located);
    buf_printf(say, " of them (%.0f %%) cannot be placed in one country.",
               100 * (double)(w.remotes - w.located) / (double)w.remotes);
    buf_str(p->out, "<p>");
    page_said(p);
    buf_str(p->out, "</p>\n");
    shares(p, "Countries that they seem to come from", "Country", w.countries, w.country_n);
    shares(p, "Networks that they seem to come from", "Network", w.networks, w.network_n);
}

void page_where(struct page *p)
{
    bool headed = false;
    family(p, false, &headed);
    family(p, true, &headed);
    buf_str(p->out, headed ? "</section>\n" : "");
}
