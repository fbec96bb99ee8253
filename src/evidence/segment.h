/* evidence/segment.h - a stream of observations, sealed span by span.
 *
 * The sealer files each observation under its remote, closes a segment after its
 * span or its records, and hands it over with its header and its ledger entry.
 * Clock, randomness and keys come in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "base/model/local.h"
#include "evidence/header.h"
#include "evidence/keys.h"
#include "evidence/record.h"
#include "evidence/trie.h"

/* What can be opened of a record later. */
struct evidence_kept {
    struct addr local;
    struct evidence_salt tsalt;
    uint8_t hidden[RECORD_HIDDEN_BYTES];
    uint16_t ip_options, tcp_options;
    uint32_t payload;
    uint64_t data_at; /* in the segment's data: options, then payload */
};

struct evidence_segment {
    struct evidence_header header;
    struct buf text, entry;
    struct digest hash; /* of the text */
    struct evidence_secret key;
    struct evidence_salt entry_salt;
    struct evidence_box box; /* key, for the opening key */
    struct local_nets nets;
    struct evidence_trie remotes, flows;
    /* With `keep`: records by remote, then as they came; start[i] is the first
     * of leaf i. */
    bool kept;
    uint32_t count;
    uint32_t *start;
    uint8_t *records;
    struct evidence_kept *rows;
    struct evidence_salt *kr; /* of each remote */
    struct buf data;
};

void evidence_segment_free(struct evidence_segment *s);
/* What the root commits to. */
void evidence_segment_root(const struct evidence_segment *s, struct evidence_root *ret);

struct evidence_clock {
    char source[HEADER_SOURCE_MAX + 1]; /* "" for what was recorded elsewhere: "file" */
    uint64_t bound_ns, mono_ns, steps;
};

struct evidence_sealer_config {
    const char *party, *sensor;
    enum evidence_kind kind;
    struct local_nets nets;
    bool declared;        /* in the ledger: else they were inferred */
    bool keep;            /* what can be opened stays in memory */
    bool count_pairs;     /* two-way connections are counted here, not by the caller */
    uint32_t payload;     /* bytes of each to commit to; HEADER_PAYLOAD_ALL */
    int64_t span_ns;      /* 0: ten seconds; a log's is a day */
    uint32_t records_max; /* 0: LIMIT_SEGMENT_RECORDS; at least 2 */
    uint64_t data_max;    /* options, payload and lines; 0: LIMIT_SEGMENT_DATA, which is the most */
    int64_t idle_ns;      /* of connections without a beginning of their own */
    uint64_t seq;         /* of the first segment, and what was before it */
    struct digest prev;
    struct digest definitions, program, next;
    const char *after;       /* NULL: none */
    uint8_t opening_pub[32]; /* X25519 */
    void *ctx;
    enum status (*random)(void *ctx, void *ret, size_t n);
    /* Id and key of a new segment; when sealing again, those it had. */
    enum status (*fresh)(void *ctx, uint64_t seq, uint8_t segid[EVIDENCE_ID_BYTES],
                         struct evidence_secret *k_seg);
    /* The epoch of a time, and its key. */
    enum status (*epoch)(void *ctx, int64_t time_ns, uint64_t *ret,
                         struct evidence_secret *k_epoch);
    void (*clock)(void *ctx, struct evidence_clock *ret); /* NULL: "file" */
    /* Segments in their order; each is the callee's to free. */
    enum status (*closed)(void *ctx, struct evidence_segment *s);
};

struct evidence_sealer;

/* The configuration is copied; strings are borrowed. After a failure of any of
 * these, only free. */
MUST_USE enum status evidence_sealer_new(const struct evidence_sealer_config *c,
                                         struct evidence_sealer **ret);
void evidence_sealer_free(struct evidence_sealer *s);
/* ST_LIMIT, with nothing changed: the time is within two days of what 64 bits
 * can say. */
MUST_USE enum status evidence_sealer_add(struct evidence_sealer *s,
                                         const struct evidence_item *item);
/* The same for many at once, faster: what one needs is fetched while others are
 * filed. Up to the first failure, of which *ret_done says how many came before. */
MUST_USE enum status evidence_sealer_add_many(struct evidence_sealer *s,
                                              const struct evidence_item *items, size_t n,
                                              size_t *ret_done);
/* Live: it is now; spans that have passed are closed. */
MUST_USE enum status evidence_sealer_tick(struct evidence_sealer *s, int64_t now_ns);
/* For the open segment: drops, sampling, directions are added (packets are
 * counted here). */
void evidence_sealer_count(struct evidence_sealer *s, const struct evidence_counters *c);
/* No more: close what is open. A live sensor saw nothing past now_ns; in files
 * and logs the last span is whole. */
MUST_USE enum status evidence_sealer_end(struct evidence_sealer *s, int64_t now_ns,
                                         enum evidence_end end);
