/* detect/contact/asking.h - what a packet asks, by its header alone. */
#pragma once

#include "base/model/observation.h"
#include "detect/contact/contact.h"

/* By the six flags of RFC 793. What ACK and Maimon probes are needs a look at
 * what was before; SYN with RST is nothing. */
static inline enum technique tcp_technique(uint8_t flags)
{
    enum { S = TCP_SYN, F = TCP_FIN, P = TCP_PSH, U = TCP_URG, A = TCP_ACK, R = TCP_RST };
    static const uint8_t table[64] = {
        [0] = TECH_NULL,
        [F] = TECH_FIN,
        [F | P | U] = TECH_XMAS, /* and with some of the lamps out */
        [F | P] = TECH_XMAS,
        [F | U] = TECH_XMAS,
        [P | U] = TECH_XMAS,
        [P] = TECH_XMAS,
        [U] = TECH_XMAS,
        [S] = TECH_SYN,
        [S | F] = TECH_SYN,
        [S | P] = TECH_SYN,
        [S | U] = TECH_SYN,
        [S | F | P] = TECH_SYN,
        [S | F | U] = TECH_SYN,
        [S | P | U] = TECH_SYN,
        [S | F | P | U] = TECH_SYN,
        [S | A] = TECH_BACKSCATTER,
        [R] = TECH_BACKSCATTER,
        [R | A] = TECH_BACKSCATTER,
    };
    return (enum technique)table[flags & 63];
}

static inline enum technique icmp_technique(const struct observation *o)
{
    if (o->proto == PROTO_ICMPV6) {
        return o->tcp_flags == 128 ? TECH_ICMP_ECHO : TECH_NONE;
    }
    switch (o->tcp_flags) {
    case 8:
        return TECH_ICMP_ECHO;
    case 13:
        return TECH_ICMP_TIMESTAMP;
    case 17:
        return TECH_ICMP_MASK;
    default:
        return TECH_NONE;
    }
}

/* What a packet asks, or would ask if nobody had asked it: by protocol. */
static inline enum technique may_ask(const struct observation *o)
{
    if (o->proto == PROTO_TCP) {
        return (o->flags & OBS_L4) != 0 ? tcp_technique(o->tcp_flags) : TECH_NONE;
    }
    if ((o->flags & OBS_L4) == 0 || o->type != OBS_PACKET) {
        return TECH_NONE;
    }
    switch (o->proto) {
    case PROTO_UDP:
        return TECH_UDP;
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        return icmp_technique(o);
    case PROTO_ARP:
        return TECH_ARP;
    case PROTO_SCTP:
        return TECH_SCTP_INIT;
    default:
        return TECH_NONE;
    }
}
