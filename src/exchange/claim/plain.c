/* exchange/claim/plain.c - tags left out, entities replaced, tables kept in rows.
 *
 * No tree is built: a tag matters only where it begins a line or a cell. Whatever
 * is not closed ends with its input.
 */
#include "exchange/claim/plain.h"

#include <string.h>

enum { NAME_MAX_BYTES = 12, ENTITY_MAX_BYTES = 10, NESTED_MAX = 16 };

struct page {
    struct claim_plain *p;
    struct bytes s;
    size_t at;
    unsigned pre;             /* open <pre> */
    unsigned depth;           /* open tables */
    size_t begun[NESTED_MAX]; /* where each of them begins */
    bool outer[NESTED_MAX];   /* another table stood in it */
    bool blank;               /* one is due before the next character */
};

/* --- characters ------------------------------------------------------------------------------ */

static void put_utf8(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_byte(out, (uint8_t)c);
    } else if (c < 0x800) {
        buf_byte(out, (uint8_t)(0xc0 | c >> 6));
        buf_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        if (c < 0x10000) {
            buf_byte(out, (uint8_t)(0xe0 | c >> 12));
        } else {
            buf_byte(out, (uint8_t)(0xf0 | c >> 18));
            buf_byte(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        }
        buf_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        buf_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

static bool is_character(uint32_t c)
{
    return c != 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

bool claim_plain_is_utf16(struct bytes s)
{
    return bytes_begin(s, BYTES_LITERAL("\xff\xfe")) || bytes_begin(s, BYTES_LITERAL("\xfe\xff"));
}

void claim_plain_utf16(struct buf *out, struct bytes s, bool big)
{
    size_t at = claim_plain_is_utf16(s) ? 2 : 0;
    big = at > 0 ? s.data[0] == 0xfe : big;
    for (; s.len - at >= 2; at += 2) { /* RFC 2781, 2.2 */
        uint32_t c = big ? load_be16(s.data + at) : load_le16(s.data + at);
        if (c >= 0xd800 && c < 0xdc00 && s.len - at >= 4) {
            uint32_t low = big ? load_be16(s.data + at + 2) : load_le16(s.data + at + 2);
            bool pair = low >= 0xdc00 && low < 0xe000;
            c = pair ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : c;
            at += pair ? 2 : 0;
        }
        put_utf8(out, is_character(c) ? c : '?');
    }
}

/* --- what is written -------------------------------------------------------------------------- */

static bool at_line(const struct page *g)
{
    const struct buf *b = &g->p->text;
    return b->len == 0 || b->data[b->len - 1] == '\n';
}

static void end_line(struct page *g)
{
    g->blank = false;
    if (!at_line(g)) {
        buf_byte(&g->p->text, '\n');
    }
}

static void put(struct page *g, uint32_t c)
{
    bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xa0;
    struct buf *b = &g->p->text;
    if (space && g->pre > 0) {
        buf_byte(b, c == '\n' ? '\n' : ' ');
    } else if (space) {
        g->blank = true;
    } else {
        if (g->blank && !at_line(g) && b->data[b->len - 1] != '\t') {
            buf_byte(b, ' ');
        }
        g->blank = false;
        put_utf8(b, c);
    }
}

/* --- entities ------------------------------------------------------------------------------------
 */

static bool number_of(struct bytes s, uint32_t *ret)
{
    bool hex = s.len > 1 && (s.data[0] | 0x20) == 'x';
    uint32_t v = 0;
    for (size_t i = hex; i < s.len; i++) {
        uint8_t c = s.data[i] | 0x20;
        bool digit = s.data[i] >= '0' && s.data[i] <= '9';
        if (!digit && !(hex && c >= 'a' && c <= 'f')) {
            return false;
        }
        v = v * (hex ? 16 : 10) + (digit ? s.data[i] - (uint32_t)'0' : c - 'a' + 10U);
        if (v > 0x10ffff) {
            return false;
        }
    }
    *ret = v;
    return s.len > hex && is_character(v);
}

/* "&lt;" at g->at: true, and it was written. */
static bool take_entity(struct page *g)
{
    static const struct {
        const char *name;
        uint32_t c;
    } known[] = {{"amp", '&'},   {"lt", '<'},   {"gt", '>'},    {"quot", '"'},
                 {"apos", '\''}, {"nbsp", ' '}, {"colon", ':'}, {"period", '.'}};
    struct bytes rest = bytes_of(g->s.data + g->at + 1, g->s.len - g->at - 1);
    size_t most = rest.len < ENTITY_MAX_BYTES ? rest.len : ENTITY_MAX_BYTES;
    const uint8_t *end = most > 0 ? memchr(rest.data, ';', most) : NULL;
    uint32_t c = 0;
    if (end == NULL) {
        return false;
    }
    struct bytes name = bytes_of(rest.data, (size_t)(end - rest.data));
    bool found =
        name.len > 1 && name.data[0] == '#' && number_of(bytes_of(name.data + 1, name.len - 1), &c);
    for (size_t i = 0; i < ARRAY_LEN(known) && !found; i++) {
        found = bytes_equal(name, bytes_of(known[i].name, strlen(known[i].name)));
        c = found ? known[i].c : c;
    }
    if (found) {
        put(g, c);
        g->at += name.len + 2;
    }
    return found;
}

/* --- tags
 * ------------------------------------------------------------------------------------------ */

static bool is_one_of(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(name, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void open_table(struct page *g)
{
    end_line(g);
    for (unsigned i = 0; i < g->depth && i < NESTED_MAX; i++) {
        g->outer[i] = true;
    }
    if (g->depth < NESTED_MAX) {
        g->begun[g->depth] = g->p->text.len;
        g->outer[g->depth] = false;
    }
    g->depth++;
}

static void close_table(struct page *g)
{
    end_line(g);
    if (g->depth == 0) {
        return;
    }
    g->depth--;
    bool inner = g->depth < NESTED_MAX && !g->outer[g->depth];
    if (inner && g->p->table_n < CLAIM_PLAIN_TABLES) {
        g->p->tables[g->p->table_n++] =
            (struct claim_plain_table){g->begun[g->depth], g->p->text.len};
    }
}

static void take_name(struct page *g, const char *name, bool closes)
{
    static const char *const lines[] = {"p",  "br", "div", "tr", "li", "ul", "ol",   "hr",
                                        "h1", "h2", "h3",  "h4", "h5", "h6", "body", "blockquote"};
    if (strcmp(name, "pre") == 0) {
        end_line(g);
        g->pre = closes ? g->pre - (g->pre > 0) : g->pre + 1;
    } else if (strcmp(name, "table") == 0) {
        if (closes) {
            close_table(g);
        } else {
            open_table(g);
        }
    } else if (strcmp(name, "td") == 0 || strcmp(name, "th") == 0) {
        if (!closes && !at_line(g)) {
            g->blank = false;
            buf_byte(&g->p->text, '\t');
        }
    } else if (is_one_of(name, lines, ARRAY_LEN(lines))) {
        end_line(g);
    }
}

/* Past `word` from g->at on, or to the end. */
static void skip_to(struct page *g, const char *word)
{
    size_t n = strlen(word);
    for (; g->s.len - g->at >= n; g->at++) {
        if (strncasecmp((const char *)g->s.data + g->at, word, n) == 0) {
            g->at += n;
            return;
        }
    }
    g->at = g->s.len;
}

/* From "<" to behind ">"; quotes may hold one. */
static void take_tag(struct page *g)
{
    char name[NAME_MAX_BYTES] = "";
    size_t n = 0;
    size_t at = g->at + 1;
    bool closes = at < g->s.len && g->s.data[at] == '/';
    at += closes;
    for (; at < g->s.len; at++) {
        uint8_t c = g->s.data[at] | 0x20;
        bool word = (c >= 'a' && c <= 'z') || (g->s.data[at] >= '0' && g->s.data[at] <= '9');
        if (!word) {
            break;
        }
        if (n < sizeof(name) - 1) {
            name[n++] = (char)(g->s.data[at] >= 'A' ? c : g->s.data[at]);
        }
    }
    name[n] = '\0';
    uint8_t quote = 0;
    for (; at < g->s.len && (quote != 0 || g->s.data[at] != '>'); at++) {
        uint8_t c = g->s.data[at];
        if (quote != 0) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        }
    }
    g->at = at < g->s.len ? at + 1 : at;
    take_name(g, name, closes);
    if (!closes && strcmp(name, "script") == 0) {
        skip_to(g, "</script>");
    } else if (!closes && strcmp(name, "style") == 0) {
        skip_to(g, "</style>");
    } else if (!closes && strcmp(name, "title") == 0) {
        skip_to(g, "</title>");
    }
}

/* Does a tag begin here? "<" alone is text. */
static bool is_tag(const struct page *g)
{
    size_t at = g->at + 1;
    uint8_t c = at < g->s.len ? g->s.data[at] : 0;
    return (c | 0x20) >= 'a' ? (c | 0x20) <= 'z' : c == '/' || c == '!' || c == '?';
}

void claim_plain_html(struct claim_plain *p, struct bytes html)
{
    struct page g = {.p = p, .s = html};
    while (g.at < html.len && p->text.failed == ST_OK) {
        uint8_t c = html.data[g.at];
        struct bytes rest = bytes_of(html.data + g.at, html.len - g.at);
        if (c == '<' && bytes_begin(rest, BYTES_LITERAL("<!--"))) {
            skip_to(&g, "-->");
        } else if (c == '<' && is_tag(&g)) {
            take_tag(&g);
        } else if (c != '&' || !take_entity(&g)) {
            if (c < 0x80) {
                put(&g, c != 0 ? c : ' ');
            } else { /* one byte of a character of some charset */
                if (g.blank && !at_line(&g)) {
                    buf_byte(&p->text, ' ');
                }
                g.blank = false;
                buf_byte(&p->text, c);
            }
            g.at++;
        }
    }
    end_line(&g);
}
