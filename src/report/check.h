/* report/check.h - a claim, and what our records say to it, for people and
 * programs. All of it is made from the same answers.
 */
#pragma once

#include "exchange/claim/judge.h"
#include "report/view.h"

struct check_view {
    const char *name; /* of the claim, as given */
    const struct claim_set *claims;
    const struct claim_match *matches; /* of each claim */
    const struct claim_answer *answers;
    const struct claim_bench *bench;
    const struct view_input *inputs;
    size_t input_n;
    const struct finding_list *findings;
    bool sealed;     /* the records are sealed: of logs, without their text */
    int64_t zone_ns; /* that was given for times without one */
    bool keys;       /* to verify signatures of mails were given */
    bool all;        /* every incident in full */
};

void check_terminal(struct buf *out, const struct check_view *v, const struct terminal_options *o);
/* JSON Lines: a claim each, what each input covers, a summary
 * (docs/schemas/check.schema.json). */
void check_json(struct buf *out, const struct check_view *v);
/* A draft of an answer: what our records hold, and nothing else. */
void check_reply(struct buf *out, const struct check_view *v);

/* Is this finding of ours about the accused, at that time? */
bool check_finding(const struct check_view *v, size_t claim, const struct finding *f);
