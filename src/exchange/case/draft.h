/* exchange/case/draft.h - making the bodies of a case's statements.
 *
 * The result is read again as a whole before it is kept (case_say). ST_MALFORMED: what
 * was asked for cannot be said. NULL: no memory.
 */
#pragma once

#include <jansson.h>

#include "base/core/status.h"
#include "evidence/home/home.h"
#include "exchange/case/case.h"
#include "exchange/case/terms.h"

struct case_plan {
    const char *to;
    size_t lane, tlp;
    uint32_t requests;
    int64_t time_ns;
};

/* What every body has. */
json_t *case_draft_head(const char *id, unsigned number);
/* A notice, but for what goes along with it. */
MUST_USE enum status case_draft_notice(json_t *body, const struct case_plan *p,
                                       const struct case_terms *t, const struct evidence_home *h);
/* One more file. */
MUST_USE enum status case_draft_enclose(json_t *body, const char *name, const struct digest *hash,
                                        size_t size_bytes);
/* Claims of the file that was enclosed last: an array of objects as of a notice, without
 * `exhibit`. */
MUST_USE enum status case_draft_claims(json_t *body, const json_t *claims);
/* A text; `form` is in the notice's form. */
MUST_USE enum status case_draft_text(json_t *body, const char *name, const char *text);
MUST_USE enum status case_draft_form(json_t *body, const char *name, const char *text);
/* Words of a closed list, by their bits. */
MUST_USE enum status case_draft_words(json_t *body, const char *name, bool denials, uint32_t bits);

/* Say it under our name: made, signed, read again as what it is, kept, and in our ledger.
 * `previous` is NULL for a notice, whose id `id` then is. *ret (may be NULL) is its
 * hash. */
struct case_saying {
    enum case_kind kind;
    const uint8_t *id; /* NULL: random */
    const struct digest *previous;
    int64_t time_ns;
    json_t *body; /* borrowed */
};
MUST_USE enum status case_say(struct evidence_home *h, struct ledger_log *log,
                              const struct case_saying *s, struct digest *ret, struct fault *why);

/* Has this side said the very same as its newest word of this kind? Then saying it again
 * adds nothing: NULL, or that item. */
const struct case_item *case_said_already(const struct case_one *c, const char *party,
                                          enum case_kind kind, const json_t *body);

/* All statements of a case with their proofs, our keys and the other side's, and our own
 * enclosures (`all`: everybody's), as a file. What a stop left without an entry gets one:
 * `log` may be NULL, then there must be none. */
MUST_USE enum status case_hand(const struct evidence_home *h, struct ledger_log *log,
                               const struct case_one *c, bool all, struct buf *out,
                               struct fault *why);
