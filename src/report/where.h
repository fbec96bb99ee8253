/* report/where.h - where the remotes seem to be, against where addresses are.
 *
 * Counted are remotes that did something and whose address is not likely forged:
 * of IPv4 distinct addresses, of IPv6 distinct /48s, since whoever has one has
 * countless addresses. Each share stands next to that of a random address or
 * /48, with the chance of so many if remotes were random ones.
 */
#pragma once

#include "base/core/emit.h"
#include "report/terminal.h"

enum { WHERE_ROWS = 8 };

struct where_row {
    char code[3]; /* of a country */
    uint32_t asn; /* of a network */
    char name[ORIGIN_NAME_MAX];
    uint64_t n;    /* remotes, or their /48s */
    double share;  /* of the remotes */
    double of_all; /* of random addresses */
    double chance; /* of so many remotes or more, were they random addresses */
};

struct where {
    uint64_t remotes, located, routed; /* with a country, with an AS */
    size_t country_n, network_n;
    struct where_row countries[WHERE_ROWS], networks[WHERE_ROWS];
};

/* False: there is nothing to hold them against, or no remote. Fails without
 * memory: *ret_st. */
bool where_make(const struct view *v, bool v6, struct where *ret, enum status *ret_st);
void where_json(struct emit *j, const struct where *w, const struct baseline *b);
void where_tell(struct screen *s);
