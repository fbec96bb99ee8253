/* attribute/ask.h - the query that would name an abuse contact.
 *
 * Nothing here asks: it says which question goes to whom.
 */
#pragma once

#include "base/model/contact.h"
#include "base/model/origin.h"

/* Of the registry that the statements about o name, else one that finds it. */
void attribute_ask(const struct origin *o, struct contact_query *ret);
