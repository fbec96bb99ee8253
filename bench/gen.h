/* bench/gen.h - what the parts of the generator share.
 *
 * Every actor is a task: stepped when its time comes, it writes one packet
 * and says when it wants to be stepped again. All chance comes from one
 * seeded stream, so a seed and its options fix every byte.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/arena.h"
#include "base/core/timefmt.h"
#include "frame.h"
#include "tally.h"

struct gen;

struct task {
    /* The next time, never before now_ns, or TASK_DONE; then the task is gone. */
    uint64_t (*step)(struct gen *g, struct task *t, uint64_t now_ns);
};

#define TASK_DONE UINT64_MAX
#define START_NS  (UINT64_C(1704067200) * TIME_SECOND) /* 2024-01-01T00:00:00Z */
#define SPAN_NS   ((uint64_t)(1800 * TIME_SECOND))

/* The monitored network: 198.18.0.0/15, of which the first /20 is alive, and
 * as many places in 2001:db8:5a5a::/48. A target is an index into them. */
enum { TARGET_BITS = 17, PORT_BITS = 16, TARGETS = TALLY_TARGETS, LIVE = 4096 };

/* How an index becomes an IPv6 address: low numbers in the first /112 and
 * ::1 of other /64s, as hit lists have them; or anything. */
enum target_style { TARGET_V4, TARGET_V6_LOW, TARGET_V6_ANY };

struct heap_entry {
    uint64_t time_ns;
    struct task *task;
};

struct peers; /* of ordinary traffic; flow.c */

struct gen {
    struct frame_out out;
    struct arena arena;
    struct tally_list tallies;
    struct tally *answer; /* what live hosts answer to actors, and resets after it */
    uint64_t random;
    uint64_t source_key, source_count;
    unsigned v6_percent;
    bool answers; /* both directions are seen */
    struct peers *peers;
    struct heap_entry *heap;
    size_t heap_len, heap_cap;
};

/* Splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators). */
static inline uint64_t gen_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64_t gen_random(struct gen *g)
{
    g->random += UINT64_C(0x9e3779b97f4a7c15);
    return gen_mix(g->random);
}

static inline uint32_t gen_below(struct gen *g, uint32_t n)
{
    return (uint32_t)((gen_random(g) >> 32) * n >> 32);
}

static inline uint32_t gen_between(struct gen *g, uint32_t low, uint32_t high)
{
    return low + gen_below(g, high - low + 1);
}

/* An address outside, never the same twice. A forged one may be private. */
struct addr gen_source(struct gen *g, bool v6);
struct addr gen_source_forged(struct gen *g);
/* A permutation of 0..2^bits-1 (bits 16 or 17), chosen by key. */
uint32_t gen_permute(uint32_t index, uint32_t key, unsigned bits);
struct addr gen_target(uint32_t index, enum target_style style);
bool gen_is_live(uint32_t index, enum target_style style);
/* Does live host h listen there? */
bool gen_is_open(uint32_t host, uint16_t port);

/* Zeroed memory that lives as long as the generator; exits without memory. */
void *gen_alloc(struct gen *g, size_t n);
struct tally *gen_tally(struct gen *g, const char *kind, const char *protocol,
                        const struct addr *source, unsigned sets);
void gen_schedule(struct gen *g, struct task *t, uint64_t time_ns);

/* probe.c: actors that send probes, answers of flood victims, and floods. */
enum probe_kind {
    PROBE_ZMAP_OLD,
    PROBE_ZMAP_NEW,
    PROBE_MASSCAN,
    PROBE_MIRAI,
    PROBE_NMAP,
    PROBE_UDP,
    PROBE_ICMP,
    PROBE_CUSTOM,
    PROBE_SLOW_SWEEP,
    PROBE_SLOW_PORTS,
    PROBE_ONE_HIT,
    PROBE_BACKSCATTER_TCP,
    PROBE_BACKSCATTER_ICMP,
    PROBE_SYN_FLOOD,
    PROBE_KINDS,
};

/* An actor with that many records between two times. */
void probe_add(struct gen *g, enum probe_kind kind, bool v6, uint64_t records, uint64_t from_ns,
               uint64_t until_ns);

/* flow.c: two-way traffic, with exactly that many records. */
void flow_add_tcp(struct gen *g, uint64_t records);
void flow_add_udp(struct gen *g, uint64_t records);
void flow_add_guesser(struct gen *g, uint64_t records);
