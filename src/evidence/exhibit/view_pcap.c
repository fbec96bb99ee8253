/* evidence/exhibit/view_pcap.c - a row as a block of pcapng.
 *
 * A packet has what is opened; the rest is zero, and what was not opened of its
 * payload is missing at its end. Link headers were never kept: pcapng (draft-ietf-
 * opsawg-pcapng) with LINKTYPE_RAW.
 */
#include <assert.h>
#include <string.h>

#include "evidence/exhibit/view_row.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    LINKTYPE_RAW = 101,
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_TSRESOL = 9,
    OPTIONS_BYTES = 24, /* of a packet */
};

/* Big-endian throughout: the section's byte-order magic says so. */
static void pad(struct buf *out, size_t n)
{
    for (; n % 4 != 0; n++) {
        buf_byte(out, 0);
    }
}

static void option(struct buf *out, uint16_t code, const char *text, size_t n)
{
    buf_be16(out, code);
    buf_be16(out, (uint16_t)n);
    buf_append(out, text, n);
    pad(out, n);
}

/* A block of what stands in `body`. */
static void block(struct buf *out, uint32_t type, const struct buf *body)
{
    uint32_t n = 12 + (uint32_t)body->len;
    buf_be32(out, type);
    buf_be32(out, n);
    buf_append(out, body->data, body->len);
    buf_be32(out, n);
    out->failed = out->failed == ST_OK ? body->failed : out->failed;
}

static const char reconstructed[] = "reconstructed";

void view_pcap_head(struct buf *out)
{
    static const char note[] = "reconstructed from sealed records; local addresses of 240.0.0.0/4 "
                               "and 100::/64 are made up";
    CLEANUP(buf_fini) struct buf body = BUF_INIT(1024);
    buf_be32(&body, 0x1a2b3c4d);
    buf_be16(&body, 1);
    buf_be16(&body, 0);
    buf_be64(&body, UINT64_MAX); /* length: not given */
    option(&body, OPTION_COMMENT, note, sizeof(note) - 1);
    option(&body, OPTION_END, "", 0);
    block(out, BLOCK_SECTION, &body);
    buf_clear(&body);
    buf_be16(&body, LINKTYPE_RAW);
    buf_be16(&body, 0);
    buf_be32(&body, 0); /* no limit */
    option(&body, OPTION_TSRESOL, "\x09", 1);
    option(&body, OPTION_COMMENT, reconstructed, sizeof(reconstructed) - 1);
    option(&body, OPTION_END, "", 0);
    block(out, BLOCK_INTERFACE, &body);
}

/* --- packets: put together by hand, as many as there are records -------------------------- */

/* Where the next bytes go. */
struct pen {
    uint8_t *at;
};

static inline void put8(struct pen *p, uint8_t v)
{
    *p->at++ = v;
}

static inline void put16(struct pen *p, uint16_t v)
{
    store_be16(p->at, v);
    p->at += 2;
}

static inline void put32(struct pen *p, uint32_t v)
{
    store_be32(p->at, v);
    p->at += 4;
}

static inline void put_bytes(struct pen *p, const void *data, size_t n)
{
    if (n > 0) {
        memcpy(p->at, data, n);
        p->at += n;
    }
}

static inline void put_zeros(struct pen *p, size_t n)
{
    memset(p->at, 0, n);
    p->at += n;
}

static size_t to_four(size_t n)
{
    return (4 - n % 4) % 4;
}

static uint16_t fragment_field(const struct view_row *v)
{
    uint16_t flags = v->row->record.flags;
    if ((v->row->opened & OPEN_HIDDEN) != 0) {
        return v->row->hidden.frag;
    }
    return (uint16_t)(((flags & OBS_DF) != 0 ? 0x4000 : 0) |
                      ((flags & OBS_MORE) != 0 ? 0x2000 : 0) |
                      ((flags & OBS_LATER) != 0 ? 1 : 0)); /* where it began is not opened */
}

