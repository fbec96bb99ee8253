/* exchange/claim/stix_pattern.c - tokens, alternatives, comparisons.
 *
 * Whatever is written: each token takes a byte or more, and nothing is kept but
 * places in the pattern.
 */
#include "exchange/claim/stix_pattern.h"

#include <string.h>

#include "base/core/status.h"

enum token { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_MARK };

static bool is_word(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ':' || c == '.';
}

/* Behind a word, "[0]" and "[*]" are of its path: brackets of the pattern stand alone. */
static size_t word_end(struct bytes s, size_t at)
{
    bool path = false;
    while (at < s.len && (is_word(s.data[at]) || (path && s.data[at] == '['))) {
        path |= s.data[at] == ':';
        if (s.data[at] == '[') {
            const uint8_t *end = memchr(s.data + at, ']', s.len - at);
            at = end != NULL ? (size_t)(end - s.data) : s.len - 1;
        }
        at++;
    }
    return at;
}

/* The string's text lies between begin and end; a quote may be escaped (9.2). */
static size_t string_end(struct bytes s, size_t at)
{
    while (at < s.len && s.data[at] != '\'') {
        at += s.data[at] == '\\' && at + 1 < s.len ? 2 : 1;
    }
    return at;
}

static enum token token_next(struct bytes s, size_t *at, struct bytes *ret)
{
    while (*at < s.len && s.data[*at] <= ' ') {
        (*at)++;
    }
    size_t begin = *at;
    if (begin == s.len) {
        return TOKEN_END;
    }
    if (s.data[begin] == '\'') {
        size_t end = string_end(s, begin + 1);
        *ret = bytes_of(s.data + begin + 1, end - begin - 1);
        *at = end < s.len ? end + 1 : end;
        return TOKEN_STRING;
    }
    size_t end = word_end(s, begin);
    *at = end > begin ? end : begin + 1;
    *ret = bytes_of(s.data + begin, *at - begin);
    return end > begin ? TOKEN_WORD : TOKEN_MARK;
}

static bool is(struct bytes s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.data, word, s.len) == 0;
}

bool stix_alternative_next(struct stix_alternatives *a, struct bytes *ret)
{
    struct bytes t;
    enum token kind = TOKEN_MARK;
    while (!a->inside && kind != TOKEN_END) {
        kind = token_next(a->pattern, &a->at, &t);
        a->inside = kind == TOKEN_MARK && is(t, "[");
    }
    if (!a->inside) {
        return false;
    }
    size_t begin = a->at;
    for (size_t depth = 0;;) {
        size_t end = a->at;
        kind = token_next(a->pattern, &a->at, &t);
        bool closes = kind == TOKEN_END || (kind == TOKEN_MARK && is(t, "]"));
        if (closes || (kind == TOKEN_WORD && is(t, "OR") && depth == 0)) {
            a->inside = !closes;
            *ret = bytes_of(a->pattern.data + begin, end - begin);
            return true;
        }
        depth += kind == TOKEN_MARK && is(t, "(");
        depth -= kind == TOKEN_MARK && is(t, ")") && depth > 0;
    }
}

/* A mark or a word that compares. */
static bool take_operator(struct stix_comparisons *c, enum token kind, struct bytes t)
{
    static const char *const masks[] = {"ISSUBSET", "ISSUPERSET", "LIKE", "MATCHES", "<", ">"};
    for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
        if (is(t, masks[i])) {
            c->equals = false;
            return true;
        }
    }
    c->set = kind == TOKEN_WORD && is(t, "IN");
    return c->set || (kind == TOKEN_MARK && is(t, "="));
}

/* Behind "<" there may be a "=" or ">". */
static bool value_next(struct stix_comparisons *c, struct stix_comparison *ret)
{
    struct bytes t;
    for (;;) {
        enum token kind = token_next(c->alternative, &c->at, &t);
        bool closes = kind == TOKEN_MARK && is(t, ")");
        if (kind == TOKEN_END || closes) {
            return false;
        }
        if (kind != TOKEN_MARK) { /* "(" and "," part the members of a set */
            *ret = (struct stix_comparison){
                .path = c->path, .value = t, .excludes = c->excludes, .equals = c->equals};
            return true;
        }
        if (!c->set && !is(t, "=") && !is(t, ">")) {
            return false;
        }
    }
}

bool stix_comparison_next(struct stix_comparisons *c, struct stix_comparison *ret)
{
    struct bytes t;
    if (c->set && value_next(c, ret)) {
        return true;
    }
    *c = (struct stix_comparisons){.alternative = c->alternative, .at = c->at, .equals = true};
    for (;;) {
        enum token kind = token_next(c->alternative, &c->at, &t);
        if (kind == TOKEN_END) {
            return false;
        }
        if (kind == TOKEN_MARK && is(t, "!")) {
            c->excludes = !c->excludes;
        } else if (kind == TOKEN_WORD && is(t, "NOT")) {
            c->excludes = !c->excludes;
        } else if (take_operator(c, kind, t)) {
            if (value_next(c, ret)) {
                return true;
            }
            *c = (struct stix_comparisons){
                .alternative = c->alternative, .at = c->at, .equals = true};
        } else if (kind == TOKEN_WORD && (is(t, "AND") || is(t, "OR"))) {
            c->path = (struct bytes){0};
            c->excludes = false;
            c->equals = true;
        } else if (kind == TOKEN_WORD) {
            c->path = t;
        }
    }
}
