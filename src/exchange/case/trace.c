/* exchange/case/trace.c - counting, in one pass.
 *
 * The act comes before what is later, so the targets of the act are known when later
 * records to them are met; where they are not, less is counted and less is said.
 */
#include "exchange/case/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"
#include "base/core/timefmt.h"

/* Times in a notice are in whole seconds. */
enum { PORT_BYTES = 65536 / 8 };
#define WITHIN_NS TIME_SECOND

/* Addresses, each once. Open addressing; `used` since an address may be zero. */
struct place {
    struct addr a;
    bool used;
    uint64_t n; /* of the targets of all: later records of others */
    int64_t first_ns, last_ns;
};

struct places {
    struct place *slot;
    size_t n, cap;
    bool more;
};

struct suspect {
    struct case_trace t;
    struct places targets;
    uint8_t ports[PORT_BYTES];
};

struct neighbour {
    struct case_neighbour c;
    struct places targets;
    uint8_t ports[PORT_BYTES];
};

struct case_tracer {
    struct case_tracer_options opt;
    struct suspect *suspects;
    struct neighbour *neighbours; /* by `known` */
    size_t neighbour_n, neighbour_cap;
    struct places known; /* their addresses; `n` is the place in neighbours */
    struct places all;   /* targets of all acts */
    struct case_look *looks;
    int64_t since_ns; /* the first of them */
    enum status failed;
};

/* --- sets ------------------------------------------------------------------------------ */

static struct place *slot_of(const struct places *p, const struct addr *a, uint64_t seed)
{
    size_t i = (size_t)hash_bytes(bytes_of(a->b, sizeof(a->b)), seed) & (p->cap - 1);
    while (p->slot[i].used && !addr_equal(&p->slot[i].a, a)) {
        i = (i + 1) & (p->cap - 1);
    }
    return &p->slot[i];
}

static const struct place *find(const struct places *p, const struct addr *a, uint64_t seed)
{
    const struct place *s = p->cap > 0 ? slot_of(p, a, seed) : NULL;
    return s != NULL && s->used ? s : NULL;
}

static bool grow(struct places *p, uint64_t seed)
{
    struct places wide = {.cap = p->cap > 0 ? 2 * p->cap : 16, .n = p->n};
    wide.slot = calloc(wide.cap, sizeof(*wide.slot));
    if (wide.slot == NULL) {
        return false;
    }
    for (size_t i = 0; i < p->cap; i++) {
        if (p->slot[i].used) {
            *slot_of(&wide, &p->slot[i].a, seed) = p->slot[i];
        }
    }
    free(p->slot);
    wide.more = p->more;
    *p = wide;
    return true;
}

/* NULL: it would be one too many, or there is no memory. */
static struct place *put_in(struct case_tracer *t, struct places *p, const struct addr *a,
                            size_t most)
{
    struct place *s = p->cap > 0 ? slot_of(p, a, t->opt.seed) : NULL;
    if (s != NULL && s->used) {
        return s;
    }
    if (p->n == most) {
        p->more = true;
        return NULL;
    }
    if (p->n * 2 >= p->cap && !grow(p, t->opt.seed)) {
        t->failed = ST_NOMEM;
        return NULL;
    }
    s = slot_of(p, a, t->opt.seed);
    *s = (struct place){.a = *a, .used = true};
    p->n++;
    return s;
}

static void add_port(uint8_t *ports, const struct observation *o)
{
    if (o->type == OBS_PACKET && (o->flags & OBS_L4) != 0 &&
        (o->proto == PROTO_TCP || o->proto == PROTO_UDP)) {
        ports[o->dst_port / 8] |= (uint8_t)(1U << (o->dst_port % 8));
    }
}

static uint64_t count_ports(const uint8_t *a, const uint8_t *b)
{
    uint64_t n = 0;
    for (size_t i = 0; i < PORT_BYTES; i++) {
        n += (uint64_t)__builtin_popcount(a[i] & b[i]);
    }
    return n;
}

/* --- making ------------------------------------------------------------------------------ */

void case_tracer_free(struct case_tracer *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; t->suspects != NULL && i < t->opt.n; i++) {
        free(t->suspects[i].targets.slot);
    }
    for (size_t i = 0; i < t->neighbour_n; i++) {
        free(t->neighbours[i].targets.slot);
    }
    free(t->suspects);
    free(t->neighbours);
    free(t->known.slot);
    free(t->all.slot);
    free(t->looks);
    free(t);
}

void case_tracer_freep(struct case_tracer **t)
{
    case_tracer_free(*t);
}

