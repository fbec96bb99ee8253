/* detect/scan/distributed.c - putting the shares of a scan together.
 *
 * Kept are events of one target, or of one port, with at least `share` failed
 * pairs. At the end they are grouped by technique and
 * that target (or port); within a group, shares whose times chain within
 * `idle` are one candidate.
 */
#include "detect/scan/distributed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/sort.h"
#include "base/core/timefmt.h"

/* Of one initiator: what it asked of one target, or on one port. */
struct share {
    uint64_t host;
    uint64_t common; /* the target, with HOST_V6; or the port */
    bool by_port;    /* common is a port, the items are targets */
    uint8_t technique;
    bool completed;
    struct extent when;
    uint64_t packets, answered, refused, sessions;
    size_t item_at, item_n; /* in items */
    uint32_t least, most;   /* of the items */
};

struct distributed {
    const struct definition *definition;
    struct host_table *hosts;
    struct finding_list *findings;
    struct share *shares;
    size_t n, cap;
    uint32_t *items; /* ports, or targets, that failed */
    size_t items_n, items_cap;
    size_t least; /* items that a share must have: doubled when there are too many */
};

static bool grow_items(struct distributed *d, size_t more)
{
    if (d->items_n + more <= d->items_cap) {
        return true;
    }
    size_t cap = d->items_cap ? d->items_cap : 1024;
    while (cap < d->items_n + more) {
        cap *= 2;
    }
    uint32_t *p = realloc(d->items, cap * sizeof(*p));
    if (p == NULL) {
        return false;
    }
    d->items = p;
    d->items_cap = cap;
    return true;
}

/* Too many shares: keep the larger ones. What is kept in the end does not
 * depend on the order in which they came. */
static void raise_least(struct distributed *d)
{
    size_t kept = 0;
    size_t items = 0;
    d->least *= 2;
    for (size_t i = 0; i < d->n; i++) {
        struct share s = d->shares[i];
        if (s.item_n >= d->least) {
            memmove(d->items + items, d->items + s.item_at, s.item_n * sizeof(*d->items));
            s.item_at = items;
            items += s.item_n;
            d->shares[kept++] = s;
        }
    }
    d->n = kept;
    d->items_n = items;
}

static struct share *add_share(struct distributed *d)
{
    if (d->n == d->cap) {
        size_t cap = d->cap ? d->cap * 2 : 256;
        struct share *p = realloc(d->shares, cap * sizeof(*p));
        if (p == NULL) {
            return NULL;
        }
        d->shares = p;
        d->cap = cap;
    }
    return &d->shares[d->n++];
}

static void fill_share(struct distributed *d, struct share *s, const struct contact_ended *e,
                       uint32_t common, bool by_port)
{
    *s = (struct share){.host = e->host,
                        .common = by_port ? common : (e->host & HOST_V6) | common,
                        .by_port = by_port,
                        .technique = (uint8_t)e->technique,
                        .when = e->when,
                        .item_at = d->items_n,
                        .least = UINT32_MAX};
    for (size_t i = 0; i < e->pair_n; i++) {
        uint64_t slot = e->slots[i];
        s->packets += pair_count(slot);
        s->answered += (slot & PAIR_ANSWERED) != 0;
        s->refused += (slot & PAIR_REFUSED) != 0;
        s->completed |= (slot & PAIR_COMPLETED) != 0;
        s->sessions += (slot & PAIR_CLIENT_DATA) != 0 && (slot & PAIR_SERVER_DATA) != 0;
        uint32_t item = by_port ? pair_target(slot) : pair_port(slot);
        s->least = item < s->least ? item : s->least;
        s->most = item > s->most ? item : s->most;
        d->items[d->items_n++] = item;
    }
    s->item_n = d->items_n - s->item_at;
    if (s->item_n == e->pair_n) {
        s->packets = e->packets;
    }
}

size_t distributed_fewest(const struct distributed *d)
{
    return d->definition ? d->least : SIZE_MAX;
}

