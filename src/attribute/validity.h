/* attribute/validity.h - is a route what its holder authorized (RFC 6811)? */
#pragma once

#include "base/core/addr.h"
#include "base/model/origin.h"

/* Days from the event within which authorizations are held against a route.
 * They are signed for long, but holders change them with their routes. */
enum { ATTRIBUTE_VRP_DAYS = 7 };

/* Pure: by the statements in o, of the one source of authorizations that is
 * nearest to the event. Untold when that is too far, when one that covers the
 * network had ended before the event, or when not all statements had room. */
enum origin_validity attribute_validity(const struct origin *o,
                                        const struct origin_sources *sources,
                                        const struct prefix *net, uint32_t asn);