/* RFC 791, 3.1; its checksum is right, so that readers do not stop there. */
static void put_ipv4(struct pen *p, const struct addr *src, const struct addr *dst, uint8_t proto,
                     size_t length, const struct view_row *v)
{
    uint8_t *at = p->at;
    put8(p, 0x45);
    put8(p, 0);
    put16(p, length > 65535 ? 65535 : (uint16_t)length);
    put16(p, v != NULL ? v->obs.ip_id : 0);
    put16(p, v != NULL ? fragment_field(v) : 0);
    put8(p, v != NULL ? v->row->record.ttl : 0);
    put8(p, proto);
    put16(p, 0);
    put_bytes(p, src->b + 12, 4);
    put_bytes(p, dst->b + 12, 4);
    uint32_t sum = 0;
    for (size_t i = 0; i < 20; i += 2) {
        sum += load_be16(at + i);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    store_be16(at + 10, (uint16_t) ~(sum + (sum >> 16)));
}

/* RFC 8200, 3; extension headers are left out. */
static void put_ipv6(struct pen *p, const struct addr *src, const struct addr *dst, uint8_t proto,
                     size_t payload, uint8_t ttl)
{
    put32(p, 0x60000000);
    put16(p, payload > 65535 ? 65535 : (uint16_t)payload);
    put8(p, proto);
    put8(p, ttl);
    put_bytes(p, src->b, 16);
    put_bytes(p, dst->b, 16);
}

/* The beginning of the packet that an error quotes: its ends, and its ports. */
static void put_quote(struct pen *p, const struct obs_quote *q, bool v6)
{
    if (v6) {
        put_ipv6(p, &q->src, &q->dst, q->proto, 8, 0);
    } else {
        put_ipv4(p, &q->src, &q->dst, q->proto, 28, NULL);
    }
    put16(p, q->src_port);
    put16(p, q->dst_port);
    put32(p, 0);
}

static void put_tcp(struct pen *p, const struct view_row *v)
{
    const struct observation *o = &v->obs;
    bool data = (v->row->opened & OPEN_DATA) != 0;
    struct bytes options = data ? v->row->data.tcp_options : (struct bytes){0};
    size_t n = options.len > 40 ? 40 : options.len;
    put16(p, o->src_port);
    put16(p, o->dst_port);
    put32(p, o->seq);
    put32(p, o->ack);
    put8(p, (uint8_t)((5 + (n + 3) / 4) << 4));
    put8(p, o->tcp_flags);
    put16(p, o->window);
    put32(p, 0); /* checksum: not kept; urgent pointer */
    put_bytes(p, options.data, n);
    put_zeros(p, to_four(n));
}

/* What stands between the addresses and the payload. */
static void put_transport(struct pen *p, const struct view_row *v, bool v6, size_t payload)
{
    const struct observation *o = &v->obs;
    if ((o->flags & OBS_L4) == 0 || (o->flags & OBS_LATER) != 0) {
        return;
    }
    switch (o->proto) {
    case PROTO_TCP:
        put_tcp(p, v);
        return;
    case PROTO_UDP:
        put16(p, o->src_port);
        put16(p, o->dst_port);
        put16(p, payload > 65527 ? 65535 : (uint16_t)(8 + payload));
        put16(p, 0);
        return;
    case PROTO_SCTP:
        put16(p, o->src_port);
        put16(p, o->dst_port);
        put32(p, o->seq);
        put32(p, 0);
        return;
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        put8(p, o->tcp_flags);
        put8(p, o->icmp_code);
        put16(p, 0);
        put32(p, o->seq);
        if ((o->flags & OBS_QUOTED) != 0) {
            put_quote(p, o->quote, v6);
        }
        return;
    default:
        return;
    }
}

/* ARP and what is no IP has no place in a capture without link headers. */
static bool is_packet(const struct view_row *v)
{
    return v->row->record.type == OBS_PACKET && v->row->record.proto < 253 &&
           addr_is_v4(&v->obs.src) == addr_is_v4(&v->obs.dst) &&
           addr_is_v4(&v->obs.src) == ((v->row->record.flags & RECORD_V6) == 0);
}

/* A comment, and the end of the options: the same in every block. */
static void put_options(struct pen *p)
{
    put16(p, OPTION_COMMENT);
    put16(p, sizeof(reconstructed) - 1);
    put_bytes(p, reconstructed, sizeof(reconstructed) - 1);
    put_zeros(p, to_four(sizeof(reconstructed) - 1));
    put16(p, OPTION_END);
    put16(p, 0);
}

/* Lengths stand before what they are of, and are put in when it is known. */
size_t view_pcap_row(const struct view_row *v, uint8_t out[VIEW_BLOCK_BYTES])
{
    if (!is_packet(v)) {
        return 0;
    }
    enum { HEAD_BYTES = 28, V6_BYTES = 40, V4_BYTES = 20 };
    const struct observation *o = &v->obs;
    bool v6 = (o->flags & OBS_V6) != 0, quoted = (o->flags & OBS_QUOTED) != 0;
    size_t payload = quoted ? 0 : o->payload_len;
    size_t ip = v6 ? V6_BYTES : V4_BYTES;
    struct pen transport = {out + HEAD_BYTES + ip}, p = {out};
    put_transport(&transport, v, v6, payload);
    size_t length = (size_t)(transport.at - (out + HEAD_BYTES + ip)) + payload;
    put_bytes(&transport, o->payload, quoted || o->payload == NULL ? 0 : o->captured_len);
    size_t n = (size_t)(transport.at - (out + HEAD_BYTES));
    uint64_t time = o->time_ns < 0 ? 0 : (uint64_t)o->time_ns;
    uint32_t all = (uint32_t)(HEAD_BYTES + n + to_four(n) + OPTIONS_BYTES + 4);
    put32(&p, BLOCK_PACKET);
    put32(&p, all);
    put32(&p, 0); /* the one interface */
    put32(&p, (uint32_t)(time >> 32));
    put32(&p, (uint32_t)time);
    put32(&p, (uint32_t)n);
    put32(&p, (uint32_t)(length + ip));
    if (v6) {
        put_ipv6(&p, &o->src, &o->dst, o->proto, length, o->ttl);
    } else {
        put_ipv4(&p, &o->src, &o->dst, o->proto, V4_BYTES + length, v);
    }
    put_zeros(&transport, to_four(n));
    put_options(&transport);
    put32(&transport, all);
    assert(transport.at == out + all && all <= VIEW_BLOCK_BYTES);
    return all;
}
