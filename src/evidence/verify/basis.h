/* evidence/verify/basis.h - what an exhibit was found to show, as plain facts.
 *
 * The grade and the words of denials follow from these and from nothing else, so
 * that each word can be traced to the input it rests on. Of several claims or
 * segments the weakest counts; of claims about one remote, what one of them shows of it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/model/origin.h"
#include "evidence/verify/report.h"

/* Attribution of the claims' remotes, by one set of sources. */
struct evidence_told {
    uint32_t asked;    /* remotes */
    uint32_t networks; /* of these, whose network or registered country is named */
    uint32_t split;    /* whose sources contradict each other */
    uint32_t relays;   /* listed as Tor exit, proxy, VPN or relay */
    uint32_t hosting;  /* listed as hosting */
    uint32_t research; /* listed as a research scanner */
    bool lists;        /* lists of relays were asked, near enough to the event */
    bool scanners;     /* a list of research scanners was */
    bool dated;        /* the data of every source has a date */
    int64_t far_days;  /* the farthest from the event of those that have */
    char flagged[64];  /* the first flag met */
};

struct evidence_basis {
    int64_t now_ns; /* when somebody verifies */
    bool lacks_key; /* ... and the policy has no key for what does not hold */
    bool holds;     /* container, signatures, inclusion, openings, chain, claims */
    uint32_t
        claims; /* that follow, or should: those that are the cutter's word count for nothing */
    /* When. */
    int64_t first_ns, last_ns; /* of the claims' events */
    bool dated;                /* somebody else fixed every segment */
    int64_t by_ns;             /* ... by then, at the latest */
    size_t witnesses;          /* that cosigned each of them, at least */
    bool witnessed;            /* enough of them for the policy, which asks for some */
    bool stamped;              /* an authority of the reader's stamped each of them */
    bool after;                /* each names a cosignature by a witness of the policy... */
    int64_t window_ns;         /* ... that is no older than this when it was fixed */
    bool split;                /* checkpoints of one ledger are not shown to be of one */
    bool live;                 /* every header is a live sensor's */
    int64_t witness_lag_ns;    /* from a segment's end to its witnesses, at most */
    int64_t stamp_lag_ns;      /* ... to its stamp */
    bool clock_told;           /* the sensors say by what and how well their clocks were set */
    uint64_t clock_bound_ns;   /* the worst of them */
    const char *second_party;  /* whose exhibit shows the same acts, witnessed too; or NULL */
    /* How much. */
    bool whole;           /* every record of the claims' remotes in their segments is shown */
    bool gapless;         /* no segment in between is missing */
    bool margins;         /* nothing more of it just before and after */
    bool by_target;       /* a claim names whom it shows, and claims no completeness */
    const char *no_proof; /* why a header proves no absence; NULL: all could */
    bool linked;          /* distinct targets follow from what is opened */
    /* Who. */
    bool two_way;              /* the acts needed answers that reached the remote */
    bool impossible;           /* a source that can be none */
    bool inside;               /* it was begun inside the sealer's own networks */
    bool login;                /* each is about logging in, or about attacks on applications */
    bool tools;                /* a tool's mark is proven */
    struct evidence_told own;  /* the reader's own sources */
    struct evidence_told said; /* what the exhibit says that its maker's sources said */
    /* What is needed to look for it (RFC 6302). */
    uint32_t portless;      /* claims of which no record names a source port... */
    uint32_t portless_from; /* ... the number of the first */
    bool local_ports;
    /* By which rule. */
    bool rule_fixed; /* the headers name the definitions */
};

/* The grade, and the sentence behind it. */
MUST_USE enum status evidence_grade_tell(const struct evidence_basis *b, struct evidence_report *r);
/* All rows of the table. */
MUST_USE enum status evidence_denials_tell(const struct evidence_basis *b,
                                           struct evidence_report *r);

enum {
    /* Witnesses are asked every minute, timestamp authorities every hour. */
    EVIDENCE_LIVE_S = 3600,
    /* The Budapest Convention preserves for 90 days (article 16), and few keep
     * more. */
    EVIDENCE_RETENTION_DAYS = 90,
    /* Sources whose data is nearer to the event than that speak about it: blocks
     * of addresses are seldom handed on within weeks. */
    EVIDENCE_SOURCE_DAYS = 31,
};
