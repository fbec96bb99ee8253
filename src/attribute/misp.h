/* attribute/misp.h - MISP warning lists: networks in JSON, with a name.
 *
 * {"name", "description", "list": [...], "type": "cidr", "version"}. What a
 * list means is read from its own name, and where that names two things the
 * weaker one holds: "VPN providers and datacenters" is hosting space.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attribute/cidr.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "base/model/origin.h"

struct attribute_misp {
    struct attribute_list list;
    char name[ORIGIN_NAME_MAX];
    char operator_name[ORIGIN_NAME_MAX]; /* the name without the words around it */
    bool has_flag;                       /* false: the name does not tell */
    enum origin_flag flag;
    bool dated; /* the version has the form of a day: when the list was edited */
    int64_t date_ns;
};

/* Before a cage is entered: jansson opens the random device once. */
void attribute_misp_begin(void);
/* An object, by its first character; that it is a warning list is checked by
 * the parser. */
bool attribute_misp_sniff(struct bytes head);
/* *ret is the caller's, to give to _fini, also on failure. */
MUST_USE enum status attribute_misp_parse(struct bytes text, struct attribute_misp *ret,
                                          struct fault *why);
void attribute_misp_fini(struct attribute_misp *m);
/* Does this name or description speak of hosting space or data centres? */
bool attribute_misp_says_hosting(const char *text);
