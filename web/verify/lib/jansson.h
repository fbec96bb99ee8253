/* web/verify/lib/jansson.h - the part of Jansson's interface that the verifier uses.
 *
 * So that the same sources read JSON on the page, where there is no Jansson;
 * see lib/json.c. Values belong to the document: json_decref of its root frees
 * them all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef long long json_int_t;
typedef enum {
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_INTEGER,
    JSON_REAL,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
} json_type;

typedef struct json_t {
    json_type type;
    struct json_t *next, *first; /* sibling; first child */
    const char *key;             /* in an object */
    size_t key_n, size;          /* of the key; children, or bytes of a string */
    union {
        const char *text;
        json_int_t integer;
        double real;
        struct json_document *document; /* of a root that is an object or array */
    };
} json_t;

enum { JSON_REJECT_DUPLICATES = 1, JSON_ALLOW_NUL = 8 };
enum json_error_code { json_error_unknown, json_error_out_of_memory, json_error_invalid_syntax };

typedef struct {
    int line, column, position;
    enum json_error_code code;
    char text[160];
} json_error_t;

json_t *json_loadb(const char *text, size_t n, size_t flags, json_error_t *err);
void json_decref(json_t *root);
static inline enum json_error_code json_error_code(const json_error_t *e)
{
    return e->code;
}

static inline bool json_is(const json_t *v, json_type t)
{
    return v != NULL && v->type == t;
}
#define json_is_object(v)  json_is(v, JSON_OBJECT)
#define json_is_array(v)   json_is(v, JSON_ARRAY)
#define json_is_string(v)  json_is(v, JSON_STRING)
#define json_is_integer(v) json_is(v, JSON_INTEGER)
#define json_is_real(v)    json_is(v, JSON_REAL)
#define json_is_true(v)    json_is(v, JSON_TRUE)
#define json_is_false(v)   json_is(v, JSON_FALSE)
#define json_is_null(v)    json_is(v, JSON_NULL)
#define json_is_boolean(v) (json_is_true(v) || json_is_false(v))
#define json_is_number(v)  (json_is_integer(v) || json_is_real(v))
#define json_boolean_value json_is_true

json_t *json_object_get(const json_t *o, const char *key);
json_t *json_array_get(const json_t *a, size_t i);
static inline size_t json_object_size(const json_t *o)
{
    return json_is_object(o) ? o->size : 0;
}
static inline size_t json_array_size(const json_t *a)
{
    return json_is_array(a) ? a->size : 0;
}
static inline const char *json_string_value(const json_t *v)
{
    return json_is_string(v) ? v->text : NULL;
}
static inline size_t json_string_length(const json_t *v)
{
    return json_is_string(v) ? v->size : 0;
}
static inline json_int_t json_integer_value(const json_t *v)
{
    return json_is_integer(v) ? v->integer : 0;
}
static inline double json_number_value(const json_t *v)
{
    return json_is_integer(v) ? (double)v->integer : json_is_real(v) ? v->real : 0;
}

#define json_object_foreach(o, k, v)                                                               \
    for ((v) = json_is_object(o) ? (o)->first : NULL; (v) != NULL && ((k) = (v)->key, 1);          \
         (v) = (v)->next)
#define json_array_foreach(a, i, v)                                                                \
    for ((i) = 0, (v) = json_is_array(a) ? (a)->first : NULL; (v) != NULL; (i)++, (v) = (v)->next)
