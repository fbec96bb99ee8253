/* exchange/talk/party.h - the keys of a party, followed from the one agreed on.
 *
 * An accord names a key and the hash of the next one. A party that changes its key
 * hands over the entry of its ledger that says so, with a proof of it: so nobody
 * has to be believed anew. docs/FORMATS.md, "Statements".
 */
#pragma once

#include <stdbool.h>

#include "base/core/buf.h"
#include "base/core/limits.h"
#include "base/core/status.h"
#include "ledger/key.h"
#include "ledger/note.h"
#include "ledger/proof.h"

struct exchange_keys {
    size_t n; /* 0: nothing is known of this party */
    struct ledger_key key[LIMIT_PARTY_KEYS];
    uint64_t entry[LIMIT_PARTY_KEYS]; /* that names it; 0 of the first: not known */
    bool promised;
    struct digest next; /* hash of the key behind the last one */
};

/* `next` may be NULL: then no change of key can be followed. */
void exchange_keys_begin(struct exchange_keys *k, const struct ledger_key *key,
                         const struct digest *next);

/* Take one entry with its tlog-proof. An entry of a key that is known changes
 * nothing. ST_MISMATCH: it is not the key that was promised, or the proof fails, or
 * it promises another key than was promised before. ST_DENIED: of another party. */
MUST_USE enum status exchange_keys_follow(struct exchange_keys *k, struct bytes entry,
                                          struct bytes proof, struct fault *why);

/* An entry of a party's ledger that names a key, and its tlog-proof; borrowed. */
struct exchange_key_entry {
    struct bytes entry, proof;
};

/* All of them, in the order of their ledger; those of other parties, and those before
 * the key that was begun with, are passed over. */
MUST_USE enum status exchange_keys_follow_all(struct exchange_keys *k,
                                              const struct exchange_key_entry *list, size_t n,
                                              struct fault *why);

/* Is this one of them? */
bool exchange_keys_has(const struct exchange_keys *k, const struct ledger_key *key);

/* Which of its keys signed; the newest counts. ST_DENIED: none. ST_MISMATCH: a
 * line of one of them is false. */
MUST_USE enum status exchange_keys_signed(const struct exchange_keys *k,
                                          const struct ledger_note *note, size_t *ret,
                                          struct fault *why);

/* May key i stand behind a checkpoint of this size, and behind entry `index`? */
bool exchange_keys_sizes(const struct exchange_keys *k, size_t i, uint64_t size);
bool exchange_keys_entry(const struct exchange_keys *k, size_t i, uint64_t index);

/* A proof of an entry of this party's ledger. ST_DENIED: another ledger. */
MUST_USE enum status exchange_keys_prove(const struct exchange_keys *k, struct bytes entry,
                                         struct bytes proof, uint64_t *ret_index,
                                         struct fault *why);

/* For people to compare over another way: "3f0a 12.. " of the key's hash. */
enum { EXCHANGE_FINGERPRINT_MAX = 40 };
void exchange_fingerprint(const struct ledger_key *k, char out[EXCHANGE_FINGERPRINT_MAX]);
/* Is `text` this fingerprint, whatever blanks and colons stand in it? */
bool exchange_fingerprint_is(const struct ledger_key *k, const char *text);
