/* attribute/special.c - the special-purpose registries, by hand.
 *
 * IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190)
 * with each range's own RFC; multicast (RFC 5771, RFC 4291), site-local (RFC
 * 3879) and IPv6 space that IANA does not hand out (RFC 4291, 2.4) besides.
 * `global` is the registry's "globally reachable"; of the blocks that it lists
 * as deprecated, 6to4 relay anycast is still met on the wire and no bogon.
 */
#include "attribute/special.h"

/* An IPv4 range in the form of struct prefix. */
#define V4(a, b, c, d, len)                                                                        \
    {                                                                                              \
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}}, 96 + (len)                       \
    }
#define V6(a, b, c, d, len)                                                                        \
    {                                                                                              \
        {{(a) >> 8, (a)&0xff, (b) >> 8, (b)&0xff, (c) >> 8, (c)&0xff, (d) >> 8, (d)&0xff}}, len    \
    }
#define V6_HOST(a, b, host)                                                                        \
    {                                                                                              \
        {{(a) >> 8, (a)&0xff, (b) >> 8, (b)&0xff, [15] = (host)}}, 128                             \
    }

enum { BOGON = 0, GLOBAL = 1, ANYCAST = 1 };

/* A range stands after every range that holds it: the last match is the
 * narrowest. */
