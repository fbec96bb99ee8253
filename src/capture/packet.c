/* capture/packet.c - IPv4, IPv6, ARP, transport headers and tunnels.
 *
 * RFC 791, 8200, 826, 9293, 768, 792, 4443, 9260; tunnels: RFC 2784 and 2890
 * (GRE), 2003 (IPIP), 4213 (6in4), 7348 (VXLAN), 8926 (Geneve), 2637 (PPTP).
 */
#include "capture/packet.h"

#include "capture/link.h"

/* What is being opened; layers nest, tunnels add observations. */
struct decode {
    const struct packet_frame *frame;
    struct obs_batch *batch;
    int layers;
    int tunnels;
    struct packet_note *notes; /* one for each observation; NULL: not asked for */
};

static void open_network(struct decode *d, struct link_payload p, uint16_t flags);

/* Where the note of the last observation goes; NULL: nobody asked. */
static inline struct packet_note *note_of(struct decode *d)
{
    return __builtin_expect(d->notes == NULL, 1) ? NULL : &d->notes[d->batch->n - 1];
}

static struct observation *add_observation(struct decode *d, uint16_t flags)
{
    struct observation *o = &d->batch->obs[d->batch->n++];
    *o = (struct observation){
        .time_ns = d->frame->time_ns,
        .pos = d->frame->pos,
        .type = OBS_PACKET,
        .flags = flags,
        .wire_len = d->frame->wire_len,
    };
    return o;
}

static void set_payload(struct observation *o, struct bytes rest, uint32_t claimed)
{
    o->payload_len = claimed;
    size_t have = rest.len < claimed ? rest.len : claimed;
    o->captured_len = have > UINT16_MAX ? UINT16_MAX : (uint16_t)have;
    o->payload = have > 0 ? rest.data : NULL;
    if (rest.len < claimed) {
        o->flags |= OBS_TRUNCATED;
    }
}

/* `ip_len` is what the IP header says stands here; `b` is what was captured. */
static inline void open_tcp(struct decode *d, struct observation *o, struct bytes b,
                            uint32_t ip_len)
{
    /* Up to the flags: enough to say what it is, also in a first fragment. */
    bool part = (o->flags & OBS_FRAGMENT) != 0;
    if (b.len < 14 || ip_len < (part ? 14 : 20)) {
        o->flags |= OBS_TRUNCATED;
        set_payload(o, part ? b : (struct bytes){0}, part ? ip_len : 0); /* for detect/pieces */
        return;
    }
    const uint8_t *p = b.data;
    o->src_port = load_be16(p);
    o->dst_port = load_be16(p + 2);
    o->seq = load_be32(p + 4);
    o->ack = load_be32(p + 8);
    o->icmp_code = p[12] >> 4;
    o->tcp_flags = p[13];
    o->window = b.len >= 16 ? load_be16(p + 14) : 0;
    o->flags |= OBS_L4;
    uint32_t header = (uint32_t)o->icmp_code * 4;
    if (part && header > ip_len) {
        o->flags |= b.len < ip_len ? OBS_TRUNCATED : 0;
        return; /* the rest is in the next fragment */
    }
    if (header < 20 || header > ip_len) {
        o->flags |= OBS_BAD;
        return;
    }
    if (b.len < header) {
        o->flags |= OBS_TRUNCATED;
    }
    if (header > 20 && (o->tcp_flags & TCP_SYN) != 0) {
        size_t have = b.len < header ? b.len : header;
        o->tcp_options = have > 20 ? packet_tcp_options(p + 20, have - 20) : 0;
    }
    if (note_of(d) != NULL && b.len > 20) {
        note_of(d)->tcp_options = bytes_of(p + 20, (b.len < header ? b.len : header) - 20);
    }
    struct bytes rest = b.len > header ? bytes_of(p + header, b.len - header) : (struct bytes){0};
    set_payload(o, rest, ip_len - header);
}

static inline bool open_udp(struct observation *o, struct bytes b, uint32_t ip_len)
{
    if (b.len < 4 || ip_len < 8) {
        o->flags |= OBS_TRUNCATED;
        return false;
    }
    o->src_port = load_be16(b.data);
    o->dst_port = load_be16(b.data + 2);
    o->flags |= OBS_L4;
    /* The UDP length counts; in a first fragment it speaks of the whole
     * datagram. RFC 2675: 0 is a jumbogram. */
    uint32_t udp_len = b.len >= 6 ? load_be16(b.data + 4) : ip_len;
    if (udp_len == 0) {
        udp_len = ip_len;
    }
    if (udp_len < 8 || (udp_len > ip_len && (o->flags & OBS_FRAGMENT) == 0)) {
        o->flags |= OBS_BAD;
        udp_len = ip_len;
    }
    struct bytes rest = b.len > 8 ? bytes_of(b.data + 8, b.len - 8) : (struct bytes){0};
    set_payload(o, rest, udp_len - 8);
    return true;
}

