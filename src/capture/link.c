/* capture/link.c - link headers, tags and labels.
 *
 * Layouts: https://www.tcpdump.org/linktypes.html; IEEE 802.1Q, 802.3, 802.11;
 * RFC 1661 (PPP), 2516 (PPPoE), 3032 (MPLS).
 */
#include "capture/link.h"

#include "base/core/limits.h"

/* LINKTYPE_ values that are read. */
enum {
    LT_NULL = 0,
    LT_ETHERNET = 1,
    LT_SLIP = 8,
    LT_PPP = 9,
    LT_FDDI = 10,
    LT_RAW_OLD = 12,
    LT_RAW_BSD = 14,
    LT_PPP_HDLC = 50,
    LT_PPP_ETHER = 51,
    LT_ATM_RFC1483 = 100,
    LT_RAW = 101,
    LT_C_HDLC = 104,
    LT_80211 = 105,
    LT_FRELAY = 107,
    LT_LOOP = 108,
    LT_ENC = 109,
    LT_LINUX_SLL = 113,
    LT_PFLOG = 117,
    LT_PRISM = 119,
    LT_RADIOTAP = 127,
    LT_AVS = 163,
    LT_PPI = 192,
    LT_IPV4 = 228,
    LT_IPV6 = 229,
    LT_NFLOG = 239,
    LT_PKTAP = 258,
    LT_LINUX_SLL2 = 276,
};

static const struct {
    uint16_t type;
    const char *name;
} names[] = {
    {LT_NULL, "NULL"},        {LT_ETHERNET, "ETHERNET"},
    {LT_SLIP, "SLIP"},        {LT_PPP, "PPP"},
    {LT_FDDI, "FDDI"},        {LT_RAW_OLD, "RAW"},
    {LT_RAW_BSD, "RAW"},      {LT_PPP_HDLC, "PPP_HDLC"},
    {LT_PPP_ETHER, "PPPOE"},  {LT_ATM_RFC1483, "ATM_RFC1483"},
    {LT_RAW, "RAW"},          {LT_C_HDLC, "C_HDLC"},
    {LT_80211, "IEEE802_11"}, {LT_FRELAY, "FRELAY"},
    {LT_LOOP, "LOOP"},        {LT_ENC, "ENC"},
    {LT_LINUX_SLL, "SLL"},    {LT_PFLOG, "PFLOG"},
    {LT_PRISM, "PRISM"},      {LT_RADIOTAP, "RADIOTAP"},
    {LT_AVS, "AVS"},          {LT_PPI, "PPI"},
    {LT_IPV4, "IPV4"},        {LT_IPV6, "IPV6"},
    {LT_NFLOG, "NFLOG"},      {LT_PKTAP, "PKTAP"},
    {LT_LINUX_SLL2, "SLL2"},
};

static const struct link_payload nothing = {0};

bool link_supported(uint32_t linktype)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].type == linktype) {
            return true;
        }
    }
    return false;
}

const char *link_name(uint32_t linktype)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].type == linktype) {
            return names[i].name;
        }
    }
    return "unknown";
}

static struct link_payload rest_as(uint16_t ethertype, struct cursor *c)
{
    struct bytes rest = cursor_rest(c);
    return c->failed ? nothing : (struct link_payload){.ethertype = ethertype, .data = rest};
}

/* By the first four bits; for link types that carry bare IP. */
static struct link_payload bare_ip(struct bytes b)
{
    if (b.len == 0) {
        return nothing;
    }
    uint8_t version = b.data[0] >> 4;
    return (struct link_payload){.ethertype = version == 4   ? ETHERTYPE_IPV4
                                              : version == 6 ? ETHERTYPE_IPV6
                                                             : ETHERTYPE_NONE,
                                 .data = b};
}

/* IEEE 802.2: SNAP with an ether type, or a bare IP service access point. */
static struct link_payload open_llc(struct cursor c)
{
    uint8_t dsap = cursor_u8(&c);
    uint8_t ssap = cursor_u8(&c);
    uint8_t control = cursor_u8(&c);
    if (dsap == 0x06 && ssap == 0x06 && control == 0x03) {
        return rest_as(ETHERTYPE_IPV4, &c);
    }
    if ((dsap & 0xfe) != 0xaa || (ssap & 0xfe) != 0xaa || control != 0x03) {
        return nothing;
    }
    uint32_t oui = (uint32_t)cursor_u8(&c) << 16;
    oui |= cursor_be16(&c);
    uint16_t type = cursor_be16(&c);
    bool encapsulated = oui == 0 || oui == 0x0000f8; /* RFC 1042; 802.1H tunnels */
    struct bytes rest = cursor_rest(&c);
    return c.failed || !encapsulated ? nothing : link_follow(type, rest);
}

