/* evidence/exhibit/cut_home.h - segments of a home, as a source to cut from.
 *
 * Of each sealed file that holds records of a remote: all segments from the first
 * to the last one that holds some. What lies around them is left out: a file proves
 * nothing absent, so it would show other remotes and make no count exact.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/core/status.h"
#include "evidence/exhibit/cut.h"
#include "evidence/home/home.h"
#include "evidence/home/public.h"
#include "evidence/rest/shelf.h"
#include "ledger/reader.h"

struct evidence_cut_item {
    size_t file, checkpoint;
    uint64_t seq, entry;
};

/* A checkpoint that proofs lead to: the first one that was stamped with the entry
 * in it, because the stamp then tells how old the entry is; or the newest. */
struct evidence_cut_checkpoint {
    uint64_t size;
    struct buf text;
    struct buf *responses; /* stamps of it */
    size_t response_n;
};

struct evidence_cut_home {
    const struct evidence_engine *engine;   /* borrowed */
    const struct evidence_home *home;       /* borrowed */
    const struct evidence_opening_key *key; /* borrowed */
    struct evidence_shelf shelf;
    struct evidence_public public_;
    struct ledger_reader *entries;
    struct evidence_file *files; /* those that hold records of the remotes */
    size_t file_n, file_room;
    struct evidence_cut_item *items;
    size_t item_n, item_room;
    int64_t first_ns;                            /* where the first segment found begins */
    struct evidence_cut_checkpoint *checkpoints; /* ascending by size; those that are used */
    size_t checkpoint_n;
    struct evidence_exhibit_time *times; /* their stamps */
    size_t time_n;
    uint64_t others;  /* files passed over: they were sealed under other definitions */
    uint64_t shorter; /* and: a later one begins with them, and is here */
    uint64_t copies;  /* and: the same bytes were sealed sooner, packed otherwise */
    uint64_t parts;   /* files that are a part of a log; each is counted apart */
    uint64_t seed;
};

/* The home, the key and the engine are borrowed. */
MUST_USE enum status evidence_cut_home_open(const struct evidence_engine *e,
                                            const struct evidence_home *home,
                                            const struct evidence_opening_key *key, uint64_t seed,
                                            struct evidence_cut_home *ret, struct fault *why);
void evidence_cut_home_fini(struct evidence_cut_home *c);

/* For remotes in [from_ns, to_ns), of files sealed under these definitions. */
struct evidence_cut_sought {
    const struct addr *remotes;
    size_t remote_n;
    int64_t from_ns, to_ns;
    const struct digest *definitions;
};
/* What is found is added; *ret_n says how many segments. ST_LIMIT: more than an
 * exhibit may have. */
MUST_USE enum status evidence_cut_home_find(struct evidence_cut_home *c,
                                            const struct evidence_cut_sought *what,
                                            struct fault *why);
/* What was found, to cut from; lives as long as c, which stays where it is. */
void evidence_cut_home_source(struct evidence_cut_home *c, struct evidence_cut_source *ret);