/* Ports of a quoted packet, without any trust in its lengths. */
static void read_quote_ports(struct obs_quote *q, struct bytes rest)
{
    bool ports = q->proto == PROTO_TCP || q->proto == PROTO_UDP || q->proto == PROTO_SCTP;
    if (ports && rest.len >= 4) {
        q->src_port = load_be16(rest.data);
        q->dst_port = load_be16(rest.data + 2);
        q->has_ports = true;
    }
}

static bool read_quote(struct obs_quote *q, struct bytes b)
{
    *q = (struct obs_quote){0};
    if (b.len >= 20 && b.data[0] >> 4 == 4) {
        size_t header = (b.data[0] & 15U) * 4;
        if (header < 20 || header > b.len) {
            return false;
        }
        q->src = addr_from_v4(load_be32(b.data + 12));
        q->dst = addr_from_v4(load_be32(b.data + 16));
        q->proto = b.data[9];
        if ((load_be16(b.data + 6) & 0x1fff) == 0) {
            read_quote_ports(q, bytes_of(b.data + header, b.len - header));
        }
        return true;
    }
    if (b.len >= 40 && b.data[0] >> 4 == 6) {
        q->src = addr_from_v6(b.data + 8);
        q->dst = addr_from_v6(b.data + 24);
        q->proto = b.data[6];
        read_quote_ports(q, bytes_of(b.data + 40, b.len - 40));
        return true;
    }
    return false;
}

static bool icmp_is_error(const struct observation *o)
{
    if (o->proto == PROTO_ICMPV6) {
        return o->tcp_flags >= 1 && o->tcp_flags <= 4; /* RFC 4443, 2.1 */
    }
    return o->tcp_flags == 3 || o->tcp_flags == 4 || o->tcp_flags == 5 || o->tcp_flags == 11 ||
           o->tcp_flags == 12;
}

static void open_icmp(struct decode *d, struct observation *o, struct bytes b, uint32_t ip_len)
{
    if (b.len < 2 || ip_len < 4) {
        o->flags |= OBS_TRUNCATED;
        return;
    }
    o->tcp_flags = b.data[0];
    o->icmp_code = b.data[1];
    o->flags |= OBS_L4;
    struct bytes rest = b.len > 8 ? bytes_of(b.data + 8, b.len - 8) : (struct bytes){0};
    set_payload(o, rest, ip_len > 8 ? ip_len - 8 : 0);
    if (icmp_is_error(o)) {
        struct obs_quote *q = &d->batch->quotes[o - d->batch->obs];
        if (read_quote(q, rest)) {
            o->quote = q;
            o->flags |= OBS_QUOTED;
        }
    } else if (b.len >= 8) {
        o->seq = load_be32(b.data + 4);
    }
}

/* RFC 9260, 3: ports, verification tag, checksum, then chunks. The first
 * chunk's type goes where TCP flags go, its tag into seq. */
static void open_sctp(struct observation *o, struct bytes b, uint32_t ip_len)
{
    if (b.len < 13 || ip_len < 12) {
        o->flags |= OBS_TRUNCATED;
        return;
    }
    o->src_port = load_be16(b.data);
    o->dst_port = load_be16(b.data + 2);
    o->seq = load_be32(b.data + 4);
    o->tcp_flags = b.data[12];
    o->flags |= OBS_L4;
    set_payload(o, bytes_of(b.data + 12, b.len - 12), ip_len - 12);
}