/* A type below 1536 is an 802.3 length with LLC behind it. */
static struct link_payload typed(uint16_t type, struct cursor *c)
{
    if (type < 1536) {
        return open_llc(*c);
    }
    struct bytes rest = cursor_rest(c);
    return c->failed ? nothing : link_follow(type, rest);
}

/* RFC 3032: labels until the bottom of the stack, then bare IP, or an Ethernet
 * pseudowire when a zero control word or no IP version stands there. */
static struct link_payload open_mpls(struct cursor *c)
{
    for (int i = 0; i < LIMIT_LAYERS; i++) {
        uint32_t label = cursor_be32(c);
        if (c->failed) {
            return nothing;
        }
        if ((label & 0x100) == 0) {
            continue;
        }
        struct bytes rest = cursor_rest(c);
        struct link_payload p = bare_ip(rest);
        if (p.ethertype == ETHERTYPE_NONE && rest.len > 18 && load_be32(rest.data) >> 28 == 0) {
            /* RFC 4448: a pseudowire's control word */
            return link_ethernet(bytes_of(rest.data + 4, rest.len - 4));
        }
        return p;
    }
    return nothing;
}

static struct link_payload tagged(struct link_payload p, uint32_t vlan)
{
    p.vlan = vlan != 0 ? vlan : p.vlan;
    return p;
}

struct link_payload link_follow(uint16_t type, struct bytes data)
{
    struct cursor c = cursor_of(data);
    uint32_t vlan = 0, tag;
    for (int i = 0; i < LIMIT_LAYERS; i++) {
        switch (type) {
        case ETHERTYPE_VLAN:
        case ETHERTYPE_QINQ:
        case 0x9100: /* QinQ before it was standardised */
        case 0x9200:
            tag = cursor_be16(&c);
            vlan = vlan >> 16 != 0 ? vlan : vlan << 16 | tag;
            break;
        case ETHERTYPE_VNTAG:
            cursor_skip(&c, 4);
            break;
        case ETHERTYPE_MPLS:
        case ETHERTYPE_MPLS_UP:
            return tagged(open_mpls(&c), vlan);
        case ETHERTYPE_PPPOE: {
            cursor_skip(&c, 6);
            struct bytes rest = cursor_rest(&c);
            return c.failed ? nothing : tagged(link_ppp(rest), vlan);
        }
        default:
            return tagged(rest_as(type, &c), vlan);
        }
        type = cursor_be16(&c);
        if (c.failed) {
            return nothing;
        }
        if (type < 1536) {
            return tagged(open_llc(c), vlan);
        }
    }
    return nothing;
}

struct link_payload link_ethernet(struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    cursor_skip(&c, 12);
    uint16_t type = cursor_be16(&c);
    return c.failed ? nothing : typed(type, &c);
}

struct link_payload link_ppp(struct bytes data)
{
    struct cursor c = cursor_of(data);
    uint16_t proto = cursor_u8(&c);
    if ((proto & 1) == 0) { /* RFC 1661, 6.5: an odd first byte is compressed */
        proto = (uint16_t)(proto << 8 | cursor_u8(&c));
    }
    switch (proto) {
    case 0x0021:
        return rest_as(ETHERTYPE_IPV4, &c);
    case 0x0057:
        return rest_as(ETHERTYPE_IPV6, &c);
    case 0x0281:
        return open_mpls(&c);
    default:
        return nothing;
    }
}

static struct link_payload open_ppp(struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    if (frame.len >= 2 && frame.data[0] == 0xff && frame.data[1] == 0x03) {
        cursor_skip(&c, 2); /* address and control */
    } else if (frame.len >= 1 && frame.data[0] <= 1 && frame.len >= 3 && frame.data[1] == 0xff) {
        cursor_skip(&c, 3); /* a direction byte in front, as some systems write */
    }
    struct bytes rest = cursor_rest(&c);
    return link_ppp(rest);
}

/* Address families of the BSDs and Linux; 2 is IPv4 everywhere. */
static struct link_payload by_family(uint32_t family, struct cursor *c)
{
    switch (family) {
    case 2:
        return rest_as(ETHERTYPE_IPV4, c);
    case 10:
    case 24:
    case 28:
    case 30:
        return rest_as(ETHERTYPE_IPV6, c);
    default:
        return nothing;
    }
}

