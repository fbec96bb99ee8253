/* tests/unit/base/test_definition.c - sets of definitions: read whole or
 * refused, and known by a hash that means the rules and nothing else.
 */
#include "base/model/definition.h"
#include "test.h"

static enum status read(const char *json, struct definition_set *set, struct fault *why)
{
    *why = (struct fault){0};
    return definition_set_read(bytes_of(json, strlen(json)), set, why);
}

#define SET(...) "{\"set\":\"s\",\"definitions\":[" __VA_ARGS__ "]}"
#define DEF(name, method, rest)                                                                    \
    "{\"name\":\"" name "\",\"version\":1,\"method\":\"" method "\"" rest "}"
#define PARAMS(text) ",\"parameters\":{" text "}"

static void refused(const char *json, enum status want, const char *field)
{
    struct definition_set set = {.n = 99};
    struct fault why;
    CHECK_INT(read(json, &set, &why), want);
    CHECK_INT(set.n, 99);
    CHECK(why.field != NULL && strstr(why.field, field) != NULL);
    if (why.field == NULL || strstr(why.field, field) == NULL) {
        printf("# %s: %s\n", json, why.field ? why.field : "(none)");
    }
}

static void every_shipped_set_reads_and_is_named_as_its_file(void)
{
    size_t n = 0;
    for (; definition_set_builtin_name(n) != NULL; n++) {
        struct definition_set set;
        CHECK_INT(definition_set_builtin(definition_set_builtin_name(n), &set), ST_OK);
        CHECK_STR(set.name, definition_set_builtin_name(n));
        CHECK(set.n > 0);
    }
    CHECK_INT(n, 4);
    struct definition_set set;
    CHECK_INT(definition_set_builtin("none", &set), ST_END);
}

static void no_two_shipped_sets_share_a_name(void)
{
    struct definition_set sets[4];
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        CHECK_INT(definition_set_builtin(definition_set_builtin_name(i), &sets[i]), ST_OK);
        for (size_t k = 0; k < i; k++) {
            for (size_t m = 0; m < sets[k].n; m++) {
                CHECK(definition_by_name(&sets[i], sets[k].items[m].name) == NULL);
            }
        }
    }
}

/* Other people's rules with their tools' numbers. */
static void the_sets_of_other_tools_have_their_numbers(void)
{
    struct definition_set set;
    CHECK_INT(definition_set_builtin("zeek-6.0", &set), ST_OK);
    const struct definition *d = definition_by_name(&set, "zeek.scan.address");
    CHECK(d != NULL && d->params[PARAM_IDLE_S] == 300 && d->params[ZEEK_TARGETS] == 25);
    d = definition_by_name(&set, "zeek.scan.port");
    CHECK(d != NULL && d->params[PARAM_IDLE_S] == 300 && d->params[ZEEK_PORTS] == 15);
    d = definition_find(&set, METHOD_ZEEK_SSH);
    CHECK(d != NULL && d->params[PARAM_IDLE_S] == 1800 && d->params[ZEEK_GUESSES] == 30);
    d = definition_find(&set, METHOD_ZEEK_FTP);
    CHECK(d != NULL && d->params[PARAM_IDLE_S] == 900 && d->params[ZEEK_GUESSES] == 20);
    CHECK_INT(definition_set_builtin("snort3", &set), ST_OK);
    CHECK_INT(set.n, 4);
    d = definition_find(&set, METHOD_SNORT_PORTSCAN);
    CHECK(d != NULL && d->params[PARAM_IDLE_S] == 90 && d->params[SNORT_SENSE] == 1);
    CHECK_INT(definition_set_builtin("fail2ban", &set), ST_OK);
    d = definition_find(&set, METHOD_FAIL2BAN_SSHD);
    CHECK(d != NULL && d->params[PARAM_IDLE_S] == 600 && d->params[FAIL2BAN_RETRY] == 5);
}