/* Where the inner packet of a tunnel begins; ETHERTYPE_NONE when this is none. */
static struct link_payload open_gre(struct bytes b)
{
    static const struct link_payload nothing = {0};
    struct cursor c = cursor_of(b);
    uint16_t bits = cursor_be16(&c);
    uint16_t type = cursor_be16(&c);
    unsigned version = bits & 7;
    if (c.failed || version > 1 || (bits & 0x4000) != 0) {
        return nothing; /* source routing (RFC 1701) is history */
    }
    if ((bits & 0x8000) != 0) {
        cursor_skip(&c, 4);
    }
    if ((bits & 0x2000) != 0) {
        cursor_skip(&c, 4);
    }
    if ((bits & 0x1000) != 0) {
        cursor_skip(&c, 4);
    }
    if (version == 1 && (bits & 0x0080) != 0) {
        cursor_skip(&c, 4); /* acknowledgement number */
    }
    if (type == ETHERTYPE_ERSPAN2 && (bits & 0x1000) != 0) {
        cursor_skip(&c, 8); /* type II has a header; type I, without sequence, has none */
    } else if (type == ETHERTYPE_ERSPAN3) {
        cursor_skip(&c, 11);
        uint8_t sub = cursor_u8(&c);
        cursor_skip(&c, (sub & 1) != 0 ? 8 : 0);
    }
    struct bytes rest = cursor_rest(&c);
    if (c.failed) {
        return nothing;
    }
    if (type == ETHERTYPE_TEB || type == ETHERTYPE_ERSPAN2 || type == ETHERTYPE_ERSPAN3) {
        return link_ethernet(rest);
    }
    if (type == ETHERTYPE_PPP_GRE) {
        if (rest.len >= 2 && rest.data[0] == 0xff && rest.data[1] == 0x03) {
            rest = bytes_of(rest.data + 2, rest.len - 2);
        }
        return link_ppp(rest);
    }
    return link_follow(type, rest);
}

static struct link_payload open_udp_tunnel(const struct observation *o, struct bytes payload)
{
    static const struct link_payload nothing = {0};
    struct cursor c = cursor_of(payload);
    if (o->dst_port == PORT_VXLAN || o->dst_port == PORT_VXLAN_LINUX) {
        uint32_t flags = cursor_be32(&c);
        uint32_t vni = cursor_be32(&c);
        struct bytes rest = cursor_rest(&c);
        /* RFC 7348, 5: I must be set; reserved bits are zero when sent (the
         * group policy extension uses some of the upper ones). */
        bool valid = !c.failed && (flags & 0x08000000) != 0 && (vni & 0xff) == 0;
        return valid ? link_ethernet(rest) : nothing;
    }
    if (o->dst_port == PORT_GENEVE) {
        uint8_t version_len = cursor_u8(&c);
        cursor_skip(&c, 1);
        uint16_t type = cursor_be16(&c);
        cursor_skip(&c, 4 + (version_len & 0x3fU) * 4);
        struct bytes rest = cursor_rest(&c);
        if (c.failed || version_len >> 6 != 0) {
            return nothing;
        }
        return type == ETHERTYPE_TEB ? link_ethernet(rest) : link_follow(type, rest);
    }
    return nothing;
}

static bool may_tunnel(struct decode *d, struct observation *o, struct link_payload inner)
{
    bool known = inner.ethertype == ETHERTYPE_IPV4 || inner.ethertype == ETHERTYPE_IPV6 ||
                 inner.ethertype == ETHERTYPE_ARP;
    if (!known || d->tunnels >= LIMIT_TUNNELS) {
        return false;
    }
    d->tunnels++;
    o->flags |= OBS_TUNNEL;
    return true;
}

static void open_transport(struct decode *d, struct observation *o, struct bytes b, uint32_t ip_len)
{
    struct link_payload inner = {0};
    switch (o->proto) {
    case PROTO_TCP:
        open_tcp(d, o, b, ip_len);
        return;
    case PROTO_UDP:
        if (open_udp(o, b, ip_len) && o->payload != NULL && (o->flags & OBS_FRAGMENT) == 0) {
            inner = open_udp_tunnel(o, bytes_of(o->payload, o->captured_len));
        }
        break;
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        open_icmp(d, o, b, ip_len);
        return;
    case PROTO_SCTP:
        open_sctp(o, b, ip_len);
        return;
    case PROTO_GRE:
        inner = open_gre(b);
        break;
    case PROTO_IPIP:
        inner = (struct link_payload){.ethertype = ETHERTYPE_IPV4, .data = b};
        break;
    case PROTO_IPV6:
        inner = (struct link_payload){.ethertype = ETHERTYPE_IPV6, .data = b};
        break;
    default:
        o->payload_len = ip_len;
        return;
    }
    if (may_tunnel(d, o, inner)) {
        open_network(d, inner, (uint16_t)OBS_INNER);
    }
}

