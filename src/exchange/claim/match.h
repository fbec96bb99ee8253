/* exchange/claim/match.h - claims held against packets and log lines.
 *
 * Observations in, counts out; no I/O, no clock. Beside the records that fit a
 * claim it keeps what an absence rests on: for each input from when to when it
 * goes, where nothing at all was recorded, and whether it saw the networks of
 * the accused in both directions.
 */
#pragma once

#include "base/model/local.h"
#include "base/model/observation.h"
#include "exchange/claim/claim.h"
#include "exchange/claim/flow.h"

enum {
    CLAIM_SLOTS = 57,        /* half hours from -14 to +14: all differences of zones (RFC 9557) */
    CLAIM_SILENCES_MAX = 16, /* of an input */
};

/* A network at night may be silent for minutes; a recorder that was off is. */
#define CLAIM_SILENCE_NS (10 * INT64_C(60000000000))

/* What fits one claim. */
struct claim_match {
    uint64_t packets; /* from the accused, within the time */
    uint64_t exact;   /* ... of them from a source port that the claim names */
    uint64_t back;    /* to the accused, from the other end */
    uint64_t lines;   /* of logs */
    uint64_t lines_exact;
    uint64_t other;     /* packets of the accused then that do not fit */
    uint64_t asks;      /* of `packets`: SYN, and what is neither TCP nor an answer */
    uint64_t answers;   /* ... SYN-ACK, RST, ICMP's answers, UDP after the other end's */
    uint64_t greetings; /* ... SYN-ACK, and errors about a packet of the other end */
    uint64_t asked_by;  /* of `back`: SYN, echo requests, UDP that came first */
    int64_t first_ns, last_ns;
    uint64_t first_pos;
    uint64_t connections, completed, refused; /* of TCP, that had a packet within the time */
    uint64_t sending;                         /* ... in which the accused sent data */
    uint64_t begun;                           /* ... of which the first packet was seen */
    uint64_t theirs;                          /* ... and it was the other end's SYN */
    bool more_connections;                    /* than were followed */
    uint32_t moments_met;                     /* bits; by source port, or by time alone */
    bool has_offset;
    int64_t offset_ns;           /* our time less the claim's, where they are nearest */
    bool has_near;               /* records that fit but for the time */
    bool near_exact;             /* ... with a source port that the claim names */
    int64_t near_ns;             /* the nearest: our time less the claim's */
    uint32_t slots[CLAIM_SLOTS]; /* records that would fit, were the times so many half hours off */
    uint64_t ever;               /* packets of the accused at any time */
    /* What might be it, but does not show it; within the time. */
    uint64_t portless; /* to the target, with ports that were not recorded */
    uint64_t swapped;  /* would fit, were the claim's ports exchanged */
    uint64_t carried;  /* would fit, but stand in a tunnel that came from elsewhere */
};

struct claim_silence {
    int64_t from_ns, to_ns;
};

/* A recorder's filter lets through what it was asked for. */
enum claim_class { CLAIM_TCP, CLAIM_UDP, CLAIM_ICMP, CLAIM_OTHER, CLAIM_CLASSES };
enum claim_class claim_class_of(uint8_t proto);

/* One input. */
struct claim_cover {
    bool has_time;
    bool log, flows;
    int64_t first_ns, last_ns;
    uint64_t records;
    uint64_t in;                 /* packets to the networks of the accused */
    uint64_t out[CLAIM_CLASSES]; /* ... from them, by protocol */
    size_t silence_n;
    bool more_silences;
    struct claim_silence silences[CLAIM_SILENCES_MAX];
};

static inline uint64_t claim_cover_out(const struct claim_cover *c)
{
    return c->out[CLAIM_TCP] + c->out[CLAIM_UDP] + c->out[CLAIM_ICMP] + c->out[CLAIM_OTHER];
}

struct claim_matcher;

struct claim_matcher_options {
    const struct claim_set *claims;  /* borrowed */
    const struct local_nets *locals; /* borrowed: what --local gave; may be empty */
    size_t input_n;
    int64_t tolerance_ns; /* how far clocks may be apart */
    uint64_t seed;        /* of a hash table: never shows */
};

MUST_USE enum status claim_matcher_new(const struct claim_matcher_options *opt,
                                       struct claim_matcher **ret);
void claim_matcher_free(struct claim_matcher *m);
/* A batch of one input (obs.pos tells which). */
void claim_matcher_feed(struct claim_matcher *m, const struct obs_batch *batch);
/* A flow of one input, in whatever order they come. */
void claim_matcher_flow(struct claim_matcher *m, const struct claim_flow *f);
/* After the last. */
void claim_matcher_finish(struct claim_matcher *m);

const struct claim_match *claim_matcher_match(const struct claim_matcher *m, size_t claim);
const struct claim_cover *claim_matcher_cover(const struct claim_matcher *m, size_t input);

/* What other records have of the same claim, too. */
void claim_match_join(struct claim_match *to, const struct claim_match *from);

/* Those of all claims, in order; and what one input covers. */
void claim_matches_put(struct buf *out, const struct claim_matcher *m);
MUST_USE enum status claim_matches_get(struct cursor *in, struct claim_match *ret, size_t n);
void claim_cover_put(struct buf *out, const struct claim_matcher *m, size_t input);
MUST_USE enum status claim_cover_get(struct cursor *in, struct claim_cover *ret);
