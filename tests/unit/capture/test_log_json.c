/* tests/unit/capture/test_log_json.c - our JSON reader says what jansson says,
 * and no broken text leads it out of the line. */
#include "capture/log_json.h"

#include <jansson.h>

#include "test_log.h"

static uint64_t seed = 7;

static unsigned below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (unsigned)(seed >> 33) % n;
}

static json_t *random_text(void)
{
    static const char *const parts[] = {"a",
                                        "\"",
                                        "\\",
                                        "/",
                                        "\n",
                                        "\t",
                                        "\xc3\xa9",
                                        "{",
                                        "}",
                                        "]",
                                        ",:",
                                        "\xe2\x82\xac",
                                        "\xf0\x9f\x98\x80",
                                        " ",
                                        "\x01",
                                        "\\u0041"};
    char text[64] = "";
    for (unsigned n = below(8); n > 0; n--) {
        strcat(text, parts[below(ARRAY_LEN(parts))]);
    }
    return json_string(text);
}

static json_t *random_value(unsigned depth)
{
    unsigned kind = below(depth > 0 ? 8 : 6);
    json_t *box;
    char key[16];
    switch (kind) {
    case 0:
        return json_integer((json_int_t)below(1U << 30) - (1 << 29));
    case 1:
        return json_real(below(100000) / 8.0);
    case 2:
        return below(2) ? json_true() : json_false();
    case 3:
        return json_null();
    case 6:
        box = json_object();
        for (unsigned n = below(5); n > 0; n--) {
            (void)snprintf(key, sizeof(key), "k%u\"\\", below(1000));
            json_object_set_new(box, key, random_value(depth - 1));
        }
        return box;
    case 7:
        box = json_array();
        for (unsigned n = below(5); n > 0; n--) {
            json_array_append_new(box, random_value(depth - 1));
        }
        return box;
    default:
        return random_text();
    }
}

static bool decoded_is(const struct log_json_value *v, const char *want, size_t n)
{
    uint8_t *data = malloc(v->text.len ? v->text.len : 1);
    struct log_room room = {.data = data, .cap = v->text.len};
    struct bytes text;
    bool same = log_json_text(v, &room, &text) && bytes_equal(text, bytes_of(want, n));
    free(data);
    return same;
}

static bool same_value(const struct log_json_value *v, const json_t *want);

static bool same_object(struct bytes text, const json_t *want)
{
    struct log_json j;
    struct log_json_value v;
    struct bytes key;
    size_t n = 0;
    bool same = log_json_object(&j, text);
    while (same && log_json_member(&j, &key, &v)) {
        struct log_json_value name = {.escaped = true, .text = key};
        uint8_t data[64];
        struct log_room room = {.data = data, .cap = sizeof(data)};
        struct bytes plain;
        same = log_json_text(&name, &room, &plain);
        json_t *member = same ? json_object_getn(want, (const char *)plain.data, plain.len) : NULL;
        same = member != NULL && same_value(&v, member);
        n++;
    }
    return same && j.ended && !j.broken && n == json_object_size(want);
}

static bool same_array(struct bytes text, const json_t *want)
{
    struct log_json j;
    struct log_json_value v;
    size_t n = 0;
    bool same = log_json_array(&j, text);
    while (same && log_json_element(&j, &v)) {
        same = same_value(&v, json_array_get(want, n++));
    }
    return same && j.ended && n == json_array_size(want);
}

static bool same_value(const struct log_json_value *v, const json_t *want)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "%.*s", (int)v->text.len, (const char *)v->text.data);
    switch (json_typeof(want)) {
    case JSON_STRING:
        return v->type == LOG_JSON_STRING &&
               decoded_is(v, json_string_value(want), json_string_length(want));
    case JSON_OBJECT:
        return v->type == LOG_JSON_OBJECT && same_object(v->text, want);
    case JSON_ARRAY:
        return v->type == LOG_JSON_ARRAY && same_array(v->text, want);
    case JSON_INTEGER:
        return v->type == LOG_JSON_NUMBER && atoll(text) == json_integer_value(want);
    case JSON_REAL:
        return v->type == LOG_JSON_NUMBER && !(atof(text) < json_real_value(want)) &&
               !(atof(text) > json_real_value(want));
    case JSON_NULL:
        return v->type == LOG_JSON_LITERAL && strcmp(text, "null") == 0;
    default:
        return v->type == LOG_JSON_LITERAL &&
               strcmp(text, json_is_true(want) ? "true" : "false") == 0;
    }
}

