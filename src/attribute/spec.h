/* attribute/spec.h - how a source is named on the command line.
 *
 *   FILE[,as=MEANING][,date=YYYY-MM-DD][,name=TEXT][,family=FAMILY]
 *
 * MEANING is for lists: tor-exit, anonymous-proxy, vpn, relay,
 * residential-proxy, hosting, anycast, satellite, drop-list, research-scanner,
 * own-scanner. `date` is that of the data, and is believed over what the file
 * says. FAMILY is delegation, records, measurement or legacy. The file's name
 * ends at the first comma that one of these keys follows.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/origin.h"

enum { ATTRIBUTE_PATH_MAX = 4096 };

/* All of origin_flag_name: a test sees to it. */
#define ATTRIBUTE_SPEC_MEANINGS                                                                    \
    "tor-exit, anonymous-proxy, vpn, relay, residential-proxy, hosting, anycast, satellite, "      \
    "drop-list, research-scanner or own-scanner"
/* Of a list that does not say what it is a list of. */
#define ATTRIBUTE_SPEC_MEANING "meaning of the list; add as=" ATTRIBUTE_SPEC_MEANINGS

struct attribute_spec {
    char path[ATTRIBUTE_PATH_MAX];
    char name[ORIGIN_NAME_MAX]; /* "" when not given */
    bool has_flag, dated, has_family;
    enum origin_flag flag;
    int64_t date_ns;
    enum origin_family family;
};

/* The fault's offset is where in the text. */
MUST_USE enum status attribute_spec_parse(const char *text, struct attribute_spec *ret,
                                          struct fault *why);
