/* attribute/lines.h - the lines of a text source, and their fields.
 *
 * A line ends with LF or CR LF, the last one also with the end of the file.
 * Lines are views into the source.
 */
#pragma once

#include <stdbool.h>
#include <string.h>

#include "base/core/cursor.h"
#include "base/core/text.h"

/* The next line without its end; false at the end of the text. */
static inline bool attribute_line(struct cursor *c, struct bytes *ret)
{
    size_t left = cursor_left(c);
    if (left == 0) {
        return false;
    }
    const uint8_t *at = c->in.data + c->pos;
    const uint8_t *end = memchr(at, '\n', left);
    size_t n = end != NULL ? (size_t)(end - at) : left;
    *ret = cursor_take(c, n);
    cursor_skip(c, end != NULL);
    if (ret->len > 0 && ret->data[ret->len - 1] == '\r') {
        ret->len--;
    }
    return true;
}

/* Cut s at the first `mark`: what is before it; s keeps what is behind it, and
 * becomes {NULL, 0} when there was none. */
static inline struct bytes attribute_field(struct bytes *s, char mark)
{
    const uint8_t *at = s->len ? memchr(s->data, mark, s->len) : NULL;
    struct bytes head = *s;
    if (at == NULL) {
        *s = (struct bytes){0};
        return head;
    }
    head.len = (size_t)(at - s->data);
    *s = bytes_of(at + 1, s->len - head.len - 1);
    return head;
}
