/* capture/packet.h - from a captured frame to observations.
 *
 * A frame gives one observation, and one more for every packet that it carries
 * inside a tunnel (at most LIMIT_TUNNELS). Headers that lie about lengths are
 * read as far as they can be and flagged, never trusted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/limits.h"
#include "base/model/observation.h"
#include "capture/packet_options.h"

struct packet_frame {
    struct bytes data;
    uint32_t linktype;
    uint32_t wire_len;
    int64_t time_ns;
    uint64_t pos;
};

enum { PACKET_OBS_MAX = 1 + LIMIT_TUNNELS };

/* Appends to batch, which must have room for PACKET_OBS_MAX more. A frame
 * that carries nothing that is read gives an observation of proto
 * PROTO_NOT_IP between unspecified addresses. */
void packet_decode(const struct packet_frame *frame, struct obs_batch *batch);

enum { PROTO_NOT_IP = 254 };
enum { PORT_VXLAN = 4789, PORT_VXLAN_LINUX = 8472, PORT_GENEVE = 6081 };

/* What an observation does not have, and sealing needs. All borrowed. */
struct packet_note {
    struct bytes ip_options; /* or extension headers, as far as they were captured */
    struct bytes tcp_options;
    uint32_t vlan; /* as in struct link_payload */
};

/* The notes of what packet_decode made of a frame, in the same order; how many.
 * It decodes the frame again, so that decoding costs nothing more without it. */
size_t packet_note(const struct packet_frame *frame, struct packet_note ret[PACKET_OBS_MAX]);

/* The common frame, decoded where the record loop stands: Ethernet, IPv4
 * without options or fragments, a whole TCP header, or UDP that is no tunnel.
 * False, with *o undefined, when it is anything else: then packet_decode has
 * to look. It gives what packet_decode would give; a test compares them. Bytes
 * behind the frame, up to `room` from p on, may be read but do not matter.
 *
 * Hot: every field is written once, by hand. */
static inline __attribute__((always_inline)) bool
packet_decode_common(const uint8_t *p, uint32_t cap_len, uint64_t room, struct observation *o)
{
    enum { IP = 14, L4 = 34, TCP_END = 54, UDP_END = 42 };
    /* Ether type 0x0800, version 4, five words. */
    if (cap_len < UDP_END || (load_le32(p + 12) & 0xffffff) != 0x450008) {
        return false;
    }
    uint32_t total = load_be16(p + IP + 2);
    uint32_t id_frag = load_be32(p + IP + 4);
    uint8_t proto = p[IP + 9];
    uint32_t end;     /* of the transport header, from the IP header on */
    uint32_t claimed; /* bytes of the datagram that belong to this packet */
    if ((id_frag & 0x3fff) != 0) {
        return false;
    }
    if (proto == PROTO_TCP) {
        if (cap_len < TCP_END) {
            return false;
        }
        uint32_t offset = p[L4 + 12] >> 4;
        end = 20 + offset * 4;
        claimed = total;
        if (end < 40 || end > total) {
            return false;
        }
        o->tcp_flags = p[L4 + 13];
        o->icmp_code = (uint8_t)offset;
        o->seq = load_be32(p + L4 + 4);
        o->ack = load_be32(p + L4 + 8);
        o->window = load_be16(p + L4 + 14);
        uint32_t have = cap_len - IP < end ? cap_len - IP : end;
        bool syn = (o->tcp_flags & TCP_SYN) != 0;
        o->tcp_options = packet_syn_options(p + TCP_END, syn ? have - 40 : 0, room - TCP_END);
    } else if (proto == PROTO_UDP) {
        uint32_t udp_len = load_be16(p + L4 + 4);
        uint32_t port = load_be16(p + L4 + 2);
        end = 28;
        claimed = 20 + udp_len;
        if (udp_len < 8 || claimed > total || port == PORT_VXLAN || port == PORT_VXLAN_LINUX ||
            port == PORT_GENEVE) {
            return false;
        }
        o->tcp_flags = 0;
        o->icmp_code = 0;
        o->seq = 0;
        o->ack = 0;
        o->window = 0;
        o->tcp_options = 0;
    } else {
        return false;
    }
    uint32_t flags = OBS_L4 | (id_frag >> 14 & 1) * OBS_DF;
    uint32_t payload = claimed - end;
    uint32_t have = payload;
    if (__builtin_expect(cap_len - IP < claimed, 0)) {
        have = cap_len - IP > end ? cap_len - IP - end : 0;
        flags |= OBS_TRUNCATED;
    }
    o->src = addr_from_v4(load_be32(p + IP + 12));
    o->dst = addr_from_v4(load_be32(p + IP + 16));
    o->src_port = load_be16(p + L4);
    o->dst_port = load_be16(p + L4 + 2);
    o->flags = (uint16_t)flags;
    o->type = OBS_PACKET;
    o->proto = proto;
    o->ttl = p[IP + 8];
    o->ip_id = (uint16_t)(id_frag >> 16);
    o->payload_len = payload;
    o->frag_units = 0;
    o->captured_len = (uint16_t)have;
    uintptr_t there = (uintptr_t)(p + IP + end); /* or nowhere, without a branch */
    o->payload = (const uint8_t *)(there & -(uintptr_t)(have > 0));
    o->quote = NULL;
    return true;
}
