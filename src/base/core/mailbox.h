/* base/core/mailbox.h - addresses of mail, in the form that nearly all have.
 *
 * A dot-atom, "@" and a host name of two labels or more (RFC 5321, 4.1.2; RFC
 * 1123, 2.1). Quoted local parts, comments, literals and anything beyond ASCII
 * are refused: what passes can stand in a header as it is.
 */
#pragma once

#include <stdbool.h>

#include "base/core/cursor.h"

enum { MAILBOX_MAX = 255 }; /* RFC 5321, 4.5.3.1.3: 254, and a NUL */

bool mailbox_is(struct bytes s);
/* Letters, digits and hyphens, with a dot between labels. */
bool mailbox_is_host(struct bytes s);
/* What is behind the "@" of one that mailbox_is. */
struct bytes mailbox_host(struct bytes s);
/* Lower case for comparing: the host, and by custom the local part, too. */
bool mailbox_equal(struct bytes a, struct bytes b);
