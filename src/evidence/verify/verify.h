/* evidence/verify/verify.h - the sceptic's side: everything is computed again.
 *
 * What is trusted is what the reader brings: a policy, certificates of timestamp
 * authorities, a clock, and sources of attribution if he likes. Nothing that an
 * exhibit says of itself counts before it was checked. No I/O here.
 *
 *   evidence_verify_open    all but attribution
 *   evidence_verify_told    what the reader's own sources say of a remote; any number
 *   evidence_verify_close   grade, denials, what is not shown: then v->report is whole
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/status.h"
#include "base/model/origin.h"
#include "evidence/exhibit/contents.h"
#include "evidence/exhibit/recount.h"
#include "evidence/verify/basis.h"
#include "evidence/verify/report.h"
#include "evidence/verify/sealed.h"
#include "ledger/policy.h"

struct evidence_verify_options {
    const struct ledger_policy *policy; /* borrowed */
    struct bytes ca;                    /* PEM; empty: timestamps are not checked */
    evidence_stamp_check *stamp;        /* NULL: they cannot be, here */
    evidence_line_parse *lines;         /* how opened lines of logs are read */
    int64_t now_ns;
    uint64_t seed; /* of hash tables: never shows */
};

struct evidence_verify {
    const struct evidence_engine *engine;
    struct evidence_verify_options opt;
    struct evidence_exhibit exhibit;
    struct evidence_contents contents;
    bool opened;                    /* contents are there */
    struct evidence_sealed *sealed; /* one for each segment */
    struct evidence_stamp *stamps;
    struct evidence_recount recount;      /* of the claim before */
    const struct evidence_claim *counted; /* which one that was; NULL: none */
    uint64_t rows;                        /* computed again, over all claims */
    uint64_t spent;                       /* ... and what else claims have cost, in rows */
    struct evidence_basis basis;
    struct evidence_report report;
};

/* The file's bytes are borrowed. ST_OK: it could be read, and the report says what
 * holds; else it is no exhibit, and *why says where. evidence_verify_fini in any
 * case. */
MUST_USE enum status evidence_verify_open(const struct evidence_engine *e, struct bytes file,
                                          const struct evidence_verify_options *opt,
                                          struct evidence_verify *ret,
                                          struct evidence_contents_fault *why);
/* `lists`: bits of enum origin_flag of which the reader gave a list. */
void evidence_verify_told(struct evidence_verify *v, const struct origin *o,
                          const struct origin_sources *sources, uint32_t lists);
MUST_USE enum status evidence_verify_close(struct evidence_verify *v);
void evidence_verify_fini(struct evidence_verify *v);
