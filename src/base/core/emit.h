/* base/core/emit.h - writing JSON (RFC 8259) into a buf.
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

enum { EMIT_DEPTH_MAX = 16 };

struct emit {
    struct buf *out; /* borrowed */
    int depth;
    bool filled[EMIT_DEPTH_MAX]; /* has this level an element yet? */
    bool after_key;
};

void emit_begin(struct emit *j, struct buf *out);
void emit_object(struct emit *j);
void emit_object_end(struct emit *j);
void emit_array(struct emit *j);
void emit_array_end(struct emit *j);
void emit_key(struct emit *j, const char *key);

void emit_text(struct emit *j, struct bytes s);
void emit_str(struct emit *j, const char *s);
void emit_u64(struct emit *j, uint64_t v);
void emit_i64(struct emit *j, int64_t v);
void emit_bool(struct emit *j, bool v);
void emit_null(struct emit *j);
/* A value that is JSON already, and was checked to be. */
void emit_raw(struct emit *j, struct bytes json);
/* Up to `decimals` places, trailing zeros cut; never an exponent. */
void emit_double(struct emit *j, double v, int decimals);

/* A member in one call. */
void emit_member_str(struct emit *j, const char *key, const char *s);
void emit_member_text(struct emit *j, const char *key, struct bytes s);
void emit_member_u64(struct emit *j, const char *key, uint64_t v);
void emit_member_bool(struct emit *j, const char *key, bool v);
void emit_member_time(struct emit *j, const char *key, int64_t ns); /* RFC 3339 */
void emit_member_addr(struct emit *j, const char *key, const struct addr *a);
