/* detect/guess/sessions.c - which lines of an SSH server's log are of one login. */
#include "detect/guess/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "base/core/hash.h"
#include "base/core/timefmt.h"

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
    uint64_t h = hash_bytes(bytes_of(want->who.b, sizeof(want->who.b)), s->seed);
    size_t i = hash_mix(h ^ want->host ^ want->pid, s->seed) & (s->cap - 1);
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

enum status sessions_touch(struct sessions *s, const struct observation *o, struct session **ret)
{
    s->newest_ns = o->time_ns > s->newest_ns ? o->time_ns : s->newest_ns;
    if (s->slots == NULL || s->n >= s->sweep_at) {
        TRY(sweep(s));
    }
    struct session want = {.who = o->src,
                           .host = hash_bytes(o->log->host, s->seed),
                           .pid = o->log->session ? o->log->session : o->src_port,
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
