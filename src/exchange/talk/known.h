/* exchange/talk/known.h - keys of parties that the home was told, without an accord.
 *
 *   talk/known/<hash of name>   a key to begin with, and the promise of the next one
 *
 * It is written when somebody who could know has said so (a file that he trusts, a
 * fingerprint over another way), and never changed: a change of key is followed.
 */
#pragma once

#include "evidence/home/home.h"
#include "exchange/talk/party.h"

/* Remember it. ST_MISMATCH: the home knows this party by a key from which this one does
 * not follow. */
MUST_USE enum status exchange_known_put(const struct evidence_home *h, const struct ledger_key *key,
                                        const struct digest *next, struct fault *why);
/* The key to begin with, followed by what is kept (exchange_keys_kept). ST_END: this
 * party is not known. */
MUST_USE enum status exchange_known_get(const struct evidence_home *h, const char *party,
                                        struct exchange_keys *ret, struct fault *why);
/* Is it among them? */
bool exchange_keys_have(const struct exchange_keys *k, const struct ledger_key *key);