static void jansson_reads_the_same(void)
{
    static const size_t styles[] = {JSON_COMPACT, JSON_ENSURE_ASCII, JSON_INDENT(2),
                                    JSON_ESCAPE_SLASH | JSON_COMPACT};
    int bad = 0;
    for (int i = 0; i < 4000; i++) {
        json_t *object = json_object();
        for (unsigned n = below(6); n > 0; n--) {
            char key[16];
            (void)snprintf(key, sizeof(key), "key%u", below(1000));
            json_object_set_new(object, key, random_value(3));
        }
        char *text = json_dumps(object, styles[i % 4]);
        size_t n = strlen(text);
        char *exact = malloc(n);
        memcpy(exact, text, n);
        bool same = same_object(bytes_of(exact, n), object);
        if (!same) {
            printf("# %s\n", text);
        }
        bad += !same;
        free(exact);
        free(text);
        json_decref(object);
    }
    CHECK_INT(bad, 0);
}

static size_t read_through(struct bytes text, bool *ended)
{
    struct log_json j;
    struct log_json_value v;
    struct bytes key;
    uint8_t data[512];
    size_t n = 0;
    if (!log_json_object(&j, text)) {
        *ended = false;
        return 0;
    }
    while (log_json_member(&j, &key, &v)) {
        struct log_room room = {.data = data, .cap = sizeof(data)};
        struct bytes plain;
        (void)log_json_text(&v, &room, &plain);
        (void)log_json_bytes(&v, &room, &plain);
        n++;
    }
    *ended = j.ended;
    return n;
}

static void every_cut_is_noticed(void)
{
    static const char text[] =
        "{\"a\":\"x\\\"\\u00e9\\ud83d\\ude00\",\"b\":[1,22,255],\"c\":{\"d\":"
        "[]},\"e\":-1.5e3,\"f\":null}";
    bool ended;
    CHECK_INT(read_through(BYTES_LITERAL(text), &ended), 5);
    CHECK(ended);
    int bad = 0;
    for (size_t n = 0; n + 1 < sizeof(text); n++) {
        char *copy = malloc(n ? n : 1);
        memcpy(copy, text, n);
        (void)read_through(bytes_of(copy, n), &ended);
        bad += n < sizeof(text) - 1 && ended;
        free(copy);
    }
    CHECK_INT(bad, 0);
}

static void broken_text_stays_broken(void)
{
    static const char *const texts[] = {"",          "x",           "[1]",      "{",
                                        "{\"a\"}",   "{a:1}",       "{\"a\":}", "{\"a\":1",
                                        "{\"a\" 1}", "{\"a\":\"x}", "{1:2}",    "{\"a\":1 \"b\":2}",
                                        "{\"a\":[}", "{,}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        bool ended;
        (void)read_through(bytes_of(texts[i], strlen(texts[i])), &ended);
        CHECK(!ended);
    }
}

static void odd_escapes_do_no_harm(void)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"\\x16\\x03", "\\x16\\x03"},
        {"\\u12", "\\u12"},
        {"\\ud83d", "\xef\xbf\xbd"},
        {"\\ude00x", "\xef\xbf\xbdx"},
        {"\\ud83dx", "\xef\xbf\xbdx"},
        {"\\ud83d\\u0041", "\xef\xbf\xbd"
                           "A"},
        {"a\\", "a\\"},
        {"\\/\\b\\f\\n\\r\\t\\\\\\\"", "/\b\f\n\r\t\\\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct log_json_value v = {.escaped = true,
                                   .text = bytes_of(cases[i].in, strlen(cases[i].in))};
        CHECK(decoded_is(&v, cases[i].out, strlen(cases[i].out)));
    }
}

static void a_small_room_is_respected(void)
{
    struct log_json_value text = {.escaped = true, .text = BYTES_LITERAL("\\n\\n\\n")};
    struct log_json_value list = {.type = LOG_JSON_ARRAY, .text = BYTES_LITERAL("[1,2,3]")};
    uint8_t data[6];
    struct bytes out;
    struct log_room room = {.data = data, .cap = 5};
    CHECK(!log_json_text(&text, &room, &out));
    CHECK_INT(room.used, 0);
    room.cap = 2;
    CHECK(!log_json_bytes(&list, &room, &out));
    room.cap = 6;
    CHECK(log_json_bytes(&list, &room, &out) && out.len == 3 && out.data[2] == 3);
    CHECK_INT(room.used, 3);
}

/* clang-format off */
TEST_MAIN(
    TEST(jansson_reads_the_same),
    TEST(every_cut_is_noticed),
    TEST(broken_text_stays_broken),
    TEST(odd_escapes_do_no_harm),
    TEST(a_small_room_is_respected),
)
/* clang-format on */
