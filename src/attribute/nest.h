/* attribute/nest.h - networks inside of networks, as ranges.
 *
 * A routing table, authorizations and geofeeds name networks of which some lie
 * inside others, and the narrowest one counts. Here they become ranges that do
 * not overlap: each leads to the narrowest network, and each network to the
 * next wider one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/ranges.h"
#include "base/core/addr.h"
#include "base/core/status.h"

#define ATTRIBUTE_NEST_NONE UINT32_MAX

/* The wider one first, then by address. */
int attribute_nest_order(const struct prefix *a, const struct prefix *b);
/* Can it stand among others: not everything, and not IPv6 around IPv4? */
bool attribute_nest_fits(const struct prefix *p);

/* Items of `stride` bytes that begin with their prefix: in order, each once,
 * all of them fitting. `ret` is filled and sealed; its values are numbers of
 * items. wider[i] is the number of the next wider one, or NONE. */
MUST_USE enum status attribute_nest(const void *items, size_t n, size_t stride,
                                    struct attribute_ranges *ret, uint32_t *wider);
