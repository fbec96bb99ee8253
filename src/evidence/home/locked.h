/* evidence/home/locked.h - a secret text under a passphrase.
 *
 * Argon2id makes a key of the passphrase, XSalsa20-Poly1305 keeps the text
 * (libsodium's pwhash and secretbox). The public half stands in clear, so that
 * nobody is asked for a passphrase to look at it. docs/FORMATS.md, "Homes".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

/* What guessing one passphrase costs. */
struct evidence_lock_cost {
    uint64_t passes;
    uint64_t bytes; /* of memory */
};

/* libsodium's "moderate": 0.7 s and 256 MiB. */
#define EVIDENCE_LOCK_COST ((struct evidence_lock_cost){3, UINT64_C(256) << 20})

bool evidence_locked_is(struct bytes file);
/* The line that stands in clear, borrowed; nobody vouches for it before the
 * secret has been opened and compared. */
MUST_USE enum status evidence_locked_public(struct bytes file, struct bytes *ret,
                                            struct fault *why);
/* Appends the file. `public` is one line without its end. */
MUST_USE enum status evidence_locked_seal(struct bytes public, struct bytes secret,
                                          struct bytes passphrase,
                                          const struct evidence_lock_cost *cost, struct buf *out,
                                          struct fault *why);
/* Appends the secret; wipe it. ST_MISMATCH: another passphrase, or changed. */
MUST_USE enum status evidence_locked_open(struct bytes file, struct bytes passphrase,
                                          struct buf *out, struct fault *why);

/* For buffers that held a secret. */
void evidence_secret_buf_fini(struct buf *b);
