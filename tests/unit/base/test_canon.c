/* tests/unit/base/test_canon.c - one spelling of JSON. */
#include "base/core/canon.h"

#include "test.h"

static struct bytes text_of(const char *s)
{
    return bytes_of(s, strlen(s));
}

static enum status spell(const char *json, struct buf *out)
{
    CLEANUP(canon_freep) json_t *v = NULL;
    TRY(canon_load(text_of(json), 8, &v, NULL));
    return canon_write(v, out);
}

/* RFC 8785, 3.2.3: by UTF-16 code units, so an emoji comes before U+FB33. */
static void names_stand_in_the_order_of_the_rfc(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    CHECK_INT(spell("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,"
                    "\"\\u0080\":6,\"\\u00f6\":7}",
                    &b),
              ST_OK);
    buf_byte(&b, 0);
    CHECK_STR((char *)b.data, "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
                              "\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");
}

static void only_what_must_be_is_escaped(void)
{
    CLEANUP(buf_fini) struct buf b = BUF_INIT(4096);
    CHECK_INT(
        spell("[\"\\u20ac$\\u000f\\nA'B\\u0022\\\\\\u005c\\\"\\/\\u202e\",true,null,-7,{}]", &b),
        ST_OK);
    buf_byte(&b, 0);
    CHECK_STR((char *)b.data,
              "[\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\xe2\x80\xae\",true,null,-7,{}]");
}

static void other_spellings_are_refused(void)
{
    static const char *const no[] = {
        "{\"b\":1,\"a\":2}",
        "{ }",
        "[1,2] ",
        "[1.0]",
        "[1e2]",
        "[-0]",
        "[9007199254740992]",
        "[\"\\u0041\"]",
        "[\"\\/\"]",
        "{\"a\":1,\"a\":1}",
        "[1,]",
        "",
        "[\"\\ud800\"]",
        "\"\\u0000\"",
        "[[[[[[[[[1]]]]]]]]]",
        "[",
        "[1]\n",
        "[\"\xc3\x28\"]",
        "{\"a\":99999999999999999999}",
    };
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        json_t *v = NULL;
        struct fault why = {0};
        CHECK(canon_read(text_of(no[i]), 8, &v, &why) != ST_OK && why.field != NULL);
        CHECK(v == NULL);
    }
    json_t *v = NULL;
    CHECK_INT(canon_read(text_of("{\"a\":[9007199254740991],\"b\":\"[[[[[[[[[[\"}"), 8, &v, NULL),
              ST_OK);
    json_decref(v);
}

static void a_failed_allocation_leaks_nothing(void)
{
    for (unsigned n = 1;; n++) {
        json_t *v = NULL;
        test_fail_allocation(n);
        enum status st = canon_read(text_of("{\"a\":[1,{\"b\":\"c\"}],\"d\":\"e\"}"), 8, &v, NULL);
        bool failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(failed ? st != ST_OK : st == ST_OK);
        json_decref(v);
        if (!failed) {
            CHECK(n > 3);
            break;
        }
    }
}

TEST_MAIN(TEST(names_stand_in_the_order_of_the_rfc), TEST(only_what_must_be_is_escaped),
          TEST(other_spellings_are_refused), TEST(a_failed_allocation_leaks_nothing))
