/* report/document.h - one document as text for a terminal, or as a page to print.
 *
 * Whoever writes it says headings, paragraphs and rows; both forms are made from the
 * same calls. What comes from inputs may be passed as it is: it is escaped here.
 */
#pragma once

#include <stdbool.h>

#include "base/core/buf.h"
#include "report/layout.h"

struct document {
    struct buf *out;
    bool html;
    bool rows;       /* a table is open */
    struct layout l; /* of the text */
};

/* `columns` and what follows are for the text; 0 columns: 80. */
void document_begin(struct document *d, struct buf *out, bool html, const char *title);
void document_terminal(struct document *d, unsigned columns, bool colour, bool unicode);
void document_end(struct document *d);

void document_heading(struct document *d, const char *text);
void document_text(struct document *d, const char *text);
/* Smaller: a source, a remark. */
void document_note(struct document *d, const char *text);
/* A name and what is said of it. */
void document_row(struct document *d, const char *name, const char *text);
/* Words of somebody else, marked as such. */
void document_quote(struct document *d, const char *text);
