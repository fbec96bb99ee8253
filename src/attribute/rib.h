/* attribute/rib.h - routing tables as collectors dump them (MRT, RFC 6396).
 *
 * TABLE_DUMP_V2 with or without ADD-PATH (RFC 8050), and the older TABLE_DUMP;
 * gzip, bzip2 or plain. Kept is which networks were announced, by which AS, and
 * how many peers of the collector had them so.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attribute/ranges.h"
#include "base/core/addr.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

enum attribute_rib_kind {
    RIB_ORIGIN,
    RIB_IN_SET,    /* the path ends in a set that has this AS */
    RIB_UNREADABLE /* announced, but by whom cannot be read */
};

/* One network and one of its origins. */
struct attribute_rib_row {
    struct prefix net;
    uint8_t kind;  /* enum attribute_rib_kind */
    uint32_t asn;  /* 0 when unreadable */
    uint32_t seen; /* peers */
};

/* One network. */
struct attribute_rib_route {
    struct prefix net;
    uint32_t row, n; /* its rows, those that most peers saw first */
};

struct attribute_rib {
    struct attribute_rib_row *rows;
    size_t row_n, row_cap;
    struct attribute_rib_route *routes;
    size_t n;
    struct attribute_ranges ranges; /* values are routes */
    uint32_t peers4, peers6;        /* that sent any route of the family */
    int64_t date_ns;                /* of the first record */
    uint64_t records;
    uint64_t unread; /* paths that cannot be read, or are empty */
};

/* Does a file begin so, when it is unpacked? Files of updates do, too: parsing
 * says what they are. So may anything in bzip2 whose first block is not whole. */
bool attribute_rib_sniff(struct bytes head);
/* The time of the first record; false when that cannot be had yet. */
bool attribute_rib_date(struct bytes head, int64_t *ret_ns);
/* *ret is the caller's, to give to _fini, also on failure. The fault's offset
 * counts unpacked bytes. */
MUST_USE enum status attribute_rib_parse(struct bytes file, struct attribute_rib *ret,
                                         struct fault *why);
void attribute_rib_fini(struct attribute_rib *r);
