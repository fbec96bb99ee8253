/* report/where.c - counting remotes by country and network. */
#include "report/where.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/chance.h"
#include "base/core/text.h"

/* Fewer tell nothing; then the terminal is silent. */
enum { REMOTES_LEAST = 10, TOLD = 4, NAME_COLUMNS = 30, NETWORK_BITS = 48 };

/* A share that the sample cannot resolve is taken as one address of it. */
static double share_of_all(uint32_t n, uint32_t of)
{
    return of > 0 ? (double)(n > 0 ? n : 1) / of : 1;
}

static bool counts(const struct view_finding *vf, bool v6)
{
    const struct finding *f = vf->finding;
    enum authentic a = view_authentic(vf);
    return view_counts(f) && vf->origin != NULL && f->has_initiator && f->has_remote &&
           (f->flags & (FINDING_MANY | FINDING_INSIDE)) == 0 &&
           addr_equal(&f->remote, &f->initiator) && addr_is_v4(&f->remote) == !v6 &&
           !vf->origin->special.bogon && a != AUTHENTIC_SPOOF_CONSISTENT &&
           a != AUTHENTIC_IMPOSSIBLE;
}

static int by_addr(const void *a, const void *b)
{
    const struct origin *const *x = a;
    const struct origin *const *y = b;
    return addr_compare(&(*x)->addr, &(*y)->addr);
}

static bool same_remote(const struct origin *x, const struct origin *y, bool v6)
{
    struct prefix a = prefix_of(&x->addr, v6 ? NETWORK_BITS : 128);
    struct prefix b = prefix_of(&y->addr, v6 ? NETWORK_BITS : 128);
    return addr_equal(&a.net, &b.net);
}

/* Each remote once. */
static size_t remotes(const struct view *v, bool v6, const struct origin **ret)
{
    size_t n = 0;
    size_t kept = 0;
    for (size_t i = 0; i < v->finding_n; i++) {
        if (counts(&v->findings[i], v6)) {
            ret[n++] = v->findings[i].origin;
        }
    }
    qsort(ret, n, sizeof(*ret), by_addr);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || !same_remote(ret[kept - 1], ret[i], v6)) {
            ret[kept++] = ret[i];
        }
    }
    return kept;
}

static const char *code_of(const struct origin *o)
{
    return o->located.word == ORIGIN_AGREED ? o->located.code : "";
}

static int by_code(const void *a, const void *b)
{
    const struct origin *const *x = a;
    const struct origin *const *y = b;
    return strcmp(code_of(*x), code_of(*y));
}

static uint64_t as_of(const struct origin *o)
{
    return o->n_as > 0 ? o->as[0].number : UINT64_MAX;
}

static int by_as(const void *a, const void *b)
{
    const struct origin *const *x = a;
    const struct origin *const *y = b;
    return (as_of(*x) > as_of(*y)) - (as_of(*x) < as_of(*y));
}

/* Keep the rows with the most remotes; of as many, the first. */
static void keep_row(struct where_row *rows, size_t *n, const struct where_row *row)
{
    size_t at = *n;
    while (at > 0 && rows[at - 1].n < row->n) {
        at--;
    }
    if (at == WHERE_ROWS) {
        return;
    }
    *n += *n < WHERE_ROWS;
    memmove(&rows[at + 1], &rows[at], (*n - at - 1) * sizeof(rows[0]));
    rows[at] = *row;
}

static void judge(struct where_row *row, uint64_t of, uint32_t base, uint32_t base_of)
{
    row->share = (double)row->n / (double)of;
    row->of_all = base_of > 0 ? (double)base / base_of : 0;
    row->chance = attribute_chance_at_least(row->n, of, share_of_all(base, base_of));
}

static void count_countries(const struct origin **list, size_t n, const struct baseline *b,
                            struct where *w)
{
    qsort(list, n, sizeof(*list), by_code);
    for (size_t i = 0; i < n; i++) {
        w->located += code_of(list[i])[0] != '\0';
    }
    for (size_t i = 0; i < n;) {
        struct where_row row = {.n = 0};
        size_t from = i;
        while (i < n && by_code(&list[from], &list[i]) == 0) {
            i++;
        }
        row.n = i - from;
        memcpy(row.code, list[from]->located.code, sizeof(row.code));
        if (code_of(list[from])[0] != '\0') {
            judge(&row, w->located, baseline_of_code(b, row.code), b->located);
            keep_row(w->countries, &w->country_n, &row);
        }
    }
}

static void count_networks(const struct origin **list, size_t n, const struct baseline *b,
                           struct where *w)
{
    qsort(list, n, sizeof(*list), by_as);
    for (size_t i = 0; i < n; i++) {
        w->routed += list[i]->n_as > 0;
    }
    for (size_t i = 0; i < n && list[i]->n_as > 0;) {
        struct where_row row = {.asn = list[i]->as[0].number};
        memcpy(row.name, list[i]->as[0].name, sizeof(row.name));
        size_t from = i;
        while (i < n && as_of(list[i]) == row.asn) {
            i++;
        }
        row.n = i - from;
        judge(&row, w->routed, baseline_of_as(b, row.asn), b->n);
        keep_row(w->networks, &w->network_n, &row);
    }
}

