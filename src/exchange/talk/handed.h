/* exchange/talk/handed.h - statements as a file that one party hands to another.
 *
 * One JSON object: signed notes, each with proofs that ledgers hold it; entries by
 * which keys are followed; files that go along. docs/FORMATS.md, "Statements".
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/limits.h"
#include "base/core/status.h"
#include "exchange/talk/party.h"
#include "exchange/talk/statement.h"

enum { EXCHANGE_SALT_BYTES = 16, EXCHANGE_FILE_NAME_MAX = 128 };

/* --- what a ledger holds ---------------------------------------------------------- */

/* A ledger's word that it holds a statement. */
struct exchange_logged {
    char party[LEDGER_NAME_MAX + 1]; /* whose ledger */
    uint8_t salt[EXCHANGE_SALT_BYTES];
    struct bytes proof; /* borrowed: a tlog-proof */
};

/* The entry: it shows neither kind nor party nor content of the statement. */
MUST_USE enum status exchange_entry_write(const uint8_t salt[EXCHANGE_SALT_BYTES],
                                          const struct digest *hash, struct buf *out);
/* Does that party's ledger hold it? *ret_index (may be NULL) is where. */
MUST_USE enum status exchange_logged_check(const struct exchange_logged *l,
                                           const struct digest *hash, const struct exchange_keys *k,
                                           uint64_t *ret_index, struct fault *why);

/* --- reading ---------------------------------------------------------------------- */

struct exchange_item {
    struct exchange_statement *statement;
    size_t logged_n;
    struct exchange_logged logged[LIMIT_ACCORD_PARTIES];
};

/* One path component that is safe to show and to write. */
bool exchange_file_name_valid(const char *s);

struct exchange_enclosed {
    char name[EXCHANGE_FILE_NAME_MAX];
    struct digest hash;
    struct buf content;
};

struct exchange_handed {
    json_t *root; /* what the rest borrows from */
    size_t n;
    struct exchange_item item[LIMIT_HANDED_STATEMENTS];
    size_t enclosed_n;
    struct exchange_enclosed enclosed[LIMIT_HANDED_ENCLOSED];
    size_t keys_n;
    struct exchange_key_entry keys[LIMIT_PARTY_KEYS];
};

/* Its form alone; no signature and no proof has been checked. */
MUST_USE enum status exchange_handed_read(struct bytes file, struct exchange_handed **ret,
                                          struct fault *why);
void exchange_handed_free(struct exchange_handed *h);
void exchange_handed_freep(struct exchange_handed **h);

/* Did the statement's party sign it, with a key that was in force where its own
 * ledger holds it? `must`: its ledger has to hold it, and the file to show that.
 * ST_DENIED: not signed, or not shown. ST_MISMATCH: something is false. */
MUST_USE enum status exchange_item_check(const struct exchange_item *it,
                                         const struct exchange_keys *k, bool must,
                                         struct fault *why);
/* The same about somebody who signed along. */
MUST_USE enum status exchange_item_signed_by(const struct exchange_item *it,
                                             const struct exchange_keys *k, bool must,
                                             struct fault *why);

/* --- writing ---------------------------------------------------------------------- */

struct exchange_handing {
    json_t *statements, *keys, *enclosed; /* arrays */
};

MUST_USE enum status exchange_handing_init(struct exchange_handing *w);
void exchange_handing_fini(struct exchange_handing *w);
/* `logged`: an array as exchange_logged_json makes its elements, or NULL. */
MUST_USE enum status exchange_handing_add(struct exchange_handing *w,
                                          const struct exchange_statement *s, const json_t *logged);
MUST_USE enum status exchange_handing_key(struct exchange_handing *w, struct bytes entry,
                                          struct bytes proof);
MUST_USE enum status exchange_handing_enclose(struct exchange_handing *w, const char *name,
                                              struct bytes content);
MUST_USE enum status exchange_handing_write(const struct exchange_handing *w, struct buf *out,
                                            struct fault *why);
/* NULL: no memory. */
json_t *exchange_logged_json(const struct exchange_logged *l);
/* One element of "logged". */
MUST_USE enum status exchange_logged_read(const json_t *o, struct exchange_logged *ret,
                                          struct fault *why);
