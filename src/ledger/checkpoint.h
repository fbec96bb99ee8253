/* ledger/checkpoint.h - the signed head of a log (C2SP tlog-checkpoint). */
#pragma once

#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "ledger/note.h"

struct ledger_checkpoint {
    struct bytes origin; /* borrowed; the log's name */
    uint64_t size;       /* entries, below 2^63 */
    struct digest root;
    struct bytes extensions; /* borrowed; whole lines, mostly none */
};

/* The text of a note, as a checkpoint. */
MUST_USE enum status ledger_checkpoint_parse(struct bytes text, struct ledger_checkpoint *ret,
                                             struct fault *why);
/* Note and checkpoint in one; no signature has been checked. */
MUST_USE enum status ledger_checkpoint_read(struct bytes file, struct ledger_note *ret_note,
                                            struct ledger_checkpoint *ret, struct fault *why);
/* The text alone. */
void ledger_checkpoint_write(const struct ledger_checkpoint *c, struct buf *out);
/* The text, an empty line and the signature of the log. */
MUST_USE enum status ledger_checkpoint_sign(const struct ledger_checkpoint *c,
                                            const struct ledger_signer *s, struct buf *out);

/* Parts that other formats share: "0", "17"; a line of base64 that is a hash.
 * The newline is taken too. */
MUST_USE enum status ledger_line_number(struct bytes line, uint64_t *ret);
MUST_USE enum status ledger_line_hash(struct bytes line, struct digest *ret);
/* The next line without its newline; ST_SHORT when none ends. */
MUST_USE enum status ledger_line_next(struct cursor *c, struct bytes *ret);
