/* attribute/torgeo.h - the country files that Tor reads.
 *
 * Lines "first,last,CC": IPv4 as decimal integers (geoip), IPv6 as addresses
 * (geoip6); "#" begins a comment line. One file has one family.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attribute/ranges.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

enum attribute_torgeo_kind { TORGEO_NOT, TORGEO_V4, TORGEO_V6 };

/* Do these first bytes begin such a file? */
enum attribute_torgeo_kind attribute_torgeo_sniff(struct bytes head);
/* The date that the header gives for the export that the file was made from,
 * and the licence it names; false or "" without. */
bool attribute_torgeo_date(struct bytes head, int64_t *ret_ns);
void attribute_torgeo_credit(struct bytes head, char *out, size_t size);

/* Values are for attribute_torgeo_text. The ranges are sealed; they are the
 * caller's also on failure. */
MUST_USE enum status attribute_torgeo_parse(struct bytes text, struct attribute_ranges *ret,
                                            struct fault *why);

static inline void attribute_torgeo_text(uint32_t value, char out[3])
{
    out[0] = (char)(value >> 8);
    out[1] = (char)(value & 0xff);
    out[2] = '\0';
}
