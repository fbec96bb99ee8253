/* attribute/rir.h - what the regional registries delegated, and when.
 *
 * Files in the RIR statistics exchange format, plain and extended. The country
 * is where the holder registered; the registries say themselves that it is no
 * location.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/ranges.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

/* Delegations that look alike share an entry; ranges hold its index. */
struct attribute_delegation {
    char registry[12];
    char status[12]; /* "allocated", "assigned", "available", "reserved" ... */
    char code[3];    /* country as written, or "" */
    int32_t day;     /* of the delegation since 1970, or ORIGIN_NO_DAY */
};

struct attribute_rir {
    struct attribute_ranges ranges;
    struct attribute_delegation *entries;
    size_t n, cap;
    char registry[12];        /* of the file */
    bool dated;               /* does the header have the date of the last record? */
    int64_t date_ns;          /* that date */
    uint64_t stated, counted; /* records, by the header and really */
};

bool attribute_rir_sniff(struct bytes head);
/* The registry and date of the header line alone; false when there is none. */
bool attribute_rir_header(struct bytes head, struct attribute_rir *ret);
/* *ret is the caller's, to give to _fini, also on failure. */
MUST_USE enum status attribute_rir_parse(struct bytes text, struct attribute_rir *ret,
                                         struct fault *why);
void attribute_rir_fini(struct attribute_rir *r);

/* Was the range given to a holder at all? */
bool attribute_rir_held(const struct attribute_delegation *d);
