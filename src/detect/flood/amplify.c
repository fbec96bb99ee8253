/* detect/flood/amplify.c - collecting reflected answers by victim and port. */
#include "detect/flood/amplify.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/core/hash.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "detect/flood/services.h"
#include "detect/flood/spread.h"

struct victim {
    struct addr addr;
    uint8_t service; /* index */
    bool used;
    struct extent when;
    uint64_t packets, bytes;
    struct spread *spread;
};

struct amplify {
    const struct definition *definition;
    struct finding_list *findings;
    uint64_t seed;
    struct victim *victims;
    size_t n, cap;
};

static size_t place(const struct amplify *a, const struct addr *addr, uint8_t service)
{
    uint64_t h = hash_mix(load_le64(addr->b + 8) ^ service, a->seed) ^ load_le64(addr->b);
    size_t i = hash_mix(h, a->seed) & (a->cap - 1);
    while (a->victims[i].used &&
           (a->victims[i].service != service || !addr_equal(&a->victims[i].addr, addr))) {
        i = (i + 1) & (a->cap - 1);
    }
    return i;
}

static enum status grow(struct amplify *a)
{
    struct amplify bigger = *a;
    bigger.cap = a->cap ? a->cap * 2 : 64;
    if (bigger.cap > LIMIT_AMPLIFY_VICTIMS * 2) {
        return ST_LIMIT;
    }
    bigger.victims = calloc(bigger.cap, sizeof(*bigger.victims));
    if (bigger.victims == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < a->cap; i++) {
        if (a->victims[i].used) {
            bigger.victims[place(&bigger, &a->victims[i].addr, a->victims[i].service)] =
                a->victims[i];
        }
    }
    free(a->victims);
    *a = bigger;
    return ST_OK;
}

static enum status judge(struct amplify *a, struct victim *v)
{
    const struct definition *d = a->definition;
    int64_t mean = d->params[AMP_MEAN_BYTES] ? d->params[AMP_MEAN_BYTES]
                                             : amplifier_at(v->service)->mean_bytes;
    bool few = v->spread->sources < (uint64_t)d->params[AMP_REFLECTORS];
    if (v->packets < (uint64_t)d->params[few ? AMP_PACKETS_FEW : AMP_PACKETS] ||
        v->bytes < v->packets * (uint64_t)mean) {
        return ST_OK;
    }
    struct finding *f = finding_list_begin(a->findings, d);
    if (f == NULL) {
        return ST_NOMEM;
    }
    finding_words(f, amplifier_at(v->service)->name, "udp");
    f->flags = FINDING_ONE_WAY;
    f->has_victim = true;
    f->victim = v->addr;
    f->targets = 1;
    f->target_n = 1;
    f->target_sample[0] = v->addr;
    f->when = v->when;
    f->packets = v->packets;
    f->bytes = v->bytes;
    TRY(spread_tell(v->spread, &a->findings->arena, f));
    f->flags |= FINDING_MANY; /* the sources are reflectors, whatever their number */
    f->has_initiator = false;
    f->spoof_sources = 0; /* they are real: no test of forgery */
    finding_decide(f, few ? "unsolicited answers of few services" : "unsolicited answers",
                   v->packets, d->params[few ? AMP_PACKETS_FEW : AMP_PACKETS]);
    return finding_identify(f);
}

static enum status restart(struct amplify *a, struct victim *v, const struct observation *o)
{
    spread_free(v->spread);
    *v = (struct victim){.addr = o->dst,
                         .service = (uint8_t)amplifier_of(o->src_port),
                         .used = true,
                         .when = extent_of(o->time_ns, o->pos),
                         .spread = spread_new(a->seed)};
    return v->spread != NULL ? ST_OK : ST_NOMEM;
}

static enum status collect(struct amplify *a, const struct observation *o, uint8_t service)
{
    if (a->n * 4 >= a->cap * 3) {
        enum status st = grow(a);
        if (st == ST_LIMIT) {
            return ST_OK; /* more victims at once than anybody watches: new ones are left out */
        }
        TRY(st);
    }
    struct victim *v = &a->victims[place(a, &o->dst, service)];
    int64_t idle = a->definition->params[PARAM_IDLE_S] * TIME_SECOND;
    if (v->used && time_abs_diff(o->time_ns, v->when.last_ns) > idle) {
        TRY(judge(a, v));
        TRY(restart(a, v, o));
    } else if (!v->used) {
        a->n++;
        TRY(restart(a, v, o));
    }
    extent_add(&v->when, o->time_ns, o->pos);
    v->packets++;
    v->bytes += o->payload_len;
    spread_port(v->spread, o->dst_port);
    return spread_see(v->spread, &o->src);
}

enum status amplify_feed(struct amplify *a, const struct obs_batch *batch, const struct contact *c)
{
    if (a->definition == NULL) {
        return ST_OK;
    }
    for (uint64_t bits = contact_strays(c); bits != 0; bits &= bits - 1) {
        const struct observation *o = &batch->obs[__builtin_ctzll(bits)];
        int service = o->proto == PROTO_UDP ? amplifier_of(o->src_port) : -1;
        if (service >= 0) {
            TRY(collect(a, o, (uint8_t)service));
        }
    }
    return ST_OK;
}

static int by_victim(const void *x, const void *y)
{
    const struct victim *a = x;
    const struct victim *b = y;
    int order = addr_compare(&a->addr, &b->addr);
    return order ? order : a->service - b->service;
}

enum status amplify_finish(struct amplify *a)
{
    size_t n = 0;
    for (size_t i = 0; i < a->cap; i++) { /* to the front, then in order */
        if (a->victims[i].used) {
            struct victim v = a->victims[i];
            a->victims[i] = a->victims[n];
            a->victims[n++] = v;
        }
    }
    if (n > 1) {
        qsort(a->victims, n, sizeof(*a->victims), by_victim);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(judge(a, &a->victims[i]));
    }
    return ST_OK;
}

enum status amplify_new(const struct definition_set *definitions, struct finding_list *findings,
                        uint64_t seed, struct amplify **ret)
{
    struct amplify *a = calloc(1, sizeof(*a));
    if (a == NULL) {
        return ST_NOMEM;
    }
    a->definition = definition_find(definitions, METHOD_FLOOD_AMPLIFICATION);
    a->findings = findings;
    a->seed = seed;
    *ret = a;
    return ST_OK;
}

void amplify_free(struct amplify *a)
{
    if (a == NULL) {
        return;
    }
    for (size_t i = 0; i < a->cap; i++) {
        spread_free(a->victims[i].spread);
    }
    free(a->victims);
    free(a);
}
