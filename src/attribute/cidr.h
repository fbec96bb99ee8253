/* attribute/cidr.h - lists of networks: a prefix, address or range a line.
 *
 *   # as: tor-exit             what the list means, its date and name, if it
 *   # date: 2026-08-22         says so itself, in comments before the first entry
 *   # name: exits of today
 *   192.0.2.0/24               prefix; bits past the length are masked and counted
 *   2001:db8::1 ; a comment    address; "#" and ";" begin a comment
 *   198.51.100.7-198.51.100.9  range
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attribute/ranges.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "base/model/origin.h"

struct attribute_list {
    struct attribute_ranges ranges; /* merged */
    uint64_t entries;
    uint64_t masked; /* entries with bits past their length */
};

/* What a list says of itself; absent parts are false or "". */
struct attribute_list_head {
    bool has_flag, dated;
    enum origin_flag flag;
    int64_t date_ns;
    char name[ORIGIN_NAME_MAX];
};

/* Is the first line that is no comment an entry? */
bool attribute_list_sniff(struct bytes head);
/* A value that cannot be read is a comment like any other. */
void attribute_list_head(struct bytes text, struct attribute_list_head *ret);
/* *ret is the caller's, to give to _fini, also on failure. */
MUST_USE enum status attribute_list_parse(struct bytes text, struct attribute_list *ret,
                                          struct fault *why);
/* One entry. ST_LIMIT for one that is wider than any list can mean. */
MUST_USE enum status attribute_list_add(struct attribute_list *list, struct bytes entry);
/* After the last _add. */
MUST_USE enum status attribute_list_seal(struct attribute_list *list);
void attribute_list_fini(struct attribute_list *list);
