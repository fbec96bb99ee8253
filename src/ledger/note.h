/* ledger/note.h - signed notes (C2SP signed-note): text, then lines of signatures.
 *
 * A parsed note borrows its bytes. Nothing in it may be believed before
 * ledger_note_check has found a signature by a key that the caller trusts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/limits.h"
#include "base/core/status.h"
#include "ledger/key.h"

struct ledger_note_line {
    struct bytes name;
    struct bytes base64; /* of id and signature */
    struct bytes line;   /* with its newline */
    uint32_t id;
    size_t at; /* where the line begins in what was parsed */
};

struct ledger_note {
    struct bytes text; /* with its last newline, as it is signed */
    size_t lines;
    struct ledger_note_line line[LIMIT_NOTE_SIGNATURES];
};

/* What was found of one key. */
struct ledger_signed {
    bool valid;
    uint64_t time_s; /* since 1970, of a cosignature */
};

MUST_USE enum status ledger_note_parse(struct bytes file, struct ledger_note *ret,
                                       struct fault *why);

/* Lines alone, as a witness answers. */
MUST_USE enum status ledger_note_lines(struct bytes lines, struct ledger_note *ret,
                                       struct fault *why);

/* Check every line whose name and id are those of a key; other lines mean
 * nothing. seen[i] is about keys[i]. ST_OK: at least one key signed; ST_DENIED:
 * none did; ST_MISMATCH: a line claims one of the keys and is false, and then
 * the whole note is. seen is filled only with ST_OK. */
MUST_USE enum status ledger_note_check(const struct ledger_note *n, const struct ledger_key *keys,
                                       size_t count, struct ledger_signed *seen, struct fault *why);

/* Append the line that signs text, or (type 04) cosigns it at time_s. */
MUST_USE enum status ledger_note_sign(struct bytes text, const struct ledger_signer *s,
                                      uint64_t time_s, struct buf *out);
