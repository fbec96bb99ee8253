/* evidence/exhibit/contents.h - the members of an exhibit, parsed and bound to each
 * other: headers, tries under their roots, openings under their leaves, claims.
 *
 * No signature, ledger proof or timestamp has been looked at here, and no claim
 * computed again: for that there are the policy of whoever reads, and recount.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/definition.h"
#include "evidence/exhibit/claim.h"
#include "evidence/exhibit/exhibit.h"
#include "evidence/exhibit/ladder.h"
#include "evidence/header.h"
#include "evidence/opening.h"
#include "evidence/trie.h"

struct evidence_part {
    struct evidence_header header;
    struct digest hash; /* of the header's text */
    struct evidence_trie remotes, flows;
    bool has_flows;
    struct evidence_shown *shown; /* one for each opening, in their order */
    size_t shown_n;
};

struct evidence_contents {
    const struct evidence_exhibit *exhibit; /* borrowed */
    struct definition_set definitions;
    struct evidence_claims claims;
    struct evidence_ladder ladder;
    struct evidence_part *parts; /* one for each segment */
    size_t part_n;
    bool numbered;         /* rows have their stand-ins: recount.h */
    uint32_t stand_ins[2]; /* how many: IPv4, IPv6 */
};

/* Where it fails: members have no offset of their own in the fault. */
struct evidence_contents_fault {
    char member[64]; /* "data/segments/0003/header.txt" */
    struct fault at; /* offset in that member */
};

/* Refused (ST_MISMATCH): a trie that is not under its header's root, an opening
 * that does not hold, headers of one sensor out of order or that contradict each
 * other, a definition set that a claim's headers do not name, a claim about
 * segments or remotes that are not there, a ladder that cannot be read. */
MUST_USE enum status evidence_contents_open(const struct evidence_engine *e,
                                            const struct evidence_exhibit *x,
                                            struct evidence_contents *ret,
                                            struct evidence_contents_fault *why);
void evidence_contents_fini(struct evidence_contents *c);

/* What is shown of a remote in a part: NULL: no opening. */
const struct evidence_shown *evidence_contents_shown(const struct evidence_part *p,
                                                     const struct addr *remote);
