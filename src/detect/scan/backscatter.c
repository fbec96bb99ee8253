/* detect/scan/backscatter.c - judging answers that nobody asked for. */
#include "detect/scan/backscatter.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/core/sort.h"

static int by_addr(const void *a, const void *b)
{
    return addr_compare(a, b);
}

struct strays {
    uint64_t pairs, packets, targets;
    bool ports; /* some had a port: TCP or UDP */
};

/* Pairs whose answers went on with data belong to connections of which only
 * one side is seen. */
static bool is_stray(uint64_t slot)
{
    return (slot & PAIR_CLIENT_DATA) == 0;
}

static enum status count(const struct contact_ended *e, struct strays *s, uint32_t *targets)
{
    size_t n = 0;
    *s = (struct strays){0};
    for (size_t i = 0; i < e->pair_n; i++) {
        if (is_stray(e->slots[i])) {
            s->pairs++;
            s->packets += pair_count(e->slots[i]);
            s->ports |= pair_port(e->slots[i]) != 0;
            targets[n++] = pair_target(e->slots[i]);
        }
    }
    sort_u32(targets, n, targets + n);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || targets[i] != targets[i - 1]) {
            targets[s->targets++] = targets[i];
        }
    }
    if (s->pairs == e->pair_n) {
        s->packets = e->packets;
    }
    return ST_OK;
}

static enum status add(const struct definition *d, const struct host_table *hosts,
                       struct finding_list *findings, const struct contact_ended *e,
                       const struct strays *s, const uint32_t *targets)
{
    struct finding *f = finding_list_begin(findings, d);
    if (f == NULL) {
        return ST_NOMEM;
    }
    finding_words(f, "answers", s->ports ? "tcp" : "icmp");
    f->flags = FINDING_MANY | FINDING_ONE_WAY | (host_is_inner(hosts, e->host) ? FINDING_INNER : 0);
    f->has_victim = true;
    f->victim = host_addr(hosts, e->host);
    f->when = e->when;
    f->packets = s->packets;
    f->pairs = s->pairs;
    f->targets = s->targets;
    for (size_t i = 0; i < s->targets && i < FINDING_SAMPLE_MAX; i++) {
        f->target_sample[f->target_n++] = host_addr(hosts, (e->host & HOST_V6) | targets[i]);
    }
    qsort(f->target_sample, f->target_n, sizeof(f->target_sample[0]), by_addr);
    finding_decide(f, "answers that were not seen to be asked for", s->packets,
                   d->params[BACK_PACKETS]);
    return finding_identify(f);
}

enum status backscatter_judge(const struct definition *d, const struct host_table *hosts,
                              struct finding_list *findings, const struct contact_ended *e)
{
    if (d == NULL || e->packets < (uint64_t)d->params[BACK_PACKETS] ||
        e->pair_n < (uint64_t)d->params[BACK_TARGETS]) {
        return ST_OK;
    }
    CLEANUP(free_ptr) uint32_t *targets = malloc(2 * e->pair_n * sizeof(*targets));
    if (targets == NULL) {
        return ST_NOMEM;
    }
    struct strays s;
    TRY(count(e, &s, targets));
    if (s.packets < (uint64_t)d->params[BACK_PACKETS] ||
        s.targets < (uint64_t)d->params[BACK_TARGETS]) {
        return ST_OK;
    }
    return add(d, hosts, findings, e, &s, targets);
}
