/* evidence/exhibit/disclose.h - from an exhibit to one that shows less, or more.
 *
 * Less needs the exhibit alone; more needs its segments. Claims are computed again
 * from what is then shown; one that does not follow any more is gone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "evidence/exhibit/contents.h"
#include "evidence/exhibit/cut.h"

/* One record of what is shown, as view.csv counts: segment and row; of this remote, or of
 * every one that has such a row. */
struct evidence_cell {
    uint32_t segment, row;
    bool has_remote;
    struct addr remote;
    bool data; /* options, payload, line alone to be closed; or to be opened as well */
};

/* What to close. */
struct evidence_hide {
    bool hidden, data, links; /* hidden fields; options, payload, lines; T */
    bool targets;             /* every local address */
    const struct addr *locals;
    size_t local_n;
    const struct addr *remotes; /* with all their records, and the claims about them */
    size_t remote_n;
    const uint32_t *claims; /* numbers, from 1 */
    size_t claim_n;
    const struct evidence_cell *cells;
    size_t cell_n;
    bool rows; /* records outside of [from_ns, to_ns] */
    int64_t from_ns, to_ns;
};

/* What to open; from the segments, which are asked for by their headers. */
struct evidence_unhide {
    bool targets, hidden, data, marks;
    const struct evidence_cell *cells;
    size_t cell_n;
    const struct addr *locals;
    size_t local_n;
    void *ctx;
    /* The segment with this header, sealed with `keep`; NULL: nothing is opened. */
    enum status (*segment)(void *ctx, const struct evidence_header *h,
                           struct evidence_segment **ret, struct fault *why);
};

struct evidence_disclose_wish {
    struct evidence_hide hide;
    struct evidence_unhide open;
    evidence_line_parse *lines; /* how lines of logs are read */
    uint64_t seed;
};

struct evidence_disclose_told {
    struct evidence_cut_told shown; /* what the new exhibit shows; left out: claims that are gone */
    struct evidence_cut_told before; /* rows, hidden, data and locals of the exhibit given */
};

/* ST_END: no claim would be left. ST_DENIED: records cannot be left out where some
 * are left out already. ST_MISMATCH: a segment is not the exhibit's, or a
 * line that is opened says something else than its record. */
MUST_USE enum status evidence_disclose(const struct evidence_engine *e,
                                       const struct evidence_exhibit *x,
                                       const struct evidence_disclose_wish *wish, struct buf *out,
                                       struct evidence_disclose_told *ret,
                                       struct evidence_contents_fault *why);
