/* evidence/rest/about.h - what a home writes down of a sealed file, and of its
 * declared networks: strict text, one spelling. docs/FORMATS.md, "Segments at rest".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/hash.h"
#include "base/core/status.h"
#include "base/model/local.h"
#include "evidence/header.h"
#include "evidence/keys.h"

enum { EVIDENCE_FILE_NAME_MAX = 1024 };

/* A sealed file. */
struct evidence_file {
    struct digest sha256; /* of its bytes as they lie in it */
    uint64_t size_bytes;
    enum evidence_kind kind;
    uint64_t segments, records;
    uint64_t first_entry;    /* in the party's ledger; one for each segment, in their order */
    bool declared;           /* the networks; else they were inferred */
    uint64_t networks_entry; /* with declared: the declaration in force */
    /* Files that were sealed before and have grown since. Of a log, what is sealed
     * and hashed above are the bytes from part_from on; whole is the hash of all of
     * it. Anything else is sealed again, and begins with the sealed file grown_of. */
    bool part, grown;
    uint64_t part_from;
    struct digest whole, grown_of;
    /* It is compressed, and content is the hash of the bytes in it. Older seals do not say. */
    bool packed;
    struct digest content;
    char name[EVIDENCE_FILE_NAME_MAX]; /* as it was given, escaped; only for people */
};

/* The name of its sensor: file/HEX. */
void evidence_file_sensor(const struct digest *sha256, char out[LEDGER_NAME_MAX + 1]);
/* Bytes outside of 21 to 7E, and '%', as %XX; cut to what fits. */
void evidence_file_set_name(struct evidence_file *f, const char *name);
void evidence_file_write(const struct evidence_file *f, struct buf *out);
/* Were the same bytes sealed sooner, packed in whatever way, as this other file? */
bool evidence_file_repeats(const struct evidence_file *f, const struct evidence_file *other);
MUST_USE enum status evidence_file_parse(struct bytes text, struct evidence_file *ret,
                                         struct fault *why);

/* Networks that a party declares: the ledger has a salted hash of them. */
struct evidence_networks {
    struct evidence_salt salt; /* random */
    struct local_nets nets;    /* ascending, without repetitions */
};

/* Ascending, once each. */
void evidence_networks_set(struct evidence_networks *n, const struct local_nets *nets);
bool evidence_networks_equal(const struct evidence_networks *a, const struct evidence_networks *b);
void evidence_networks_write(const struct evidence_networks *n, struct buf *out);
MUST_USE enum status evidence_networks_parse(struct bytes text, struct evidence_networks *ret,
                                             struct fault *why);
/* The ledger entry: "exhibit-networks/v1", party, base64 H(32 | salt | H(lines)). */
MUST_USE enum status evidence_networks_entry(const struct evidence_engine *e,
                                             const struct evidence_networks *n, const char *party,
                                             struct buf *out);
