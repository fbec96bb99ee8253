/* evidence/header.h - what a segment says of itself: strict text, one spelling.
 *
 * Lines, their order and what they mean: docs/FORMATS.md, "Segments". The hash of
 * the text, salted, is the segment's entry in its sensor's ledger.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/hash.h"
#include "base/core/limits.h"
#include "base/core/status.h"
#include "base/model/local.h"
#include "evidence/keys.h"
#include "ledger/key.h"

enum evidence_kind { KIND_LIVE, KIND_FILE, KIND_LOG };
enum evidence_end { END_CLOSED, END_CRASH };

enum {
    HEADER_SOURCE_MAX = 32, /* a word: "ntp", "file" */
    HEADER_AFTER_MAX = 1024,
};
/* Of payload: every byte that was captured. */
#define HEADER_PAYLOAD_ALL UINT32_MAX

/* What a sensor counts besides records. */
struct evidence_counters {
    uint64_t packets, octets; /* seen: twins once, inner packets not again */
    uint64_t late;            /* records older than the segment */
    uint64_t drop_interface, drop_kernel, drop_sensor;
    uint64_t sampling;             /* one in so many; 1: all */
    uint64_t two_way, connections; /* TCP connections of which both directions were seen, of all */
};

struct evidence_header {
    char party[LEDGER_NAME_MAX + 1], sensor[LEDGER_NAME_MAX + 1];
    uint64_t seq;
    uint8_t segid[EVIDENCE_ID_BYTES];
    int64_t from_ns, to_ns; /* half-open */
    uint64_t mono_from_ns, mono_to_ns, clock_steps;
    char clock_source[HEADER_SOURCE_MAX + 1];
    uint64_t clock_bound_ns;
    enum evidence_kind kind;
    struct digest root;
    uint32_t remotes;
    uint64_t records;
    uint32_t flows;                    /* keys in the flow trie */
    uint64_t flows_unseen, flows_lost; /* connections without a key: begun unseen; too many */
    bool declared;                     /* networks: else inferred */
    uint32_t net_count;
    struct digest net[LOCAL_NETS_MAX]; /* ascending */
    struct evidence_counters counters;
    uint32_t payload; /* bytes of each that were committed; HEADER_PAYLOAD_ALL */
    uint64_t epoch;
    struct digest key;                              /* commits to K_seg */
    struct digest definitions, program, next, prev; /* zero: none */
    char after[HEADER_AFTER_MAX + 1];               /* "none" */
    enum evidence_end end;
};

void evidence_header_write(const struct evidence_header *h, struct buf *out);
/* The one spelling, and nothing behind it. */
MUST_USE enum status evidence_header_parse(struct bytes text, struct evidence_header *ret,
                                           struct fault *why);

/* Does `next` continue `h`, whose text hashes to `hash`? ST_MISMATCH names what
 * does not fit: another sensor, a gap, a repeated number, spans that overlap. */
MUST_USE enum status evidence_header_follows(const struct evidence_header *h,
                                             const struct digest *hash,
                                             const struct evidence_header *next, struct fault *why);
/* The first of a sensor: number 0, before it nothing. */
bool evidence_header_first(const struct evidence_header *h);

/* Why this segment proves no absence; NULL: it does, as far as it can. With
 * `flows`, at the level of single connections. */
const char *evidence_header_no_absence(const struct evidence_header *h, bool flows);

/* The ledger entry: "exhibit-segment/v1", sensor, seq, base64 H(17 | salt | H(text)). */
void evidence_entry_hash(const struct evidence_engine *e, const struct evidence_salt *salt,
                         const struct digest *header, struct digest *ret);
void evidence_entry_write(const struct evidence_header *h, const struct digest *hash,
                          struct buf *out);
/* ST_MISMATCH: this entry is not of that header. */
MUST_USE enum status evidence_entry_check(const struct evidence_engine *e, struct bytes entry,
                                          struct bytes header_text,
                                          const struct evidence_salt *salt, struct fault *why);