enum status distributed_pour(struct distributed *d, const struct contact_ended *e,
                             const struct pair_sums *sums)
{
    bool pure = (e->flags & (EVENT_ONE_PORT | EVENT_ONE_TARGET)) != 0;
    if (d->definition == NULL || !pure || e->technique == TECH_ARP || e->pair_n < d->least ||
        e->pair_n > LIMIT_SHARE_PAIRS || sums->failed * 2 < e->pair_n || sums->failed < d->least) {
        return ST_OK;
    }
    bool by_port = (e->flags & EVENT_ONE_PORT) != 0;
    size_t most = e->pair_n;
    uint32_t common = by_port ? pair_port(e->slots[0]) : pair_target(e->slots[0]);
    if (!grow_items(d, most)) {
        return ST_NOMEM;
    }
    struct share *s = add_share(d);
    if (s == NULL) {
        return ST_NOMEM;
    }
    fill_share(d, s, e, common, by_port);
    if (d->n == LIMIT_SHARES) {
        raise_least(d);
    }
    return ST_OK;
}

void distributed_mark_hosts(struct distributed *d)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct share *s = &d->shares[i];
        host_collect_mark(d->hosts, s->host);
        if (!s->by_port) {
            host_collect_mark(d->hosts, s->common);
        }
        for (size_t k = 0; s->by_port && (s->host & HOST_V6) != 0 && k < s->item_n; k++) {
            host_collect_mark(d->hosts, HOST_V6 | d->items[s->item_at + k]);
        }
    }
}

/* --- judging ----------------------------------------------------------------- */

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* By technique, shape, family and what is common; then by time and host. */
static int by_group(const void *x, const void *y)
{
    const struct share *a = x;
    const struct share *b = y;
    int order = compare_u64(a->technique, b->technique);
    order = order ? order : compare_u64(a->by_port, b->by_port);
    order = order ? order : compare_u64(a->host & HOST_V6, b->host & HOST_V6);
    order = order ? order : compare_u64(a->common, b->common);
    order = order ? order
                  : (a->when.first_ns > b->when.first_ns) - (a->when.first_ns < b->when.first_ns);
    return order ? order : compare_u64(a->host, b->host);
}

static bool same_group(const struct share *a, const struct share *b)
{
    return a->technique == b->technique && a->by_port == b->by_port && a->common == b->common &&
           (a->host & HOST_V6) == (b->host & HOST_V6);
}

struct candidate {
    const struct share *shares;
    size_t n;
    uint32_t *items; /* the union, ascending; owned */
    size_t items_n;
    uint64_t asked; /* with overlaps */
    size_t hosts;   /* distinct initiators */
};

static int by_host(const void *x, const void *y)
{
    const uint64_t *a = x;
    const uint64_t *b = y;
    return compare_u64(*a, *b);
}

static enum status unite(const struct distributed *d, struct candidate *c)
{
    size_t total = 0;
    for (size_t i = 0; i < c->n; i++) {
        total += c->shares[i].item_n;
    }
    CLEANUP(free_ptr) uint64_t *hosts = malloc(c->n * sizeof(*hosts));
    c->items = malloc(2 * total * sizeof(*c->items)); /* half of it to sort with */
    if (c->items == NULL || hosts == NULL) {
        return ST_NOMEM;
    }
    size_t at = 0;
    for (size_t i = 0; i < c->n; i++) {
        memcpy(c->items + at, d->items + c->shares[i].item_at,
               c->shares[i].item_n * sizeof(*c->items));
        at += c->shares[i].item_n;
        hosts[i] = c->shares[i].host;
    }
    c->asked = total;
    sort_u32(c->items, total, c->items + total);
    for (size_t i = 0; i < total; i++) {
        if (i == 0 || c->items[i] != c->items[i - 1]) {
            c->items[c->items_n++] = c->items[i];
        }
    }
    qsort(hosts, c->n, sizeof(*hosts), by_host);
    for (size_t i = 0; i < c->n; i++) {
        c->hosts += i == 0 || hosts[i] != hosts[i - 1];
    }
    return ST_OK;
}