bool where_make(const struct view *v, bool v6, struct where *ret, enum status *ret_st)
{
    const struct baseline *b = v->baselines[v6];
    *ret = (struct where){.remotes = 0};
    *ret_st = ST_OK;
    if (b == NULL || b->n == 0) {
        return false;
    }
    CLEANUP(free_ptr) const struct origin **list = calloc(v->finding_n + 1, sizeof(*list));
    if (list == NULL) {
        *ret_st = ST_NOMEM;
        return false;
    }
    size_t n = remotes(v, v6, list);
    ret->remotes = n;
    count_countries(list, n, b, ret);
    count_networks(list, n, b, ret);
    return n > 0;
}

/* --- forms ---------------------------------------------------------------------------- */

static void row_members(struct emit *j, const struct where_row *r)
{
    emit_member_u64(j, "remotes", r->n);
    emit_key(j, "share");
    emit_double(j, r->share, 4);
    emit_key(j, "share_of_addresses");
    emit_double(j, r->of_all, 4);
    emit_key(j, "chance");
    emit_double(j, r->chance, 15); /* a small one is not none */
}

void where_json(struct emit *j, const struct where *w, const struct baseline *b)
{
    emit_object(j);
    emit_member_u64(j, "remotes", w->remotes);
    emit_member_u64(j, "addresses_sampled", b->n);
    emit_member_str(j, "addresses", b->routed ? "announced" : "located");
    emit_key(j, "countries");
    emit_array(j);
    for (size_t i = 0; i < w->country_n; i++) {
        emit_object(j);
        emit_member_str(j, "code", w->countries[i].code);
        row_members(j, &w->countries[i]);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_key(j, "networks");
    emit_array(j);
    for (size_t i = 0; i < w->network_n; i++) {
        emit_object(j);
        emit_member_u64(j, "asn", w->networks[i].asn);
        emit_member_str(j, "name", w->networks[i].name);
        row_members(j, &w->networks[i]);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_object_end(j);
}

static void tell_row(struct screen *s, const struct where_row *r, bool v6, bool last)
{
    if (r->code[0] != '\0') {
        text_show(&s->say, bytes_of(r->code, strlen(r->code)), 2);
    } else {
        buf_printf(&s->say, "AS%" PRIu32 " ", r->asn);
        text_show(&s->say, bytes_of(r->name, strlen(r->name)), NAME_COLUMNS);
    }
    buf_printf(&s->say, " %.0f %% (of %s %s%.*f %%)%s", 100 * r->share, v6 ? "/48s" : "addresses",
               r->of_all < 0.001 ? "under " : "", r->of_all < 0.1 ? 1 : 0,
               r->of_all < 0.001 ? 0.1 : 100 * r->of_all, last ? "." : ", ");
}

static void tell_rows(struct screen *s, const char *what, const struct where_row *rows, size_t n,
                      bool v6)
{
    size_t shown = 0;
    while (shown < n && shown < TOLD && rows[shown].n > 1) { /* one remote is no share */
        shown++;
    }
    if (shown == 0) {
        return;
    }
    buf_str(&s->say, what);
    for (size_t i = 0; i < shown; i++) {
        tell_row(s, &rows[i], v6, i + 1 == shown);
    }
    screen_say(s, INDENT, INDENT + 2, TONE_PLAIN);
}

/* *headed: the heading stands already. */
static void tell_family(struct screen *s, bool v6, bool *headed)
{
    struct where w;
    enum status st;
    if (!where_make(s->v, v6, &w, &st) || w.remotes < REMOTES_LEAST) {
        s->l.out->failed = st == ST_OK ? s->l.out->failed : st;
        return;
    }
    if (!*headed) {
        screen_heading(s, "Where do they seem to be?");
        *headed = true;
    }
    const char *which = s->v->baselines[v6]->routed ? "announced" : "located";
    if (v6) {
        act_count(&s->say, w.remotes, "/48", "/48s");
        buf_printf(&s->say,
                   " of remotes with an IPv6 address. A share that is no larger than that of all "
                   "%s /48s tells nothing.",
                   which);
    } else {
        act_count(&s->say, w.remotes, "remote", "remotes");
        buf_printf(&s->say,
                   " with an IPv4 address. A share that is no larger than that of all %s "
                   "addresses tells nothing.",
                   which);
    }
    screen_say(s, INDENT, INDENT, TONE_FAINT);
    tell_rows(s, "Located: ", w.countries, w.country_n, v6);
    tell_rows(s, "Networks: ", w.networks, w.network_n, v6);
}

void where_tell(struct screen *s)
{
    bool headed = false;
    tell_family(s, false, &headed);
    tell_family(s, true, &headed);
}
