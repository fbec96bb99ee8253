/* evidence/rest/shelf.h - the segments of a home: where they lie, and which count.
 *
 *   segment/file/<sha256>/<seq>.seg   segments (rest.h)
 *   segment/file/<sha256>/file        what was sealed, and its entries (about.h)
 *   segment/networks/<entry>          declared networks, opened; `current` has the last number
 *   segment/lock, segment/new         one writer at a time (stage.h); files being written
 *
 * A file is sealed when its entries stand in the party's ledger. Whatever lies
 * here without them is left over from a run that was stopped, and counts for
 * nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "evidence/rest/about.h"
#include "evidence/rest/rest.h"
#include "ledger/files.h"
#include "ledger/reader.h"

enum { SHELF_PATH_MAX = LEDGER_PATH_MAX };

/* To read. */
struct evidence_shelf {
    const struct evidence_engine *engine; /* borrowed */
    const struct ledger_files *files;     /* in the home's folder; borrowed */
    int home_fd;                          /* the same folder, to list; or -1 */
    struct ledger_reader *entries;        /* of the party's ledger, as far as it is signed */
};

/* `party` are the files of the party's ledger, borrowed. */
MUST_USE enum status evidence_shelf_open(const struct evidence_engine *e,
                                         const struct ledger_files *home, int home_fd,
                                         const struct ledger_files *party,
                                         struct evidence_shelf *ret, struct fault *why);
void evidence_shelf_fini(struct evidence_shelf *s);

/* ST_END: not sealed, or not to its end. */
MUST_USE enum status evidence_shelf_file(const struct evidence_shelf *s,
                                         const struct digest *sha256, struct evidence_file *ret,
                                         struct fault *why);
/* All sealed files, ascending by hash. */
typedef enum status evidence_shelf_file_do(void *ctx, const struct evidence_file *f);
MUST_USE enum status evidence_shelf_files(const struct evidence_shelf *s,
                                          evidence_shelf_file_do *each, void *ctx,
                                          struct fault *why);

/* A segment that was looked for. */
struct evidence_at_rest {
    const struct evidence_file *file;
    uint64_t seq, entry;
    const struct evidence_rest *rest; /* its public half */
    uint32_t records;                 /* of the remotes asked for */
};

/* Segments of a file whose span meets [from_ns, to_ns), in their order. With
 * remotes only those that hold records of them; NULL: all, and then the public
 * half is without leaves. */
struct evidence_sought {
    const struct prefix *remotes;
    int64_t from_ns, to_ns;
};
typedef enum status evidence_shelf_do(void *ctx, const struct evidence_at_rest *p);
MUST_USE enum status evidence_shelf_find(const struct evidence_shelf *s,
                                         const struct evidence_file *f,
                                         const struct evidence_sought *what,
                                         evidence_shelf_do *each, void *ctx, struct fault *why);

/* One back, as it was sealed. ST_MISMATCH: not for this key, or changed, or not
 * what the ledger says. `seed` is of hash tables. */
MUST_USE enum status evidence_shelf_load(const struct evidence_shelf *s,
                                         const struct evidence_file *f, uint64_t seq,
                                         const struct evidence_opening_key *key, uint64_t seed,
                                         struct evidence_segment **ret, struct fault *why);

/* The declaration of networks that a file was sealed under; ST_END: none. */
MUST_USE enum status evidence_shelf_networks(const struct evidence_shelf *s,
                                             const struct evidence_file *f,
                                             struct evidence_networks *ret, struct fault *why);

/* Where things lie; for whoever writes. */
void evidence_shelf_segment_path(const struct digest *sha256, uint64_t seq,
                                 char out[SHELF_PATH_MAX]);
void evidence_shelf_file_path(const struct digest *sha256, char out[SHELF_PATH_MAX]);
void evidence_shelf_networks_path(uint64_t entry, char out[SHELF_PATH_MAX]);