static void the_hash_is_that_of_the_rules_not_of_their_spelling(void)
{
    struct definition_set a, b;
    struct fault why;
    CHECK_INT(read(SET(DEF("x", "scan.vertical", "")), &a, &why), ST_OK);
    CHECK_INT(read("{ \"definitions\": [ {\"method\":\"scan.vertical\", \"parameters\": "
                   "{\"ports\": 15}, \"kind\": \"x\", \"version\": 1, \"name\": \"x\"} ],\n"
                   "\"set\": \"s\" }",
                   &b, &why),
              ST_OK);
    CHECK(memcmp(&a.hash, &b.hash, sizeof(a.hash)) == 0);
    static const char *const others[] = {
        SET(DEF("x", "scan.vertical", PARAMS("\"ports\":16"))),
        SET(DEF("x", "scan.vertical", PARAMS("\"idle_s\":16"))),
        SET(DEF("y", "scan.vertical", "")),
        SET(DEF("x", "scan.vertical", ",\"kind\":\"z\"")),
        "{\"set\":\"s\",\"definitions\":[{\"name\":\"x\",\"version\":2,\"method\":"
        "\"scan.vertical\"}]}",
        "{\"set\":\"t\",\"definitions\":[" DEF("x", "scan.vertical", "") "]}",
    };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        CHECK_INT(read(others[i], &b, &why), ST_OK);
        CHECK(memcmp(&a.hash, &b.hash, sizeof(a.hash)) != 0);
    }
}

/* What is written reads as the same set: the hash stands for it. */
static void what_is_written_reads_the_same(void)
{
    for (size_t i = 0; definition_set_builtin_name(i) != NULL; i++) {
        struct definition_set a, b;
        CHECK_INT(definition_set_builtin(definition_set_builtin_name(i), &a), ST_OK);
        struct buf text = BUF_INIT(1 << 20);
        definition_set_write(&a, &text);
        CHECK_INT(definition_set_read(buf_bytes(&text), &b, NULL), ST_OK);
        CHECK(memcmp(&a, &b, sizeof(a)) == 0);
        buf_fini(&text);
    }
}

static void unknown_members_are_refused(void)
{
    refused("{\"set\":\"s\",\"note\":1,\"definitions\":[" DEF("x", "scan.block", "") "]}",
            ST_MALFORMED, "member of the set");
    refused(SET(DEF("x", "scan.block", ",\"threshold\":3")), ST_MALFORMED,
            "member of a definition");
    refused(SET(DEF("x", "scan.block", PARAMS("\"ports\":3"))), ST_MALFORMED,
            "parameter that its method has not");
}

static void wrong_types_are_refused(void)
{
    refused("[]", ST_MALFORMED, "no object");
    refused("{\"set\":1,\"definitions\":[1]}", ST_MALFORMED, "set");
    refused("{\"set\":\"s\",\"definitions\":{}}", ST_MALFORMED, "definitions");
    refused("{\"set\":\"s\",\"definitions\":[]}", ST_MALFORMED, "definitions");
    refused(SET("1"), ST_MALFORMED, "no object");
    refused(SET(DEF("x", "scan.block", ",\"parameters\":[1]")), ST_MALFORMED, "parameters");
    refused(SET(DEF("x", "scan.block", ",\"kind\":1")), ST_MALFORMED, "kind");
    refused(SET(DEF("X Y", "scan.block", "")), ST_MALFORMED, "name");
    refused(SET(DEF("x", "none", "")), ST_MALFORMED, "method");
    refused(SET(DEF("x", "scan.block", PARAMS("\"pairs\":\"4\""))), ST_LIMIT, "pairs");
    refused(SET(DEF("x", "scan.block", PARAMS("\"pairs\":4.5"))), ST_LIMIT, "pairs");
    refused("{\"set\":\"s\"", ST_MALFORMED, "JSON");
    refused("{\"set\":\"s\",\"set\":\"s\",\"definitions\":[" DEF("x", "scan.block", "") "]}",
            ST_MALFORMED, "JSON");
}

static void values_out_of_range_are_refused_by_name(void)
{
    refused(SET(DEF("x", "fail2ban.sshd", PARAMS("\"retry\":0"))), ST_LIMIT, "retry");
    refused(SET(DEF("x", "fail2ban.sshd", PARAMS("\"idle_s\":99999999"))), ST_LIMIT, "idle_s");
    refused(SET(DEF("x", "snort.portscan", PARAMS("\"sense\":3"))), ST_LIMIT, "sense");
    refused(SET(DEF("x", "snort.portscan", PARAMS("\"shape\":0"))), ST_LIMIT, "shape");
    refused(SET(DEF("x", "snort.portscan", PARAMS("\"shape\":5"))), ST_LIMIT, "shape");
}

