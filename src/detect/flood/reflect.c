/* detect/flood/reflect.c - collecting long answers, and what was asked for them. */
#include "detect/flood/reflect.h"

#include <stdlib.h>

#include "base/core/hash.h"
#include "base/core/limits.h"
#include "base/core/timefmt.h"
#include "detect/flood/services.h"
#include "detect/flood/spread.h"

/* Bytes of a question that are compared: all that attackers' have. */
enum { QUESTION_BYTES = 64 };

/* Somebody who was given a long answer by a service. What he asked before it
 * is not counted: most who ask get no such answer, and need no memory. */
struct asker {
    struct addr who;
    uint8_t service;
    bool used;
    struct extent when;
    uint64_t answers, answer_bytes; /* long ones */
    uint64_t asked, asked_bytes;    /* questions with payload */
    uint64_t question;              /* hash of the one that most are, if most are one */
    uint64_t same;                  /* questions that were this one, since it is */
    uint64_t votes;                 /* ... more than others: Boyer and Moore's majority vote */
    int64_t second;
    uint64_t in_second, peak; /* answers */
    struct spread *servers;
};

struct reflect {
    const struct definition *definition;
    struct finding_list *findings;
    uint64_t seed;
    struct asker *askers; /* open addressing, cap a power of two */
    size_t n, cap;
};

static size_t place(const struct reflect *r, const struct addr *who, uint8_t service)
{
    uint64_t h = hash_mix(load_le64(who->b + 8) ^ service, r->seed) ^ load_le64(who->b);
    size_t i = hash_mix(h, r->seed) & (r->cap - 1);
    while (r->askers[i].used &&
           (r->askers[i].service != service || !addr_equal(&r->askers[i].who, who))) {
        i = (i + 1) & (r->cap - 1);
    }
    return i;
}

static enum status grow(struct reflect *r)
{
    struct reflect bigger = *r;
    bigger.cap = r->cap ? r->cap * 2 : 64;
    if (bigger.cap > LIMIT_AMPLIFY_VICTIMS * 2) {
        return ST_LIMIT;
    }
    bigger.askers = calloc(bigger.cap, sizeof(*bigger.askers));
    if (bigger.askers == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < r->cap; i++) {
        if (r->askers[i].used) {
            bigger.askers[place(&bigger, &r->askers[i].who, r->askers[i].service)] = r->askers[i];
        }
    }
    free(r->askers);
    *r = bigger;
    return ST_OK;
}

static bool meets(const struct definition *d, const struct asker *a)
{
    const int64_t *p = d->params;
    return a->answers >= (uint64_t)p[REFLECTOR_PACKETS] && a->peak >= (uint64_t)p[REFLECTOR_RATE] &&
           a->asked > 0 && a->same * 100 >= a->asked * (uint64_t)p[REFLECTOR_SAME_PERCENT] &&
           a->answer_bytes / a->answers * a->asked >=
               a->asked_bytes * (uint64_t)p[REFLECTOR_FACTOR];
}

static enum status judge(const struct reflect *r, struct asker *a)
{
    const struct definition *d = r->definition;
    if (!meets(d, a)) {
        return ST_OK;
    }
    struct finding *f = finding_list_begin(r->findings, d);
    if (f == NULL) {
        return ST_NOMEM;
    }
    finding_words(f, amplifier_at(a->service)->name, "udp");
    f->has_victim = true;
    f->victim = a->who;
    f->targets = 1;
    f->target_n = 1;
    f->target_sample[0] = a->who;
    f->when = a->when;
    f->packets = a->answers;
    f->bytes = a->answer_bytes;
    f->peak = a->peak;
    TRY(spread_tell(a->servers, &r->findings->arena, f));
    f->flags |= FINDING_MANY; /* nobody who is named here began it */
    f->has_initiator = false;
    f->spoof_sources = 0;
    f->answered = a->servers->sources;
    finding_decide(f, "long answers to one question, asked again and again", a->answers,
                   d->params[REFLECTOR_PACKETS]);
    return finding_identify(f);
}

/* The event of who gets this long answer. NULL: there is no more room. */
static enum status find(struct reflect *r, const struct observation *o, uint8_t service,
                        struct asker **ret)
{
    *ret = NULL;
    if (r->n * 4 >= r->cap * 3) {
        enum status st = grow(r);
        if (st == ST_LIMIT) {
            return ST_OK;
        }
        TRY(st);
    }
    struct asker *a = &r->askers[place(r, &o->dst, service)];
    int64_t idle = r->definition->params[PARAM_IDLE_S] * TIME_SECOND;
    bool over = a->used && time_abs_diff(o->time_ns, a->when.last_ns) > idle;
    if (over) {
        TRY(judge(r, a));
        spread_free(a->servers);
        a->servers = NULL; /* what follows may fail */
    }
    if (over || !a->used) {
        r->n += !a->used;
        *a = (struct asker){.who = o->dst,
                            .service = service,
                            .used = true,
                            .when = extent_of(o->time_ns, o->pos),
                            .servers = spread_new(r->seed)};
    }
    *ret = a;
    return a->servers != NULL ? ST_OK : ST_NOMEM;
}

