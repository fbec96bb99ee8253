/* attribute/country.h - what a country code in a database is worth.
 *
 * Databases use two letters for more than countries. Only codes that name one
 * count as a voice; the rest are kept as written.
 */
#pragma once

#include <stdbool.h>

#include "base/model/origin.h"

enum attribute_code {
    CODE_NONE,    /* no country: empty, "??", "ZZ", unassigned, withdrawn */
    CODE_COUNTRY, /* assigned in ISO 3166-1, or XK, which is used for one */
    CODE_REGION,  /* "EU", "AP": registries use them for several countries */
    CODE_FLAG,    /* "A1", "A2", "A3", "T1", "XD": not a place at all */
};

/* Two letters, upper case; code is NUL-terminated. *ret_flag with CODE_FLAG. */
enum attribute_code attribute_country_code(const char *code, enum origin_flag *ret_flag);
