/* detect/flood/spread.c - counting sources. */
#include "detect/flood/spread.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"

struct spread *spread_new(uint64_t seed)
{
    struct spread *s = calloc(1, sizeof(*s));
    if (s != NULL) {
        s->seed = seed;
    }
    return s;
}

void spread_free(struct spread *s)
{
    if (s != NULL) {
        free(s->set);
        free(s->packets);
        free(s);
    }
}

static size_t place(const struct spread *s, const struct addr *a)
{
    uint64_t h = hash_mix(load_le64(a->b) ^ hash_mix(load_le64(a->b + 8), s->seed), s->seed);
    size_t i = h & (s->cap - 1);
    while (s->packets[i] != 0 && !addr_equal(&s->set[i], a)) {
        i = (i + 1) & (s->cap - 1);
    }
    return i;
}

static bool grow(struct spread *s)
{
    struct spread bigger = {.seed = s->seed, .cap = s->cap ? s->cap * 2 : 64};
    bigger.set = malloc(bigger.cap * sizeof(struct addr));
    bigger.packets = calloc(bigger.cap, sizeof(uint32_t));
    if (bigger.set == NULL || bigger.packets == NULL) {
        free(bigger.set);
        free(bigger.packets);
        return false;
    }
    for (size_t k = 0; k < s->cap; k++) {
        if (s->packets[k] != 0) {
            size_t i = place(&bigger, &s->set[k]);
            bigger.set[i] = s->set[k];
            bigger.packets[i] = s->packets[k];
        }
    }
    free(s->set);
    free(s->packets);
    s->set = bigger.set;
    s->packets = bigger.packets;
    s->cap = bigger.cap;
    return true;
}

enum status spread_add(struct spread *s, const struct addr *source, uint64_t packets, uint16_t port)
{
    if (port != 0) {
        uint64_t bit = UINT64_C(1) << (port % 64);
        s->ports += (s->port_bits[port / 64] & bit) == 0;
        s->port_bits[port / 64] |= bit;
    }
    if (s->sources * 4 >= s->cap * 3 && !grow(s)) {
        s->lost = true;
        return ST_NOMEM;
    }
    size_t i = place(s, source);
    if (s->packets[i] == 0) {
        s->set[i] = *source;
        s->sources++;
        s->single += packets == 1;
    } else {
        s->single -= s->packets[i] == 1;
    }
    uint64_t sum = s->packets[i] + packets;
    s->packets[i] = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
    return ST_OK;
}

/* A fixed order that has nothing to do with addresses. */
static uint64_t rank(const struct addr *a)
{
    return hash_mix(load_le64(a->b) ^ hash_mix(load_le64(a->b + 8), 1), 2);
}

static int by_rank(const void *x, const void *y)
{
    uint64_t a = rank(x);
    uint64_t b = rank(y);
    return a != b ? (a > b) - (a < b) : addr_compare(x, y);
}

static int by_addr(const void *x, const void *y)
{
    return addr_compare(x, y);
}

static void tell_ports(const struct spread *s, struct finding *f)
{
    f->ports = s->ports;
    for (unsigned p = 0; p < 65536 && f->port_n < FINDING_PORTS_MAX; p++) {
        if ((s->port_bits[p / 64] >> (p % 64) & 1) != 0) {
            f->port_list[f->port_n++] = (uint16_t)p;
        }
    }
}

/* The sources of the smallest ranks: cut by a limit first that leaves some
 * more than are wanted, so that only few are sorted. */
static enum status sample(const struct spread *s, struct arena *arena, struct finding *f)
{
    uint64_t limit = UINT64_MAX;
    if (s->sources > 4 * SPREAD_SAMPLE) {
        limit = UINT64_MAX / s->sources * (2 * SPREAD_SAMPLE);
    }
    struct addr *all = malloc((s->sources + 1) * sizeof(*all));
    size_t n = 0;
    if (all == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < s->cap; i++) {
        if (s->packets[i] != 0 && rank(&s->set[i]) <= limit) {
            all[n++] = s->set[i];
        }
    }
    qsort(all, n, sizeof(*all), by_rank);
    n = n > SPREAD_SAMPLE ? SPREAD_SAMPLE : n;
    f->spoof_sample = n ? arena_alloc(arena, n * sizeof(*all)) : NULL;
    if (f->spoof_sample != NULL) {
        memcpy(f->spoof_sample, all, n * sizeof(*all));
        f->spoof_n = n;
        qsort(f->spoof_sample, n, sizeof(*all), by_addr);
        f->source_n = n > FINDING_SAMPLE_MAX ? FINDING_SAMPLE_MAX : n;
        qsort(all, f->source_n, sizeof(*all), by_addr);
        memcpy(f->source_sample, all, f->source_n * sizeof(*all));
    }
    free(all);
    return n > 0 && f->spoof_sample == NULL ? ST_NOMEM : ST_OK;
}

enum status spread_tell(const struct spread *s, struct arena *arena, struct finding *f)
{
    f->sources = s->sources;
    f->spoof_sources = s->sources;
    f->spoof_single = s->single;
    f->pairs = s->pairs;
    tell_ports(s, f);
    if (s->lost) {
        f->flags |= FINDING_AT_LEAST;
    }
    if (s->sources == 0) {
        return ST_OK;
    }
    TRY(sample(s, arena, f));
    if (s->sources == 1) {
        f->has_initiator = true;
        f->initiator = f->source_sample[0];
    } else {
        f->flags |= FINDING_MANY;
    }
    return ST_OK;
}
