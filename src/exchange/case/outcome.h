/* exchange/case/outcome.h - what followed an act: it went on, moved, is not seen.
 *
 * Pure: counts (trace.h) and findings in, words out. Going on is proven by findings;
 * that nothing is there is "not seen" and no more, unless segments that were sealed
 * live prove the absence without a gap. Nothing is said of who is behind an address.
 */
#pragma once

#include "base/model/finding.h"
#include "evidence/header.h"
#include "evidence/trie.h"
#include "exchange/case/trace.h"
#include "exchange/case/words.h"

/* Why it is the word that it is. */
enum case_basis {
    CASE_BASIS_SAME_ACT,   /* went on: findings of the same kind */
    CASE_BASIS_OTHER_ACT,  /* ... of other kinds alone */
    CASE_BASIS_NEIGHBOUR,  /* moved: kind, targets, and ports or mark are the same */
    CASE_BASIS_ABSENT,     /* stopped: proven absent */
    CASE_BASIS_SILENT,     /* not seen: nothing at all of the address */
    CASE_BASIS_NO_ACT,     /* ... records of it, but no act in them */
    CASE_BASIS_NO_RECORDS, /* not covered: nothing as late as that */
    CASE_BASIS_NO_TARGETS, /* ... nothing to the targets of the act */
    CASE_BASES
};
const char *case_basis_word(enum case_basis b); /* "same-act" */
const char *case_basis_text(enum case_basis b); /* a sentence */

/* Findings of one kind. */
struct case_deed {
    char kind[CASE_KIND_MAX];
    bool same; /* as an act of the case */
    uint64_t n;
    int64_t first_ns, last_ns;
};

enum { CASE_DEEDS = 16 };

/* A neighbour's act of a same kind, and what it has in common with ours. */
struct case_likeness {
    struct case_neighbour neighbour;
    const struct finding *finding; /* borrowed */
    bool targets, ports, mark;     /* more than half of both sides' are common; a tool's mark */
    bool counts;                   /* enough to call it moved */
};

struct case_after {
    enum case_outcome word;
    enum case_basis basis;
    uint64_t findings;         /* of the address, later */
    int64_t first_ns, last_ns; /* of those */
    bool straddles;            /* one of them had begun before: the same event */
    size_t deed_n;
    struct case_deed deed[CASE_DEEDS];
    size_t like_n;
    struct case_likeness like[CASE_NEIGHBOURS];
};

/* Segments that prove a network absent, one behind the other. */
struct case_absence {
    bool broken; /* one of them does not follow the one before, or proves nothing */
    uint64_t segments;
    int64_t from_ns, to_ns;
};

/* Take the next segment, and what its proof says of the network (evidence_trie_walk).
 * Only live ones count. */
void case_absence_add(struct case_absence *a, const struct evidence_header *h,
                      enum evidence_found found);
/* Do they cover this time to its end, and does it last as long as an act may pause?
 * `idle_ns` is the longest pause within one act, by its definition. */
bool case_absence_proves(const struct case_absence *a, int64_t since_ns, int64_t now_ns,
                         int64_t idle_ns);

struct case_bench {
    const struct finding_list *findings;
    const struct case_look *looks; /* of each input */
    size_t look_n;
};

/* `proven`: case_absence_proves says so for the whole network. */
void case_after_judge(const struct case_suspect *s, const struct case_trace *t,
                      const struct case_bench *b, bool proven, struct case_after *ret);
/* Of a whole case: the gravest of its addresses' words; stopped only if all did. */
enum case_outcome case_outcome_sum(const enum case_outcome *words, size_t n);
