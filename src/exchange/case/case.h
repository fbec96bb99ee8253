/* exchange/case/case.h - the cases of a home, and the case in a file.
 *
 * What others build on:
 *   case_all         every case that a home keeps, each with all of its statements
 *   case_find        one of them, by the first digits of its id
 *   case_state_at    where it stands at some time (state.h)
 *   case->item[i]    its statements in order: the notice, then what was said about it,
 *                    each side's in the order of its numbers, as the two clocks have it
 *
 * A case is known by its accuser and its id: what another party says under the same id
 * is another case. Nothing about a case is stored but statements.
 */
#pragma once

#include "base/core/status.h"
#include "evidence/home/home.h"
#include "exchange/case/said.h"
#include "exchange/case/state.h"
#include "exchange/talk/keeping.h"

struct case_item {
    const struct exchange_statement *statement; /* borrowed */
    const struct exchange_kept *kept;           /* borrowed; NULL: not out of a home */
    struct case_said *said;
};

struct case_one {
    char id[EXCHANGE_ID_TEXT];
    const char *accuser, *accused; /* borrowed */
    size_t n;
    struct case_item *item;
    struct case_event *event; /* of each item, in the same order */
};

struct case_list {
    struct exchange_kept_list kept; /* what the rest borrows from */
    size_t n;
    struct case_one *one; /* by the time of the notice */
    size_t strays;        /* statements about no notice that is here, or by nobody who may */
};

/* Every case of a home. On ST_OK, *ret is the caller's. */
MUST_USE enum status case_all(const struct evidence_home *h, struct case_list *ret,
                              struct fault *why);
/* Out of these statements, which are borrowed; other types are passed over. `kept` (may
 * be NULL) has one for each, or NULL. */
MUST_USE enum status case_group(const struct exchange_statement *const *s,
                                const struct exchange_kept *const *kept, size_t n,
                                struct case_list *ret, struct fault *why);
void case_list_fini(struct case_list *l);

/* By the first digits of its id, or PARTY/digits. NULL: none, or several (*ret_n). */
const struct case_one *case_find(const struct case_list *l, const char *id, size_t *ret_n);
/* The one of this accuser. */
const struct case_one *case_find_exact(const struct case_list *l, const char *accuser,
                                       const char *id);

void case_state_at(const struct case_one *c, int64_t now_ns, struct case_state *ret);
/* The item of an event that the state names. NULL for NULL. */
const struct case_item *case_item_of(const struct case_one *c, const struct case_event *e);
/* The notice that counts. */
const struct case_item *case_notice(const struct case_one *c);
/* Who is not `self`. */
const char *case_other(const struct case_one *c, const char *self);
/* The number that this party's next statement has. */
unsigned case_next_number(const struct case_one *c, const char *party);
