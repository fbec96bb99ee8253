/* web/verify/lib/json.c - JSON (RFC 8259) into values that lie one behind the other.
 *
 * As strict as Jansson is: one spelling of each token, UTF-8 only, no surrogate
 * that stands alone, no NUL in strings unless it is allowed. Objects of more
 * than MEMBERS_MAX members are refused: nothing that is verified has them.
 */
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/core/arena.h"
#include "base/core/buf.h"
#include "base/core/text.h"

enum { DEPTH_MAX = 512, MEMBERS_MAX = 1024 };

struct json_document {
    struct arena arena;
};

struct reader {
    const uint8_t *at, *end;
    struct json_document *doc;
    struct buf text; /* of the string that is read */
    bool unique, nul, short_of_memory;
    unsigned depth;
};

static void *take(struct reader *r, size_t n)
{
    void *p = arena_alloc(&r->doc->arena, n);
    r->short_of_memory |= p == NULL;
    return p;
}

static int peek(const struct reader *r)
{
    return r->at < r->end ? *r->at : -1;
}

static void skip_space(struct reader *r)
{
    while (r->at < r->end &&
           (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) {
        r->at++;
    }
}

static bool eat(struct reader *r, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0) {
        return false;
    }
    r->at += n;
    return true;
}

static bool hex4(struct reader *r, uint32_t *ret)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < 4; i++) {
        int c = peek(r);
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (d < 0) {
            return false;
        }
        v = v << 4 | (uint32_t)d;
        r->at++;
    }
    *ret = v;
    return true;
}

static void put_utf8(struct buf *out, uint32_t c)
{
    uint8_t b[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; c >>= 6) {
        b[i] = (uint8_t)(0x80 | (c & 0x3f));
    }
    b[0] = (uint8_t)(lead[n] | c);
    buf_append(out, b, n);
}

static bool read_escape(struct reader *r)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    int c = peek(r);
    const char *at = c > 0 ? strchr(from, c) : NULL;
    if (at != NULL) {
        r->at++;
        buf_append(&r->text, &to[at - from], 1);
        return true;
    }
    uint32_t u = 0;
    uint32_t low = 0;
    if (!eat(r, "u") || !hex4(r, &u)) {
        return false;
    }
    if (u >= 0xd800 && u < 0xdc00) {
        if (!eat(r, "\\u") || !hex4(r, &low) || low < 0xdc00 || low > 0xdfff) {
            return false;
        }
        u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
    } else if (u >= 0xdc00 && u < 0xe000) {
        return false;
    }
    if (u == 0 && !r->nul) {
        return false;
    }
    put_utf8(&r->text, u);
    return true;
}

static bool read_string(struct reader *r, const char **ret, size_t *ret_n)
{
    buf_clear(&r->text);
    if (!eat(r, "\"")) {
        return false;
    }
    while (peek(r) != '"') {
        uint32_t c;
        size_t n = text_utf8_next((struct bytes){r->at, (size_t)(r->end - r->at)}, &c);
        if (n == 0 || c < 0x20) {
            return false;
        }
        r->at += n;
        if (c == '\\') {
            if (!read_escape(r)) {
                return false;
            }
        } else {
            buf_append(&r->text, r->at - n, n);
        }
    }
    r->at++;
    char *text = take(r, r->text.len + 1);
    if (text == NULL || r->text.failed) {
        r->short_of_memory = true;
        return false;
    }
    if (r->text.len > 0) {
        memcpy(text, r->text.data, r->text.len);
    }
    *ret = text;
    *ret_n = r->text.len;
    return true;
}

static size_t digits(struct reader *r)
{
    const uint8_t *from = r->at;
    while (peek(r) >= '0' && peek(r) <= '9') {
        r->at++;
    }
    return (size_t)(r->at - from);
}

static bool read_number(struct reader *r, json_t *v)
{
    const uint8_t *from = r->at;
    (void)eat(r, "-");
    const uint8_t *first = r->at;
    size_t n = digits(r);
    bool whole = true;
    if (n == 0 || (n > 1 && *first == '0')) {
        return false;
    }
    if (eat(r, ".")) {
        whole = false;
        if (digits(r) == 0) {
            return false;
        }
    }
    if (eat(r, "e") || eat(r, "E")) {
        whole = false;
        if (!eat(r, "+")) {
            (void)eat(r, "-");
        }
        if (digits(r) == 0) {
            return false;
        }
    }
    char text[64];
    size_t len = (size_t)(r->at - from);
    if (len >= sizeof(text)) {
        return false;
    }
    memcpy(text, from, len);
    text[len] = '\0';
    errno = 0;
    v->type = whole ? JSON_INTEGER : JSON_REAL;
    if (whole) {
        v->integer = strtoll(text, NULL, 10);
    } else {
        v->real = strtod(text, NULL);
    }
    return errno == 0;
}

