/* exchange/case/case.c - statements grouped into cases, and put in order. */
#include "exchange/case/case.h"

#include <stdlib.h>
#include <string.h>

/* What is being grouped; taken over by the list at the end. */
struct grouping {
    size_t n, taken;
    struct case_item *item;
};

static void grouping_fini(struct grouping *g)
{
    for (size_t i = 0; i < g->n; i++) {
        free(g->item[i].said);
    }
    free(g->item);
}

static void one_fini(struct case_one *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->item[i].said);
    }
    free(c->item);
    free(c->event);
}

void case_list_fini(struct case_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        one_fini(&l->one[i]);
    }
    free(l->one);
    exchange_kept_list_fini(&l->kept);
    *l = (struct case_list){.n = 0};
}

/* --- grouping ---------------------------------------------------------------------- */

static enum status read_all(const struct exchange_statement *const *s,
                            const struct exchange_kept *const *kept, size_t n, struct grouping *g,
                            struct fault *why)
{
    g->item = calloc(n + 1, sizeof(*g->item));
    if (g->item == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        enum case_kind kind;
        if (!case_type_is(s[i]->type, &kind)) {
            continue;
        }
        struct case_item *it = &g->item[g->n];
        it->statement = s[i];
        it->kept = kept != NULL ? kept[i] : NULL;
        TRY(case_said_read(s[i], &it->said, why));
        g->n++;
    }
    return ST_OK;
}

/* A notice names both parties of its case. */
static bool begins(const struct case_item *it, const char *accuser, const char *id)
{
    return it->said->event.kind == CASE_NOTICE && strcmp(it->statement->party, accuser) == 0 &&
           strcmp(it->said->id, id) == 0;
}

/* Does it answer one of the case's notices, and is it by one who may? */
static bool joins(const struct case_one *c, const struct case_item *it)
{
    if (begins(it, c->accuser, c->id)) {
        return true;
    }
    enum case_kind kind = it->said->event.kind;
    bool accused = kind == CASE_RECEIPT || kind == CASE_ANSWER;
    const char *who = it->statement->party;
    if (kind == CASE_NOTICE || strcmp(it->said->id, c->id) != 0 ||
        (!accused && strcmp(who, c->accuser) != 0)) {
        return false;
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct case_item *n = &c->item[i];
        if (n->said->event.kind == CASE_NOTICE &&
            memcmp(&n->statement->hash, &it->statement->previous, DIGEST_BYTES) == 0) {
            return !accused || strcmp(who, n->said->to) == 0;
        }
    }
    return false;
}

static enum status add_item(struct case_one *c, struct case_item *it)
{
    struct case_item *more = realloc(c->item, (c->n + 1) * sizeof(*more));
    if (more == NULL) {
        return ST_NOMEM;
    }
    c->item = more;
    c->item[c->n++] = *it;
    it->said = NULL; /* it is the case's now */
    return ST_OK;
}

/* Notices first: each begins a case, or is another one under the same id. */
static enum status take_notices(struct grouping *g, struct case_list *l)
{
    l->one = calloc(g->n + 1, sizeof(*l->one));
    if (l->one == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < g->n; i++) {
        struct case_item *it = &g->item[i];
        if (it->said->event.kind != CASE_NOTICE) {
            continue;
        }
        struct case_one *c = NULL;
        for (size_t k = 0; k < l->n && c == NULL; k++) {
            c = begins(it, l->one[k].accuser, l->one[k].id) ? &l->one[k] : NULL;
        }
        if (c == NULL) {
            c = &l->one[l->n++];
            c->accuser = it->statement->party;
            c->accused = it->said->to;
            memcpy(c->id, it->said->id, sizeof(c->id));
        }
        TRY(add_item(c, it));
    }
    return ST_OK;
}

static enum status take_others(struct grouping *g, struct case_list *l)
{
    for (size_t i = 0; i < g->n; i++) {
        struct case_item *it = &g->item[i];
        struct case_one *c = NULL;
        for (size_t k = 0; k < l->n && c == NULL && it->said != NULL; k++) {
            c = joins(&l->one[k], it) ? &l->one[k] : NULL;
        }
        if (c != NULL) {
            TRY(add_item(c, it));
        } else if (it->said != NULL) {
            l->strays++;
        }
    }
    return ST_OK;
}

/* --- order ------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    const struct case_item *x = a, *y = b;
    const struct case_event *e = &x->said->event, *f = &y->said->event;
    if (e->by != f->by || e->number != f->number) {
        return e->by != f->by ? (int)e->by - (int)f->by : e->number < f->number ? -1 : 1;
    }
    if (e->time_ns != f->time_ns) {
        return e->time_ns < f->time_ns ? -1 : 1;
    }
    return memcmp(&e->hash, &f->hash, sizeof(e->hash));
}

/* Two rows, each in the order of its numbers, as their clocks have it; notices first. Of one
 * second the accused's come first: what the accuser says behind its notice is of them. */
