/* base/core/emit.c - commas, quotes and nesting. */
#include "base/core/emit.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"

void emit_begin(struct emit *j, struct buf *out)
{
    *j = (struct emit){.out = out};
}

static void separate(struct emit *j)
{
    if (j->after_key) {
        j->after_key = false;
        return;
    }
    if (j->filled[j->depth]) {
        buf_byte(j->out, ',');
    }
    j->filled[j->depth] = true;
}

static void nest(struct emit *j, char open)
{
    separate(j);
    buf_byte(j->out, (uint8_t)open);
    assert(j->depth + 1 < EMIT_DEPTH_MAX);
    j->filled[++j->depth] = false;
}

static void unnest(struct emit *j, char close)
{
    assert(j->depth > 0 && !j->after_key);
    j->depth--;
    buf_byte(j->out, (uint8_t)close);
}

void emit_object(struct emit *j)
{
    nest(j, '{');
}

void emit_object_end(struct emit *j)
{
    unnest(j, '}');
}

void emit_array(struct emit *j)
{
    nest(j, '[');
}

void emit_array_end(struct emit *j)
{
    unnest(j, ']');
}

void emit_key(struct emit *j, const char *key)
{
    separate(j);
    buf_byte(j->out, '"');
    buf_str(j->out, key);
    buf_str(j->out, "\":");
    j->after_key = true;
}

void emit_raw(struct emit *j, struct bytes json)
{
    separate(j);
    buf_append(j->out, json.data, json.len);
}

void emit_text(struct emit *j, struct bytes s)
{
    separate(j);
    buf_byte(j->out, '"');
    text_json(j->out, s);
    buf_byte(j->out, '"');
}

void emit_str(struct emit *j, const char *s)
{
    emit_text(j, bytes_of(s, strlen(s)));
}

void emit_u64(struct emit *j, uint64_t v)
{
    separate(j);
    buf_printf(j->out, "%" PRIu64, v);
}

void emit_i64(struct emit *j, int64_t v)
{
    separate(j);
    buf_printf(j->out, "%" PRId64, v);
}

void emit_bool(struct emit *j, bool v)
{
    separate(j);
    buf_str(j->out, v ? "true" : "false");
}

void emit_null(struct emit *j)
{
    separate(j);
    buf_str(j->out, "null");
}

void emit_double(struct emit *j, double v, int decimals)
{
    char text[400]; /* the largest double has 309 digits before the point */
    if (!isfinite(v)) {
        emit_null(j);
        return;
    }
    int n = snprintf(text, sizeof(text), "%.*f", decimals, v);
    while (decimals > 0 && n > 0 && text[n - 1] == '0') {
        n--;
    }
    if (decimals > 0 && n > 0 && text[n - 1] == '.') {
        n--;
    }
    separate(j);
    buf_append(j->out, text, (size_t)n);
}

void emit_member_str(struct emit *j, const char *key, const char *s)
{
    emit_key(j, key);
    emit_str(j, s);
}

void emit_member_text(struct emit *j, const char *key, struct bytes s)
{
    emit_key(j, key);
    emit_text(j, s);
}

void emit_member_u64(struct emit *j, const char *key, uint64_t v)
{
    emit_key(j, key);
    emit_u64(j, v);
}

void emit_member_bool(struct emit *j, const char *key, bool v)
{
    emit_key(j, key);
    emit_bool(j, v);
}

void emit_member_time(struct emit *j, const char *key, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    size_t n = time_format(ns, text);
    emit_member_text(j, key, bytes_of(text, n));
}

void emit_member_addr(struct emit *j, const char *key, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];
    size_t n = addr_format(a, text);
    emit_member_text(j, key, bytes_of(text, n));
}
