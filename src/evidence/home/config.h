/* evidence/home/config.h - config.json of a home.
 *
 * docs/schemas/config.schema.json says what may be in it. A member that is not
 * known is refused: misspelt, it would be a setting that is not applied.
 */
#pragma once

#include <limits.h>
#include <stddef.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"
#include "base/model/local.h"
#include "ledger/key.h"

enum { EVIDENCE_AUTHORITIES_MAX = 8, EVIDENCE_URL_MAX = 1024 };

/* A timestamp authority (RFC 3161, 3.4). */
struct evidence_authority {
    char url[EVIDENCE_URL_MAX]; /* http or https */
    char ca[PATH_MAX];          /* PEM; "": those that the system trusts */
};

struct evidence_config {
    char name[LEDGER_NAME_MAX + 1]; /* of the party, and of its ledger */
    struct local_nets local;        /* declared networks; LOCAL_UNKNOWN: none */
    size_t authority_n;
    struct evidence_authority authorities[EVIDENCE_AUTHORITIES_MAX];
};

/* why->field names the member that is wrong. */
MUST_USE enum status evidence_config_parse(struct bytes json, struct evidence_config *ret,
                                           struct fault *why);
void evidence_config_write(const struct evidence_config *c, struct buf *out);
