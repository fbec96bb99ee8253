/* exchange/enclosure.h - an exhibit that goes along with a notice.
 *
 * Only if asked, and only to whoever is told about every remote in it: an exhibit
 * shows no other party's customers to a contact.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/core/addr.h"
#include "base/core/buf.h"
#include "base/core/status.h"

enum { ENCLOSURES_MAX = 16, ENCLOSURE_NAME_MAX = 32 };

struct enclosure {
    struct buf file;
    struct addr *remotes; /* that it shows records of; ascending, each once */
    size_t n;
    size_t claims;
    bool used; /* some notice has it */
};

/* From a file's bytes, which it takes over. Whether its seals hold is not looked
 * at: that is for whoever gets it, by his own policy. */
MUST_USE enum status enclosure_read(struct buf *file, struct enclosure *ret, struct fault *why);
void enclosure_fini(struct enclosure *e);
/* Does it speak of this remote? */
bool enclosure_shows(const struct enclosure *e, const struct addr *remote);
/* "exhibit-1.exhibit", for the i-th, from 0. */
void enclosure_name(size_t i, char ret[ENCLOSURE_NAME_MAX]);
