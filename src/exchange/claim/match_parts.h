/* exchange/claim/match_parts.h - what the files of the matcher share. */
#pragma once

#include "exchange/claim/match.h"

enum { CLAIM_NETS_MAX = 32, CLAIM_MIDDLE_SLOT = CLAIM_SLOTS / 2 };

/* What flows tell of one direction of a connection. */
struct claim_flow_side {
    int64_t first_ns;
    uint64_t packets; /* in time */
    uint8_t tcp_flags;
    bool seen, began; /* by its writer's word */
    enum claim_flow_state state;
};

struct claim_connection {
    bool used;
    bool tcp;
    bool udp; /* of which only who was first is kept */
    uint8_t seen;
    uint16_t source_port, target_port;
    uint32_t claim;
    uint32_t synack_seq;
    struct addr other;
    struct claim_flow_side sides[2]; /* of flows: of the accused, of the other end */
};

struct claim_matcher {
    struct claim_matcher_options opt;
    struct claim_match *matches;
    struct claim_cover *covers;
    uint32_t *order; /* claims by address */
    size_t net_n;
    struct prefix nets[CLAIM_NETS_MAX]; /* of the accused */
    struct claim_connection *connections;
    size_t connection_n;
    uint64_t bloom; /* of the last bytes of accused addresses */
    uint64_t outer_pos;
    struct addr outer_src, outer_dst; /* of the tunnel's packet that was read last */
};

/* How far a record is from a claim's time: 0 within; INT64_MAX: the claim has
 * none. A moment whose port is the record's comes before all others. */
struct claim_distance {
    int64_t ns; /* our time less the claim's */
    bool exact; /* from a source port that it names */
};

/* A flow has a beginning and an end; a packet's are the same. */
struct claim_lasting {
    int64_t first_ns, last_ns;
};

struct claim_distance claim_match_distance(const struct claim *c, struct claim_lasting t,
                                           uint16_t source_port);
/* Each moment that the record may be of, as bits. */
uint32_t claim_match_moments(const struct claim_matcher *m, const struct claim *c,
                             struct claim_lasting t, uint16_t source_port);
/* Records that lie elsewhere: near, or whole half hours off. */
void claim_match_elsewhere(const struct claim_matcher *m, const struct claim *c,
                           struct claim_match *r, const struct claim_distance *d,
                           struct claim_lasting t);
void claim_match_offset(struct claim_match *r, const struct claim_distance *d);
bool claim_match_fits(const struct claim *c, const struct observation *o, bool forth);
/* What does not fit might still be it. */
void claim_match_other(const struct claim_matcher *m, const struct claim *c, struct claim_match *r,
                       const struct observation *o);
struct claim_connection *claim_match_follow(struct claim_matcher *m, uint32_t claim,
                                            const struct observation *o, bool forth);
bool claim_match_in_nets(const struct claim_matcher *m, const struct addr *a);
/* From when to when a record of an input lies. */
void claim_match_extend(struct claim_cover *c, struct claim_lasting t);
/* Claims that accuse a, by their place in m->order: from the first that is
 * returned, while claim_match_accuses. */
size_t claim_match_first(const struct claim_matcher *m, const struct addr *a);
bool claim_match_accuses(const struct claim_matcher *m, size_t at, const struct addr *a);
/* Of flows, what became of their connections. */
void claim_match_finish_flow(struct claim_match *r, const struct claim_connection *x);
