/* evidence/commit.h - the hashes of records, many at once.
 *
 * Sealing and verifying compute the same things; both do it here, in batches of
 * messages of equal length.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "evidence/keys.h"
#include "evidence/record.h"

enum { COMMIT_BATCH = 64 };

/* C_a of n <= COMMIT_BATCH rows. */
void evidence_commit_local(const struct evidence_engine *e, const struct evidence_salt *salts,
                           const struct digest *tokens, size_t n, struct digest *ret);

/* What C_x of one row is made of. */
struct evidence_x {
    uint8_t tag; /* TAG_C_X, TAG_C_X_DATA or, for a log, TAG_C_X_LINE */
    struct evidence_salt salt;
    uint8_t hidden[RECORD_HIDDEN_BYTES]; /* not for a log */
    struct digest data;                  /* not for TAG_C_X */
};
/* C_x of n <= COMMIT_BATCH rows. */
void evidence_commit_hidden(const struct evidence_engine *e, const struct evidence_x *x, size_t n,
                            struct digest *ret);
/* Which form a record has. */
uint8_t evidence_commit_tag(const struct evidence_record *r);

/* D, over options and payload, or over a line. */
struct evidence_data {
    struct bytes ip_options, tcp_options, payload; /* a line stands in payload alone */
};
void evidence_commit_data(const struct evidence_engine *e, const struct evidence_salt *salt,
                          const struct evidence_data *d, bool line, struct digest *ret);
/* Many of them, faster: those of equal length in blocks go two by two. */
struct evidence_data_job {
    struct evidence_salt salt;
    struct evidence_data d;
    bool line;
    struct digest *ret;
};
void evidence_commit_data_many(const struct evidence_engine *e,
                               const struct evidence_data_job *jobs, size_t n);

/* Hashes of n records one behind the other, as leaves of RFC 6962 trees. */
void evidence_commit_leaves(const struct evidence_engine *e, const uint8_t *records, size_t n,
                            struct digest *ret);

/* Many trees at once: tree i has width[i] >= 1 leaves from leaves[start[i]] on,
 * and its root ends up there. The leaves and the widths are used up. */
MUST_USE enum status evidence_commit_trees(const struct evidence_engine *e, struct digest *leaves,
                                           const uint32_t *start, uint32_t *width, size_t trees);

/* Some rows of a tree of n: runs of them, ascending, with gaps between. */
struct evidence_run {
    uint32_t first, count;
};

/* The hashes of the largest subtrees of RFC 6962 in which nothing is shown, from
 * left to right. `leaves` has n hashes. */
MUST_USE enum status evidence_commit_prove(const struct evidence_engine *e,
                                           const struct digest *leaves, uint32_t n,
                                           const struct evidence_run *runs, size_t count,
                                           struct buf *out);
/* The root, from the shown leaves (those of all runs, one behind the other; used
 * up) and all of the hashes. ST_MISMATCH: too few or too many hashes. */
MUST_USE enum status evidence_commit_root(const struct evidence_engine *e, struct digest *shown,
                                          uint32_t n, const struct evidence_run *runs, size_t count,
                                          struct bytes hashes, struct digest *ret);
