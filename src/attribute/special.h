/* attribute/special.h - ranges and numbers that belong to nobody.
 *
 * Asked first, before any source: registry data and databases do put
 * countries on private and documentation space.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/model/origin.h"

struct attribute_special {
    struct prefix range;
    const char *name;
    const char *rfc; /* "RFC 1918"; several with commas */
    bool global;     /* can be met as a source on the Internet */
    bool anycast;    /* many hosts answer to it, by design */
};

/* The narrowest special-purpose range that holds a, or NULL. IPv6 outside of
 * 2000::/3 is special as a whole. */
const struct attribute_special *attribute_special_find(const struct addr *a);
/* The table, narrow ranges after wide ones. */
const struct attribute_special *attribute_special_all(size_t *ret_n);
/* How many IPv4 addresses of the /8 cannot be a source on the Internet. */
uint32_t attribute_special_share(uint8_t first_octet);

/* The IPv4 address inside a 6to4, Teredo or NAT64 address. */
enum origin_wrap attribute_special_unwrap(const struct addr *a, struct addr *ret_inner,
                                          struct addr *ret_server);

/* What an AS number is that no organisation holds ("private use (RFC 6996)"),
 * or NULL. */
const char *attribute_special_asn(uint32_t number);
