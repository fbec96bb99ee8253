/* attribute/rdap.h - saved RDAP answers about networks (RFC 9083).
 *
 * One file holds one answer or several, one behind the other or in an array.
 * The contact for abuse is the entity with that role, which may be nested in
 * another one; its mail is in a jCard (RFC 7095). Answers about anything but
 * networks, and errors, are counted and passed over.
 */
#pragma once

#include <stdbool.h>

#include "attribute/contacts.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

/* By the first bytes: JSON that names a class of RDAP's objects. */
bool attribute_rdap_sniff(struct bytes head);
/* *ret is the caller's, to give to attribute_contacts_fini, also on failure.
 * Call attribute_misp_begin before a cage is entered: jansson's seed. */
MUST_USE enum status attribute_rdap_parse(struct bytes text, struct attribute_contacts *ret,
                                          struct fault *why);
