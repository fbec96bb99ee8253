/* attribute/source_parts.h - the inside of a source, for the files that make one:
 * source.c opens and loads, state.c answers.
 */
#pragma once

#include "attribute/cidr.h"
#include "attribute/contacts.h"
#include "attribute/cuts.h"
#include "attribute/file.h"
#include "attribute/geofeed.h"
#include "attribute/locdb.h"
#include "attribute/misp.h"
#include "attribute/mmdb.h"
#include "attribute/ranges.h"
#include "attribute/rib.h"
#include "attribute/rir.h"
#include "attribute/source.h"
#include "attribute/vrp.h"

struct attribute_source {
    struct attribute_spec spec;
    struct attribute_file file;
    struct origin_source info;
    unsigned index;
    int64_t now_ns;
    bool v4, v6;   /* which addresses it can know */
    bool loaded;   /* read and parsed */
    bool has_flag; /* of a list: what membership means */
    enum origin_flag flag;
    char operator_name[ORIGIN_NAME_MAX];
    union {
        struct attribute_ranges tor;
        struct attribute_rir rir;
        struct attribute_list list;
        struct attribute_misp misp;
        struct attribute_contacts contacts;
        struct attribute_rib rib;
        struct attribute_vrps vrps;
        struct attribute_geofeed geofeed;
        struct attribute_mmdb *mmdb;
        struct attribute_locdb *loc;
    };
};

/* The ranges that it consists of; NULL for databases. */
const struct attribute_ranges *attribute_source_ranges(const struct attribute_source *s);
/* Does it state anything that the compiled table holds? Contacts and
 * authorizations are asked for one by one. */
bool attribute_source_in_table(const struct attribute_source *s);
/* Where it begins to say something else, in the region of cuts. */
MUST_USE enum status attribute_source_cuts(const struct attribute_source *s,
                                           struct attribute_cuts *cuts);
/* Of the network behind a range's value, as in struct prefix; 255: a range is
 * no network. */
uint8_t attribute_source_net_len(const struct attribute_source *s, uint32_t value);
/* What it states about all addresses of one of its ranges, or by one record. */
void attribute_state_range(const struct attribute_source *s, const struct attribute_range6 *range,
                           struct origin *o);
void attribute_state_mmdb(const struct attribute_source *s, const struct attribute_mmdb_answer *m,
                          struct origin *o);
void attribute_state_locdb(const struct attribute_source *s, const struct attribute_locdb_answer *l,
                           struct origin *o);
