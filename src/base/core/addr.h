/* base/core/addr.h - an address, IPv4 or IPv6, and a network of them.
 *
 * IPv4 is kept as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so both families sort,
 * hash and travel alike. A prefix counts its length in the 128 bits: an IPv4
 * /24 has len 120.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/core/cursor.h"
#include "base/core/status.h"

struct addr {
    uint8_t b[16];
};

struct prefix {
    struct addr net; /* bits past len are zero */
    uint8_t len;     /* 0..128 */
};

enum { ADDR_TEXT_MAX = 46, PREFIX_TEXT_MAX = 50 };

static inline struct addr addr_from_v4(uint32_t host_order)
{
    struct addr a = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}};
    store_be32(a.b + 12, host_order);
    return a;
}

static inline struct addr addr_from_v6(const uint8_t raw[16])
{
    struct addr a;
    memcpy(a.b, raw, sizeof(a.b));
    return a;
}

static inline bool addr_is_v4(const struct addr *a)
{
    return load_le64(a->b) == 0 && load_le32(a->b + 8) == 0xffff0000;
}

/* The IPv4 address in host order; only for addr_is_v4. */
static inline uint32_t addr_v4(const struct addr *a)
{
    return load_be32(a->b + 12);
}

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
    return load_le64(a->b) == load_le64(b->b) && load_le64(a->b + 8) == load_le64(b->b + 8);
}

static inline int addr_compare(const struct addr *a, const struct addr *b)
{
    return memcmp(a->b, b->b, sizeof(a->b));
}

bool addr_is_unspecified(const struct addr *a); /* 0.0.0.0 or :: */
bool addr_is_multicast(const struct addr *a);   /* 224/4 or ff00::/8 */
bool addr_is_broadcast(const struct addr *a);   /* 255.255.255.255 only */
bool addr_is_loopback(const struct addr *a);    /* 127/8 or ::1 */
/* RFC 1918, RFC 6598 shared, RFC 4193 unique local, link-local and loopback:
 * addresses that mean something only on one's own side. */
bool addr_is_private(const struct addr *a);

/* Text without port, brackets or zone; leading zeros in IPv4 are refused. */
MUST_USE enum status addr_parse(struct bytes text, struct addr *ret);
/* RFC 5952 for IPv6, dotted quad for IPv4. Returns the length. */
size_t addr_format(const struct addr *a, char out[ADDR_TEXT_MAX]);

/* "10.0.0.0/8", "2001:db8::/32" or a lone address; bits past the length must
 * be zero, else ST_MALFORMED. */
MUST_USE enum status prefix_parse(struct bytes text, struct prefix *ret);
size_t prefix_format(const struct prefix *p, char out[PREFIX_TEXT_MAX]);
bool prefix_contains(const struct prefix *p, const struct addr *a);
/* The prefix of len bits (0..128) that a lies in. */
struct prefix prefix_of(const struct addr *a, uint8_t len);
/* len as people write it: 24 for an IPv4 prefix of 120. */
uint8_t prefix_text_len(const struct prefix *p);
