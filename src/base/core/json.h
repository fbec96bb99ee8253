/* base/core/json.h - writing JSON (RFC 8259) into a buf.
 *
 * The writer keeps the commas; the caller keeps the nesting right, which an
 * assert checks. Reading JSON is jansson's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/core/addr.h"
#include "base/core/buf.h"
#include "base/core/cursor.h"

enum { JSON_DEPTH_MAX = 16 };

struct json {
    struct buf *out; /* borrowed */
    int depth;
    bool filled[JSON_DEPTH_MAX]; /* has this level an element yet? */
    bool after_key;
};

void json_begin(struct json *j, struct buf *out);
void json_object(struct json *j);
void json_object_end(struct json *j);
void json_array(struct json *j);
void json_array_end(struct json *j);
void json_key(struct json *j, const char *key);

void json_text(struct json *j, struct bytes s);
void json_str(struct json *j, const char *s);
void json_u64(struct json *j, uint64_t v);
void json_i64(struct json *j, int64_t v);
void json_bool(struct json *j, bool v);
void json_null(struct json *j);
/* Up to `decimals` places, trailing zeros cut; never an exponent. */
void json_double(struct json *j, double v, int decimals);

/* A member in one call. */
void json_member_str(struct json *j, const char *key, const char *s);
void json_member_text(struct json *j, const char *key, struct bytes s);
void json_member_u64(struct json *j, const char *key, uint64_t v);
void json_member_bool(struct json *j, const char *key, bool v);
void json_member_time(struct json *j, const char *key, int64_t ns); /* RFC 3339 */
void json_member_addr(struct json *j, const char *key, const struct addr *a);