static enum status merge_sides(struct case_one *c)
{
    struct case_item *out = calloc(c->n, sizeof(*out));
    size_t split = 0, n = 0;
    if (out == NULL) {
        return ST_NOMEM;
    }
    while (split < c->n && c->item[split].said->event.by == CASE_ACCUSER) {
        split++;
    }
    for (size_t i = 0, k = split; i < split || k < c->n;) {
        bool left =
            k == c->n ||
            (i < split && (c->item[i].said->event.kind == CASE_NOTICE ||
                           c->item[i].said->event.time_ns < c->item[k].said->event.time_ns));
        out[n++] = left ? c->item[i++] : c->item[k++];
    }
    free(c->item);
    c->item = out;
    return ST_OK;
}

static enum status order_one(struct case_one *c)
{
    for (size_t i = 0; i < c->n; i++) {
        c->item[i].said->event.by =
            strcmp(c->item[i].statement->party, c->accuser) == 0 ? CASE_ACCUSER : CASE_ACCUSED;
    }
    qsort(c->item, c->n, sizeof(*c->item), by_number);
    TRY(merge_sides(c));
    c->event = calloc(c->n, sizeof(*c->event));
    if (c->event == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < c->n; i++) {
        c->event[i] = c->item[i].said->event;
    }
    const struct case_item *notice = case_notice(c);
    c->accused = notice->said->to;
    return ST_OK;
}

static bool is_answered(const struct case_one *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->event[i].kind == CASE_ANSWER) {
            return true;
        }
    }
    return false;
}

/* Ids are random: of notices of one second those that were answered come first, so that of several
 * about one act it is the others that say nothing new. */
static int by_time(const void *a, const void *b)
{
    const struct case_one *x = a, *y = b;
    int64_t s = case_notice(x)->statement->time_ns, t = case_notice(y)->statement->time_ns;
    if (s != t) {
        return s < t ? -1 : 1;
    }
    bool p = is_answered(x), q = is_answered(y);
    int by_id = strcmp(x->id, y->id);
    return p != q ? (p ? -1 : 1) : by_id != 0 ? by_id : strcmp(x->accuser, y->accuser);
}

enum status case_group(const struct exchange_statement *const *s,
                       const struct exchange_kept *const *kept, size_t n, struct case_list *ret,
                       struct fault *why)
{
    CLEANUP(grouping_fini) struct grouping g = {.n = 0};
    CLEANUP(case_list_fini) struct case_list l = {.n = 0};
    TRY(read_all(s, kept, n, &g, why));
    TRY(take_notices(&g, &l));
    TRY(take_others(&g, &l));
    for (size_t i = 0; i < l.n; i++) {
        TRY(order_one(&l.one[i]));
    }
    if (l.n > 0) {
        qsort(l.one, l.n, sizeof(*l.one), by_time);
    }
    *ret = l;
    l = (struct case_list){.n = 0};
    return ST_OK;
}

enum status case_all(const struct evidence_home *h, struct case_list *ret, struct fault *why)
{
    CLEANUP(exchange_kept_list_fini) struct exchange_kept_list all = {0};
    TRY(exchange_kept_all(h, NULL, &all, why));
    CLEANUP(free_ptr)
    const struct exchange_statement **s = calloc(all.n + 1, sizeof(*s));
    if (s == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < all.n; i++) {
        s[i] = all.item[i]->statement;
    }
    TRY(case_group(s, (const struct exchange_kept *const *)all.item, all.n, ret, why));
    ret->kept = all;
    all = (struct exchange_kept_list){0};
    return ST_OK;
}

/* --- looking ----------------------------------------------------------------------- */

const struct case_one *case_find_exact(const struct case_list *l, const char *accuser,
                                       const char *id)
{
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->one[i].id, id) == 0 && strcmp(l->one[i].accuser, accuser) == 0) {
            return &l->one[i];
        }
    }
    return NULL;
}

const struct case_one *case_find(const struct case_list *l, const char *id, size_t *ret_n)
{
    const char *slash = strrchr(id, '/'); /* a party's name may have some */
    const char *digits = slash != NULL ? slash + 1 : id;
    const struct case_one *found = NULL;
    *ret_n = 0;
    for (size_t i = 0; i < l->n && digits[0] != '\0'; i++) {
        const struct case_one *c = &l->one[i];
        bool party = slash == NULL || (strlen(c->accuser) == (size_t)(slash - id) &&
                                       strncmp(c->accuser, id, (size_t)(slash - id)) == 0);
        if (party && strncmp(c->id, digits, strlen(digits)) == 0) {
            found = c;
            (*ret_n)++;
        }
    }
    return *ret_n == 1 ? found : NULL;
}

void case_state_at(const struct case_one *c, int64_t now_ns, struct case_state *ret)
{
    case_state_of(c->event, c->n, now_ns, ret);
}

const struct case_item *case_item_of(const struct case_one *c, const struct case_event *e)
{
    return e != NULL ? &c->item[e - c->event] : NULL;
}

const struct case_item *case_notice(const struct case_one *c)
{
    struct case_state s;
    case_state_at(c, 0, &s);
    return case_item_of(c, s.notice);
}

const char *case_other(const struct case_one *c, const char *self)
{
    return strcmp(c->accuser, self) == 0 ? c->accused : c->accuser;
}

unsigned case_next_number(const struct case_one *c, const char *party)
{
    unsigned highest = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->item[i].statement->party, party) == 0 && c->event[i].number > highest) {
            highest = c->event[i].number;
        }
    }
    return highest + 1;
}
