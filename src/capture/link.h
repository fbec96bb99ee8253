/* capture/link.h - what stands before the IP header, by link type.
 *
 * Link types are the LINKTYPE_ numbers of pcap and pcapng files.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/cursor.h"

/* IEEE 802 ether types, and what others are mapped to. */
enum {
    ETHERTYPE_NONE = 0, /* not something that is read */
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_TEB = 0x6558, /* an Ethernet frame, in GRE and Geneve */
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_UP = 0x8848,
    ETHERTYPE_PPPOE = 0x8864,
    ETHERTYPE_PPP_GRE = 0x880b,
    ETHERTYPE_QINQ = 0x88a8,
    ETHERTYPE_ERSPAN2 = 0x88be,
    ETHERTYPE_ERSPAN3 = 0x22eb,
    ETHERTYPE_VNTAG = 0x8926,
};

struct link_payload {
    uint16_t ethertype; /* ETHERTYPE_NONE: nothing that is read */
    struct bytes data;  /* what follows the link header; borrowed */
    uint32_t vlan;      /* tag control of the outer tag << 16 | of the next; of one alone */
};

/* Is this link type read at all? */
bool link_supported(uint32_t linktype);
const char *link_name(uint32_t linktype); /* "ETHERNET"; "unknown" */

/* The payload of a frame; tags and labels have been stepped over. */
struct link_payload link_open(uint32_t linktype, struct bytes frame);
/* The same for what follows a known ether type. */
struct link_payload link_follow(uint16_t ethertype, struct bytes data);
/* An Ethernet frame, as inside tunnels. */
struct link_payload link_ethernet(struct bytes frame);
/* PPP protocol number and payload, as inside PPPoE and PPTP. */
struct link_payload link_ppp(struct bytes data);
