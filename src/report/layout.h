/* report/layout.h - text that keeps within the columns of a terminal.
 *
 * A paragraph is begun, filled word by word, and ended; words that do not fit
 * go to the next line. What comes from inputs must have passed text_show.
 * Failures are those of the buffer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/core/buf.h"

enum tone { TONE_PLAIN, TONE_STRONG, TONE_FAINT, TONE_GOOD, TONE_CARE, TONE_BAD };

struct layout {
    struct buf *out;
    unsigned columns;
    bool colour;
    bool unicode;    /* else everything beyond ASCII is spelled out */
    unsigned indent; /* of the paragraph's second line and those after it */
    unsigned at;     /* columns used */
    bool fresh;      /* the line has no word yet */
    enum tone tone;  /* in force */
    size_t lines;    /* ended so far */
    bool html;       /* paragraphs of a page instead: the reader's browser breaks the lines */
};

void layout_begin(struct layout *l, struct buf *out, unsigned columns, bool colour, bool unicode);
/* A paragraph: its first line begins at `first`, the others at `rest`. */
void layout_open(struct layout *l, unsigned first, unsigned rest);
/* The same words for a page: paragraphs are <p>, tones <span class>. */
void layout_html(struct layout *l, struct buf *out);
void layout_heading(struct layout *l, const char *text);
/* Markup around paragraphs; a terminal has none. */
void layout_markup(struct layout *l, const char *markup);
/* Words, parted by spaces. */
void layout_text(struct layout *l, enum tone tone, const char *text);
void layout_bytes(struct layout *l, enum tone tone, struct bytes text);
void layout_close(struct layout *l);
/* A whole paragraph. */
void layout_line(struct layout *l, unsigned indent, enum tone tone, const char *text);
void layout_gap(struct layout *l);

/* How many columns a terminal gives a code point: 0, 1 or 2. */
unsigned layout_width(uint32_t code_point);
