/* report/page_finding.c - the findings that matter most, as plain HTML.
 *
 * One article for each; the rungs and the notice are folded up.
 */
#include "exchange/letter.h"
#include "report/page_parts.h"

/* --- assumptions ------------------------------------------------------------------------ */

const char *const page_assumptions[PAGE_ASSUMPTIONS] = {
    "That the inputs are as they were recorded: nothing in this file shows that they were not made "
    "up, edited or picked.",
    "That the clock of whoever recorded them was right.",
    "That the server's log says what happened: whoever controls the server can write it.",
    "No answer was seen: the address may be forged, or the sensor sees one direction only.",
    "Who could read answers held the address at that time; who that was, only the network's "
    "operator can tell. The host may have been used by somebody else.",
    "The counts are the least that was seen; there may be more.",
    "It was seen inside a tunnel: the addresses are those that the tunnel's packets claim.",
    "Another tool's rule decided: what it does not count was not asked.",
    "The senders' addresses are not told apart from forged ones: what is certain is the victim.",
};

unsigned page_assumes(const struct view_finding *vf)
{
    const struct finding *f = vf->finding;
    enum authentic a = view_authentic(vf);
    bool told = view_authentic_told(vf);
    bool holds[PAGE_ASSUMPTIONS] = {
        true,
        true,
        (f->flags & FINDING_LOG) != 0,
        told && a == AUTHENTIC_ONE_WAY,
        a == AUTHENTIC_TWO_WAY,
        (f->flags & FINDING_AT_LEAST) != 0,
        (f->flags & FINDING_INNER) != 0,
        (f->flags & FINDING_RULE) != 0,
        a == AUTHENTIC_SPOOF_CONSISTENT || a == AUTHENTIC_IMPOSSIBLE,
    };
    unsigned mask = 0;
    for (unsigned i = 0; i < PAGE_ASSUMPTIONS; i++) {
        mask |= (unsigned)holds[i] << i;
    }
    return mask;
}

static void assumptions(struct page *p, const struct view_finding *vf)
{
    unsigned mask = page_assumes(vf);
    buf_str(p->out,
            "<details><summary>What this assumes, and what it does not show</summary>\n<ul>\n");
    for (unsigned i = 0; i < PAGE_ASSUMPTIONS; i++) {
        if ((mask >> i & 1) != 0) {
            page_element(p, "<li>", page_assumptions[i], "</li>\n");
        }
    }
    buf_str(p->out, "</ul></details>\n");
}

/* --- articles ----------------------------------------------------------------------------- */

/* What would be said to whom about it, if anybody can be told. */
static const struct notice *notice_of(const struct notice_set *set, const struct finding *f)
{
    for (size_t i = 0; set != NULL && i < set->notice_n; i++) {
        const struct notice *n = &set->notices[i];
        for (size_t k = n->first; k < n->first + n->n; k++) {
            if (set->items[k].finding == f) {
                return n;
            }
        }
    }
    return NULL;
}

static void notice(struct page *p, const struct finding *f)
{
    const struct notice *n = notice_of(p->opt->notices, f);
    if (n == NULL) {
        return;
    }
    CLEANUP(buf_fini) struct buf text = BUF_INIT(p->out->max);
    letter_write(&text, p->opt->writer, p->opt->notices, n);
    page_element(p, "<details class=\"notice\"><summary>Notice to ", n->mail, "</summary>\n<pre>");
    for (size_t i = 0; i < text.len;) { /* its lines stay lines */
        size_t end = i;
        while (end < text.len && text.data[end] != '\n') {
            end++;
        }
        text_html(p->out, bytes_of(text.data + i, end - i));
        buf_byte(p->out, '\n');
        i = end + 1;
    }
    buf_str(p->out, "</pre></details>\n");
    p->out->failed = text.failed != ST_OK ? text.failed : p->out->failed;
}

static void article(struct page *p, const struct group_item *it)
{
    const struct finding *f = it->vf->finding;
    buf_str(p->out, "<article id=\"f-");
    page_text(p, f->id);
    buf_str(p->out, "\">\n<h3>");
    page_text(p, kind_title(f));
    buf_str(p->out, "</h3>\n");
    detail_finding(&p->s, it);
    detail_origin(&p->s, it->vf);
    assumptions(p, it->vf);
    buf_str(p->out, "<details><summary>How sure is that? Rung by rung</summary>\n");
    detail_ladder(&p->s, it->vf);
    buf_str(p->out, "</details>\n");
    notice(p, f);
    buf_str(p->out, "</article>\n");
}

void page_weightiest(struct page *p)
{
    const struct groups *g = &p->s.groups;
    size_t all = 0;
    for (size_t i = 0; i < g->n; i++) {
        all += g->groups[i].n;
    }
    buf_str(p->out, "<div id=\"weightiest\">\n<p>");
    if (all > PAGE_WEIGHTIEST) {
        buf_printf(p->out, "The %d that matter most, of ", PAGE_WEIGHTIEST);
        act_count(&p->s.say, all, "finding", "findings");
        page_said(p);
        buf_str(p->out, ". The others are in the table, which needs scripts.");
    } else if (all == 0) {
        buf_str(p->out, "There are none.");
    }
    buf_str(p->out, "</p>\n");
    size_t shown = 0;
    for (size_t i = 0; i < g->n && shown < PAGE_WEIGHTIEST; i++) {
        for (size_t k = 0; k < g->groups[i].n && shown < PAGE_WEIGHTIEST; k++, shown++) {
            article(p, &g->groups[i].items[k]);
        }
    }
    buf_str(p->out, "</div>\n");
}
