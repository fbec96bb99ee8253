/* report/layout.c - breaking lines, and what a terminal can show. */
#include "report/layout.h"

#include <stdio.h>
#include <string.h>

#include "base/core/text.h"

enum {
    COLUMNS_DEFAULT = 80,
    COLUMNS_LEAST = 20,
    COLUMNS_MOST = 100, /* longer lines are hard to read */
    GLYPH_MAX = 16,
};

void layout_begin(struct layout *l, struct buf *out, unsigned columns, bool colour, bool unicode)
{
    columns = columns == 0 ? COLUMNS_DEFAULT : columns;
    columns = columns > COLUMNS_MOST ? COLUMNS_MOST : columns;
    *l = (struct layout){.out = out,
                         .columns = columns < COLUMNS_LEAST ? COLUMNS_LEAST : columns,
                         .colour = colour,
                         .unicode = unicode,
                         .fresh = true};
}

void layout_html(struct layout *l, struct buf *out)
{
    *l = (struct layout){.out = out, .html = true, .unicode = true, .fresh = true};
}

static const char *html_class(enum tone tone)
{
    static const char *const names[] = {
        [TONE_PLAIN] = "",    [TONE_STRONG] = "strong", [TONE_FAINT] = "faint",
        [TONE_GOOD] = "good", [TONE_CARE] = "care",     [TONE_BAD] = "bad"};
    return names[tone];
}

static void html_words(struct layout *l, enum tone tone, struct bytes text)
{
    buf_str(l->out, l->fresh ? "" : " ");
    l->fresh = false;
    if (tone != TONE_PLAIN) {
        buf_printf(l->out, "<span class=\"%s\">", html_class(tone));
    }
    text_html(l->out, text);
    buf_str(l->out, tone != TONE_PLAIN ? "</span>" : "");
}

unsigned layout_width(uint32_t cp)
{
    /* Unicode 15, EastAsianWidth.txt (W and F) and the combining blocks, by
     * ranges that are whole blocks: terminals differ about the rest. */
    static const struct {
        uint32_t first, last;
        unsigned width;
    } ranges[] = {
        {0x300, 0x36f, 0},     {0x483, 0x489, 0},     {0x591, 0x5bd, 0},     {0x610, 0x61a, 0},
        {0x64b, 0x65f, 0},     {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},
        {0x20d0, 0x20f0, 0},   {0x231a, 0x231b, 2},   {0x2329, 0x232a, 2},   {0x23e9, 0x23f3, 2},
        {0x25fd, 0x25fe, 2},   {0x2614, 0x2615, 2},   {0x2648, 0x2653, 2},   {0x267f, 0x26ff, 2},
        {0x2705, 0x27bf, 2},   {0x2b1b, 0x2b55, 2},   {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},
        {0xa960, 0xa97f, 2},   {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},
        {0xfe10, 0xfe19, 2},   {0xfe20, 0xfe2f, 0},   {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},
        {0xffe0, 0xffe6, 2},   {0x16fe0, 0x18cff, 2}, {0x1aff0, 0x1b2ff, 2}, {0x1f000, 0x1faff, 2},
        {0x20000, 0x3fffd, 2}, {0xe0100, 0xe01ef, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges) && cp >= ranges[i].first; i++) {
        if (cp <= ranges[i].last) {
            return ranges[i].width;
        }
    }
    return 1;
}

/* The next code point of a word as it will be shown. */
struct glyph {
    char text[GLYPH_MAX];
    size_t len, used;
    unsigned width;
};

static struct glyph glyph_next(const struct layout *l, struct bytes s)
{
    static const struct {
        uint32_t cp;
        const char *text;
    } plain[] = {{0x2013, "-"}, {0x2022, "*"}, {0x2026, "..."}, {0x2192, "->"}, {0xb7, "-"}};
    struct glyph g = {0};
    uint32_t cp = 0;
    g.used = text_utf8_next(s, &cp);
    if (g.used == 0) { /* text_show leaves none */
        g.used = 1;
        cp = '?';
    }
    g.width = layout_width(cp);
    if (cp < 0x80 || l->unicode) {
        memcpy(g.text, s.data, g.used);
        g.text[0] = cp < 0x20 || cp == 0x7f || cp == '?' ? '?' : g.text[0];
        g.len = g.used;
        return g;
    }
    int n = snprintf(g.text, sizeof(g.text), "\\u{%x}", (unsigned)cp);
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        if (plain[i].cp == cp) {
            n = snprintf(g.text, sizeof(g.text), "%s", plain[i].text);
        }
    }
    g.len = (size_t)n;
    g.width = (unsigned)n;
    return g;
}

