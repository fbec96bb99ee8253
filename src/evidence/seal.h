/* evidence/seal.h - from rows as they came to a sealed tree; used by the sealer. */
#pragma once

#include "evidence/ends.h"
#include "evidence/segment.h"

/* A record on its way. Until it is sealed, D stands where C_x belongs. */
struct seal_row {
    uint8_t raw[RECORD_BYTES];
    uint8_t hidden[RECORD_HIDDEN_BYTES];
    uint32_t remote, local; /* numbers */
    uint32_t row;           /* within the remote */
};

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
    const struct seal_data *data; /* with keep */
    uint32_t count;
    const struct evidence_ends *remotes, *locals;
    bool keep;
};

/* Fills remotes and, with keep, everything that can be opened. */
MUST_USE enum status seal_rows(const struct seal_input *in, struct evidence_segment *ret);
