/* evidence/opening.h - records of one remote, shown, and what of them is opened.
 *
 * Shown rows are bound to their leaf of the trie by RFC 6962; what was opened is
 * not written twice: commitments are computed from it. Layout: docs/FORMATS.md,
 * "Segments".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/status.h"
#include "evidence/commit.h"
#include "evidence/header.h"
#include "evidence/record.h"
#include "evidence/segment.h"
#include "evidence/trie.h"

/* What is opened of a row. */
enum evidence_open {
    OPEN_LINK = 1 << 0,   /* T: rows with one local address are seen to belong together */
    OPEN_HIDDEN = 1 << 1, /* seq, window... (of a log: that there is a line) */
    OPEN_DATA = 1 << 2,   /* options and payload, or the line; needs OPEN_HIDDEN */
    OPEN_LOCAL = 1 << 3,  /* the address behind T; needs OPEN_LINK */
};

/* Of the whole remote; seeds only when every row is shown and opened. */
enum evidence_wide {
    WIDE_KR = 1 << 0, /* all local addresses of the remote, in the whole epoch */
    WIDE_SEED_A = 1 << 1,
    WIDE_SEED_X = 1 << 2,
    WIDE_SEED_D = 1 << 3,
};

struct evidence_wish {
    const struct evidence_run *runs; /* ascending, with gaps between */
    size_t run_count;
    bool kr; /* then every row shown is opened with OPEN_LINK | OPEN_LOCAL */
    /* What to open of a row (number within the remote). */
    uint8_t (*what)(void *ctx, uint32_t row, const struct evidence_kept *kept);
    void *ctx;
};

/* From a segment that was sealed with `keep`. ST_END: it has no such remote. */
MUST_USE enum status evidence_opening_cut(const struct evidence_engine *e,
                                          const struct evidence_segment *s,
                                          const struct addr *remote,
                                          const struct evidence_wish *wish, struct buf *out);

/* One local address, or what stands for it. */
struct evidence_token {
    struct digest t;
    bool known;
    struct addr local; /* when known */
};

/* What is nobody's own address needs no hiding. */
static inline bool evidence_is_nobody(const struct addr *a)
{
    return addr_is_unspecified(a) || addr_is_multicast(a) || addr_is_broadcast(a);
}

/* Does it show a local address of somebody's? */
static inline bool evidence_token_tells(const struct evidence_token *t)
{
    return t->known && !evidence_is_nobody(&t->local);
}

struct evidence_row {
    struct evidence_record record;
    uint32_t number;               /* within the remote */
    uint32_t token;                /* with OPEN_LINK: which of the tokens */
    struct evidence_hidden hidden; /* with OPEN_HIDDEN; not of a log */
    struct evidence_data data;     /* with OPEN_DATA; borrowed from the opening */
    uint32_t stand_in;             /* number of what stands for its local address, among all
                                      of its exhibit (exhibit/recount.h); 0: none does */
    uint8_t opened;                /* enum evidence_open */
};

struct evidence_shown {
    struct addr remote;
    uint32_t n; /* records that the remote has */
    uint8_t wide;
    struct evidence_row *rows;
    uint32_t row_count;
    struct evidence_token *tokens;
    uint32_t token_count;
    struct prefix nets[LOCAL_NETS_MAX]; /* opened */
    size_t net_count;
};

/* Does an opening hold against a header and a leaf that a walk has found?
 * Everything it says is bound: ST_MISMATCH or ST_MALFORMED when it does not. */
MUST_USE enum status evidence_opening_check(const struct evidence_engine *e,
                                            const struct evidence_header *h,
                                            const struct evidence_leaf *leaf, struct bytes opening,
                                            struct evidence_shown *ret, struct fault *why);
void evidence_shown_fini(struct evidence_shown *s);
/* Are all records of the remote there? */
static inline bool evidence_shown_complete(const struct evidence_shown *s)
{
    return s->row_count == s->n;
}

enum {
    OPENING_VERSION = 1,
    OPENING_CLEAR_BYTES = RECORD_AT_P, /* of each record, always */
};
/* Is ext written? Only where it can be anything but zero. */
static inline bool evidence_opening_has_ext(uint8_t type, uint16_t flags)
{
    return type != OBS_PACKET || (flags & RECORD_LONG) != 0;
}
