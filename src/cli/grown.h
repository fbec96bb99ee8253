/* cli/grown.h - files that begin with what was sealed before.
 *
 * A log is sealed every day, and is yesterday's with more lines at its end. What was
 * sealed first counts, since it was sealed sooner; so only the lines after it are
 * sealed. Of anything else no end can be told from its bytes: it is sealed again,
 * and known to stand in for the shorter one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/hash.h"
#include "base/core/status.h"
#include "evidence/rest/shelf.h"

/* The whole of a file at the time that it, or the last part of it, was sealed. */
struct grown_file {
    uint64_t size;
    struct digest whole, sha256; /* of all of it, and its name on the shelf */
    bool log;
};

struct grown_files {
    struct grown_file *items; /* by size */
    size_t n, room;
};

MUST_USE enum status grown_list(const struct evidence_shelf *shelf, struct grown_files *ret,
                                struct fault *why);
void grown_fini(struct grown_files *g);

/* Hashing a file while comparing its beginning with all of these. */
struct grown_look {
    const struct grown_files *files; /* borrowed */
    struct digest_run *hash;
    uint64_t bytes;      /* so far */
    size_t next;         /* the first that is not shorter than that */
    uint64_t line_begin; /* of the line at hand */
    bool found;          /* it begins with `with`, whose last line began at line_begin_of */
    struct grown_file with;
    size_t at; /* number of that one */
    uint64_t line_begin_of;
};

MUST_USE enum status grown_begin(const struct grown_files *files, struct grown_look *ret);
MUST_USE enum status grown_add(struct grown_look *l, struct bytes more);
/* Of all of it. */
MUST_USE enum status grown_end(struct grown_look *l, struct digest *ret);
void grown_look_fini(struct grown_look *l);
