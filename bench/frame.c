/* bench/frame.c - Ethernet, IP and transport headers, and the record before them. */
#include "frame.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/core/timefmt.h"
#include "base/model/observation.h"

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    ETHERNET = 14,
    FRAME_MIN = 60, /* IEEE 802.3, 4.2.3.3, without the check sequence */
    SNAP_LEN = 262144,
    LINKTYPE_ETHERNET = 1,
    RECORD_MAX = 2048, /* more than any record made here */
    OUT_BYTES = 1 << 20,
};

static void put32(const struct frame_out *o, uint8_t *p, uint32_t v)
{
    v = o->big ? htobe32(v) : htole32(v);
    memcpy(p, &v, sizeof(v));
}

static void flush(struct frame_out *o)
{
    size_t done = 0;
    while (done < o->used && !o->failed) {
        ssize_t n = write(o->fd, o->buf + done, o->used - done);
        if (n <= 0) {
            o->failed = true;
            break;
        }
        done += (size_t)n;
    }
    o->bytes += done;
    o->used = 0;
}

bool frame_open(struct frame_out *o, const char *path, bool nano, bool big)
{
    *o = (struct frame_out){.nano = nano, .big = big};
    o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (o->fd < 0) {
        return false;
    }
    o->buf = malloc(OUT_BYTES);
    if (o->buf == NULL) {
        (void)close(o->fd); /* nothing was written */
        return false;
    }
    memset(o->buf, 0, FILE_HEADER);
    put32(o, o->buf, nano ? 0xa1b23c4d : 0xa1b2c3d4);
    put32(o, o->buf + 4, big ? 2 << 16 | 4 : 4 << 16 | 2);
    put32(o, o->buf + 16, SNAP_LEN);
    put32(o, o->buf + 20, LINKTYPE_ETHERNET);
    o->used = FILE_HEADER;
    return true;
}

bool frame_close(struct frame_out *o)
{
    flush(o);
    free(o->buf);
    o->buf = NULL;
    return close(o->fd) == 0 && !o->failed;
}

/* RFC 1071: the sum does not care about byte order as long as one is kept, so
 * it is taken in the machine's, four bytes at a time. */
static uint64_t sum(const uint8_t *p, size_t n, uint64_t acc)
{
    for (; n >= 4; p += 4, n -= 4) {
        uint32_t v;
        memcpy(&v, p, sizeof(v));
        acc += v;
    }
    if (n > 0) {
        uint32_t v = 0;
        memcpy(&v, p, n);
        acc += v;
    }
    return acc;
}

static uint16_t fold(uint64_t acc)
{
    while (acc >> 16 != 0) {
        acc = (acc & 0xffff) + (acc >> 16);
    }
    return (uint16_t)~acc;
}

static bool is_v6(const struct frame_ip *ip)
{
    return !addr_is_v4(&ip->src);
}

static void ipv4_header(uint8_t *p, const struct frame_ip *ip, uint8_t proto, size_t body)
{
    p[0] = 0x45;
    p[1] = 0;
    store_be16(p + 2, (uint16_t)(20 + body));
    store_be16(p + 4, ip->id);
    store_be16(p + 6, ip->df ? 0x4000 : 0);
    p[8] = ip->ttl;
    p[9] = proto;
    store_be16(p + 10, 0);
    memcpy(p + 12, ip->src.b + 12, 4);
    memcpy(p + 16, ip->dst.b + 12, 4);
    uint16_t check = fold(sum(p, 20, 0));
    memcpy(p + 10, &check, sizeof(check));
}

static void ipv6_header(uint8_t *p, const struct frame_ip *ip, uint8_t proto, size_t body)
{
    store_be32(p, 0x60000000);
    store_be16(p + 4, (uint16_t)body);
    p[6] = proto;
    p[7] = ip->ttl;
    memcpy(p + 8, ip->src.b, 16);
    memcpy(p + 24, ip->dst.b, 16);
}

size_t frame_ip_header(uint8_t *p, const struct frame_ip *ip, uint8_t proto, size_t body)
{
    if (is_v6(ip)) {
        ipv6_header(p, ip, proto, body);
        return 40;
    }
    ipv4_header(p, ip, proto, body);
    return 20;
}

