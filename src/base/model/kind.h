/* base/model/kind.h - what a kind of finding means to whoever reads of it.
 *
 * For each kind, and what else decides (was anything answered, does it come
 * from inside): which of the three questions it belongs to, how much it
 * matters, the nearest innocent explanation and the one next step. Advice is
 * for a person with one server; it never names a culprit.
 */
#pragma once

#include "base/model/finding.h"

enum kind_question {
    KIND_GOT_IN,  /* did anyone get in? */
    KIND_TO_DO,   /* what needs doing? */
    KIND_IGNORED, /* what can be ignored? */
};
const char *kind_question_name(enum kind_question q); /* "got-in", "needs-doing"... */

/* All strings are constants. */
struct kind_advice {
    enum kind_question question;
    unsigned weight; /* 0 to 100: what matters more goes first */
    const char *innocent;
    const char *step;
};

struct kind_advice kind_advise(const struct finding *f);

/* Does it tell that somebody may have got in? Whether or not he is allowed to. */
bool kind_got_in(const struct finding *f);

/* What it is, in two or three words: "port scan of one host". A kind that is
 * not known here has its name. */
const char *kind_title(const struct finding *f);
