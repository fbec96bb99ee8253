/* evidence/flows.h - the keys of connections that local addresses opened.
 *
 * For TCP each SYN without ACK has a key, else the first packet after `idle`. A
 * connection whose beginning was not seen has none: it is counted, and then
 * nothing is proven absent at this level. Only what local addresses send is
 * looked at: nobody outside can spoil the count.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/core/status.h"
#include "evidence/record.h"
#include "evidence/trie.h"

struct evidence_flow_key {
    uint8_t b[16];
};

/* H(30 | proto | remote16 | remote port | seq or H(first 64 payload bytes))[0:16]. */
void evidence_flow_key_tcp(const struct evidence_engine *e, const struct addr *remote,
                           uint16_t port, uint32_t seq, struct evidence_flow_key *ret);
void evidence_flow_key_other(const struct evidence_engine *e, uint8_t proto,
                             const struct addr *remote, uint16_t port, struct bytes payload,
                             struct evidence_flow_key *ret);
enum { FLOW_PAYLOAD = 64 };

/* H(2c | K_seg | key)[0:16]. */
void evidence_flow_salt(const struct evidence_engine *e, const struct evidence_secret *k_seg,
                        const uint8_t key[16], struct evidence_salt *ret);

/* Does an opened record carry a key that the trie must hold? (TCP only.) */
bool evidence_flow_opens(const struct evidence_record *r);

struct evidence_flows {
    struct flow_slot *slots; /* connections that were seen, across segments */
    size_t slot_count, used;
    struct evidence_flow_key *keys; /* of this segment, with repetitions */
    size_t key_count, key_room;
    uint64_t unseen, lost; /* of this segment */
    int64_t idle_ns;
    uint64_t seed;
};

void evidence_flows_init(struct evidence_flows *f, int64_t idle_ns, uint64_t seed);
void evidence_flows_fini(struct evidence_flows *f);
/* A record at its place. */
MUST_USE enum status evidence_flows_add(struct evidence_flows *f, const struct evidence_engine *e,
                                        const struct observation *o,
                                        const struct evidence_place *at);
/* The trie of this segment's keys; then a new segment begins. */
MUST_USE enum status evidence_flows_seal(struct evidence_flows *f, const struct evidence_engine *e,
                                         const struct evidence_secret *k_seg,
                                         struct evidence_trie *ret);
