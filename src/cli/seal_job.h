/* cli/seal_job.h - what a reader must know to seal what it reads.
 *
 * The keys of segments are made in the reader, and leave it sealed to the
 * party's opening key; those of epochs it asks its parent for. The key that
 * signs never gets near it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/hash.h"
#include "base/model/local.h"

struct seal_file {
    bool wanted;
    struct digest sha256; /* of what is sealed of it; its name among sensors */
    uint64_t from;        /* lines before it were sealed when the log was shorter */
};

struct grown_files;

struct seal_job {
    const struct grown_files *sealed; /* what was sealed before */
    const struct seal_file *files;    /* of each input */
    bool alone;                       /* nothing is judged, and only wanted files are read */
    const char *party;
    uint8_t opening_pub[32];
    struct digest definitions, program, next;
    bool declared; /* nets; else they are inferred from each file */
    struct local_nets nets;
    uint32_t payload; /* bytes of each packet; HEADER_PAYLOAD_ALL */
};

enum {
    SEAL_PART_BYTES = 1 << 20,  /* segments cross the border in pieces */
    SEAL_SPAN_S = 3600,         /* of a segment of a capture */
    SEAL_RECORDS = 1 << 18,     /* and at most so many records ... */
    SEAL_DATA_BYTES = 32 << 20, /* ... and so much payload: memory follows from it */
    SEAL_IDLE_S = 300,          /* between packets of one connection */
};