enum status case_tracer_new(const struct case_tracer_options *opt, struct case_tracer **ret)
{
    CLEANUP(case_tracer_freep) struct case_tracer *t = calloc(1, sizeof(*t));
    if (opt->n > LIMIT_OUTCOME_REMOTES) {
        return ST_LIMIT;
    }
    if (t == NULL) {
        return ST_NOMEM;
    }
    t->opt = *opt;
    t->suspects = calloc(opt->n + 1, sizeof(*t->suspects));
    t->looks = calloc(opt->input_n + 1, sizeof(*t->looks));
    if (t->suspects == NULL || t->looks == NULL) {
        return ST_NOMEM;
    }
    t->since_ns = INT64_MAX;
    for (size_t i = 0; i < opt->n; i++) {
        t->since_ns =
            opt->suspects[i].since_ns < t->since_ns ? opt->suspects[i].since_ns : t->since_ns;
    }
    *ret = TAKE(t);
    return ST_OK;
}

/* --- counting ------------------------------------------------------------------------------ */

static bool is_later(int64_t time_ns, int64_t since_ns)
{
    return time_ns > since_ns && time_ns - since_ns >= WITHIN_NS;
}

static void look_at(struct case_look *l, int64_t time_ns)
{
    if (l->records++ == 0) {
        l->first_ns = l->last_ns = l->gap_from_ns = l->gap_to_ns = time_ns;
        return;
    }
    if (time_ns > l->last_ns) {
        if (time_ns - l->last_ns > l->gap_to_ns - l->gap_from_ns) {
            l->gap_from_ns = l->last_ns;
            l->gap_to_ns = time_ns;
        }
        l->last_ns = time_ns;
    }
    l->first_ns = time_ns < l->first_ns ? time_ns : l->first_ns;
}

static size_t suspect_of(const struct case_tracer *t, const struct addr *a)
{
    size_t low = 0, high = t->opt.n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = addr_compare(&t->opt.suspects[mid].remote, a);
        if (c == 0) {
            return mid;
        }
        low = c < 0 ? mid + 1 : low;
        high = c < 0 ? high : mid;
    }
    return SIZE_MAX;
}

static void extend(int64_t *first, int64_t *last, uint64_t n, int64_t time_ns)
{
    *first = n == 1 || time_ns < *first ? time_ns : *first;
    *last = n == 1 || time_ns > *last ? time_ns : *last;
}

static void count_suspect(struct case_tracer *t, size_t i, const struct observation *o)
{
    const struct case_suspect *s = &t->opt.suspects[i];
    struct suspect *to = &t->suspects[i];
    bool target = !addr_is_unspecified(&o->dst); /* a log may not name its server */
    if (is_later(o->time_ns, s->since_ns)) {
        to->t.later_records++;
        extend(&to->t.later_first_ns, &to->t.later_last_ns, to->t.later_records, o->time_ns);
        to->t.again += target && find(&to->targets, &o->dst, t->opt.seed) != NULL ? 1 : 0;
        for (size_t m = 0; m < CASE_MARKS; m++) {
            to->t.after[m] += o->time_ns > t->opt.mark_ns[m] ? 1 : 0;
        }
    }
    if (o->time_ns < s->first_ns - WITHIN_NS || o->time_ns > s->last_ns + WITHIN_NS) {
        return;
    }
    to->t.then_records++;
    add_port(to->ports, o);
    if (target) {
        (void)put_in(t, &to->targets, &o->dst, LIMIT_OUTCOME_TARGETS); /* `more` says it */
        (void)put_in(t, &t->all, &o->dst, LIMIT_OUTCOME_ALL_TARGETS);  /* then less is seen */
    }
}

static bool has_network(const struct case_tracer *t, const struct addr *a)
{
    for (size_t i = 0; i < t->opt.n; i++) {
        if (prefix_contains(&t->opt.suspects[i].network, a)) {
            return true;
        }
    }
    return false;
}

static struct neighbour *neighbour_of(struct case_tracer *t, const struct addr *a)
{
    const struct place *p = find(&t->known, a, t->opt.seed);
    if (p != NULL) {
        return &t->neighbours[p->n];
    }
    if (!has_network(t, a)) {
        return NULL;
    }
    if (t->neighbour_n == t->neighbour_cap) {
        size_t cap = t->neighbour_cap > 0 ? 2 * t->neighbour_cap : 16;
        void *more = realloc(t->neighbours, cap * sizeof(*t->neighbours));
        if (more == NULL) {
            t->failed = ST_NOMEM;
            return NULL;
        }
        t->neighbours = more;
        t->neighbour_cap = cap;
    }
    struct place *s = put_in(t, &t->known, a, LIMIT_OUTCOME_NEIGHBOURS);
    if (s == NULL) {
        return NULL;
    }
    s->n = t->neighbour_n++;
    t->neighbours[s->n] = (struct neighbour){.c = {.address = *a}};
    return &t->neighbours[s->n];
}

