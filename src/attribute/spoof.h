/* attribute/spoof.h - do the sources of a flood look like forged ones?
 *
 * Whoever forges sources draws them at random, from all of IPv4, from what can
 * be a source, from a range of it, or from what is announced. Random sources
 * show in three ways: a part of them is impossible (special-purpose or
 * announced by nobody), they spread over the /8s as that space does, and
 * hardly one comes twice. Real hosts have announced addresses and crowd in few
 * networks. "Consistent with" is all that can be said: where it is said, no
 * ranking of countries means anything, for the ranking of random addresses is
 * that of the address space.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/sources.h"
#include "base/core/addr.h"
#include "base/core/arena.h"
#include "base/core/buf.h"
#include "base/core/cursor.h"

enum attribute_spoof {
    SPOOF_CANNOT_TELL,
    SPOOF_CONSISTENT,
    SPOOF_UNLIKE, /* not as random sources are; a careful forger is not excluded */
};

/* Distinct sources, sorted: all of them or a sample that does not prefer any. */
struct attribute_spoof_sources {
    const struct addr *sample;
    size_t n;
    uint64_t sources; /* distinct ones in all */
    uint64_t single;  /* of these, with one packet */
};

/* How much of each IPv4 /8 is announced, by looking up a fixed sample. */
struct attribute_space {
    bool known;  /* false: no source of routes, or one that covers too little */
    bool known6; /* the same for IPv6 */
    int source;  /* that answered */
    uint16_t tried[256], announced[256]; /* of what can be a source at all */
};

struct attribute_spoof_result {
    enum attribute_spoof verdict;
    const char *test;  /* that decided, in words */
    const char *space; /* that the sources fit best */
    bool v6;           /* judged by the IPv6 sources (their /64s), else by IPv4 */
    int routes;        /* the source that says what is announced, or -1 */
    size_t n;          /* sources looked at */
    size_t bogon, unannounced;
    double impossible_expected; /* share of these two in that space */
    double p_impossible;        /* chance of a share as far from that */
    double p_real;              /* chance of so many among real hosts */
    double p_spread;            /* chance of a spread over /8s as far from even */
    unsigned bins;              /* of that test; 0: too few sources for it */
    double single_share;
};

typedef bool (*attribute_announced)(const void *context, const struct addr *a);

/* Pure. `announced` is asked only when the space is known. */
void attribute_spoof_judge(const struct attribute_spoof_sources *s,
                           const struct attribute_space *space, attribute_announced announced,
                           const void *context, struct attribute_spoof_result *ret);

/* The same with the sources of a run; both families must be loaded as far as
 * they occur. */
void attribute_spoof_test(const struct attribute_sources *set, int64_t event_ns,
                          const struct attribute_spoof_sources *s,
                          struct attribute_spoof_result *ret);
void attribute_space_sample(const struct attribute_sources *set, int64_t event_ns,
                            struct attribute_space *ret);

/* Between our own processes; the words live in the arena. */
void attribute_spoof_put(struct buf *out, const struct attribute_spoof_result *r);
MUST_USE enum status attribute_spoof_get(struct cursor *in, struct arena *arena,
                                         struct attribute_spoof_result *ret);
