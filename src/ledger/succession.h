/* ledger/succession.h - which key signs a ledger, and which one comes next.
 *
 * Entry 0 of a party's ledger names the key that signs it and the hash of the
 * next one. A later such entry hands over: it is signed by the old key, and
 * counts only if it names the key that was promised. So whoever steals a key
 * that signs names no successor of his own, but by a fork that those notice who
 * kept a checkpoint with the promise.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "ledger/files.h"
#include "ledger/key.h"

struct ledger_succession {
    struct ledger_key key; /* of type 01; signs what comes after this entry */
    struct digest next;    /* hash of the public bytes of the key after it */
};

/* Does the entry say that it is one? */
bool ledger_succession_is(struct bytes entry);
void ledger_succession_write(const struct ledger_succession *s, struct buf *out);
/* The one spelling, and nothing behind it. */
MUST_USE enum status ledger_succession_parse(struct bytes entry, struct ledger_succession *ret,
                                             struct fault *why);
/* May `next` come after `s`? ST_MISMATCH says what does not fit. */
MUST_USE enum status ledger_succession_follows(const struct ledger_succession *s,
                                               const struct ledger_succession *next,
                                               struct fault *why);

/* How long a key signs: checkpoints of the sizes first to last. The entry that
 * hands over is the last of the old key's; the new one signs that checkpoint, too. */
struct ledger_term {
    struct ledger_key key;
    struct digest next;
    uint64_t first, last; /* UINT64_MAX: still */
    uint64_t entry;       /* that names it */
};

struct ledger_terms {
    struct ledger_term *term;
    size_t n;
};

/* All terms of a ledger of this size, by reading it; below `prefix` are its
 * tiles ("log/"). ST_MISMATCH: there is no first entry that names a key, or one
 * that names another than was promised; why->offset is that entry. */
MUST_USE enum status ledger_terms_read(const struct ledger_files *files, const char *prefix,
                                       uint64_t size, struct ledger_terms *ret, struct fault *why);
void ledger_terms_fini(struct ledger_terms *t);
