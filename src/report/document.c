/* report/document.c - headings, paragraphs and rows, in both forms. */
#include "report/document.h"

#include <string.h>

#include "base/core/text.h"

enum { ROW_COLUMNS = 24, SHOWN_MAX = 1 << 20 };

static void put_html(struct buf *out, const char *text)
{
    text_html(out, bytes_of(text, strlen(text)));
}

static void put_shown(struct document *d, enum tone tone, const char *text)
{
    CLEANUP(buf_fini) struct buf shown = BUF_INIT(SHOWN_MAX);
    text_show(&shown, bytes_of(text, strlen(text)), SIZE_MAX);
    if (shown.failed != ST_OK) {
        d->out->failed = shown.failed;
    }
    layout_bytes(&d->l, tone, buf_bytes(&shown));
}

static void element(struct document *d, const char *open, const char *text, const char *close)
{
    buf_str(d->out, open);
    put_html(d->out, text);
    buf_str(d->out, close);
}

static void close_rows(struct document *d)
{
    if (d->html && d->rows) {
        buf_str(d->out, "</table>\n");
    }
    d->rows = false;
}

void document_begin(struct document *d, struct buf *out, bool html, const char *title)
{
    *d = (struct document){.out = out, .html = html};
    document_terminal(d, 0, false, false);
    if (!html) {
        return;
    }
    buf_str(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src 'unsafe-inline'\">\n");
    element(d, "<title>", title, "</title>\n");
    buf_str(out, "<style>body{font:11pt/1.45 serif;max-width:42em;margin:2em auto;padding:0 1em}"
                 "h1{font-size:1.5em}h2{font-size:1.1em;margin:1.4em 0 .3em;break-after:avoid}"
                 "p{margin:.4em 0}.note{font-size:.85em;color:#444}"
                 "blockquote{border-left:3px solid #999;margin:.4em 0;padding:0 .8em;color:#444}"
                 "td{vertical-align:top;padding:.1em .8em .1em 0;overflow-wrap:anywhere}"
                 "td:first-child{white-space:nowrap}"
                 "@page{margin:2cm}</style></head><body>\n");
}

void document_terminal(struct document *d, unsigned columns, bool colour, bool unicode)
{
    layout_begin(&d->l, d->out, columns, colour, unicode);
}

void document_end(struct document *d)
{
    close_rows(d);
    if (d->html) {
        buf_str(d->out, "</body></html>\n");
    }
}

void document_heading(struct document *d, const char *text)
{
    bool first = d->html ? !d->l.lines : d->l.lines == 0;
    close_rows(d);
    if (d->html) {
        element(d, first ? "<h1>" : "<h2>", text, first ? "</h1>\n" : "</h2>\n");
        d->l.lines++;
        return;
    }
    if (!first) {
        layout_gap(&d->l);
    }
    layout_open(&d->l, 0, 0);
    put_shown(d, TONE_STRONG, text);
    layout_close(&d->l);
}

static void paragraph(struct document *d, unsigned in, enum tone tone, const char *text)
{
    layout_open(&d->l, in, in);
    put_shown(d, tone, text);
    layout_close(&d->l);
}

void document_text(struct document *d, const char *text)
{
    close_rows(d);
    if (d->html) {
        element(d, "<p>", text, "</p>\n");
    } else {
        paragraph(d, 2, TONE_PLAIN, text);
    }
}

void document_note(struct document *d, const char *text)
{
    close_rows(d);
    if (d->html) {
        element(d, "<p class=\"note\">", text, "</p>\n");
    } else {
        paragraph(d, 2, TONE_FAINT, text);
    }
}

void document_quote(struct document *d, const char *text)
{
    close_rows(d);
    if (d->html) {
        element(d, "<blockquote>", text, "</blockquote>\n");
        return;
    }
    layout_open(&d->l, 4, 4);
    layout_text(&d->l, TONE_FAINT, ">");
    put_shown(d, TONE_FAINT, text);
    layout_close(&d->l);
}

void document_row(struct document *d, const char *name, const char *text)
{
    if (d->html) {
        buf_str(d->out, d->rows ? "" : "<table>\n");
        d->rows = true;
        element(d, "<tr><td>", name, "</td>");
        element(d, "<td>", text, "</td></tr>\n");
        return;
    }
    layout_open(&d->l, 2, 2 + ROW_COLUMNS);
    put_shown(d, TONE_PLAIN, name);
    if (d->l.at + 1 > 2 + ROW_COLUMNS) {
        layout_close(&d->l);
        layout_open(&d->l, 2 + ROW_COLUMNS, 2 + ROW_COLUMNS);
    }
    for (; d->l.at < 2 + ROW_COLUMNS; d->l.at++) {
        buf_byte(d->out, ' ');
    }
    d->l.fresh = true; /* the blanks are the gap */
    put_shown(d, TONE_PLAIN, text);
    layout_close(&d->l);
}