static struct link_payload open_null(struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    uint32_t family = cursor_be32(&c);
    if (family > 0xffff) { /* host order of whoever wrote the file */
        family = __builtin_bswap32(family);
    }
    return by_family(family, &c);
}

static struct link_payload open_hdlc(struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    uint8_t address = cursor_u8(&c);
    cursor_skip(&c, 1);
    if (address != 0x0f && address != 0x8f) {
        return open_ppp(frame);
    }
    uint16_t type = cursor_be16(&c);
    return c.failed ? nothing : typed(type, &c);
}

static struct link_payload open_sll(struct bytes frame, bool v2)
{
    struct cursor c = cursor_of(frame);
    uint16_t type;
    if (v2) {
        type = cursor_be16(&c);
        cursor_skip(&c, 18);
    } else {
        cursor_skip(&c, 14);
        type = cursor_be16(&c);
    }
    if (c.failed || type == 0x0001) { /* Novell 802.3 without LLC */
        return nothing;
    }
    return typed(type, &c);
}

/* IEEE 802.11-2020, 9.2: only clear data frames carry what is read here. */
static struct link_payload open_80211(struct bytes frame, bool padded)
{
    struct cursor c = cursor_of(frame);
    uint16_t fc = cursor_le16(&c);
    bool qos = (fc & 0x80) != 0;
    bool wds = (fc & 0x0300) == 0x0300;
    bool order = (fc & 0x8000) != 0;
    if ((fc & 0x0f) != 0x08 || (fc & 0x40) != 0 || (fc & 0x4000) != 0) {
        return nothing; /* not data, or no data in it, or encrypted */
    }
    size_t header = 24 + (wds ? 6U : 0U);
    cursor_skip(&c, header - 2);
    if (qos) {
        uint16_t control = cursor_le16(&c);
        header += 2;
        if ((control & 0x80) != 0) {
            return nothing; /* an aggregate of several */
        }
        if (order) {
            cursor_skip(&c, 4);
            header += 4;
        }
    }
    if (padded && header % 4 != 0) {
        cursor_skip(&c, 4 - header % 4);
    }
    return c.failed ? nothing : open_llc(c);
}

/* radiotap.org: little-endian length, then fields by presence bits. */
static struct link_payload open_radiotap(struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    cursor_skip(&c, 2);
    uint16_t length = cursor_le16(&c);
    uint32_t present = cursor_le32(&c);
    uint32_t more = present;
    size_t at = 8;
    for (int i = 0; i < LIMIT_LAYERS && (more & 0x80000000U) != 0; i++) {
        more = cursor_le32(&c);
        at += 4;
    }
    if (c.failed || length < at || length > frame.len) {
        return nothing;
    }
    if ((present & 1) != 0) {
        at = (at + 7) / 8 * 8 + 8; /* TSFT */
    }
    uint8_t flags = (present & 2) != 0 && at < length ? frame.data[at] : 0;
    return open_80211(bytes_of(frame.data + length, frame.len - length), (flags & 0x20) != 0);
}

static struct link_payload open_prism(struct bytes frame)
{
    if (frame.len >= 8 && load_be32(frame.data) >> 12 == 0x80211) {
        uint32_t length = load_be32(frame.data + 4); /* an AVS header in a Prism frame */
        return length > frame.len
                   ? nothing
                   : open_80211(bytes_of(frame.data + length, frame.len - length), false);
    }
    return frame.len < 144 ? nothing
                           : open_80211(bytes_of(frame.data + 144, frame.len - 144), false);
}

static struct link_payload open_ppi(struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    cursor_skip(&c, 2);
    uint16_t length = cursor_le16(&c);
    uint32_t inner = cursor_le32(&c);
    if (c.failed || length < 8 || length > frame.len || inner == LT_PPI || inner == LT_PKTAP) {
        return nothing;
    }
    return link_open(inner, bytes_of(frame.data + length, frame.len - length));
}

static struct link_payload open_pktap(struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    uint32_t length = cursor_le32(&c);
    uint32_t next = cursor_le32(&c);
    uint32_t inner = cursor_le32(&c);
    if (c.failed || length < 12 || length > frame.len || next != 1 || inner == LT_PKTAP ||
        inner == LT_PPI) {
        return nothing;
    }
    return link_open(inner, bytes_of(frame.data + length, frame.len - length));
}

/* Netfilter's log: a header, then type-length-values in host order; type 9 is
 * the packet. */
