/* attribute/geofeed.h - where an operator says that its networks are (RFC 8805).
 *
 *   192.0.2.0/24,DE,DE-BE,Berlin,      network, country, region, city, postal code
 *   2001:db8::/32,,,,                  not to be located
 *
 * It is the operator's own word. Whether the networks are the publisher's is
 * not checked: RFC 9632 does that where the file is fetched, by the registry's
 * record or a signature. Only the country is taken.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attribute/ranges.h"
#include "base/core/addr.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

struct attribute_geofeed_entry {
    struct prefix net;
    char code[3]; /* "": not to be located */
    bool repeated;
};

struct attribute_geofeed {
    struct attribute_geofeed_entry *items;
    size_t n, cap;
    struct attribute_ranges ranges; /* values are entries */
    uint64_t skipped;               /* lines that cannot be read */
    uint64_t repeated;              /* entries about a network that has another one */
};

bool attribute_geofeed_sniff(struct bytes head);
/* *ret is the caller's, to give to _fini, also on failure. */
MUST_USE enum status attribute_geofeed_parse(struct bytes text, struct attribute_geofeed *ret,
                                             struct fault *why);
void attribute_geofeed_fini(struct attribute_geofeed *g);
