/* evidence/seal.h - from rows as they came to a sealed tree; used by the sealer. */
#pragma once

#include "evidence/ends.h"
#include "evidence/segment.h"

/* A record on its way, in one line of cache: rows lie as they came and are taken
 * remote by remote. Its clear fields are those of a record before P. */
struct seal_row {
    uint8_t clear[RECORD_AT_P];
    uint8_t hidden[RECORD_HIDDEN_BYTES];
    uint32_t remote, local; /* numbers */
    uint32_t row;           /* within the remote */
    uint32_t more;          /* number + 1 of what few rows have; 0: nothing */
};

_Static_assert(sizeof(struct seal_row) == 64, "one line of cache");

struct seal_more {
    uint8_t ext[RECORD_EXT_BYTES];
    struct digest data; /* D; with no data, unused */
};

struct seal_mores {
    struct seal_more *all;
    uint32_t n, room;
};

void seal_mores_fini(struct seal_mores *m);
/* That of a row, new if it has none. Lasts until the next one. */
MUST_USE enum status seal_mores_of(struct seal_mores *m, struct seal_row *row,
                                   struct seal_more **ret);

struct seal_remote {
    struct addr addr;
    uint32_t n;
    struct evidence_remote_keys keys;
};

struct seal_local {
    struct addr addr;
    struct evidence_salt tsalt;
    struct digest token;
};

/* Where a row's options and payload lie in the segment's data. */
struct seal_data {
    uint64_t at;
    uint32_t payload;
    uint16_t ip_options, tcp_options;
};

struct seal_input {
    const struct evidence_engine *engine;
    const struct seal_row *rows;
    const struct seal_more *more;
    const struct seal_data *data; /* with keep */
    uint32_t count;
    const struct evidence_ends *remotes, *locals;
    bool keep;
};

/* Fills remotes and, with keep, everything that can be opened. */
MUST_USE enum status seal_rows(const struct seal_input *in, struct evidence_segment *ret);
