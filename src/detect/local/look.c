/* detect/local/look.c - the rule for local networks. */
#include "detect/local/look.h"

#include <stdlib.h>
#include <string.h>

enum { PICKS = 8, COVER_PERCENT = 95 };

struct look_pair {
    struct addr src, dst;
    bool asks;
};

struct local_look {
    size_t n;
    struct look_pair *pairs;
};

enum status local_look_new(struct local_look **ret)
{
    struct local_look *l = calloc(1, sizeof(*l));
    if (l == NULL) {
        return ST_NOMEM;
    }
    l->pairs = malloc(LOCAL_LOOKED * sizeof(*l->pairs));
    if (l->pairs == NULL) {
        free(l);
        return ST_NOMEM;
    }
    *ret = l;
    return ST_OK;
}

void local_look_free(struct local_look *l)
{
    if (l != NULL) {
        free(l->pairs);
        free(l);
    }
}

bool local_look_full(const struct local_look *l)
{
    return l->n == LOCAL_LOOKED;
}

void local_look_add(struct local_look *l, const struct addr *src, const struct addr *dst, bool asks)
{
    if (l->n < LOCAL_LOOKED && !addr_is_unspecified(src) && !addr_is_unspecified(dst) &&
        !addr_is_multicast(dst) && !addr_is_broadcast(dst)) {
        l->pairs[l->n++] = (struct look_pair){*src, *dst, asks};
    }
}

static bool half_private(const struct local_look *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        n += addr_is_private(&l->pairs[i].src) || addr_is_private(&l->pairs[i].dst);
    }
    return l->n > 0 && n * 2 >= l->n;
}

/* Lengths to try, finest first: IPv4 /32 /24 /16, IPv6 /128 /64 /48. */
static uint8_t level_len(const struct addr *a, int level)
{
    static const uint8_t v4[] = {128, 120, 112};
    static const uint8_t v6[] = {128, 64, 48};
    return addr_is_v4(a) ? v4[level] : v6[level];
}

static int by_net(const void *a, const void *b)
{
    const struct prefix *x = a;
    const struct prefix *y = b;
    int order = addr_compare(&x->net, &y->net);
    return order ? order : x->len - y->len;
}

struct run {
    struct prefix net;
    size_t n;
};

/* More packets first; then the smaller address. */
static int by_count(const void *a, const void *b)
{
    const struct run *x = a;
    const struct run *y = b;
    if (x->n != y->n) {
        return x->n < y->n ? 1 : -1;
    }
    return by_net(&x->net, &y->net);
}

/* The few networks of one level that hold nearly all of the ends. Ends lie in
 * one network of a level each, so taking the largest ones is the best. */
static enum status few_networks(const struct local_look *l, bool sources, int level,
                                struct local_nets *ret)
{
    CLEANUP(free_ptr) struct prefix *ends = malloc((l->n + 1) * sizeof(*ends));
    CLEANUP(free_ptr) struct run *runs = malloc((l->n + 1) * sizeof(*runs));
    size_t n = 0;
    size_t runs_n = 0;
    ret->n = 0;
    if (ends == NULL || runs == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct addr *a = sources ? &l->pairs[i].src : &l->pairs[i].dst;
        if (l->pairs[i].asks) {
            ends[n++] = prefix_of(a, level_len(a, level));
        }
    }
    qsort(ends, n, sizeof(*ends), by_net);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || by_net(&ends[i], &ends[i - 1]) != 0) {
            runs[runs_n++] = (struct run){.net = ends[i]};
        }
        runs[runs_n - 1].n++;
    }
    qsort(runs, runs_n, sizeof(*runs), by_count);
    size_t covered = 0;
    for (size_t i = 0; i < runs_n && i < PICKS && covered * 100 < n * COVER_PERCENT; i++) {
        ret->nets[ret->n++] = runs[i].net;
        covered += runs[i].n;
    }
    if (n == 0 || covered * 100 < n * COVER_PERCENT) {
        ret->n = 0;
    }
    qsort(ret->nets, ret->n, sizeof(ret->nets[0]), by_net);
    return ST_OK;
}

/* Who asks more than it is asked only answers now and then: it is outside. */
static void drop_askers(const struct local_look *l, struct local_nets *nets)
{
    size_t kept = 0;
    for (size_t k = 0; k < nets->n; k++) {
        size_t asked = 0;
        size_t asks = 0;
        for (size_t i = 0; i < l->n; i++) {
            asked += l->pairs[i].asks && prefix_contains(&nets->nets[k], &l->pairs[i].dst);
            asks += l->pairs[i].asks && prefix_contains(&nets->nets[k], &l->pairs[i].src);
        }
        if (asked >= asks) {
            nets->nets[kept++] = nets->nets[k];
        }
    }
    nets->n = kept;
}

enum status local_look_decide(const struct local_look *l, struct local_nets *ret)
{
    *ret = (struct local_nets){.rule = LOCAL_UNKNOWN};
    if (half_private(l)) {
        ret->rule = LOCAL_PRIVATE;
        return ST_OK;
    }
    for (int sources = 0; sources < 2; sources++) {
        for (int level = 0; level < 3; level++) {
            TRY(few_networks(l, sources != 0, level, ret));
            if (sources == 0) {
                drop_askers(l, ret);
            }
            if (ret->n > 0) {
                ret->rule = sources != 0 ? LOCAL_ASKING : LOCAL_ASKED;
                return ST_OK;
            }
        }
    }
    return ST_OK;
}
