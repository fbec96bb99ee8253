/* attribute/mmdbcheck.h - is this MaxMind DB one that its library can read?
 *
 * libmaxminddb trusts what it opens more than we may: it recurses as deep as
 * the data says, reads the metadata of a file that ends right behind the
 * marker, and takes tree records that point between tree and data for data.
 * So the structure is checked here first: metadata, tree and the first thousand
 * records when a file is opened, each record again before it is decoded.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/status.h"

struct attribute_mmdb_layout {
    struct bytes metadata; /* behind the marker */
    struct bytes data;     /* the data section, up to the marker */
};

/* Does a file that ends with these bytes have the marker? */
bool attribute_mmdb_sniff(struct bytes tail);
MUST_USE enum status attribute_mmdb_check(struct bytes file, struct attribute_mmdb_layout *ret,
                                          struct fault *why);
/* The value at offset of a section, with all that hangs from it. */
MUST_USE enum status attribute_mmdb_check_value(struct bytes section, uint32_t offset,
                                                struct fault *why);