/* clang-format off */
static const struct attribute_special table[] = {
    {V4(0, 0, 0, 0, 8), "this network", "RFC 791", BOGON, 0},
    {V4(0, 0, 0, 0, 32), "this host on this network", "RFC 1122", BOGON, 0},
    {V4(10, 0, 0, 0, 8), "private use", "RFC 1918", BOGON, 0},
    {V4(100, 64, 0, 0, 10), "shared address space", "RFC 6598", BOGON, 0},
    {V4(127, 0, 0, 0, 8), "loopback", "RFC 1122", BOGON, 0},
    {V4(169, 254, 0, 0, 16), "link local", "RFC 3927", BOGON, 0},
    {V4(172, 16, 0, 0, 12), "private use", "RFC 1918", BOGON, 0},
    {V4(192, 0, 0, 0, 24), "IETF protocol assignments", "RFC 6890", BOGON, 0},
    {V4(192, 0, 0, 0, 29), "IPv4 service continuity", "RFC 7335", BOGON, 0},
    {V4(192, 0, 0, 8, 32), "IPv4 dummy address", "RFC 7600", BOGON, 0},
    {V4(192, 0, 0, 9, 32), "port control protocol anycast", "RFC 7723", GLOBAL, ANYCAST},
    {V4(192, 0, 0, 10, 32), "TURN anycast", "RFC 8155", GLOBAL, ANYCAST},
    {V4(192, 0, 0, 170, 32), "NAT64 and DNS64 discovery", "RFC 8880, RFC 7050", BOGON, 0},
    {V4(192, 0, 0, 171, 32), "NAT64 and DNS64 discovery", "RFC 8880, RFC 7050", BOGON, 0},
    {V4(192, 0, 2, 0, 24), "documentation", "RFC 5737", BOGON, 0},
    {V4(192, 31, 196, 0, 24), "AS112", "RFC 7535", GLOBAL, ANYCAST},
    {V4(192, 52, 193, 0, 24), "automatic multicast tunneling", "RFC 7450", GLOBAL, ANYCAST},
    {V4(192, 88, 99, 0, 24), "6to4 relay anycast, deprecated", "RFC 7526", GLOBAL, ANYCAST},
    {V4(192, 88, 99, 2, 32), "6a44 relay anycast", "RFC 6751", BOGON, 0},
    {V4(192, 168, 0, 0, 16), "private use", "RFC 1918", BOGON, 0},
    {V4(192, 175, 48, 0, 24), "AS112", "RFC 7534", GLOBAL, ANYCAST},
    {V4(198, 18, 0, 0, 15), "benchmarking", "RFC 2544", BOGON, 0},
    {V4(198, 51, 100, 0, 24), "documentation", "RFC 5737", BOGON, 0},
    {V4(203, 0, 113, 0, 24), "documentation", "RFC 5737", BOGON, 0},
    {V4(224, 0, 0, 0, 4), "multicast", "RFC 5771", BOGON, 0},
    {V4(240, 0, 0, 0, 4), "reserved", "RFC 1112", BOGON, 0},
    {V4(255, 255, 255, 255, 32), "limited broadcast", "RFC 919", BOGON, 0},

    {V6(0, 0, 0, 0, 8), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0, 0, 0, 0, 96), "IPv4-compatible, deprecated", "RFC 4291", BOGON, 0},
    {V6(0, 0, 0, 0, 128), "unspecified address", "RFC 4291", BOGON, 0},
    {V6_HOST(0, 0, 1), "loopback", "RFC 4291", BOGON, 0},
    {V6(0x64, 0xff9b, 0, 0, 96), "IPv4 and IPv6 translation", "RFC 6052", GLOBAL, 0},
    {V6(0x64, 0xff9b, 1, 0, 48), "local IPv4 and IPv6 translation", "RFC 8215", BOGON, 0},
    {V6(0x100, 0, 0, 0, 8), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0x100, 0, 0, 0, 64), "discard only", "RFC 6666", BOGON, 0},
    {V6(0x100, 0, 0, 1, 64), "dummy prefix", "RFC 9780", BOGON, 0},
    {V6(0x200, 0, 0, 0, 7), "reserved by the IETF", "RFC 4048", BOGON, 0},
    {V6(0x400, 0, 0, 0, 6), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0x800, 0, 0, 0, 5), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0x1000, 0, 0, 0, 4), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0x2001, 0, 0, 0, 23), "IETF protocol assignments", "RFC 2928", BOGON, 0},
    {V6(0x2001, 0, 0, 0, 32), "Teredo", "RFC 4380", GLOBAL, 0},
    {V6_HOST(0x2001, 1, 1), "port control protocol anycast", "RFC 7723", GLOBAL, ANYCAST},
    {V6_HOST(0x2001, 1, 2), "TURN anycast", "RFC 8155", GLOBAL, ANYCAST},
    {V6_HOST(0x2001, 1, 3), "service registration anycast", "RFC 9665", GLOBAL, ANYCAST},
    {V6(0x2001, 2, 0, 0, 48), "benchmarking", "RFC 5180", BOGON, 0},
    {V6(0x2001, 3, 0, 0, 32), "automatic multicast tunneling", "RFC 7450", GLOBAL, ANYCAST},
    {V6(0x2001, 4, 0x112, 0, 48), "AS112", "RFC 7535", GLOBAL, ANYCAST},
    {V6(0x2001, 0x10, 0, 0, 28), "ORCHID, deprecated", "RFC 4843", BOGON, 0},
    {V6(0x2001, 0x20, 0, 0, 28), "ORCHIDv2", "RFC 7343", GLOBAL, 0},
    {V6(0x2001, 0x30, 0, 0, 28), "drone remote identification", "RFC 9374", GLOBAL, 0},
    {V6(0x2001, 0xdb8, 0, 0, 32), "documentation", "RFC 3849", BOGON, 0},
    {V6(0x2002, 0, 0, 0, 16), "6to4", "RFC 3056", GLOBAL, 0},
    {V6(0x2620, 0x4f, 0x8000, 0, 48), "AS112", "RFC 7534", GLOBAL, ANYCAST},
    {V6(0x3fff, 0, 0, 0, 20), "documentation", "RFC 9637", BOGON, 0},
    {V6(0x4000, 0, 0, 0, 3), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0x5f00, 0, 0, 0, 16), "segment routing", "RFC 9602", BOGON, 0},
    {V6(0x6000, 0, 0, 0, 3), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0x8000, 0, 0, 0, 2), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0xc000, 0, 0, 0, 3), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0xe000, 0, 0, 0, 4), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0xf000, 0, 0, 0, 5), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0xf800, 0, 0, 0, 6), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0xfc00, 0, 0, 0, 7), "unique local", "RFC 4193", BOGON, 0},
    {V6(0xfe00, 0, 0, 0, 9), "reserved by the IETF", "RFC 4291", BOGON, 0},
    {V6(0xfe80, 0, 0, 0, 10), "link local", "RFC 4291", BOGON, 0},
    {V6(0xfec0, 0, 0, 0, 10), "site local, deprecated", "RFC 3879", BOGON, 0},
    {V6(0xff00, 0, 0, 0, 8), "multicast", "RFC 4291", BOGON, 0},
};
/* clang-format on */