static enum status answered(struct reflect *r, const struct observation *o, uint8_t service)
{
    int64_t least = r->definition->params[REFLECTOR_MEAN_BYTES];
    struct asker *a;
    if (o->payload_len < (least > 0 ? least : amplifier_at(service)->mean_bytes)) {
        return ST_OK;
    }
    TRY(find(r, o, service, &a));
    if (a == NULL) {
        return ST_OK;
    }
    extent_add(&a->when, o->time_ns, o->pos);
    int64_t second = o->time_ns / TIME_SECOND;
    a->in_second = second == a->second ? a->in_second + 1 : 1;
    a->second = second;
    a->peak = a->in_second > a->peak ? a->in_second : a->peak;
    a->answers++;
    a->answer_bytes += o->payload_len;
    spread_port(a->servers, o->dst_port);
    return spread_see(a->servers, &o->src);
}

/* The same whenever the same is asked, but for the number of the question. */
static uint64_t question_of(const struct reflect *r, const struct observation *o, uint8_t service)
{
    size_t skip = amplifier_at(service)->id_bytes;
    size_t n = o->captured_len < QUESTION_BYTES ? o->captured_len : QUESTION_BYTES;
    struct bytes rest = n > skip ? bytes_of(o->payload + skip, n - skip) : (struct bytes){0};
    return hash_mix(hash_bytes(rest, r->seed) ^ o->payload_len, r->seed) | 1;
}

static void asked(struct reflect *r, const struct observation *o, uint8_t service)
{
    struct asker *a = &r->askers[place(r, &o->src, service)];
    if (!a->used || o->captured_len == 0) {
        return;
    }
    uint64_t question = question_of(r, o, service);
    a->asked++;
    a->asked_bytes += o->payload_len;
    if (question == a->question) {
        a->same++;
        a->votes++;
    } else if (a->votes > 0) {
        a->votes--;
    } else {
        a->question = question;
        a->same = a->votes = 1;
    }
}

enum status reflect_feed(struct reflect *r, const struct obs_batch *batch, const struct contact *c)
{
    if (r->definition == NULL) {
        return ST_OK;
    }
    const struct contact_seen *seen = contact_seen(c);
    for (uint64_t bits = contact_others(c); bits != 0; bits &= bits - 1) {
        size_t i = (size_t)__builtin_ctzll(bits);
        const struct observation *o = &batch->obs[i];
        if (o->proto != PROTO_UDP || (o->flags & OBS_L4) == 0) {
            continue;
        }
        int service = seen[i].role == ROLE_ANSWERS            ? amplifier_of(o->src_port)
                      : seen[i].role == ROLE_ASKS && r->n > 0 ? amplifier_of(o->dst_port)
                                                              : -1;
        if (service >= 0 && seen[i].role == ROLE_ANSWERS) {
            TRY(answered(r, o, (uint8_t)service));
        } else if (service >= 0) {
            asked(r, o, (uint8_t)service);
        }
    }
    return ST_OK;
}

static int by_asker(const void *x, const void *y)
{
    const struct asker *a = x;
    const struct asker *b = y;
    int order = addr_compare(&a->who, &b->who);
    return order ? order : a->service - b->service;
}

enum status reflect_finish(struct reflect *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->cap; i++) { /* to the front, then in order */
        if (r->askers[i].used) {
            struct asker a = r->askers[i];
            r->askers[i] = r->askers[n];
            r->askers[n++] = a;
        }
    }
    if (n > 1) {
        qsort(r->askers, n, sizeof(*r->askers), by_asker);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(judge(r, &r->askers[i]));
    }
    return ST_OK;
}

enum status reflect_new(const struct definition_set *definitions, struct finding_list *findings,
                        uint64_t seed, struct reflect **ret)
{
    struct reflect *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return ST_NOMEM;
    }
    r->definition = definition_find(definitions, METHOD_FLOOD_REFLECTOR);
    r->findings = findings;
    r->seed = seed;
    *ret = r;
    return ST_OK;
}

void reflect_free(struct reflect *r)
{
    if (r == NULL) {
        return;
    }
    for (size_t i = 0; i < r->cap; i++) {
        spread_free(r->askers[i].servers);
    }
    free(r->askers);
    free(r);
}
