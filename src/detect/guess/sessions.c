/* detect/guess/sessions.c - which lines of an SSH server's log are of one login. */
#include "detect/guess/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"
#include "base/core/timefmt.h"
#include "base/core/touch.h"

enum { SESSIONS_LEAST = 1024 };

void sessions_init(struct sessions *s, uint64_t seed)
{
    *s = (struct sessions){.sweep_at = SESSIONS_LEAST, .newest_ns = INT64_MIN, .seed = seed};
}

void sessions_fini(struct sessions *s)
{
    free(s->slots);
    *s = (struct sessions){0};
}

uint32_t session_attempts(const struct session *s)
{
    uint32_t most = s->weak;
    for (size_t i = 0; i < LOG_TALLY_NONE; i++) {
        most = s->tallies[i] > most ? s->tallies[i] : most;
    }
    return most;
}

static struct session *find(const struct sessions *s, const struct session *want)
{
    size_t i = want->hash & (s->cap - 1);
    while (s->slots[i].used && (s->slots[i].pid != want->pid || s->slots[i].host != want->host ||
                                !addr_equal(&s->slots[i].who, &want->who))) {
        i = (i + 1) & (s->cap - 1);
    }
    return &s->slots[i];
}

static bool is_over(const struct sessions *s, const struct session *one)
{
    return time_abs_diff(s->newest_ns, one->last_ns) > TIME_HOUR;
}

/* A table with room for as many again as are running. */
static enum status sweep(struct sessions *s)
{
    struct sessions fresh = *s;
    size_t running = 0;
    for (size_t i = 0; i < s->cap; i++) {
        running += s->slots[i].used && !is_over(s, &s->slots[i]);
    }
    fresh.sweep_at = running * 2 > SESSIONS_LEAST ? running * 2 : SESSIONS_LEAST;
    for (fresh.cap = SESSIONS_LEAST * 2; fresh.cap < fresh.sweep_at * 2;) {
        fresh.cap *= 2;
    }
    fresh.slots = calloc(fresh.cap, sizeof(*fresh.slots));
    if (fresh.slots == NULL) {
        return ST_NOMEM;
    }
    for (size_t i = 0; i < s->cap; i++) {
        if (s->slots[i].used && !is_over(s, &s->slots[i])) {
            *find(&fresh, &s->slots[i]) = s->slots[i];
        }
    }
    fresh.n = running;
    free(s->slots);
    *s = fresh;
    return ST_OK;
}

static uint32_t pid_of(const struct observation *o)
{
    return o->log->session ? o->log->session : o->src_port;
}

uint64_t sessions_hash(const struct sessions *s, const struct observation *o)
{
    uint64_t h = hash_bytes(bytes_of(o->src.b, sizeof(o->src.b)), s->seed);
    return hash_mix(h ^ hash_bytes(o->log->host, s->seed) ^ pid_of(o), s->seed);
}

void sessions_expect(const struct sessions *s, uint64_t hash)
{
    if (s->slots != NULL) {
        const struct session *home = &s->slots[hash & (s->cap - 1)];
        touch(home);
        touch(&home->last_ns); /* may be in the next line of the cache */
    }
}

enum status sessions_touch(struct sessions *s, uint64_t hash, const struct observation *o,
                           struct session **ret)
{
    s->newest_ns = o->time_ns > s->newest_ns ? o->time_ns : s->newest_ns;
    if (s->slots == NULL || s->n >= s->sweep_at) {
        TRY(sweep(s));
    }
    struct session want = {.who = o->src,
                           .hash = hash,
                           .host = hash_bytes(o->log->host, s->seed),
                           .pid = pid_of(o),
                           .used = true,
                           .last_ns = o->time_ns};
    struct session *one = find(s, &want);
    if (!one->used || time_abs_diff(o->time_ns, one->last_ns) > TIME_HOUR) {
        s->n += !one->used;
        *one = want;
    }
    one->last_ns = o->time_ns;
    *ret = one;
    return ST_OK;
}
