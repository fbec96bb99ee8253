/* report/request.c - the plan of notices, for people and as JSON. */
#include "report/request.h"

#include <stdio.h>
#include <string.h>

#include "base/core/emit.h"
#include "base/core/text.h"
#include "base/core/timefmt.h"
#include "report/act.h"

enum { NAMES_SHOWN = 8, QUERIES_SHOWN = 20, HOLDER_COLUMNS = 60 };

void request_file_name(const struct notice *n, char out[REQUEST_NAME_MAX])
{
    (void)snprintf(out, REQUEST_NAME_MAX, "exhibit-%s.eml", n->id);
}

static const struct notice_item *item_of(const struct request_view *v, const struct notice *n,
                                         size_t i)
{
    return &v->set->items[n->first + i];
}

static struct extent when_of(const struct request_view *v, const struct notice *n)
{
    struct extent when = item_of(v, n, 0)->finding->when;
    for (size_t i = 1; i < n->n; i++) {
        extent_join(&when, &item_of(v, n, i)->finding->when);
    }
    return when;
}

static size_t doubted(const struct request_view *v, const struct notice *n, unsigned doubt)
{
    size_t of = 0;
    for (size_t i = 0; i < n->n; i++) {
        of += item_of(v, n, i)->doubts >> doubt & 1;
    }
    return of;
}

/* The item after the last that is left out for the same reason. */
static size_t end_of_reason(const struct notice_set *s, size_t from)
{
    size_t to = from;
    while (to < s->n && s->items[to].left == s->items[from].left) {
        to++;
    }
    return to;
}

/* Is there one query for both: do they lie in one network? */
static bool same_network(const struct notice_item *a, const struct notice_item *b)
{
    return addr_equal(&a->finding->remote, &b->finding->remote) ||
           (strcmp(a->query->registry, b->query->registry) == 0 && a->origin != NULL &&
            a->origin->has_net && b->origin != NULL &&
            prefix_contains(&a->origin->net, &b->origin->looked_up));
}

/* The next one at or after `at` whose query was not told yet; s->n: none. They
 * are sorted by address, so that those of a network stand together. */
static size_t next_query(const struct notice_set *s, size_t at, const struct notice_item **told)
{
    for (; at < s->n; at++) {
        const struct notice_item *x = &s->items[at];
        if (x->left == NOTICE_NO_CONTACT && x->query != NULL &&
            (*told == NULL || !same_network(*told, x))) {
            *told = x;
            return at;
        }
    }
    return s->n;
}

/* --- for people ------------------------------------------------------------------- */

static void tell_notice(struct buf *out, const struct request_view *v, const struct notice *n)
{
    char name[REQUEST_NAME_MAX] = "";
    struct extent when = when_of(v, n);
    if (v->named) {
        request_file_name(n, name);
        buf_printf(out, "%s  ", name);
    }
    buf_str(out, n->mail);
    if (n->holder[0] != '\0') {
        buf_str(out, " (");
        text_show(out, bytes_of(n->holder, strlen(n->holder)), HOLDER_COLUMNS);
        buf_byte(out, ')');
    }
    buf_str(out, "\n    ");
    act_count(out, n->addresses, "address", "addresses");
    buf_str(out, ", ");
    act_count(out, n->n, "finding", "findings");
    buf_str(out, ", ");
    act_time(out, when.first_ns, when.last_ns, false);
    buf_byte(out, '\n');
    for (unsigned d = 0; d < DOUBT_COUNT; d++) {
        size_t of = doubted(v, n, d);
        if (of > 0) {
            buf_printf(out, "    ! %zu of them: %s.\n", of,
                       notice_doubt_text((enum notice_doubt)d));
        }
    }
}

/* Who did it, where it is known; else the end that is outside. */
static const struct addr *doer(const struct finding *f)
{
    return f->has_initiator ? &f->initiator : f->has_remote ? &f->remote : NULL;
}

static void tell_names(struct buf *out, const struct notice_set *s, size_t from, size_t to)
{
    size_t named = 0;
    size_t more = 0;
    const struct addr *last = NULL;
    for (size_t i = from; i < to; i++) {
        const struct addr *a = doer(s->items[i].finding);
        if (a == NULL || (last != NULL && addr_equal(last, a))) {
            continue;
        }
        last = a;
        if (named == NAMES_SHOWN) {
            more++;
            continue;
        }
        buf_str(out, named++ > 0 ? ", " : "        ");
        act_addr(out, a);
    }
    if (more > 0) {
        buf_printf(out, " and %zu more", more);
    }
    buf_str(out, named > 0 ? "\n" : "");
}

static void tell_left(struct buf *out, const struct notice_set *s)
{
    if (s->told < s->n) {
        buf_str(out, "\nNot in a notice:\n");
    }
    for (size_t from = s->told; from < s->n;) {
        size_t to = end_of_reason(s, from);
        buf_str(out, "    ");
        act_count(out, to - from, "finding", "findings");
        buf_printf(out, " %s.\n", notice_left_text(s->items[from].left));
        tell_names(out, s, from, to);
        from = to;
    }
}