static void definitions_that_contradict_each_other_are_refused(void)
{
    refused(SET(DEF("x", "scan.block", "") "," DEF("x", "scan.block", "")), ST_MALFORMED,
            "one name");
    refused(SET(DEF("x", "scan.block", "") "," DEF("y", "scan.vertical", PARAMS("\"idle_s\":5"))),
            ST_MALFORMED, "idle_s");
    refused(SET(DEF("x", "zeek.scan", "") "," DEF("y", "zeek.scan", PARAMS("\"idle_s\":5"))),
            ST_MALFORMED, "zeek.scan");
    refused(SET(DEF("x", "snort.portscan", PARAMS("\"sense\":2")) "," DEF("y", "snort.portscan",
                                                                          PARAMS("\"sense\":1"))),
            ST_MALFORMED, "sense");
}

static void there_is_a_limit_on_how_many(void)
{
    struct buf text = BUF_INIT(1 << 20);
    for (int n = DEFINITIONS_MAX; n <= DEFINITIONS_MAX + 1; n++) {
        text.len = 0;
        buf_str(&text, "{\"set\":\"s\",\"definitions\":[");
        for (int i = 0; i < n; i++) {
            char one[128];
            (void)snprintf(one, sizeof(one),
                           "%s{\"name\":\"d%d\",\"version\":1,\"method\":\"backscatter\"}",
                           i ? "," : "", i);
            buf_str(&text, one);
        }
        buf_str(&text, "]}");
        static struct definition_set set;
        struct fault why = {0};
        CHECK_INT(definition_set_read(buf_bytes(&text), &set, &why),
                  n > DEFINITIONS_MAX ? ST_LIMIT : ST_OK);
        CHECK_INT(why.limit, n > DEFINITIONS_MAX ? DEFINITIONS_MAX : 0);
    }
    buf_fini(&text);
}

static void every_parameter_of_every_method_has_a_name_and_a_lawful_preset(void)
{
    for (unsigned m = 0; m < METHOD_COUNT; m++) {
        char json[256];
        (void)snprintf(json, sizeof(json), SET(DEF("bruteforce.ssh", "%s", "")),
                       method_name((enum method)m));
        struct definition_set set;
        struct fault why;
        CHECK_INT(read(json, &set, &why), ST_OK);
        CHECK_STR(method_param_name((enum method)m, PARAM_IDLE_S), "idle_s");
        struct buf text = BUF_INIT(1 << 16); /* which states the presets: are they in range? */
        definition_set_write(&set, &text);
        CHECK_INT(definition_set_read(buf_bytes(&text), &set, &why), ST_OK);
        buf_fini(&text);
    }
}

static void without_memory_nothing_breaks(void)
{
    struct definition_set set;
    bool failed = true;
    unsigned nth = 1;
    for (; failed && nth < 2000; nth++) {
        test_fail_allocation(nth);
        enum status st = definition_set_builtin("zeek-6.0", &set);
        failed = test_allocation_failed();
        test_fail_allocation(0);
        CHECK(failed ? st != ST_END : st == ST_OK);
    }
    CHECK(!failed && nth > 2);
}

TEST_MAIN(TEST(every_shipped_set_reads_and_is_named_as_its_file),
          TEST(no_two_shipped_sets_share_a_name), TEST(the_sets_of_other_tools_have_their_numbers),
          TEST(the_hash_is_that_of_the_rules_not_of_their_spelling),
          TEST(what_is_written_reads_the_same), TEST(unknown_members_are_refused),
          TEST(wrong_types_are_refused), TEST(values_out_of_range_are_refused_by_name),
          TEST(definitions_that_contradict_each_other_are_refused),
          TEST(there_is_a_limit_on_how_many),
          TEST(every_parameter_of_every_method_has_a_name_and_a_lawful_preset),
          TEST(without_memory_nothing_breaks))
