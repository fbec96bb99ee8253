/* attribute/ask.h - the query that would name an abuse contact.
 *
 * Nothing here asks: it says which question goes to whom.
 */
#pragma once

#include "base/model/contact.h"
#include "base/model/origin.h"

/* By the registry that the statements about o name, else by way of IANA's
 * bootstrap file (RFC 9224). */
void attribute_ask(const struct origin *o, struct contact_query *ret);