static struct link_payload open_nflog(struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    uint8_t family = cursor_u8(&c);
    uint8_t version = cursor_u8(&c);
    cursor_skip(&c, 2);
    if (version != 0) {
        return nothing;
    }
    while (cursor_left(&c) >= 4) {
        uint16_t length = cursor_le16(&c);
        uint16_t type = cursor_le16(&c);
        if (length < 4) {
            return nothing;
        }
        struct bytes value = cursor_take(&c, length - 4U);
        if (c.failed) {
            return nothing;
        }
        if ((type & 0x7fff) == 9) {
            struct cursor v = cursor_of(value);
            return by_family(family, &v);
        }
        size_t pad = (4 - length % 4) % 4;
        cursor_skip(&c, pad < cursor_left(&c) ? pad : cursor_left(&c));
    }
    return nothing;
}

static struct link_payload open_pflog(struct bytes frame)
{
    if (frame.len < 2 || frame.data[0] < 45) {
        return nothing;
    }
    size_t length = (frame.data[0] + 3U) / 4 * 4;
    struct cursor c = cursor_of(frame);
    cursor_skip(&c, length);
    return by_family(frame.data[1], &c);
}

/* RFC 2427: after a two-byte address, UI, then NLPID. */
static struct link_payload open_frelay(struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    cursor_skip(&c, 2);
    uint8_t control = cursor_u8(&c);
    uint8_t nlpid = cursor_u8(&c);
    if (control == 0x03 && nlpid == 0) { /* a padding byte */
        nlpid = cursor_u8(&c);
    }
    if (c.failed || control != 0x03) {
        return nothing;
    }
    switch (nlpid) {
    case 0xcc:
        return rest_as(ETHERTYPE_IPV4, &c);
    case 0x8e:
        return rest_as(ETHERTYPE_IPV6, &c);
    case 0x80: { /* SNAP */
        cursor_skip(&c, 3);
        uint16_t type = cursor_be16(&c);
        return c.failed ? nothing : typed(type, &c);
    }
    default:
        return nothing;
    }
}

static struct link_payload open_skipping(struct bytes frame, size_t n,
                                         struct link_payload (*then)(struct bytes))
{
    return frame.len < n ? nothing : then(bytes_of(frame.data + n, frame.len - n));
}

static struct link_payload open_wireless(uint32_t linktype, struct bytes frame)
{
    switch (linktype) {
    case LT_80211:
        return open_80211(frame, false);
    case LT_RADIOTAP:
        return open_radiotap(frame);
    case LT_PPI:
        return open_ppi(frame);
    default: /* Prism and AVS say themselves which they are */
        return open_prism(frame);
    }
}

static struct link_payload open_encrypted_interface(struct bytes frame)
{
    struct cursor c = cursor_of(frame);
    uint32_t family = cursor_be32(&c);
    cursor_skip(&c, 8);
    return by_family(family > 0xffff ? __builtin_bswap32(family) : family, &c);
}

struct link_payload link_open(uint32_t linktype, struct bytes frame)
{
    switch (linktype) {
    case LT_ETHERNET:
        return link_ethernet(frame);
    case LT_NULL:
    case LT_LOOP:
        return open_null(frame);
    case LT_RAW_OLD:
    case LT_RAW_BSD:
    case LT_RAW:
    case LT_IPV4:
    case LT_IPV6:
        return bare_ip(frame);
    case LT_LINUX_SLL:
        return open_sll(frame, false);
    case LT_LINUX_SLL2:
        return open_sll(frame, true);
    case LT_80211:
    case LT_RADIOTAP:
    case LT_PRISM:
    case LT_AVS:
    case LT_PPI:
        return open_wireless(linktype, frame);
    case LT_PPP:
    case LT_PPP_HDLC:
        return open_ppp(frame);
    case LT_PPP_ETHER:
        return open_skipping(frame, 6, link_ppp);
    case LT_C_HDLC:
        return open_hdlc(frame);
    case LT_FDDI: /* frame control, two addresses, LLC */
        return frame.len < 13 ? nothing
                              : open_llc(cursor_of(bytes_of(frame.data + 13, frame.len - 13)));
    case LT_ATM_RFC1483:
        return open_llc(cursor_of(frame));
    case LT_FRELAY:
        return open_frelay(frame);
    case LT_SLIP: /* direction, 15 bytes of compressed header */
        return open_skipping(frame, 16, bare_ip);
    case LT_ENC:
        return open_encrypted_interface(frame);
    case LT_PFLOG:
        return open_pflog(frame);
    case LT_NFLOG:
        return open_nflog(frame);
    case LT_PKTAP:
        return open_pktap(frame);
    default:
        return nothing;
    }
}
