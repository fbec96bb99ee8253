/* detect/login/asked.h - the last handshakes with login services that began.
 *
 * Most SYNs to these ports come to nothing, and on a telescope they are half of
 * all packets: each costs one line of a ring here, and no memory of its own.
 * The last LIMIT_LOGIN_ASKED packets with SYN are remembered, whatever hash
 * seed there is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/observation.h"
#include "detect/login/conns.h"

struct asked;

/* What is known of one handshake. */
struct handshake {
    bool asked, answered; /* its SYN, its SYN-ACK was seen */
    uint32_t client_seq, server_seq;
    uint64_t packets; /* sent again, they count again */
    struct extent when;
};

MUST_USE enum status asked_new(uint64_t seed, struct asked **ret);
void asked_free(struct asked *a);
/* A packet with SYN. */
void asked_add(struct asked *a, bool from_server, const struct observation *o);
/* The last handshake of the two. */
struct handshake asked_find(struct asked *a, const struct conn_key *key);
size_t asked_bytes(void);
