/* base/model/contact.h - whom to write to about an address, and who says so.
 *
 * From saved answers of registries. An answer about a registry's own block
 * names nobody who could act: it has no mail.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/mailbox.h"
#include "base/core/status.h"

enum { CONTACT_NAME_MAX = 96, CONTACT_QUERY_MAX = 160 };

struct contact {
    struct addr first, last;       /* the network that the answer is about */
    char mail[MAILBOX_MAX];        /* for abuse; "" when the answer names none */
    char holder[CONTACT_NAME_MAX]; /* bytes as read: escape before showing */
    char network[CONTACT_NAME_MAX];
    uint8_t source;     /* index in origin_sources */
    bool registry_only; /* about space that another registry manages */
    bool redacted;      /* the answer says that something was taken out (RFC 9537) */
};

/* The queries that would tell, where no answer does. */
struct contact_query {
    char registry[16]; /* "ripencc", or "" when not known */
    char rdap[CONTACT_QUERY_MAX];
    char whois[CONTACT_QUERY_MAX];
};

/* Between our own processes; _get accepts nothing that _put cannot write. */
void contact_put(struct buf *out, const struct contact *c);
MUST_USE enum status contact_get(struct cursor *in, struct contact *ret);
void contact_query_put(struct buf *out, const struct contact_query *q);
MUST_USE enum status contact_query_get(struct cursor *in, struct contact_query *ret);
