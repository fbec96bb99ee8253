/* detect/roster.c - the running event of every remote that a log speaks of.
 *
 * Items stand in one array, in the order in which they came; an index finds
 * them by address. Ended ones are swept out when the array has doubled since
 * the last time, which depends on nothing but the lines before.
 */
#include "detect/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"
#include "base/core/timefmt.h"
#include "base/core/touch.h"

enum { SWEEP_LEAST = 4096 };

struct roster {
    struct roster_options opt;
    uint8_t *items;
    size_t n, cap;
    uint32_t *index; /* 1 + number, 0 empty; index_cap a power of two, 0 before the first */
    size_t index_cap;
    size_t sweep_at;
    size_t held_bytes, peak_bytes;
    int64_t newest_ns;
    uint64_t early;
};

static struct roster_item *item_at(const struct roster *r, size_t i)
{
    return (struct roster_item *)(void *)(r->items + i * r->opt.item_bytes);
}

static size_t total_bytes(const struct roster *r)
{
    return r->held_bytes + r->cap * r->opt.item_bytes + r->index_cap * sizeof(*r->index);
}

enum status roster_new(const struct roster_options *opt, struct roster **ret)
{
    struct roster *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return ST_NOMEM;
    }
    r->opt = *opt;
    r->sweep_at = SWEEP_LEAST;
    r->newest_ns = INT64_MIN;
    *ret = r;
    return ST_OK;
}

void roster_free(struct roster *r)
{
    if (r != NULL) {
        free(r->items);
        free(r->index);
        free(r);
    }
}

static uint32_t *slot_of(const struct roster *r, const struct addr *who)
{
    size_t i = roster_hash(r, who) & (r->index_cap - 1);
    while (r->index[i] != 0 && !addr_equal(&item_at(r, r->index[i] - 1)->who, who)) {
        i = (i + 1) & (r->index_cap - 1);
    }
    return &r->index[i];
}

static enum status reindex(struct roster *r, size_t cap)
{
    if (cap != r->index_cap) {
        uint32_t *p = malloc(cap * sizeof(*p));
        if (p == NULL) {
            return ST_NOMEM;
        }
        free(r->index);
        r->index = p;
        r->index_cap = cap;
    }
    memset(r->index, 0, cap * sizeof(*r->index));
    for (size_t i = 0; i < r->n; i++) {
        *slot_of(r, &item_at(r, i)->who) = (uint32_t)(i + 1);
    }
    return ST_OK;
}

/* Judge an item; its memory is free for a new event of the same remote. */
static enum status end(struct roster *r, struct roster_item *item)
{
    enum status st = r->opt.ended(r->opt.ctx, item);
    r->held_bytes -= item->held_bytes;
    struct addr who = item->who;
    memset(item, 0, r->opt.item_bytes);
    item->who = who;
    return st;
}

/* End the items whose last instant is before `limit` (INT64_MAX: all), and
 * close the gaps. */
static enum status sweep(struct roster *r, int64_t limit_ns, uint64_t *ended)
{
    size_t kept = 0;
    enum status st = ST_OK;
    for (size_t i = 0; i < r->n; i++) {
        struct roster_item *item = item_at(r, i);
        if (st == ST_OK && (item->when.last_ns < limit_ns || limit_ns == INT64_MAX)) {
            st = end(r, item);
            ++*ended;
            continue;
        }
        if (kept != i) {
            memcpy(item_at(r, kept), item, r->opt.item_bytes);
        }
        kept++;
    }
    r->n = kept;
    TRY(reindex(r, r->index_cap));
    r->sweep_at = r->n * 2 > SWEEP_LEAST ? r->n * 2 : SWEEP_LEAST;
    return st;
}

static int64_t idle_limit(const struct roster *r)
{
    return r->newest_ns < INT64_MIN + r->opt.idle_ns ? INT64_MIN : r->newest_ns - r->opt.idle_ns;
}

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool pressed(const struct roster *r)
{
    return r->opt.memory_bytes != 0 && total_bytes(r) > r->opt.memory_bytes;
}

/* Over the memory limit: what has ended goes, then the quiet quarter of the
 * rest (all that share one last instant stay or go together), then all. */
