/* attribute/contacts.h - networks with whom to write to about them, as saved
 * answers name them.
 *
 * Both readers (rdap, whois) put into it what they understand. A narrower
 * network with a contact wins over a wider one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/core/addr.h"
#include "base/core/status.h"
#include "base/model/contact.h"

struct attribute_contacts {
    struct contact *items;
    size_t n, cap;
    size_t skipped; /* answers that are about something else, or say that there is none */
};

void attribute_contacts_fini(struct attribute_contacts *s);
/* Add c, whose source is not set yet. Mail goes from those of a registry.
 * Past LIMIT_CONTACTS: ST_LIMIT. */
MUST_USE enum status attribute_contacts_add(struct attribute_contacts *s, const struct contact *c);
/* The narrowest network around a that has mail, or a holder; without any, the
 * narrowest. `best` is that of other answers so far, or NULL. */
enum attribute_contacts_want { CONTACTS_MAIL, CONTACTS_HOLDER };
const struct contact *attribute_contacts_find(const struct attribute_contacts *s,
                                              const struct addr *a,
                                              enum attribute_contacts_want want,
                                              const struct contact *best);

/* The network's name says that the registry which was asked does not manage it. */
bool attribute_contacts_placeholder(const char *network);
/* Text for a name, cut to fit, at the first NUL. */
void attribute_contacts_text(char *out, size_t size, struct bytes s);
/* An address of mail, with "mailto:" or without; false when it is none. */
bool attribute_contacts_mail(struct bytes s, char out[MAILBOX_MAX]);
