/* exchange/case/trace.h - what the addresses of a case sent after the act.
 *
 * Observations in, counts out; no I/O, no clock. For each address of a case it counts
 * what came from it after the act had ended, and keeps what an absence rests on: whom
 * it had turned to, whether anybody else's records to those are there afterwards, and
 * which addresses of its network turned to the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/limits.h"
#include "base/core/status.h"
#include "base/model/observation.h"

enum {
    CASE_MARKS = 2,      /* times that are told apart: the notice, the answer */
    CASE_NEIGHBOURS = 8, /* of one address: those with the most targets in common */
    CASE_TRACE_KINDS = 8,
    CASE_KIND_MAX = 64,
};

/* An address of the case. */
struct case_suspect {
    struct addr remote;
    struct prefix network;     /* whose other addresses are neighbours */
    int64_t first_ns, last_ns; /* of its acts, as the notice has them */
    int64_t since_ns;          /* what is later counts; not before last_ns */
    size_t kind_n;             /* of its acts; those past the array are not looked for */
    char kind[CASE_TRACE_KINDS][CASE_KIND_MAX]; /* or definition, without its version */
};

/* Another address of the same network, after the act. */
struct case_neighbour {
    struct addr address;
    uint64_t records;
    int64_t first_ns, last_ns;
    uint64_t targets, shared; /* distinct; of those of the act */
    bool more;                /* targets than were kept */
    uint64_t ports, shared_ports;
};

struct case_trace {
    /* The act itself, where the records have it. */
    uint64_t then_records, then_targets, then_ports;
    bool then_more; /* targets than were kept */
    /* From the address, later. */
    uint64_t later_records;
    int64_t later_first_ns, later_last_ns;
    uint64_t again; /* ... to targets of the act */
    uint64_t after[CASE_MARKS];
    /* From anybody else to targets of the act, later. */
    uint64_t others;
    int64_t others_first_ns, others_last_ns;
    size_t neighbour_n;
    struct case_neighbour neighbour[CASE_NEIGHBOURS];
};

/* All records of one input that are later than the first time that counts. */
struct case_look {
    uint64_t records;
    int64_t first_ns, last_ns;
    int64_t gap_from_ns, gap_to_ns; /* its longest silence among them */
};

struct case_tracer;

struct case_tracer_options {
    const struct case_suspect *suspects; /* borrowed; ascending by address, each once */
    size_t n;                            /* at most LIMIT_OUTCOME_REMOTES */
    size_t input_n;
    int64_t mark_ns[CASE_MARKS]; /* INT64_MAX: none */
    uint64_t seed;               /* of hash tables: never shows */
};

MUST_USE enum status case_tracer_new(const struct case_tracer_options *opt,
                                     struct case_tracer **ret);
void case_tracer_free(struct case_tracer *t);
void case_tracer_freep(struct case_tracer **t);
/* Batches of inputs that were ordered by their first time. Without memory it stops
 * counting, and says so at the end. */
void case_tracer_feed(struct case_tracer *t, const struct obs_batch *batch);
MUST_USE enum status case_tracer_trace(const struct case_tracer *t, size_t suspect,
                                       struct case_trace *ret);
const struct case_look *case_tracer_look(const struct case_tracer *t, size_t input);

/* Between processes: _get accepts nothing that _put cannot write. */
MUST_USE enum status case_trace_put(struct buf *out, const struct case_trace *t);
MUST_USE enum status case_trace_get(struct cursor *in, struct case_trace *ret);
void case_look_put(struct buf *out, const struct case_look *l);
MUST_USE enum status case_look_get(struct cursor *in, struct case_look *ret);
