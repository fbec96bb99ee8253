/* report/page_time.c - findings by kind over time: a row of bars for each kind.
 *
 * A finding counts in every step of time that it meets, so that what lasted long
 * shows as long. The script draws the same picture again, to be brushed.
 */
#include <stdlib.h>

#include "report/page_parts.h"

enum { STEPS = 90, ROW = 26, LEFT = 190, WIDTH = 900, BAR = 18 };

struct span {
    int64_t first_ns, last_ns;
};

static bool shown(const struct finding *f)
{
    return view_counts(f);
}

static struct span extent(const struct view *v)
{
    struct span x = {INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < v->finding_n; i++) {
        const struct extent *e = &v->findings[i].finding->when;
        if (shown(v->findings[i].finding)) {
            x.first_ns = e->first_ns < x.first_ns ? e->first_ns : x.first_ns;
            x.last_ns = e->last_ns > x.last_ns ? e->last_ns : x.last_ns;
        }
    }
    return x;
}

static int by_kind(const void *a, const void *b)
{
    const struct finding *const *x = a;
    const struct finding *const *y = b;
    return strcmp((*x)->kind, (*y)->kind);
}

static unsigned step_of(struct span all, int64_t t)
{
    double width = (double)all.last_ns - (double)all.first_ns;
    double at = width > 0 ? ((double)t - (double)all.first_ns) / width * STEPS : 0;
    return at < 0 ? 0 : at >= STEPS ? STEPS - 1 : (unsigned)at;
}

static void row(struct page *p, const struct finding *const *f, size_t n, struct span all,
                unsigned y)
{
    unsigned steps[STEPS] = {0};
    unsigned most = 1;
    for (size_t i = 0; i < n; i++) {
        unsigned to = step_of(all, f[i]->when.last_ns);
        for (unsigned k = step_of(all, f[i]->when.first_ns); k <= to; k++) {
            most = ++steps[k] > most ? steps[k] : most;
        }
    }
    buf_printf(p->out, "<text x=\"0\" y=\"%u\">", y + BAR - 4);
    page_text(p, f[0]->kind);
    buf_printf(p->out, " (%zu)</text><path d=\"", n);
    for (unsigned k = 0; k < STEPS; k++) {
        if (steps[k] > 0) { /* the least is still seen */
            unsigned h = 3 + steps[k] * (BAR - 3) / most;
            unsigned x = LEFT + k * (WIDTH - LEFT) / STEPS;
            unsigned w = LEFT + (k + 1) * (WIDTH - LEFT) / STEPS - x;
            buf_printf(p->out, "M%u %uh%uv-%uh-%uz", x, y + BAR, w, h, w);
        }
    }
    buf_str(p->out, "\"/>\n");
}

static void rows(struct page *p, const struct finding **sorted, size_t n, struct span all)
{
    unsigned y = 4;
    for (size_t i = 0; i < n;) {
        size_t k = i;
        while (k < n && strcmp(sorted[i]->kind, sorted[k]->kind) == 0) {
            k++;
        }
        row(p, &sorted[i], k - i, all, y);
        y += ROW;
        i = k;
    }
}

static size_t kinds(const struct finding *const *sorted, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        k += i == 0 || strcmp(sorted[i - 1]->kind, sorted[i]->kind) != 0;
    }
    return k;
}

static void picture(struct page *p, const struct finding **sorted, size_t n)
{
    struct span all = extent(p->v);
    char first[TIME_TEXT_MAX];
    char last[TIME_TEXT_MAX];
    qsort(sorted, n, sizeof(struct finding *), by_kind);
    (void)time_format_short(all.first_ns, first);
    (void)time_format_short(all.last_ns, last);
    unsigned height = (unsigned)kinds(sorted, n) * ROW + 24;
    buf_printf(p->out,
               "<svg role=\"img\" aria-label=\"Findings by kind, from %s to %s UTC\" "
               "viewBox=\"0 0 %d %u\">\n",
               first, last, WIDTH, height);
    rows(p, sorted, n, all);
    buf_printf(p->out,
               "<text class=\"axis\" x=\"%d\" y=\"%u\">%s</text>"
               "<text class=\"axis end\" x=\"%d\" y=\"%u\">%s</text></svg>\n",
               LEFT, height - 6, first, WIDTH, height - 6, last);
}

void page_timeline(struct page *p)
{
    CLEANUP(free_ptr)
    const struct finding **sorted = calloc(p->v->finding_n + 1, sizeof(*sorted));
    size_t n = 0;
    if (sorted == NULL) {
        p->out->failed = ST_NOMEM;
        return;
    }
    for (size_t i = 0; i < p->v->finding_n; i++) {
        if (shown(p->v->findings[i].finding)) {
            sorted[n++] = p->v->findings[i].finding;
        }
    }
    if (n > 0) {
        buf_str(p->out, "<section id=\"when\">\n<h2>When?</h2>\n<div id=\"timeline\">\n");
        picture(p, sorted, n);
        buf_str(p->out, "</div>\n</section>\n");
    }
}
