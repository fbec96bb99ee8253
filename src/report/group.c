/* report/group.c - grouping by sorting twice. */
#include "report/group.h"

#include <stdlib.h>
#include <string.h>

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static uint64_t size_of(const struct finding *f)
{
    return f->attempts > f->packets ? f->attempts : f->packets;
}

/* What matters more goes first: the question, the weight, the size. */
static int by_matter(const struct group_item *a, const struct group_item *b)
{
    bool ignored_a = a->advice.question == KIND_IGNORED;
    bool ignored_b = b->advice.question == KIND_IGNORED;
    int order = ignored_a - ignored_b;
    order = order ? order : compare_u64(b->advice.weight, a->advice.weight);
    order = order ? order : compare_u64(size_of(b->vf->finding), size_of(a->vf->finding));
    return order ? order : finding_compare(a->vf->finding, b->vf->finding);
}

static int by_key(const struct group_item *a, const struct group_item *b)
{
    int order = (int)a->by_id - (int)b->by_id;
    if (order == 0 && a->by_id) {
        return strcmp(a->id, b->id);
    }
    return order ? order : addr_compare(&a->vf->finding->initiator, &b->vf->finding->initiator);
}

static int compare_items(const void *x, const void *y)
{
    const struct group_item *a = x;
    const struct group_item *b = y;
    int order = by_key(a, b);
    if (order == 0 && a->by_id) { /* the whole goes before its parts */
        order = (a->vf->finding->flags & FINDING_PART) > (b->vf->finding->flags & FINDING_PART);
        order -= (a->vf->finding->flags & FINDING_PART) < (b->vf->finding->flags & FINDING_PART);
    }
    return order ? order : by_matter(a, b);
}

static int compare_groups(const void *x, const void *y)
{
    const struct group *a = x;
    const struct group *b = y;
    return by_matter(a->items, b->items);
}

static int compare_ids(const void *x, const void *y)
{
    const char *const *a = x;
    const char *const *b = y;
    return strcmp(*a, *b);
}

/* The findings that others can be part of, by id. */
struct wholes {
    const char **ids;
    size_t n;
};

static enum status find_wholes(const struct view *v, struct wholes *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < v->finding_n; i++) {
        n += (v->findings[i].finding->flags & FINDING_MANY) != 0;
    }
    ret->ids = malloc((n + 1) * sizeof(*ret->ids));
    if (ret->ids == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < v->finding_n; i++) {
        const struct finding *f = v->findings[i].finding;
        if ((f->flags & FINDING_MANY) != 0) {
            ret->ids[ret->n++] = f->id;
        }
    }
    qsort(ret->ids, n, sizeof(*ret->ids), compare_ids);
    return ST_OK;
}

static bool has_whole(const struct wholes *w, const struct finding *f)
{
    const char *id = f->part_of;
    return (f->flags & FINDING_PART) != 0 &&
           bsearch(&id, w->ids, w->n, sizeof(*w->ids), compare_ids) != NULL;
}

static size_t fill(const struct view *v, const struct wholes *w, struct group_item *items)
{
    size_t n = 0;
    for (size_t i = 0; i < v->finding_n; i++) {
        const struct finding *f = v->findings[i].finding;
        if (!view_counts(f)) {
            continue;
        }
        bool part = has_whole(w, f);
        bool alone = !f->has_initiator || (f->flags & FINDING_MANY) != 0;
        items[n++] = (struct group_item){.vf = &v->findings[i],
                                         .advice = kind_advise(f),
                                         .by_id = part || alone,
                                         .id = part ? f->part_of : f->id};
    }
    return n;
}

static void split(struct groups *g, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t k = i;
        while (k < n && by_key(&g->items[i], &g->items[k]) == 0) {
            k++;
        }
        g->groups[g->n++] = (struct group){.items = &g->items[i], .n = k - i};
        i = k;
    }
    qsort(g->groups, g->n, sizeof(*g->groups), compare_groups);
    while (g->to_do < g->n && g->groups[g->to_do].items->advice.question != KIND_IGNORED) {
        g->to_do++;
    }
}

enum status groups_make(const struct view *v, struct groups *ret)
{
    struct wholes wholes = {0};
    TRY(find_wholes(v, &wholes));
    struct groups g = {.items = malloc((v->finding_n + 1) * sizeof(*g.items)),
                       .groups = malloc((v->finding_n + 1) * sizeof(*g.groups))};
    if (g.items == NULL || g.groups == NULL) {
        free(wholes.ids);
        groups_fini(&g);
        return ST_NOMEM;
    }
    size_t n = fill(v, &wholes, g.items);
    free(wholes.ids);
    qsort(g.items, n, sizeof(*g.items), compare_items);
    split(&g, n);
    *ret = g;
    return ST_OK;
}

void groups_fini(struct groups *g)
{
    free(g->items);
    free(g->groups);
    *g = (struct groups){0};
}

static int by_definition(const void *a, const void *b)
{
    const struct group_tally *x = a;
    const struct group_tally *y = b;
    return strcmp(x->example->definition, y->example->definition);
}

static int by_remotes(const void *a, const void *b)
{
    const struct group_tally *x = a;
    const struct group_tally *y = b;
    int order = compare_u64(y->remotes, x->remotes);
    return order ? order : by_definition(a, b);
}

size_t groups_tally(const struct groups *g, size_t from, size_t to, struct group_tally *t)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++) {
        t[n++] = (struct group_tally){g->groups[i].items->vf->finding, g->groups[i].n, 1};
    }
    qsort(t, n, sizeof(*t), by_definition);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && by_definition(&t[kept - 1], &t[i]) == 0) {
            t[kept - 1].findings += t[i].findings;
            t[kept - 1].remotes++;
        } else {
            t[kept++] = t[i];
        }
    }
    qsort(t, kept, sizeof(*t), by_remotes);
    return kept;
}
