/* attribute/source_parts.h - the inside of a source, for the files that make one:
 * source.c opens and loads, state.c answers.
 */
#pragma once

#include "attribute/cidr.h"
#include "attribute/file.h"
#include "attribute/locdb.h"
#include "attribute/misp.h"
#include "attribute/mmdb.h"
#include "attribute/ranges.h"
#include "attribute/rir.h"
#include "attribute/source.h"

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
        struct attribute_mmdb *mmdb;
        struct attribute_locdb *loc;
    };
};
