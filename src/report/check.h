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
/* "login attempts". */
const char *check_act(const struct claim *c);
/* "192.0.2.1 port 40001, to 198.51.100.5 port 22 (tcp)". */
void check_ends(struct buf *out, const struct claim *c);
/* "at ..." or "from ... to ..., in UTC", with what was assumed. */
void check_when(struct buf *out, const struct check_view *v, const struct claim_when *w);
/* What the claim states and could not be read, quoted. */
void check_unread(struct buf *out, const struct claim *c);
/* What the records have that fits, in a sentence or two; nothing when they have
 * nothing. */
void check_records(struct buf *out, const struct claim *c, const struct claim_match *m,
                   const struct claim_answer *a);
/* "the source port, the time zone". */
void check_lacks(struct buf *out, const struct claim *c, uint32_t lacks);