/* Is a good part of some range covered? Ports: of the range asked, and lists
 * of well-known ports count when they are as long as a scanner's list. IPv4
 * targets: of the span from the first to the last. */
static bool covers_range(const struct distributed *d, const struct candidate *c)
{
    uint64_t span = (uint64_t)c->items[c->items_n - 1] - c->items[0] + 1;
    uint64_t percent = (uint64_t)d->definition->params[SCAN_D_COVER_PERCENT];
    if (c->shares[0].by_port && (c->shares[0].host & HOST_V6) != 0) {
        return false; /* numbers of IPv6 addresses say nothing about their span */
    }
    bool list = !c->shares[0].by_port && c->items_n >= 100;
    return list || c->items_n * 100 >= span * percent;
}

static void adopt(const struct distributed *d, const struct candidate *c, const struct finding *f)
{
    for (size_t i = 0; i + 1 < d->findings->n; i++) {
        struct finding *x = d->findings->items[i];
        if (!x->has_initiator || strcmp(x->protocol, f->protocol) != 0 ||
            strncmp(x->kind, "scan.", 5) != 0) {
            continue;
        }
        for (size_t k = 0; k < c->n; k++) {
            struct addr host = host_addr(d->hosts, c->shares[k].host);
            if (addr_equal(&x->initiator, &host) &&
                x->when.first_ns == c->shares[k].when.first_ns) {
                x->flags |= FINDING_PART;
                memcpy(x->part_of, f->id, sizeof(x->part_of));
            }
        }
    }
}

static int by_addr(const void *a, const void *b)
{
    return addr_compare(a, b);
}

static enum status tell_sources(const struct distributed *d, const struct candidate *c,
                                struct finding *f)
{
    CLEANUP(free_ptr) struct addr *all = malloc(c->n * sizeof(*all));
    if (all == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < c->n; i++) {
        all[i] = host_addr(d->hosts, c->shares[i].host);
    }
    qsort(all, c->n, sizeof(*all), by_addr);
    for (size_t i = 0; i < c->n && f->source_n < FINDING_SAMPLE_MAX; i++) {
        if (i == 0 || !addr_equal(&all[i], &all[i - 1])) {
            f->source_sample[f->source_n++] = all[i];
        }
    }
    f->sources = c->hosts;
    return ST_OK;
}

static void tell_items(const struct distributed *d, const struct candidate *c, struct finding *f)
{
    uint64_t family = c->shares[0].host & HOST_V6;
    if (c->shares[0].by_port) {
        if (technique_has_ports((enum technique)c->shares[0].technique)) {
            f->ports = 1;
            f->port_list[f->port_n++] = (uint16_t)c->shares[0].common;
        }
        f->targets = c->items_n;
        for (size_t i = 0; i < c->items_n && i < FINDING_SAMPLE_MAX; i++) {
            f->target_sample[f->target_n++] = host_addr(d->hosts, family | c->items[i]);
        }
        return;
    }
    f->has_victim = true;
    f->victim = host_addr(d->hosts, c->shares[0].common);
    f->targets = 1;
    f->target_sample[f->target_n++] = f->victim;
    f->ports = c->items_n;
    for (size_t i = 0; i < c->items_n && i < FINDING_PORTS_MAX; i++) {
        f->port_list[f->port_n++] = (uint16_t)c->items[i];
    }
}

static enum status add(const struct distributed *d, const struct candidate *c)
{
    const struct definition *def = d->definition;
    struct finding *f = finding_list_begin(d->findings, def);
    if (f == NULL) {
        return ST_NOMEM;
    }
    f->flags |= host_is_inner(d->hosts, c->shares[0].host) ? FINDING_INNER : 0;
    enum technique t = (enum technique)c->shares[0].technique;
    f->flags = FINDING_MANY;
    f->when = c->shares[0].when;
    bool completed = false;
    for (size_t i = 0; i < c->n; i++) {
        const struct share *s = &c->shares[i];
        extent_join(&f->when, &s->when);
        f->packets += s->packets;
        f->answered += s->answered;
        f->refused += s->refused;
        f->sessions += s->sessions;
        completed |= s->completed;
    }
    bool connect = t == TECH_SYN && completed;
    finding_words(f, connect ? "connect" : technique_name(t), technique_protocol(t));
    f->authentic = completed ? AUTHENTIC_TWO_WAY : AUTHENTIC_ONE_WAY;
    f->flags |= f->answered + f->refused == 0 ? FINDING_ONE_WAY : 0;
    f->pairs = c->asked;
    tell_items(d, c, f);
    TRY(tell_sources(d, c, f));
    finding_decide(f, "initiators that split the work", c->hosts, def->params[SCAN_D_INITIATORS]);
    TRY(finding_identify(f));
    adopt(d, c, f);
    return ST_OK;
}

