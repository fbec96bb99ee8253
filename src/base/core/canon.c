/* base/core/canon.c - RFC 8785 over jansson's values. */
#include "base/core/canon.h"

#include <stdlib.h>
#include <string.h>

static enum status put_value(const json_t *v, struct buf *out);

void canon_freep(json_t **v)
{
    json_decref(*v);
}

/* RFC 8785, 3.2.2.2: what must be escaped and nothing else. */
static void put_string(const char *s, size_t n, struct buf *out)
{
    static const char from[] = "\b\t\n\f\r", to[] = "btnfr";
    buf_byte(out, '"');
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)s[i];
        const char *known = c != 0 ? strchr(from, c) : NULL;
        if (c == '"' || c == '\\') {
            buf_byte(out, '\\');
            buf_byte(out, c);
        } else if (known != NULL) {
            buf_byte(out, '\\');
            buf_byte(out, (uint8_t)to[known - from]);
        } else if (c < 0x20) {
            buf_printf(out, "\\u%04x", c);
        } else {
            buf_byte(out, c);
        }
    }
    buf_byte(out, '"');
}

/* By UTF-16 code units (RFC 8785, 3.2.3). In UTF-8 that is the order of bytes, but
 * that U+E000 to U+FFFF (EE, EF) come behind what needs surrogates (F0 to F4). */
static int compare_names(const void *a, const void *b)
{
    const uint8_t *x = *(const uint8_t *const *)a, *y = *(const uint8_t *const *)b;
    while (*x == *y && *x != 0) {
        x++;
        y++;
    }
    int left = *x == 0xee || *x == 0xef ? *x + 0x10 : *x;
    int right = *y == 0xee || *y == 0xef ? *y + 0x10 : *y;
    return left - right;
}

static enum status put_object(const json_t *v, struct buf *out)
{
    size_t n = json_object_size(v), i = 0;
    CLEANUP(free_ptr) const char **names = calloc(n > 0 ? n : 1, sizeof(*names));
    if (names == NULL) {
        return ST_NOMEM;
    }
    for (void *it = json_object_iter((json_t *)(uintptr_t)v); it != NULL && i < n;
         it = json_object_iter_next((json_t *)(uintptr_t)v, it)) {
        names[i++] = json_object_iter_key(it);
    }
    qsort(names, n, sizeof(*names), compare_names);
    buf_byte(out, '{');
    for (i = 0; i < n; i++) {
        buf_str(out, i > 0 ? "," : "");
        put_string(names[i], strlen(names[i]), out);
        buf_byte(out, ':');
        TRY(put_value(json_object_get(v, names[i]), out));
    }
    buf_byte(out, '}');
    return ST_OK;
}

static enum status put_array(const json_t *v, struct buf *out)
{
    buf_byte(out, '[');
    for (size_t i = 0; i < json_array_size(v); i++) {
        buf_str(out, i > 0 ? "," : "");
        TRY(put_value(json_array_get(v, i), out));
    }
    buf_byte(out, ']');
    return ST_OK;
}

static enum status put_value(const json_t *v, struct buf *out)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return put_object(v, out);
    case JSON_ARRAY:
        return put_array(v, out);
    case JSON_STRING:
        put_string(json_string_value(v), json_string_length(v), out);
        return ST_OK;
    case JSON_INTEGER:
        if (json_integer_value(v) > CANON_INTEGER_MAX ||
            json_integer_value(v) < -CANON_INTEGER_MAX) {
            return ST_MALFORMED;
        }
        buf_printf(out, "%lld", (long long)json_integer_value(v));
        return ST_OK;
    case JSON_REAL:
        return ST_MALFORMED;
    case JSON_TRUE:
    case JSON_FALSE:
        buf_str(out, json_is_true(v) ? "true" : "false");
        return ST_OK;
    case JSON_NULL:
        break;
    }
    buf_str(out, "null");
    return ST_OK;
}

enum status canon_write(const json_t *v, struct buf *out)
{
    TRY(put_value(v, out));
    return out->failed;
}

/* Before anything recurses. Brackets in strings do not count. */
static bool too_deep(struct bytes text, unsigned depth, size_t *at)
{
    bool quoted = false;
    unsigned open = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            *at = i;
            if (++open > depth) {
                return true;
            }
        } else if (!quoted && (c == '}' || c == ']')) {
            open -= open > 0 ? 1 : 0;
        }
    }
    return false;
}

enum status canon_load(struct bytes text, unsigned depth, json_t **ret, struct fault *why)
{
    json_error_t error = {.position = 0};
    size_t at = 0;
    if (too_deep(text, depth, &at)) {
        return fault_limit(why, at, "nesting", depth);
    }
    json_t *v = json_loadb((const char *)text.data, text.len,
                           JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (v == NULL) {
        bool memory = json_error_code(&error) == json_error_out_of_memory;
        bool twice = json_error_code(&error) == json_error_duplicate_key;
        return memory ? ST_NOMEM
                      : fault_at(why, ST_MALFORMED, (uint64_t)error.position,
                                 twice ? "name that is there twice" : "JSON");
    }
    *ret = v;
    return ST_OK;
}

enum status canon_read(struct bytes text, unsigned depth, json_t **ret, struct fault *why)
{
    CLEANUP(buf_fini) struct buf again = BUF_INIT(text.len + 1);
    CLEANUP(canon_freep) json_t *v = NULL;
    TRY(canon_load(text, depth, &v, why));
    enum status st = canon_write(v, &again);
    if (st == ST_MALFORMED) {
        return fault_at(why, st, 0, "number that is not whole, or too large");
    }
    /* What needs more room than there is in the text is spelled otherwise, too. */
    if (st == ST_NOMEM) {
        return st;
    }
    if (st != ST_OK || !bytes_equal(text, buf_bytes(&again))) {
        return fault_at(why, ST_MALFORMED, 0, "spelling (RFC 8785)");
    }
    *ret = TAKE(v);
    return ST_OK;
}
