/* exchange/talk/keeping.h - statements in a party's home.
 *
 *   talk/statement/<hash>    a statement, what hides its entry, who else holds it
 *   talk/file/<hash>         what came or went along with one
 *   talk/key/<hash of name>  entries by which that party's keys are followed
 *   talk/term/<entry>        proof of an entry that named one of our own keys
 *   talk/mail/<hash>         which notice a mail answers (cli/case_reply.c)
 *
 * A statement is written before its entry is committed, and says where that is
 * afterwards: whenever the machine stops, keeping it again makes it whole, and
 * nothing is there twice. All writing is done while the ledger is open.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "evidence/home/home.h"
#include "exchange/talk/handed.h"
#include "exchange/talk/party.h"
#include "exchange/talk/statement.h"
#include "ledger/log.h"

struct exchange_kept {
    struct exchange_statement *statement;
    uint8_t salt[EXCHANGE_SALT_BYTES];
    bool logged; /* our ledger holds it, as entry `index` */
    uint64_t index;
    json_t *others; /* array: other ledgers that hold it, as exchange_logged_read reads */
};

/* Keep it, and have it in our ledger. Signatures and `others` (an array, or NULL)
 * are added to those that are kept already. *ret_new (may be NULL): it was not. Who
 * signed it has been checked before. */
MUST_USE enum status exchange_keep(const struct evidence_home *h, struct ledger_log *log,
                                   const struct exchange_statement *s, const json_t *others,
                                   bool *ret_new, struct fault *why);

/* Another proof that a party's ledger holds it (an object of T3's `logged`), in place of the
 * one that is kept. It has been checked before. */
MUST_USE enum status exchange_kept_show(const struct evidence_home *h, const struct digest *hash,
                                        const json_t *logged, struct fault *why);

/* ST_END: it is not kept. On ST_OK, *ret is the caller's. */
MUST_USE enum status exchange_kept_get(const struct evidence_home *h, const struct digest *hash,
                                       struct exchange_kept **ret, struct fault *why);
void exchange_kept_free(struct exchange_kept *k);
void exchange_kept_freep(struct exchange_kept **k);

/* All of a type (NULL: of any), by time, then by hash. */
struct exchange_kept_list {
    struct exchange_kept **item;
    size_t n;
};
MUST_USE enum status exchange_kept_all(const struct evidence_home *h, const char *type,
                                       struct exchange_kept_list *ret, struct fault *why);
void exchange_kept_list_fini(struct exchange_kept_list *l);

/* Called for each file of statements that is not whole, or not in the ledger. */
struct exchange_inspect {
    void *ctx;
    void (*damaged)(void *ctx, const char *name, enum status st, const struct fault *why);
};
/* *ret_n: files that were looked at. */
MUST_USE enum status exchange_kept_inspect(const struct evidence_home *h,
                                           const struct exchange_inspect *i, size_t *ret_n,
                                           struct fault *why);

/* What goes along with statements: kept once, found by its hash. */
MUST_USE enum status exchange_file_keep(const struct evidence_home *h, struct bytes content,
                                        struct digest *ret, struct fault *why);
MUST_USE enum status exchange_file_get(const struct evidence_home *h, const struct digest *hash,
                                       struct buf *ret, struct fault *why);

/* Remember the entries of a file by which k was followed. */
MUST_USE enum status exchange_keys_keep(const struct evidence_home *h,
                                        const struct exchange_keys *k,
                                        const struct exchange_handed *from, struct fault *why);
/* Follow a party's keys by what is kept of them. */
MUST_USE enum status exchange_keys_kept(const struct evidence_home *h, struct exchange_keys *k,
                                        struct fault *why);
/* The same about the home's own party. */
MUST_USE enum status exchange_keys_own(const struct evidence_home *h, struct exchange_keys *k,
                                       struct fault *why);
/* All keys of the home's own party, as its ledger has them. */
MUST_USE enum status exchange_keys_self(const struct evidence_home *h, struct exchange_keys *ret,
                                        struct fault *why);
/* Keep the proof of the entry that names our present key, for those who have to
 * follow it. After each change of key, and before handing out. */
MUST_USE enum status exchange_term_keep(const struct evidence_home *h, struct fault *why);

/* Add to a file: this statement with all the ledgers that hold it, ours among them. */
MUST_USE enum status exchange_hand(const struct evidence_home *h, const struct digest *hash,
                                   struct exchange_handing *w, struct fault *why);
/* Add our own keys since the first. */
MUST_USE enum status exchange_hand_keys(const struct evidence_home *h, struct exchange_handing *w,
                                        struct fault *why);
/* Add what is kept of another party's keys, for who has not followed them yet. */
MUST_USE enum status exchange_hand_keys_of(const struct evidence_home *h, const char *party,
                                           struct exchange_handing *w, struct fault *why);