/* RFC 4302: next header, length in words minus two. */
static bool step_over_ah(uint8_t *proto, struct bytes *b, uint32_t *ip_len)
{
    if (b->len < 12) {
        return false;
    }
    size_t n = (b->data[1] + 2U) * 4;
    if (n > b->len || n > *ip_len) {
        return false;
    }
    *proto = b->data[0];
    *b = bytes_of(b->data + n, b->len - n);
    *ip_len -= (uint32_t)n;
    return true;
}

/* What stands between an IP header and what it carries. */
static inline void note_ip(struct decode *d, struct bytes b, size_t from, size_t to)
{
    if (note_of(d) != NULL) {
        note_of(d)->ip_options = to > from ? bytes_of(b.data + from, to - from) : (struct bytes){0};
    }
}

static void open_ipv4(struct decode *d, struct bytes b, uint16_t flags)
{
    struct observation *o = add_observation(d, flags);
    size_t header = b.len > 0 ? (b.data[0] & 15U) * 4 : 0;
    if (b.len < 20 || b.data[0] >> 4 != 4 || header < 20) {
        o->flags |= b.len < 20 ? OBS_TRUNCATED : OBS_BAD;
        o->proto = PROTO_NOT_IP;
        return;
    }
    uint32_t total = load_be16(b.data + 2);
    uint16_t frag = load_be16(b.data + 6);
    o->src = addr_from_v4(load_be32(b.data + 12));
    o->dst = addr_from_v4(load_be32(b.data + 16));
    o->proto = b.data[9];
    o->ttl = b.data[8];
    o->ip_id = load_be16(b.data + 4);
    o->flags |= (frag & 0x4000) != 0 ? OBS_DF : 0;
    if ((frag & 0x3fff) != 0) {
        o->flags |= OBS_FRAGMENT;
        o->flags |= (frag & 0x2000) != 0 ? OBS_MORE : 0;
        o->frag_units = frag & 0x1fff;
    }
    if (total == 0 && d->frame->wire_len > header) {
        total = (uint32_t)(b.len > header ? b.len : header); /* segmentation offload writes 0 */
    }
    note_ip(d, b, 20, header < b.len ? header : b.len);
    if (header > b.len || total < header) {
        o->flags |= header > b.len ? OBS_TRUNCATED : OBS_BAD;
        return;
    }
    size_t have = b.len < total ? b.len : total; /* what is past it is padding */
    struct bytes rest = bytes_of(b.data + header, have - header);
    uint32_t ip_len = total - (uint32_t)header;
    if (o->frag_units != 0) {
        o->flags |= OBS_LATER;
        o->payload_len = ip_len;
        if (o->frag_units == 1 && o->proto == PROTO_TCP) { /* for detect/pieces */
            set_payload(o, rest, ip_len);
        }
        return;
    }
    if (o->proto == PROTO_AH && !step_over_ah(&o->proto, &rest, &ip_len)) {
        return;
    }
    note_ip(d, b, 20, (size_t)(rest.data - b.data));
    open_transport(d, o, rest, ip_len);
}

/* RFC 8200, 4: headers until one that is none. False when cut short; *later is
 * set at a fragment that is not the first, behind which no header stands. */
static bool step_over_extensions(struct observation *o, struct bytes *b, uint32_t *ip_len)
{
    for (int i = 0; i < LIMIT_LAYERS; i++) {
        size_t n;
        switch (o->proto) {
        case 0:
        case 43:
        case 60:
        case 135:
        case 139:
        case 140:
            n = b->len >= 2 ? (b->data[1] + 1U) * 8 : 8;
            break;
        case 44:
            n = 8;
            break;
        case PROTO_AH:
            if (!step_over_ah(&o->proto, b, ip_len)) {
                return false;
            }
            continue;
        default:
            return true;
        }
        if (n > b->len || n > *ip_len) {
            return false;
        }
        uint8_t next = b->data[0];
        if (o->proto == 44) {
            uint16_t frag = load_be16(b->data + 2);
            if ((frag & 0xfff9) != 0) { /* RFC 6946: an atomic fragment is no fragment */
                o->flags |= OBS_FRAGMENT;
                o->flags |= (frag & 1) != 0 ? OBS_MORE : 0;
                o->frag_units = frag >> 3;
                o->flags |= o->frag_units != 0 ? OBS_LATER : 0;
            }
        }
        o->proto = next;
        *b = bytes_of(b->data + n, b->len - n);
        *ip_len -= (uint32_t)n;
        if ((o->flags & OBS_LATER) != 0) {
            return true;
        }
    }
    o->flags |= OBS_BAD; /* more extension headers than anybody sends */
    return false;
}

