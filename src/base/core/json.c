/* base/core/json.c - members by jansson. */
#include "base/core/json.h"

#include <string.h>

#include "base/core/text.h"
#include "base/core/timefmt.h"

void json_refuse(struct json_reader *r, enum status st, const char *key)
{
    if (r->st == ST_OK) {
        r->st = st;
        r->wrong = key;
    }
}

void json_unref(json_t **j)
{
    json_decref(*j);
}

struct bytes json_text(const json_t *j)
{
    const char *s = json_string_value(j);
    return s != NULL ? bytes_of(s, json_string_length(j)) : (struct bytes){0};
}

struct bytes json_text_of(const json_t *object, const char *key)
{
    return json_text(json_object_get(object, key));
}

void json_words(struct json_reader *r, const json_t *object, const char *key, const char *marks,
                char *out, size_t size)
{
    const json_t *j = json_object_get(object, key);
    struct bytes s = json_text(j);
    if (!json_is_string(j) || s.len >= size || !text_is_words(s, marks)) {
        json_refuse(r, ST_MALFORMED, key);
        return;
    }
    memcpy(out, s.data, s.len);
    out[s.len] = '\0';
}

uint64_t json_count(struct json_reader *r, const json_t *object, const char *key, uint64_t max)
{
    const json_t *j = json_object_get(object, key);
    json_int_t v = json_integer_value(j);
    if (j == NULL) {
        return 0;
    }
    if (!json_is_integer(j) || v < 0 || (uint64_t)v > max) {
        json_refuse(r, ST_MALFORMED, key);
        return 0;
    }
    return (uint64_t)v;
}

int64_t json_instant(struct json_reader *r, const json_t *object, const char *key)
{
    int64_t ns = 0;
    if (time_parse(json_text_of(object, key), &ns) != ST_OK) {
        json_refuse(r, ST_MALFORMED, key);
    }
    return ns;
}

void json_address(struct json_reader *r, const json_t *object, const char *key, struct addr *ret)
{
    if (addr_parse(json_text_of(object, key), ret) != ST_OK) {
        json_refuse(r, ST_MALFORMED, key);
    }
}
