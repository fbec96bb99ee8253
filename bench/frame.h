/* bench/frame.h - frames with right checksums, written as a classic pcap file.
 *
 * Each call appends one record and returns the instant as it stands in the
 * file: microsecond files cut the nanoseconds off.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/cursor.h"

struct frame_out {
    int fd;
    uint8_t *buf;
    size_t used;
    bool nano, big;
    bool failed;      /* a write was refused; errno says why */
    uint64_t packets; /* written so far */
    uint64_t bytes;
};

struct frame_ip {
    struct addr src, dst;
    uint16_t id; /* IPv4 only, as df */
    uint8_t ttl;
    bool df;
    bool outward; /* leaves the monitored network: swaps the Ethernet addresses */
};

struct frame_tcp {
    uint16_t src_port, dst_port;
    uint32_t seq, ack;
    uint8_t flags;
    uint16_t window;
    struct bytes options; /* padded to words by the caller */
};

struct frame_icmp {
    uint8_t type, code;
    uint32_t rest; /* the four bytes after the checksum */
};

enum { FRAME_PAYLOAD_MAX = 1460 };

/* False with errno when the file cannot be made. */
bool frame_open(struct frame_out *o, const char *path, bool nano, bool big);
/* False when anything could not be written. */
bool frame_close(struct frame_out *o);

uint64_t frame_tcp(struct frame_out *o, uint64_t time_ns, const struct frame_ip *ip,
                   const struct frame_tcp *tcp, struct bytes payload);
/* ports holds source << 16 | destination. */
uint64_t frame_udp(struct frame_out *o, uint64_t time_ns, const struct frame_ip *ip, uint32_t ports,
                   struct bytes payload);
/* ICMPv6 when the addresses are IPv6. */
uint64_t frame_icmp(struct frame_out *o, uint64_t time_ns, const struct frame_ip *ip,
                    const struct frame_icmp *icmp, struct bytes payload);

/* The IP header of a packet with body bytes behind it, for ICMP errors that
 * quote one. Returns its length, 20 or 40. */
size_t frame_ip_header(uint8_t *p, const struct frame_ip *ip, uint8_t proto, size_t body);