static void open_ipv6(struct decode *d, struct bytes b, uint16_t flags)
{
    struct observation *o = add_observation(d, flags);
    if (b.len < 40 || b.data[0] >> 4 != 6) {
        o->flags |= b.len < 40 ? OBS_TRUNCATED : OBS_BAD;
        o->proto = PROTO_NOT_IP;
        return;
    }
    o->src = addr_from_v6(b.data + 8);
    o->dst = addr_from_v6(b.data + 24);
    if (addr_is_v4(&o->src) || addr_is_v4(&o->dst)) {
        o->flags |= OBS_BAD; /* RFC 4291, 2.5.5.2: mapped addresses are not for the wire */
        o->proto = PROTO_NOT_IP;
        return;
    }
    o->flags |= OBS_V6;
    o->proto = b.data[6];
    o->ttl = b.data[7];
    uint32_t ip_len = load_be16(b.data + 4);
    if (ip_len == 0) { /* a jumbogram (RFC 2675) or segmentation offload */
        ip_len = (uint32_t)(b.len - 40);
    }
    size_t have = b.len - 40 < ip_len ? b.len - 40 : ip_len;
    struct bytes rest = bytes_of(b.data + 40, have);
    bool whole = step_over_extensions(o, &rest, &ip_len);
    note_ip(d, b, 40, (size_t)(rest.data - b.data));
    if (!whole) {
        o->flags |= OBS_TRUNCATED;
        o->payload_len = ip_len;
        return;
    }
    if ((o->flags & OBS_LATER) != 0) {
        o->payload_len = ip_len;
        return;
    }
    open_transport(d, o, rest, ip_len);
}

/* RFC 826 for IPv4 over any hardware. */
static void open_arp(struct decode *d, struct bytes b, uint16_t flags)
{
    struct observation *o = add_observation(d, flags);
    o->proto = PROTO_NOT_IP;
    struct cursor c = cursor_of(b);
    cursor_skip(&c, 2);
    uint16_t proto = cursor_be16(&c);
    uint8_t hlen = cursor_u8(&c);
    uint8_t plen = cursor_u8(&c);
    uint16_t op = cursor_be16(&c);
    cursor_skip(&c, hlen);
    struct bytes sender = cursor_take(&c, plen);
    cursor_skip(&c, hlen);
    struct bytes target = cursor_take(&c, plen);
    if (c.failed || proto != ETHERTYPE_IPV4 || plen != 4 || op > 0xff) {
        return;
    }
    o->proto = PROTO_ARP;
    o->flags |= OBS_ARP | OBS_L4;
    o->tcp_flags = (uint8_t)op;
    o->src = addr_from_v4(load_be32(sender.data));
    o->dst = addr_from_v4(load_be32(target.data));
}

static void open_layer(struct decode *d, struct link_payload p, uint16_t flags)
{
    switch (p.ethertype) {
    case ETHERTYPE_IPV4:
        open_ipv4(d, p.data, flags);
        return;
    case ETHERTYPE_IPV6:
        open_ipv6(d, p.data, flags);
        return;
    case ETHERTYPE_ARP:
        open_arp(d, p.data, flags);
        return;
    default:
        add_observation(d, flags)->proto = PROTO_NOT_IP;
        return;
    }
}

static void open_network(struct decode *d, struct link_payload p, uint16_t flags)
{
    size_t at = d->batch->n;
    if (++d->layers > LIMIT_LAYERS) {
        return;
    }
    open_layer(d, p, flags);
    if (d->notes != NULL) {
        d->notes[at].vlan = p.vlan;
    }
}

size_t packet_note(const struct packet_frame *frame, struct packet_note ret[PACKET_OBS_MAX])
{
    struct obs_batch scratch;
    struct decode d = {.frame = frame, .batch = &scratch, .notes = ret};
    scratch.n = 0;
    for (size_t i = 0; i < PACKET_OBS_MAX; i++) {
        ret[i] = (struct packet_note){.vlan = 0};
    }
    open_network(&d, link_open(frame->linktype, frame->data), 0);
    return scratch.n;
}

void packet_decode(const struct packet_frame *frame, struct obs_batch *batch)
{
    struct decode d = {.frame = frame, .batch = batch};
    open_network(&d, link_open(frame->linktype, frame->data), 0);
}