static unsigned word_width(const struct layout *l, struct bytes w)
{
    unsigned width = 0;
    for (size_t i = 0; i < w.len;) {
        struct glyph g = glyph_next(l, bytes_of(w.data + i, w.len - i));
        width += g.width;
        i += g.used;
    }
    return width;
}

static void spaces(struct layout *l, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        buf_byte(l->out, ' ');
    }
    l->at += n;
}

static void tint(struct layout *l, enum tone tone)
{
    static const char *const codes[] = {
        [TONE_PLAIN] = "",        [TONE_STRONG] = "\033[1m",  [TONE_FAINT] = "\033[2m",
        [TONE_GOOD] = "\033[32m", [TONE_CARE] = "\033[1;33m", [TONE_BAD] = "\033[1;31m"};
    if (l->colour && tone != l->tone) {
        buf_str(l->out, l->tone != TONE_PLAIN ? "\033[0m" : "");
        buf_str(l->out, codes[tone]);
        l->tone = tone;
    }
}

static void next_line(struct layout *l, unsigned indent)
{
    tint(l, TONE_PLAIN);
    buf_byte(l->out, '\n');
    l->lines++;
    l->at = 0;
    l->fresh = true;
    spaces(l, indent);
}

void layout_open(struct layout *l, unsigned first, unsigned rest)
{
    l->at = 0;
    l->fresh = true;
    if (l->html) {
        buf_printf(l->out, "<p class=\"in%u\">", first);
        return;
    }
    spaces(l, first);
    l->indent = rest;
}

/* Where an address is longer than a narrow terminal leaves room for, it moves
 * to the left; what is longer than the terminal itself is broken. */
static void make_room(struct layout *l, unsigned width)
{
    unsigned gap = l->fresh ? 0 : 1;
    if (l->at + gap + width <= l->columns) {
        spaces(l, gap);
        return;
    }
    unsigned indent = l->indent;
    if (indent + width > l->columns) {
        indent = width < l->columns ? l->columns - width : 0;
    }
    if (l->fresh && l->at <= indent) {
        return;
    }
    if (l->fresh) { /* take the indentation back */
        l->out->len -= l->out->failed == ST_OK ? l->at - indent : 0;
        l->at = indent;
        return;
    }
    next_line(l, indent);
}

static void put_word(struct layout *l, enum tone tone, struct bytes w)
{
    make_room(l, word_width(l, w));
    tint(l, tone);
    for (size_t i = 0; i < w.len;) {
        struct glyph g = glyph_next(l, bytes_of(w.data + i, w.len - i));
        if (l->at + g.width > l->columns) {
            next_line(l, 0);
            tint(l, tone);
        }
        buf_append(l->out, g.text, g.len);
        l->at += g.width;
        l->fresh = false;
        i += g.used;
    }
}

void layout_bytes(struct layout *l, enum tone tone, struct bytes text)
{
    if (l->html) {
        html_words(l, tone, text);
        return;
    }
    for (size_t i = 0; i < text.len;) {
        size_t end = i;
        while (end < text.len && text.data[end] != ' ') {
            end++;
        }
        if (end > i) {
            put_word(l, tone, bytes_of(text.data + i, end - i));
        }
        i = end + 1;
    }
}

void layout_text(struct layout *l, enum tone tone, const char *text)
{
    layout_bytes(l, tone, bytes_of(text, strlen(text)));
}

void layout_close(struct layout *l)
{
    tint(l, TONE_PLAIN);
    buf_str(l->out, l->html ? "</p>\n" : "\n");
    l->lines++;
    l->at = 0;
    l->fresh = true;
}

void layout_line(struct layout *l, unsigned indent, enum tone tone, const char *text)
{
    layout_open(l, indent, indent);
    layout_text(l, tone, text);
    layout_close(l);
}

void layout_heading(struct layout *l, const char *text)
{
    if (l->html) {
        buf_str(l->out, "<h2>");
        text_html(l->out, bytes_of(text, strlen(text)));
        buf_str(l->out, "</h2>\n");
        return;
    }
    layout_gap(l);
    layout_line(l, 0, TONE_STRONG, text);
}

void layout_markup(struct layout *l, const char *markup)
{
    buf_str(l->out, l->html ? markup : "");
}

void layout_gap(struct layout *l)
{
    if (!l->html) {
        buf_byte(l->out, '\n');
        l->lines++;
    }
}
