/* report/check_screen.h - the screen of `check`, shared by the files that write it. */
#pragma once

#include "report/check.h"
#include "report/layout.h"

enum { CHECK_SENTENCE_BYTES = 16384, CHECK_LABEL_COLUMN = 2 };

struct check_screen {
    struct layout l;
    const struct check_view *v;
};

/* "Ours?    Yes: ..." */
void check_row(struct check_screen *s, const char *label, enum tone tone, const struct buf *text);
void check_row_text(struct check_screen *s, const char *label, enum tone tone, const char *text);

/* What form the claim has, and who signed it; then, behind the incidents, what our
 * records cover, and what else there is to say of the claim. */
void check_tell_form(struct check_screen *s);
void check_tell_signatures(struct check_screen *s);
void check_tell_coverage(struct check_screen *s);
void check_tell_notes(struct check_screen *s);
