/* evidence/exhibit/recount.h - findings computed again from opened records.
 *
 * The detectors run over the rows that an exhibit shows of a claim's remotes in
 * its segments, with the definitions that it cites. A local address that is not
 * opened is a stand-in: from 240.0.0.0/4 and 100::/64, numbered as they come, the
 * same for the same T, or without T for the same P of one remote and epoch.
 * Opened lines of logs are read again (lines.h), and count only if they say what their
 * records say.
 * What is not opened is zero; a window whose packet's options are not opened is
 * zero too, because marks of tools are about both.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/finding.h"
#include "evidence/exhibit/contents.h"
#include "evidence/exhibit/lines.h"

/* Of 240.0.0.0/4 or 100::/64: no remote of a claim may be. */
bool evidence_recount_is_stand_in(const struct addr *a);

/* Gives every row whose local address is not opened the number of its stand-in, in
 * the order of segments, openings and rows. Views and recounts need it. `seed` is of a
 * hash table and never shows. */
MUST_USE enum status evidence_stand_ins_number(struct evidence_contents *c, uint64_t seed);
/* The opened address; NULL: a stand-in has its place. */
const struct addr *evidence_row_local(const struct evidence_shown *shown,
                                      const struct evidence_row *row);
struct addr evidence_stand_in(uint32_t number, bool v6);

/* The same for some rows alone, numbered as they are asked for. */
struct evidence_stand_ins;
MUST_USE enum status evidence_stand_ins_new(const struct evidence_contents *c,
                                            struct evidence_stand_ins **ret);
void evidence_stand_ins_free(struct evidence_stand_ins *s);
/* The address that was opened, or what stands for it. */
struct addr evidence_stand_ins_local(struct evidence_stand_ins *s,
                                     const struct evidence_shown *shown,
                                     const struct evidence_row *row);

struct evidence_recount {
    struct detect *detect;               /* has the findings */
    const struct finding_list *findings; /* all that follow; borrowed from it */
    uint64_t rows;
    bool whole;  /* every record of these remotes in these segments is shown */
    bool closed; /* some line of a log is not opened: names that it tells are not counted */
    bool linked; /* every row has its T: distinct locals rest on C_a */
    /* What the first line that is not what its record says, says; NULL: there is none.
     * Then nothing can be held to follow. */
    const char *false_line;
    uint32_t false_segment, false_record; /* where: number of the record in its remote */
};

/* What follows for the claim's remotes from its segments; nothing else of the claim
 * is looked at. Findings say no more than a claim can: no local address, no sample,
 * no id; marks of tools only where all that they rest on is opened. `seed` is of hash
 * tables and never shows; without `lines` no line is read. Free with
 * evidence_recount_fini. */
MUST_USE enum status evidence_recount(const struct evidence_contents *c,
                                      const struct evidence_claim *claim,
                                      evidence_line_parse *lines, uint64_t seed,
                                      struct evidence_recount *ret);
void evidence_recount_fini(struct evidence_recount *r);

/* The finding that a claim is about, by definition, kind, technique, protocol,
 * initiator and first time: one that says all that is claimed, passing over as many of
 * these as claims before it have taken; else the first one. NULL: none follows. */
const struct finding *evidence_recount_find(const struct evidence_recount *r,
                                            const struct finding *claimed, size_t before);

/* What the headers of the claim's segments count of connections. */
struct evidence_seen {
    uint64_t two_way, connections;
};
/* Does the claim say that nothing was answered, of a sensor that would not have seen answers?
 * Then nobody can tell, and it is not claimed. */
bool evidence_recount_one_way(const struct evidence_contents *c, const struct evidence_claim *claim,
                              struct evidence_seen *ret);

/* On which side of the claim's event are `idle` of its definition and the clock's
 * bound covered by segments without a gap, that show all of its remotes and
 * whose headers allow to say that there was no more? Without both, its counts
 * are "at least". */
void evidence_recount_margins(const struct evidence_contents *c, const struct evidence_claim *claim,
                              bool *ret_before, bool *ret_after);
