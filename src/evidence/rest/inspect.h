/* evidence/rest/inspect.h - is all that the ledger says was sealed still here?
 *
 * It goes by the ledger: for each entry of a segment or of declared networks, the
 * home must have the file that it was made of. What is damaged is told and no
 * failure; the rest is looked at all the same.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "evidence/keys.h"
#include "evidence/rest/shelf.h"

enum { EVIDENCE_DAMAGE_PATH_MAX = 192, EVIDENCE_DAMAGE_TEXT_MAX = 256 };

struct evidence_damage {
    char path[EVIDENCE_DAMAGE_PATH_MAX]; /* in the home */
    char what[EVIDENCE_DAMAGE_TEXT_MAX]; /* is wrong with it */
    const char *lost;                    /* a sentence's end: "its records cannot be shown" */
};

struct evidence_inspect {
    const struct evidence_opening_key *key; /* NULL: what only it can tell is left out */
    uint64_t seed;                          /* of hash tables */
    uint64_t bytes;                         /* of segments to read whole, at most */
    void *ctx;
    enum status (*damaged)(void *ctx, const struct evidence_damage *d);
    bool (*stopped)(void *ctx); /* NULL: never */
};

struct evidence_inspected {
    uint64_t entries;  /* of segments in the ledger */
    uint64_t here;     /* and nothing wrong was seen in them */
    uint64_t records;  /* of these */
    uint64_t gone;     /* nothing of the file that they are of is here */
    uint64_t whole;    /* read to the end */
    uint64_t opened;   /* with the key, all of it computed again */
    uint64_t networks; /* declarations in the ledger */
};

MUST_USE enum status evidence_inspect_segments(const struct evidence_shelf *s,
                                               const struct evidence_inspect *how,
                                               struct evidence_inspected *ret, struct fault *why);
