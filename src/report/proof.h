/* report/proof.h - the report on an exhibit: for people, and as JSON.
 *
 * Both are made from one struct, by two programs: the words are the same wherever
 * it was verified. Texts from the exhibit are escaped here.
 */
#pragma once

#include "base/core/buf.h"
#include "evidence/verify/report.h"
#include "report/view.h"

void report_proof(struct buf *out, const struct evidence_report *r,
                  const struct terminal_options *opt);
/* A claim in one sentence, without its stop. */
void report_proof_claim(struct buf *out, const struct finding *f);
/* One object (docs/schemas/verify.schema.json), with a newline behind it. */
void report_proof_json(struct buf *out, const struct evidence_report *r);
