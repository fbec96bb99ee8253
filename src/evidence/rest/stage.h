/* evidence/rest/stage.h - putting sealed files onto the shelf, one after the other.
 *
 * Segments are written as they come. Only when the last one is durable are the
 * entries added to the party's ledger, all of a file in one commit: a run that
 * is killed leaves nothing that counts.
 */
#pragma once

#include <stdint.h>

#include "base/core/status.h"
#include "evidence/rest/about.h"
#include "evidence/rest/shelf.h"
#include "ledger/log.h"

struct evidence_stage;

/* ST_DENIED: somebody else puts segments into this home. The shelf is borrowed,
 * and sees what was committed. */
MUST_USE enum status evidence_stage_open(struct evidence_shelf *shelf, struct evidence_stage **ret,
                                         struct fault *why);
/* Forgets a file that was begun. */
void evidence_stage_free(struct evidence_stage *s);
void evidence_stage_freep(struct evidence_stage **s);

/* A file: its hash, size, kind and name. ST_DENIED: it is sealed already. */
MUST_USE enum status evidence_stage_begin(struct evidence_stage *s, const struct evidence_file *f,
                                          struct fault *why);
/* Its next segment, as evidence_rest_write made it. ST_MISMATCH: of another file,
 * or not the next one. */
MUST_USE enum status evidence_stage_put(struct evidence_stage *s, struct bytes segment,
                                        struct fault *why);
/* The file at hand is compressed, and this is the hash of what is in it. */
void evidence_stage_packed(struct evidence_stage *s, const struct digest *content);
/* How many it has. */
uint64_t evidence_stage_segments(const struct evidence_stage *s);
/* That was all: into the ledger with it. The networks, when they were declared,
 * get an entry of their own before it unless those in force are the same ones.
 * Until this is ST_OK nothing is sealed. */
MUST_USE enum status evidence_stage_commit(struct evidence_stage *s, struct ledger_log *log,
                                           const char *party,
                                           const struct evidence_networks *declared,
                                           struct evidence_file *ret, struct fault *why);
