/* base/core/json.c - commas, quotes and nesting. */
#include "base/core/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"

void json_begin(struct json *j, struct buf *out)
{
    *j = (struct json){.out = out};
}

static void separate(struct json *j)
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

static void nest(struct json *j, char open)
{
    separate(j);
    buf_byte(j->out, (uint8_t)open);
    assert(j->depth + 1 < JSON_DEPTH_MAX);
    j->filled[++j->depth] = false;
}

static void unnest(struct json *j, char close)
{
    assert(j->depth > 0 && !j->after_key);
    j->depth--;
    buf_byte(j->out, (uint8_t)close);
}

void json_object(struct json *j)
{
    nest(j, '{');
}

void json_object_end(struct json *j)
{
    unnest(j, '}');
}

void json_array(struct json *j)
{
    nest(j, '[');
}

void json_array_end(struct json *j)
{
    unnest(j, ']');
}

void json_key(struct json *j, const char *key)
{
    separate(j);
    buf_byte(j->out, '"');
    buf_str(j->out, key);
    buf_str(j->out, "\":");
    j->after_key = true;
}

void json_text(struct json *j, struct bytes s)
{
    separate(j);
    buf_byte(j->out, '"');
    text_json(j->out, s);
    buf_byte(j->out, '"');
}

void json_str(struct json *j, const char *s)
{
    json_text(j, bytes_of(s, strlen(s)));
}

void json_u64(struct json *j, uint64_t v)
{
    separate(j);
    buf_printf(j->out, "%" PRIu64, v);
}

void json_i64(struct json *j, int64_t v)
{
    separate(j);
    buf_printf(j->out, "%" PRId64, v);
}

void json_bool(struct json *j, bool v)
{
    separate(j);
    buf_str(j->out, v ? "true" : "false");
}

void json_null(struct json *j)
{
    separate(j);
    buf_str(j->out, "null");
}

void json_double(struct json *j, double v, int decimals)
{
    char text[400]; /* the largest double has 309 digits before the point */
    if (!isfinite(v)) {
        json_null(j);
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

void json_member_str(struct json *j, const char *key, const char *s)
{
    json_key(j, key);
    json_str(j, s);
}

void json_member_text(struct json *j, const char *key, struct bytes s)
{
    json_key(j, key);
    json_text(j, s);
}

void json_member_u64(struct json *j, const char *key, uint64_t v)
{
    json_key(j, key);
    json_u64(j, v);
}

void json_member_bool(struct json *j, const char *key, bool v)
{
    json_key(j, key);
    json_bool(j, v);
}

void json_member_time(struct json *j, const char *key, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    size_t n = time_format(ns, text);
    json_member_text(j, key, bytes_of(text, n));
}

void json_member_addr(struct json *j, const char *key, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];
    size_t n = addr_format(a, text);
    json_member_text(j, key, bytes_of(text, n));
}
