/* exchange/calibrate/opening.h - judgements, and what hides them until all have
 * committed.
 *
 * An opening is one line of JSON in its one spelling: format, hash of the round's
 * statement, party, salt, definitions, judgements. The commitment is its SHA-256. The
 * format separates it from all else that is hashed; round and party keep anybody from
 * handing in another's commitment as his own. docs/FORMATS.md, "Calibrations".
 */
#pragma once

#include <jansson.h>

#include "base/model/definition.h"
#include "exchange/calibrate/round.h"

#define CALIBRATE_COMMIT_TYPE "exhibit-commitment/v1"
#define CALIBRATE_REVEAL_TYPE "exhibit-reveal/v1"

enum { CALIBRATE_SALT_BYTES = 32 };

struct calibrate_judgement {
    enum calibrate_verdict verdict;
    size_t needs;  /* of CALIBRATE_NEEDS; with CALIBRATE_NEEDS_MORE alone */
    size_t answer; /* of CALIBRATE_ANSWERS */
};

/* What one party says about all scenarios of a round, in their order. */
struct calibrate_judgements {
    struct definition_set definitions; /* its own */
    struct calibrate_judgement list[LIMIT_CALIBRATE_SCENARIOS];
};

/* "counts", "does-not-count", "needs:permission". */
MUST_USE enum status calibrate_verdict_parse(const char *text, struct calibrate_judgement *ret);
enum { CALIBRATE_VERDICT_MAX = 64 };
void calibrate_verdict_text(const struct calibrate_judgement *j, char out[CALIBRATE_VERDICT_MAX]);

/* --- the file that `judge` writes and `commit` reads -------------------------------- */

void calibrate_file_write(const struct calibrate_round *r, const struct calibrate_judgements *j,
                          struct buf *out);
/* The same file, or lines "SCENARIO<tab>VERDICT<tab>ANSWER", which leave the
 * definitions as they are. ST_MISMATCH: of another round. */
MUST_USE enum status calibrate_file_read(struct bytes file, const struct calibrate_round *r,
                                         struct calibrate_judgements *ret, struct fault *why);

/* --- openings ----------------------------------------------------------------------- */

MUST_USE enum status calibrate_opening_write(const struct calibrate_round *r,
                                             const struct digest *round, const char *party,
                                             const uint8_t salt[CALIBRATE_SALT_BYTES],
                                             const struct calibrate_judgements *j, struct buf *out);
/* ST_MISMATCH: of another round or party. */
MUST_USE enum status calibrate_opening_read(const json_t *o, const struct calibrate_round *r,
                                            const struct digest *round, const char *party,
                                            struct calibrate_judgements *ret, struct fault *why);
/* The commitment to an opening. */
MUST_USE enum status calibrate_commitment(const json_t *opening, struct digest *ret);

/* --- bodies of the two statements; NULL: no memory ---------------------------------- */

json_t *calibrate_commit_body(const char *round, const struct digest *commitment);
/* `seen`: statements of all commitments, in the order of the round's parties. */
json_t *calibrate_reveal_body(const char *round, const struct digest *seen, size_t n,
                              const json_t *opening);
