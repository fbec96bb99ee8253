/* detect/flood/spread.c - counting and sampling sources. */
#include "detect/flood/spread.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"

struct spread *spread_new(uint64_t seed)
{
    struct spread *s = calloc(1, sizeof(*s));
    if (s != NULL) {
        s->seed = seed;
        s->limit = UINT64_MAX;
    }
    return s;
}

void spread_free(struct spread *s)
{
    if (s != NULL) {
        free(s->set);
        free(s->sample);
        free(s);
    }
}

void spread_port(struct spread *s, uint16_t port)
{
    uint64_t bit = UINT64_C(1) << (port % 64);
    s->ports += (s->port_bits[port / 64] & bit) == 0;
    s->port_bits[port / 64] |= bit;
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

/* Twice as many as are wanted: keep the lower half. */
static void cut_sample(struct spread *s)
{
    qsort(s->sample, s->sample_n, sizeof(*s->sample), by_rank);
    if (s->sample_n > SPREAD_SAMPLE) {
        s->sample_n = SPREAD_SAMPLE;
        s->limit = rank(&s->sample[SPREAD_SAMPLE - 1]);
    }
}

static enum status sample(struct spread *s, const struct addr *source)
{
    if (rank(source) > s->limit) {
        return ST_OK;
    }
    if (s->sample == NULL) {
        s->sample = malloc(2 * SPREAD_SAMPLE * sizeof(*s->sample));
        if (s->sample == NULL) {
            return ST_NOMEM;
        }
    }
    s->sample[s->sample_n++] = *source;
    if (s->sample_n == 2 * SPREAD_SAMPLE) {
        cut_sample(s);
    }
    return ST_OK;
}

enum status spread_add(struct spread *s, const struct addr *source, uint64_t packets)
{
    s->sources++;
    s->single += packets == 1;
    return sample(s, source);
}

static size_t place(const struct spread *s, const struct addr *a)
{
    uint64_t h = hash_mix(load_le64(a->b) ^ hash_mix(load_le64(a->b + 8), s->seed), s->seed);
    size_t i = h & (s->cap - 1);
    while (!addr_is_unspecified(&s->set[i]) && !addr_equal(&s->set[i], a)) {
        i = (i + 1) & (s->cap - 1);
    }
    return i;
}

static bool grow(struct spread *s)
{
    struct spread bigger = {.seed = s->seed, .cap = s->cap ? s->cap * 2 : 64};
    bigger.set = calloc(bigger.cap, sizeof(struct addr));
    if (bigger.set == NULL) {
        return false;
    }
    for (size_t k = 0; k < s->cap; k++) {
        if (!addr_is_unspecified(&s->set[k])) {
            bigger.set[place(&bigger, &s->set[k])] = s->set[k];
        }
    }
    free(s->set);
    s->set = bigger.set;
    s->cap = bigger.cap;
    return true;
}

enum status spread_see(struct spread *s, const struct addr *source)
{
    if (addr_is_unspecified(source)) {
        return ST_OK;
    }
    if (s->sources * 4 >= s->cap * 3 && !grow(s)) {
        s->lost = true;
        return ST_NOMEM;
    }
    size_t i = place(s, source);
    if (!addr_is_unspecified(&s->set[i])) {
        return ST_OK;
    }
    s->set[i] = *source;
    s->sources++;
    return sample(s, source);
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

static enum status tell_sample(struct spread *s, struct arena *arena, struct finding *f)
{
    cut_sample(s);
    f->source_n = s->sample_n > FINDING_SAMPLE_MAX ? FINDING_SAMPLE_MAX : s->sample_n;
    memcpy(f->source_sample, s->sample, f->source_n * sizeof(*s->sample));
    qsort(f->source_sample, f->source_n, sizeof(*s->sample), by_addr);
    qsort(s->sample, s->sample_n, sizeof(*s->sample), by_addr);
    f->spoof_sample = arena_alloc(arena, s->sample_n * sizeof(*s->sample));
    if (f->spoof_sample == NULL) {
        return ST_NOMEM;
    }
    memcpy(f->spoof_sample, s->sample, s->sample_n * sizeof(*s->sample));
    f->spoof_n = s->sample_n;
    return ST_OK;
}

enum status spread_tell(struct spread *s, struct arena *arena, struct finding *f)
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
    TRY(tell_sample(s, arena, f));
    if (s->sources == 1) {
        f->has_initiator = true;
        f->initiator = f->source_sample[0];
    } else {
        f->flags |= FINDING_MANY;
    }
    return ST_OK;
}
