/* evidence/exhibit/cut.h - an exhibit from sealed segments.
 *
 * What it opens: all records of the remotes that are asked for, in the segments
 * that are given; of each, which of them have the same local end (T). Hidden fields
 * only where a finding rests on them, and never where a local address follows from
 * them (leak.h). Local addresses, options and payload only when asked. What it
 * claims is what follows again from what it opens; tool marks, and findings
 * asked for by name, that do not are marked as the cutter's word.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "base/model/definition.h"
#include "base/model/finding.h"
#include "evidence/exhibit/exhibit.h"
#include "evidence/exhibit/lines.h"
#include "evidence/segment.h"

enum { EVIDENCE_CUT_LEFT_MAX = 32 };

/* Where segments come from. Each is asked for more than once, so that not all are
 * in memory; by party, sensor and number, without gaps within what a finding and
 * its margins need. */
struct evidence_cut_source {
    size_t n;
    void *ctx;
    /* Segment i, sealed with `keep`; whoever cuts frees it. */
    enum status (*segment)(void *ctx, size_t i, struct evidence_segment **ret, struct fault *why);
    /* The tlog-proof of its entry. */
    enum status (*proof)(void *ctx, size_t i, struct buf *out, struct fault *why);
};

struct evidence_cut_wish {
    const struct evidence_cut_source *source;
    const struct definition_set *definitions; /* that the headers name */
    const struct addr *remotes;               /* ascending; one at least */
    size_t remote_n;
    /* Only these; 0: all that follow. Compared by definition, kind, technique,
     * protocol and first time. */
    const struct finding *findings;
    size_t finding_n;
    bool kr;                   /* all local addresses of these remotes, in whole epochs */
    bool hidden;               /* all hidden fields that tell no local address */
    bool data;                 /* options, payload, lines of logs */
    const struct addr *locals; /* local addresses to open */
    size_t local_n;
    bool marks; /* hidden fields of tool marks, although they tell the targets */
    struct evidence_exhibit_time *times;
    size_t time_n;
    evidence_line_parse *lines; /* how lines of logs are read */
    struct bytes ladder;        /* data/ladder.json; empty: none */
    uint64_t seed;              /* of hash tables: never shows */
};

/* A finding that is not claimed. */
struct evidence_cut_left {
    char definition[DEFINITION_TEXT_MAX];
    bool has_initiator;
    struct addr initiator;
    int64_t first_ns;
};

/* What was opened, and what it costs. */
struct evidence_cut_told {
    uint64_t rows, hidden, data; /* records shown; with hidden fields; with data */
    uint64_t locals;             /* local addresses opened, counted once per remote and segment */
    uint64_t others;             /* remotes that are seen besides, each in a segment */
    uint64_t kept_back;          /* rows whose hidden fields would tell their local address */
    size_t segments, claims, at_least, said;
    bool data_shows; /* what is only said, or left out, follows with `data` opened */
    size_t left_out; /* findings that do not follow from what is opened; the first of them: */
    struct evidence_cut_left left[EVIDENCE_CUT_LEFT_MAX];
};

/* One more that is left out. */
void evidence_cut_leave_out(struct evidence_cut_told *t, const struct finding *f);

/* ST_END: nothing that was asked for follows. ST_MISMATCH: the segments were sealed
 * under other definitions, do not fit together, or a line that is opened says something
 * else than its record. */
MUST_USE enum status evidence_cut(const struct evidence_engine *e,
                                  const struct evidence_cut_wish *wish, struct buf *out,
                                  struct evidence_cut_told *ret, struct fault *why);