static void tell_queries(struct buf *out, const struct notice_set *s)
{
    const struct notice_item *told = NULL;
    size_t n = 0;
    for (size_t at = next_query(s, s->told, &told); at < s->n; at = next_query(s, at + 1, &told)) {
        if (n == 0) {
            buf_str(out,
                    "\nWhom to ask for the missing contacts: save an answer to a file and give "
                    "it with --source FILE.\n");
        }
        if (n++ < QUERIES_SHOWN) {
            const struct contact_query *q = told->query;
            buf_str(out, "    ");
            act_addr(out, &told->finding->remote);
            buf_printf(out, "\n        %s\n        %s\n", q->rdap, q->whois);
        }
    }
    if (n > QUERIES_SHOWN) {
        buf_printf(out, "    and %zu more: --json has them all.\n", n - QUERIES_SHOWN);
    }
}

void request_terminal(struct buf *out, const struct request_view *v)
{
    const struct notice_set *s = v->set;
    act_count(out, s->notice_n, "notice", "notices");
    buf_str(out, " about ");
    act_count(out, s->told, "finding", "findings");
    buf_printf(out, ". Nothing was sent%s.\n",
               v->written || s->notice_n == 0 ? ""
                                              : ", and nothing written (-o FOLDER or --mbox FILE)");
    for (size_t i = 0; i < s->notice_n; i++) {
        buf_byte(out, '\n');
        tell_notice(out, v, &s->notices[i]);
    }
    tell_left(out, s);
    tell_queries(out, s);
}

/* --- as JSON ---------------------------------------------------------------------- */

static void line_begin(struct emit *j, struct buf *out, const char *type)
{
    emit_begin(j, out);
    emit_object(j);
    emit_member_str(j, "type", type);
}

static void line_end(struct emit *j)
{
    emit_object_end(j);
    buf_byte(j->out, '\n');
}

void request_notice_json(struct buf *out, const struct request_view *v, const struct notice *n,
                         const struct request_stored *stored)
{
    struct extent when = when_of(v, n);
    struct emit j;
    line_begin(&j, out, "notice");
    if (v->named) {
        char name[REQUEST_NAME_MAX];
        request_file_name(n, name);
        emit_member_str(&j, "id", n->id);
        emit_member_str(&j, "file", name);
    }
    if (stored != NULL) {
        emit_member_time(&j, "written", stored->written_ns);
        emit_member_str(&j, "reporter", stored->reporter);
        emit_member_text(&j, "subject", stored->subject);
    }
    emit_member_str(&j, "mail", n->mail);
    emit_member_str(&j, "holder", n->holder);
    emit_member_u64(&j, "addresses", n->addresses);
    emit_member_time(&j, "first", when.first_ns);
    emit_member_time(&j, "last", when.last_ns);
    emit_key(&j, "findings");
    emit_array(&j);
    for (size_t i = 0; i < n->n; i++) {
        emit_str(&j, item_of(v, n, i)->finding->id);
    }
    emit_array_end(&j);
    emit_key(&j, "doubts");
    emit_object(&j);
    for (unsigned d = 0; d < DOUBT_COUNT; d++) {
        emit_member_u64(&j, notice_doubt_name((enum notice_doubt)d), doubted(v, n, d));
    }
    emit_object_end(&j);
    line_end(&j);
}

static void left_line(struct buf *out, const struct notice_item *x)
{
    struct emit j;
    line_begin(&j, out, "left-out");
    emit_member_str(&j, "finding", x->finding->id);
    emit_member_str(&j, "kind", x->finding->kind);
    if (x->finding->has_initiator) {
        emit_member_addr(&j, "initiator", &x->finding->initiator);
    }
    if (x->finding->has_remote) {
        emit_member_addr(&j, "remote", &x->finding->remote);
    }
    emit_member_str(&j, "reason", notice_left_name(x->left));
    emit_member_str(&j, "text", notice_left_text(x->left));
    line_end(&j);
}

static void query_line(struct buf *out, const struct notice_item *x)
{
    struct emit j;
    line_begin(&j, out, "query");
    emit_member_addr(&j, "remote", &x->finding->remote);
    emit_member_str(&j, "registry", x->query->registry);
    emit_member_str(&j, "rdap", x->query->rdap);
    emit_member_str(&j, "whois", x->query->whois);
    line_end(&j);
}

void request_json(struct buf *out, const struct request_view *v)
{
    const struct notice_set *s = v->set;
    const struct notice_item *told = NULL;
    struct emit j;
    for (size_t i = 0; i < s->notice_n; i++) {
        request_notice_json(out, v, &s->notices[i], NULL);
    }
    for (size_t i = s->told; i < s->n; i++) {
        left_line(out, &s->items[i]);
    }
    for (size_t at = next_query(s, s->told, &told); at < s->n; at = next_query(s, at + 1, &told)) {
        query_line(out, told);
    }
    line_begin(&j, out, "summary");
    emit_member_u64(&j, "notices", s->notice_n);
    emit_member_u64(&j, "findings", s->told);
    emit_member_u64(&j, "left_out", s->n - s->told);
    emit_member_bool(&j, "written", v->written);
    emit_member_bool(&j, "sent", false);
    line_end(&j);
}