static enum status press(struct roster *r)
{
    uint64_t ended = 0;
    TRY(sweep(r, idle_limit(r), &ended));
    if (!pressed(r) || r->n == 0) {
        return ST_OK;
    }
    CLEANUP(free_ptr) int64_t *last = malloc(r->n * sizeof(*last));
    if (last == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < r->n; i++) {
        last[i] = item_at(r, i)->when.last_ns;
    }
    qsort(last, r->n, sizeof(*last), compare_i64);
    int64_t limit = last[r->n / 4];
    TRY(sweep(r, limit > last[0] ? limit : limit + 1, &r->early));
    return pressed(r) ? sweep(r, INT64_MAX, &r->early) : ST_OK;
}

static enum status make_room(struct roster *r)
{
    if (r->n >= r->sweep_at) {
        uint64_t ended = 0;
        TRY(sweep(r, idle_limit(r), &ended));
    }
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 16;
        uint8_t *p = cap <= UINT32_MAX / 2 ? realloc(r->items, cap * r->opt.item_bytes) : NULL;
        if (p == NULL) {
            return ST_NOMEM;
        }
        r->items = p;
        r->cap = cap;
    }
    if (r->n * 2 >= r->index_cap) {
        TRY(reindex(r, r->index_cap ? r->index_cap * 2 : 64));
    }
    return ST_OK;
}

static bool gap(const struct roster *r, const struct extent *e, int64_t time_ns)
{
    return (time_ns > e->last_ns && time_abs_diff(time_ns, e->last_ns) > r->opt.idle_ns) ||
           (time_ns < e->first_ns && time_abs_diff(time_ns, e->first_ns) > r->opt.idle_ns);
}

enum status roster_touch(struct roster *r, const struct addr *who, int64_t time_ns, uint64_t pos,
                         void **ret)
{
    r->newest_ns = time_ns > r->newest_ns ? time_ns : r->newest_ns;
    if (pressed(r)) {
        TRY(press(r));
    }
    uint32_t *slot = r->index_cap > 0 ? slot_of(r, who) : NULL;
    if (slot != NULL && *slot != 0) {
        struct roster_item *item = item_at(r, *slot - 1);
        if (gap(r, &item->when, time_ns)) {
            TRY(end(r, item));
            item->when = extent_of(time_ns, pos);
        } else {
            extent_add(&item->when, time_ns, pos);
        }
        *ret = item;
        return ST_OK;
    }
    TRY(make_room(r));
    struct roster_item *item = item_at(r, r->n);
    memset(item, 0, r->opt.item_bytes);
    item->who = *who;
    item->when = extent_of(time_ns, pos);
    *slot_of(r, who) = (uint32_t)++r->n;
    r->peak_bytes = total_bytes(r) > r->peak_bytes ? total_bytes(r) : r->peak_bytes;
    *ret = item;
    return ST_OK;
}

void *roster_find(const struct roster *r, const struct addr *who)
{
    const uint32_t *slot = r->index_cap > 0 ? slot_of(r, who) : NULL;
    return slot != NULL && *slot != 0 ? item_at(r, *slot - 1) : NULL;
}

uint64_t roster_hash(const struct roster *r, const struct addr *who)
{
    return hash_bytes(bytes_of(who->b, sizeof(who->b)), r->opt.seed);
}

void roster_expect_index(const struct roster *r, uint64_t hash)
{
    if (r->index_cap > 0) {
        touch(&r->index[hash & (r->index_cap - 1)]);
    }
}

void *roster_expect(const struct roster *r, uint64_t hash)
{
    uint32_t number = r->index_cap > 0 ? r->index[hash & (r->index_cap - 1)] : 0;
    if (number == 0) {
        return NULL;
    }
    struct roster_item *item = item_at(r, number - 1);
    touch(item);
    return item;
}

void roster_held(struct roster *r, void *item, size_t held_bytes)
{
    struct roster_item *i = item;
    r->held_bytes += held_bytes - i->held_bytes;
    i->held_bytes = held_bytes;
}

enum status roster_finish(struct roster *r)
{
    uint64_t ended = 0;
    return r->n > 0 ? sweep(r, INT64_MAX, &ended) : ST_OK;
}

void roster_each(struct roster *r, void (*visit)(void *item))
{
    for (size_t i = 0; i < r->n; i++) {
        visit(item_at(r, i));
    }
}

uint64_t roster_early(const struct roster *r)
{
    return r->early;
}

size_t roster_peak_bytes(const struct roster *r)
{
    return r->peak_bytes;
}
