/* attribute/locdb.h - libloc's location database, by libloc.
 *
 * Country, origin AS and its name, network, flags. The database is opened
 * before a cage is entered; lookups touch only memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attribute/cuts.h"
#include "attribute/file.h"
#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/model/origin.h"

struct attribute_locdb;

struct attribute_locdb_answer {
    struct prefix net;
    char code[3];
    uint32_t asn; /* 0: not announced when the data was made */
    char as_name[ORIGIN_NAME_MAX];
    uint32_t flags; /* bits of enum origin_flag */
};

bool attribute_locdb_sniff(struct bytes head);
/* The file must have been read with a memory file, and outlive the result. */
MUST_USE enum status attribute_locdb_open(const struct attribute_file *f,
                                          struct attribute_locdb **ret, struct fault *why);
void attribute_locdb_free(struct attribute_locdb *db);
/* ST_END when the database does not know; ST_MALFORMED when what leads to the
 * answer is broken. */
MUST_USE enum status attribute_locdb_lookup(const struct attribute_locdb *db, const struct addr *a,
                                            struct attribute_locdb_answer *ret);

/* The value of runs whose records are broken. */
#define ATTRIBUTE_LOCDB_DAMAGED UINT32_MAX
/* All networks of a region; values are for _key and _record. ST_LIMIT when its
 * tree has no end that we would wait for. */
MUST_USE enum status attribute_locdb_walk(const struct attribute_locdb *db,
                                          struct attribute_cuts *ret);
/* Records with the same key say the same. */
uint64_t attribute_locdb_key(const struct attribute_locdb *db, uint32_t value);
/* As lookup, but for the network. */
void attribute_locdb_record(const struct attribute_locdb *db, uint32_t value,
                            struct attribute_locdb_answer *ret);

/* Only whether an AS announced it; much faster. */
bool attribute_locdb_announced(const struct attribute_locdb *db, const struct addr *a);
/* When the data was exported; false when that is no time. */
bool attribute_locdb_created(const struct attribute_locdb *db, int64_t *ret_ns);
void attribute_locdb_credit(const struct attribute_locdb *db, char *out, size_t size);
