/* detect/login/conns.h - the connections to login services that are under way.
 *
 * Memory follows what is open: a connection is here once its handshake is
 * complete, or when it was there before the capture. It is forgotten a minute
 * after its end, after the idle time, and, while nobody has answered it, also
 * when very many are. Under a memory limit those that were quiet longest go first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "base/model/extent.h"
#include "detect/login/dialog.h"

struct conn_key {
    struct addr client, server;
    uint16_t client_port, server_port;
};

static inline bool conn_key_equal(const struct conn_key *a, const struct conn_key *b)
{
    return a->client_port == b->client_port && a->server_port == b->server_port &&
           addr_equal(&a->client, &b->client) && addr_equal(&a->server, &b->server);
}

/* Keyed: nobody who writes a capture can choose collisions. */
static inline uint64_t conn_key_hash(const struct conn_key *k, uint64_t seed)
{
    uint64_t h = hash_mix(load_le64(k->client.b) ^ seed, seed);
    h = hash_mix(load_le64(k->client.b + 8) ^ h, seed);
    h = hash_mix(load_le64(k->server.b) ^ h, seed);
    h = hash_mix(load_le64(k->server.b + 8) ^ h, seed);
    return hash_mix(((uint64_t)k->client_port << 16 | k->server_port) ^ h, ~seed);
}

struct conn {
    struct conn_key key;
    uint64_t hash;
    struct extent when;
    uint64_t waiting;                /* packets that are not yet in an event */
    uint32_t client_seq, server_seq; /* of their SYNs */
    bool answered;                   /* handshake complete, or payload both ways */
    bool again;                      /* another connection of the two may have begun */
    bool closed;
    struct dialog dialog;
};

struct conns;

struct conns_options {
    int64_t idle_ns;
    size_t memory_bytes; /* 0: no limit */
};

MUST_USE enum status conns_new(const struct conns_options *opt, struct conns **ret);
void conns_free(struct conns *c);
/* Fetch what conns_find will look at: the index first, then the connection. */
void conns_prefetch_index(const struct conns *c, uint64_t hash);
void conns_prefetch(const struct conns *c, uint64_t hash);
bool conns_empty(const struct conns *c);
/* NULL when there is none. What is returned lives until the next call of add. */
struct conn *conns_find(struct conns *c, const struct conn_key *key, uint64_t hash);
/* A new one, for a key that has none, with only key, hash and when set. */
MUST_USE enum status conns_add(struct conns *c, const struct conn_key *key, uint64_t hash,
                               const struct observation *o, struct conn **ret);
/* Open ones that were forgotten for memory. */
uint64_t conns_early(const struct conns *c);
size_t conns_peak_bytes(const struct conns *c);
