/* evidence/rest/shelf.h - the segments of a home: where they lie, and which count.
 *
 *   segment/file/<sha256>/<seq>.seg   segments (evidence/rest/rest.h)
 *   segment/file/<sha256>/file        what was sealed, and its entries
 *   segment/networks/<entry>          declared networks, opened
 *   segment/lock, segment/new         one writer at a time; files being written
 *
 * A file is sealed when its entries stand in the party's ledger. They are added
 * after everything else of it is durable, all in one commit: a run that is
 * killed leaves nothing that counts, and the next one begins that file again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "evidence/rest/rest.h"
#include "ledger/files.h"
#include "ledger/log.h"
#include "ledger/reader.h"

enum { SHELF_NAME_MAX = 256 };

/* A sealed file. */
struct evidence_file {
    struct digest sha256;
    uint64_t size_bytes;
    enum evidence_kind kind;
    uint64_t segments;
    uint64_t first_entry;      /* in the party's ledger; one for each segment */
    uint64_t networks_entry;   /* the declaration in force; with declared */
    bool declared;             /* else networks were inferred */
    char name[SHELF_NAME_MAX]; /* as it was given; only for people */
};

/* To read. `entries` are those of the party's ledger. All borrowed. */
struct evidence_shelf {
    const struct evidence_engine *engine;
    const struct ledger_files *files; /* in the home's folder */
    struct ledger_reader *entries;
    int home_fd; /* the same folder, to list */
};

/* ST_END: not sealed, or not to its end. */
MUST_USE enum status evidence_shelf_file(const struct evidence_shelf *s,
                                         const struct digest *sha256, struct evidence_file *ret,
                                         struct fault *why);
/* All of them, ascending by hash. */
MUST_USE enum status evidence_shelf_files(const struct evidence_shelf *s,
                                          enum status (*each)(void *ctx,
                                                              const struct evidence_file *f),
                                          void *ctx, struct fault *why);

/* A segment that was looked for. */
struct evidence_at_rest {
    const struct evidence_file *file;
    uint64_t seq, entry;
    const struct evidence_rest *rest; /* its public half */
    uint32_t records;                 /* of the remotes asked for */
};
/* Segments whose span meets [from_ns, to_ns) and that hold records of these
 * remotes (NULL: any segment, also an empty one), by file and then by number. */
MUST_USE enum status
evidence_shelf_find(const struct evidence_shelf *s, const struct prefix *remotes, int64_t from_ns,
                    int64_t to_ns, enum status (*each)(void *ctx, const struct evidence_at_rest *p),
                    void *ctx, struct fault *why);
/* One back, as it was sealed. ST_MISMATCH: not for this key, or changed, or not
 * what the ledger says. */
MUST_USE enum status evidence_shelf_load(const struct evidence_shelf *s,
                                         const struct evidence_file *f, uint64_t seq,
                                         const struct evidence_opening_key *key, uint64_t seed,
                                         struct evidence_segment **ret, struct fault *why);
