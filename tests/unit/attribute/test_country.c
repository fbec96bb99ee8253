/* tests/unit/attribute/test_country.c - what two letters are worth. */
#include "attribute/country.h"

#include "test.h"

static int class(const char *code)
{
    enum origin_flag flag;
    return (int)attribute_country_code(code, &flag);
}

static void assigned_codes_are_countries(void)
{
    static const char *const codes[] = {"AD", "AX", "CI", "FR", "GB", "KR", "OM", "QA",
                                        "SX", "TW", "UM", "ZW", "PS", "HK", "XK"};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        CHECK_INT(class(codes[i]), CODE_COUNTRY);
    }
    int n = 0;
    for (char a = 'A'; a <= 'Z'; a++) {
        for (char b = 'A'; b <= 'Z'; b++) {
            n += class((char[]){a, b, '\0'}) == CODE_COUNTRY;
        }
    }
    CHECK_INT(n, 249 + 1); /* ISO 3166-1 has 249; XK besides */
}

/* Trap 4. */
static void regions_are_not_countries(void)
{
    CHECK_INT(class("EU"), CODE_REGION);
    CHECK_INT(class("AP"), CODE_REGION);
}

static void codes_for_flags_are_flags(void)
{
    enum origin_flag flag = ORIGIN_FLAG_COUNT;
    CHECK_INT(attribute_country_code("A1", &flag), CODE_FLAG);
    CHECK_INT(flag, ORIGIN_ANONYMOUS_PROXY);
    CHECK_INT(attribute_country_code("A2", &flag), CODE_FLAG);
    CHECK_INT(flag, ORIGIN_SATELLITE);
    CHECK_INT(attribute_country_code("A3", &flag), CODE_FLAG);
    CHECK_INT(flag, ORIGIN_ANYCAST);
    CHECK_INT(attribute_country_code("XD", &flag), CODE_FLAG);
    CHECK_INT(flag, ORIGIN_DROP_LIST);
}

static void the_rest_is_no_country(void)
{
    /* Met in the databases of today: unassigned, withdrawn or made up. */
    static const char *const codes[] = {"",   "??", "ZZ", "XX", "UK", "SU", "CS", "AN",
                                        "UN", "OS", "AB", "YU", "us", "U",  "USA"};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        CHECK_INT(class(codes[i]), CODE_NONE);
    }
}

TEST_MAIN(TEST(assigned_codes_are_countries), TEST(regions_are_not_countries),
          TEST(codes_for_flags_are_flags), TEST(the_rest_is_no_country))
