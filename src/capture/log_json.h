/* capture/log_json.h - one JSON object on one line (RFC 8259), member by member.
 *
 * Logs come by the gigabyte, so values are views into the line and nothing is
 * allocated; a test holds the result against jansson's. Objects and arrays
 * inside are skipped, and can be read in turn from their view. What follows a
 * broken place is not read, and the reader says so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/core/cursor.h"

enum log_json_type {
    LOG_JSON_STRING,
    LOG_JSON_NUMBER,
    LOG_JSON_LITERAL, /* true, false, null */
    LOG_JSON_OBJECT,
    LOG_JSON_ARRAY,
};

struct log_json_value {
    enum log_json_type type;
    bool escaped;      /* a string with a backslash in it */
    struct bytes text; /* of a string: between its quotes; else all of it */
};

struct log_json {
    struct bytes s;
    size_t at;
    bool array;
    bool first;
    bool broken; /* the text is no JSON, or ends early */
    bool ended;  /* the closing bracket was met */
};

/* s begins with the bracket, perhaps behind spaces; false when it does not. */
bool log_json_object(struct log_json *j, struct bytes s);
bool log_json_array(struct log_json *j, struct bytes s);
/* The next member or element; false behind the last, or when broken. */
bool log_json_member(struct log_json *j, struct bytes *key, struct log_json_value *ret);
bool log_json_element(struct log_json *j, struct log_json_value *ret);

/* Where text goes that cannot be borrowed from the line as it stands. */
struct log_room {
    uint8_t *data;
    size_t used, cap;
};

/* The string without its escapes: the view itself when it has none, else a
 * copy in the room, which is never longer than the view. Escapes that RFC 8259
 * does not know ("\x16", as nginx writes) stay as they are, and halves of
 * surrogate pairs become U+FFFD. False when there is no room. */
bool log_json_text(const struct log_json_value *v, struct log_room *room, struct bytes *ret);

/* An array of numbers from 0 to 255 as bytes: how journalctl writes text that
 * is not UTF-8. False when it is something else, or there is no room. */
bool log_json_bytes(const struct log_json_value *v, struct log_room *room, struct bytes *ret);
