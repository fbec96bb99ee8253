/* detect/host.c - the table of IPv6 addresses and of those in tunnels. */
#include "detect/host.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void host_table_init(struct host_table *t, uint64_t seed)
{
    *t = (struct host_table){.seed = seed};
}

void host_table_fini(struct host_table *t)
{
    free(t->hosts);
    free(t->index);
    free(t->used);
    free(t->free_list);
    *t = (struct host_table){0};
}

static uint32_t slot_of(const struct host_table *t, const struct addr *a, bool inner, uint64_t hash)
{
    uint32_t i = (uint32_t)hash & (t->index_cap - 1);
    for (; t->index[i] != 0; i = (i + 1) & (t->index_cap - 1)) {
        const struct host *host = &t->hosts[t->index[i] - 1];
        if (host->inner == inner && addr_equal(&host->addr, a)) {
            break;
        }
    }
    return i;
}

uint64_t host_find(const struct host_table *t, const struct addr *a, bool inner)
{
    if (addr_is_v4(a) && !inner) {
        return addr_v4(a);
    }
    if (t->index_cap == 0) {
        return HOST_NONE;
    }
    uint32_t i = slot_of(t, a, inner, host_hash(t, a, inner));
    return t->index[i] ? HOST_V6 | (t->index[i] - 1) : HOST_NONE;
}

static bool rebuild_index(struct host_table *t, uint32_t cap)
{
    uint32_t *index = calloc(cap, sizeof(*index));
    if (index == NULL) {
        return false;
    }
    uint32_t *old = t->index;
    uint32_t old_cap = t->index_cap;
    t->index = index;
    t->index_cap = cap;
    for (uint32_t i = 0; i < old_cap; i++) {
        if (old[i] != 0) {
            const struct host *h = &t->hosts[old[i] - 1];
            uint64_t hash = host_hash(t, &h->addr, h->inner != 0);
            t->index[slot_of(t, &h->addr, h->inner != 0, hash)] = old[i];
        }
    }
    free(old);
    return true;
}

static bool grow(struct host_table *t)
{
    if (t->n < t->cap) {
        return true;
    }
    uint32_t cap = t->cap ? t->cap * 2 : 256;
    if (cap > UINT32_C(1) << 30) {
        return false;
    }
    struct host *hosts = realloc(t->hosts, cap * sizeof(*hosts));
    if (hosts == NULL) {
        return false;
    }
    t->hosts = hosts;
    t->cap = cap;
    return true;
}

static uint64_t take_in(struct host_table *t, const struct addr *a, bool inner, uint64_t hash)
{
    uint32_t live = t->n - t->free_n;
    if ((live + 1) * UINT64_C(4) > t->index_cap * UINT64_C(3) &&
        !rebuild_index(t, t->index_cap ? t->index_cap * 2 : 512)) {
        return HOST_NONE;
    }
    uint32_t number;
    if (t->free_n > 0) {
        number = t->free_list[--t->free_n];
    } else {
        if (!grow(t)) {
            return HOST_NONE;
        }
        number = t->n++;
    }
    t->hosts[number] = (struct host){*a, inner};
    t->index[slot_of(t, a, inner, hash)] = number + 1;
    return HOST_V6 | number;
}

uint64_t host_intern_hashed(struct host_table *t, const struct addr *a, bool inner, uint64_t hash)
{
    if (addr_is_v4(a) && !inner) {
        return addr_v4(a);
    }
    uint32_t number = t->index_cap != 0 ? t->index[slot_of(t, a, inner, hash)] : 0;
    return number != 0 ? HOST_V6 | (number - 1) : take_in(t, a, inner, hash);
}

uint64_t host_intern(struct host_table *t, const struct addr *a, bool inner)
{
    return host_intern_hashed(t, a, inner, host_hash(t, a, inner));
}

struct addr host_addr(const struct host_table *t, uint64_t key)
{
    if ((key & HOST_V6) == 0) {
        return addr_from_v4((uint32_t)key);
    }
    assert((uint32_t)key < t->n);
    return t->hosts[(uint32_t)key].addr;
}

bool host_is_inner(const struct host_table *t, uint64_t key)
{
    return (key & HOST_V6) != 0 && t->hosts[(uint32_t)key].inner != 0;
}

size_t host_table_bytes(const struct host_table *t)
{
    return t->cap * sizeof(struct host) + t->index_cap * sizeof(uint32_t) + t->n / 8;
}

bool host_collect_begin(struct host_table *t)
{
    if (t->n == 0) {
        return false;
    }
    free(t->used);
    free(t->free_list);
    t->free_n = 0;
    t->used = calloc(t->n / 8 + 1, 1);
    t->free_list = malloc(t->n * sizeof(*t->free_list));
    if (t->used == NULL || t->free_list == NULL) {
        free(t->used);
        t->used = NULL;
        return false; /* the numbers that were free stay unused: a loss, no error */
    }
    return true;
}

void host_collect_mark(struct host_table *t, uint64_t key)
{
    if ((key & HOST_V6) != 0) {
        t->used[(uint32_t)key / 8] |= (uint8_t)(1U << ((uint32_t)key % 8));
    }
}

void host_collect_end(struct host_table *t)
{
    for (uint32_t i = t->n; i-- > 0;) {
        if ((t->used[i / 8] & (1U << (i % 8))) == 0) {
            t->free_list[t->free_n++] = i;
        }
    }
    memset(t->index, 0, t->index_cap * sizeof(*t->index));
    for (uint32_t i = 0; i < t->n; i++) {
        if ((t->used[i / 8] & (1U << (i % 8))) != 0) {
            const struct host *h = &t->hosts[i];
            uint64_t hash = host_hash(t, &h->addr, h->inner != 0);
            t->index[slot_of(t, &h->addr, h->inner != 0, hash)] = i + 1;
        }
    }
    free(t->used);
    t->used = NULL;
}