const struct attribute_special *attribute_special_all(size_t *ret_n)
{
    *ret_n = ARRAY_LEN(table);
    return table;
}

static bool entry_is_v4(const struct attribute_special *e)
{
    return e->range.len >= 96 && addr_is_v4(&e->range.net);
}

/* prefix_contains without making a prefix: floods ask this for every source. */
static bool holds(const struct prefix *p, const struct addr *a)
{
    size_t whole = p->len / 8;
    unsigned rest = p->len % 8;
    return memcmp(p->net.b, a->b, whole) == 0 &&
           (rest == 0 || (p->net.b[whole] ^ a->b[whole]) >> (8 - rest) == 0);
}

const struct attribute_special *attribute_special_find(const struct addr *a)
{
    const struct attribute_special *found = NULL;
    bool v4 = addr_is_v4(a);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        /* IPv4 stands apart: its form lies in ::/8. */
        if (v4 == entry_is_v4(&table[i]) && holds(&table[i].range, a)) {
            found = &table[i];
        }
    }
    return found;
}

/* How many addresses of an IPv4 range lie in a /8. */
static int64_t overlap(const struct prefix *p, uint8_t octet)
{
    uint64_t first = addr_v4(&p->net);
    uint64_t last = first + (UINT64_C(1) << (128 - p->len)) - 1;
    uint64_t low = (uint64_t)octet << 24;
    uint64_t high = low + (1U << 24) - 1;
    low = first > low ? first : low;
    high = last < high ? last : high;
    return low > high ? 0 : (int64_t)(high - low + 1);
}

uint32_t attribute_special_share(uint8_t first_octet)
{
    int64_t bogons = 0;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (!entry_is_v4(&table[i])) {
            continue;
        }
        bool outer = false; /* is what lies around it a bogon? */
        for (size_t k = 0; k < i; k++) {
            if (holds(&table[k].range, &table[i].range.net) && entry_is_v4(&table[k])) {
                outer = !table[k].global;
            }
        }
        bogons += (!table[i].global - outer) * overlap(&table[i].range, first_octet);
    }
    return (uint32_t)bogons;
}

enum origin_wrap attribute_special_unwrap(const struct addr *a, struct addr *ret_inner,
                                          struct addr *ret_server)
{
    static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
    static const uint8_t teredo[4] = {0x20, 0x01};
    if (addr_is_v4(a)) {
        return ORIGIN_WRAP_NONE;
    }
    if (a->b[0] == 0x20 && a->b[1] == 0x02) { /* RFC 3056, 2 */
        *ret_inner = addr_from_v4(load_be32(a->b + 2));
        return ORIGIN_6TO4;
    }
    if (memcmp(a->b, teredo, sizeof(teredo)) == 0) { /* RFC 4380, 4: the client's is inverted */
        *ret_server = addr_from_v4(load_be32(a->b + 4));
        *ret_inner = addr_from_v4(~load_be32(a->b + 12));
        return ORIGIN_TEREDO;
    }
    if (memcmp(a->b, nat64, sizeof(nat64)) == 0) { /* RFC 6052, 2.2, length 96 */
        *ret_inner = addr_from_v4(load_be32(a->b + 12));
        return ORIGIN_NAT64;
    }
    return ORIGIN_WRAP_NONE;
}

const char *attribute_special_asn(uint32_t number)
{
    static const struct {
        uint32_t first, last;
        const char *what;
    } numbers[] = {
        {0, 0, "reserved, never routed (RFC 7607)"},
        {23456, 23456, "AS_TRANS, stands for any 32-bit AS (RFC 6793)"},
        {64496, 64511, "documentation (RFC 5398)"},
        {64512, 65534, "private use (RFC 6996)"},
        {65535, 65535, "reserved, last 16-bit AS (RFC 7300)"},
        {65536, 65551, "documentation (RFC 5398)"},
        {65552, 131071, "reserved by IANA"},
        {4200000000, 4294967294, "private use (RFC 6996)"},
        {4294967295, 4294967295, "reserved, last 32-bit AS (RFC 7300)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (number >= numbers[i].first && number <= numbers[i].last) {
            return numbers[i].what;
        }
    }
    return NULL;
}
