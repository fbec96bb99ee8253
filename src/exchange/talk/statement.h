/* exchange/talk/statement.h - what one party says to another, signed.
 *
 * A signed note whose text is one line: a JSON object in its one spelling (RFC
 * 8785). Accords, cases, receipts and answers are all of this form; what their
 * bodies hold is theirs. docs/FORMATS.md, "Statements".
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "ledger/key.h"
#include "ledger/note.h"

enum {
    EXCHANGE_ID_BYTES = 16,
    EXCHANGE_ID_TEXT = 2 * EXCHANGE_ID_BYTES + 1, /* lower-case hexadecimal and its end */
    EXCHANGE_TYPE_MAX = 48,
    EXCHANGE_DEPTH = 12, /* of a statement's JSON */
    EXCHANGE_TIME_TEXT = 21,
};

/* How far a statement's time may lie ahead of the reader's clock: a day, since a
 * wrong clock is common and a statement that is lost cannot be had again. */
#define EXCHANGE_AHEAD_NS (INT64_C(86400) * 1000000000)

struct exchange_statement {
    struct buf file;         /* the whole signed note */
    struct ledger_note note; /* borrows file */
    json_t *root;
    const json_t *body;           /* borrowed from root: an object */
    char type[EXCHANGE_TYPE_MAX]; /* "exhibit-accord/v1" */
    char id[EXCHANGE_ID_TEXT];
    char party[LEDGER_NAME_MAX + 1]; /* who says it: the origin of its ledger */
    int64_t time_ns;                 /* whole seconds, by that party's clock */
    bool answers;
    struct digest previous; /* hash of the statement that it answers or changes */
    struct digest hash;     /* of the text, so without signatures: its name for others */
};

/* What a new statement is made of. */
struct exchange_saying {
    const char *type, *party;
    uint8_t id[EXCHANGE_ID_BYTES]; /* random: with other bytes under one id, its party is caught */
    int64_t time_ns;
    const struct digest *previous; /* NULL: it begins something */
    json_t *body;                  /* borrowed: an object */
};

/* The text of a note: canonical, with its newline. ST_MALFORMED: not what may be
 * said (a name, a number, the size). */
MUST_USE enum status exchange_statement_text(const struct exchange_saying *s, struct buf *out,
                                             struct fault *why);
/* Said and signed by its party. On ST_OK, *ret is the caller's. */
MUST_USE enum status exchange_statement_make(const struct exchange_saying *s,
                                             const struct ledger_signer *signer,
                                             struct exchange_statement **ret, struct fault *why);

/* A note as it arrives: its form alone, no signature has been checked. */
MUST_USE enum status exchange_statement_read(struct bytes note, struct exchange_statement **ret,
                                             struct fault *why);
void exchange_statement_free(struct exchange_statement *s);
void exchange_statement_freep(struct exchange_statement **s);

/* Add a signature, unless a line by this key is there. Pointers into s->note change. */
MUST_USE enum status exchange_statement_sign(struct exchange_statement *s,
                                             const struct ledger_signer *signer, struct fault *why);
/* Take over the signature lines that s lacks from another copy of the same text.
 * ST_MISMATCH: another text. Check both before: nothing is checked here. */
MUST_USE enum status exchange_statement_merge(struct exchange_statement *s,
                                              const struct exchange_statement *other,
                                              struct fault *why);

/* Is it of this type, and its time not past now and EXCHANGE_AHEAD_NS? */
MUST_USE enum status exchange_statement_expect(const struct exchange_statement *s, const char *type,
                                               int64_t now_ns, struct fault *why);

/* --- members of bodies, read strictly ------------------------------------------- */

/* Is `o` an object whose members are all in this list (ended by NULL)? */
bool exchange_members_known(const json_t *o, const char *const *names);
/* A string of 1 to max - 1 bytes. False: it is not. */
bool exchange_text_of(const json_t *o, const char *name, char *out, size_t max);
/* A hash or an id: so many lower-case hexadecimal digits. */
bool exchange_hex_of(const json_t *o, const char *name, uint8_t *out, size_t n);
/* RFC 3339 in UTC and whole seconds: 2024-05-17T10:05:03Z. */
bool exchange_time_of(const json_t *o, const char *name, int64_t *ret_ns);
void exchange_time_text(int64_t ns, char out[EXCHANGE_TIME_TEXT]);
void exchange_hex_text(const uint8_t *b, size_t n, char *out);