static void count_other(struct case_tracer *t, const struct observation *o)
{
    if (t->all.cap > 0) {
        struct place *p = slot_of(&t->all, &o->dst, t->opt.seed);
        if (p->used) {
            p->n++;
            extend(&p->first_ns, &p->last_ns, p->n, o->time_ns);
        }
    }
    struct neighbour *n = neighbour_of(t, &o->src);
    if (n == NULL) {
        return;
    }
    n->c.records++;
    extend(&n->c.first_ns, &n->c.last_ns, n->c.records, o->time_ns);
    add_port(n->ports, o);
    if (!addr_is_unspecified(&o->dst)) {
        (void)put_in(t, &n->targets, &o->dst, LIMIT_OUTCOME_TARGETS); /* `more` says it */
    }
}

void case_tracer_feed(struct case_tracer *t, const struct obs_batch *batch)
{
    for (size_t i = 0; i < batch->n && t->failed == ST_OK; i++) {
        const struct observation *o = &batch->obs[i];
        size_t s = suspect_of(t, &o->src);
        bool later = is_later(o->time_ns, t->since_ns);
        if (later && pos_input(o->pos) < t->opt.input_n) {
            look_at(&t->looks[pos_input(o->pos)], o->time_ns);
        }
        if (s != SIZE_MAX) {
            count_suspect(t, s, o);
        } else if (later) {
            count_other(t, o);
        }
    }
}

/* --- results ------------------------------------------------------------------------------ */

static uint64_t count_shared(const struct case_tracer *t, const struct places *a,
                             const struct places *b)
{
    uint64_t n = 0;
    for (size_t i = 0; i < a->cap; i++) {
        n += a->slot[i].used && find(b, &a->slot[i].a, t->opt.seed) != NULL ? 1 : 0;
    }
    return n;
}

/* Most in common first; of equals the lower address, whatever the table's order. */
static bool goes_before(const struct case_neighbour *a, const struct case_neighbour *b)
{
    return a->shared != b->shared ? a->shared > b->shared
                                  : addr_compare(&a->address, &b->address) < 0;
}

static void offer(struct case_trace *to, const struct case_neighbour *c)
{
    size_t at = to->neighbour_n;
    while (at > 0 && goes_before(c, &to->neighbour[at - 1])) {
        at--;
    }
    if (at == CASE_NEIGHBOURS) {
        return;
    }
    size_t n = to->neighbour_n < CASE_NEIGHBOURS ? to->neighbour_n : CASE_NEIGHBOURS - 1;
    memmove(&to->neighbour[at + 1], &to->neighbour[at], (n - at) * sizeof(*c));
    to->neighbour[at] = *c;
    to->neighbour_n = n + 1;
}

static void add_neighbours(const struct case_tracer *t, size_t suspect, struct case_trace *ret)
{
    const struct suspect *s = &t->suspects[suspect];
    const struct case_suspect *about = &t->opt.suspects[suspect];
    for (size_t i = 0; i < t->neighbour_n; i++) {
        const struct neighbour *n = &t->neighbours[i];
        struct case_neighbour c = n->c;
        if (!prefix_contains(&about->network, &c.address) ||
            !is_later(c.last_ns, about->since_ns)) {
            continue;
        }
        c.targets = n->targets.n;
        c.more = n->targets.more;
        c.shared = count_shared(t, &n->targets, &s->targets);
        c.ports = count_ports(n->ports, n->ports);
        c.shared_ports = count_ports(n->ports, s->ports);
        offer(ret, &c);
    }
}

enum status case_tracer_trace(const struct case_tracer *t, size_t suspect, struct case_trace *ret)
{
    const struct suspect *s = &t->suspects[suspect];
    if (t->failed != ST_OK) {
        return t->failed;
    }
    *ret = s->t;
    ret->then_targets = s->targets.n;
    ret->then_more = s->targets.more;
    ret->then_ports = count_ports(s->ports, s->ports);
    for (size_t i = 0; i < s->targets.cap; i++) {
        const struct place *p =
            s->targets.slot[i].used ? find(&t->all, &s->targets.slot[i].a, t->opt.seed) : NULL;
        if (p == NULL || p->n == 0 || !is_later(p->last_ns, t->opt.suspects[suspect].since_ns)) {
            continue;
        }
        bool first = ret->others == 0;
        ret->others += p->n;
        ret->others_first_ns =
            first || p->first_ns < ret->others_first_ns ? p->first_ns : ret->others_first_ns;
        ret->others_last_ns =
            first || p->last_ns > ret->others_last_ns ? p->last_ns : ret->others_last_ns;
    }
    add_neighbours(t, suspect, ret);
    return ST_OK;
}

const struct case_look *case_tracer_look(const struct case_tracer *t, size_t input)
{
    return &t->looks[input];
}
