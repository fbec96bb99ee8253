/* attribute/mmdb.h - MaxMind DB files, by libmaxminddb.
 *
 * All schemas by content, not by their type's name: GeoIP2 (country.iso_code,
 * registered_country, traits), flat (country_code), ASN, anonymous IP. The
 * library opens files by name only, so it is given a memory file; it is opened
 * before a cage is entered, and lookups touch only memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attribute/cuts.h"
#include "attribute/file.h"
#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/model/origin.h"

struct attribute_mmdb;

struct attribute_mmdb_answer {
    struct prefix net;
    char located[3];    /* "" when the record has none */
    char registered[3]; /* "" likewise */
    bool has_asn;
    uint32_t asn;
    char as_name[ORIGIN_NAME_MAX];
    uint32_t flags; /* bits of enum origin_flag */
};

/* The file must have been read with a memory file, and outlive the result. */
MUST_USE enum status attribute_mmdb_open(const struct attribute_file *f,
                                         struct attribute_mmdb **ret, struct fault *why);
void attribute_mmdb_free(struct attribute_mmdb *db);

/* ST_END when the database does not know; ST_MALFORMED when its record is
 * broken. */
MUST_USE enum status attribute_mmdb_lookup(const struct attribute_mmdb *db, const struct addr *a,
                                           struct attribute_mmdb_answer *ret);

/* All records of a region; values are for attribute_mmdb_record. ST_LIMIT when
 * its tree has no end that we would wait for. */
MUST_USE enum status attribute_mmdb_walk(const struct attribute_mmdb *db,
                                         struct attribute_cuts *ret);
/* As lookup, but for the network, and whatever its length. */
MUST_USE enum status attribute_mmdb_record(const struct attribute_mmdb *db, uint32_t value,
                                           struct attribute_mmdb_answer *ret);
/* No country spans that much: a record of this length says nothing. */
bool attribute_mmdb_too_wide(bool v4, uint8_t len);

/* "GeoLite2-Country", as the file calls itself. */
const char *attribute_mmdb_type(const struct attribute_mmdb *db);
enum origin_family attribute_mmdb_family(const char *type);
const char *attribute_mmdb_credit(const char *type);
/* When it was built; false when that is no time. */
bool attribute_mmdb_built(const struct attribute_mmdb *db, int64_t *ret_ns);
/* To how many addresses that nobody can hold it gives a country, of how many
 * that were tried. A database that does so always is refused. */
unsigned attribute_mmdb_invented(const struct attribute_mmdb *db, unsigned *ret_tried);