static json_t *read_value(struct reader *r);

static bool has_key(const json_t *o, const json_t *v)
{
    for (const json_t *m = o->first; m != NULL; m = m->next) {
        if (m->key_n == v->key_n && memcmp(m->key, v->key, v->key_n) == 0) {
            return true;
        }
    }
    return false;
}

/* Behind the opening bracket. */
static bool read_children(struct reader *r, json_t *parent)
{
    bool object = parent->type == JSON_OBJECT;
    const char *close = object ? "}" : "]";
    json_t **at = &parent->first;
    skip_space(r);
    if (eat(r, close)) {
        return true;
    }
    for (;;) {
        json_t key = {0};
        skip_space(r);
        if (object) {
            if (!read_string(r, &key.key, &key.key_n)) {
                return false;
            }
            skip_space(r);
            if (!eat(r, ":") || parent->size >= MEMBERS_MAX ||
                (r->unique && has_key(parent, &key))) {
                return false;
            }
        }
        json_t *v = read_value(r);
        if (v == NULL) {
            return false;
        }
        v->key = key.key;
        v->key_n = key.key_n;
        *at = v;
        at = &v->next;
        parent->size++;
        skip_space(r);
        if (eat(r, close)) {
            return true;
        }
        if (!eat(r, ",")) {
            return false;
        }
    }
}

static json_t *read_value(struct reader *r)
{
    skip_space(r);
    json_t *v = take(r, sizeof(*v));
    if (v == NULL || ++r->depth > DEPTH_MAX) {
        return NULL;
    }
    bool good = true;
    switch (peek(r)) {
    case '{':
    case '[':
        v->type = *r->at++ == '{' ? JSON_OBJECT : JSON_ARRAY;
        good = read_children(r, v);
        break;
    case '"':
        v->type = JSON_STRING;
        good = read_string(r, &v->text, &v->size);
        break;
    case 't':
        v->type = JSON_TRUE;
        good = eat(r, "true");
        break;
    case 'f':
        v->type = JSON_FALSE;
        good = eat(r, "false");
        break;
    case 'n':
        v->type = JSON_NULL;
        good = eat(r, "null");
        break;
    default:
        good = read_number(r, v);
    }
    r->depth--;
    return good ? v : NULL;
}

static void document_free(struct json_document *d)
{
    arena_fini(&d->arena);
    free(d);
}

json_t *json_loadb(const char *text, size_t n, size_t flags, json_error_t *err)
{
    struct reader r = {.at = (const uint8_t *)text,
                       .end = (const uint8_t *)text + n,
                       .doc = calloc(1, sizeof(*r.doc)),
                       .unique = (flags & JSON_REJECT_DUPLICATES) != 0,
                       .nul = (flags & JSON_ALLOW_NUL) != 0};
    json_t *v = NULL;
    if (r.doc != NULL) {
        arena_init(&r.doc->arena, 64 * n + 65536);
        buf_init(&r.text, n + 8);
        v = read_value(&r);
        skip_space(&r);
        buf_fini(&r.text);
    }
    bool whole = v != NULL && r.at == r.end && (v->type == JSON_OBJECT || v->type == JSON_ARRAY);
    if (whole) {
        v->document = r.doc;
        return v;
    }
    bool memory = r.doc == NULL || r.short_of_memory;
    *err = (json_error_t){.code = memory ? json_error_out_of_memory : json_error_invalid_syntax,
                          .position = (int)((const char *)r.at - text)};
    for (const char *p = text; p < (const char *)r.at; p++) {
        err->line += *p == '\n';
    }
    err->line++;
    (void)snprintf(err->text, sizeof(err->text), "not JSON");
    if (r.doc != NULL) {
        document_free(r.doc);
    }
    return NULL;
}

void json_decref(json_t *root)
{
    if (root != NULL) {
        document_free(root->document);
    }
}

json_t *json_object_get(const json_t *o, const char *key)
{
    size_t n = strlen(key);
    for (json_t *m = json_is_object(o) ? o->first : NULL; m != NULL; m = m->next) {
        if (m->key_n == n && memcmp(m->key, key, n) == 0) {
            return m;
        }
    }
    return NULL;
}

json_t *json_array_get(const json_t *a, size_t i)
{
    json_t *v = json_is_array(a) && i < a->size ? a->first : NULL;
    for (; v != NULL && i > 0; i--) {
        v = v->next;
    }
    return v;
}
