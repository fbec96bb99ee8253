/* evidence/home/keyfile.h - key files of a home, in clear or under a passphrase.
 *
 * A signing key is its private text (ledger/key.h). An opening key is
 * "PRIVATE+OPENING+KEY+base64(seed)", its public half "OPENING+KEY+base64(public)".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "evidence/home/locked.h"
#include "evidence/keys.h"
#include "ledger/key.h"

/* Append the file of a key; without passphrase (empty) it is the secret itself. */
MUST_USE enum status evidence_keyfile_sign(const struct ledger_signer *s, struct bytes passphrase,
                                           const struct evidence_lock_cost *cost, struct buf *out,
                                           struct fault *why);
MUST_USE enum status evidence_keyfile_open(const uint8_t seed[32], struct bytes passphrase,
                                           const struct evidence_lock_cost *cost, struct buf *out,
                                           struct fault *why);
void evidence_keyfile_open_pub(const uint8_t pub[32], struct buf *out);

/* Public halves; of a locked key nobody vouches for it. */
MUST_USE enum status evidence_keyfile_sign_public(struct bytes file, struct ledger_key *ret,
                                                  bool *ret_locked, struct fault *why);
MUST_USE enum status evidence_keyfile_open_public(struct bytes file, uint8_t ret[32],
                                                  struct fault *why);

/* Secret halves. ST_MISMATCH: another passphrase, or public and secret half do
 * not belong together. `seed` may be NULL. */
MUST_USE enum status evidence_keyfile_signer(struct bytes file, struct bytes passphrase,
                                             struct ledger_signer *ret, struct fault *why);
MUST_USE enum status evidence_keyfile_opening(struct bytes file, struct bytes passphrase,
                                              struct evidence_opening_key *ret, uint8_t seed[32],
                                              struct fault *why);