/* Without uniting them: a range cannot hold more than its span, so more items
 * than that, with the overlap allowed, were asked several times. */
static bool may_split(const struct distributed *d, const struct candidate *c)
{
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    uint64_t asked = 0;
    for (size_t i = 0; i < c->n; i++) {
        least = c->shares[i].least < least ? c->shares[i].least : least;
        most = c->shares[i].most > most ? c->shares[i].most : most;
        asked += c->shares[i].item_n;
    }
    uint64_t span = (uint64_t)most - least + 1;
    uint64_t overlap = (uint64_t)d->definition->params[SCAN_D_OVERLAP_PERCENT];
    uint64_t cover = (uint64_t)d->definition->params[SCAN_D_COVER_PERCENT];
    bool list = !c->shares[0].by_port && asked >= 100;
    return asked * 100 <= span * (100 + overlap) && (list || asked * 100 >= span * cover);
}

static enum status judge(const struct distributed *d, const struct share *shares, size_t n)
{
    const int64_t *p = d->definition->params;
    CLEANUP(free_ptr) uint32_t *items = NULL;
    struct candidate c = {.shares = shares, .n = n};
    if (n < (size_t)p[SCAN_D_INITIATORS]) {
        return ST_OK;
    }
    if (!may_split(d, &c)) {
        return ST_OK;
    }
    enum status st = unite(d, &c);
    items = c.items;
    TRY(st);
    bool split = (c.asked - c.items_n) * 100 <= c.items_n * (uint64_t)p[SCAN_D_OVERLAP_PERCENT];
    if (c.hosts < (size_t)p[SCAN_D_INITIATORS] || c.items_n < (size_t)p[SCAN_D_PAIRS] || !split ||
        !covers_range(d, &c)) {
        return ST_OK;
    }
    return add(d, &c);
}

enum status distributed_finish(struct distributed *d)
{
    if (d->definition == NULL || d->n == 0) {
        return ST_OK;
    }
    int64_t idle = d->definition->params[PARAM_IDLE_S] * TIME_SECOND;
    qsort(d->shares, d->n, sizeof(*d->shares), by_group);
    for (size_t i = 0; i < d->n;) {
        size_t k = i + 1;
        int64_t until = d->shares[i].when.last_ns;
        while (k < d->n && same_group(&d->shares[i], &d->shares[k]) &&
               (d->shares[k].when.first_ns <= until ||
                time_abs_diff(d->shares[k].when.first_ns, until) <= idle)) {
            until = d->shares[k].when.last_ns > until ? d->shares[k].when.last_ns : until;
            k++;
        }
        TRY(judge(d, &d->shares[i], k - i));
        i = k;
    }
    return ST_OK;
}

enum status distributed_new(const struct definition_set *definitions, struct host_table *hosts,
                            struct finding_list *findings, struct distributed **ret)
{
    struct distributed *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return ST_NOMEM;
    }
    d->definition = definition_find(definitions, METHOD_SCAN_DISTRIBUTED);
    d->least = d->definition ? (size_t)d->definition->params[SCAN_D_SHARE] : 0;
    d->hosts = hosts;
    d->findings = findings;
    *ret = d;
    return ST_OK;
}

void distributed_free(struct distributed *d)
{
    if (d != NULL) {
        free(d->shares);
        free(d->items);
        free(d);
    }
}
