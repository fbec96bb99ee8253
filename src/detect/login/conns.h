/* detect/login/conns.h - the connections to login services that are under way.
 *
 * Memory follows what is open: a connection is forgotten a minute after its
 * end, after the idle time, and, while nobody has answered it, also when very
 * many are. Under a memory limit those that were quiet longest go first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/model/extent.h"
#include "detect/login/dialog.h"

struct conn_key {
    struct addr client, server;
    uint16_t client_port, server_port;
};

struct conn {
    struct conn_key key;
    struct extent when;
    uint64_t waiting;  /* packets that are not yet in an event: nobody answered so far */
    uint32_t syn;      /* sequence number of the client's SYN */
    bool answered;     /* handshake complete, or payload both ways */
    bool accepted_syn; /* the server's SYN was seen */
    bool closed;
    struct dialog dialog;
};

struct conns;

struct conns_options {
    int64_t idle_ns;
    size_t memory_bytes; /* 0: no limit */
    uint64_t seed;
};

MUST_USE enum status conns_new(const struct conns_options *opt, struct conns **ret);
void conns_free(struct conns *c);
/* NULL when there is none. What is returned lives until the next call of add. */
struct conn *conns_find(struct conns *c, const struct conn_key *key);
/* A new one, for a key that has none, with only key and when set. */
MUST_USE enum status conns_add(struct conns *c, const struct conn_key *key, int64_t time_ns,
                               uint64_t pos, struct conn **ret);
/* Open ones that were forgotten for memory. */
uint64_t conns_early(const struct conns *c);
size_t conns_peak_bytes(const struct conns *c);
