/* cli/sealing.h - the parent's half of sealing: hashes, spools, epochs, shelf, ledger. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/cursor.h"
#include "base/core/status.h"
#include "cli/grown.h"
#include "cli/reader.h"
#include "evidence/home/home.h"
#include "evidence/rest/stage.h"

enum sealing_outcome {
    SEALING_NOT,     /* `why` says why not */
    SEALING_NOW,     /* by this run */
    SEALING_ALREADY, /* by an earlier one, or as another input of this one */
    SEALING_EMPTY,   /* nothing in it is ever sealed */
};

struct sealing_result {
    enum sealing_outcome outcome;
    bool hashed;         /* file.sha256 and its size are known */
    struct digest whole; /* of all that was read; file may be its end only */
    uint64_t whole_bytes;
    struct evidence_file file; /* what is on the shelf: with NOW and ALREADY */
    char why[160];
};

struct sealing {
    struct seal_job job;        /* for the reader */
    struct evidence_home *home; /* borrowed */
    struct evidence_engine engine;
    struct evidence_shelf shelf;
    struct evidence_stage *stage;
    struct grown_files sealed;           /* to tell what inputs begin with */
    struct evidence_networks networks;   /* when they were declared */
    struct evidence_opening_key opening; /* to reuse keys of epochs; when it is here */
    bool has_opening;
    const struct reader_file *inputs;
    size_t n;
    struct seal_file *files;
    struct sealing_result *results;
    size_t at; /* the input at hand; n: none */
    enum status failed;
    struct fault why;
    struct buf segment;
    uint32_t epochs; /* that were asked for */
};

struct sealing_options {
    struct evidence_home *home;
    const struct settings *settings;
    bool alone; /* the reader does nothing else */
};

/* Unlock the home, hash the inputs (those that can be read once are spooled into the home first,
 * and their descriptors replaced), see which are sealed already, have the shelf.
 * False: said. */
bool sealing_begin(struct sealing *s, const struct sealing_options *opt, struct reader_file *files,
                   size_t n);
void sealing_fini(struct sealing *s);

/* A message of the reader's. Not ST_OK: it is none of these, or the reader lies. */
MUST_USE enum status sealing_take(struct sealing *s, uint8_t type, struct cursor *in, int channel);
