/* evidence/verify/sealed.h - is this header an entry of a ledger that the reader
 * trusts, and since when, by clocks that are not the sealer's?
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/status.h"
#include "evidence/exhibit/exhibit.h"
#include "evidence/header.h"
#include "evidence/verify/report.h"
#include "ledger/policy.h"
#include "ledger/timestamp.h"

/* How timestamps are checked: ledger_timestamp_check, or NULL where that is not
 * at hand. */
typedef enum status evidence_stamp_check(struct bytes response, struct bytes stamped,
                                         struct bytes request, struct bytes ca,
                                         struct ledger_timestamp *ret, struct fault *why);

struct evidence_sealed {
    enum evidence_word word; /* HOLDS, FAILS or UNKNOWN_KEY */
    struct fault why;        /* when it does not hold */
    bool other_key;          /* the policy has a key of this name, and it did not sign */
    struct ledger_verdict verdict;
    uint64_t index;
    struct bytes origin; /* of its ledger; borrowed from the proof */
    uint64_t size;       /* of the ledger then */
    struct digest root;
    /* The largest tree that this one is shown to be the beginning of; else itself. */
    uint64_t whole_size;
    struct digest whole_root;
    /* By then it was there. */
    bool witnessed, stamped;
    int64_t witness_ns, stamp_ns;
    bool after; /* the header names what is older: see evidence_after_read */
    int64_t after_ns;
    size_t witnesses;    /* that cosigned */
    int64_t accuracy_ns; /* of the stamp, as its authority says */
    char authority[LEDGER_AUTHORITY_MAX];
};

/* The ledger's side of one segment. ST_OK also when it does not hold. */
MUST_USE enum status evidence_sealed_check(const struct evidence_engine *e,
                                           const struct evidence_exhibit_segment *s,
                                           const struct evidence_header *h,
                                           const struct ledger_policy *policy,
                                           struct evidence_sealed *ret);

/* Why, when the word is UNKNOWN_KEY: of segment number i, with this header. */
const char *evidence_sealed_unknown(const struct evidence_sealed *s, size_t i,
                                    const struct evidence_header *h, struct evidence_report *r);

/* A header's `after`, "note B64": a checkpoint of any log with a cosignature of one
 * of the policy's witnesses. The header was made after the newest of these. False:
 * it says nothing that the reader can check. */
bool evidence_after_read(const char *after, const struct ledger_policy *policy, int64_t *ret_ns);

/* One timestamp of an exhibit. */
struct evidence_stamp {
    enum evidence_word word; /* HOLDS, FAILS, NOT_CHECKED */
    struct fault why;
    struct ledger_timestamp time;
    struct bytes origin; /* what it stamps; borrowed */
    uint64_t size;
    struct digest root;
};
MUST_USE enum status evidence_stamp_read(const struct evidence_exhibit_time *t, struct bytes ca,
                                         evidence_stamp_check *check, struct evidence_stamp *ret);
/* The stamp is of the checkpoint that the segment's proof leads to: then the
 * segment is as old. */
void evidence_sealed_date(struct evidence_sealed *s, const struct evidence_stamp *stamp);

/* The earliest moment by which it was there; false: only the sealer says when. */
bool evidence_sealed_by(const struct evidence_sealed *s, int64_t *ret_ns);