/* Headers up to the transport's, whose place is returned; it has body bytes. */
static uint8_t *begin(struct frame_out *o, const struct frame_ip *ip, uint8_t proto, size_t body)
{
    static const uint8_t inward[12] = {2, 0, 0, 0, 0, 0x20, 2, 0, 0, 0, 0, 0x10};
    static const uint8_t outward[12] = {2, 0, 0, 0, 0, 0x10, 2, 0, 0, 0, 0, 0x20};
    if (o->used > OUT_BYTES - RECORD_MAX) {
        flush(o);
    }
    uint8_t *p = o->buf + o->used + RECORD_HEADER;
    memcpy(p, ip->outward ? outward : inward, 12);
    store_be16(p + 12, is_v6(ip) ? 0x86dd : 0x0800);
    return p + ETHERNET + frame_ip_header(p + ETHERNET, ip, proto, body);
}

/* RFC 9293, 3.1 and RFC 8200, 8.1: pseudo header, then the segment. */
static uint16_t transport_check(const struct frame_ip *ip, uint8_t proto, const uint8_t *p,
                                size_t n)
{
    size_t at = is_v6(ip) ? 0 : 12;
    uint64_t acc = sum(ip->src.b + at, 16 - at, 0);
    acc = sum(ip->dst.b + at, 16 - at, acc);
    uint8_t rest[4];
    store_be16(rest, (uint16_t)n);
    store_be16(rest + 2, proto);
    return fold(sum(p, n, sum(rest, 4, acc)));
}

/* Pads, writes the record header and counts. */
static uint64_t finish(struct frame_out *o, uint64_t time_ns, const uint8_t *end)
{
    uint8_t *record = o->buf + o->used;
    size_t len = (size_t)(end - record) - RECORD_HEADER;
    if (len < FRAME_MIN) {
        memset(record + RECORD_HEADER + len, 0, FRAME_MIN - len);
        len = FRAME_MIN;
    }
    uint64_t unit_ns = o->nano ? 1 : 1000;
    put32(o, record, (uint32_t)(time_ns / TIME_SECOND));
    put32(o, record + 4, (uint32_t)(time_ns % TIME_SECOND / unit_ns));
    put32(o, record + 8, (uint32_t)len);
    put32(o, record + 12, (uint32_t)len);
    o->used += RECORD_HEADER + len;
    o->packets++;
    return time_ns / unit_ns * unit_ns;
}

static void append(uint8_t *p, struct bytes b)
{
    if (b.len > 0) {
        memcpy(p, b.data, b.len);
    }
}

uint64_t frame_tcp(struct frame_out *o, uint64_t time_ns, const struct frame_ip *ip,
                   const struct frame_tcp *tcp, struct bytes payload)
{
    size_t header = 20 + tcp->options.len;
    size_t n = header + payload.len;
    uint8_t *p = begin(o, ip, PROTO_TCP, n);
    store_be16(p, tcp->src_port);
    store_be16(p + 2, tcp->dst_port);
    store_be32(p + 4, tcp->seq);
    store_be32(p + 8, tcp->ack);
    p[12] = (uint8_t)(header / 4 << 4);
    p[13] = tcp->flags;
    store_be16(p + 14, tcp->window);
    store_be32(p + 16, 0);
    append(p + 20, tcp->options);
    append(p + header, payload);
    uint16_t check = transport_check(ip, PROTO_TCP, p, n);
    memcpy(p + 16, &check, sizeof(check));
    return finish(o, time_ns, p + n);
}

uint64_t frame_udp(struct frame_out *o, uint64_t time_ns, const struct frame_ip *ip, uint32_t ports,
                   struct bytes payload)
{
    size_t n = 8 + payload.len;
    uint8_t *p = begin(o, ip, PROTO_UDP, n);
    store_be32(p, ports);
    store_be16(p + 4, (uint16_t)n);
    store_be16(p + 6, 0);
    append(p + 8, payload);
    uint16_t check = transport_check(ip, PROTO_UDP, p, n);
    check = check == 0 ? 0xffff : check; /* RFC 768: zero would say "none" */
    memcpy(p + 6, &check, sizeof(check));
    return finish(o, time_ns, p + n);
}

uint64_t frame_icmp(struct frame_out *o, uint64_t time_ns, const struct frame_ip *ip,
                    const struct frame_icmp *icmp, struct bytes payload)
{
    size_t n = 8 + payload.len;
    uint8_t proto = is_v6(ip) ? PROTO_ICMPV6 : PROTO_ICMP;
    uint8_t *p = begin(o, ip, proto, n);
    p[0] = icmp->type;
    p[1] = icmp->code;
    store_be16(p + 2, 0);
    store_be32(p + 4, icmp->rest);
    append(p + 8, payload);
    /* Only ICMPv6 has a pseudo header (RFC 4443, 2.3). */
    uint16_t check = is_v6(ip) ? transport_check(ip, proto, p, n) : fold(sum(p, n, 0));
    memcpy(p + 2, &check, sizeof(check));
    return finish(o, time_ns, p + n);
}
