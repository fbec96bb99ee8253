/* detect/login/conns.c - the connections to login services that are under way.
 *
 * They stand in one array, in the order in which they began; an index finds
 * them. What is over is swept out when the array has doubled since the last
 * time: that depends on nothing but the packets before.
 */
#include "detect/login/conns.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/limits.h"
#include "base/core/timefmt.h"

enum { SWEEP_LEAST = 4096, LEAST_KEPT = 64 };

/* How long packets may come after the end: retransmissions, late RSTs. */
static const int64_t linger_ns = 60 * TIME_SECOND;

struct conns {
    struct conns_options opt;
    struct conn *items;
    size_t n, cap;
    uint32_t *index; /* 1 + number, 0 empty; index_cap a power of two, 0 before the first */
    size_t index_cap;
    size_t sweep_at, most; /* most: by the memory limit */
    int64_t newest_ns;
    uint64_t early;
    size_t peak_bytes;
};

enum status conns_new(const struct conns_options *opt, struct conns **ret)
{
    struct conns *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return ST_NOMEM;
    }
    c->opt = *opt;
    c->sweep_at = SWEEP_LEAST;
    c->newest_ns = INT64_MIN;
    c->most = SIZE_MAX;
    if (opt->memory_bytes != 0) {
        /* The array may have doubled just before, and the index has 4 slots each. */
        c->most = opt->memory_bytes / (2 * sizeof(struct conn) + 4 * sizeof(uint32_t));
        c->most = c->most < LEAST_KEPT ? LEAST_KEPT : c->most;
    }
    *ret = c;
    return ST_OK;
}

void conns_free(struct conns *c)
{
    if (c != NULL) {
        free(c->items);
        free(c->index);
        free(c);
    }
}

static uint32_t *slot_of(const struct conns *c, const struct conn_key *key, uint64_t hash)
{
    size_t i = hash & (c->index_cap - 1);
    while (c->index[i] != 0 && !conn_key_equal(&c->items[c->index[i] - 1].key, key)) {
        i = (i + 1) & (c->index_cap - 1);
    }
    return &c->index[i];
}

static enum status reindex(struct conns *c, size_t cap)
{
    if (cap != c->index_cap) {
        uint32_t *p = malloc(cap * sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        free(c->index);
        c->index = p;
        c->index_cap = cap;
    }
    memset(c->index, 0, cap * sizeof(*c->index));
    for (size_t i = 0; i < c->n; i++) {
        *slot_of(c, &c->items[i].key, c->items[i].hash) = (uint32_t)(i + 1);
    }
    return ST_OK;
}

static bool quiet_for(const struct conns *c, const struct conn *n, int64_t ns)
{
    return n->when.last_ns < c->newest_ns && time_abs_diff(c->newest_ns, n->when.last_ns) > ns;
}

static bool over(const struct conns *c, const struct conn *n)
{
    return quiet_for(c, n, n->closed || !n->answered ? linger_ns : c->opt.idle_ns);
}

/* Forget what is over, the first `asked` of those that nobody answered, and
 * what was quiet since before `limit`. */
static enum status sweep(struct conns *c, size_t asked, int64_t limit_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct conn *n = &c->items[i];
        bool drop = over(c, n);
        if (!drop && !n->answered && asked > 0) {
            asked--;
            drop = true;
        }
        if (!drop && n->when.last_ns < limit_ns) {
            c->early += n->answered && !n->closed;
            drop = true;
        }
        if (!drop) {
            if (kept != i) {
                c->items[kept] = *n;
            }
            kept++;
        }
    }
    c->n = kept;
    c->sweep_at = c->n * 2 > SWEEP_LEAST ? c->n * 2 : SWEEP_LEAST;
    return reindex(c, c->index_cap);
}

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Over the memory limit: what is over goes, then the quiet quarter (all that
 * share one last instant stay or go together). */
static enum status press(struct conns *c)
{
    TRY(sweep(c, 0, INT64_MIN));
    if (c->n < c->most) {
        return ST_OK;
    }
    CLEANUP(free_ptr) int64_t *last = malloc(c->n * sizeof(*last));
    if (last == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < c->n; i++) {
        last[i] = c->items[i].when.last_ns;
    }
    qsort(last, c->n, sizeof(*last), compare_i64);
    int64_t limit = last[c->n / 4];
    TRY(sweep(c, 0, limit > last[0] ? limit : limit + 1));
    return c->n < c->most ? ST_OK : sweep(c, 0, INT64_MAX);
}

static enum status sweep_regularly(struct conns *c)
{
    size_t asked = 0;
    for (size_t i = 0; i < c->n; i++) {
        asked += !c->items[i].answered && !over(c, &c->items[i]);
    }
    return sweep(c, asked > LIMIT_LOGIN_UNANSWERED ? asked - LIMIT_LOGIN_UNANSWERED / 2 : 0,
                 INT64_MIN);
}

static enum status make_room(struct conns *c)
{
    if (c->n >= c->most) {
        TRY(press(c));
    }
    if (c->n >= c->sweep_at) {
        TRY(sweep_regularly(c));
    }
    if (c->n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 16;
        struct conn *p = cap <= UINT32_MAX / 2 ? realloc(c->items, cap * sizeof(*p)) : NULL;
        if (p == NULL) {
            return ST_NOMEM;
        }
        c->items = p;
        c->cap = cap;
    }
    if (c->n * 2 >= c->index_cap) {
        TRY(reindex(c, c->index_cap ? c->index_cap * 2 : 64));
    }
    size_t bytes = c->cap * sizeof(*c->items) + c->index_cap * sizeof(*c->index);
    c->peak_bytes = bytes > c->peak_bytes ? bytes : c->peak_bytes;
    return ST_OK;
}

void conns_prefetch_index(const struct conns *c, uint64_t hash)
{
    if (c->index_cap > 0) {
        __builtin_prefetch(&c->index[hash & (c->index_cap - 1)]);
    }
}

void conns_prefetch(const struct conns *c, uint64_t hash)
{
    uint32_t number = c->index_cap > 0 ? c->index[hash & (c->index_cap - 1)] : 0;
    if (number != 0) {
        __builtin_prefetch(&c->items[number - 1], 1);
    }
}

bool conns_empty(const struct conns *c)
{
    return c->n == 0;
}

struct conn *conns_find(struct conns *c, const struct conn_key *key, uint64_t hash)
{
    uint32_t *slot = c->n > 0 ? slot_of(c, key, hash) : NULL;
    return slot != NULL && *slot != 0 ? &c->items[*slot - 1] : NULL;
}

enum status conns_add(struct conns *c, const struct conn_key *key, uint64_t hash,
                      const struct observation *o, struct conn **ret)
{
    c->newest_ns = o->time_ns > c->newest_ns ? o->time_ns : c->newest_ns;
    TRY(make_room(c));
    struct conn *n = &c->items[c->n];
    *n = (struct conn){.key = *key, .hash = hash, .when = extent_of(o->time_ns, o->pos)};
    *slot_of(c, key, hash) = (uint32_t)++c->n;
    *ret = n;
    return ST_OK;
}

uint64_t conns_early(const struct conns *c)
{
    return c->early;
}

size_t conns_peak_bytes(const struct conns *c)
{
    return c->peak_bytes;
}
