/* evidence/exhibit/exhibit.h - an exhibit as a file: which members it has.
 *
 * Reading checks the container only: the ZIP and the bag, that every member is
 * one that belongs there, and that none is missing. Nothing in it has been
 * believed yet: evidence_contents_open (contents.h) parses and checks what the
 * members say, whoever verifies looks at signatures, time and claims.
 *
 * One set of members has one byte string. Layout: docs/FORMATS.md, "Exhibits".
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/core/buf.h"
#include "base/core/cursor.h"
#include "base/core/status.h"

/* data/segments/<k>/open/<number>.bin */
struct evidence_exhibit_opening {
    uint32_t number;    /* of the leaf among those that the proof shows, from the left */
    struct bytes bytes; /* borrowed */
};

/* data/segments/<k>/: k is the place in the array. All borrowed. */
struct evidence_exhibit_segment {
    struct bytes header;     /* header.txt: evidence_header_parse */
    struct bytes proof;      /* proof.tlog-proof: ledger_proof_parse */
    struct bytes entry_salt; /* entry.salt: 16 bytes */
    struct bytes remotes;    /* remotes.bin: evidence_trie_get, TRIE_REMOTES; may be empty */
    struct bytes flows;      /* flows.bin, TRIE_FLOWS; data is NULL where it is not there */
    struct evidence_exhibit_opening *openings; /* ascending by number */
    size_t opening_n;
};

/* data/time/<n>.tsr and .checkpoint: n is the place in the array. */
struct evidence_exhibit_time {
    struct bytes response;   /* DER (RFC 3161) */
    struct bytes checkpoint; /* what it stamps: a whole signed note */
};

struct evidence_exhibit {
    struct bytes findings;    /* data/findings.json: evidence_claims_read */
    struct bytes definitions; /* data/definitions.json: definition_set_write's spelling */
    struct bytes ladder;      /* data/ladder.json: evidence_ladder_read */
    struct bytes csv, pcap;   /* data/view.csv, data/view.pcapng: derived, see view.h */
    struct evidence_exhibit_segment *segments; /* the exhibit's, once read */
    size_t segment_n;
    struct evidence_exhibit_time *times; /* the exhibit's, once read */
    size_t time_n;
    struct evidence_exhibit_opening *openings; /* all of them, one segment's behind another's */
};

/* The file's bytes are borrowed and must outlive what is read. ST_MALFORMED,
 * ST_SHORT and ST_LIMIT: not an exhibit, *why says where in the file and what;
 * ST_MISMATCH: a hash of the manifests is not that of its member. */
MUST_USE enum status evidence_exhibit_read(struct bytes file, struct evidence_exhibit *ret,
                                           struct fault *why);
void evidence_exhibit_fini(struct evidence_exhibit *x);

/* The same structure, filled by the caller (who frees what is his; `openings` may
 * stay NULL), as a file. What is read is written again as the same bytes. */
MUST_USE enum status evidence_exhibit_write(const struct evidence_exhibit *x, struct buf *out);
