/* tests/unit/base/test_json.c - members are taken as they are, or refused by name. */
#include "base/core/json.h"

#include <string.h>

#include "test.h"

static const char object[] =
    "{\"word\": \"scan.vertical\", \"odd\": \"sc\\u00e4n\", \"n\": 7, \"less\": -1, \"half\": 1.5, "
    "\"when\": \"2023-11-14T22:13:20.000000001Z\", \"who\": \"192.0.2.7\"}";

/* What is refused of one member, asked for in one way. */
#define WRONG(ask)                                                                                 \
    do {                                                                                           \
        struct json_reader r = {.st = ST_OK};                                                      \
        ask;                                                                                       \
        CHECK(r.st == ST_MALFORMED && r.wrong != NULL);                                            \
    } while (0)

static void members_are_taken_as_they_are(void)
{
    CLEANUP(json_unref) json_t *j = json_loads(object, 0, NULL);
    struct json_reader r = {.st = ST_OK};
    struct addr a = {{0}}, want = {{0}};
    char word[14] = "";
    CHECK(j != NULL);
    json_words(&r, j, "word", ".", word, sizeof(word));
    CHECK_STR(word, "scan.vertical");
    CHECK_INT(json_count(&r, j, "n", 7), 7);
    CHECK_INT(json_count(&r, j, "none", 7), 0);
    CHECK_INT(json_instant(&r, j, "when"), INT64_C(1700000000000000001));
    json_address(&r, j, "who", &a);
    CHECK(addr_parse(BYTES_LITERAL("192.0.2.7"), &want) == ST_OK && addr_equal(&a, &want));
    CHECK_INT(json_text_of(j, "odd").len, 5);
    CHECK(json_text_of(j, "n").len == 0 && json_text(NULL).len == 0);
    CHECK(r.st == ST_OK && r.wrong == NULL);
}

static void what_is_something_else_is_refused(void)
{
    CLEANUP(json_unref) json_t *j = json_loads(object, 0, NULL);
    struct addr a;
    char word[14] = "was";
    WRONG(json_words(&r, j, "word", "", word, sizeof(word))); /* a mark that is not allowed */
    WRONG(json_words(&r, j, "word", ".", word, sizeof(word) - 1));
    WRONG(json_words(&r, j, "odd", ".", word, sizeof(word)));
    WRONG(json_words(&r, j, "n", ".", word, sizeof(word)));
    WRONG(json_words(&r, j, "none", ".", word, sizeof(word)));
    CHECK_STR(word, "was");
    WRONG(CHECK_INT(json_count(&r, j, "n", 6), 0));
    WRONG(CHECK_INT(json_count(&r, j, "less", 7), 0));
    WRONG(CHECK_INT(json_count(&r, j, "half", 7), 0));
    WRONG(CHECK_INT(json_count(&r, j, "word", 7), 0));
    WRONG(CHECK_INT(json_instant(&r, j, "none"), 0));
    WRONG(CHECK_INT(json_instant(&r, j, "who"), 0));
    WRONG(json_address(&r, j, "when", &a));
}

static void the_first_thing_that_is_wrong_sticks(void)
{
    struct json_reader r = {.st = ST_OK};
    json_refuse(&r, ST_LIMIT, "one");
    json_refuse(&r, ST_MALFORMED, "two");
    CHECK(r.st == ST_LIMIT);
    CHECK_STR(r.wrong, "one");
}

TEST_MAIN(TEST(members_are_taken_as_they_are), TEST(what_is_something_else_is_refused),
          TEST(the_first_thing_that_is_wrong_sticks))
