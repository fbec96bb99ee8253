/* ledger/timestamp.h - RFC 3161 timestamps over bytes, by OpenSSL's TS.
 *
 * What is stamped is a checkpoint with the log's signature, so that a stamp
 * also shows that the signature is older than whatever happens to the key.
 * Nothing here talks to anybody.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/hash.h"
#include "base/core/status.h"

enum { LEDGER_AUTHORITY_MAX = 256 };

struct ledger_timestamp {
    int64_t time_ns;                      /* since 1970, by the authority's clock */
    int64_t accuracy_ns;                  /* as it says itself; 0: it does not say */
    char authority[LEDGER_AUTHORITY_MAX]; /* subject of its certificate; escape it */
    char policy[64];                      /* the identifier of its policy, in dots */
};

/* A request (DER) for the SHA-256 of what is stamped. The nonce comes from a
 * good source of random bytes. It asks for the certificates. */
MUST_USE enum status ledger_timestamp_ask(const struct digest *imprint, uint64_t nonce,
                                          struct buf *out);

/* Is this response (DER) a timestamp of these bytes by an authority that leads
 * to one of the certificates in ca (PEM), valid at the time that it states?
 * ST_MISMATCH: it is not, why->field says what fails. ST_MALFORMED: it cannot be
 * read. With a request, its nonce must be answered. Revocation is not checked. */
MUST_USE enum status ledger_timestamp_check(struct bytes response, struct bytes stamped,
                                            struct bytes request, struct bytes ca,
                                            struct ledger_timestamp *ret, struct fault *why);

/* Is it as its authority signed it, and over these bytes? Who that authority is,
 * and whether anybody trusts it, is not asked: this finds damage, and proves
 * nothing. ST_MISMATCH, ST_MALFORMED: no. */
MUST_USE enum status ledger_timestamp_whole(struct bytes response, struct bytes stamped,
                                            struct fault *why);
